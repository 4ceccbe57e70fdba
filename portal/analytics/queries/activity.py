"""How wholesalers' retailers stand: read by a brand owner where it is shared, and by the wholesaler as the brand owner does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import TextClause, text

from portal.analytics.queries.names import PRODUCT_NAME
from tenants.database import db
from tenants.principal import Principal

WINDOWS = (30, 60, 90)
"""The days by which a retailer is active, new or lapsed (SHARING: measures)."""


class RetailerState(StrEnum):
    """How a retailer stands in a window: its first order lies in it, another does, or the last one in as many days before."""

    NEW = "new"
    ACTIVE = "active"
    LAPSED = "lapsed"


class ActivityFilter(NamedTuple):
    """Which window of days, and of which wholesaler (its code; empty: of all)."""

    days: int = WINDOWS[-1]
    wholesaler: str = ""


USUAL = ActivityFilter()


class Activity(NamedTuple):
    """What a wholesaler's retailers did; sums are None where fewer than three retailers stand behind them."""

    wholesaler: str
    wholesaler_name: str
    as_of: date
    """Orders before this day count."""
    counted_from: date
    """Orders from this day on count."""
    active: int
    """With at least one order in the window, new ones included."""
    new: int
    lapsed: int
    active_retailers: int
    """Of 90 days: what numeric distribution is a share of."""
    products: Decimal | None
    """That an active retailer of 90 days bought on average."""
    reorder_days: int | None
    points: int | None
    effective_points: int | None
    lost_points: int | None
    other_products: int | None
    """Products with too few retailers to be told one by one, and their points."""
    other_points: int | None


class SharedRetailer(NamedTuple):
    """A retailer under the pseudonym of the agreement; name and place where identity is granted as well."""

    wholesaler: str
    wholesaler_name: str
    pseudonym: str
    state: RetailerState
    products: int
    """Of 90 days."""
    reorder_days: int | None
    name: str | None
    place: str | None


class Distribution(NamedTuple):
    """How many retailers of a wholesaler bought a product in 90 days: its points of distribution, and their share."""

    wholesaler: str
    wholesaler_name: str
    sku: str
    name: str
    retailers: int
    share: Decimal
    """Of the wholesaler's retailers that bought anything of the brand owner's in 90 days, 0 to 1."""


class ActivityCoverage(NamedTuple):
    """How much of the channel it speaks of, and the oldest day of it."""

    wholesalers_shown: int
    wholesalers: int
    as_of: date | None


# The same functions for the brand owner (`channel_…`) and for whom it sees (`shown_…`, of the wholesaler alone).
_ACTIVITIES = """
    select w.code, w.name, s.as_of, s.counted_from, s.active, s.appeared, s.lapsed, s.active_retailers, s.products,
           s.reorder_days, s.points, s.effective_points, s.lost_points, s.other_products, s.other_points
    from {activities} s join organisation w on w.id = s.wholesaler_id
    where (:wholesaler = '' or w.code = :wholesaler) and w.code > :after
    order by w.code limit :limit
"""
_RETAILERS = """
    select w.code, w.name, s.pseudonym, s.state, s.products, s.reorder_days, s.name, s.place
    from {retailers} s join organisation w on w.id = s.wholesaler_id
    where (:wholesaler = '' or w.code = :wholesaler) and (w.code, s.pseudonym) > (:after, :after_key)
    order by w.code, s.pseudonym limit :limit
"""
_DISTRIBUTIONS = """
    select w.code, w.name, p.sku, {name}, s.retailers, round(s.retailers::numeric / a.active_retailers, 4) as share
    from {distributions} s join {activities} a on a.wholesaler_id = s.wholesaler_id
    join organisation w on w.id = s.wholesaler_id join product p on p.owner_id = :owner and p.id = s.product_id
    where (:wholesaler = '' or w.code = :wholesaler) and (w.code, p.sku) > (:after, :after_key)
    order by {first} w.code, p.sku limit :limit
"""
_COVERAGE = text(
    "select count(*), (select count(*) from organisation o where o.kind = 'wholesaler' and o.root_id = :owner), min(s.as_of)"
    " from channel_activities(90) s"
)


def list_activities(
    principal: Principal, chosen: ActivityFilter = USUAL, *, seen_by: int = 0, after: str = "", limit: int | None = None
) -> list[Activity]:
    """Give what the retailers of wholesalers that share activity did, by the wholesaler's code, behind the code `after`.

    The principal must be a brand owner; or a seller that asks what the brand owner `seen_by` (its id) sees of it.

    Raises:
        PermissionDenied: it is not.
    """
    asked = _asked(principal, chosen, seen_by, limit)
    return [Activity(*row) for row in db.session.execute(_statement(_ACTIVITIES, seen_by), {**asked, "after": after})]


def list_retailers(
    principal: Principal,
    chosen: ActivityFilter = USUAL,
    *,
    seen_by: int = 0,
    after: tuple[str, str] = ("", ""),
    limit: int | None = None,
) -> list[SharedRetailer]:
    """Give the retailers that are active, new or lapsed in the window, by wholesaler's code and pseudonym, behind `after`.

    The principal as for `list_activities`.

    Raises:
        PermissionDenied: it is not.
    """
    asked = _asked(principal, chosen, seen_by, limit)
    rows = db.session.execute(
        _statement(_RETAILERS, seen_by), {**asked, "after": after[0], "after_key": after[1]}
    ).all()
    return [SharedRetailer(*row)._replace(state=RetailerState(row.state)) for row in rows]


def list_distribution(
    principal: Principal,
    chosen: ActivityFilter = USUAL,
    *,
    seen_by: int = 0,
    after: tuple[str, str] = ("", ""),
    limit: int | None = None,
    language: str = "en",
    widest_first: bool = False,
) -> list[Distribution]:
    """Give how widely each product is distributed, by wholesaler's code and SKU, behind `after`, or the widest first.

    The principal as for `list_activities`.

    Raises:
        PermissionDenied: it is not.
    """
    asked = _asked(principal, chosen, seen_by, limit)
    statement = _statement(_DISTRIBUTIONS, seen_by, first="share desc," if widest_first else "")
    keys = {"after": after[0], "after_key": after[1], "language": language}
    return [Distribution(*row) for row in db.session.execute(statement, {**asked, **keys})]


def activity_coverage(principal: Principal) -> ActivityCoverage:
    """Give how many of the channel's wholesalers share activity, and the oldest day of what they share.

    Raises:
        PermissionDenied: the principal is no brand owner.
    """
    return ActivityCoverage(*db.session.execute(_COVERAGE, {"owner": principal.owning()}).one())


def _asked(principal: Principal, chosen: ActivityFilter, seen_by: int, limit: int | None) -> dict[str, Any]:
    if seen_by:
        principal.selling()
    owner = seen_by or principal.owning()
    return {"owner": owner, "days": chosen.days, "wholesaler": chosen.wholesaler, "limit": limit}


def _statement(form: str, seen_by: int, first: str = "") -> TextClause:
    way, given = ("shown", ":owner") if seen_by else ("channel", "")
    with_days = ", ".join(filter(None, (given, ":days")))
    return text(
        form.format(
            activities=f"{way}_activities({with_days})",
            retailers=f"{way}_retailers({with_days})",
            distributions=f"{way}_distributions({given})",
            name=PRODUCT_NAME,
            first=first,
        )
    )

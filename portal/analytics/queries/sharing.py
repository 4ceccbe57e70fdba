"""Reading what a wholesaler shares: its agreements, and what the brand owner gets to see of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ARRAY, Text, bindparam, text

from portal.analytics.queries.channel import ChannelRow, Dimension, ValueRow
from portal.analytics.queries.sales import today_of
from tenants.database import db
from tenants.principal import Principal


class Agreement(NamedTuple):
    """The newest version of what a wholesaler agreed with a brand owner."""

    brand_owner_id: int
    brand_owner: str
    """Its code."""
    brand_owner_name: str
    version: int
    grants: list[str]
    accepted_on: date
    withdrawn_on: date | None
    hidden_on: date | None
    """First day on which nothing of it is in view any more; empty: that of the withdrawal."""
    in_force: bool
    """Whether it covers today."""
    is_shown: bool
    """Whether what it covers is in view today."""
    notice_days: int
    """How long past figures stay in view after a withdrawal."""
    currency: str
    """The brand owner's, in which it values."""


# One row a brand owner: the version in force today, or the last one before it was withdrawn.
_AGREEMENTS = text(
    "select distinct on (a.brand_owner_id) a.brand_owner_id, o.code, o.name, a.version, a.grants, a.accepted_on,"
    " a.withdrawn_on, a.hidden_on, a.withdrawn_on is null or :today < a.withdrawn_on,"
    " a.withdrawn_on is null or :today < coalesce(a.hidden_on, a.withdrawn_on), a.notice_days, o.currency"
    " from sharing_agreement a join organisation o on o.id = a.brand_owner_id"
    " where a.wholesaler_id = :seller and a.accepted_on <= :today"
    " order by a.brand_owner_id, a.accepted_on desc, a.version desc"
)


def list_agreements(principal: Principal) -> list[Agreement]:
    """Give the seller's agreements, one for each brand owner. The principal must be a seller.

    Raises:
        PermissionDenied: it is not.
    """
    parameters = {"seller": principal.selling(), "today": today_of(principal)}
    return [Agreement(*row) for row in db.session.execute(_AGREEMENTS, parameters)]


def find_agreement(principal: Principal, brand_owner: str) -> Agreement | None:
    """Give the seller's agreement with the brand owner of that code. The principal must be a seller.

    Raises:
        PermissionDenied: it is not.
    """
    return next((one for one in list_agreements(principal) if one.brand_owner == brand_owner), None)


_SHARED = text(
    "select month, wholesaler, category, product, region, units, folded"
    " from shared_units(:owner, :first, :until, :by) s"
).bindparams(bindparam("by", type_=ARRAY(Text)))


def list_shared_units(
    principal: Principal, agreement: Agreement, first: date, until: date, by: Sequence[Dimension]
) -> list[ChannelRow]:
    """Give what the brand owner sees of the seller: the same figures, folded in the same way, of its own sales alone.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    principal.selling()
    parameters = {
        "owner": agreement.brand_owner_id,
        "first": first,
        "until": until,
        "by": [dimension.value for dimension in by],
    }
    return [ChannelRow(*row) for row in db.session.execute(_SHARED, parameters)]


_SHOWN_VALUES = text(
    "select month, wholesaler, category, product, region, value, newest_on from shown_values(:owner, :first, :until, :by)"
).bindparams(bindparam("by", type_=ARRAY(Text)))


def list_shown_values(
    principal: Principal, brand_owner_id: int, first: date, until: date, by: Sequence[Dimension]
) -> list[ValueRow]:
    """Give the seller's sell-through at the brand owner's list price as the brand owner sees it, in that one's currency.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    principal.selling()
    parameters = {"owner": brand_owner_id, "first": first, "until": until, "by": [dimension.value for dimension in by]}
    return [ValueRow(*row) for row in db.session.execute(_SHOWN_VALUES, parameters)]


_SHOWN_SELL_IN = text(
    "select case when 'month' = any(:by) then s.month end, null, case when 'category' = any(:by) then s.category end,"
    " case when 'product' = any(:by) then s.product end, case when 'region' = any(:by) then s.region end, sum(s.units)"
    " from shown_sell_in(:owner, date_trunc('month', cast(:first as date))::date, :until) s"
    " group by 1, 3, 4, 5 order by 1, 3, 4, 5"
).bindparams(bindparam("by", type_=ARRAY(Text)))


def list_shown_sell_in(
    principal: Principal, brand_owner_id: int, first: date, until: date, by: Sequence[Dimension]
) -> list[ChannelRow]:
    """Give the units that the brand owner shipped to the seller, less returns, as the brand owner sees them.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    principal.selling()
    parameters = {"owner": brand_owner_id, "first": first, "until": until, "by": [dimension.value for dimension in by]}
    return [ChannelRow(*row) for row in db.session.execute(_SHOWN_SELL_IN, parameters)]


class ShownForecast(NamedTuple):
    """What the brand owner's demand plan says of the seller's customers, in base units, week by week."""

    product: str
    origin_on: date
    quantities: Sequence[Decimal]
    lows: Sequence[Decimal]
    highs: Sequence[Decimal]
    recent_quantity: Decimal


_FORECASTS = text(
    "select product, origin_on, quantities, lows, highs, recent_quantity from shown_forecasts(:owner)"
    " order by recent_quantity desc, product"
)


def list_shown_forecasts(principal: Principal, brand_owner_id: int) -> list[ShownForecast]:
    """Give what the brand owner plans with of the seller's, the largest first; nothing where no units are shared today.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    principal.selling()
    return [ShownForecast(*row) for row in db.session.execute(_FORECASTS, {"owner": brand_owner_id})]


_NEWEST_ON = text(
    "select c.measure, c.newest_on from channel_state c where c.wholesaler_id = :seller and c.brand_owner_id = :owner"
)


def shown_newest(principal: Principal, brand_owner_id: int) -> dict[str, date]:
    """Give the newest day that the brand owner knows of the seller, by measure (`sell_in`, `sell_through`).

    Raises:
        PermissionDenied: the principal is no seller.
    """
    rows = db.session.execute(_NEWEST_ON, {"seller": principal.selling(), "owner": brand_owner_id})
    return {row.measure: row.newest_on for row in rows}

"""Reading what a wholesaler shares: its agreements, what the brand owner gets to see of it, and who looked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, text

from portal.analytics.queries.channel import ChannelRow, Dimension
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


# One row a brand owner: the version in force today, or the last one before it was withdrawn.
_AGREEMENTS = text(
    "select distinct on (a.brand_owner_id) a.brand_owner_id, o.code, o.name, a.version, a.grants, a.accepted_on,"
    " a.withdrawn_on, a.hidden_on, a.withdrawn_on is null or :today < a.withdrawn_on,"
    " a.withdrawn_on is null or :today < coalesce(a.hidden_on, a.withdrawn_on)"
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


class Access(NamedTuple):
    """A look at the seller's shared data."""

    at: datetime
    id: UUID
    brand_owner: str
    brand_owner_name: str
    actor_name: str
    what: str
    """`sell-through by month, product; 2026-01-01 to 2026-07-01; screen`."""


_ACCESS = text(
    "select a.at, a.id, o.code, o.name, a.actor_name, a.what from sharing_access a"
    " join organisation o on o.id = a.brand_owner_id"
    " where a.wholesaler_id = :seller"
    " and (cast(:at as timestamptz) is null or (a.at, a.id) < (cast(:at as timestamptz), cast(:id as uuid)))"
    " order by a.at desc, a.id desc limit :limit"
)


def list_access(principal: Principal, *, limit: int, after: tuple[str, str] | None = None) -> list[Access]:
    """Give who looked at the seller's shared data, the newest first, from behind (`at`, `id`) on.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    at, identity = after or (None, None)
    parameters = {"seller": principal.selling(), "at": at, "id": identity, "limit": limit}
    return [Access(*row) for row in db.session.execute(_ACCESS, parameters)]

"""A seller's price groups and how many accounts are in each."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import text

from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal

_ROWS = """
    select g.code, g.name, coalesce(t.accounts, 0) as accounts from price_group g
    left join (select price_group, count(*) as accounts from trading_account
               where seller_id = :seller and price_group is not null group by price_group) t on t.price_group = g.code
    where g.seller_id = :seller"""


class PriceGroupRow(NamedTuple):
    """A price group; `accounts` counts the buyers in it."""

    code: str
    name: str
    accounts: int


def list_groups(principal: Principal, *, limit: int, after: str | None = None) -> list[PriceGroupRow]:
    """Give up to `limit` price groups of the seller by code, behind the code `after`.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    statement = text(f"{_ROWS} and (cast(:after as text) is null or g.code > :after) order by g.code limit :limit")
    rows = db.session.execute(statement, {"seller": principal.selling(), "after": after, "limit": limit})
    return [PriceGroupRow(*row) for row in rows]


def find_group(principal: Principal, code: str) -> PriceGroupRow | None:
    """Give the seller's price group of that code, None where there is none.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    rows = db.session.execute(text(f"{_ROWS} and g.code = :code"), {"seller": principal.selling(), "code": code})
    row = rows.one_or_none()
    return PriceGroupRow(*row) if row else None


def get_group(principal: Principal, code: str) -> PriceGroupRow:
    """Give the seller's price group of that code.

    Raises:
        PermissionDenied: the principal is no seller.
        NotFound: the seller has no such group.
    """
    row = find_group(principal, code)
    if row is None:
        raise NotFound
    return row

"""The branches of a chain, as its head office sees them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from tenants.database import read
from tenants.errors import NotFound
from tenants.principal import Principal

_BRANCHES = """
    select id, code, name, city, orders, open_orders, total, last_placed_on from branches_of_buyer(%(code)s)
    order by name, id
"""


class BranchRow(NamedTuple):
    """A branch and what it ordered in the last 365 days; `total` net in the seller's currency, without cancelled orders."""

    id: int
    code: str
    name: str
    city: str
    orders: int
    open_orders: int
    total: Decimal
    last_placed_on: date | None


def list_branches_of_buyer(principal: Principal) -> list[BranchRow]:
    """Give the branches below the principal, who buys, by name; of no branches of others, and of none above."""
    principal.buying()
    return [BranchRow._make(row) for row in read(_BRANCHES, {"code": None})]


def get_branch(principal: Principal, code: str) -> BranchRow:
    """Give one of the branches below the principal, who buys.

    Raises:
        NotFound: it has no such branch.
    """
    principal.buying()
    rows = read(_BRANCHES, {"code": code})
    if not rows:
        raise NotFound
    return BranchRow._make(rows[0])

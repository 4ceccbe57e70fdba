"""What accounts show of orders: how many still have something open, and when the last one was placed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text

from portal.accounts.open_orders import OpenOrders
from portal.ordering.queries.orders import OPEN_STATUSES
from tenants.database import db
from tenants.principal import Principal

_COUNT = text(
    "select count(*) filter (where s.buyer_id = :buyer) as own, count(*) as with_branches from sales_order s"
    " join organisation o on o.id = s.buyer_id and o.seller_id = :seller and :buyer = any(o.owner_ids)"
    " where s.seller_id = :seller and s.status = any(:open)"
)
_LAST = text(
    "select b.buyer_id, o.placed_on from unnest(cast(:buyers as bigint[])) b (buyer_id)"
    " cross join lateral (select placed_on from sales_order where seller_id = :seller and buyer_id = b.buyer_id"
    " order by placed_at desc, id desc limit 1) o"
)
_OPEN = [status.value for status in OPEN_STATUSES]


def count_open_orders(principal: Principal, buyer_id: int) -> OpenOrders:
    """Count the orders of a buyer, and of it and its branches, of which something can still be shipped.

    The principal is the seller.
    """
    row = db.session.execute(_COUNT, {"seller": principal.selling(), "buyer": buyer_id, "open": _OPEN}).one()
    return OpenOrders(row.own, row.with_branches)


def find_last_orders(principal: Principal, buyer_ids: Sequence[int]) -> dict[int, date]:
    """Give the day of the newest order of each of the buyers that ever ordered from the principal, a seller."""
    rows = db.session.execute(_LAST, {"seller": principal.selling(), "buyers": list(buyer_ids)})
    return {row.buyer_id: row.placed_on for row in rows}

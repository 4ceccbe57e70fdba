"""How many orders of a buyer still have something open: what stopping or suspending it leaves behind."""

from __future__ import annotations

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
_OPEN = [status.value for status in OPEN_STATUSES]


def count_open_orders(principal: Principal, buyer_id: int) -> OpenOrders:
    """Count the orders of a buyer, and of it and its branches, of which something can still be shipped.

    The principal is the seller.
    """
    row = db.session.execute(_COUNT, {"seller": principal.selling(), "buyer": buyer_id, "open": _OPEN}).one()
    return OpenOrders(row.own, row.with_branches)

"""What the home pages tell of orders; each card is one statement."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, text

from tenants.database import db
from tenants.principal import Principal

_TO_CONFIRM = text(
    "select o.order_number, o.placed_at, o.total, o.currency, o.line_count, o.requested_on,"
    " coalesce(b.name, o.ship_to ->> 'name', '') as buyer_name,"
    " count(*) over () as waiting, sum(o.total) over () as sum"
    " from sales_order o left join organisation b on b.id = o.buyer_id and b.seller_id = o.seller_id"
    " where o.seller_id = :seller and o.status = 'placed' order by o.placed_at, o.id limit 5"
)
_WAITING = """
    select a.article_number, p.name_en, p.name_de, p.base_unit, w.quantity, w.orders, v.incoming_on,
           count(*) over () as articles
    from (select l.article_id, count(distinct o.id) as orders,
                 sum(l.ordered_quantity - l.cancelled_quantity - l.shipped_quantity - coalesce(h.quantity, 0)) as quantity
          from sales_order o
          join order_line l on l.seller_id = o.seller_id and l.order_id = o.id
          left join lateral (select sum(x.quantity) as quantity from allocation x
                             where x.seller_id = :seller and x.order_id = l.order_id and x.line = l.line) h on true
          where o.seller_id = :seller and o.status in ('placed', 'confirmed', 'partly_shipped')
            and l.ordered_quantity - l.cancelled_quantity - l.shipped_quantity > coalesce(h.quantity, 0)
          group by l.article_id) w
    join article a on a.seller_id = :seller and a.id = w.article_id
    join product p on p.owner_id = a.owner_id and p.id = a.product_id
    left join lateral (select min(s.incoming_on) as incoming_on from stock_level s
                       where s.seller_id = :seller and s.article_id = w.article_id) v on true
"""
_MOST_WAITED_FOR = text(_WAITING + " order by w.orders desc, w.quantity desc, a.article_number limit 6")
_WAITED_FOR = text(_WAITING + " where a.article_number > :after order by a.article_number limit :limit")
_OWN_OPEN = text(
    "select o.order_number, o.status, o.placed_at, o.requested_on, o.total, o.currency, o.line_count,"
    " (select max(s.shipped_on) from shipment s where s.seller_id = o.seller_id and s.order_id = o.id) as shipped_on"
    " from sales_order o where o.seller_id = :seller and o.buyer_id = :buyer"
    " and o.status in ('placed', 'confirmed', 'partly_shipped', 'shipped')"
    " order by o.placed_at desc, o.id desc limit 6"
)
_COUNT_TO_CONFIRM = text("select count(*) from sales_order where seller_id = :seller and status = 'placed'")


def list_to_confirm(principal: Principal) -> list[Row[Any]]:
    """Give the five orders that wait longest for a confirmation, with how many there are and their sum. As a seller."""
    return list(db.session.execute(_TO_CONFIRM, {"seller": principal.selling()}))


def count_to_confirm(principal: Principal) -> int:
    """Give how many orders wait for a confirmation. The principal is the seller."""
    number: int = db.session.execute(_COUNT_TO_CONFIRM, {"seller": principal.selling()}).scalar_one()
    return number


def list_waiting(principal: Principal) -> list[Row[Any]]:
    """Give the articles most orders wait for, with what is missing (base units). The principal is the seller."""
    return list(db.session.execute(_MOST_WAITED_FOR, {"seller": principal.selling()}))


def list_waited_for(principal: Principal, *, after: str = "", limit: int) -> list[Row[Any]]:
    """Give up to `limit + 1` articles that orders wait for, by number after that one. The principal is the seller.

    Rows: article_number, name_en, name_de, base_unit, quantity (missing, base units), orders, incoming_on.
    """
    return list(db.session.execute(_WAITED_FOR, {"seller": principal.selling(), "after": after, "limit": limit + 1}))


def list_own_open(principal: Principal) -> list[Row[Any]]:
    """Give the buyer's newest orders that did not arrive yet."""
    seller_id, buyer_id = principal.buying()
    return list(db.session.execute(_OWN_OPEN, {"seller": seller_id, "buyer": buyer_id}))

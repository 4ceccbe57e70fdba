"""Reading the basket of the person or client that acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text

from tenants.database import db, read
from tenants.principal import Principal

_BASKET = text(
    """
    select b.purchase_order_number, b.requested_on, b.unread_lines, b.coupons, b.rewards, b.shown_offer, a.article_number,
           l.quantity, l.shown_unit_price, l.in_packaging
    from basket b
    left join basket_line l on l.seller_id = b.seller_id and l.buyer_id = b.buyer_id and l.basket_id = b.id
    left join article a on a.seller_id = l.seller_id and a.id = l.article_id
    where b.seller_id = :seller and b.buyer_id = :buyer and b.holder = :holder
    order by l.id
    """
)
_SUM = """
    select count(*) as lines, coalesce(sum(round(l.quantity * coalesce(l.shown_unit_price, 0), 2)), 0) as total,
           exists (select from pricing_policy p where p.seller_id = %(seller)s
                   and (now() at time zone %(time_zone)s)::date >= p.promoted_from
                   and (now() at time zone %(time_zone)s)::date < p.promoted_to) as promoted
    from basket b join basket_line l on l.seller_id = b.seller_id and l.buyer_id = b.buyer_id and l.basket_id = b.id
    where b.seller_id = %(seller)s and b.buyer_id = %(buyer)s and b.holder = %(holder)s
"""


class BasketLineRow(NamedTuple):
    """A line; the quantity in base units."""

    article: str
    quantity: Decimal
    shown_unit_price: Decimal | None
    in_packaging: bool


@dataclass(frozen=True, slots=True)
class BasketRow:
    """What is about to be ordered."""

    purchase_order_number: str = ""
    requested_on: date | None = None
    unread_lines: tuple[str, ...] = ()
    lines: tuple[BasketLineRow, ...] = ()
    coupons: tuple[str, ...] = ()
    rewards: tuple[str, ...] = ()
    """Codes of the rewards that are to come with it for points."""
    shown_offer: str | None = None
    """What promotions gave when a program was last shown the basket."""


def find_basket(principal: Principal) -> BasketRow:
    """Give the basket of the buyer's person or client; an empty one where there is none."""
    seller_id, buyer_id = principal.buying()
    rows = db.session.execute(_BASKET, {"seller": seller_id, "buyer": buyer_id, "holder": principal.actor}).all()
    if not rows:
        return BasketRow()
    lines = tuple(
        BasketLineRow(row.article_number, row.quantity, row.shown_unit_price, row.in_packaging)
        for row in rows
        if row.article_number is not None
    )
    head = rows[0]
    return BasketRow(
        head.purchase_order_number,
        head.requested_on,
        tuple(head.unread_lines),
        lines,
        tuple(head.coupons),
        tuple(head.rewards),
        head.shown_offer,
    )


class BasketSum(NamedTuple):
    """How many lines there are, and their net total at the prices last shown, before promotions."""

    lines: int
    total: Decimal
    promoted: bool
    """Promotions of the seller may take something off."""


def sum_basket(principal: Principal) -> BasketSum:
    """Sum the basket without pricing it, since every page asks. The principal is the buyer."""
    seller_id, buyer_id = principal.buying()
    values = {"seller": seller_id, "buyer": buyer_id, "holder": principal.actor, "time_zone": principal.time_zone}
    [row] = read(_SUM, values)
    return BasketSum(*row)

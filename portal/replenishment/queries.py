"""What an account usually needs now, read from its own orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ARRAY, BigInteger, String, bindparam, text

from portal.ordering.queries.orders import OPEN_STATUSES
from portal.replenishment.rules import Habit, Orderable, Purchase, restock_list
from tenants.database import db
from tenants.principal import Principal

HISTORY_DAYS = 730
"""Older orders weigh about one per cent."""

_PURCHASES = text(
    """
    select l.article_id, l.placed_on, l.ordered_quantity - l.cancelled_quantity,
           (l.article_id, l.placed_on) in (
               select w.article_id, w.placed_on
               from sales_order o join order_line w on w.seller_id = o.seller_id and w.order_id = o.id
               where o.seller_id = :seller and o.buyer_id = :buyer and o.status = any(:open)
                 and w.article_id is not null and w.ordered_quantity > w.cancelled_quantity + w.shipped_quantity),
           today.day
    from (select (now() at time zone :time_zone)::date as day) today
    join order_line l on l.placed_on > today.day - :history_days
    where l.seller_id = :seller and l.buyer_id = :buyer and l.article_id is not null
    """
).bindparams(bindparam("open", [status.value for status in OPEN_STATUSES], type_=ARRAY(String)))

_ORDERABLE = text(
    """
    select a.id, a.article_number, a.min_quantity, a.order_multiple,
           a.backorder = 'allow' as follows, coalesce(v.available_quantity, 0) as available
    from article a
    join product p on p.owner_id = a.owner_id and p.id = a.product_id and p.status = 'active'
    left join available_quantities(:articles) v on v.article_id = a.id
    where a.seller_id = :seller and a.id = any(:articles) and a.status = 'active'
    """
).bindparams(bindparam("articles", type_=ARRAY(BigInteger)))


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """An article and a quantity in base units that may be ordered as they stand, and why."""

    article: str
    article_id: int
    quantity: Decimal
    because: Habit


@dataclass(frozen=True, slots=True)
class Restock:
    """What is proposed, the last day the account ordered on, and when its next usual order is due."""

    lines: list[ProposedLine]
    last_on: date | None
    next_due_on: date | None


def get_restock(principal: Principal) -> Restock:
    """Give what the buyer needs now, the likeliest first, beyond what it has just ordered; empty without history.

    The principal must be a buyer. Articles that are no longer offered are left out; of those that are short and not
    delivered later, no more is proposed than there is. `rules.restock_list` says what counts as just ordered.

    Raises:
        PermissionDenied: the principal does not act as a buyer.
    """
    seller_id, buyer_id = principal.buying()
    parameters = {
        "seller": seller_id,
        "buyer": buyer_id,
        "time_zone": principal.time_zone,
        "history_days": HISTORY_DAYS,
    }
    rows = db.session.execute(_PURCHASES, parameters).all()
    if not rows:
        return Restock([], None, None)
    purchases = [Purchase._make(row[:4]) for row in rows]
    numbers, orderable = _orderable(seller_id, {line.article_id for line in purchases})
    found = restock_list(purchases, orderable, today=rows[0].day)
    lines = [
        ProposedLine(numbers[line.article_id], line.article_id, line.quantity, line.because) for line in found.lines
    ]
    return Restock(lines, found.last_on, found.next_due_on)


def _orderable(seller_id: int, articles: Iterable[int]) -> tuple[dict[int, str], dict[int, Orderable]]:
    rows = db.session.execute(_ORDERABLE, {"seller": seller_id, "articles": list(articles)}).all()
    numbers = {row.id: row.article_number for row in rows}
    return numbers, {
        row.id: Orderable(
            row.available > 0, row.min_quantity, row.order_multiple, None if row.follows else row.available
        )
        for row in rows
    }

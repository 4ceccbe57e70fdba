"""What an account usually needs now, read from its own orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from portal.replenishment.rules import Habit, Orderable, Purchase, learn_habits, propose
from tenants.database import db
from tenants.principal import Principal

HISTORY_DAYS = 730
"""Older orders weigh about one per cent."""

_PURCHASES = text(
    """
    select l.article_id, l.placed_on, l.ordered_quantity - l.cancelled_quantity, today.day
    from (select (now() at time zone :time_zone)::date as day) today
    join order_line l on l.placed_on > today.day - :history_days
    where l.seller_id = :seller and l.buyer_id = :buyer and l.article_id is not null
    """
)

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


def list_proposals(principal: Principal) -> list[ProposedLine]:
    """Give what the buyer usually needs now, the likeliest first; empty for an account without history.

    The principal must be a buyer. Articles that are no longer offered are left out; of those that are short and not
    delivered later, no more is proposed than there is.

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
        return []
    habits = learn_habits([Purchase._make(row[:3]) for row in rows], today=rows[0].day)
    numbers, orderable = _orderable(seller_id, habits)
    return [
        ProposedLine(numbers[proposal.article_id], proposal.article_id, proposal.quantity, proposal.because)
        for proposal in propose(habits.values(), orderable)
    ]


def _orderable(seller_id: int, articles: Iterable[int]) -> tuple[dict[int, str], dict[int, Orderable]]:
    rows = db.session.execute(_ORDERABLE, {"seller": seller_id, "articles": list(articles)}).all()
    numbers = {row.id: row.article_number for row in rows}
    return numbers, {
        row.id: Orderable(
            row.available > 0, row.min_quantity, row.order_multiple, None if row.follows else row.available
        )
        for row in rows
    }

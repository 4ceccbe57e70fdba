"""Reading weekly demand of a seller, for the forecast; the worker's or a command's own connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import BigInteger, Connection, Date, Row, TextClause, bindparam, text

from portal.analytics.forecast.methods import Flags, Floats, Whole
from portal.ordering.line_amounts import LEFT

WEEK = timedelta(days=7)
WEEKS_KNOWN = 156
"""Older weeks are not looked at."""
LONGEST_PROMOTION_DAYS = 92
"""What lasts longer is how the seller sells, not a promotion of the moment."""


class Product(NamedTuple):
    """A product with the keys of its series."""

    owner_id: int
    id: int
    sku: str
    category: str


@dataclass(frozen=True, slots=True)
class Demand:
    """What a seller's customers ordered, less what was cancelled, by product and week; returns are no negative demand.

    `first_on` is the Monday of the first week; `promoted` marks weeks in which a promotion on the product ran.
    """

    first_on: date
    products: Sequence[Product]
    history: Floats
    categories: Whole
    promoted: Flags

    @property
    def weeks(self) -> int:
        """How many weeks there are."""
        return int(self.history.shape[1])

    def sunday(self, known: int) -> date:
        """Give the Sunday that ends the last of so many known weeks."""
        return self.first_on + known * WEEK - timedelta(days=1)

    def known_on(self, sunday: date) -> int:
        """Give how many weeks have ended by that day."""
        return (sunday - self.first_on + timedelta(days=1)) // WEEK


PROMOTED_ARTICLES = """promotion m
    join promotion_scope s on s.seller_id = m.seller_id and s.promotion_id = m.id
    join article a on a.seller_id = m.seller_id
    join product p on p.owner_id = a.owner_id and p.id = a.product_id"""
IS_ABOUT = """(s.scope = 'all' or s.scope = 'article' and s.scope_code = a.article_number
           or s.scope = 'brand' and s.scope_code = p.brand
           or s.scope = 'category' and (p.category = s.scope_code or left(p.category, length(s.scope_code) + 3)
                                        = s.scope_code || ' > '))"""


def typed(statement: str) -> TextClause:
    """Tell the driver the types of a seller and of days that the server could not infer."""
    return text(statement).bindparams(
        bindparam("seller", type_=BigInteger), bindparam("first", type_=Date), bindparam("until", type_=Date)
    )


_SPAN = text("select min(s.placed_on), max(s.placed_on) from sales_day s where s.seller_id = :seller").bindparams(
    bindparam("seller", type_=BigInteger)
)
_WEEKLY = typed(
    f"""
    select d.product_id, d.week, d.units, p.owner_id, p.sku, p.category
    from (
        select l.owner_id, l.product_id, (l.placed_on - :first) / 7 as week, sum({LEFT}) as units
        from order_line l
        where l.seller_id = :seller and l.placed_on >= :first and l.placed_on < :until and {LEFT} > 0
        group by 1, 2, 3
    ) d
    join product p on p.owner_id = d.owner_id and p.id = d.product_id
    """  # noqa: S608 - parts are constants of this module
)
_PROMOTED = typed(
    f"""
    select distinct a.product_id, (w.day::date - :first) / 7
    from {PROMOTED_ARTICLES}
    cross join lateral generate_series(
        greatest(m.valid_from, :first), least(m.valid_to, :until) - 1, interval '1 day') w (day)
    where m.seller_id = :seller and m.valid_to - m.valid_from <= {LONGEST_PROMOTION_DAYS}
      and m.valid_from < :until and m.valid_to > :first
      and {IS_ABOUT}
    """  # noqa: S608 - parts are constants of this module
)


def monday_of(day: date) -> date:
    """Give the Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def read_demand(connection: Connection, seller_id: int, until: date | None = None) -> Demand | None:
    """Give a seller's demand of whole weeks that have ended before `until` (a Monday; None: up to its newest sale).

    Up to three years of it; None where there is no such week.
    """
    oldest, newest = connection.execute(_SPAN, {"seller": seller_id}).one()
    if oldest is None:
        return None
    until = monday_of(newest) + WEEK if until is None else until
    first = max(monday_of(oldest), until - WEEKS_KNOWN * WEEK)
    if first >= until:
        return None
    given = {"seller": seller_id, "first": first, "until": until}
    rows = connection.execute(_WEEKLY, given).all()
    return _demand(first, (until - first) // WEEK, rows, connection.execute(_PROMOTED, given).all())


def _demand(first: date, weeks: int, rows: Sequence[Row[Any]], promoted_rows: Sequence[Row[Any]]) -> Demand:
    products = sorted({Product(row.owner_id, row.product_id, row.sku, row.category) for row in rows})
    places = {product.id: place for place, product in enumerate(products)}
    numbers = {name: number for number, name in enumerate(sorted({product.category for product in products}))}
    history = np.zeros((len(products), weeks))
    for row in rows:
        history[places[row.product_id], row.week] = row.units
    promoted = np.zeros(history.shape, dtype=bool)
    for product_id, week in map(tuple, promoted_rows):
        if product_id in places:
            promoted[places[product_id], week] = True
    categories = np.array([numbers[product.category] for product in products], dtype=np.int64)
    return Demand(first, products, history, categories, promoted)

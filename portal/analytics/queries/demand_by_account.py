"""Reading demand by customer and product, of shared days, and of promotions, for the forecast: the worker's connection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, Row

from portal.analytics.forecast.methods import Floats
from portal.analytics.queries.demand import IS_ABOUT, LONGEST_PROMOTION_DAYS, PROMOTED_ARTICLES, WEEK, monday_of, typed
from portal.ordering.line_amounts import LEFT

ACCOUNT_WEEKS = 52
LEAST_ORDER_DAYS = 4
"""On fewer days in a year a customer shows no habit of a product."""
LATEST_DAYS = 182
"""What was not ordered for half a year is no habit any more."""
LEAST_RETAILERS = 3


class Habits(NamedTuple):
    """Customer x product pairs (rows of ids and facts) and their weekly demand in base units."""

    rows: Sequence[Row[Any]]
    history: Floats


_HABITS = typed(
    f"""
    select h.buyer_id, h.product_id, max(h.owner_id) as owner_id, count(*) as order_days, max(h.placed_on) as last_on,
           percentile_cont(0.5) within group (order by h.gap) as usual_days,
           percentile_cont(0.5) within group (order by h.units) as usual_quantity,
           array_agg((h.placed_on - :first) / 7) as weeks, array_agg(h.units::float8) as units
    from (
        select d.*, d.placed_on - lag(d.placed_on) over (partition by d.buyer_id, d.product_id order by d.placed_on) as gap
        from (
            select l.buyer_id, l.product_id, max(l.owner_id) as owner_id, l.placed_on, sum({LEFT}) as units
            from order_line l
            where l.seller_id = :seller and l.placed_on >= :first and l.placed_on < :until and {LEFT} > 0
            group by l.buyer_id, l.product_id, l.placed_on
        ) d
    ) h
    group by h.buyer_id, h.product_id
    having count(*) >= {LEAST_ORDER_DAYS} and max(h.placed_on) >= :until - {LATEST_DAYS}
    """  # noqa: S608 - parts are constants of this module
)


def read_habits(connection: Connection, seller_id: int, until: date) -> Habits:
    """Give what the seller's customers ordered on at least four days of the year before `until` (a Monday)."""
    first = until - ACCOUNT_WEEKS * WEEK
    rows = connection.execute(_HABITS, {"seller": seller_id, "first": first, "until": until}).all()
    history = np.zeros((len(rows), ACCOUNT_WEEKS))
    for place, row in enumerate(rows):
        np.add.at(history[place], row.weeks, row.units)
    return Habits(rows, history)


# Days of the brand owner's agreements, as in the channel's roll-ups: until the next version or the withdrawal.
_SHARED = typed(
    f"""
    with agreed as (
        select a.brand_owner_id, a.accepted_on, 'units' = any(a.grants) as has_units,
               least(coalesce(a.withdrawn_on, 'infinity'), coalesce(lead(a.accepted_on) over (
                   partition by a.brand_owner_id order by a.accepted_on, a.version), 'infinity')) as until_on
        from sharing_agreement a where a.wholesaler_id = :seller and a.brand_owner_id <> :seller
    ), sold as (
        select l.owner_id, l.product_id, l.buyer_id, (l.placed_on - :first) / 7 as week, sum({LEFT}) as units
        from order_line l
        join agreed a on a.brand_owner_id = l.owner_id and a.has_units
             and l.placed_on >= a.accepted_on and l.placed_on < a.until_on
        join organisation b on b.id = l.buyer_id and b.kind = 'retailer'
        where l.seller_id = :seller and l.placed_on >= :first and l.placed_on < :until and {LEFT} > 0
        group by 1, 2, 3, 4
    )
    select s.owner_id, s.product_id, p.category, s.weeks, s.units
    from (
        select w.owner_id, w.product_id, array_agg(w.week) as weeks, array_agg(w.units::float8) as units
        from sold w group by 1, 2
        having count(distinct w.buyer_id) filter (where w.week >= (:until - :first) / 7 - 52) >= {LEAST_RETAILERS}
    ) s
    join product p on p.owner_id = s.owner_id and p.id = s.product_id
    order by s.owner_id, s.product_id
    """  # noqa: S608 - parts are constants of this module
)


def read_shared(connection: Connection, seller_id: int, first: date, until: date) -> Habits:
    """Give weekly demand of brand owners' products on the days on which the seller shares units with them.

    Products that fewer than three retailers bought in the last 52 weeks are left out. `first` and `until` are Mondays.
    """
    rows = connection.execute(_SHARED, {"seller": seller_id, "first": first, "until": until}).all()
    history = np.zeros((len(rows), (until - first) // WEEK))
    for place, row in enumerate(rows):
        np.add.at(history[place], row.weeks, row.units)
    return Habits(rows, history)


_PROMOTIONS = typed(
    f"""
    select m.id, m.valid_from, m.valid_to, array_agg(distinct a.product_id) as product_ids
    from {PROMOTED_ARTICLES}
    where m.seller_id = :seller and m.valid_to - m.valid_from between 1 and {LONGEST_PROMOTION_DAYS}
      and m.valid_from >= :first and m.valid_from < :until
      and {IS_ABOUT}
    group by m.id, m.valid_from, m.valid_to
    order by m.valid_from desc, m.id limit :most
    """  # noqa: S608 - parts are constants of this module
)


class PastPromotion(NamedTuple):
    """A promotion with a beginning and an end, and what it was about. Its weeks are those it ran in, [first_on, until_on)."""

    id: int
    first_on: date
    until_on: date
    product_ids: frozenset[int]


def read_promotions(connection: Connection, seller_id: int, first: date, until: date, most: int) -> list[PastPromotion]:
    """Give up to so many promotions that began in [first, until), the newest first, with whole weeks around them."""
    given = {"seller": seller_id, "first": first, "until": until, "most": most}
    return [
        PastPromotion(
            row.id,
            monday_of(row.valid_from),
            monday_of(row.valid_to - timedelta(days=1)) + WEEK,
            frozenset(row.product_ids),
        )
        for row in connection.execute(_PROMOTIONS, given)
    ]

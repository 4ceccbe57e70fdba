"""Writing a seller's own roll-ups: what each retailer ordered on a day and in a month, its rhythm, what of each product was sold.

Measured (docs/adr/0008): over 10 million order lines the raw rows take a tenth of a second to a second a table of figures.
Recomputed from the raw rows of exactly the days and buyers touched, so doing it twice changes nothing. These functions take a
connection of the worker's role inside an open transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

from portal.analytics.rules import RHYTHM_DAYS
from portal.analytics.service.spans import Touched
from portal.analytics.service.staging import BIG_SPAN, run
from portal.ordering.line_amounts import IS_LEFT, LEFT, LEFT_AMOUNT

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('sales roll-ups'))")

_FORGET_DAYS = """
    delete from sales_day where seller_id = :seller and placed_on between :first and :last
      and (:everybody or buyer_id = any(:buyers))
"""

# Order by order first: counting distinct orders would sort all lines.
_WRITE_DAYS = f"""
    insert into sales_day (seller_id, placed_on, buyer_id, units, amount, order_count)
    select :seller, o.placed_on, o.buyer_id, sum(o.units), sum(o.amount), count(*) filter (where o.is_order)
    from (
        select l.placed_on, l.buyer_id, l.order_id, sum({LEFT}) as units, sum({LEFT_AMOUNT}) as amount,
               bool_or({LEFT} > 0) as is_order
        from order_line l
        where l.seller_id = :seller and l.placed_on between :first and :last
          and (:everybody or l.buyer_id = any(:buyers)) and {IS_LEFT}
        group by l.placed_on, l.buyer_id, l.order_id
    ) o
    group by o.placed_on, o.buyer_id
    order by o.placed_on, o.buyer_id
"""  # noqa: S608 - parts are constants of this module

_OF_PRODUCTS = """
    and (:everybody or product_id = any(array(
        select t.product_id from order_line t
        where t.seller_id = :seller and t.buyer_id = any(:buyers) and t.placed_on between :first and :last)))
"""
_OF_MONTHS = "between date_trunc('month', cast(:first as date))::date and cast(:last as date)"

_FORGET_MONTHS = f"""
    delete from sales_month where seller_id = :seller and month {_OF_MONTHS} {_OF_PRODUCTS}
"""  # noqa: S608 - parts are constants of this module

_WRITE_MONTHS = f"""
    insert into sales_month (seller_id, month, owner_id, product_id, units, amount)
    select :seller, date_trunc('month', l.placed_on::timestamp)::date as month, max(l.owner_id), l.product_id,
           sum({LEFT}), sum({LEFT_AMOUNT})
    from order_line l
    where l.seller_id = :seller
      and l.placed_on between date_trunc('month', cast(:first as date))::date
          and (date_trunc('month', cast(:last as date)) + interval '1 month - 1 day')::date
      and {IS_LEFT} {_OF_PRODUCTS}
    group by 2, l.product_id
    order by 2, l.product_id
"""  # noqa: S608 - parts are constants of this module

_FORGET_QUARTERS = f"""
    delete from sales_quarter where seller_id = :seller
      and quarter between date_trunc('quarter', cast(:first as date))::date and cast(:last as date) {_OF_PRODUCTS}
"""  # noqa: S608 - parts are constants of this module

_WRITE_QUARTERS = f"""
    insert into sales_quarter (seller_id, quarter, owner_id, product_id, units, amount)
    select :seller, date_trunc('quarter', m.month::timestamp)::date as quarter, m.owner_id, m.product_id,
           sum(m.units), sum(m.amount)
    from sales_month m
    where m.seller_id = :seller
      and m.month between date_trunc('quarter', cast(:first as date))::date
          and (date_trunc('quarter', cast(:last as date)) + interval '3 months - 1 day')::date {_OF_PRODUCTS}
    group by 2, m.owner_id, m.product_id
    order by 2, m.owner_id, m.product_id
"""  # noqa: S608 - parts are constants of this module

_FORGET_BUYER_MONTHS = f"""
    delete from sales_buyer_month where seller_id = :seller and month {_OF_MONTHS}
      and (:everybody or buyer_id = any(:buyers))
"""  # noqa: S608 - parts are constants of this module

_WRITE_BUYER_MONTHS = """
    insert into sales_buyer_month (seller_id, month, buyer_id, units, amount)
    select :seller, date_trunc('month', d.placed_on::timestamp)::date as month, d.buyer_id, sum(d.units), sum(d.amount)
    from sales_day d
    where d.seller_id = :seller
      and d.placed_on between date_trunc('month', cast(:first as date))::date
          and (date_trunc('month', cast(:last as date)) + interval '1 month - 1 day')::date
      and (:everybody or d.buyer_id = any(:buyers))
    group by 2, d.buyer_id
"""

# Whoever bought in the span is written anew, from all its days: a loaded past can move its first order.
_FORGET_RHYTHMS = """
    delete from sales_rhythm where seller_id = :seller and (:everybody or buyer_id = any(:buyers))
"""

_WRITE_RHYTHMS = f"""
    insert into sales_rhythm (seller_id, buyer_id, first_on, last_on, order_days, usual_days, amount, order_count)
    select :seller, d.buyer_id, min(d.placed_on), max(d.placed_on), count(*),
           percentile_cont(0.5) within group (order by d.gap), sum(d.amount), sum(d.order_count)
    from (
        select s.buyer_id, s.placed_on, s.amount, s.order_count,
               s.placed_on - lag(s.placed_on) over (partition by s.buyer_id order by s.placed_on) as gap
        from (
            select o.*, max(o.placed_on) over (partition by o.buyer_id) as last_on from sales_day o
            where o.seller_id = :seller and o.order_count > 0 and (:everybody or o.buyer_id = any(:buyers))
        ) s
        where s.placed_on > s.last_on - {RHYTHM_DAYS}
    ) d
    group by d.buyer_id
"""  # noqa: S608 - parts are constants of this module

_STATEMENTS = (
    *(_FORGET_DAYS, _WRITE_DAYS, _FORGET_MONTHS, _WRITE_MONTHS, _FORGET_QUARTERS, _WRITE_QUARTERS),
    *(_FORGET_BUYER_MONTHS, _WRITE_BUYER_MONTHS, _FORGET_RHYTHMS, _WRITE_RHYTHMS),
)


def recompute_sales(connection: Connection, touched: Iterable[Touched]) -> None:
    """Write the sellers' own figures of the touched days anew, and of the months they lie in."""
    spans = list(touched)
    if not spans:
        return
    connection.execute(_ONE_AT_A_TIME)
    for span in spans:
        if not span.buyer_ids:
            for setting in BIG_SPAN:
                connection.execute(text(setting))
        parameters = {
            "seller": span.seller_id,
            "first": span.first_on,
            "last": span.last_on,
            "buyers": sorted(span.buyer_ids),
            "everybody": not span.buyer_ids,
        }
        for statement in _STATEMENTS:
            run(connection, statement, parameters)

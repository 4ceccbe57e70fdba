"""Writing a seller's own roll-ups: what each retailer ordered on a day, what of each product was sold in a month.

Measured (docs/adr/0008): over 10 million order lines the raw rows take a tenth of a second to a second a table of figures.
Recomputed from the raw rows of exactly the days and buyers touched, so doing it twice changes nothing. These functions take a
connection of the worker's role inside an open transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

from portal.analytics.service.channel import run
from portal.analytics.service.spans import Touched

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('sales roll-ups'))")

# Credits of loaded history are negative lines; they have nothing to cancel.
LEFT = "l.ordered_quantity - l.cancelled_quantity"
LEFT_AMOUNT = (
    "case when l.cancelled_quantity = 0 then l.net_amount"
    f" else round(l.net_amount * ({LEFT}) / nullif(l.ordered_quantity, 0), 4) end"
)

_FORGET_DAYS = """
    delete from sales_day where seller_id = :seller and placed_on between :first and :last
      and (:everybody or buyer_id = any(:buyers))
"""

_WRITE_DAYS = f"""
    insert into sales_day (seller_id, placed_on, buyer_id, units, amount, order_count)
    select :seller, l.placed_on, l.buyer_id, sum({LEFT}), sum({LEFT_AMOUNT}),
           count(distinct l.order_id) filter (where {LEFT} > 0)
    from order_line l
    where l.seller_id = :seller and l.placed_on between :first and :last
      and (:everybody or l.buyer_id = any(:buyers)) and l.ordered_quantity <> l.cancelled_quantity
    group by l.placed_on, l.buyer_id
"""  # noqa: S608 - parts are constants of this module

_OF_PRODUCTS = """
    and (:everybody or product_id = any(array(
        select t.product_id from order_line t
        where t.seller_id = :seller and t.buyer_id = any(:buyers) and t.placed_on between :first and :last)))
"""

_FORGET_MONTHS = f"""
    delete from sales_month where seller_id = :seller
      and month between date_trunc('month', cast(:first as date)) and :last {_OF_PRODUCTS}
"""  # noqa: S608 - parts are constants of this module

_WRITE_MONTHS = f"""
    insert into sales_month (seller_id, month, owner_id, product_id, units, amount)
    select :seller, date_trunc('month', l.placed_on)::date, max(l.owner_id), l.product_id,
           sum({LEFT}), sum({LEFT_AMOUNT})
    from order_line l
    where l.seller_id = :seller
      and l.placed_on between date_trunc('month', cast(:first as date))::date
          and (date_trunc('month', cast(:last as date)) + interval '1 month - 1 day')::date
      and l.ordered_quantity <> l.cancelled_quantity {_OF_PRODUCTS}
    group by date_trunc('month', l.placed_on)::date, l.product_id
"""  # noqa: S608 - parts are constants of this module


def recompute_sales(connection: Connection, touched: Iterable[Touched]) -> None:
    """Write the sellers' own figures of the touched days anew, and of the months they lie in."""
    spans = list(touched)
    if not spans:
        return
    connection.execute(_ONE_AT_A_TIME)
    for span in spans:
        if not span.buyer_ids:
            connection.execute(text("set local work_mem = '64MB'"))
        parameters = {
            "seller": span.seller_id,
            "first": span.first_on,
            "last": span.last_on,
            "buyers": sorted(span.buyer_ids),
            "everybody": not span.buyer_ids,
        }
        for statement in (_FORGET_DAYS, _WRITE_DAYS, _FORGET_MONTHS, _WRITE_MONTHS):
            run(connection, statement, parameters)

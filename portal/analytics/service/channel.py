"""Writing the channel's roll-ups: what a wholesaler sold of a brand owner's products, through the agreement of each day.

Everything is recomputed from the raw rows of exactly the days (and buyers) touched, so doing it twice changes nothing.
These functions take a connection of the worker's role inside an open transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Connection, Date, TextClause, bindparam, text

from portal.analytics.service.channel_total import add_up_all, add_up_span, owners_of
from portal.analytics.service.spans import Touched

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('channel roll-ups'))")

# Raw rows are gathered once into a table of the session's own: everything below reads it several times, and with its
# own statistics even right after a load, before the server has looked at the big tables.
_STAGE = """
    create temporary table if not exists sold (
        sold_on date not null, buyer_id bigint not null, owner_id bigint not null, product_id bigint not null,
        units numeric(14, 3) not null, amount numeric not null) on commit delete rows;
    create temporary table if not exists touched_product (product_id bigint primary key) on commit delete rows;
    truncate sold, touched_product
"""

_MONTHS = """
    date_trunc('month', cast(:first as date))::date
    and (date_trunc('month', cast(:last as date)) + interval '1 month - 1 day')::date
"""

# What counts as sold on a day: shipped on it, or, in loaded history, placed on it (negative lines are returns). Of the
# seller's own products the whole months are gathered, because sell-in is kept by month alone.
_GATHER = f"""
    insert into sold (sold_on, buyer_id, owner_id, product_id, units, amount)
    select raw.sold_on, raw.buyer_id, raw.owner_id, raw.product_id, sum(raw.units), sum(raw.amount)
    from (
        select s.buyer_id, s.shipped_on as sold_on, l.owner_id, l.product_id, sl.quantity as units,
               sl.quantity * l.net_amount / l.ordered_quantity as amount
        from shipment s
        join shipment_line sl on sl.seller_id = s.seller_id and sl.shipment_id = s.id
        join order_line l on l.seller_id = sl.seller_id and l.order_id = sl.order_id and l.line = sl.line
        where s.seller_id = :seller and s.shipped_on between {_MONTHS}
          and (:everybody or s.buyer_id = any(:buyers))
        union all
        select l.buyer_id, l.placed_on, l.owner_id, l.product_id, l.ordered_quantity, l.net_amount
        from order_line l
        join sales_order o on o.seller_id = l.seller_id and o.id = l.order_id and o.source = 'history'
        where l.seller_id = :seller and o.seller_id = :seller and l.placed_on between {_MONTHS}
          and (:everybody or l.buyer_id = any(:buyers))
    ) raw
    where raw.sold_on between :first and :last or raw.owner_id = :seller
    group by 1, 2, 3, 4
"""  # noqa: S608 - parts are constants of this module

_FORGET_SALES = """
    with gone as (
        delete from channel_sale where wholesaler_id = :seller and sold_on between :first and :last
          and (:everybody or buyer_id = any(:buyers)) returning product_id
    )
    insert into touched_product select product_id from gone union select product_id from sold
"""

# Of each brand owner the days on which a version with `units` was in force: until the next one or its withdrawal.
_WRITE_SALES = """
    insert into channel_sale (brand_owner_id, wholesaler_id, sold_on, buyer_id, product_id, region, units)
    select sold.owner_id, :seller, sold.sold_on, sold.buyer_id, sold.product_id,
           b.country || '-' || left(b.postal_code, 3), sold.units
    from sold
    join organisation b on b.id = sold.buyer_id and b.kind = 'retailer'
    join (
        select a.brand_owner_id, a.accepted_on, 'units' = any(a.grants) as has_units,
               least(coalesce(a.withdrawn_on, 'infinity'), coalesce(lead(a.accepted_on) over (
                   partition by a.brand_owner_id order by a.accepted_on, a.version), 'infinity')) as until_on
        from sharing_agreement a where a.wholesaler_id = :seller
    ) agreed on agreed.brand_owner_id = sold.owner_id and agreed.has_units
            and sold.sold_on >= agreed.accepted_on and sold.sold_on < agreed.until_on
    where sold.sold_on between :first and :last and sold.owner_id <> :seller
"""


def _forget_months(table: str, condition: str) -> str:
    return f"""
    delete from {table} where wholesaler_id = :seller
      and month between date_trunc('month', cast(:first as date)) and :last {condition}
"""  # noqa: S608 - called with constants of this module


def _write_months(table: str, keys: str, condition: str) -> str:
    """Add up units; who bought is kept where they are fewer than three, so that cells can be added up later."""
    return f"""
    insert into {table} (brand_owner_id, wholesaler_id, month, {keys}, units, few_buyers)
    select brand_owner_id, :seller, month, {keys}, sum(units),
           case when count(*) < 3 then array_agg(buyer_id order by buyer_id) end
    from (
        select brand_owner_id, date_trunc('month', sold_on)::date as month, {keys}, buyer_id, sum(units) as units
        from channel_sale
        where wholesaler_id = :seller and sold_on between {_MONTHS} {condition}
        group by brand_owner_id, date_trunc('month', sold_on)::date, {keys}, buyer_id
    ) bought
    group by brand_owner_id, month, {keys}
"""  # noqa: S608 - called with constants of this module


_OF_PRODUCTS = "and (:everybody or product_id in (select t.product_id from touched_product t))"
_LEVELS = (
    ("channel_month", "product_id, region", _OF_PRODUCTS),
    ("channel_product_month", "product_id", _OF_PRODUCTS),
    ("channel_region_month", "region", ""),
)

_FORGET_SELL_IN = """
    delete from sell_in_month where brand_owner_id = :seller
      and month between date_trunc('month', cast(:first as date)) and :last
      and (:everybody or wholesaler_id = any(:buyers))
"""

_WRITE_SELL_IN = """
    insert into sell_in_month (brand_owner_id, wholesaler_id, month, product_id, units, amount)
    select :seller, sold.buyer_id, date_trunc('month', sold.sold_on)::date, sold.product_id,
           sum(sold.units), round(sum(sold.amount), 4)
    from sold
    join organisation b on b.id = sold.buyer_id and b.kind = 'wholesaler'
    where sold.owner_id = :seller
    group by 1, 2, 3, 4
"""

_WRITE_STATE = """
    insert into channel_state (brand_owner_id, wholesaler_id, measure, newest_on)
    select brand_owner_id, wholesaler_id, 'sell_through', max(sold_on) from channel_sale
    where wholesaler_id = :seller and sold_on >= :first group by 1, 2
    union all
    select :seller, sold.buyer_id, 'sell_in', max(sold.sold_on) from sold
    join organisation b on b.id = sold.buyer_id and b.kind = 'wholesaler'
    where sold.owner_id = :seller group by sold.buyer_id
    on conflict (brand_owner_id, wholesaler_id, measure)
    do update set newest_on = greatest(channel_state.newest_on, excluded.newest_on), written_at = now()
"""

_STATEMENTS = (
    _FORGET_SALES,
    _WRITE_SALES,
    *(_forget_months(table, condition) for table, _, condition in _LEVELS),
    *(_write_months(*level) for level in _LEVELS),
    _FORGET_SELL_IN,
    _WRITE_SELL_IN,
    _WRITE_STATE,
)


def recompute(connection: Connection, touched: Iterable[Touched]) -> None:
    """Write the roll-ups of the touched days anew: sell-through of the seller, and its sell-in where it owns the brand."""
    spans = list(touched)
    if not spans:
        return
    connection.execute(_ONE_AT_A_TIME)
    whole: set[int] = set()
    for span in spans:
        _recompute_span(connection, span)
        if span.buyer_ids:
            add_up_span(connection, span)
        else:
            whole.update(owners_of(connection, span.seller_id))
    add_up_all(connection, sorted(whole))


def _recompute_span(connection: Connection, span: Touched) -> None:
    parameters = {
        "seller": span.seller_id,
        "first": span.first_on,
        "last": span.last_on,
        "buyers": sorted(span.buyer_ids),
        "everybody": not span.buyer_ids,
    }
    if not span.buyer_ids:
        connection.execute(text("set local work_mem = '64MB'"))
    for statement in _STAGE.split(";"):
        connection.execute(text(statement))
    run(connection, _GATHER, parameters)
    if not span.buyer_ids:
        connection.execute(text("analyze sold"))
    for statement in _STATEMENTS:
        run(connection, statement, parameters)


def run(connection: Connection, statement: str, parameters: dict[str, Any]) -> None:
    """Execute a statement with those of the parameters that it names."""
    named = {name: value for name, value in parameters.items() if f":{name}" in statement}
    connection.execute(_typed(statement), named)


def _typed(statement: str) -> TextClause:
    """Tell the driver the types that the server could not infer."""
    types: dict[str, Any] = {"seller": BigInteger, "buyers": ARRAY(BigInteger), "first": Date, "last": Date}
    named = [bindparam(name, type_=kind) for name, kind in types.items() if f":{name}" in statement]
    return text(statement).bindparams(*named)

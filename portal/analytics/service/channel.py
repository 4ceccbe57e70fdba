"""Writing the channel's roll-ups: what a wholesaler sold of a brand owner's products, through the agreement of each day.

Everything is recomputed from the raw rows of exactly the days (and buyers) touched, so doing it twice changes nothing.
These functions take a connection of the worker's role inside an open transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

from portal.analytics.service.channel_categories import recategorise, write_categories
from portal.analytics.service.channel_running import OF_WHOLESALER, write_running
from portal.analytics.service.channel_total import add_up_all, add_up_span, owners_of
from portal.analytics.service.channel_value import write_values
from portal.analytics.service.sold import GATHER, IN_FORCE, OF_MONTHS
from portal.analytics.service.spans import Touched
from portal.analytics.service.staging import BIG_SPAN, run, stage

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('channel roll-ups'))")

# Which days of whose products count, with the month each lies in: of the seller's own products every day (sell-in); of each
# brand owner those on which a version with `units` was in force, that is until the next version or its withdrawal.
_COUNT_DAYS = f"""
    insert into counted_day (owner_id, day, month)
    select agreed.owner_id, d.day::date, date_trunc('month', d.day)::date
    from generate_series(date_trunc('month', cast(:first as date)::timestamp),
                         date_trunc('month', cast(:last as date)::timestamp) + interval '1 month - 1 day', '1 day') d (day)
    join (
        select v.owner_id, v.accepted_on, 'units' = any(v.grants) as has_units, v.until_on from ({IN_FORCE}) v
        union all
        select :seller, '-infinity', true, 'infinity'
    ) agreed on agreed.has_units and d.day >= agreed.accepted_on and d.day < agreed.until_on
"""  # noqa: S608 - parts are constants

_FORGET_SALES = f"""
    with gone as (
        delete from channel_sale where wholesaler_id = :seller and month {OF_MONTHS}
          and (:everybody or buyer_id = any(:buyers)) returning product_id
    )
    insert into touched_product select product_id from gone where not :everybody
    union select product_id from sold where not :everybody
"""  # noqa: S608 - parts are constants of this module

# In the order of the key: its index is then written page after page.
_WRITE_SALES = """
    insert into channel_sale (wholesaler_id, month, product_id, brand_owner_id, buyer_id, region, units)
    select :seller, sold.month, sold.product_id, sold.owner_id, sold.buyer_id,
           b.country || '-' || left(b.postal_code, 3), sold.units
    from sold join organisation b on b.id = sold.buyer_id
    where sold.owner_id <> :seller
    order by sold.month, sold.product_id, sold.owner_id, sold.buyer_id
"""

_FORGET_BUYERS = f"""
    with gone as (
        delete from channel_buyer_month where wholesaler_id = :seller and month {OF_MONTHS}
          and (:everybody or buyer_id = any(:buyers)) returning region
    )
    insert into touched_region select region from gone
    union select b.country || '-' || left(b.postal_code, 3) from organisation b where b.id = any(:buyers)
"""  # noqa: S608 - parts are constants of this module

_WRITE_BUYERS = """
    insert into channel_buyer_month (wholesaler_id, month, brand_owner_id, buyer_id, region, units, newest_on)
    select :seller, sold.month, sold.owner_id, sold.buyer_id, b.country || '-' || left(b.postal_code, 3), sold.units,
           sold.newest_on
    from (
        select s.month, s.owner_id, s.buyer_id, sum(s.units) as units, max(s.newest_on) as newest_on
        from sold s where s.owner_id <> :seller group by 1, 2, 3
    ) sold join organisation b on b.id = sold.buyer_id
"""


# The key of these tables begins with the brand owner: it is named, so that its index is used.
_FORGET_LEVEL = f"""
    delete from {{table}} where wholesaler_id = :seller and month {OF_MONTHS} {{condition}}
      and brand_owner_id = any(array(select a.brand_owner_id from sharing_agreement a where a.wholesaler_id = :seller))
"""  # noqa: S608 - parts are constants of this module


def _write_months(table: str, source: str, keys: str, condition: str) -> str:
    """Add up units; who bought is kept where they are fewer than three, so that cells can be added up later.

    A retailer that returned all it bought, or more, is none of the three: behind its zero another's figure would stand bare.
    """
    bought = "filter (where units > 0)"
    return f"""
    insert into {table} (brand_owner_id, wholesaler_id, month{keys}, units, few_buyers)
    select brand_owner_id, :seller, month{keys}, sum(units),
           case count(*) {bought} when 0 then '{{}}' when 1 then array[min(buyer_id) {bought}]
                when 2 then array[min(buyer_id) {bought}, max(buyer_id) {bought}] end
    from {source} where wholesaler_id = :seller and month {OF_MONTHS} {condition}
    group by brand_owner_id, month{keys}
"""  # noqa: S608 - called with constants of this module


_OF_PRODUCTS = "and (:everybody or product_id = any(array(select t.product_id from touched_product t)))"
_OF_REGIONS = "and (:everybody or region = any(array(select t.region from touched_region t)))"
_LEVELS = (
    ("channel_month", "channel_sale", ", product_id, region", _OF_PRODUCTS),
    ("channel_product_month", "channel_sale", ", product_id", _OF_PRODUCTS),
    ("channel_region_month", "channel_buyer_month", ", region", _OF_REGIONS),
    ("channel_wholesaler_month", "channel_buyer_month", "", ""),
)

_FORGET_SELL_IN = f"""
    delete from sell_in_month where brand_owner_id = :seller and month {OF_MONTHS}
      and (:everybody or wholesaler_id = any(:buyers))
"""  # noqa: S608 - parts are constants of this module

_WRITE_SELL_IN = """
    insert into sell_in_month (brand_owner_id, wholesaler_id, month, product_id, units, amount)
    select :seller, sold.buyer_id, sold.month, sold.product_id, sold.units, round(sold.amount, 4)
    from sold where sold.owner_id = :seller
"""

# How far what is shared reaches, and no further: days that an agreement no longer covers leave the state again.
_FORGET_STATE = """
    delete from channel_state where wholesaler_id = :seller and measure = 'sell_through'
      and not exists (select from channel_buyer_month m
                      where m.wholesaler_id = :seller and m.brand_owner_id = channel_state.brand_owner_id)
"""

_WRITE_STATE = """
    insert into channel_state (brand_owner_id, wholesaler_id, measure, newest_on)
    select m.brand_owner_id, :seller, 'sell_through', max(m.newest_on) from channel_buyer_month m
    where m.wholesaler_id = :seller group by 1
    union all
    select :seller, sold.buyer_id, 'sell_in', max(sold.newest_on) from sold where sold.owner_id = :seller group by sold.buyer_id
    on conflict (brand_owner_id, wholesaler_id, measure) do update
    set newest_on = case when excluded.measure = 'sell_in' then greatest(channel_state.newest_on, excluded.newest_on)
                         else excluded.newest_on end,
        written_at = now()
"""

_STATEMENTS = (
    _FORGET_SALES,
    _WRITE_SALES,
    _FORGET_BUYERS,
    _WRITE_BUYERS,
    *(_FORGET_LEVEL.format(table=table, condition=condition) for table, _, _, condition in _LEVELS),
    *(_write_months(*level) for level in _LEVELS),
    _FORGET_SELL_IN,
    _WRITE_SELL_IN,
    _FORGET_STATE,
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
    write_values(connection, spans)


def move_products(connection: Connection, moved: Iterable[tuple[int, Iterable[str]]]) -> None:
    """Write the roll-ups of (brand owner id, categories) anew between which products have moved."""
    for owner, categories in moved:
        connection.execute(_ONE_AT_A_TIME)
        recategorise(connection, owner, categories)


def _recompute_span(connection: Connection, span: Touched) -> None:
    parameters = {
        "seller": span.seller_id,
        "first": span.first_on,
        "last": span.last_on,
        "buyers": sorted(span.buyer_ids),
        "everybody": not span.buyer_ids,
    }
    if not span.buyer_ids:
        for setting in BIG_SPAN:
            connection.execute(text(setting))
    stage(connection)
    run(connection, _COUNT_DAYS, parameters)
    connection.execute(text("analyze counted_day"))
    run(connection, GATHER, parameters)
    if not span.buyer_ids:
        connection.execute(text("analyze sold"))
    for statement in _STATEMENTS:
        run(connection, statement, parameters)
    write_categories(connection, parameters)
    for owner in owners_of(connection, span.seller_id):
        given = {"owner": owner, "seller": span.seller_id}
        write_running(connection, OF_WHOLESALER, given, span.first_on, touched=bool(span.buyer_ids))

"""Writing what wholesalers that share it sold on, as cells that can be shown, and the list prices they are valued at.

A cell is a product in a month, of all regions or of one. Value adds up products of different prices, so that of a folded cell,
beside its units, could tell its products apart; therefore only cells that are shown are written, and valued. These functions
take a connection of the worker's role inside an open transaction; doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Connection, text

from portal.analytics.rules import month_of
from portal.analytics.service.sold import GATHER, IN_FORCE, OF_MONTHS
from portal.analytics.service.spans import Touched, merged
from portal.analytics.service.staging import run, stage

_IS_SHARED = text(
    "select exists (select from sharing_agreement a where a.wholesaler_id = :seller and 'value' = any(a.grants))"
)
_FORGET = f"""
    delete from channel_value where wholesaler_id = :seller and month {OF_MONTHS}
      and brand_owner_id = any(array(select a.brand_owner_id from sharing_agreement a where a.wholesaler_id = :seller))
"""  # noqa: S608 - parts are constants
# The days on which a version with `value` was in force. A month in which units are shared as well, but not on the same days,
# has no value: units and value of one product would tell what was sold on the days between.
_COUNT_DAYS = f"""
    insert into counted_day (owner_id, day, month)
    select g.owner_id, g.day, g.month
    from (
        select a.owner_id, d.day::date as day, date_trunc('month', d.day)::date as month, a.has_value,
               bool_and(a.has_units = a.has_value) over same_month as is_same, bool_or(a.has_units) over same_month as has_units
        from generate_series(date_trunc('month', cast(:first as date)::timestamp),
                             date_trunc('month', cast(:last as date)::timestamp) + interval '1 month - 1 day', '1 day') d (day)
        join (
            select v.*, 'units' = any(v.grants) as has_units, 'value' = any(v.grants) as has_value from ({IN_FORCE}) v
        ) a on d.day >= a.accepted_on and d.day < a.until_on
        window same_month as (partition by a.owner_id, date_trunc('month', d.day))
    ) g where g.has_value and (g.is_same or not g.has_units)
"""  # noqa: S608 - parts are constants
# Floors as those of units: at least three retailers that bought more than they returned. Where those behind the cells below
# stay fewer than three, the smallest cell beside them goes too: among a month's products, and among a product's regions.
_WRITE = """
    with sale as materialized (
        select s.owner_id, s.month, s.product_id, s.buyer_id, s.units, s.newest_on, p.sku,
               b.country || '-' || left(b.postal_code, 3) as region
        from sold s
        join organisation b on b.id = s.buyer_id
        join product p on p.owner_id = s.owner_id and p.id = s.product_id
    ), cell as materialized (
        select a.owner_id, a.month, a.product_id, a.sku, a.region, case when a.region <> '' then a.product_id end as within,
               sum(a.units) as units, max(a.newest_on) as newest_on,
               coalesce(array_agg(a.buyer_id) filter (where a.units > 0), '{}') as buyers
        from (select owner_id, month, product_id, buyer_id, units, newest_on, sku, region from sale
              union all select owner_id, month, product_id, buyer_id, units, newest_on, sku, '' from sale) a
        group by 1, 2, 3, 4, 5, 6
    ), needy as (
        select c.owner_id, c.month, c.within from cell c left join lateral unnest(c.buyers) b (buyer) on true
        where cardinality(c.buyers) < 3
        group by 1, 2, 3 having count(distinct b.buyer) < 3
    ), hiding as (
        select distinct on (c.owner_id, c.month, c.within) c.owner_id, c.month, c.product_id, c.region
        from cell c
        join needy n on n.owner_id = c.owner_id and n.month = c.month and n.within is not distinct from c.within
        where cardinality(c.buyers) >= 3
        order by c.owner_id, c.month, c.within, c.units, c.sku collate "C", c.region collate "C"
    ), shown as materialized (
        select c.* from cell c
        where cardinality(c.buyers) >= 3
          and not exists (select from hiding h where (h.owner_id, h.month, h.product_id, h.region)
                                                   = (c.owner_id, c.month, c.product_id, c.region))
    )
    insert into channel_value (brand_owner_id, wholesaler_id, month, product_id, region, units, newest_on)
    select s.owner_id, :seller, s.month, s.product_id, s.region, s.units, s.newest_on
    from shown s
    where s.region = '' or exists (select from shown p where (p.owner_id, p.month, p.product_id, p.region)
                                                           = (s.owner_id, s.month, s.product_id, ''))
"""
# Fixed once it is needed: a figure that was read does not change because a price is edited later.
_FIX_PRICES = """
    insert into channel_list_price (brand_owner_id, month, product_id, list_price)
    select needed.brand_owner_id, needed.month, x.product_id, x.list_price
    from (
        select v.brand_owner_id, v.month, array_agg(distinct v.product_id) as products
        from channel_value v
        where {condition}
          and not exists (select from channel_list_price l
                          where l.brand_owner_id = v.brand_owner_id and l.month = v.month and l.product_id = v.product_id)
        group by 1, 2
    ) needed
    cross join lateral own_list_prices(needed.brand_owner_id, needed.month) x
    where x.product_id = any(needed.products)
    on conflict do nothing
"""
_FIX_OF_SPAN = _FIX_PRICES.format(
    condition="v.wholesaler_id = :seller and v.month between :first and :last and v.brand_owner_id = any(array("
    "select a.brand_owner_id from sharing_agreement a where a.wholesaler_id = :seller))"
)
_FIX_OF_OWNER = _FIX_PRICES.format(condition="v.brand_owner_id = :owner")


def write_values(connection: Connection, touched: Iterable[Touched]) -> None:
    """Write the cells of the months touched anew, whoever's sales touched them: who is in a cell decides about others."""
    months = [_whole_months(span) for span in touched]
    sellers = {span.seller_id: _is_shared(connection, span.seller_id) for span in months}
    for span in merged(months):
        parameters = {"seller": span.seller_id, "first": span.first_on, "last": span.last_on}
        run(connection, _FORGET, parameters)
        if sellers[span.seller_id]:
            stage(connection)
            run(connection, _COUNT_DAYS, parameters)
            run(connection, GATHER, {**parameters, "buyers": [], "everybody": True})
            run(connection, _WRITE, parameters)
            run(connection, _FIX_OF_SPAN, parameters)


def fix_list_prices(connection: Connection, owner: int) -> None:
    """Fix the brand owner's list prices of all months and products that are to be valued and have none yet."""
    run(connection, _FIX_OF_OWNER, {"owner": owner})


def _whole_months(span: Touched) -> Touched:
    return Touched(span.seller_id, month_of(span.first_on), month_of(span.last_on, 1) - timedelta(days=1))


def _is_shared(connection: Connection, seller_id: int) -> bool:
    is_shared: bool = connection.execute(_IS_SHARED, {"seller": seller_id}).scalar_one()
    return is_shared

"""Writing how wholesalers' retailers stand, where it is shared: once a week, with a pseudonym in place of each retailer.

An order counts if it was placed, and not cancelled, on a day before today on which a version with `activity` was in force.
Only whether a retailer is new goes by all its orders. These functions take a connection of the worker's role inside an open
transaction.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from portal.analytics.queries.stock import LEAST_RETAILERS
from portal.analytics.rules import LAPSED_DAYS, LEAST_GAPS
from portal.analytics.service.daily import Due
from portal.analytics.service.sold import IN_FORCE
from portal.ordering.line_amounts import LEFT

REORDER_DAYS = 365
"""Order days further back say little about how often a product is ordered again."""

_TABLES = ("channel_retailer", "channel_distribution")
_FORGET = tuple(
    text(f"delete from {table} where brand_owner_id = :owner and wholesaler_id = :seller")  # noqa: S608 - constants
    for table in _TABLES
)
_BOUGHT = (
    "drop table if exists bought",
    f"""
    create temporary table bought on commit drop as
    select l.buyer_id, l.product_id, l.placed_on, count(distinct l.order_id) as orders
    from order_line l
    join organisation r on r.id = l.buyer_id and r.kind = 'retailer'
    where l.seller_id = :seller and l.owner_id = :owner and {LEFT} > 0
      and l.placed_on < :today and l.placed_on >= cast(:today as date) - {REORDER_DAYS}
      and exists (select from ({IN_FORCE}) v where v.owner_id = :owner and 'activity' = any(v.grants)
                    and l.placed_on >= v.accepted_on and l.placed_on < v.until_on)
    group by 1, 2, 3
    """,  # noqa: S608 - parts are constants
    "analyze bought",
)
# A version has a key of its own, and with it pseudonyms of its own; the former key is forgotten.
_KEY = text(
    f"""
    insert into channel_activity as a (brand_owner_id, wholesaler_id, version, pseudonym_key, as_of, counted_from)
    select :owner, :seller, :version, sha256(convert_to(concat(gen_random_uuid(), gen_random_uuid()), 'UTF8')), :today,
           greatest(min(v.accepted_on), cast(:today as date) - {REORDER_DAYS})
    from ({IN_FORCE}) v where v.owner_id = :owner and 'activity' = any(v.grants) and v.accepted_on < v.until_on
    on conflict (brand_owner_id, wholesaler_id) do update
    set pseudonym_key = case when a.version = excluded.version then a.pseudonym_key else excluded.pseudonym_key end,
        version = excluded.version, as_of = excluded.as_of, counted_from = excluded.counted_from, points = null,
        effective_points = null, lost_points = null, other_products = null, other_points = null, reorder_days = null
    """  # noqa: S608 - parts are constants
)
# The days between orders of the same product by the same retailer (SHARING: reorder interval).
_GAPS = "select buyer_id, placed_on - lag(placed_on) over (partition by buyer_id, product_id order by placed_on) as days from bought"
_USUAL = f"case when count(g.days) >= {LEAST_GAPS} then round(percentile_cont(0.5) within group (order by g.days)::numeric)::integer end"
_RETAILERS = text(
    f"""
    insert into channel_retailer (brand_owner_id, wholesaler_id, buyer_id, pseudonym, first_on, last_on, products, reorder_days)
    select :owner, :seller, b.buyer_id,
           'R-' || upper(left(encode(sha256(a.pseudonym_key || int8send(b.buyer_id)), 'hex'), 12)),
           (select min(l.placed_on) from order_line l
            where l.seller_id = :seller and l.owner_id = :owner and l.buyer_id = b.buyer_id and {LEFT} > 0),
           b.last_on, b.products, u.days
    from (
        select buyer_id, max(placed_on) as last_on,
               count(distinct product_id) filter (where placed_on >= cast(:today as date) - {LAPSED_DAYS}) as products,
               count(*) over () as retailers
        from bought group by 1 having max(placed_on) >= cast(:today as date) - 2 * {LAPSED_DAYS}
    ) b
    join channel_activity a on a.brand_owner_id = :owner and a.wholesaler_id = :seller
    left join (select g.buyer_id, {_USUAL} as days from ({_GAPS}) g group by 1) u on u.buyer_id = b.buyer_id
    where b.retailers >= {LEAST_RETAILERS}
    """  # noqa: S608 - parts are constants
)
_POINT = f"""
    select buyer_id, product_id, sum(orders) filter (where placed_on >= cast(:today as date) - {LAPSED_DAYS}) as orders
    from bought where placed_on >= cast(:today as date) - 2 * {LAPSED_DAYS} group by 1, 2
"""  # noqa: S608 - parts are constants
# Points of distribution: pairs of retailer and product of the last 90 days; products with fewer than three retailers are
# added up, with the smallest beside them where fewer than three retailers would be left in there.
_DISTRIBUTION = text(
    f"""
    with point as materialized (select * from ({_POINT}) p where p.orders > 0),
    cell as (select product_id, count(*) as retailers, array_agg(buyer_id) as buyers from point group by 1),
    small as (
        select count(distinct b.buyer) as retailers from cell c, unnest(c.buyers) b (buyer) where c.retailers < {LEAST_RETAILERS}
    ), hiding as (
        select c.product_id from cell c join product p on p.owner_id = :owner and p.id = c.product_id, small s
        where c.retailers >= {LEAST_RETAILERS} and s.retailers between 1 and {LEAST_RETAILERS - 1}
        order by c.retailers, p.sku collate "C" limit 1
    )
    insert into channel_distribution (brand_owner_id, wholesaler_id, product_id, retailers)
    select :owner, :seller, c.product_id, c.retailers from cell c
    where c.retailers >= {LEAST_RETAILERS} and c.product_id not in (select h.product_id from hiding h)
      and exists (select from channel_retailer r where r.brand_owner_id = :owner and r.wholesaler_id = :seller)
    """  # noqa: S608 - parts are constants
)
# A number of points is given where none or at least three retailers stand behind it, and behind what it leaves of the whole.
_SUMMED = text(
    f"""
    with point as materialized (select * from ({_POINT}) p),
    counted as (
        select count(*) filter (where orders > 0) as points, count(*) filter (where orders > 1) as effective,
               count(*) filter (where orders is null) as lost, count(distinct product_id) filter (where orders > 0) as products,
               count(distinct buyer_id) filter (where orders > 0) as point_buyers,
               count(distinct buyer_id) filter (where orders > 1) as effective_buyers,
               count(distinct buyer_id) filter (where orders = 1) as single_buyers,
               count(distinct buyer_id) filter (where orders is null) as lost_buyers
        from point
    ), shown as (
        select count(*) as products, coalesce(sum(d.retailers), 0) as points from channel_distribution d
        where d.brand_owner_id = :owner and d.wholesaler_id = :seller
    ), gap as (select {_USUAL} as days, count(distinct g.buyer_id) as retailers from ({_GAPS}) g where g.days is not null)
    update channel_activity a
    set points = case when c.point_buyers >= {LEAST_RETAILERS} or c.points = 0 then c.points end,
        effective_points = case when (c.effective_buyers >= {LEAST_RETAILERS} or c.effective = 0)
                                     and (c.single_buyers >= {LEAST_RETAILERS} or c.effective = c.points) then c.effective end,
        lost_points = case when c.lost_buyers >= {LEAST_RETAILERS} or c.lost = 0 then c.lost end,
        other_products = case when c.point_buyers >= {LEAST_RETAILERS} then c.products - s.products end,
        other_points = case when c.point_buyers >= {LEAST_RETAILERS} then c.points - s.points end,
        reorder_days = case when g.retailers >= {LEAST_RETAILERS} then g.days end
    from counted c, shown s, gap g
    where a.brand_owner_id = :owner and a.wholesaler_id = :seller
      and exists (select from channel_retailer r where r.brand_owner_id = :owner and r.wholesaler_id = :seller)
    """  # noqa: S608 - parts are constants
)


def write_activity(connection: Connection, due: Due) -> None:
    """Write the retailers that bought in 180 days, and what they add up to; nothing of fewer than three."""
    values = {"owner": due.brand_owner_id, "seller": due.wholesaler_id, "today": due.today, "version": due.version}
    statements = (*_FORGET, *map(text, _BOUGHT), _KEY, _RETAILERS, _DISTRIBUTION, _SUMMED)
    for statement in statements:
        connection.execute(statement, {name: values[name] for name in values if f":{name}" in statement.text})

"""What a brand owner may see, computed by DuckDB from a channel folder's raw files and from nothing else of the portal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

LEAST = 3
_FILES = ("organisations", "products", "orders", "sharing", "listings", "stock", "price_entries")
# Versions with their last day, the one of today, and for each day and grant whether it was given.
_SETUP = """
create macro region(country, postal_code) as country || '-' || left(postal_code, 3);
create table version as
    select wholesaler_code as wholesaler, string_split(coalesce(grants, ''), ' ') as given, accepted_on as from_on,
           coalesce(lead(accepted_on) over (partition by wholesaler_code order by accepted_on), date '9999-12-31') as until_on
    from sharing where brand_owner_code = getvariable('owner');
create table today as
    select wholesaler, given from version where from_on <= getvariable('today') and getvariable('today') < until_on;
create table sale as
    select o.seller_code as wholesaler, o.buyer_code as buyer, o.placed_on, o.order_number, l.sku, p.category, o.quantity,
           region(b.country, b.postal_code) as region, strftime(o.placed_on, '%Y-%m') as month
    from orders o
    join listings l on l.seller_code = o.seller_code and l.article = o.article and l.owner_code = getvariable('owner')
    join products p on p.owner_code = l.owner_code and p.sku = l.sku
    join organisations b on b.code = o.buyer_code and b.kind = 'retailer';
create table granted as
    select s.*, v.given from sale s join version v
    on v.wholesaler = s.wholesaler and s.placed_on >= v.from_on and s.placed_on < v.until_on;
"""
_UNITS = """
    select {key} as key, sum(quantity)::decimal(18, 3) from granted
    where list_contains(given, 'units') and wholesaler in (select wholesaler from today where list_contains(given, 'units'))
    group by 1
"""
# Cells of product and month at a wholesaler, of all regions or of one: three that bought more than they returned; the smallest
# goes too where those below leave fewer than three retailers in what is folded. Valued at the price of the month's first day.
_VALUES = """
    with day as (
        select v.wholesaler, strftime(d.day, '%Y-%m') as month, list_contains(v.given, 'units') as u,
               list_contains(v.given, 'value') as v
        from version v, lateral unnest(generate_series(greatest(v.from_on, date '2000-01-01'),
            least(v.until_on - 1, date_trunc('month', getvariable('today')) + interval 1 month - interval 1 day)::date,
            interval 1 day)) d (day)
    ), month as (select wholesaler, month from day group by 1, 2 having bool_or(v) and (bool_and(u = v) or not bool_or(u))),
    bought as (
        select wholesaler, month, sku, category, region, buyer, sum(quantity) as units from granted
        where list_contains(given, 'value') and (wholesaler, month) in (select (wholesaler, month) from month)
          and wholesaler in (select wholesaler from today where list_contains(given, 'value'))
        group by all
    ), cell as (
        select wholesaler, month, sku, category, '' as region, sum(units) as units,
               list(distinct buyer) filter (where units > 0) as buyers from bought group by 1, 2, 3, 4
        union all
        select wholesaler, month, sku, category, region, sum(units), list(distinct buyer) filter (where units > 0)
        from bought group by 1, 2, 3, 4, 5
    ), sized as (
        select *, coalesce(len(buyers), 0) as n, case when region = '' then '' else sku end as within from cell
    ), thin as (
        select wholesaler, month, within from sized where n < 3 group by 1, 2, 3
        having coalesce(len(list_distinct(flatten(list(coalesce(buyers, []))))), 0) < 3
    ), ranked as (
        select *, row_number() over (partition by wholesaler, month, within, region = '', n >= 3
                                     order by units, sku, region) as place,
               (wholesaler, month, within) in (select (wholesaler, month, within) from thin) as is_thin
        from sized
    ), shown as (select * from ranked where n >= 3 and not (is_thin and place = 1)),
    kept as (
        select * from shown s where region = '' or exists (
            select 1 from shown p where p.wholesaler = s.wholesaler and p.month = s.month and p.sku = s.sku and p.region = '')
    ), price as (
        select l.sku, m.month, e.net_price from (select distinct month from kept) m
        join price_entries e on e.seller_code = getvariable('owner')
             and coalesce(e.valid_from, date '1900-01-01') <= strptime(m.month || '-01', '%Y-%m-%d')::date
             and strptime(m.month || '-01', '%Y-%m-%d')::date < coalesce(e.valid_to, date '9999-12-31')
        join listings l on l.seller_code = e.seller_code and l.article = e.article
    )
    select {key} as key, sum(units::decimal(18, 3) * net_price::decimal(14, 4)) from kept join price using (sku, month)
    where (region <> '') = {with_region} group by 1
"""
_ORDERED = """
    select wholesaler, buyer, sku, placed_on, count(distinct order_number) as orders from granted
    where list_contains(given, 'activity') and quantity > 0 and placed_on < getvariable('today')
      and placed_on >= getvariable('today') - 365
      and wholesaler in (select wholesaler from today where list_contains(given, 'activity'))
    group by all
"""
_GAPS = f"""
    select wholesaler, buyer, placed_on - lag(placed_on) over (partition by wholesaler, buyer, sku order by placed_on) as gap
    from ({_ORDERED})
"""
_USUAL = "case when count(gap) >= 2 then round(quantile_cont(gap::double, 0.5)) end"
_SHOPS = f"""
    select o.wholesaler, o.buyer, max(o.placed_on) as last_on,
           count(distinct o.sku) filter (where o.placed_on >= getvariable('today') - 90) as products,
           (select min(s.placed_on) from sale s where s.wholesaler = o.wholesaler and s.buyer = o.buyer and s.quantity > 0)
               as first_on
    from ({_ORDERED}) o group by 1, 2 having max(o.placed_on) >= getvariable('today') - 180
    qualify count(*) over (partition by o.wholesaler) >= 3
"""
_RETAILERS = f"""
    select s.wholesaler,
           case when s.first_on >= getvariable('today') - ? then 'new' when s.last_on >= getvariable('today') - ? then 'active'
                when s.last_on >= getvariable('today') - 2 * ? then 'lapsed' end as state,
           s.products, u.usual::integer, case when n.is_named then b.name end,
           case when n.is_named then concat_ws(' ', b.postal_code, b.city) end
    from ({_SHOPS}) s
    join organisations b on b.code = s.buyer
    join (select wholesaler, list_contains(given, 'identity') as is_named from today) n on n.wholesaler = s.wholesaler
    left join (select wholesaler, buyer, {_USUAL} as usual from ({_GAPS}) group by 1, 2) u
         on u.wholesaler = s.wholesaler and u.buyer = s.buyer
    where state is not null
"""
_POINTS = f"""
    select p.wholesaler, count(*) filter (where p.recent > 0) as points, count(*) filter (where p.recent > 1) as effective,
           count(distinct p.buyer) filter (where p.recent > 1) as effective_buyers,
           count(distinct p.buyer) filter (where p.recent = 1) as single_buyers,
           count(*) filter (where p.recent is null) as lost,
           count(distinct p.buyer) filter (where p.recent is null) as lost_buyers,
           count(distinct p.buyer) filter (where p.recent > 0) as buyers
    from (select wholesaler, buyer, sku, sum(orders) filter (where placed_on >= getvariable('today') - 90) as recent
          from ({_ORDERED}) where placed_on >= getvariable('today') - 180 group by 1, 2, 3) p
    where p.wholesaler in (select wholesaler from ({_SHOPS})) group by 1
"""
_STOCK = """
    select s.seller_code, l.sku, sum(s.on_hand)::decimal(18, 3) as on_hand,
           (select case when count(*) filter (where b.units > 0) >= 3 and sum(b.units) > 0
                        then sum(b.units)::double end
            from (select buyer, sum(quantity) as units from sale x where x.wholesaler = s.seller_code and x.sku = l.sku
                  and x.placed_on < getvariable('today') and x.placed_on >= getvariable('today') - 28 group by 1) b) as sold
    from stock s
    join listings l on l.seller_code = s.seller_code and l.article = s.article and l.owner_code = getvariable('owner')
    where s.seller_code in (select wholesaler from today where list_contains(given, 'stock'))
    group by 1, 2
"""


class RawFiles:
    """A channel folder, as its brand owner may see it on a day."""

    def __init__(self, folder: Path, owner: str, today: date) -> None:
        self.connection = duckdb.connect()
        for name in _FILES:
            path = next(iter(sorted(folder.glob(f"{name}.csv*"))))
            self.connection.execute(f"create view {name} as select * from read_csv('{path}', all_varchar = true)")
            self._type(name)
        self.connection.execute("set variable owner = $1", [owner])
        self.connection.execute("set variable today = $1", [today])
        self.connection.execute(_SETUP)

    def _type(self, name: str) -> None:
        kinds = {"placed_on": "date", "accepted_on": "date", "valid_from": "date", "valid_to": "date"}
        numbers = {"quantity": "decimal(18, 3)", "on_hand": "decimal(18, 3)", "net_price": "decimal(14, 4)"}
        columns = [row[0] for row in self.connection.execute(f"describe {name}").fetchall()]
        typed = ", ".join(
            f"cast({column} as {(kinds | numbers).get(column, 'varchar')}) as {column}" for column in columns
        )
        self.connection.execute(f"create table typed_{name} as select {typed} from {name}")
        self.connection.execute(f"drop view {name}")
        self.connection.execute(f"alter table typed_{name} rename to {name}")

    def units(self, key: str) -> dict[str, Decimal]:
        """Give units by a key; what is folded is not taken off."""
        return self._by_key(_UNITS.format(key=key))

    def values(self, key: str) -> dict[str, Decimal]:
        """Give value by a key."""
        return self._by_key(_VALUES.format(key=key, with_region="true" if key == "region" else "false"))

    def retailers(self, days: int) -> list[tuple[Any, ...]]:
        """Give wholesaler, state, products, reorder interval, name and place of each retailer, sorted."""
        return sorted(self.connection.execute(_RETAILERS, [days] * 3).fetchall(), key=repr)

    def points(self) -> dict[str, tuple[int | None, ...]]:
        """Give points, effective and lost ones by wholesaler."""
        found: dict[str, tuple[int | None, ...]] = {}
        for row in self.connection.execute(_POINTS).fetchall():
            wholesaler, points, effective, effective_buyers, single_buyers, lost, lost_buyers, buyers = row
            is_effective = effective_buyers in {0, *range(LEAST, 99)} and single_buyers in {0, *range(LEAST, 99)}
            found[wholesaler] = (
                points if buyers >= LEAST or not points else None,
                effective if is_effective else None,
                lost if lost_buyers >= LEAST or not lost else None,
            )
        return found

    def stock(self) -> dict[tuple[str, str], tuple[Decimal, int | None]]:
        """Give on hand and stock cover by wholesaler and product."""
        rows = self.connection.execute(_STOCK).fetchall()
        return {
            (wholesaler, sku): (on_hand, None if sold is None else int(float(on_hand) / sold * 28 + 0.5))
            for wholesaler, sku, on_hand, sold in rows
        }

    def _by_key(self, statement: str) -> dict[str, Decimal]:
        return {key: Decimal(amount) for key, amount in self.connection.execute(statement).fetchall()}

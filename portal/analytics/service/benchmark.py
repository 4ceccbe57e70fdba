"""Comparing wholesalers with their channel and retailers with those of the same seller, once for each ended month.

What was written stays as it was: a figure of all that is computed again after one of them changed would tell by how much.
These functions take a connection of the worker's role inside an open transaction.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, Date, bindparam, insert, text

from portal.analytics.benchmark_models import Audience, Benchmark, BenchmarkMeasure, BenchmarkState
from portal.analytics.rules import Part, month_of, pooled
from portal.ordering.line_amounts import IS_LEFT, LEFT, LEFT_AMOUNT

MONTHS_WRITTEN = 6
"""How far back months are compared where nothing was yet."""
_PLACES = Decimal("0.0001")

# Where nobody traded in the three months there is nothing to compare: it is looked at again.
_DUE = text(
    """
    with month as (
        select o.id, (date_trunc('month', now() at time zone o.time_zone) - make_interval(months => n))::date as until_on
        from organisation o cross join generate_series(0, :months - 1) n
        where o.kind <> 'retailer' and o.status = 'active'
    )
    select m.id, a.audience, m.until_on
    from month m cross join (values ('wholesalers'), ('retailers')) a (audience)
    where not exists (select from benchmark_state s
                      where s.seller_id = m.id and s.audience = a.audience and s.until_on = m.until_on)
      and case a.audience
          when 'retailers' then exists (
              select from sales_buyer_month b
              where b.seller_id = m.id and b.month >= m.until_on - interval '3 months' and b.month < m.until_on)
          else exists (
              select from sharing_agreement g
              join channel_buyer_month b on b.wholesaler_id = g.wholesaler_id and b.brand_owner_id = m.id
                  and b.month >= m.until_on - interval '3 months' and b.month < m.until_on
              where g.brand_owner_id = m.id) end
    order by m.until_on desc, m.id, a.audience limit :most
    """
)
_ALONE = text("select pg_try_advisory_xact_lock(hashtext('benchmarks'))")

# Wholesalers that share units today and did on every day of the three months and of the same months a year before.
_OF_WHOLESALERS = """
    select s.wholesaler_id as member_id, s.month, null::date as day, s.product_id, s.buyer_id, s.units, s.units as worth
    from channel_sale s
    where s.brand_owner_id = :seller and s.month >= :before and s.month < :until
      and s.wholesaler_id in (
          select v.wholesaler_id from (
              select a.wholesaler_id, a.grants, a.accepted_on,
                     least(coalesce(a.withdrawn_on, 'infinity'), coalesce(lead(a.accepted_on) over (
                         partition by a.wholesaler_id order by a.accepted_on, a.version), 'infinity')) as until_on
              from sharing_agreement a where a.brand_owner_id = :seller) v
          where 'units' = any(v.grants) and v.accepted_on < v.until_on and v.until_on > :before and v.accepted_on < :until
          group by v.wholesaler_id
          having sum(least(v.until_on, :until) - greatest(v.accepted_on, :before)) = :until - :before
             and max(v.until_on) > current_date)
"""
_OF_RETAILERS = f"""
    select l.buyer_id as member_id, date_trunc('month', l.placed_on::timestamp)::date as month, l.placed_on as day,
           l.product_id, l.buyer_id, {LEFT} as units, {LEFT_AMOUNT} as worth
    from order_line l
    join organisation o on o.id = l.buyer_id and o.seller_id = l.seller_id and o.kind = 'retailer' and o.status = 'active'
    where l.seller_id = :seller and l.placed_on >= :before and l.placed_on < :until and {IS_LEFT}
"""  # noqa: S608 - parts are constants of this module
# Of each member what counts above and below the line of each measure.
_PARTS = """
    with sold as materialized ({source}),
    pair as (
        select member_id, product_id, buyer_id, coalesce(sum(units) filter (where month >= :first), 0) as now,
               coalesce(sum(units) filter (where month < :first), 0) as before
        from sold group by 1, 2, 3
    ), counted as (
        select member_id, count(*) filter (where now > 0) as pairs, count(distinct buyer_id) filter (where now > 0) as buyers,
               count(*) filter (where now > 0 and before <= 0) as fresh
        from pair group by 1
    ), worth as (
        select member_id, coalesce(sum(worth) filter (where month >= :first), 0) as now,
               coalesce(sum(worth) filter (where month < :year_before), 0) as before,
               count(distinct (buyer_id, coalesce(day, month))) filter (where month >= :first and units > 0) as turns
        from sold group by 1
    )
    select w.member_id, w.now, w.before, c.pairs, c.buyers, c.fresh, w.turns
    from worth w join counted c on c.member_id = w.member_id
    order by w.member_id
"""
_SOURCES = {Audience.WHOLESALERS: _OF_WHOLESALERS, Audience.RETAILERS: _OF_RETAILERS}
_DAYS = ("first", "until", "before", "year_before")


class DueBenchmark(NamedTuple):
    """Three months of which those below a seller were not compared."""

    seller_id: int
    audience: Audience
    until_on: date
    """The first day after them."""


def find_due_benchmarks(connection: Connection, most: int) -> list[DueBenchmark]:
    """Give up to so many, the newest first; none while another worker compares."""
    if not connection.execute(_ALONE).scalar_one():
        return []
    rows = connection.execute(_DUE, {"most": most, "months": MONTHS_WRITTEN})
    return [DueBenchmark(seller, Audience(audience), until) for seller, audience, until in rows]


def write_benchmark(connection: Connection, due: DueBenchmark) -> None:
    """Write each member's own figures beside those of all together."""
    rows = []
    for measure, parts in _parts(connection, due).items():
        common = pooled(list(parts.values()))
        for member, part in parts.items():
            rows.append(
                {
                    "seller_id": due.seller_id,
                    "buyer_id": member,
                    "measure": measure.value,
                    "until_on": due.until_on,
                    "own_figure": _figure(measure, part.above / part.below).quantize(_PLACES),
                    "common_figure": None if common is None else _figure(measure, common).quantize(Decimal("0.01")),
                    "member_count": len(parts),
                }
            )
    if rows:
        connection.execute(insert(Benchmark), rows)
    state = {"seller_id": due.seller_id, "audience": due.audience.value, "until_on": due.until_on}
    connection.execute(insert(BenchmarkState), state)


def _figure(measure: BenchmarkMeasure, ratio: Decimal) -> Decimal:
    return ratio - 1 if measure is BenchmarkMeasure.GROWTH else ratio


def _parts(connection: Connection, due: DueBenchmark) -> dict[BenchmarkMeasure, dict[int, Part]]:
    """Give what counts of each member; who has nothing to be measured by is not compared."""
    statement = text(_PARTS.format(source=_SOURCES[due.audience])).bindparams(
        *(bindparam(name, type_=Date()) for name in _DAYS)
    )
    days = {
        "first": month_of(due.until_on, -3),
        "until": due.until_on,
        "before": month_of(due.until_on, -15),
        "year_before": month_of(due.until_on, -12),
    }
    found: dict[BenchmarkMeasure, dict[int, Part]] = defaultdict(dict)
    for row in connection.execute(statement, {"seller": due.seller_id, **days}):
        for measure, above, below in (
            (BenchmarkMeasure.GROWTH, row.now, row.before),
            (BenchmarkMeasure.BREADTH, row.pairs, row.buyers),
            (BenchmarkMeasure.RHYTHM, row.turns, row.buyers),
            (BenchmarkMeasure.NEW_PRODUCTS, row.fresh, row.pairs),
        ):
            if above >= 0 and below > 0:
                found[measure][row.member_id] = Part(Decimal(above), Decimal(below))
    return found

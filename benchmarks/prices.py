"""A price check of 500 lines and a price file of all articles, beside the bare SQL that finds the same prices."""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import psycopg

from benchmarks.client import Client
from benchmarks.ground import Ground
from benchmarks.orders import article_number
from benchmarks.results import Result, compare
from benchmarks.rounds import MakeWork, Work

LINES = 500
SECONDS_FOR_A_FILE = 1.5
_BUYERS = 4

# Account, group and everyone: the lists of the data's buyer 1, asked one after the other.
LOOK_UP = """
select l.line, a.id, e.price_list_id, e.min_quantity, e.valid_from::text, e.valid_to, e.net_price,
       round(e.net_price * l.quantity, 2)
from unnest(%(numbers)s::text[], %(quantities)s::numeric[]) with ordinality l (number, quantity, line)
left join article a on a.seller_id = 2 and a.article_number = l.number and a.status = 'active'
left join lateral (
    (select * from price_entry e where e.seller_id = 2 and e.price_list_id = %(account)s and e.article_id = a.id
        and e.min_quantity <= l.quantity and e.valid_from <= current_date
        and (e.valid_to is null or current_date < e.valid_to) order by e.min_quantity desc, e.valid_from desc limit 1)
    union all
    (select * from price_entry e where e.seller_id = 2 and e.price_list_id = %(group)s and e.article_id = a.id
        and e.min_quantity <= l.quantity and e.valid_from <= current_date
        and (e.valid_to is null or current_date < e.valid_to) order by e.min_quantity desc, e.valid_from desc limit 1)
    union all
    (select * from price_entry e where e.seller_id = 2 and e.price_list_id = 1 and e.article_id = a.id
        and e.min_quantity <= l.quantity and e.valid_from <= current_date
        and (e.valid_to is null or current_date < e.valid_to) order by e.min_quantity desc, e.valid_from desc limit 1)
    limit 1) e on true
order by l.line
"""


COPY_OUT: Final = """
copy (
    select a.article_number, p.gtin, p.name_en, p.brand, p.base_unit, coalesce(c.net_price, g.net_price, d.net_price)
    from article a join product p on p.owner_id = a.owner_id and p.id = a.product_id
    left join price_entry c on c.seller_id = 2 and c.price_list_id = 11 and c.article_id = a.id and c.min_quantity <= 1
        and c.valid_from <= current_date and (c.valid_to is null or current_date < c.valid_to)
    left join price_entry g on g.seller_id = 2 and g.price_list_id = 3 and g.article_id = a.id and g.min_quantity <= 1
        and g.valid_from <= current_date and (g.valid_to is null or current_date < g.valid_to)
    left join price_entry d on d.seller_id = 2 and d.price_list_id = 1 and d.article_id = a.id and d.min_quantity <= 1
        and d.valid_from <= current_date and (d.valid_to is null or current_date < d.valid_to)
    where a.seller_id = 2 and a.status = 'active' and p.status = 'active' order by a.article_number
) to stdout (format csv)
"""


def price_check(ground: Ground) -> Iterable[Result]:
    """Measure one call with 500 lines, other articles each time."""
    yield compare(ground, "price check of 500 lines", _check(ground), _bare(ground), share=1 / 3, most_statements=5)


def _check(ground: Ground) -> MakeWork:
    def make(number: int) -> Work:
        program, chance = ground.program(number), random.Random(number)

        def work() -> None:
            articles = chance.sample(range(1, ground.size.articles + 1), LINES)
            lines = [{"article": article_number(one), "quantity": 12} for one in articles]
            body = json.dumps({"lines": lines}).encode()
            _, answer = program.post("/api/v1/buying/price-checks", body, "application/json")
            if answer.count(b'"unit_price":"') < LINES:
                raise AssertionError("not every line has a price")

        return work

    return make


def _bare(ground: Ground) -> MakeWork:
    def make(number: int) -> Work:
        connection, chance = ground.connect(), random.Random(number)
        connection.autocommit = True
        connection.prepare_threshold = 1
        values = {"account": 11 + number, "group": 2 + (number + 1) % 4, "quantities": [12] * LINES}

        def work() -> None:
            articles = chance.sample(range(1, ground.size.articles + 1), LINES)
            rows = connection.execute(LOOK_UP, {**values, "numbers": [article_number(one) for one in articles]})
            if any(row[6] is None for row in rows.fetchall()):
                raise AssertionError("a line has no price")

        return work

    return make


def price_file(ground: Ground) -> Iterable[Result]:
    """Have a buyer download everything on offer with its prices; beside it the bare SQL that writes one price an article."""
    took, bare = [], []
    for number in range(ground.size.rounds):
        took.append(_timed(partial(_download, ground.browser(number % _BUYERS), ground.size.articles)))
        with ground.connect() as connection:
            bare.append(_timed(partial(_copy_out, connection)))
    median, limit = statistics.median(took), statistics.median(bare)
    yield Result(
        f"price file of {ground.size.articles:,} articles",
        f"{SECONDS_FOR_A_FILE} s",
        median < SECONDS_FOR_A_FILE,
        portal=round(1 / median, 2),
        limit=round(1 / limit, 2),
        ratio=round(limit / median, 3),
        p50=round(median * 1000, 1),
        p95=round(max(took) * 1000, 1),
        note="all tiers and promotions; the limit has one price an article",
    )


def _download(buyer: Client, articles: int) -> None:
    if buyer.get("/buying/prices.csv").count(b"\n") <= articles:
        raise AssertionError("not every article is in the file")


def _copy_out(connection: psycopg.Connection[Any]) -> None:
    with connection.cursor().copy(COPY_OUT) as copy:
        for _ in copy:
            pass


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started

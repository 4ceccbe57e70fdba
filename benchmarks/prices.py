"""A price check of 500 lines and a price file of all articles, beside the bare SQL that finds the same prices."""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any, Final

import psycopg

from benchmarks.client import Client
from benchmarks.data import FIRST_BUYER
from benchmarks.ground import Ground
from benchmarks.orders import article_number
from benchmarks.results import Result, compare
from benchmarks.rounds import MakeWork, Work
from portal.application import create_app
from portal.core.config import Settings
from portal.pricing.queries import find_offers
from portal.promotions.queries.promoted import promote
from tenants.authentication import build_principal
from tenants.database import act_as, db
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

LINES = 500
PRODUCTS = 50
ROUNDS_IN_PROCESS = 30
_TWELVE = Decimal(12)
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
    """Measure one call with 500 lines and one with 50, other articles each time; the bare SQL knows no promotions."""
    work, portal, bare = "price check of {} lines", partial(_check, ground), partial(_bare, ground)
    share = 1 / 2.5 if ground.size.promotions else 1 / 3
    yield compare(ground, work.format(LINES), portal(LINES), bare(LINES), share=share, most_statements=5)
    yield compare(ground, work.format(PRODUCTS), portal(PRODUCTS), bare(PRODUCTS), share=1 / 3, most_statements=5)


def _check(ground: Ground, count: int) -> MakeWork:
    def make(number: int) -> Work:
        program, chance = ground.program(number), random.Random(number)

        def work() -> None:
            lines = [{"article": one, "quantity": 12} for one in _articles(ground, chance, count)]
            body = json.dumps({"lines": lines}).encode()
            _, answer = program.post("/api/v1/buying/price-checks", body, "application/json")
            if answer.count(b'"unit_price":"') < count:
                raise AssertionError("not every line has a price")

        return work

    return make


def _bare(ground: Ground, count: int) -> MakeWork:
    def make(number: int) -> Work:
        connection, chance = ground.connect(), random.Random(number)
        connection.autocommit = True
        connection.prepare_threshold = 1
        values = {"account": 11 + number, "group": 2 + (number + 1) % 4, "quantities": [12] * count}

        def work() -> None:
            rows = connection.execute(LOOK_UP, {**values, "numbers": _articles(ground, chance, count)})
            if any(row[6] is None for row in rows.fetchall()):
                raise AssertionError("a line has no price")

        return work

    return make


def priced_lines(ground: Ground) -> Iterable[Result]:
    """Price lines as an order does, promotions included, in this process; beside it the bare SQL that finds their prices."""
    settings = Settings.from_environ(ground.environment)
    with create_app(settings).app_context(), ground.connect() as connection:
        connection.autocommit = True
        connection.prepare_threshold = 1
        everything = frozenset(Permission)
        buyer = build_principal(FIRST_BUYER, Capacity.BUYER, permissions=everything, actor="bench", actor_name="bench")
        if buyer is None:
            raise AssertionError("the buyer cannot buy")
        db.session.remove()
        for count, most in ((PRODUCTS, 3.0), (LINES, 2.5)):
            took, bare = [], []
            for number in range(ROUNDS_IN_PROCESS * ground.size.rounds):
                numbers = _articles(ground, random.Random(number), count)
                works = partial(_price, buyer, numbers), partial(_look_up, connection, numbers)
                took.append(_timed(works[0]))
                bare.append(_timed(works[1]))
            yield _in_process(count, most, took, bare)


def _in_process(count: int, most: float, took: list[float], bare: list[float]) -> Result:
    portal, limit = statistics.median(took), statistics.median(bare)
    return Result(
        f"{count} lines priced with promotions, in process",
        f"{most} times the bare SQL",
        portal <= most * limit,
        portal=round(1 / portal, 1),
        limit=round(1 / limit, 1),
        ratio=round(limit / portal, 3),
        p50=round(portal * 1000, 2),
        p95=round(sorted(took)[len(took) * 95 // 100] * 1000, 2),
        note=f"{portal / limit:.2f} times; the limit knows no promotions",
    )


def _price(buyer: Principal, numbers: list[str]) -> None:
    act_as(buyer)
    offers = find_offers(buyer, numbers)
    quote = offers.quote([(offers.by_number[number].id, _TWELVE) for number in numbers])
    promoted = promote(buyer, quote)
    if any(line.net_amount is None for line in promoted.lines):
        raise AssertionError("a line has no price")
    db.session.commit()


def _look_up(connection: psycopg.Connection[Any], numbers: list[str]) -> None:
    values = {"account": 11, "group": 3, "numbers": numbers, "quantities": [12] * len(numbers)}
    if any(row[6] is None for row in connection.execute(LOOK_UP, values).fetchall()):
        raise AssertionError("a line has no price")


def _articles(ground: Ground, chance: random.Random, count: int) -> list[str]:
    return [article_number(one) for one in chance.sample(range(1, ground.size.articles + 1), count)]


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

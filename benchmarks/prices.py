"""A price check of 500 lines beside the bare SQL that finds the same prices."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable

from benchmarks.ground import Ground
from benchmarks.orders import article_number
from benchmarks.results import Result, compare
from benchmarks.rounds import MakeWork, Work

LINES = 500

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

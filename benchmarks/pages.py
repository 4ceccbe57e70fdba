"""Pages of the portal beside a bare Flask page with one query."""

from __future__ import annotations

import random
from collections.abc import Iterable

from benchmarks.ground import Ground
from benchmarks.results import Result, compare
from benchmarks.rounds import MakeWork, Work


def order_pages(ground: Ground) -> Iterable[Result]:
    """Measure the order history of 20 orders and the page of an order with 20 lines."""
    yield compare(
        ground, "order history, 20 orders", _history(ground), bare_page(ground), share=1 / 4, most_statements=8
    )
    yield compare(
        ground, "order page, 20 lines", _order_page(ground), bare_page(ground), share=1 / 4, most_statements=8
    )


def bare_page(ground: Ground) -> MakeWork:
    """Give the limit: a page of 24 rows from one query, another page each time."""

    def make(number: int) -> Work:
        client, chance = ground.limit(), random.Random(number)
        last = ground.size.articles - 24

        def work() -> None:
            body = client.get(f"/rows?after={chance.randrange(last)}")
            if body.count(b"<tr>") != 24:
                raise AssertionError("not 24 rows")

        return work

    return make


def _history(ground: Ground) -> MakeWork:
    def make(number: int) -> Work:
        browser = ground.browser(number)

        def work() -> None:
            if browser.get("/buying/orders").count(b"<tr>") != 21:
                raise AssertionError("not 20 orders")

        return work

    return make


def _order_page(ground: Ground) -> MakeWork:
    def make(number: int) -> Work:
        browser, chance = ground.browser(number), random.Random(number)
        buyers, orders = ground.size.buyers, ground.size.orders_of_buyer

        def work() -> None:
            # Orders are numbered round after round over the buyers.
            order = chance.randrange(orders - 3) * buyers + number + 1
            if browser.get(f"/buying/orders/H{order:08}").count(b"A-") < 20:
                raise AssertionError("not 20 lines")

        return work

    return make

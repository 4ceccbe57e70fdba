"""Processes are killed at random while orders are placed and shipped: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import ChainMap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from portal.analytics.models import SharingAgreement
from portal.core import embedded
from tenants.database_roles import read_role_urls
from tests.factories.catalogue import make_article, make_entry, make_price_list, make_product, make_stock
from tests.factories.organisations import make_organisation, make_token
from tests.factories.seed import Seed
from tests.running_portal import Portal, processes
from tests.soak import FULL

CLIENTS = 6
LEAST_KILLS = 2
SHOPS = 12
PATIENCE_SECONDS = 120

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("launch")]


@dataclass
class Shipping:
    """A seller, its shops and what they order, in a running portal."""

    portal: Portal
    seed: Seed
    seller: Any
    seller_token: str
    shop_tokens: list[str]
    articles: list[Any]
    repeats: list[str] = field(default_factory=list)

    def post(self, path: str, token: str, body: dict[str, Any], key: str = "") -> tuple[int, bytes]:
        """Send until there is an answer that is not of a broken server."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.portal.port}/api/v1{path}", json.dumps(body).encode(), headers
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, content = _sent(request)
                if status < 500 and b"in-progress" not in content:
                    return status, content
            self.repeats.append(path)
            time.sleep(0.1)
        raise AssertionError(f"no answer to {path} within {PATIENCE_SECONDS} s")

    def order_and_ship(self, number: int) -> str:
        """Place one order, repeat it, ship every second one; give its number."""
        chance = random.Random(number)
        lines = [
            {"article": article.article_number, "quantity": chance.randint(1, 5)}
            for article in chance.sample(self.articles, 5)
        ]
        token = self.shop_tokens[number % SHOPS]
        status, first = self.post("/buying/orders", token, {"lines": lines}, f"order-{number}")
        assert status == 201, first
        again, second = self.post("/buying/orders", token, {"lines": lines}, f"order-{number}")
        assert (again, second) == (201, first)
        order_number = str(json.loads(first)["order_number"])
        if number % 2:
            path = f"/selling/orders/{order_number}/shipments"
            status, answer = self.post(path, self.seller_token, {"shipment_number": f"S-{number}"})
            # After a kill the repeat finds the shipment made: refused as known, or nothing is left to ship.
            assert status in {201, 409, 422}, answer
        return order_number


def _sent(request: urllib.request.Request) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture
def shipping(instance_folder: Path) -> Iterator[Shipping]:
    """Start a portal with a seller that shares its units, twelve shops and ten articles."""
    portal = Portal(instance_folder, WEB_PROCESSES="2")
    try:
        admin_url = embedded.embedded_server_url(instance_folder)
        assert admin_url is not None
        urls = read_role_urls(admin_url, instance_folder / "database_passwords.json", database=embedded.DATABASE)
        with Seed(urls.loader) as seed:
            maker = make_organisation(seed, "MAKER", "manufacturer")
            seller = make_organisation(seed, "SELLER", "wholesaler", maker)
            shops = [make_organisation(seed, f"SHOP{number}", "retailer", seller) for number in range(SHOPS)]
            seed.add(
                SharingAgreement,
                brand_owner_id=maker.id,
                wholesaler_id=seller.id,
                grants=["units"],
                accepted_on="2020-01-01",
            )
            prices = make_price_list(seed, seller)
            articles = [make_article(seed, seller, make_product(seed, maker)) for _ in range(10)]
            for article in articles:
                make_entry(seed, prices, article, "2.50")
                make_stock(seed, article, 100_000)
            tokens = [make_token(seed, shop) for shop in shops]
            yield Shipping(portal, seed, seller, make_token(seed, seller), tokens, articles)
    finally:
        print(portal.log_ends())  # noqa: T201 - pytest shows it where the test failed
        portal.stop()


def kill_now_and_then(
    portal: Portal, programs: tuple[str, ...], most: int, stop: threading.Event, killed: list[int]
) -> None:
    """Kill one process of the programs every now and then: each time the portal recovered and has worked for a while."""
    chance = random.Random(4)
    while len(killed) < most and not stop.wait(0.1):
        if portal.status("/readyz") != 200:
            continue
        if stop.wait(chance.uniform(0.2, 1.5)):
            return
        running = processes(portal.instance)
        victims = [number for number, command in running.items() if any(program in command for program in programs)]
        if victims:
            victim = chance.choice(victims)
            try:
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)
            except ProcessLookupError:
                continue


def wait_for(condition: Any, what: str) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def order_under_fire(shipping: Shipping, orders: int, killed: list[int]) -> dict[int, str]:
    """Place that many orders, and more until processes were killed meanwhile: a quick machine is done before that.

    Gives each one's order number by its running number.
    """
    running_number, deadline = itertools.count(), time.monotonic() + PATIENCE_SECONDS

    def keep_ordering(_client: int) -> dict[int, str]:
        placed = {}
        while (number := next(running_number)) < orders or len(killed) < LEAST_KILLS:
            placed[number] = shipping.order_and_ship(number)
            assert time.monotonic() < deadline or number < orders, f"{len(killed)} kills in {PATIENCE_SECONDS} s"
        return placed

    with ThreadPoolExecutor(CLIENTS) as clients:
        return dict(ChainMap(*clients.map(keep_ordering, range(CLIENTS))))


@pytest.mark.parametrize(
    ("programs", "orders"),
    [(("gunicorn", "run-worker"), 1000 if FULL else 30), (("bin/postgres -D",), 200 if FULL else 12)],
    ids=["web-and-worker", "database"],
)
def test_kills_under_load_lose_and_double_nothing(shipping: Shipping, programs: tuple[str, ...], orders: int) -> None:
    stop, killed = threading.Event(), list[int]()
    # So many that orders still end where a slow machine recovers for longer than it works.
    arguments = (shipping.portal, programs, max(orders // 3, LEAST_KILLS), stop, killed)
    killer = threading.Thread(target=kill_now_and_then, args=arguments)
    killer.start()
    try:
        placed = order_under_fire(shipping, orders, killed)
    finally:
        stop.set()
        killer.join()
    shipping.portal.wait_until_ready(60)
    assert len(killed) >= LEAST_KILLS
    numbers = placed.values()
    assert len(set(numbers)) == len(numbers) >= orders

    ask = shipping.seed.run
    stored = ask(text("select order_number, line_count, (select count(*) from order_line l where"
                      " l.seller_id = o.seller_id and l.order_id = o.id) from sales_order o"))  # fmt: skip
    assert sorted(number for number, _, _ in stored) == sorted(numbers)
    assert {(promised, found) for _, promised, found in stored} == {(5, 5)}

    shipped = ask(text("select count(*), count(distinct order_id) from shipment"))
    to_ship = sum(number % 2 for number in placed)
    assert shipped == [(to_ship, to_ship)]
    ledger = ask(text(
        "select count(*) from stock_level s where on_hand <> (select sum(quantity) from stock_movement m"
        " where m.seller_id = s.seller_id and m.article_id = s.article_id and m.warehouse_id = s.warehouse_id)"
        " or reserved_quantity <> (select coalesce(sum(quantity), 0) from allocation a"
        " where a.seller_id = s.seller_id and a.article_id = s.article_id and a.warehouse_id = s.warehouse_id)"))  # fmt: skip
    assert ledger == [(0,)]

    wait_for(lambda: ask(text("select count(*) from outbox_event")) == [(0,)], "events were not dispatched")
    sold = "select product_id, sum(l.quantity) from shipment_line l join order_line o using (seller_id, order_id, line) group by 1"
    rolled = "select product_id, sum(units) from channel_sale group by 1"
    assert sorted(ask(text(rolled))) == sorted(ask(text(sold)))
    print(f"\n{len(placed)} orders, {len(killed)} kills of {' and '.join(programs)}, {len(shipping.repeats)} repeats")  # noqa: T201 - the figures of `make soak`

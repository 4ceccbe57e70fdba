"""Races for stock and for one key, over HTTP and for real: never oversold, never twice, whatever comes first.

Small in `make test`; `SOAK=full` runs the sizes of SECURITY.md "What must survive".
"""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, text

from portal.ordering.errors import LinesRefused, OrderNotReady, OutOfStock
from portal.ordering.service.order_life import ShipOrder, cancel_order, confirm_order, ship_order
from portal.ordering.service.own_acts import cancel_own_order
from tenants.permissions import Capacity
from tests.factories.organisations import make_organisation, make_token
from tests.factories.placing import acting, check_ledgers, sell, send_order
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.soak import FULL

pytestmark = pytest.mark.soak

BUYERS, UNITS, ROUNDS = (500, 100, 200) if FULL else (12, 5, 3)
DOUBLED_ORDERS = 1000 if FULL else 25
WALK_STEPS = 2000 if FULL else 60
THREADS = 6


def _order_until_answered(app: Flask, token: str, lines: list[tuple[str, Any]], key: str) -> Any:
    while True:
        answer = send_order(app.test_client(), token, lines, key)
        if answer.status_code != 409 or answer.get_json()["type"] != "/problems/in-progress":
            return answer


def test_a_race_for_the_last_units_never_sells_more(app: Flask, seed: Seed, world: World) -> None:
    tokens = [
        make_token(seed, make_organisation(seed, f"RACER-{number}", "retailer", world.north))
        for number in range(BUYERS)
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(ROUNDS):
            article = sell(seed, world.north, f"HOT-{number}", on_hand=UNITS)
            other = sell(seed, world.north, f"WARM-{number}", on_hand=10 * BUYERS)
            # Half of the buyers name the articles the other way round: the locks are sorted, nobody waits for ever.
            orders = [
                [(article.article_number, 1), (other.article_number, 1)][:: -1 if buyer % 2 else 1]
                for buyer in range(BUYERS)
            ]
            jobs = zip(tokens, orders, strict=True)
            answers = list(
                pool.map(lambda job, key=f"round-{number}": _order_until_answered(app, job[0], job[1], key), jobs)
            )
            statuses = Counter(answer.status_code for answer in answers)
            assert statuses == {201: UNITS, 409: BUYERS - UNITS}
            assert _reserved(seed, article) == UNITS
            assert _reserved(seed, other) == UNITS
    check_ledgers(seed)


def test_double_submits_place_each_order_once(app: Flask, seed: Seed, world: World) -> None:
    sell(seed, world.north, "MANY", price="0.10", on_hand=10_000_000)
    token = make_token(seed, world.anna)
    chance = random.Random(7)
    sent = [f"key-{number}" for number in range(DOUBLED_ORDERS) for _ in range(chance.randint(1, 10))]
    chance.shuffle(sent)
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda key: _order_until_answered(app, token, [("MANY", 1)], key), sent))
    assert {answer.status_code for answer in answers} == {201}
    bodies: dict[str, set[bytes]] = {}
    for key, answer in zip(sent, answers, strict=True):
        bodies.setdefault(key, set()).add(answer.data)
    assert {len(known) for known in bodies.values()} == {1}
    assert seed.run(text("select count(*) from sales_order"))[0][0] == DOUBLED_ORDERS
    assert seed.run(text("select count(*) from outbox_event where kind = 'OrderPlaced'"))[0][0] == DOUBLED_ORDERS


def test_a_random_walk_over_orders_and_stock_always_adds_up(app: Flask, seed: Seed, world: World) -> None:
    """Buyers place and cancel, the seller confirms, ships, cancels and counts, all at once; afterwards every sum is right."""
    articles = [
        sell(seed, world.north, f"WALK-{number}", on_hand=40, backorder="allow" if number % 2 else "deny")
        for number in range(4)
    ]
    tokens = {world.anna.id: make_token(seed, world.anna), world.bruno.id: make_token(seed, world.bruno)}
    seller_token = make_token(seed, world.north)

    def step(number: int) -> str:
        chance = random.Random(number)
        buyer = chance.choice([world.anna, world.bruno])
        act = chance.choice(["place", "place", "place", "cancel own", "confirm", "ship", "cancel", "count"])
        if act == "place":
            chosen = chance.sample(articles, chance.randint(1, 3))
            lines = [(article.article_number, chance.randint(1, 6)) for article in chosen]
            return str(_order_until_answered(app, tokens[buyer.id], lines, f"walk-{number}").status_code)
        if act == "count":
            article = chance.choice(articles)
            level = {"warehouse": "MAIN", "article": article.article_number, "on_hand": chance.randint(0, 60)}
            headers = {"Authorization": f"Bearer {seller_token}"}
            answer = app.test_client().put("/api/v1/selling/stock", json={"levels": [level]}, headers=headers)
            return str(answer.status_code)
        return _act_on_some_order(app, seed, world, chance, act, buyer)

    with ThreadPoolExecutor(4) as pool:
        outcomes = Counter(pool.map(step, range(WALK_STEPS)))
    assert set(outcomes) <= {"201", "409", "200", "done", "refused", "nothing there"}, outcomes
    assert outcomes["201"] > 0
    assert outcomes["done"] > 0
    check_ledgers(seed)


def _act_on_some_order(app: Flask, seed: Seed, world: World, chance: random.Random, act: str, buyer: Row[Any]) -> str:
    rows = seed.run(
        text("select order_number from sales_order where buyer_id = :buyer order by id"), {"buyer": buyer.id}
    )
    if not rows:
        return "nothing there"
    number = chance.choice(rows).order_number
    try:
        if act == "cancel own":
            with acting(app, buyer, Capacity.BUYER) as principal:
                cancel_own_order(principal, number)
        else:
            with acting(app, world.north, Capacity.SELLER) as principal:
                if act == "confirm":
                    confirm_order(principal, number)
                elif act == "ship":
                    ship_order(principal, ShipOrder(number))
                else:
                    cancel_order(principal, number)
    except (OrderNotReady, OutOfStock, LinesRefused):
        return "refused"
    return "done"


def _reserved(seed: Seed, article: Row[Any]) -> Decimal:
    [row] = seed.run(
        text("select reserved_quantity from stock_level where article_id = :id and seller_id = :seller"),
        {"id": article.id, "seller": article.seller_id},
    )
    reserved: Decimal = row.reserved_quantity
    return reserved

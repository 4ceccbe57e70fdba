"""Races for what is left of a promotion, over HTTP and for real: a cap or budget is never overdrawn, and given back once.

Small in `make test`; `SOAK=full` runs 64 clients for 100 uses.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from tests.factories.organisations import make_organisation, make_token
from tests.factories.placing import check_ledgers, sell, send_order
from tests.factories.promotions import make_promotion, uses
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.soak import FULL

pytestmark = pytest.mark.soak

CLIENTS, USES, ORDERS = (64, 100, 400) if FULL else (6, 8, 30)


def test_racing_clients_share_what_there_is_and_not_a_cent_more(app: Flask, seed: Seed, world: World) -> None:
    sell(seed, world.north, "HOT", "10.00", on_hand=100_000)
    counted = make_promotion(seed, world.north, "COUNTED", value="10", max_uses=USES)
    budgeted = make_promotion(seed, world.north, "BUDGETED", "amount", value="0.5", budget=str(USES))
    each = make_promotion(seed, world.north, "EACH", "order_amount", value="1", max_uses_per_account=2)
    tokens = [
        make_token(seed, make_organisation(seed, f"RACER-{number}", "retailer", world.north))
        for number in range(CLIENTS)
    ]

    def order(number: int) -> Decimal:
        answer = send_order(app.test_client(), tokens[number % CLIENTS], [("HOT", 2)], f"race-{number}")
        assert answer.status_code == 201, answer.data
        return 20 - Decimal(answer.get_json()["total"])

    with ThreadPoolExecutor(CLIENTS) as clients:
        given = list(clients.map(order, range(ORDERS), timeout=None if FULL else 120))
    assert uses(seed, counted)[0] == USES
    assert uses(seed, budgeted)[1] == USES
    assert uses(seed, each)[0] == 2 * CLIENTS
    assert sum(given) == sum(uses(seed, promotion)[1] for promotion in (counted, budgeted, each))
    check_ledgers(seed)


def test_cancelling_while_others_order_keeps_every_use_booked_once(app: Flask, seed: Seed, world: World) -> None:
    sell(seed, world.north, "HOT", "10.00", on_hand=100_000)
    capped = make_promotion(seed, world.north, "CAPPED", value="10", max_uses=USES // 2, budget="1000")
    token = make_token(seed, world.anna)
    chance = random.Random(20261122)

    def order_and_perhaps_cancel(job: tuple[int, bool]) -> Any:
        number, is_cancelled = job
        client = app.test_client()
        placed = send_order(client, token, [("HOT", 1)], f"walk-{number}").get_json()
        if is_cancelled:
            path = f"/api/v1/buying/orders/{placed['order_number']}/cancellations"
            answer = client.post(path, json={}, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 201, answer.data
        return None if is_cancelled else placed["total"]

    jobs = [(number, chance.random() < 0.5) for number in range(ORDERS)]
    with ThreadPoolExecutor(min(CLIENTS, 8)) as clients:
        kept = list(clients.map(order_and_perhaps_cancel, jobs, timeout=None if FULL else 120))
    booked, money, _ = uses(seed, capped)
    assert booked == sum(1 for total in kept if total == "9.00")
    assert booked <= USES // 2
    assert money == booked
    check_ledgers(seed)

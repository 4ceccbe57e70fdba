"""Whoever locks several promotions locks them by id, and nobody keeps locked what did not suffice: none waits in a circle."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, create_engine, text
from sqlalchemy.exc import OperationalError

from portal.ordering.service.promoted import promote_order
from tests.factories.organisations import make_token
from tests.factories.placing import sell, send_order
from tests.factories.promotions import make_promotion, uses
from tests.factories.seed import Seed
from tests.factories.world import World

_WAITING = text(
    "select 1 from pg_locks l join pg_stat_activity a on a.pid = l.pid"
    " where not l.granted and a.datname = current_database()"
)


@contextmanager
def held(app: Flask, promotion: Row[Any]) -> Iterator[None]:
    """Keep a promotion locked."""
    engine = create_engine(app.extensions["role_urls"].loader)
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1 from promotion where id = :id for update"), {"id": promotion.id})
            yield
    finally:
        engine.dispose()


def is_free(seed: Seed, promotion: Row[Any]) -> bool:
    """Tell whether nobody has the promotion locked."""
    try:
        seed.run(text("select 1 from promotion where id = :id for no key update nowait"), {"id": promotion.id})
    except OperationalError:
        return False
    return True


def await_waiting(seed: Seed) -> None:
    """Wait until somebody waits for a lock."""
    until = time.monotonic() + 20
    while not seed.run(_WAITING):
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.02)


def test_what_did_not_suffice_stays_locked_by_nobody(
    client: FlaskClient, seed: Seed, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(seed, world.north, "HOT", "10.00", on_hand=100)
    first = make_promotion(seed, world.north, "FIRST", "amount", value="1", max_uses=5)
    second = make_promotion(seed, world.north, "SECOND", "amount", value="2", max_uses=5)
    seen = []

    def promoting(*given: Any) -> Any:
        seen.append((is_free(seed, first), is_free(seed, second)))
        promoted = promote_order(*given)
        if len(seen) == 1:
            seed.run(text("update promotion set max_uses = 0 where id = :id"), {"id": second.id})
        return promoted

    monkeypatch.setattr("portal.ordering.service.place_order.promote_order", promoting)
    placed = send_order(client, make_token(seed, world.anna), [("HOT", 1)])
    assert placed.get_json()["total"] == "9.00"
    assert seen == [(True, True), (True, True)]
    assert (uses(seed, first)[0], uses(seed, second)[0]) == (1, 0)


def test_an_order_locks_by_id_whether_capped_or_not(app: Flask, seed: Seed, world: World) -> None:
    sell(seed, world.north, "HOT", "10.00", on_hand=100)
    open_one = make_promotion(seed, world.north, "OPEN", "amount", value="1")
    capped = make_promotion(seed, world.north, "CAPPED", "amount", value="2", max_uses=5)
    token = make_token(seed, world.anna)
    with ThreadPoolExecutor(1) as clients:
        with held(app, open_one):
            ordering = clients.submit(lambda: send_order(app.test_client(), token, [("HOT", 1)]))
            await_waiting(seed)
            assert is_free(seed, capped)
        assert ordering.result(timeout=20).get_json()["total"] == "7.00"


def test_who_saves_several_locks_them_by_id_whatever_the_order_sent(app: Flask, seed: Seed, world: World) -> None:
    first, second = (make_promotion(seed, world.north, code, value="1") for code in ("FIRST", "SECOND"))
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    body = {"promotions": [{"code": code, "benefit": "percent", "value": "3"} for code in ("SECOND", "FIRST")]}
    with ThreadPoolExecutor(1) as clients:
        with held(app, first):
            saving = clients.submit(
                lambda: app.test_client().put("/api/v1/selling/promotions", json=body, headers=headers)
            )
            await_waiting(seed)
            assert is_free(seed, second)
        assert [each["code"] for each in saving.result(timeout=20).get_json()["promotions"]] == ["SECOND", "FIRST"]

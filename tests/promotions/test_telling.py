"""That a promotion started or is used up is told once, to the people of its seller who manage it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from portal.core.dispatcher import drain
from portal.core.worker import worker_engine
from portal.promotions.service.telling import tell
from tests.factories.organisations import make_token, sign_in
from tests.factories.placing import place, sell
from tests.factories.promotions import make_promotion
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.promotions.test_promotions import put


def told(app: Flask, seed: Seed) -> list[tuple[str, str]]:
    """Do what the worker does every few seconds, twice, and give what was new to it."""
    engine = create_engine(app.extensions["role_urls"].worker)
    for _ in range(2):
        with engine.begin() as connection:
            tell(connection)
    engine.dispose()
    rows = seed.run(
        text(
            "select kind, payload ->> 'code' as code from outbox_event"
            " where kind in ('PromotionStarted', 'BudgetExhausted') order by id"
        )
    )
    drained = worker_engine(app)
    drain(drained)
    drained.dispose()
    return [(row.kind, row.code) for row in rows]


def test_a_start_is_told_on_its_day_and_once(app: Flask, client: FlaskClient, seed: Seed, world: World) -> None:
    seller, today = make_token(seed, world.north), datetime.now(UTC).date()
    sell(seed, world.north, "N-1", "10.00")
    plain: dict[str, Any] = {"benefit": "percent", "value": "10", "all_articles": True, "everyone": True}
    later = {**plain, "code": "LATER", "valid_from": (today + timedelta(days=9)).isoformat()}
    over = {**plain, "code": "OVER", "valid_to": (today - timedelta(days=9)).isoformat()}
    put(client, seller, {**plain, "code": "NOW", "name": "Saw week"}, later, over)
    assert told(app, seed) == [("PromotionStarted", "NOW")]
    put(client, seller, {**plain, "code": "NOW", "name": "Saw month", "value": "12"})
    assert told(app, seed) == []
    put(client, seller, {**later, "valid_from": (today - timedelta(days=2)).isoformat()})
    assert told(app, seed) == [("PromotionStarted", "LATER")]
    put(client, seller, later)
    assert told(app, seed) == []
    put(client, seller, {**later, "valid_from": (today - timedelta(days=2)).isoformat()})
    assert told(app, seed) == [("PromotionStarted", "LATER")]


def test_uses_and_budgets_that_ran_out_are_told_and_again_after_something_came_back(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    sell(seed, world.north, "N-1", "10.00", on_hand=100)
    make_promotion(seed, world.north, "USES", value="10", max_uses=1, scopes=(("article", "N-1"),), name="One of each")
    make_promotion(seed, world.north, "MONEY", value="99", budget="9.80")
    make_promotion(seed, world.north, "FREE", value="1")
    starts = [("PromotionStarted", code) for code in ("USES", "MONEY", "FREE")]
    assert told(app, seed) == starts
    buyer = make_token(seed, world.anna)
    number = place(client, buyer, [("N-1", 1)], "one")
    assert told(app, seed) == [("BudgetExhausted", "USES"), ("BudgetExhausted", "MONEY")]
    answer = client.post(
        f"/api/v1/buying/orders/{number}/cancellations", json={}, headers={"Authorization": f"Bearer {buyer}"}
    )
    assert answer.status_code == 201, answer.data
    assert told(app, seed) == []
    place(client, buyer, [("N-1", 1)], "two")
    assert told(app, seed) == [("BudgetExhausted", "USES"), ("BudgetExhausted", "MONEY")]
    desk = sign_in(seed, app.test_client(), world.people["north"], world.north)
    inbox = desk.get("/messages").get_data(as_text=True)
    assert inbox.count("Promotion One of each is used up") == 2
    assert "Promotion One of each has started" in inbox
    [notice, *_] = seed.run(text("select id from notice where kind = 'promotion_used_up' order by id"))
    assert desk.post(f"/messages/{notice.id}/open").location == "/selling/promotions/USES/edit"
    others = sign_in(seed, app.test_client(), world.people["south"], world.south)
    assert "One of each" not in others.get("/messages").get_data(as_text=True)


def test_the_worker_waits_for_no_promotion_that_an_order_holds(app: Flask, seed: Seed, world: World) -> None:
    promotion = make_promotion(seed, world.north, "HELD", value="10", max_uses=1)
    seed.run(text("update promotion set used_up_told_at = now(), start_told_at = now()"))
    engine = create_engine(app.extensions["role_urls"].worker)
    with engine.begin() as holding, engine.begin() as working:
        holding.execute(text("select from promotion where id = :id for update"), {"id": promotion.id})
        working.execute(text("set local lock_timeout = '1s'"))
        tell(working)
    with engine.begin() as working:
        tell(working)
    engine.dispose()
    [row] = seed.run(text("select used_up_told_at from promotion where code = 'HELD'"))
    assert row.used_up_told_at is None

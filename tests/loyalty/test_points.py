"""Points: earned by what ships, taken for rewards, given back, expired, booked by hand; the balance is always the sum."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from portal.core.dispatcher import drain
from portal.core.outbox import Event
from portal.core.worker import worker_engine
from portal.loyalty.queries.points import Standing
from portal.loyalty.service import points as service
from portal.loyalty.service.booking import book, expire_points
from portal.ordering.service.order_life import ShipLine, ShipOrder, cancel_order, ship_order
from tenants.database import db
from tenants.permissions import Capacity
from tests.factories.organisations import make_token, sign_in
from tests.factories.placing import acting, place, sell, send_order
from tests.factories.seed import Seed
from tests.factories.world import World

PATH = "/api/v1/selling/loyalty"
OWN = "/api/v1/buying/loyalty"


@pytest.fixture
def north(seed: Seed, world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(seed, world.north)}"}


@pytest.fixture
def anna(seed: Seed, world: World) -> str:
    return make_token(seed, world.anna)


@pytest.fixture
def worker(app: Flask) -> Iterator[Engine]:
    engine = worker_engine(app)
    yield engine
    engine.dispose()


def ask(client: FlaskClient, headers: dict[str, str], method: str, path: str, status: int, body: Any = None) -> Any:
    answer = client.open(path, method=method, json=body, headers=headers)
    assert answer.status_code == status, answer.data
    return answer.get_json()


def start(client: FlaskClient, north: dict[str, str], *rules: dict[str, Any]) -> None:
    levels = [{"name": "Silver", "from_points": 10}, {"name": "Gold", "from_points": 100}]
    body = {"name": "North Points", "expiry_months": 12, "levels": levels}
    ask(client, north, "PUT", PATH, 200, body)
    usual = {"name": "One each 10", "measure": "amount", "points": 1, "per": "10"}
    for rule in rules or (usual,):
        ask(client, north, "POST", f"{PATH}/rules", 201, rule)
    ask(client, north, "POST", f"{PATH}/starts", 201, {})


def reward(client: FlaskClient, north: dict[str, str], points: int, article: str = "GIFT", code: str = "MUG") -> None:
    body = {"code": code, "article": article, "quantity": 1, "points": points}
    ask(client, north, "POST", f"{PATH}/rewards", 201, body)


def adjust(client: FlaskClient, north: dict[str, str], points: int, key: str = "a", status: int = 201) -> Any:
    headers = {**north, "Idempotency-Key": key}
    body = {"points": points, "reason": "Fair visit"}
    return ask(client, headers, "POST", f"{PATH}/accounts/ANNA/adjustments", status, body)


def own(client: FlaskClient, token: str) -> Any:
    return ask(client, {"Authorization": f"Bearer {token}"}, "GET", OWN, 200)["standing"]


def entries(client: FlaskClient, token: str) -> list[tuple[str, int]]:
    answer = ask(client, {"Authorization": f"Bearer {token}"}, "GET", f"{OWN}/entries", 200)
    return [(entry["kind"], entry["points"]) for entry in answer["items"]]


def ship(app: Flask, worker: Engine, world: World, number: str, *lines: tuple[int, int]) -> None:
    with acting(app, world.north, Capacity.SELLER) as principal:
        ship_order(principal, ShipOrder(number, tuple(ShipLine(line, Decimal(count), "MAIN") for line, count in lines)))
    drain(worker)


def test_parts_of_an_order_earn_together_what_the_whole_earns_and_each_event_counts_once(
    app: Flask, worker: Engine, client: FlaskClient, seed: Seed, world: World, north: dict[str, str], anna: str
) -> None:
    sell(seed, world.north, "N-1", "4.00", on_hand=100)
    start(client, north)
    number = place(client, anna, [("N-1", 8)])
    drain(worker)
    assert own(client, anna)["balance"] == 0
    ship(app, worker, world, number, (1, 2))
    assert own(client, anna)["balance"] == 0
    ship(app, worker, world, number, (1, 3))
    ship(app, worker, world, number, (1, 3))
    assert entries(client, anna) == [("earned", 1), ("earned", 2)]
    [order] = seed.run(text("select id from sales_order where order_number = :number"), {"number": number})
    [event] = seed.run(text("select max(id) as id, now() as at from outbox_event where kind = 'OrderShipped'"))
    again = Event(event.id, "OrderShipped", world.north.id, {"order_id": order.id}, "job", event.at)
    with worker.begin() as connection:
        book(connection, [again, again])
    standing = own(client, anna)
    assert (standing["balance"], standing["earned"], standing["level"], standing["to_next"]) == (3, 3, None, 7)
    # What comes back is taken back, from the points that it had earned.
    seed.run(text("update order_line set shipped_quantity = 2 where order_id = :id"), {"id": order.id})
    with worker.begin() as connection:
        book(connection, [again])
    assert entries(client, anna)[0] == ("reversed", -3)
    told = seed.run(
        text("select payload ->> 'points' as points from outbox_event where kind = 'PointsEarned' order by id")
    )
    assert [row.points for row in told] == ["-3"]


def test_rules_add_up_the_largest_factor_counts_and_others_see_nothing(
    app: Flask, worker: Engine, client: FlaskClient, seed: Seed, world: World, north: dict[str, str], anna: str
) -> None:
    sell(seed, world.north, "N-1", "10.00", on_hand=100)
    sell(seed, world.north, "N-2", "1.00", on_hand=100)
    start(
        client,
        north,
        {"name": "Each 10", "measure": "amount", "points": 2, "per": "10"},
        {"name": "Each dozen", "measure": "quantity", "points": 5, "per": 12, "scope": "article", "scope_code": "N-2"},
        {"name": "Double", "measure": "multiplier", "factor": 2, "scope": "article", "scope_code": "N-1"},
        {"name": "Half as much again", "measure": "multiplier", "factor": "1.5"},
    )
    basket = {"lines": [{"article": "N-1", "quantity": 3}, {"article": "N-2", "quantity": 16}]}
    headers = {"Authorization": f"Bearer {anna}"}
    # 2 × 30 + 1.5 × 16 = 84 net: eight full tens; 1.5 × 16 = 24 pieces: two full dozens.
    assert ask(client, headers, "PATCH", "/api/v1/buying/basket", 200, basket)["points_to_earn"] == 26
    number = place(client, anna, [("N-1", 3), ("N-2", 16)])
    ship(app, worker, world, number, (1, 3), (2, 16))
    assert sorted(entries(client, anna)) == [("earned", 10), ("earned", 16)]
    assert own(client, anna)["level"] == {"name": "Silver", "from_points": 10}
    other = make_token(seed, world.bruno)
    assert (own(client, other)["balance"], entries(client, other)) == (0, [])
    answer = ask(client, north, "GET", PATH, 200)
    assert answer["outstanding_points"] == 26
    assert answer["totals"] == [{"level": {"name": "Silver", "from_points": 10}, "accounts": 1, "points": 26}]
    members = ask(client, north, "GET", f"{PATH}/accounts", 200)["items"]
    assert [(row["code"], row["balance"]) for row in members] == [("ANNA", 26)]
    south = {"Authorization": f"Bearer {make_token(seed, world.south)}"}
    ask(client, south, "GET", f"{PATH}/accounts/ANNA", 404)
    ask(client, south, "GET", PATH, 404)


def test_a_reward_comes_with_the_order_for_points_and_cancelling_gives_them_back_once(
    app: Flask, worker: Engine, client: FlaskClient, seed: Seed, world: World, north: dict[str, str], anna: str
) -> None:
    sell(seed, world.north, "N-1", "10.00", on_hand=100)
    sell(seed, world.north, "GIFT", "7.00", on_hand=0)
    start(client, north)
    reward(client, north, 30)
    adjust(client, north, 50)
    headers = {"Authorization": f"Bearer {anna}", "Idempotency-Key": "k"}
    ask(client, headers, "PATCH", "/api/v1/buying/basket", 422, {"rewards": ["NONE"]})
    basket = ask(
        client,
        headers,
        "PATCH",
        "/api/v1/buying/basket",
        200,
        {"lines": [{"article": "N-1", "quantity": 1}], "rewards": ["MUG"]},
    )
    assert (basket["rewards"], basket["total"]) == (["MUG"], "10.00")
    placed = ask(client, headers, "POST", "/api/v1/buying/basket/orders", 201, {})
    assert ask(client, headers, "POST", "/api/v1/buying/basket/orders", 201, {}) == placed
    assert placed["total"] == "10.00"
    assert [(line["article"], line["net_amount"], line["reward"]) for line in placed["lines"]] == [
        ("N-1", "10.00", None),
        ("GIFT", "0.00", "MUG"),
    ]
    number = placed["order_number"]
    shown = ask(client, headers, "GET", f"/api/v1/buying/orders/{number}", 200)["lines"][1]
    assert shown["explanation"] == {"reward": "MUG", "points": 30, "name": "North Points"}
    assert own(client, anna)["balance"] == 20
    assert ask(client, headers, "GET", "/api/v1/buying/basket", 200)["rewards"] == []
    again = send_order(client, anna, [("N-1", 1)], "k2", rewards=["MUG"])
    assert (again.status_code, again.get_json()["errors"][0]["reason"]) == (422, "too-few-points")
    reordered = ask(client, headers, "POST", f"/api/v1/buying/orders/{number}/reorder", 201)
    assert [line["article"] for line in reordered["lines"]] == ["N-1"]
    with acting(app, world.north, Capacity.SELLER) as principal:
        cancel_order(principal, number, {2: Decimal(1)})
    drain(worker)
    with acting(app, world.north, Capacity.SELLER) as principal:
        cancel_order(principal, number)
    drain(worker)
    assert entries(client, anna) == [("returned", 30), ("redeemed", -30), ("adjusted", 50)]


def test_of_many_orders_at_once_no_more_take_a_reward_than_there_are_points_for(
    app: Flask, worker: Engine, client: FlaskClient, seed: Seed, world: World, north: dict[str, str], anna: str
) -> None:
    sell(seed, world.north, "N-1", "10.00", on_hand=100)
    sell(seed, world.north, "GIFT", "7.00", on_hand=100)
    start(client, north)
    reward(client, north, 30)
    adjust(client, north, 100)

    def order(number: int) -> int:
        status: int = send_order(app.test_client(), anna, [("N-1", 1)], f"race-{number}", rewards=["MUG"]).status_code
        return status

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(order, range(6)))
    assert answers == [201, 201, 201, 422, 422, 422]
    assert own(client, anna)["balance"] == 10
    assert len(seed.run(text("select from sales_order"))) == 3


def test_the_oldest_points_go_first_and_what_was_spent_does_not_expire(
    app: Flask,
    worker: Engine,
    client: FlaskClient,
    seed: Seed,
    world: World,
    north: dict[str, str],
    anna: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sell(seed, world.north, "N-1", "10.00", on_hand=100)
    sell(seed, world.north, "GIFT", "7.00", on_hand=100)
    start(client, north)
    reward(client, north, 30)
    adjust(client, north, 40, "old")
    adjust(client, north, 20, "new")
    number = place(client, anna, [("N-1", 1)], rewards=["MUG"])
    seed.run(
        text("update point_entry set booked_on = booked_on - 500, expires_on = current_date - 2 where points = 40")
    )
    assert [lot["points"] for lot in own(client, anna)["expiring"]] == [20]
    assert own(client, anna)["balance"] == 20
    # Of the 30 booked, 10 are gone before the worker says so.
    assert send_order(client, anna, [("N-1", 1)], "gone", rewards=["MUG"]).status_code == 422
    [refused] = adjust(client, north, -21, "gone", 422)["errors"]
    assert refused["reason"] == "too-few-points"
    with monkeypatch.context() as blind:
        blind.setattr(service, "get_standing", lambda *_: Standing(99, 99, None, None, ()))
        assert send_order(client, anna, [("N-1", 1)], "blind", rewards=["MUG"]).status_code == 422
    assert expired(worker) == 1
    assert entries(client, anna)[0] == ("expired", -10)
    assert own(client, anna)["balance"] == 20
    assert expired(worker) == 0
    # Points given back are those that were taken: their day had come.
    with acting(app, world.north, Capacity.SELLER) as principal:
        cancel_order(principal, number)
    drain(worker)
    assert own(client, anna)["balance"] == 20
    assert expired(worker) == 1
    assert own(client, anna)["balance"] == 20
    told = seed.run(
        text("select payload ->> 'points' as points from outbox_event where kind = 'PointsExpired' order by id")
    )
    assert [row.points for row in told] == ["30"]


def expired(worker: Engine) -> int:
    with worker.begin() as connection:
        return expire_points(connection)


def test_by_hand_it_is_booked_once_with_a_reason_never_below_zero_and_never_changed(
    app: Flask, worker: Engine, client: FlaskClient, seed: Seed, world: World, north: dict[str, str], anna: str
) -> None:
    adjust(client, north, 5, status=409)
    start(client, north)
    assert adjust(client, north, 25)["balance"] == 25
    assert adjust(client, north, 25)["balance"] == 25
    assert adjust(client, north, 24, status=422)["type"] == "/problems/idempotency-key-reused"
    [error] = adjust(client, north, -26, "b", 422)["errors"]
    assert (error["field"], error["reason"]) == ("points", "too-few-points")
    assert adjust(client, north, -25, "c")["balance"] == 0
    assert entries(client, anna) == [("adjusted", -25), ("adjusted", 25)]
    assert len(seed.run(text("select from audit_entry where action = 'loyalty_points.adjusted'"))) == 2
    for statement in ("update point_entry set points = 9", "delete from point_entry"):
        with pytest.raises(ProgrammingError, match="permission denied"), acting(app, world.north, Capacity.SELLER):
            db.session.execute(text(statement))


def test_a_draft_is_nobodys_rules_are_of_the_day_and_an_ended_programme_gives_nothing(
    app: Flask, worker: Engine, client: FlaskClient, seed: Seed, world: World, north: dict[str, str], anna: str
) -> None:
    sell(seed, world.north, "N-1", "10.00", on_hand=100)
    sell(seed, world.north, "GIFT", "7.00", on_hand=100)
    headers = {"Authorization": f"Bearer {anna}"}
    ask(client, north, "POST", f"{PATH}/starts", 409, {})
    ask(client, north, "PUT", PATH, 200, {"name": "Draft", "expiry_months": 3})
    ask(client, headers, "GET", OWN, 404)
    wrong = {"name": "x", "measure": "amount", "points": 1, "per": 1, "scope": "article", "scope_code": "NONE"}
    [error] = ask(client, north, "POST", f"{PATH}/rules", 422, wrong)["errors"]
    assert (error["field"], error["reason"]) == ("scope_code", "unknown-article")
    start(client, north)
    reward(client, north, 10)
    adjust(client, north, 10)
    number = place(client, anna, [("N-1", 5)])
    ended = ask(client, north, "POST", f"{PATH}/endings", 201, {})
    acts = "select action from audit_entry where action in ('loyalty_programme.started', 'loyalty_programme.ended')"
    assert sorted(row.action.rpartition(".")[2] for row in seed.run(text(acts))) == ["ended", "started"]
    assert (ended["state"], ended["rewards"][0]["is_offered"]) == ("ended", False)
    assert send_order(client, anna, [("N-1", 1)], "late", rewards=["MUG"]).status_code == 422
    ask(client, north, "POST", f"{PATH}/rules", 409, {"name": "x", "measure": "amount", "points": 1, "per": 1})
    # It was placed while the programme ran.
    ship(app, worker, world, number, (1, 5))
    assert own(client, anna)["balance"] == 15


def test_in_the_browser_a_reward_is_put_into_the_basket_ordered_and_seen_on_the_pages_of_both_sides(
    app: Flask, client: FlaskClient, seed: Seed, world: World, north: dict[str, str], anna: str
) -> None:
    sell(seed, world.north, "N-1", "20.00", on_hand=100)
    sell(seed, world.north, "GIFT", "7.00", on_hand=100)
    start(client, north)
    reward(client, north, 30)
    buyer = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    too_soon = buyer.post("/buying/basket/rewards", data={"reward": "MUG", "act": "add"}, follow_redirects=True)
    assert "There are not enough points for the rewards." in too_soon.text
    seller = sign_in(seed, app.test_client(), world.people["north"], world.north)
    form = {"points": "50", "reason": "Fair visit", "idempotency_key": "one"}
    for _ in range(2):
        assert seller.post("/selling/loyalty/accounts/ANNA", data=form).status_code == 302
    keyless = app.test_client()
    sign_in(seed, keyless, world.people["north"], world.north)
    for points in ("3", "-3"):
        data = {"points": points, "reason": "By hand"}
        assert keyless.post("/selling/loyalty/accounts/ANNA", data=data).status_code == 302
    assert [kind for kind, _ in entries(client, anna)] == ["adjusted"] * 3
    assert "Fair visit" in seller.get("/selling/loyalty/accounts/ANNA").text
    assert "50 points" in buyer.get("/buying/").text
    buyer.post("/buying/basket/rewards", data={"reward": "MUG", "act": "add"})
    buyer.post("/buying/basket/lines", data={"lines": "N-1;2"})
    page = buyer.get("/buying/basket").text
    assert 'name="rewards" value="MUG"' in page
    line = {"article-1": "N-1", "quantity-1": "2", "shown_price-1": "20.00"}
    assert "Earns 4 points once shipped." in buyer.post("/buying/basket/quote", data=line).get_json()["totals"]
    ordered = buyer.post("/buying/basket", data={**line, "act": "order", "idempotency_key": "k", "rewards": "MUG"})
    assert ordered.status_code == 303
    assert "North Points" in buyer.get(ordered.location).text
    assert entries(client, anna)[0] == ("redeemed", -30)
    assert 'name="rewards"' not in buyer.get("/buying/basket").text
    wrong = seller.post("/selling/loyalty/rules", data={"name": "x", "measure": "amount", "points": "1", "per": "0"})
    assert (wrong.status_code, "details" in wrong.text) == (422, True)
    assert "1 point for every full" in seller.get("/selling/loyalty/").text

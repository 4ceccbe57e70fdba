"""Around orders that wait: who sets limits, programs, whoever acts on behalf, forms sent again."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, text

from portal.accounts.record_models import AccountAddress, AddressKind
from portal.core.idempotency import IdempotencyKey
from portal.ordering.errors import ApprovalNeeded
from portal.ordering.queries.placing import call_place_order
from portal.ordering.service import place_order as place_module
from portal.ordering.service.order_checks import WantedLine
from portal.ordering.service.place_order import Approval, PlacedOrder, PlaceOrder, place_order
from tenants.database_roles import conninfo
from tenants.permissions import Capacity
from tests.factories.approvals import (
    approve,
    ask,
    asked,
    browser,
    dispatch,
    limit,
    orders,
    requests,
)
from tests.factories.organisations import make_person, make_token
from tests.factories.placing import acting
from tests.factories.seed import Seed
from tests.factories.world import World


def test_whoever_does_not_approve_sets_no_limits(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any]
) -> None:
    names = {"anna": world.anna.id, "paula": paula.id}
    seed.run(
        text(
            "insert into own_role values (:anna, 'DESK', 'Desk', 'viewer', '{orders:view,orders:place,people:manage}')"
        ),
        {"anna": world.anna.id},
    )
    seed.run(text("update membership set role = 'viewer', own_role = 'DESK' where user_id = :paula"), names)
    client = browser(app, seed, paula, world.anna)
    assert "/buying/approvals/rule" not in client.get("/buying/approvals/").get_data(as_text=True)
    assert client.get("/buying/approvals/rule").status_code == 403
    assert client.post("/buying/approvals/rule", data={f"places-{paula.id}": "9999"}).status_code == 403
    assert list(seed.run(text("select 1 from approval_limit"))) == []


def test_limits_that_two_set_at_once_both_stay(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any], alex: Row[Any]
) -> None:
    client = browser(app, seed, world.people["anna"], world.anna)
    form = {"places_up_to": "50", f"places-{paula.id}": "20"}
    with psycopg.connect(conninfo(app.extensions["role_urls"].loader)) as first, ThreadPoolExecutor(1) as other:
        # As another one's saving, which began first.
        first.execute("select pg_advisory_xact_lock(hashtextextended('approval rule', %s))", (world.anna.id,))
        first.execute("update approval_rule set places_up_to = 50")
        saved = other.submit(lambda: client.post("/buying/approvals/rule", data=form).status_code)
        until = time.monotonic() + 20
        while first.execute("select count(*) from pg_locks where not granted").fetchone() != (1,):
            assert time.monotonic() < until
            time.sleep(0.01)
        first.execute("insert into approval_limit values (%s, %s, 70, null)", (world.anna.id, alex.id))
        first.commit()
        assert saved.result(20) == 303
    kept = seed.run(text("select user_id, places_up_to from approval_limit order by user_id"))
    assert [tuple(row) for row in kept] == [(paula.id, Decimal(20)), (alex.id, Decimal(70))]


def test_what_a_used_up_promotion_makes_of_the_total_is_held_against_the_approvers_limit(
    app: Flask, seed: Seed, world: World, saw: Row[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, totals, answers = place_module._placed, [Decimal(50)], [{"state": "used-up"}]

    def placed(*given: Any) -> PlacedOrder:
        order = real(*given)
        return replace(order, total=totals.pop()) if totals else order

    monkeypatch.setattr(place_module, "_placed", placed)
    monkeypatch.setattr(
        place_module, "call_place_order", lambda given: answers.pop() if answers else call_place_order(given)
    )
    command = PlaceOrder(
        (WantedLine("SAW", Decimal(6), None),),
        IdempotencyKey("user:1", "key-1", b""),
        approval=Approval("user:1", "Paula", Decimal(55)),
    )
    with pytest.raises(ApprovalNeeded), acting(app, world.anna, Capacity.BUYER) as principal:
        place_order(principal, command)
    assert orders(seed) == []


def test_with_four_eyes_no_program_approves_and_nobody_is_told_in_its_place(
    app: Flask, client: FlaskClient, seed: Seed, world: World, saw: Row[Any], paula: Row[Any], alex: Row[Any]
) -> None:
    limit(seed, world.anna, "50", four_eyes=True)
    program = {"Authorization": f"Bearer {make_token(seed, world.anna, 'buying:read', 'buying:write')}"}
    body = {"lines": [{"article": "SAW", "quantity": 6}]}
    key = {"Idempotency-Key": "key-1"}
    made = client.post("/api/v1/buying/order-requests", json=body, headers=program | key).get_json()
    number = made["request_number"]
    other = {"Authorization": f"Bearer {make_token(seed, world.anna)}"}
    refused = client.post(f"/api/v1/buying/order-requests/{number}/approvals", json={}, headers=other)
    assert (refused.status_code, refused.get_json()["reason"]) == (409, "program")
    assert approve(browser(app, seed, alex, world.anna), number).status_code == 303
    dispatch(app)
    assert list(seed.run(text("select 1 from notice where kind = 'order_request_decided'"))) == []


def test_the_sellers_people_see_of_what_waits_only_what_they_asked_for(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any]
) -> None:
    number = asked(browser(app, seed, paula, world.anna), 6)
    pia = make_person(seed, "pia@north.example", (world.north, "manager"), name="Pia")
    client = browser(app, seed, pia, world.north)
    assert client.post("/selling/accounts/ANNA/act", data={"reason": "By telephone"}).status_code == 302
    assert number not in client.get("/buying/approvals/").get_data(as_text=True)
    assert client.get(f"/buying/approvals/{number}").status_code == 404
    assert client.post(f"/buying/approvals/{number}/withdraw").status_code == 404
    own = asked(client, 7, "form-2")
    assert own in client.get("/buying/approvals/").get_data(as_text=True)
    assert client.post(f"/buying/approvals/{own}/withdraw").status_code == 303
    assert [row[0] for row in requests(seed)] == ["waiting", "withdrawn"]


def test_a_form_whose_order_waits_places_none_when_the_limit_was_raised(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any]
) -> None:
    client = browser(app, seed, paula, world.anna)
    number = asked(client, 6)
    limit(seed, world.anna, "500")
    assert asked(client, 6) == number
    assert ask(client, 7).location == "/buying/approvals/"
    assert orders(seed) == []


def test_the_approver_sees_where_it_goes_and_the_coupons(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any], alex: Row[Any]
) -> None:
    number = asked(browser(app, seed, paula, world.anna), 6)
    client = browser(app, seed, alex, world.anna)
    assert "Own address" in client.get(f"/buying/approvals/{number}").get_data(as_text=True)
    seed.add(
        AccountAddress,
        seller_id=world.north.id,
        buyer_id=world.anna.id,
        key="DOCK",
        kind=AddressKind.SHIP_TO,
        name="Dock 7",
        city="Bremen",
    )
    seed.run(text("update order_request set ship_to = 'DOCK', coupons = '{SPRING}'"))
    page = client.get(f"/buying/approvals/{number}").get_data(as_text=True)
    assert all(each in page for each in ("Dock 7", "Bremen", "SPRING"))


def test_an_address_that_went_meanwhile_is_told_and_nothing_ordered(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any], alex: Row[Any]
) -> None:
    number = asked(browser(app, seed, paula, world.anna), 6)
    seed.run(text("update order_request set ship_to = 'GONE', coupons = '{}'"))
    answer = approve(browser(app, seed, alex, world.anna), number)
    assert answer.status_code == 409
    assert "the address for the goods is no longer there" in answer.get_data(as_text=True)
    assert orders(seed) == []

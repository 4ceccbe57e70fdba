"""Orders above what somebody may order alone wait for an approver, and nothing is ordered silently."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, text

from portal.ordering.rules.approval import Approver, Hindrance, hindrance
from tests.factories.approvals import (
    approve,
    ask,
    asked,
    browser,
    dispatch,
    limit,
    limit_of,
    orders,
    reprice,
    requests,
    shown_to,
)
from tests.factories.organisations import make_token
from tests.factories.placing import stock
from tests.factories.seed import Seed
from tests.factories.world import World


def test_up_to_the_limit_an_order_is_placed_and_above_it_waits_without_stock(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any]
) -> None:
    client = browser(app, seed, paula, world.anna)
    assert ask(client, 5).location.startswith("/buying/orders/")
    number = asked(client, 6, "form-2")
    assert orders(seed) == [(Decimal(50), "Paula", "portal")]
    assert requests(seed) == [("waiting", Decimal(60), Decimal(50), "Paula", "")]
    assert stock(seed, saw) == [("MAIN", 100, 5)]
    page = client.get(f"/buying/approvals/{number}?asked=yes").get_data(as_text=True)
    assert "Your order waits for approval" in page
    assert "Paula may order up to €50.00 alone." in page
    assert "Approve and order" not in page
    # The same click again is the same request.
    assert asked(client, 6, "form-2") == number
    assert len(requests(seed)) == 1


def test_the_basket_says_beforehand_that_the_order_will_wait(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any], alex: Row[Any]
) -> None:
    line = {"article-1": "SAW", "quantity-1": "6", "base-1": "6"}
    for person, text_there in ((paula, "Ask to order 1 line, €60.00"), (alex, "Order 1 line, €60.00")):
        client = browser(app, seed, person, world.anna)
        client.post("/buying/basket", data={**line, "act": "recalculate"})
        page = client.get("/buying/basket").get_data(as_text=True)
        assert text_there in page
        assert ("You order up to €50.00 alone." in page) == (person is paula)


def test_an_approver_places_it_in_the_name_of_who_asked(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any], alex: Row[Any]
) -> None:
    number = asked(browser(app, seed, paula, world.anna), 6)
    client = browser(app, seed, alex, world.anna)
    assert "Approve and order, €60.00" in client.get(f"/buying/approvals/{number}").get_data(as_text=True)
    assert number in client.get("/buying/").get_data(as_text=True)
    assert approve(client, number).status_code == 303
    assert orders(seed) == [(Decimal(60), "Paula", "portal")]
    assert requests(seed) == [("approved", Decimal(60), Decimal(50), "Paula", "Alex")]
    assert stock(seed, saw) == [("MAIN", 100, 6)]
    # Of two who approve at once the second finds it decided.
    again = approve(client, number)
    assert again.status_code == 409
    assert "Somebody has decided about this order meanwhile." in again.get_data(as_text=True)
    assert len(orders(seed)) == 1
    [(order_number,)] = seed.run(text("select order_number from sales_order"))
    assert re.search(
        r"Approved by.*?Alex", client.get(f"/buying/orders/{order_number}").get_data(as_text=True), re.DOTALL
    )
    acts = seed.run(text("select action, actor from audit_entry where action like 'order%' order by at, action"))
    assert [tuple(row) for row in acts] == [
        ("order_request.made", f"user:{paula.id}"),
        ("order.placed", f"user:{alex.id}"),
        ("order_request.approved", f"user:{alex.id}"),
    ]


def test_changed_prices_are_shown_to_the_approver_before_anything_is_ordered(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any], alex: Row[Any]
) -> None:
    number = asked(browser(app, seed, paula, world.anna), 6)
    reprice(seed, "11.00")
    client = browser(app, seed, alex, world.anna)
    before = shown_to(client, number)
    shown = approve(client, number, before)
    assert shown.status_code == 409
    assert "Approve and order, €66.00" in shown.get_data(as_text=True)
    # The second click, and another approver's open page, still say the old ones.
    again = approve(client, number, before)
    assert (again.status_code, "Approve and order, €66.00" in again.get_data(as_text=True)) == (409, True)
    assert orders(seed) == []
    [(noted,)] = seed.run(text("select count(*) from audit_entry where action = 'order_request.repriced'"))
    assert noted == 1
    path = f"/api/v1/buying/order-requests/{number}/approvals"
    headers = {"Authorization": f"Bearer {make_token(seed, world.anna)}"}
    old = client.post(path, json={"total": "60.00"}, headers=headers)
    assert (old.status_code, old.get_json()["type"].rpartition("/")[2]) == (409, "prices-changed")
    assert approve(client, number).status_code == 303
    assert orders(seed) == [(Decimal(66), "Paula", "portal")]


def test_an_approver_has_a_limit_too_and_new_prices_do_not_lift_it(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any], alex: Row[Any]
) -> None:
    limit_of(seed, world.anna, alex, None, "65")
    client = browser(app, seed, paula, world.anna)
    small, large = asked(client, 6), asked(client, 7, "form-2")
    approver = browser(app, seed, alex, world.anna)
    assert "You approve orders up to €65.00." in approver.get(f"/buying/approvals/{large}").get_data(as_text=True)
    assert approve(approver, large).status_code == 409
    headers = {"Authorization": f"Bearer {make_token(seed, world.anna)}"}
    reprice(seed, "11.00")
    assert approve(approver, small).status_code == 409
    assert approve(approver, small).status_code == 409
    assert orders(seed) == []
    path = f"/api/v1/buying/order-requests/{large}/approvals"
    changed = app.test_client().post(path, json={}, headers=headers)
    assert (changed.status_code, changed.get_json()["type"].rpartition("/")[2]) == (409, "prices-changed")
    assert app.test_client().post(path, json={"at_any_price": True}, headers=headers).status_code == 201
    assert orders(seed) == [(Decimal(77), "Paula", "api")]
    # What the approver may order alone is no less than what it approves.
    assert ask(approver, 5, "form-3", "11.00").location.startswith("/buying/orders/")
    asked_again = ask(approver, 6, "form-4", "11.00")
    assert asked_again.location.startswith("/buying/approvals/")


def test_with_four_eyes_nobody_approves_its_own_and_limits_hold_for_approvers(
    app: Flask, seed: Seed, world: World, saw: Row[Any], alex: Row[Any]
) -> None:
    limit(seed, world.anna, "50", four_eyes=True)
    client = browser(app, seed, alex, world.anna)
    number = asked(client, 6)
    page = client.get(f"/buying/approvals/{number}").get_data(as_text=True)
    assert "You asked for this order yourself." in page
    assert approve(client, number).status_code == 409
    boss = browser(app, seed, world.people["anna"], world.anna)
    assert approve(boss, number).status_code == 303
    assert orders(seed) == [(Decimal(60), "Alex", "portal")]


def test_declined_or_taken_back_it_is_never_ordered(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any], alex: Row[Any]
) -> None:
    client, approver = browser(app, seed, paula, world.anna), browser(app, seed, alex, world.anna)
    first, second = asked(client, 6), asked(client, 7, "form-2")
    assert client.post(f"/buying/approvals/{first}/decline").status_code == 403
    assert approver.post(f"/buying/approvals/{first}/decline", data={"reason": "Too early"}).status_code == 303
    assert "Too early" in client.get(f"/buying/approvals/{first}").get_data(as_text=True)
    assert client.post(f"/buying/approvals/{second}/withdraw").status_code == 303
    for number in (first, second):
        assert approve(approver, number).status_code == 409
    assert [row[0] for row in requests(seed)] == ["declined", "withdrawn"]
    assert orders(seed) == []
    assert [tuple(row) for row in seed.run(text("select quantity from basket_line"))] == [(Decimal(7),)]


def test_approvers_are_told_by_mail_and_who_asked_learns_the_outcome(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any], alex: Row[Any]
) -> None:
    number = asked(browser(app, seed, paula, world.anna), 6)
    dispatch(app)
    told = text(
        "select u.name, n.kind, n.mail_rhythm from notice n join user_account u on u.id = n.user_id order by n.id"
    )
    assert sorted(tuple(row) for row in seed.run(told)) == [
        ("Alex", "order_requested", "at_once"),
        ("Anna", "order_requested", "at_once"),
    ]
    assert approve(browser(app, seed, alex, world.anna), number).status_code == 303
    dispatch(app)
    kinds = [tuple(row)[:2] for row in seed.run(told)]
    assert ("Paula", "order_request_decided") in kinds
    assert ("Alex", "order_request_decided") not in kinds
    inbox = browser(app, seed, paula, world.anna).get("/messages").get_data(as_text=True)
    assert f"Your order {number} was approved and is placed" in inbox


def test_programs_are_bound_by_the_limit_and_ask_as_people_do(
    client: FlaskClient, seed: Seed, world: World, saw: Row[Any]
) -> None:
    token = make_token(seed, world.anna, "buying:read", "buying:write")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "key-1"}
    body = {"lines": [{"article": "SAW", "quantity": 6}]}
    refused = client.post("/api/v1/buying/orders", json=body, headers=headers)
    assert (refused.status_code, refused.get_json()["type"].rpartition("/")[2]) == (409, "approval-needed")
    assert (refused.get_json()["limit"], refused.get_json()["total"]) == ("50.00", "60.00")
    made = client.post("/api/v1/buying/order-requests", json=body, headers=headers)
    assert (made.status_code, made.get_json()["total"], made.get_json()["state"]) == (201, "60.00", "waiting")
    again = client.post("/api/v1/buying/order-requests", json=body, headers=headers)
    assert again.get_json() == made.get_json()
    other = {"lines": [{"article": "SAW", "quantity": 7}]}
    assert client.post("/api/v1/buying/order-requests", json=other, headers=headers).status_code == 422
    number = made.get_json()["request_number"]
    assert client.post(f"/api/v1/buying/order-requests/{number}/approvals", json={}, headers=headers).status_code == 403
    listed = client.get("/api/v1/buying/order-requests?state=waiting", headers=headers).get_json()
    assert [row["request_number"] for row in listed["items"]] == [number]


def test_an_order_that_was_placed_is_given_again_under_a_lower_limit(
    client: FlaskClient, seed: Seed, world: World, saw: Row[Any]
) -> None:
    token = make_token(seed, world.anna, "buying:write")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "key-1"}
    body = {"lines": [{"article": "SAW", "quantity": 5}]}
    placed = client.post("/api/v1/buying/orders", json=body, headers=headers)
    limit(seed, world.anna, "1")
    again = client.post("/api/v1/buying/orders", json=body, headers=headers)
    assert (again.status_code, again.data) == (201, placed.data)


def test_the_rule_is_set_by_administrators_and_noted(
    app: Flask, seed: Seed, world: World, saw: Row[Any], paula: Row[Any], alex: Row[Any]
) -> None:
    client = browser(app, seed, world.people["anna"], world.anna)
    page = client.get("/buying/approvals/rule").get_data(as_text=True)
    assert "Paula" in page
    form = {"places_up_to": "100.50", f"places-{paula.id}": "20", f"approves-{alex.id}": "300", f"places-{alex.id}": ""}
    assert client.post("/buying/approvals/rule", data={**form, "places_up_to": "1,00,0"}).status_code == 422
    assert client.post("/buying/approvals/rule", data=form).status_code == 303
    kept = seed.run(text("select user_id, places_up_to, approves_up_to from approval_limit order by user_id"))
    assert [tuple(row) for row in kept] == [(paula.id, Decimal(20), None), (alex.id, None, Decimal(300))]
    notes = seed.run(text("select action from audit_entry where organisation_id = :anna"), {"anna": world.anna.id})
    assert sorted(row.action for row in notes) == [
        "approval_rule.changed",
        "person.limits_changed",
        "person.limits_changed",
    ]
    buyer = browser(app, seed, paula, world.anna)
    assert ask(buyer, 2).location.startswith("/buying/orders/")
    assert ask(buyer, 3, "form-2").location.startswith("/buying/approvals/")
    assert buyer.get("/buying/approvals/rule").status_code == 403


def test_who_may_decide() -> None:
    assert hindrance(Approver(), Decimal(10**9), is_own=True) is None
    assert hindrance(Approver(four_eyes=True), Decimal(1), is_own=True) is Hindrance.OWN
    assert hindrance(Approver(four_eyes=True), Decimal(1), is_own=False) is None
    assert hindrance(Approver(), Decimal(1), is_own=False, is_program=True) is None
    assert hindrance(Approver(four_eyes=True), Decimal(1), is_own=False, is_program=True) is Hindrance.PROGRAM
    assert hindrance(Approver(approves_up_to=Decimal(10)), Decimal(10), is_own=False) is None
    assert hindrance(Approver(approves_up_to=Decimal(10)), Decimal("10.01"), is_own=False) is Hindrance.LIMIT

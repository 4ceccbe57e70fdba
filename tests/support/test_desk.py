"""The support desk: asked, answered, passed up, answered; what each side sees and hears, and what it does not."""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, text

from portal.analytics.models import SharingAgreement
from portal.core.dispatcher import drain
from portal.core.worker import worker_engine
from tenants.permissions import Role
from tests.factories.catalogue import make_product
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.placing import place, sell
from tests.factories.seed import Seed
from tests.factories.world import World

OWN, DESK, CASES = "/api/v1/buying/support-requests", "/api/v1/selling/support-requests", "/api/v1/brand/support-cases"
PDF = b"%PDF-1.7 broken"


@pytest.fixture
def tokens(seed: Seed, world: World) -> dict[str, str]:
    return {name: make_token(seed, getattr(world, name)) for name in ("anna", "bruno", "north", "acme")}


@pytest.fixture
def goods(seed: Seed, world: World) -> None:
    """Let north sell a saw of acme's, and something of its own."""
    sell(seed, world.north, "N-SAW", "10.00", on_hand=100, owner_product=make_product(seed, world.acme, "SAW"))
    sell(seed, world.north, "N-OWN", "10.00", on_hand=100, owner_product=make_product(seed, world.north, "OWN"))


def send(client: FlaskClient, token: str, path: str, body: Any, status: int = 201, key: str = "") -> Any:
    headers = {
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": key or f"key-{path}-{sorted(body.items())!r}"[:200],
    }
    headers["Idempotency-Key"] = re.sub(r"[^!-~]", "", headers["Idempotency-Key"])
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code == status, answer.data
    return answer.get_json()


def read(client: FlaskClient, token: str, path: str, status: int = 200) -> Any:
    answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == status, answer.data
    return answer.get_json()


def ask(client: FlaskClient, token: str, **more: Any) -> str:
    body = {"kind": "fault", "subject": "Saw broken", "text": "It does not turn.", **more}
    number: str = send(client, token, OWN, body)["request_number"]
    return number


def share(seed: Seed, world: World, *grants: str, **more: Any) -> None:
    edge = {"brand_owner_id": world.acme.id, "wholesaler_id": world.north.id}
    seed.add(SharingAgreement, **edge, grants=["units", *grants], accepted_on=date(2026, 1, 1), **more)


def work(app: Flask) -> None:
    engine = worker_engine(app)
    drain(engine)
    drain(engine)
    engine.dispose()


def told(seed: Seed) -> list[tuple[Any, ...]]:
    """Give (organisation, kind, facts that are said) of the messages written so far."""
    rows = seed.run(
        text(
            "select o.code, n.kind, n.facts from notice n join organisation o on o.id = n.organisation_id order by n.id"
        )
    )
    said = ("buyer", "seller", "state")
    return [(row.code, row.kind, *(row.facts[name] for name in said if row.facts.get(name))) for row in rows]


def said(thread: Any) -> list[tuple[str, str]]:
    return [(row["side"], row["text"]) for row in thread["messages"]["items"]]


def staff(seed: Seed, world: World) -> dict[str, Row[Any]]:
    return {
        name: make_person(seed, f"manager@{name}.example", (getattr(world, name), Role.MANAGER), name=f"Clerk {name}")
        for name in ("anna", "north", "acme")
    }


@pytest.mark.usefixtures("goods")
def test_a_request_goes_up_and_down_and_each_side_sees_its_part(
    app: Flask, client: FlaskClient, seed: Seed, world: World, tokens: dict[str, str]
) -> None:
    staff(seed, world)
    share(seed, world, "service")
    order = place(client, tokens["anna"], [("N-SAW", 2)])
    file = base64.b64encode(PDF).decode()
    number = ask(client, tokens["anna"], order_number=order, article="N-SAW", attachment=file)
    note = {"text": "Third one this week", "is_internal": True}
    assert send(client, tokens["north"], f"{DESK}/{number}/messages", note)["state"] == "open"
    passed = {"text": "The switch fails after a day."}
    up = send(client, tokens["north"], f"{DESK}/{number}/passings", passed)
    assert (up["state"], up["case_state"]) == ("passed_up", "open")
    assert read(client, tokens["anna"], f"{OWN}/{number}")["state"] == "passed_up"
    [case] = read(client, tokens["acme"], CASES)["items"]
    facts = ("case_number", "wholesaler", "kind", "state", "retailer_name", "sku")
    assert [case[name] for name in facts] == [up["case_number"], "NORTH", "fault", "open", "", "SAW"]
    assert up["case_number"] != number
    thread = read(client, tokens["acme"], f"{CASES}/{case['case_number']}")
    assert said(thread) == [("seller", passed["text"])]
    send(client, tokens["acme"], f"{CASES}/{case['case_number']}/messages", {"text": "Change the switch, part S-1."})
    waiting = read(client, tokens["north"], f"{DESK}?state=open")["items"]
    assert [(row["request_number"], row["case_state"]) for row in waiting] == [(number, "answered")]
    assert read(client, tokens["anna"], f"{OWN}/{number}")["state"] == "passed_up"
    answer = {"text": "You get a new switch.", "state": "waiting"}
    send(client, tokens["north"], f"{DESK}/{number}/messages", answer)
    own = read(client, tokens["anna"], f"{OWN}/{number}")
    assert (own["state"], said(own)) == (
        "waiting",
        [("seller", "You get a new switch."), ("buyer", "It does not turn.")],
    )
    desk = read(client, tokens["north"], f"{DESK}/{number}")
    assert [(row["is_in_case"], row["is_internal"], row["text"]) for row in desk["messages"]["items"]] == [
        (False, False, "You get a new switch."),
        (True, False, "Change the switch, part S-1."),
        (True, False, "The switch fails after a day."),
        (False, True, "Third one this week"),
        (False, False, "It does not turn."),
    ]
    assert (desk["case_state"], desk["order_number"], desk["article_number"]) == ("closed", order, "N-SAW")
    late = send(client, tokens["acme"], f"{CASES}/{case['case_number']}/messages", {"text": "Late"}, 409)
    assert late["type"].endswith("case-closed")
    digest = own["messages"]["items"][1]["attachment"]["digest"]
    kept = read(client, tokens["north"], f"{DESK}/{number}/attachments/{digest}")
    assert (base64.b64decode(kept["content"]), kept["content_type"]) == (PDF, "application/pdf")
    read(client, tokens["bruno"], f"{OWN}/{number}/attachments/{digest}", 404)
    read(client, tokens["bruno"], f"{OWN}/{number}", 404)
    send(client, tokens["anna"], f"{OWN}/{number}/messages", {"solved": True})
    assert read(client, tokens["north"], f"{DESK}/{number}")["state"] == "solved"
    send(client, tokens["anna"], f"{OWN}/{number}/messages", {"text": "Broken again"})
    assert read(client, tokens["north"], f"{DESK}/{number}")["state"] == "open"
    work(app)
    heard = list(dict.fromkeys(row for row in told(seed) if row[1].startswith("support")))
    assert heard == [
        ("NORTH", "support_asked", world.anna.name, world.north.name),
        ("ACME", "support_case", world.north.name),
        ("ANNA", "support_answered", world.north.name, "waiting"),
        ("NORTH", "support_asked", world.anna.name, world.north.name, "solved"),
        ("NORTH", "support_asked", world.anna.name, world.north.name, "open"),
        ("NORTH", "support_case_answered", world.north.name),
    ]


@pytest.mark.usefixtures("goods")
def test_the_agreement_decides_what_can_be_passed_up_and_for_how_long_it_is_shown(
    client: FlaskClient, seed: Seed, world: World, tokens: dict[str, str]
) -> None:
    number = ask(client, tokens["anna"], article="N-SAW")
    path, body = f"{DESK}/{number}/passings", {"text": "Help"}
    refused = send(client, tokens["north"], path, body, 409)
    assert (refused["type"].rpartition("/")[2], refused["grant"]) == ("not-shared", "service")
    share(seed, world, "service")
    refused = send(client, tokens["north"], path, {**body, "names_retailer": True}, 409)
    assert refused["grant"] == "identity"
    wrong = send(client, tokens["north"], path, {**body, "article": "N-OWN"}, 422)
    assert [(error["field"], error["reason"]) for error in wrong["errors"]] == [("article", "not-the-manufacturers")]
    seed.run(text("update sharing_agreement set grants = '{units,service,identity}'"))
    send(client, tokens["north"], path, {**body, "names_retailer": True})
    assert [row["retailer_name"] for row in read(client, tokens["acme"], CASES)["items"]] == [world.anna.name]
    seed.run(text("update sharing_agreement set grants = '{units,service}'"))
    [case] = read(client, tokens["acme"], CASES)["items"]
    assert case["retailer_name"] == ""
    today = datetime.now(UTC).date()
    withdraw = text("update sharing_agreement set withdrawn_on = :day, hidden_on = :hidden")
    seed.run(withdraw, {"day": today - timedelta(days=2), "hidden": today + timedelta(days=2)})
    assert len(read(client, tokens["acme"], CASES)["items"]) == 1
    refused = send(client, tokens["north"], path, {"text": "More"}, 409)
    assert refused["grant"] == "service"
    seed.run(withdraw, {"day": today - timedelta(days=2), "hidden": today - timedelta(days=1)})
    assert read(client, tokens["acme"], CASES)["items"] == []
    read(client, tokens["acme"], f"{CASES}/{case['case_number']}", 404)
    send(client, tokens["acme"], f"{CASES}/{case['case_number']}/messages", {"text": "Late"}, 404)


@pytest.mark.usefixtures("goods")
def test_what_is_sent_twice_is_done_once_and_another_message_under_the_same_key_is_refused(
    client: FlaskClient, seed: Seed, world: World, tokens: dict[str, str]
) -> None:
    share(seed, world, "service")
    body = {"kind": "question", "subject": "When", "text": "When does it come?", "article": "N-SAW"}
    numbers = {send(client, tokens["anna"], OWN, body, key="one")["request_number"] for _ in range(2)}
    assert len(numbers) == 1
    send(client, tokens["anna"], OWN, {**body, "text": "Other"}, 422, key="one")
    [number] = numbers
    for _ in range(2):
        send(client, tokens["anna"], f"{OWN}/{number}/messages", {"text": "Please"}, key="two")
        send(client, tokens["north"], f"{DESK}/{number}/messages", {"text": "Soon", "state": "waiting"}, key="two")
        send(client, tokens["north"], f"{DESK}/{number}/passings", {"text": "When?"}, key="two")
    send(client, tokens["north"], f"{DESK}/{number}/messages", {"text": "Else"}, 422, key="two")
    case = read(client, tokens["north"], f"{DESK}/{number}")["case_number"]
    for _ in range(2):
        send(client, tokens["acme"], f"{CASES}/{case}/messages", {"text": "Monday"}, key="two")
    thread = said(read(client, tokens["north"], f"{DESK}/{number}"))
    assert thread == [
        ("owner", "Monday"),
        ("seller", "When?"),
        ("seller", "Soon"),
        ("buyer", "Please"),
        ("buyer", "When does it come?"),
    ]


@pytest.mark.usefixtures("goods")
def test_what_cannot_be_taken_is_told_at_its_field(client: FlaskClient, tokens: dict[str, str]) -> None:
    body = {"kind": "delivery", "subject": "Late", "text": "", "order_number": "NONE", "article": "NONE"}
    wrong = send(client, tokens["anna"], OWN, body, 422)
    assert [(error["field"], error["reason"]) for error in wrong["errors"]] == [
        ("order_number", "unknown-order"),
        ("article", "unknown-article"),
        ("text", "missing"),
    ]
    file = base64.b64encode(b"#!/bin/sh").decode()
    refused = send(
        client, tokens["anna"], OWN, {**body, "order_number": None, "article": None, "attachment": file}, 422
    )
    assert refused["type"].endswith("document-refused")
    number = ask(client, tokens["anna"])
    path = f"{DESK}/{number}/messages"
    wrong = send(client, tokens["north"], path, {"text": "Up", "state": "passed_up"}, 422)
    assert [(error["field"], error["reason"]) for error in wrong["errors"]] == [("state", "not-a-state")]
    wrong = send(client, tokens["north"], path, {}, 422)
    assert [error["reason"] for error in wrong["errors"]] == ["missing"]


@pytest.mark.usefixtures("goods")
def test_a_former_customer_is_not_answered_and_a_note_and_an_end_are_kept(
    client: FlaskClient, seed: Seed, world: World, tokens: dict[str, str]
) -> None:
    number = ask(client, tokens["anna"])
    seed.run(text("update organisation set seller_id = :south where code = 'ANNA'"), {"south": world.south.id})
    path = f"{DESK}/{number}/messages"
    refused = send(client, tokens["north"], path, {"text": "Too late"}, 409)
    assert refused["type"].endswith("customer-gone")
    send(client, tokens["north"], path, {"text": "Went to south", "is_internal": True, "state": "solved"})
    desk = read(client, tokens["north"], f"{DESK}/{number}")
    assert (desk["state"], desk["account"], desk["account_name"]) == ("solved", "", "")


@pytest.mark.usefixtures("goods")
def test_screens_lead_through_it_in_three_places(app: Flask, seed: Seed, world: World) -> None:
    share(seed, world, "service", "identity")
    people = staff(seed, world)
    anna, north, acme = (
        sign_in(seed, app.test_client(), people[name], getattr(world, name)) for name in ("anna", "north", "acme")
    )
    assert "You have asked nothing yet" in anna.get("/buying/support/").text
    form = {"kind": "question", "subject": "", "text": "How?", "article": "N-SAW", "idempotency_key": "k"}
    empty = anna.post("/buying/support/new", data=form)
    assert (empty.status_code, "How?" in empty.text) == (422, True)
    pages = {anna.post("/buying/support/new", data={**form, "subject": "How to"}).location for _ in range(2)}
    assert len(pages) == 1
    number = pages.pop().rpartition("/")[2]
    home = north.get("/selling/support/?state=open").text
    assert (number in home, "1 request waits for you." in north.get("/", follow_redirects=True).text) == (True, True)
    up = {"up-text": "Any manual?", "up-names_retailer": "y", "up-article": "N-SAW", "idempotency_key": "k"}
    assert north.post(f"/selling/support/{number}/pass-up", data=up).status_code == 303
    [case] = seed.run(text("select case_number, retailer_name from support_case"))
    page = acme.get(f"/brand/support/{case.case_number}").text
    assert (world.anna.name in page, "Any manual?" in page, "How?" in page) == (True, True, False)
    assert acme.post(f"/brand/support/{case.case_number}", data={"text": "Online."}).status_code == 303
    answer = {"text": "See the manual.", "state": "solved", "idempotency_key": "k"}
    assert north.post(f"/selling/support/{number}", data=answer).status_code == 303
    own = anna.get(f"/buying/support/{number}").text
    assert ("See the manual." in own, "Online." in own, people["north"].name in own) == (True, False, False)
    assert acme.post(f"/brand/support/{case.case_number}", data={"text": "Late"}).status_code == 422
    assert anna.post(f"/buying/support/{number}", data={"text": ""}).status_code == 422

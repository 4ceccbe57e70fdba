"""What a seller keeps about a buyer: addresses and shared documents are both's, contacts, notes and tasks the seller's alone."""

from __future__ import annotations

import base64
import io
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.accounts.document_content import DocumentRefused, document_type
from tests.factories.catalogue import make_article, make_entry, make_price_list, make_stock, make_warehouse
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

ANNA = "/selling/accounts/ANNA"
SELLING = "/api/v1/selling/accounts/ANNA"
PDF = b"%PDF-1.7\nsecret contract"


@pytest.fixture
def north(app: Flask, seed: Seed, world: World) -> FlaskClient:
    return sign_in(seed, app.test_client(), world.people["north"], world.north)


@pytest.fixture
def anna(app: Flask, seed: Seed, world: World) -> FlaskClient:
    return sign_in(seed, app.test_client(), world.people["anna"], world.anna)


@pytest.fixture
def program(seed: Seed, world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(seed, world.north)}"}


@pytest.fixture
def shop(seed: Seed, world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(seed, world.anna)}"}


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_either_side_keeps_addresses_and_one_of_a_kind_is_usual(
    north: FlaskClient, anna: FlaskClient, client: FlaskClient, shop: dict[str, str]
) -> None:
    form = {"name": "Rampe Süd", "kind": "ship_to", "city": "Ulm", "country": "DE", "is_usual": "y"}
    assert north.post(f"{ANNA}/addresses/new", data=form).status_code == 302
    assert anna.post("/buying/addresses/new", data={**form, "name": "Tor 2"}).status_code == 302
    rows = client.get("/api/v1/buying/addresses", headers=shop).get_json()["items"]
    assert [(row["name"], row["is_usual"]) for row in rows] == [("Rampe Süd", False), ("Tor 2", True)]
    assert "Tor 2" in page(north, f"{ANNA}/addresses")
    key = rows[0]["key"]
    assert anna.post(f"/buying/addresses/{key}", data={**form, "city": ""}).status_code == 422
    assert anna.post(f"/buying/addresses/{key}/remove").status_code == 302
    assert "Rampe Süd" not in page(anna, "/buying/addresses/")
    assert anna.post(f"/buying/addresses/{key}/remove").status_code == 404


def test_an_order_goes_to_the_address_it_names_else_to_the_usual_one_else_to_the_buyers_own(
    client: FlaskClient, shop: dict[str, str], seed: Seed, world: World
) -> None:
    article = make_article(seed, world.north)
    make_entry(seed, make_price_list(seed, world.north, "ALL"), article, "5")
    make_stock(seed, article, 100, make_warehouse(seed, world.north, "MAIN"))
    order: dict[str, Any] = {"lines": [{"article": article.article_number, "quantity": 1}]}

    def placed(key: str, **more: str) -> Any:
        headers = {**shop, "Idempotency-Key": key}
        answer = client.post("/api/v1/buying/orders", json={**order, **more}, headers=headers)
        if answer.status_code != 201:
            return answer.get_json()["type"]
        number = answer.get_json()["order_number"]
        return client.get(f"/api/v1/buying/orders/{number}", headers=shop).get_json()["ship_to"]["city"]

    assert placed("1") == "Berlin"
    where = {"name": "Tor", "city": "Ulm", "country": "DE"}
    for key, more in (("GATE", {}), ("RAMP", {"city": "Kiel", "is_usual": True}), ("BILL", {"kind": "bill_to"})):
        client.put(f"/api/v1/buying/addresses/{key}", json={**where, **more}, headers=shop)
    assert placed("2") == "Kiel"
    assert placed("3", ship_to="GATE") == "Ulm"
    assert placed("4", ship_to="BILL") == "/problems/unusable-value"
    assert placed("5", ship_to="none") == "/problems/unusable-value"


def test_the_basket_offers_the_addresses_and_says_the_delivery_days(
    anna: FlaskClient, north: FlaskClient, client: FlaskClient, shop: dict[str, str], seed: Seed, world: World
) -> None:
    article = make_article(seed, world.north)
    make_entry(seed, make_price_list(seed, world.north, "ALL"), article, "5")
    client.put("/api/v1/buying/addresses/GATE", json={"name": "Tor", "city": "Ulm", "country": "DE"}, headers=shop)
    north.post(f"{ANNA}/delivery-days", data={"day": ["2", "5", "9"]})
    assert client.get("/api/v1/buying/delivery-days", headers=shop).get_json() == {"days": [2, 5]}
    client.patch(
        "/api/v1/buying/basket", json={"lines": [{"article": article.article_number, "quantity": 2}]}, headers=shop
    )
    seed.run(text("update basket set holder = :holder"), {"holder": f"user:{world.people['anna'].id}"})
    shown = page(anna, "/buying/basket")
    assert '<option value="GATE">Tor, Ulm</option>' in shown
    assert "Tuesday, Friday" in shown


def test_a_document_is_told_by_its_content_and_given_to_be_saved(
    north: FlaskClient, anna: FlaskClient, client: FlaskClient, program: dict[str, str]
) -> None:
    for content, name in ((b"<html><script>", "a.pdf"), (b"<svg xmlns=", "a.png"), (b"PK\x03\x04", "a.pdf")):
        refused = north.post(f"{ANNA}/documents", data={"title": "T", "file": (io.BytesIO(content), name)})
        assert refused.status_code == 422
        assert "neither a PDF nor a PNG or JPEG" in refused.get_data(as_text=True)
    with pytest.raises(DocumentRefused, match="at most 5 MB"):
        document_type(PDF + bytes(5 << 20))
    kept = north.post(f"{ANNA}/documents", data={"title": "Contract", "file": (io.BytesIO(PDF), "<x>.html")})
    assert kept.status_code == 302
    [row] = client.get(f"{SELLING}/documents", headers=program).get_json()["items"]
    given = north.get(f"{ANNA}/documents/{row['digest']}")
    assert given.data == PDF
    assert given.headers["Content-Disposition"] == 'attachment; filename="contract.pdf"'
    assert given.headers["Content-Type"] == "application/pdf"
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    own = f"/buying/addresses/documents/{row['digest']}"
    assert (anna.get(own).status_code, "Contract" in page(anna, "/buying/addresses/")) == (404, False)
    body = {"title": "Contract 2", "content": base64.b64encode(PDF).decode(), "is_shared": True}
    shared = client.post(f"{SELLING}/documents", json=body, headers=program).get_json()
    assert (shared["digest"], shared["is_shared"]) == (row["digest"], True)
    assert anna.get(own).data == PDF
    assert north.post(f"{ANNA}/documents/{row['digest']}/remove").status_code == 302
    assert anna.get(own).status_code == 404


def test_notes_and_tasks_are_kept_and_appear_when_they_are_due(
    north: FlaskClient, client: FlaskClient, program: dict[str, str], seed: Seed, world: World
) -> None:
    today = date.today()  # noqa: DTZ011 - a day apart does not matter here
    note = {"kind": "call", "happened_on": "2026-10-01", "text": "Wants pallets"}
    assert north.post(f"{ANNA}/notes", data=note).status_code == 302
    assert north.post(f"{ANNA}/notes", data={**note, "text": " "}).status_code == 422
    assert "Wants pallets" in page(north, f"{ANNA}/notes")
    assert "Customers to see to today" not in page(north, "/selling/")
    late = {"kind": "visit", "due_on": (today - timedelta(days=3)).isoformat(), "text": "Bring samples"}
    assert north.post(f"{ANNA}/tasks", data={**late, "owner": "north@example.com"}).status_code == 302
    ahead = {"text": "Ask again", "due_on": (today + timedelta(days=30)).isoformat()}
    client.put(f"{SELLING}/tasks/later", json=ahead, headers=program)
    home = page(north, "/selling/")
    assert "Bring samples" in home
    assert "Ask again" not in home
    found = client.get("/api/v1/selling/tasks", headers=program).get_json()["items"]
    assert [(row["text"], row["owner_name"]) for row in found] == [("Bring samples", "North"), ("Ask again", "")]
    stranger = client.put(f"{SELLING}/tasks/other", json={**ahead, "owner": "anna@example.com"}, headers=program)
    assert stranger.get_json()["type"] == "/problems/unusable-value"
    north.post(f"{ANNA}/tasks/{found[0]['key']}/state", data={"act": "done", "next": "tasks"})
    assert "Customers to see to today" not in page(north, "/selling/")
    assert "Bring samples" in page(north, "/selling/tasks/?state=done")
    assert "Ask again" in page(north, "/selling/tasks/")
    actions = {row[0] for row in seed.run(text("select action from audit_entry"))}
    assert {"account_note.saved", "account_task.saved", "account_task.done"} <= actions
    del world


def test_what_the_seller_notes_is_nowhere_the_buyer_looks(
    app: Flask, client: FlaskClient, program: dict[str, str], shop: dict[str, str], seed: Seed, world: World
) -> None:
    for path, body in (
        ("notes/mark-1", {"text": "ZZCANARY", "happened_on": "2026-10-01"}),
        ("tasks/mark-2", {"text": "ZZCANARY", "due_on": "2026-10-01"}),
        ("contacts/mark-3", {"name": "ZZCANARY"}),
    ):
        assert client.put(f"{SELLING}/{path}", json=body, headers=program).status_code == 204
    hidden = {"title": "ZZCANARY", "content": base64.b64encode(PDF).decode()}
    client.post(f"{SELLING}/documents", json=hidden, headers=program)
    browser = sign_in(seed, app.test_client(), make_person(seed, "a@x.example", (world.anna, "admin")), world.anna)
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    for rule in rules:
        if rule.rule.startswith(("/buying", "/organisation", "/api/v1/buying")):
            answer = client.get(rule.rule, headers=shop) if rule.rule.startswith("/api") else browser.get(rule.rule)
            assert b"ZZCANARY" not in answer.data, rule
    assert client.get(f"{SELLING}/notes", headers=shop).status_code in {401, 404}

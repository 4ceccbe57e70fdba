"""One account by API: read it, change it, its people and its invitations."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database import count_statements, db
from tests.accounts.conftest import Mails, link_in
from tests.factories.audit import LOG
from tests.factories.catalogue import make_article
from tests.factories.orders import make_history
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

ACCOUNTS = "/api/v1/selling/accounts"


@pytest.fixture
def north(seed: Seed, world: World) -> dict[str, str]:
    """Give the header of a client of north that may read and write."""
    return {"Authorization": f"Bearer {make_token(seed, world.north, 'selling:read', 'selling:write')}"}


def audit(seed: Seed) -> list[tuple[Any, ...]]:
    """Give what was done by the client."""
    rows = seed.run(
        text(
            f"select action, subject, before - 'currency', after - 'currency' from {LOG}"
            " where not refused order by at, action"
        )
    )
    return [tuple(row) for row in rows]


def test_an_account_is_read_with_its_branches_and_open_orders(
    client: FlaskClient, world: World, seed: Seed, north: dict[str, str]
) -> None:
    article = make_article(seed, world.north)
    for buyer, number in ((world.anna, "O-1"), (world.branch, "O-2")):
        make_history(seed, world.north, buyer, date(2026, 3, 1), (article, 1, "5"), order_number=number)
    seed.run(text("update sales_order set status = 'confirmed'"))
    answer = client.get(f"{ACCOUNTS}/ANNA", headers=north).get_json()
    assert answer.pop("aboard_since") is not None
    assert answer == {
        "code": "ANNA",
        "name": "ANNA name",
        "kind": "retailer",
        "parent_code": None,
        "street": "Hafenstraße 1",
        "postal_code": "10115",
        "city": "Berlin",
        "country": "DE",
        "email": "",
        "vat_id": "",
        "gln": "",
        "locale": "en",
        "customer_number": f"K-{world.anna.id}",
        "price_group": None,
        "payment_terms_days": None,
        "credit_limit": None,
        "currency": "EUR",
        "status": "active",
        "people": 1,
        "invited": 0,
        "last_seen_at": None,
        "presence": "aboard",
        "invited_at": None,
        "last_order_on": "2026-03-01",
        "branches": [{"code": "BRANCH", "name": "BRANCH name"}],
        "open_orders": 1,
        "open_orders_with_branches": 2,
    }


def test_what_is_sent_is_changed_and_the_rest_stays(
    client: FlaskClient, world: World, seed: Seed, north: dict[str, str]
) -> None:
    first = {"payment_terms_days": 30, "credit_limit": "5000.50", "price_group": "GOLD", "city": "Bonn"}
    row = client.patch(f"{ACCOUNTS}/ANNA", json=first, headers=north).get_json()
    assert {name: row[name] for name in first} == first
    assert (row["name"], row["customer_number"], row["status"]) == ("ANNA name", f"K-{world.anna.id}", "active")
    row = client.patch(f"{ACCOUNTS}/ANNA", json={"credit_limit": None, "name": " Anna "}, headers=north).get_json()
    assert (row["credit_limit"], row["payment_terms_days"], row["price_group"]) == (None, 30, "GOLD")
    assert (row["name"], row["city"]) == ("Anna", "Bonn")
    unset = {"customer_number": f"K-{world.anna.id}", "price_group": None, "payment_terms_days": None}
    agreed = {"customer_number": f"K-{world.anna.id}", "price_group": "GOLD", "payment_terms_days": 30}
    assert audit(seed) == [
        ("account.details_changed", "ANNA", {"city": "Berlin"}, {"city": "Bonn"}),
        ("account.terms_changed", "ANNA", {**unset, "credit_limit": None}, {**agreed, "credit_limit": "5000.5"}),
        ("account.details_changed", "ANNA", {"name": "ANNA name"}, {"name": "Anna"}),
        ("account.terms_changed", "ANNA", {**agreed, "credit_limit": "5000.5"}, {**agreed, "credit_limit": None}),
    ]
    groups = client.get("/api/v1/selling/price-groups", headers=north).get_json()
    assert groups == {"items": [{"code": "GOLD", "name": "GOLD", "accounts": 1}], "next_cursor": None}


def test_a_change_that_changes_nothing_leaves_no_entry(
    client: FlaskClient, world: World, seed: Seed, north: dict[str, str]
) -> None:
    for body in ({}, {"city": "Berlin", "status": "active"}):
        assert client.patch(f"{ACCOUNTS}/ANNA", json=body, headers=north).status_code == 200
    assert audit(seed) == []


def test_a_suspended_buyers_people_and_programs_are_out_at_once_and_come_back(
    app: Flask, client: FlaskClient, world: World, seed: Seed, north: dict[str, str]
) -> None:
    program = {"Authorization": f"Bearer {make_token(seed, world.anna, 'buying:read')}"}
    browser = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    row = client.patch(f"{ACCOUNTS}/ANNA", json={"status": "suspended"}, headers=north).get_json()
    assert (row["status"], row["open_orders"]) == ("suspended", 0)
    assert client.get("/api/v1/buying/orders", headers=program).status_code == 401
    assert browser.get("/buying/").headers["Location"].startswith("/sign-in")
    client.patch(f"{ACCOUNTS}/ANNA", json={"status": "active"}, headers=north)
    assert client.get("/api/v1/buying/orders", headers=program).status_code == 200
    assert [row[0] for row in audit(seed)] == ["account.suspended", "account.reactivated"]


def test_a_manufacturer_creates_and_suspends_a_wholesaler(client: FlaskClient, world: World, seed: Seed) -> None:
    acme = {"Authorization": f"Bearer {make_token(seed, world.acme)}"}
    made = client.post(ACCOUNTS, json={"name": "Nordwind", "code": "NW"}, headers=acme).get_json()
    assert (made["code"], made["kind"], made["status"]) == ("NW", "wholesaler", "active")
    stopped = client.patch(f"{ACCOUNTS}/NORTH", json={"status": "suspended"}, headers=acme).get_json()
    assert (stopped["kind"], stopped["status"]) == ("wholesaler", "suspended")
    # Who stands below it does not get in either.
    program = {"Authorization": f"Bearer {make_token(seed, world.anna, 'buying:read')}"}
    assert client.get("/api/v1/buying/orders", headers=program).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        *({"name": " "}, {"name": None}, {"country": "Germany"}, {"locale": "fr"}, {"gln": "12"}, {"email": "nobody"}),
        *({"payment_terms_days": 366}, {"credit_limit": "-1"}, {"status": "gone"}, {"code": "X"}, {"kind": "retailer"}),
    ],
    ids=str,
)
def test_a_change_that_cannot_be_accepted_is_named(
    client: FlaskClient, north: dict[str, str], change: dict[str, Any]
) -> None:
    answer = client.patch(f"{ACCOUNTS}/ANNA", json=change, headers=north)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == f"#/{next(iter(change))}"


def test_all_of_a_change_or_nothing(client: FlaskClient, world: World, seed: Seed, north: dict[str, str]) -> None:
    body = {"city": "Bonn", "credit_limit": "many"}
    assert client.patch(f"{ACCOUNTS}/ANNA", json=body, headers=north).status_code == 422
    assert client.get(f"{ACCOUNTS}/ANNA", headers=north).get_json()["city"] == "Berlin"


def test_a_program_that_only_reads_changes_nothing(client: FlaskClient, world: World, seed: Seed) -> None:
    reader = {"Authorization": f"Bearer {make_token(seed, world.north, 'selling:read')}"}
    assert client.patch(f"{ACCOUNTS}/ANNA", json={}, headers=reader).status_code == 403
    assert client.post(f"{ACCOUNTS}/ANNA/invitations", json={"email": "a@b.de"}, headers=reader).status_code == 403


def test_people_of_a_buyer_are_listed_by_name_in_pages(
    app: Flask, client: FlaskClient, world: World, seed: Seed, north: dict[str, str]
) -> None:
    for name in ("Zoe", "Ben"):
        make_person(seed, f"{name.lower()}@anna.example", (world.anna, "buyer"), name=name)
    path = f"{ACCOUNTS}/ANNA/people?limit=2"
    first = client.get(path, headers=north).get_json()
    with app.app_context():
        engine = db.engine
    with count_statements(engine) as counter:
        rest = client.get(f"{path}&cursor={first['next_cursor']}", headers=north).get_json()
    assert len(counter.statements) <= 6, counter.statements
    people = [*first["items"], *rest["items"]]
    assert [(one["name"], one["email"], one["role"], one["active"]) for one in people] == [
        ("Anna", "anna@example.com", "admin", True),
        ("Ben", "ben@anna.example", "buyer", True),
        ("Zoe", "zoe@anna.example", "buyer", True),
    ]
    assert rest["next_cursor"] is None


def test_invitations_are_sent_sent_again_and_withdrawn(
    client: FlaskClient, world: World, seed: Seed, north: dict[str, str], mails: Mails
) -> None:
    path = f"{ACCOUNTS}/ANNA/invitations"
    body = {"email": "Max@anna.example", "name": "Max", "role": "buyer"}
    made = client.post(path, json=body, headers=north)
    assert made.status_code == 201
    sent = made.get_json()
    assert (sent["email"], sent["role"], sent["invited_by"], sent["expired"]) == (
        *("max@anna.example", "buyer"),
        *("Test client", False),
    )
    [mail] = mails()
    assert client.get(f"{ACCOUNTS}/ANNA", headers=north).get_json()["invited"] == 1
    again = client.post(f"{path}/Max@anna.example/send-again", headers=north).get_json()
    assert again["created_at"] > sent["created_at"]
    page, token = link_in(mail)
    assert client.get(f"{page}?token={token}").status_code == 410, "the old link still opens"
    listed = client.get(path, headers=north).get_json()
    assert listed == {"items": [again], "next_cursor": None}
    assert client.delete(f"{path}/max@anna.example", headers=north).status_code == 204
    assert client.get(path, headers=north).get_json()["items"] == []
    assert client.delete(f"{path}/max@anna.example", headers=north).status_code == 404
    assert [row[:2] for row in audit(seed)] == [
        ("invitation.sent", "max@anna.example"),
        ("invitation.sent", "max@anna.example"),
        ("invitation.withdrawn", "max@anna.example"),
    ]


def test_invitations_are_paged_the_newest_first(client: FlaskClient, world: World, north: dict[str, str]) -> None:
    path = f"{ACCOUNTS}/ANNA/invitations"
    for name in ("a", "b", "c"):
        client.post(path, json={"email": f"{name}@anna.example"}, headers=north)
    first = client.get(f"{path}?limit=2", headers=north).get_json()
    rest = client.get(f"{path}?limit=2&cursor={first['next_cursor']}", headers=north).get_json()
    shown = [[row["email"][0] for row in page["items"]] for page in (first, rest)]
    assert shown == [["c", "b"], ["a"]]
    assert rest["next_cursor"] is None


def test_who_works_there_already_is_not_invited(client: FlaskClient, world: World, north: dict[str, str]) -> None:
    answer = client.post(f"{ACCOUNTS}/ANNA/invitations", json={"email": "anna@example.com"}, headers=north)
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/already-member")

"""Accounts for programs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.accounts.conftest import Mails
from tests.factories.organisations import make_organisation, make_token
from tests.factories.seed import Seed
from tests.factories.world import World

BODY: dict[str, Any] = {
    "name": "Eisen Müller",
    "customer_number": "K-1",
    "price_group": "GOLD",
    "payment_terms_days": 30,
    "credit_limit": "5000.50",
    "first_person": {"email": "max@example.com", "name": "Max"},
}


def bearer(seed: Seed, world: World, who: str = "north", *scopes: str) -> dict[str, str]:
    """Give the header of a client of that organisation."""
    return {"Authorization": f"Bearer {make_token(seed, getattr(world, who), *scopes)}"}


def test_accounts_are_listed_by_code_in_pages(client: FlaskClient, world: World, seed: Seed) -> None:
    headers = bearer(seed, world, "north", "selling:read")
    first = client.get("/api/v1/selling/accounts?limit=3", headers=headers).get_json()
    assert [row["code"] for row in first["items"]] == ["ANNA", "BRANCH", "BRUNO"]
    second = client.get(f"/api/v1/selling/accounts?limit=3&cursor={first['next_cursor']}", headers=headers).get_json()
    assert [row["code"] for row in second["items"]] == ["SUB"]
    assert second["next_cursor"] is None
    assert first["items"][1]["parent_code"] == "ANNA"
    assert first["items"][0]["status"] == "active"
    assert first["items"][0]["currency"] == "EUR"


def test_an_account_is_created_with_its_invitation(client: FlaskClient, world: World, seed: Seed, mails: Mails) -> None:
    answer = client.post("/api/v1/selling/accounts", json=BODY, headers=bearer(seed, world))
    assert answer.status_code == 201
    row = answer.get_json()
    assert re.fullmatch("EISEN-MUELLER-[2-9A-Z]{4}", row["code"])
    assert (row["kind"], row["credit_limit"]) == ("retailer", "5000.50")
    assert (row["price_group"], row["payment_terms_days"], row["status"]) == ("GOLD", 30, "active")
    assert [mail["To"] for mail in mails()] == ["max@example.com"]
    [invitation] = seed.run(text("select role, invited_by from invitation"))
    assert tuple(invitation) == ("manager", "Test client")


def test_a_program_never_makes_an_administrator(client: FlaskClient, world: World, seed: Seed) -> None:
    body = {**BODY, "first_person": {"email": "max@example.com", "role": "admin"}}
    answer = client.post("/api/v1/selling/accounts", json=body, headers=bearer(seed, world))
    assert answer.status_code == 422
    assert seed.run(text("select count(*) from invitation"))[0][0] == 0


def test_a_taken_code_and_an_unknown_shop_are_refused_and_nothing_is_left(
    client: FlaskClient, world: World, seed: Seed
) -> None:
    headers = bearer(seed, world)
    for change, status, problem in (
        ({"code": "CLARA"}, 409, "/problems/code-taken"),
        ({"parent_code": "CLARA"}, 422, "/problems/unknown-shop"),
        ({"parent_code": "ANNA", "kind": "wholesaler"}, 422, "/problems/unusable-value"),
    ):
        answer = client.post("/api/v1/selling/accounts", json={**BODY, **change}, headers=headers)
        assert (answer.status_code, answer.get_json()["type"]) == (status, problem)
        if status == 409:
            assert answer.get_json()["detail"] == "This code cannot be used."
            assert answer.get_json()["suggestion"].startswith("EISEN-MUELLER-")
    assert seed.run(text("select count(*) from organisation where name = 'Eisen Müller'"))[0][0] == 0
    assert seed.run(text("select subject from audit_entry where refused"))[0][0] == "CLARA"


@pytest.mark.parametrize(
    "change",
    [
        {"credit_limit": "-1"},
        {"credit_limit": "NaN"},
        {"payment_terms_days": 366},
        {"payment_terms_days": "30"},
        {"name": "   "},
        {"seller_id": 1},
        {"owner_ids": [1]},
        {"kind": "manufacturer"},
        {"first_person": {"email": "nobody"}},
        {"code": "a/b"},
    ],
    ids=str,
)
def test_what_cannot_be_accepted_is_named(
    client: FlaskClient, world: World, seed: Seed, change: dict[str, Any]
) -> None:
    answer = client.post("/api/v1/selling/accounts", json={**BODY, **change}, headers=bearer(seed, world))
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"].startswith(f"#/{next(iter(change))}")


def test_scope_and_capacity_decide(client: FlaskClient, world: World, seed: Seed) -> None:
    path = "/api/v1/selling/accounts"
    assert client.get(path).status_code == 401
    assert client.get(path, headers=bearer(seed, world, "north", "buying:read")).status_code == 403
    assert client.post(path, json=BODY, headers=bearer(seed, world, "north", "selling:read")).status_code == 403
    assert client.get(path, headers=bearer(seed, world, "anna", "selling:read")).status_code == 401
    assert (
        client.get(path, headers=bearer(seed, world, "south", "selling:read")).get_json()["items"][0]["code"] == "CLARA"
    )


def test_the_filter_knows_status_and_group(client: FlaskClient, world: World, seed: Seed, app: Flask) -> None:
    make_organisation(seed, "GONE", "retailer", world.north, status="inactive")
    headers = bearer(seed, world)
    found = client.get("/api/v1/selling/accounts?status=suspended", headers=headers).get_json()["items"]
    assert [row["code"] for row in found] == ["GONE"]
    assert client.get("/api/v1/selling/accounts?status=x", headers=headers).status_code == 422
    assert client.get("/api/v1/selling/accounts?price_group=X", headers=headers).get_json()["items"] == []

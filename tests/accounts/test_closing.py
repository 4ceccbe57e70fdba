"""Closing an account: every right of its people and programs ends for good, its orders stay, and it can be opened again."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database_roles import conninfo
from tenants.permissions import Scope
from tests.accounts.conftest import Mails, link_in
from tests.factories.audit import LOG
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.placing import place, sell
from tests.factories.programs import make_personal_token
from tests.factories.seed import Seed
from tests.factories.world import World

ACCOUNT = "/selling/accounts/ANNA/"
API = "/api/v1/selling/accounts/ANNA"
OWN = "/api/v1/buying/organisation"


@pytest.fixture
def boss(app: Flask, seed: Seed, world: World) -> FlaskClient:
    return sign_in(seed, app.test_client(), world.people["north"], world.north)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def ways_in(app: Flask, seed: Seed, world: World, boss: FlaskClient, mails: Mails) -> dict[str, Any]:
    """Give every way into the shop and its branch that somebody has, by name: each tells its status."""
    anna, branch = (
        sign_in(seed, app.test_client(), world.people[who], getattr(world, who)) for who in ("anna", "branch")
    )
    program, visitor = make_token(seed, world.anna), app.test_client()
    personal = make_personal_token(seed, world.anna, world.people["anna"], Scope.BUYING_READ)[1]
    boss.post(f"{ACCOUNT}invitations", data={"email": "new@anna.example", "role": "viewer"})
    path, token = link_in(mails()[-1])
    pia = make_person(seed, "pia@north.example", (world.north, "manager"))
    acting = sign_in(seed, app.test_client(), pia, world.north)
    acting.post(f"{ACCOUNT}act", data={"reason": "Telephone"})
    return {
        "person": lambda: anna.get("/buying/").status_code,
        "person of the branch": lambda: branch.get("/buying/").status_code,
        "program": lambda: visitor.get(OWN, headers=bearer(program)).status_code,
        "token of a person": lambda: visitor.get(OWN, headers=bearer(personal)).status_code,
        "invitation": lambda: visitor.get(path, query_string={"token": token}).status_code,
        "on behalf": lambda: 200 if "You act for ANNA name" in acting.get("/buying/").text else 404,
    }


def test_no_way_in_is_left_and_none_comes_back_when_it_is_opened_again(
    app: Flask, seed: Seed, world: World, boss: FlaskClient, mails: Mails
) -> None:
    ways = ways_in(app, seed, world, boss, mails)
    assert {name: ask() for name, ask in ways.items()} == dict.fromkeys(ways, 200)
    closed = boss.post(f"{ACCOUNT}close", follow_redirects=True).get_data(as_text=True)
    assert "ANNA name is closed. Its orders stay readable here." in closed
    shut = {name: ask() for name, ask in ways.items()}
    assert 200 not in shut.values()
    assert boss.post(f"{ACCOUNT}state", data={"state": "active"}).status_code == 302
    assert "Open again" not in boss.get(ACCOUNT).get_data(as_text=True)
    assert 200 not in {name: ask() for name, ask in ways.items()}.values()
    boss.post(f"{ACCOUNT}invitations", data={"email": "anna@example.com", "role": "viewer"})
    path, token = link_in(mails()[-1])
    assert app.test_client().get(path, query_string={"token": token}).status_code == 200
    bruno = sign_in(seed, app.test_client(), world.people["bruno"], world.bruno)
    assert bruno.get("/buying/").status_code == 200


def test_whoever_accepts_an_invitation_meanwhile_is_shut_out_too(
    app: Flask, seed: Seed, world: World, boss: FlaskClient, mails: Mails
) -> None:
    boss.post(f"{ACCOUNT}invitations", data={"email": "bruno@example.com", "role": "viewer"})
    values = {"anna": world.anna.id, "bruno": world.people["bruno"].id}
    joins = (
        "update invitation set accepted_at = now() where organisation_id = %(anna)s and accepted_at is null",
        "insert into membership (organisation_id, user_id, role) values (%(anna)s, %(bruno)s, 'viewer')",
    )
    waits = "select count(*) from pg_locks where not granted and locktype = 'transactionid'"
    with psycopg.connect(conninfo(app.extensions["role_urls"].loader)) as joining, ThreadPoolExecutor(1) as other:
        for statement in joins:
            joining.execute(statement.encode(), values)
        closing = other.submit(boss.post, f"{ACCOUNT}close")
        until = time.monotonic() + 20
        while joining.execute(waits).fetchone() == (0,) and time.monotonic() < until and not closing.done():
            time.sleep(0.01)
        joining.commit()
        assert closing.result().status_code == 302
    bound = text("select status from membership where organisation_id = :anna and user_id = :bruno")
    assert seed.run(bound, values) == [("inactive",)]


def test_orders_of_a_closed_account_stay_readable_and_those_open_are_named_and_go_on(
    client: FlaskClient, seed: Seed, world: World, boss: FlaskClient
) -> None:
    sell(seed, world.north, "N-1", "10.00", on_hand=5)
    number = place(client, make_token(seed, world.anna), [("N-1", 2)])
    assert "1 open order goes on" in boss.get(ACCOUNT).get_data(as_text=True)
    north = bearer(make_token(seed, world.north))
    answer = client.patch(API, json={"status": "closed"}, headers=north).get_json()
    assert (answer["status"], answer["open_orders"], answer["people"]) == ("closed", 1, 0)
    assert client.get(f"/api/v1/selling/orders/{number}", headers=north).status_code == 200
    assert boss.post(f"/selling/orders/{number}/confirm").status_code == 303
    listed = client.get("/api/v1/selling/accounts?status=closed", headers=north).get_json()["items"]
    assert [row["code"] for row in listed] == ["ANNA"]
    assert client.patch(API, json={"status": "active"}, headers=north).get_json()["status"] == "active"
    rows = seed.run(text(f"select action, before, after from {LOG} where action like 'account.%' order by at"))
    assert [tuple(row) for row in rows] == [
        ("account.closed", {"state": "active"}, {"state": "closed"}),
        ("account.reactivated", {"state": "closed"}, {"state": "active"}),
    ]


def test_nobody_closes_what_is_not_his_buyer_and_a_closed_wholesaler_takes_no_right_from_its_customers(
    client: FlaskClient, app: Flask, seed: Seed, world: World
) -> None:
    south = bearer(make_token(seed, world.south))
    assert client.patch(API, json={"status": "closed"}, headers=south).status_code == 404
    acme = bearer(make_token(seed, world.acme))
    assert client.patch("/api/v1/selling/accounts/NORTH", json={"status": "closed"}, headers=acme).status_code == 200
    anna = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    assert anna.get("/buying/").status_code == 302
    active = (
        "select o.code from membership m join organisation o on o.id = m.organisation_id where m.status <> 'active'"
    )
    assert [row.code for row in seed.run(text(active))] == ["NORTH"]
    client.patch("/api/v1/selling/accounts/NORTH", json={"status": "active"}, headers=acme)
    assert anna.get("/buying/").status_code == 200

"""Roles and accounts that two people change at once: one waits, then sees what the other did."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database_roles import conninfo
from tests.accounts.conftest import Mails, link_in
from tests.factories.audit import LOG
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

ROLES = "/organisation/people/roles/"
DESK = {"code": "DESK", "name": "Desk", "like_role": "buyer", "permission": ["orders:view"]}
WAITING = "select count(*) from pg_locks where not granted"
ROLE_LOCK = "select pg_advisory_xact_lock(hashtextextended('own roles', %(north)s))"
REMOVED = (
    "update invitation set own_role = null, role = 'viewer' where organisation_id = %(north)s",
    "update membership set own_role = null, role = 'viewer' where organisation_id = %(north)s and own_role = 'DESK'",
    "delete from own_role where organisation_id = %(north)s",
)
MADE = "insert into own_role values (%(north)s, 'DESK', 'First', 'viewer', '{accounts:view}')"


@pytest.fixture
def boss(app: Flask, seed: Seed, world: World) -> FlaskClient:
    return sign_in(seed, app.test_client(), world.people["north"], world.north)


@contextmanager
def meanwhile(
    app: Flask, world: World, first_of_all: tuple[str, ...], then: tuple[str, ...] = ()
) -> Iterator[Callable[..., list[Any]]]:
    """Hold what the first statements lock; give a function that starts acts, goes on once they wait, and commits."""
    values = {"north": world.north.id, "anna": world.anna.id}
    with psycopg.connect(conninfo(app.extensions["role_urls"].loader)) as first, ThreadPoolExecutor(2) as others:
        for statement in first_of_all:
            first.execute(statement.encode(), values)

        def run(*acts: Callable[[], Any]) -> list[Any]:
            started = [others.submit(act) for act in acts]
            until = time.monotonic() + 20
            while first.execute(WAITING).fetchone() != (len(acts),) and time.monotonic() < until:
                time.sleep(0.01)
            for statement in then:
                first.execute(statement.encode(), values)
            first.commit()
            return [each.result() for each in started]

        yield run


def test_a_role_that_is_removed_meanwhile_is_refused_to_people_and_invitations(
    app: Flask, client: FlaskClient, seed: Seed, world: World, boss: FlaskClient
) -> None:
    person = make_person(seed, "desk@north.example", (world.north, "viewer"))
    program = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    boss.post(f"{ROLES}new", data=DESK)
    invitee = {"email": "new@north.example", "role": "DESK"}
    with meanwhile(app, world, (ROLE_LOCK,), REMOVED) as run:
        given, invited = run(
            lambda: boss.post(f"/organisation/people/{person.id}/role", data={"role": "DESK"}, follow_redirects=True),
            lambda: client.post("/api/v1/selling/invitations", json=invitee, headers=program),
        )
    assert (given.status_code, "Please choose a role." in given.text) == (200, True)
    assert (invited.status_code, invited.get_json()["type"].rpartition("/")[2]) == (422, "unknown-role")
    assert seed.run(text("select role, own_role from membership where user_id = :id"), {"id": person.id}) == [
        ("viewer", None)
    ]
    boss.post(f"{ROLES}new", data=DESK)
    with meanwhile(app, world, (ROLE_LOCK,), REMOVED) as run:
        [screen] = run(lambda: boss.post("/organisation/people/invitations", data={**invitee, "name": "New"}))
    assert (screen.status_code, "Please choose a role." in screen.text) == (422, True)


def test_who_accepts_an_invitation_while_its_role_is_removed_gets_the_successor(
    app: Flask, seed: Seed, world: World, boss: FlaskClient, mails: Mails
) -> None:
    boss.post(f"{ROLES}new", data=DESK)
    boss.post("/organisation/people/invitations", data={"email": "new@x.example", "name": "New", "role": "DESK"})
    path, token = link_in(mails()[-1])
    answer = {"token": token, "name": "New", "password": "correct horse battery staple"}
    with meanwhile(app, world, (ROLE_LOCK, REMOVED[0]), REMOVED[1:]) as run:
        [accepted] = run(lambda: app.test_client().post(path, data=answer))
    assert accepted.status_code == 302
    joined = (
        "select m.role, m.own_role from membership m join user_account u on u.id = m.user_id where u.email = :email"
    )
    assert seed.run(text(joined), {"email": "new@x.example"}) == [("viewer", None)]


def test_the_second_who_makes_a_role_of_a_code_is_refused_and_changes_nothing(
    app: Flask, client: FlaskClient, seed: Seed, world: World, boss: FlaskClient
) -> None:
    program = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    body = {"name": "Third", "permissions": ["orders:view"]}
    with meanwhile(app, world, (ROLE_LOCK,), (MADE,)) as run:
        second, third = run(
            lambda: boss.post(f"{ROLES}new", data=DESK),
            lambda: client.put("/api/v1/selling/roles/DESK?only_new=true", json=body, headers=program),
        )
    assert (second.status_code, "You have a role of this code already." in second.text) == (422, True)
    assert (third.status_code, third.get_json()["type"].rpartition("/")[2]) == (409, "role-exists")
    assert seed.run(text("select name, permissions from own_role")) == [("First", ["accounts:view"])]
    assert client.put("/api/v1/selling/roles/DESK", json=body, headers=program).get_json()["name"] == "Third"


def test_an_account_that_two_close_at_once_is_closed_once(
    app: Flask, seed: Seed, world: World, boss: FlaskClient
) -> None:
    also = sign_in(seed, app.test_client(), world.people["north"], world.north)
    held = "select 1 from trading_account where seller_id = %(north)s and buyer_id = %(anna)s for update"
    with meanwhile(app, world, (held,)) as run:
        closed = run(*(lambda who=who: who.post("/selling/accounts/ANNA/close") for who in (boss, also)))
    assert [answer.status_code for answer in closed] == [302, 302]
    counted = f"select count(*) from {LOG} where action = 'account.closed'"
    assert seed.run(text(counted)) == [(1,)]
    assert seed.run(text("select count(*) from outbox_event where kind = 'AccountStateChanged'")) == [(1,)]

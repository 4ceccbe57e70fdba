"""Between password and second proof: many guesses at once, a new password meanwhile, and factors that guard themselves."""

from __future__ import annotations

import importlib
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import text

from tenants.database import db
from tests.accounts.conftest import Mails, link_in
from tests.accounts.test_second_factor import code_at, give_app, is_in, send_code
from tests.accounts.test_sign_in import enter
from tests.factories.organisations import PASSWORD, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

FACTORS = "/your-account/second-factor"
NEW_PASSWORD = "tonne kiesel anker"
Outcome = tuple[Counter[int], int]
# Blueprints bear the names of their modules and hide them from an ordinary import.
views = importlib.import_module("portal.accounts.views.second_step")
service = importlib.import_module("portal.accounts.service.second_step")
guessing = importlib.import_module("portal.accounts.guessing")


def entering(app: Flask, number: int) -> list[FlaskClient]:
    """Give browsers in which anna gave the right password and owes the code."""
    clients = [app.test_client() for _ in range(number)]
    for client in clients:
        enter(client, "anna@example.com")
    return clients


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Find every proof wrong, so slowly that those sent at once are looked at side by side; gives what was tried."""
    tried: list[str] = []

    def refuse(_whose: object, proof: str) -> None:
        tried.append(proof)
        time.sleep(0.5)

    monkeypatch.setattr(service, "use_code", refuse)
    monkeypatch.setattr(service, "verify_password", refuse)
    return tried


def test_a_wrong_code_that_comes_after_the_last_one_that_was_allowed_is_noted_and_ends_the_step(
    app: Flask, world: World, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_app(app, seed, world, "anna")
    [client] = entering(app, 1)
    # What happens when another request brings the fifth wrong code while this one is looked at.
    monkeypatch.setattr(service, "use_code", lambda *_: seed.run(text("delete from sign_in_step")) and None)
    assert send_code(client, "000000").headers["Location"] == "/sign-in"
    refusals = seed.run(text("select actor from audit_entry where action = 'session.opened' and refused"))
    assert [row[0] for row in refusals] == [f"user:{world.people['anna'].id}"]


@pytest.mark.usefixtures("throttle")
def test_of_many_codes_sent_at_once_no_more_are_tried_than_of_as_many_in_turn(
    app: Flask, world: World, seed: Seed, tries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    give_app(app, seed, world, "anna")
    clients = entering(app, 4)
    monkeypatch.setattr(guessing, "CODE_PAIR", ("2/15 minutes", "code of an account from an address"))
    with ThreadPoolExecutor(len(clients)) as pool:
        statuses = list(pool.map(lambda client: send_code(client, "000000").status_code, clients, timeout=30))
    assert (sorted(statuses), len(tries)) == ([401, 401, 429, 429], 2)


@pytest.mark.usefixtures("throttle")
def test_codes_that_count_are_not_held_against_the_person(
    app: Flask, world: World, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_app(app, seed, world, "anna", "k7wq-3mzt-9a4d-xh2r", "a2b3-c4d5-e6f7-g8h9")
    clients = entering(app, 4)
    monkeypatch.setattr(guessing, "CODE_PAIR", ("2/15 minutes", "code of an account from an address"))
    monkeypatch.setattr(guessing, "CODE_ACCOUNT", ("2/hour", "code of an account"))
    codes = ("k7wq-3mzt-9a4d-xh2r", code_at(seed), "a2b3-c4d5-e6f7-g8h9")
    for client, code in zip(clients, codes, strict=False):
        assert send_code(client, code).status_code == 302
    assert [send_code(clients[3], "000000").status_code for _ in range(3)] == [401, 401, 429]


@pytest.mark.usefixtures("throttle")
def test_of_many_proofs_sent_at_once_in_a_session_no_more_are_tried_than_in_turn(
    app: Flask, world: World, seed: Seed, tries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    clients = [first, *(app.test_client() for _ in range(3))]
    with first.session_transaction() as cookie:
        token = cookie["token"]
    for client in clients[1:]:
        with client.session_transaction() as cookie:
            cookie["token"] = token
    monkeypatch.setattr(views, "FAILURES", ("2/15 minutes", "proof again in a session"))
    form = {"password": PASSWORD}
    with ThreadPoolExecutor(len(clients)) as pool:
        statuses = list(pool.map(lambda each: each.post("/confirm", data=form).status_code, clients, timeout=30))
    assert (sorted(statuses), len(tries)) == ([422, 422, 429, 429], 2)


@pytest.mark.usefixtures("throttle")
def test_after_a_proof_failures_in_a_session_are_counted_anew(app: Flask, world: World, seed: Seed) -> None:
    client = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    typed = [*["wrong"] * 4, PASSWORD, *["wrong"] * 6]
    statuses = [client.post("/confirm", data={"password": each}).status_code for each in typed]
    assert statuses == [422] * 4 + [302] + [422] * 5 + [429]


def test_a_password_chosen_by_mail_ends_sign_ins_that_wait_for_their_code(
    app: Flask, world: World, seed: Seed, mails: Mails
) -> None:
    give_app(app, seed, world, "anna")
    give_app(app, seed, world, "bruno")
    [thief] = entering(app, 1)
    enter(bruno := app.test_client(), "bruno@example.com")
    app.test_client().post("/forgotten-password", data={"email": "anna@example.com"})
    path, token = link_in(mails()[0])
    app.test_client().post(path, data={"token": token, "password": NEW_PASSWORD})
    assert send_code(thief, code_at(seed)).headers["Location"] == "/sign-in"
    assert not is_in(thief)
    assert send_code(bruno, code_at(seed)).headers["Location"] == "/"


@pytest.mark.parametrize(("path", "form"), [
    ("/your-account/password",
     {"old_password": PASSWORD, "password": NEW_PASSWORD}),
    ("/your-account/sessions/end-others", {}),
])  # fmt: skip
def test_whoever_ends_the_other_sessions_ends_sign_ins_that_wait_for_their_code(
    app: Flask, world: World, seed: Seed, path: str, form: dict[str, str]
) -> None:  # fmt: skip
    give_app(app, seed, world, "anna")
    [thief] = entering(app, 1)
    anna = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    assert anna.post(path, data=form).status_code == 302
    assert send_code(thief, code_at(seed)).headers["Location"] == "/sign-in"
    assert not is_in(thief)


def test_in_a_session_of_the_password_alone_nobody_changes_factors_before_proving_by_one(
    app: Flask, world: World, seed: Seed
) -> None:
    client = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    assert client.get("/your-account/passkeys/new").status_code == 200
    give_app(app, seed, world, "anna", "k7wq-3mzt-9a4d-xh2r")
    for page in (f"{FACTORS}/authenticator", "/your-account/passkeys/new"):
        assert client.get(page).headers["Location"] == f"/confirm?next={page}"
    for path in (
        *(f"{FACTORS}/{act}" for act in ("authenticator", "authenticator/remove", "recovery-codes")),
        *(f"/your-account/passkeys{act}" for act in ("", "/challenge", "/1/remove")),
    ):
        answer = client.post(path, data={"name": "Mine"})
        assert (answer.status_code, 'action="/confirm"' in answer.get_data(as_text=True)) == (401, True), path
    stored = "select (select count(*) from authenticator), (select count(*) from recovery_code)"
    assert tuple(seed.run(text(stored))[0]) == (1, 1)
    assert client.post("/confirm", data={"code": code_at(seed)}).status_code == 302
    assert client.get(f"{FACTORS}/authenticator").status_code == 200
    assert client.post("/your-account/passkeys/challenge").status_code == 200


def at_once(app: Flask, monkeypatch: pytest.MonkeyPatch, module: str, send: Callable[[FlaskClient], int]) -> Outcome:
    """Send 64 passwords side by side, each found wrong; give the statuses and how many were tried."""
    tried: list[str] = []

    def refuse(_stored: object, password: str) -> bool:
        tried.append(password)
        time.sleep(0.05)
        return False

    monkeypatch.setattr(importlib.import_module(module), "verify_password", refuse)
    with app.app_context():
        # A busy machine lets the last of them wait long for one of the few connections.
        monkeypatch.setattr(db.engine.pool, "_timeout", 60)
    clients = [app.test_client() for _ in range(64)]
    with ThreadPoolExecutor(len(clients)) as pool:
        statuses = Counter(pool.map(send, clients, timeout=90))
    return statuses, len(tried)


@pytest.mark.usefixtures("throttle")
def test_of_64_passwords_sent_at_once_ten_are_tried(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def send(client: FlaskClient) -> int:
        return enter(client, "anna@example.com", "wrong password here").status_code

    assert at_once(app, monkeypatch, "portal.accounts.service.sessions", send) == ({401: 10, 429: 54}, 10)
    monkeypatch.undo()
    counter = app.extensions["rate_limits"]
    counter.clear(parse(guessing.PAIR[0]), guessing.PAIR[1], "anna@example.com", "192.0.2.1")
    # Those that were refused count nowhere, and a right one counts no more than before.
    for _ in range(2):
        assert enter(app.test_client(), "anna@example.com").status_code == 302
        for (limit, name), who, left in (
            (guessing.ADDRESS, "192.0.2.1", 90),
            (guessing.ACCOUNT, "anna@example.com", 40),
        ):
            assert counter.get_window_stats(parse(limit), name, who).remaining == left


@pytest.mark.usefixtures("throttle")
def test_of_64_old_passwords_sent_at_once_ten_are_tried_and_the_page_says_how_long_to_wait(
    app: Flask, world: World, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    with first.session_transaction() as cookie:
        token = cookie["token"]
    form = {"old_password": "wrong", "password": NEW_PASSWORD}

    def send(client: FlaskClient) -> int:
        with client.session_transaction() as cookie:
            cookie["token"] = token
        return client.post("/your-account/password", data=form).status_code

    assert at_once(app, monkeypatch, "portal.accounts.views.your_account", send) == ({422: 10, 429: 54}, 10)
    refused = first.post("/your-account/password", data=form)
    assert refused.status_code == 429
    assert "There were too many attempts. Please wait 15 min and try again." in refused.text


@pytest.mark.usefixtures("throttle")
def test_right_old_passwords_are_not_held_against_the_person(app: Flask, world: World, seed: Seed) -> None:
    client = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    form = {"old_password": PASSWORD, "password": "short"}
    assert {client.post("/your-account/password", data=form).status_code for _ in range(12)} == {422}
    assert client.post("/your-account/password", data={**form, "password": NEW_PASSWORD}).status_code == 302

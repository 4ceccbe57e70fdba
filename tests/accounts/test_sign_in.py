"""Signing in: who gets in, who does not, and what an attacker can learn or do."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from portal.accounts.service import sessions
from tests.accounts.conftest import page_of
from tests.factories.audit import LOG
from tests.factories.organisations import PASSWORD, make_person, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World


def enter(
    client: FlaskClient, email: str, password: str = PASSWORD, path: str = "/sign-in", **more: Any
) -> TestResponse:
    """Send the sign-in form."""
    address = more.pop("address", "192.0.2.1")
    return client.post(
        path, data={"email": email, "password": password, **more}, environ_overrides={"REMOTE_ADDR": address}
    )


def test_the_right_password_leads_to_the_home_page_of_what_the_organisation_mainly_does(
    app: Flask, world: World
) -> None:
    for email, home in (("anna", "/buying/"), ("north", "/selling/"), ("acme", "/brand/")):
        client = app.test_client()
        assert enter(client, f"{email}@example.com").headers["Location"] == "/"
        assert client.get("/").headers["Location"] == home
        assert client.get(home).status_code == 200


def test_the_email_address_may_be_typed_in_any_case(client: FlaskClient, world: World) -> None:
    assert enter(client, " Anna@Example.COM ").status_code == 302


def test_the_cookie_holds_a_token_of_which_the_database_keeps_the_hash_alone(
    client: FlaskClient, world: World, seed: Seed
) -> None:
    enter(client, "anna@example.com")
    with client.session_transaction() as cookie:
        assert set(cookie) == {"token", "device", "own_language", "_permanent"}
        token = cookie["token"]
    [row] = seed.run(text("select token_hash, address, revoked_at, user_id from user_session"))
    assert token.encode() not in bytes(row.token_hash)
    assert (row.address, row.revoked_at, row.user_id) == ("192.0.2.1", None, world.people["anna"].id)


def test_a_session_that_was_there_before_signing_in_is_worth_nothing_afterwards(
    client: FlaskClient, world: World, seed: Seed
) -> None:
    with client.session_transaction() as cookie:
        cookie["token"] = "planted"
        cookie["csrf_token"] = "planted"
    enter(client, "anna@example.com")
    with client.session_transaction() as cookie:
        assert cookie["token"] != "planted"
        assert "csrf_token" not in cookie


@pytest.mark.parametrize(
    "attempt",
    [
        ("anna@example.com", "wrong password here"),
        ("nobody@example.com", PASSWORD),
        ("retired@example.com", PASSWORD),
        ("outside@example.com", PASSWORD),
        ("suspended@example.com", PASSWORD),
    ],
    ids=["wrong password", "unknown", "inactive person", "without membership", "suspended organisation"],
)
def test_every_refusal_has_the_same_status_and_text(
    client: FlaskClient, world: World, seed: Seed, attempt: tuple[str, str]
) -> None:
    make_person(seed, "retired@example.com", (world.anna, "buyer"), status="inactive")
    make_person(seed, "outside@example.com")
    make_person(seed, "suspended@example.com", (world.branch, "buyer"))
    seed.run(text("update organisation set status = 'inactive' where id = :id"), {"id": world.branch.id})
    answer = enter(client, *attempt)
    assert answer.status_code == 401
    page = page_of(answer, attempt[0])
    other = enter(client, "somebody-else@example.com", "another one")
    assert page == page_of(other, "somebody-else@example.com")
    assert "E-mail address and password do not belong together. Please check both." in page
    assert seed.run(text("select count(*) from user_session"))[0][0] == 0


def test_an_unknown_address_costs_one_password_check_like_a_known_one(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[str | None] = []

    def check(stored: str | None, _password: str) -> bool:
        checks.append(stored)
        return False

    monkeypatch.setattr(sessions, "verify_password", check)
    enter(client, "anna@example.com")
    enter(client, "nobody@example.com")
    assert [stored is None for stored in checks] == [False, True]


def test_both_outcomes_are_in_the_audit_log(client: FlaskClient, world: World, seed: Seed) -> None:
    enter(client, "anna@example.com", "wrong password here")
    enter(client, "anna@example.com")
    rows = seed.run(
        text(f"select action, subject, refused, address from {LOG} where organisation_id = :id order by at"),
        {"id": world.anna.id},
    )
    assert [tuple(row) for row in rows] == [
        ("session.opened", "anna@example.com", True, "192.0.2.1"),
        ("session.opened", "anna@example.com", False, "192.0.2.1"),
    ]


@pytest.mark.usefixtures("throttle")
def test_after_ten_failures_the_address_waits_and_the_victim_does_not(app: Flask, world: World) -> None:
    attacker, victim = app.test_client(), app.test_client()
    for _ in range(10):
        assert enter(attacker, "anna@example.com", "wrong password here", address="198.51.100.9").status_code == 401
    refused = enter(attacker, "anna@example.com", PASSWORD, address="198.51.100.9")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 900
    assert "There were too many attempts." in refused.get_data(as_text=True)
    assert enter(victim, "anna@example.com", address="192.0.2.1").status_code == 302


@pytest.mark.usefixtures("throttle")
def test_many_addresses_guessing_at_one_account_are_stopped_but_not_where_the_person_usually_is(
    app: Flask, world: World
) -> None:
    assert enter(app.test_client(), "anna@example.com", address="192.0.2.1").status_code == 302
    for number in range(50):
        enter(app.test_client(), "anna@example.com", "wrong password here", address=f"198.51.100.{number}")
    assert enter(app.test_client(), "anna@example.com", address="203.0.113.7").status_code == 429
    assert enter(app.test_client(), "anna@example.com", address="192.0.2.1").status_code == 302


@pytest.mark.usefixtures("throttle")
def test_an_unknown_account_is_throttled_like_a_known_one(app: Flask, world: World) -> None:
    for _ in range(10):
        assert enter(app.test_client(), "nobody@example.com", "wrong password").status_code == 401
    assert enter(app.test_client(), "nobody@example.com", "wrong password").status_code == 429


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("/buying/?q=1", "/buying/?q=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/%0d%0aSet-Cookie:x=1\r\n", "/"),
    ],
)
def test_next_leads_to_pages_of_our_own_alone(client: FlaskClient, world: World, wanted: str, location: str) -> None:
    assert enter(client, "anna@example.com", next=wanted).headers["Location"] == location


def test_a_page_asked_for_signed_out_comes_back_after_signing_in(client: FlaskClient, world: World) -> None:
    answer = client.get("/organisation/people/?x=1")
    assert answer.headers["Location"] == "/sign-in?next=/organisation/people/?x%3D1"
    assert 'name="next" value="/organisation/people/?x=1"' in client.get(answer.headers["Location"]).get_data(
        as_text=True
    )


def test_signing_out_ends_the_session_on_the_server(client: FlaskClient, world: World, seed: Seed) -> None:
    enter(client, "anna@example.com")
    with client.session_transaction() as cookie:
        token = cookie["token"]
    client.post("/sign-out")
    with client.session_transaction() as cookie:
        assert "token" not in cookie
        cookie["token"] = token
    assert client.get("/buying/").status_code == 302
    assert seed.run(text("select count(*) from user_session where revoked_at is null"))[0][0] == 0


def test_own_sessions_are_listed_and_ended_each_or_all_others(app: Flask, world: World, seed: Seed) -> None:
    here, phone, tablet = (sign_in(seed, app.test_client(), world.people["anna"], world.anna) for _ in range(3))
    stranger = sign_in(seed, app.test_client(), world.people["bruno"], world.bruno)
    ids = [row[0] for row in seed.run(text("select id from user_session order by id"))]
    page = here.get("/your-account/").get_data(as_text=True)
    assert [f"/your-account/sessions/{number}/end" in page for number in ids] == [False, True, True, False]
    assert here.post(f"/your-account/sessions/{ids[3]}/end").status_code == 404
    assert here.post(f"/your-account/sessions/{ids[1]}/end").status_code == 302
    assert [client.get("/buying/").status_code for client in (here, phone, tablet)] == [200, 302, 200]
    assert here.post("/your-account/sessions/end-others").status_code == 302
    assert [client.get("/buying/").status_code for client in (here, phone, tablet)] == [200, 302, 302]
    assert stranger.get("/buying/").status_code == 200


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(app: Flask, world: World, seed: Seed) -> None:
    here, other = (sign_in(seed, app.test_client(), world.people["anna"], world.anna) for _ in range(2))
    wrong = {"old_password": "not this one", "password": "neue kiesel tonne"}
    assert here.post("/your-account/password", data=wrong).status_code == 422
    right = {"old_password": PASSWORD, "password": "neue kiesel tonne"}
    assert here.post("/your-account/password", data=right).status_code == 302
    assert here.get("/buying/").status_code == 200
    assert other.get("/buying/").status_code == 302
    assert enter(app.test_client(), "anna@example.com", PASSWORD).status_code == 401
    changed = seed.run(text("select organisation_id, actor from audit_entry where action = 'password.changed'"))
    assert [tuple(row) for row in changed] == [(world.anna.id, f"user:{world.people['anna'].id}")]
    assert enter(app.test_client(), "anna@example.com", "neue kiesel tonne").status_code == 302


def test_switching_leads_to_the_home_of_that_capacity_and_never_to_a_foreign_organisation(
    client: FlaskClient, world: World, seed: Seed
) -> None:
    sign_in(seed, client, world.people["shop"], world.shop_south)
    page = client.get("/buying/").get_data(as_text=True)
    assert f'value="{world.shop_west.slug}:buyer"' in page
    answer = client.post("/switch", data={"choice": f"{world.shop_west.slug}:buyer"})
    assert answer.headers["Location"] == "/buying/"
    assert "SHOP-W name" in client.get("/buying/").get_data(as_text=True)
    for foreign in (f"{world.anna.slug}:buyer", f"{world.shop_west.slug}:seller", "", "x:buyer"):
        assert client.post("/switch", data={"choice": foreign}).status_code == 404
    assert "SHOP-W name" in client.get("/buying/").get_data(as_text=True)


def test_a_wholesaler_switches_between_selling_and_buying(client: FlaskClient, world: World, seed: Seed) -> None:
    sign_in(seed, client, world.people["north"], world.north)
    answer = client.post("/switch", data={"choice": f"{world.north.slug}:buyer"})
    assert answer.headers["Location"] == "/buying/"
    assert "Buying from ACME name" in client.get("/buying/").get_data(as_text=True)


def test_a_page_of_another_capacity_is_not_found(client: FlaskClient, world: World, seed: Seed) -> None:
    sign_in(seed, client, world.people["anna"], world.anna)
    assert client.get("/selling/").status_code == 404
    assert client.get("/brand/").status_code == 404


def test_the_language_is_kept_for_browser_and_person(app: Flask, world: World, seed: Seed) -> None:
    client = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    answer = client.post("/language", data={"language": "de", "next": "/buying/"})
    assert answer.headers["Location"] == "/buying/"
    assert 'lang="de"' in client.get("/buying/").get_data(as_text=True)
    [row] = seed.run(text("select locale from user_account where email = 'anna@example.com'"))
    assert row.locale == "de"
    elsewhere = app.test_client()
    enter(elsewhere, "anna@example.com")
    assert 'lang="de"' in elsewhere.get("/buying/").get_data(as_text=True)
    client.post("/language", data={"language": "xx", "next": "https://evil.example"})
    assert 'lang="de"' in client.get("/buying/").get_data(as_text=True)


def test_the_theme_is_kept_in_a_cookie(client: FlaskClient, world: World) -> None:
    assert client.post("/theme", data={"theme": "dark", "next": "/sign-in"}).headers["Location"] == "/sign-in"
    assert 'data-theme="dark"' in client.get("/sign-in").get_data(as_text=True)
    client.post("/theme", data={"theme": "url(x)"})
    assert "data-theme" not in client.get("/sign-in").get_data(as_text=True)


def test_a_form_sent_after_the_session_ended_is_kept_over_the_sign_in(app: Flask, world: World, seed: Seed) -> None:
    client = sign_in(seed, app.test_client(), world.people["north"], world.north)
    seed.run(text("update user_session set revoked_at = now()"))
    typed = {"customer_number": "K <7>", "price_group": "A & B", "payment_terms_days": "14", "credit_limit": ""}
    answer = client.post("/selling/accounts/ANNA/terms", data={**typed, "password": "secret"})
    assert answer.status_code == 401
    page = answer.get_data(as_text=True)
    assert "What you entered was kept" in page
    assert "secret" not in page
    [kept] = re.findall(r'name="kept" value="([^"]+)"', page)
    answer = enter(client, "north@example.com", kept=kept)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert 'action="/selling/accounts/ANNA/terms"' in page
    fields = dict(re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', page))
    assert {name: unescape(value) for name, value in fields.items()} == typed
    assert client.post("/selling/accounts/ANNA/terms", data=typed).status_code == 302


def test_a_forged_kept_form_is_not_offered(client: FlaskClient, world: World) -> None:
    assert enter(client, "anna@example.com", kept="forged").headers["Location"] == "/"

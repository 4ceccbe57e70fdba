"""What somebody tries who has a code, a token or a program that is not its own."""

from __future__ import annotations

import base64
import re
import threading
from typing import Any

import pytest
from flask import Flask
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import text

from tenants.permissions import Scope
from tenants.token_models import ClientKind
from tests.factories.organisations import make_person, sign_in
from tests.factories.programs import REDIRECT_URI, SECRET, make_client
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.oauth.conftest import (
    CHALLENGE,
    VERIFIER,
    Logged,
    Program,
    answered,
    error_of,
    make_program,
    price_check,
    read_orders,
)

pytestmark = pytest.mark.shared_database


def told(entries: list[Any]) -> list[Any]:
    return [(entry.refused, entry.actor, entry.after) for entry in entries]


def plain(page: str, client_id: str) -> str:
    """Give a page without what the request itself said, and without the token of its forms."""
    return re.sub(r'(content|value)="[^"]{60,}"', "", page.replace(client_id, ""))


def test_a_code_that_comes_again_ends_all_that_came_of_it(program: Program, seed: Seed, logged: Logged) -> None:
    code = program.code()
    first = program.tokens(code).get_json()
    renewed = program.refresh(first["refresh_token"]).get_json()
    assert error_of(program.tokens(code)) == (400, "invalid_grant")
    for token in (first["access_token"], renewed["access_token"]):
        assert price_check(program.machine, token) == 401
    assert error_of(program.refresh(renewed["refresh_token"])) == (400, "invalid_grant")
    assert told(logged("grant.reuse_detected")) == [(False, f"client:{program.client.id}", {"program": "Till"})]
    kinds = [row.kind for row in seed.run(text("select kind from outbox_event order by id"))]
    assert kinds == ["ProgramAllowed", "ProgramTokenReused"]


def test_a_refresh_token_that_comes_again_ends_the_family_and_no_other(program: Program, logged: Logged) -> None:
    stolen, other = program.allowed(), program.allowed()
    renewed = program.refresh(stolen["refresh_token"]).get_json()
    assert error_of(program.refresh(stolen["refresh_token"])) == (400, "invalid_grant")
    assert price_check(program.machine, renewed["access_token"]) == 401
    assert error_of(program.refresh(renewed["refresh_token"])) == (400, "invalid_grant")
    assert price_check(program.machine, other["access_token"]) == 200
    assert len(logged("grant.reuse_detected")) == 1


def test_of_many_who_bring_a_refresh_token_at_once_one_is_answered_and_the_family_ends(
    app: Flask, program: Program, seed: Seed
) -> None:
    token = program.allowed()["refresh_token"]
    statuses: list[int] = []

    def bring() -> None:
        own = Program(program.client, program.browser, app.test_client(use_cookies=False))
        statuses.append(own.refresh(token).status_code)

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(statuses) == [200, 400, 400, 400]
    assert seed.run(text("select count(*) from api_grant where revoked_at is null"))[0][0] == 0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": CHALLENGE}, "invalid_grant"),
        ({"redirect_uri": REDIRECT_URI + "/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
    ],
)
def test_a_code_with_a_wrong_verifier_or_address_counts_no_more(
    program: Program, logged: Logged, changes: dict[str, Any], error: str
) -> None:
    code = program.code()
    assert error_of(program.tokens(code, **changes)) == (400, error)
    assert error_of(program.tokens(code)) == (400, "invalid_grant")
    facts = {"program": "Till", "cause": "wrong_code"}
    assert told(logged("grant.refused")) == [(True, f"client:{program.client.id}", facts)]


@pytest.mark.parametrize("verifier", [None, "short", "ä" * 43, "v" * 129])
def test_without_a_verifier_of_the_right_form_there_is_no_token(program: Program, verifier: str | None) -> None:
    assert error_of(program.tokens(program.code(), code_verifier=verifier)) == (400, "invalid_request")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge_method": "plain", "code_challenge": VERIFIER},
        {"code_challenge_method": None, "code_challenge": VERIFIER},
        {"code_challenge_method": None, "code_challenge": None},
        {"code_challenge": None},
        {"code_challenge": "short"},
        {"code_challenge_method": "s256"},
    ],
)
def test_without_s256_nothing_is_asked_of_the_person(program: Program, changes: dict[str, Any]) -> None:
    assert answered(program.ask(**changes))["error"] == "invalid_request"
    assert answered(program.decide(**changes))["error"] == "invalid_request"


def test_a_late_code_is_worth_nothing(program: Program, seed: Seed) -> None:
    code = program.code()
    seed.run(text("update api_grant set code_expires_at = now()"))
    assert error_of(program.tokens(code)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "redirect_uri",
    [
        REDIRECT_URI + "/",
        REDIRECT_URI + "?x=1",
        REDIRECT_URI + "#x",
        REDIRECT_URI.replace("erp", "ERP"),
        REDIRECT_URI.replace("https", "http"),
        "https://erp.example.com:443/callback",
        "https://erp.example.com@evil.example/callback",
        "https://erp.example.com/callback/../other",
        "https://erp.example.com/%63allback",
        "https://evil.example/callback",
        "javascript:alert(1)",
        'https://erp.example.com/callback"',
        "//erp.example.com/callback",
        "",
        None,
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered_letter_by_letter(
    program: Program, redirect_uri: str | None, seed: Seed
) -> None:
    for answer in (program.ask(redirect_uri=redirect_uri), program.decide(redirect_uri=redirect_uri)):
        assert (answer.status_code, "Location" in answer.headers) == (400, False)
    assert seed.run(text("select count(*) from api_grant"))[0][0] == 0


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "code_challenge", "response_type"])
def test_a_parameter_that_comes_twice_is_refused(program: Program, name: str) -> None:
    asked = program.request()
    answer = program.browser.get("/oauth/authorize", query_string={**asked, name: [asked[name], asked[name]]})
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


@pytest.mark.parametrize("response_type", ["token", "code token", "id_token", "ä", 'x"', ""])
def test_a_code_is_all_that_can_be_asked_for(program: Program, response_type: str) -> None:
    answer = program.ask(response_type=response_type)
    if response_type in {"ä", 'x"'}:
        assert (answer.status_code, "Location" in answer.headers) == (400, False)
    else:
        assert answered(answer)["error"] == "unsupported_response_type"


def test_a_scope_that_the_program_does_not_have_is_refused(program: Program) -> None:
    for scope in ("selling:read", "buying:read buying:admin", "everything"):
        assert answered(program.decide(scope=scope))["error"] == "invalid_scope"


def test_a_refresh_gives_no_more_than_the_person_allowed(program: Program) -> None:
    got = program.allowed(scope="buying:read")
    assert error_of(program.refresh(got["refresh_token"], scope="buying:read buying:write")) == (400, "invalid_scope")
    assert program.refresh(got["refresh_token"]).get_json()["scope"] == "buying:read"


def test_a_program_of_another_organisation_is_as_if_there_were_none(
    app: Flask, seed: Seed, world: World, program: Program
) -> None:
    theirs = make_client(seed, world.bruno)
    foreign, missing = program.ask(client_id=theirs.client_id), program.ask(client_id="kontor-none")
    assert foreign.status_code == missing.status_code == 400
    assert "Location" not in foreign.headers
    assert plain(foreign.text, theirs.client_id) == plain(missing.text, "kontor-none")
    seller = make_client(seed, world.north)
    assert program.decide(client_id=seller.client_id).status_code == 400


def test_codes_and_tokens_of_another_program_are_worth_nothing(
    app: Flask, seed: Seed, world: World, program: Program
) -> None:
    for owner in (world.anna, world.bruno):
        thief = Program(make_client(seed, owner), program.browser, program.machine)
        code = program.code()
        assert error_of(thief.tokens(code)) == (400, "invalid_grant")
        got = program.tokens(code).get_json()
        assert error_of(thief.refresh(got["refresh_token"])) == (400, "invalid_grant")
        for token in (got["access_token"], got["refresh_token"]):
            assert thief.post("/oauth/introspect", {"token": token}).get_json() == {"active": False}
            assert thief.post("/oauth/revoke", {"token": token}).status_code == 200
        assert price_check(program.machine, got["access_token"]) == 200
        assert program.refresh(got["refresh_token"]).status_code == 200


def test_a_token_for_buying_opens_nothing_of_selling(app: Flask, seed: Seed, world: World) -> None:
    """A sub-distributor buys and sells: what it may do in one capacity counts for nothing in the other."""
    client = make_client(seed, world.sub)
    browser = sign_in(seed, app.test_client(), world.people["sub"], world.sub)
    program = Program(client, browser, app.test_client(use_cookies=False))
    buying = program.allowed(scope="buying:read buying:write buying:admin")["access_token"]
    selling = program.allowed(scope="selling:read")["access_token"]
    for capacity, expected in (("buying", (200, 403)), ("selling", (403, 200))):
        assert tuple(read_orders(program.machine, token, capacity) for token in (buying, selling)) == expected


def test_a_program_with_a_secret_gets_nothing_without_it(program: Program) -> None:
    code = program.code()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    bare = program.machine.post("/oauth/token", data={**form, "client_id": program.client.client_id})
    assert error_of(bare) == (401, "invalid_client")
    secret = {"client_id": program.client.client_id, "client_secret": SECRET}
    assert error_of(program.machine.post("/oauth/token", data={**form, **secret})) == (400, "invalid_request")
    named = program.post("/oauth/token", {**form, "client_id": "kontor-other"})
    assert error_of(named) == (401, "invalid_client")
    assert program.tokens(code).status_code == 200


def test_a_program_without_a_secret_has_none_to_guess(app: Flask, seed: Seed, world: World) -> None:
    native = make_program(app, seed, world, ClientKind.NATIVE)
    got = native.allowed()
    for secret in ("", "x"):
        basic = base64.b64encode(f"{native.client.client_id}:{secret}".encode()).decode()
        answer = native.machine.post(
            "/oauth/token",
            data={"grant_type": "refresh_token", "refresh_token": got["refresh_token"]},
            headers={"Authorization": f"Basic {basic}"},
        )
        assert error_of(answer) == (401, "invalid_client")
    assert error_of(native.post("/oauth/introspect", {"token": got["access_token"]})) == (401, "invalid_client")


def test_somebody_elses_page_can_decide_nothing(app: Flask, program: Program) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert program.decide().status_code == 400
        assert program.ask().headers["X-Frame-Options"] == "DENY"
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_in_another_organisations_name_nothing_is_allowed(
    app: Flask, seed: Seed, world: World, program: Program
) -> None:
    """Who acts on behalf of anna is north's: it gives no program of anna's anything."""
    seller = make_person(seed, "rep@example.com", (world.north, "manager"))
    program.browser = sign_in(seed, app.test_client(), seller, world.north)
    assert program.browser.post("/selling/accounts/ANNA/act", data={"reason": "By telephone"}).status_code == 302
    assert (program.ask().status_code, program.decide().status_code) == (403, 403)
    assert program.browser.get("/your-account/programs/").status_code == 403


def test_guessing_codes_is_stopped(app: Flask, program: Program) -> None:
    before = app.extensions["rate_limits"]
    app.extensions["rate_limits"] = FixedWindowRateLimiter(MemoryStorage())
    app.config["RATE_LIMIT_TOKEN_FAILURES"] = "3/minute"
    try:
        statuses = [program.tokens(f"guess-{number}").status_code for number in range(5)]
    finally:
        app.extensions["rate_limits"] = before
        app.config["RATE_LIMIT_TOKEN_FAILURES"] = "20/minute"
    assert statuses == [400, 400, 400, 429, 429]


def test_a_scope_of_the_client_is_the_most_that_its_tokens_are_worth(program: Program, seed: Seed) -> None:
    token = program.allowed()["access_token"]
    seed.run(text("update api_client set scopes = :scopes"), {"scopes": [Scope.BUYING_WRITE.value]})
    assert price_check(program.machine, token) == 403

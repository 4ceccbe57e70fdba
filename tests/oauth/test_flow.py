"""A person allows a program something; it gets tokens, renews, examines and gives them back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oauth2.rfc9207 import AuthorizationServerMetadata as IssuerMetadata
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.authentication import hash_token
from tenants.permissions import Scope
from tenants.token_models import ClientKind
from tests.factories.organisations import sign_in
from tests.factories.programs import REDIRECT_URI
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.oauth.conftest import Logged, Program, answered, error_of, make_program, place_order, price_check

pytestmark = pytest.mark.shared_database


def test_a_person_allows_a_program_and_it_acts_for_the_person(
    program: Program, seed: Seed, world: World, logged: Logged
) -> None:
    page = program.ask()
    assert page.status_code == 200
    for words in ("Allow Till?", "See articles, your prices and your orders", "https://erp.example.com.", "ANNA name"):
        assert words in page.text
    assert "form-action 'self' https://erp.example.com;" in page.headers["Content-Security-Policy"]
    sent = answered(program.decide())
    assert sent.keys() == {"code", "state", "iss"}
    assert (sent["state"], sent["iss"]) == ('x "y"', "http://localhost:8000")
    answer = program.tokens(sent["code"])
    got = answer.get_json()
    assert got.keys() == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert (got["expires_in"], got["scope"]) == (3600, "buying:read buying:write")
    assert answer.headers["Cache-Control"] == "no-store"
    assert price_check(program.machine, got["access_token"]) == 200
    assert place_order(program.machine, got["access_token"]) == 422
    [entry] = logged("grant.given")
    assert (entry.actor, entry.organisation_id) == (f"user:{world.people['anna'].id}", world.anna.id)
    assert entry.after == {"program": "Till", "scopes": ["buying:read", "buying:write"]}
    kinds = [row.kind for row in seed.run(text("select kind from outbox_event"))]
    assert kinds == ["ProgramAllowed"]


def test_of_codes_and_tokens_the_hashes_alone_are_kept(program: Program, seed: Seed) -> None:
    code = program.code()
    got = program.tokens(code).get_json()
    assert seed.run(text("select code_hash from api_grant"))[0][0] == hash_token(code)
    assert seed.run(text("select token_hash from api_token where grant_id is not null"))[0][0] == hash_token(
        got["access_token"]
    )
    assert seed.run(text("select token_hash from refresh_token"))[0][0] == hash_token(got["refresh_token"])


def test_what_the_program_does_is_in_the_log_under_the_persons_name_and_the_programs(
    program: Program, world: World, logged: Logged
) -> None:
    token = program.allowed(scope="buying:read")["access_token"]
    assert place_order(program.machine, token) == 403
    [entry] = logged("api.refused")
    assert (entry.actor, entry.via, entry.acted_as) == (
        f"user:{world.people['anna'].id}",
        f"client:{program.client.id}",
        "buyer:admin",
    )


def test_a_stranger_signs_in_first_and_comes_back_to_the_question(app: Flask, program: Program) -> None:
    program.browser = app.test_client()
    answer = program.ask()
    assert answer.status_code == 302
    target = parse_qs(urlsplit(answer.headers["Location"]).query)["next"][0]
    assert urlsplit(target).path == "/oauth/authorize"
    assert parse_qs(urlsplit(target).query)["state"] == ['x "y"']


def test_who_says_no_is_sent_back_with_it_and_nothing_is_given(program: Program, seed: Seed, logged: Logged) -> None:
    sent = answered(program.decide("refuse"))
    assert (sent["error"], sent["state"]) == ("access_denied", 'x "y"')
    assert seed.run(text("select count(*) from api_grant"))[0][0] == 0
    [entry] = logged("grant.refused")
    assert (entry.refused, entry.after) == (True, {"program": "Till", "cause": "denied_by_person"})


def test_a_program_on_peoples_devices_needs_no_secret(app: Flask, seed: Seed, world: World) -> None:
    native = make_program(app, seed, world, ClientKind.NATIVE)
    got = native.allowed()
    assert price_check(native.machine, got["access_token"]) == 200
    assert native.refresh(got["refresh_token"]).status_code == 200


def test_on_the_machine_itself_any_port_counts_and_is_the_same_at_the_exchange(
    app: Flask, seed: Seed, world: World
) -> None:
    native = make_program(app, seed, world, ClientKind.NATIVE, redirect_uris=["http://127.0.0.1/back"])
    asked = "http://127.0.0.1:52113/back"
    answer = native.decide(redirect_uri=asked)
    address, _, query = answer.headers["Location"].partition("?")
    assert (answer.status_code, address) == (303, asked)
    code = parse_qs(query)["code"][0]
    assert error_of(native.tokens(code, redirect_uri="http://127.0.0.1:52114/back")) == (400, "invalid_grant")
    code = parse_qs(urlsplit(native.decide(redirect_uri=asked).headers["Location"]).query)["code"][0]
    assert native.tokens(code, redirect_uri=asked).status_code == 200


def test_a_refresh_token_is_exchanged_for_the_next_one(program: Program, seed: Seed) -> None:
    first = program.allowed()
    second = program.refresh(first["refresh_token"]).get_json()
    assert second["refresh_token"] != first["refresh_token"]
    assert price_check(program.machine, second["access_token"]) == 200
    less = program.refresh(second["refresh_token"], scope="buying:read").get_json()
    assert (less["scope"], place_order(program.machine, less["access_token"])) == ("buying:read", 403)
    assert program.refresh(less["refresh_token"]).get_json()["scope"] == "buying:read buying:write"


def test_what_a_person_may_not_do_is_left_out_of_what_it_allows(program: Program, seed: Seed, world: World) -> None:
    seed.run(text("update membership set role = 'viewer' where user_id = :id"), {"id": world.people["anna"].id})
    page = program.ask()
    assert "It also asks for what you may not do yourself" in page.text
    assert program.allowed()["scope"] == "buying:read"
    assert answered(program.ask(scope="buying:write"))["error"] == "invalid_scope"


def test_managing_people_is_allowed_only_right_after_a_proof(app: Flask, seed: Seed, world: World) -> None:
    program = make_program(app, seed, world, ClientKind.WEB, Scope.BUYING_ADMIN)
    seed.run(text("update user_session set proven_at = now() - interval '1 hour'"))
    answer = program.ask(scope="buying:admin")
    assert (answer.status_code, urlsplit(answer.headers["Location"]).path) == (302, "/confirm")
    assert program.decide(scope="buying:admin").status_code == 401
    seed.run(text("update user_session set proven_at = now()"))
    assert program.allowed(scope="buying:admin")["scope"] == "buying:admin"


def test_a_token_that_is_given_back_ends_and_with_the_refresh_token_the_whole_grant(program: Program) -> None:
    first, second = program.allowed(), program.allowed()
    assert program.post("/oauth/revoke", {"token": first["access_token"]}).status_code == 200
    assert price_check(program.machine, first["access_token"]) == 401
    again = program.refresh(first["refresh_token"]).get_json()
    assert program.post("/oauth/revoke", {"token": again["refresh_token"]}).status_code == 200
    assert price_check(program.machine, again["access_token"]) == 401
    assert error_of(program.refresh(again["refresh_token"])) == (400, "invalid_grant")
    assert price_check(program.machine, second["access_token"]) == 200
    assert program.post("/oauth/revoke", {"token": "unknown"}).status_code == 200
    for hint in ("cookie", ""):
        wrong = program.post("/oauth/revoke", {"token": "x", "token_type_hint": hint})
        assert error_of(wrong) == (400, "unsupported_token_type")


def test_what_a_token_is_worth_is_told_as_it_is_now(program: Program, seed: Seed, world: World) -> None:
    got = program.allowed()

    def told(token: str) -> dict[str, Any]:
        answer: dict[str, Any] = program.post("/oauth/introspect", {"token": token}).get_json()
        return answer

    access, refresh = told(got["access_token"]), told(got["refresh_token"])
    assert access["exp"] - access["iat"] == 3600
    assert {name: value for name, value in access.items() if name not in {"iat", "exp"}} == {
        "active": True,
        "client_id": program.client.client_id,
        "scope": "buying:read buying:write",
        "token_type": "Bearer",
        "username": "anna@example.com",
    }
    assert (refresh["active"], "token_type" in refresh) == (True, False)
    assert told("unknown") == {"active": False}
    seed.run(text("update membership set status = 'inactive' where user_id = :id"), {"id": world.people["anna"].id})
    assert told(got["access_token"]) == told(got["refresh_token"]) == {"active": False}


def test_the_metadata_says_where_everything_is(client: FlaskClient, app: Flask) -> None:
    found = client.get("/.well-known/oauth-authorization-server").get_json()
    assert found["issuer"] == "http://localhost:8000"
    assert found["code_challenge_methods_supported"] == ["S256"]
    secure = {
        name: str(value).replace("http://", "https://") for name, value in found.items() if isinstance(value, str)
    }
    AuthorizationServerMetadata({**found, **secure}).validate(metadata_classes=[IssuerMetadata])
    adapter = app.url_map.bind("localhost")
    for name, method in (
        ("token", "POST"),
        ("revocation", "POST"),
        ("introspection", "POST"),
        ("authorization", "GET"),
    ):
        assert adapter.match(urlsplit(found[f"{name}_endpoint"]).path, method=method)


@pytest.mark.parametrize("kind", [ClientKind.WEB, ClientKind.NATIVE])
def test_programs_that_people_allow_get_nothing_by_themselves(
    app: Flask, seed: Seed, world: World, kind: ClientKind
) -> None:
    program = make_program(app, seed, world, kind)
    answer = error_of(program.post("/oauth/token", {"grant_type": "client_credentials"}))
    assert answer == ((400, "unauthorized_client") if kind is ClientKind.WEB else (400, "invalid_request"))


def test_a_program_of_the_organisation_asks_no_person(app: Flask, seed: Seed, world: World) -> None:
    service = make_program(app, seed, world, ClientKind.SERVICE)
    assert service.ask().status_code == 400
    assert service.ask(redirect_uri=REDIRECT_URI).status_code == 400
    assert service.token_request(grant_type="client_credentials").status_code == 200


def test_the_question_is_asked_in_german_too(app: Flask, seed: Seed, world: World) -> None:
    program = make_program(app, seed, world)
    seed.run(text("update user_account set locale = 'de'"))
    program.browser = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    assert "Till erlauben?" in program.ask().text

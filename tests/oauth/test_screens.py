"""What administrators do with programs, and people with what they gave to programs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.authentication import hash_token
from tenants.permissions import Scope
from tenants.token_models import ClientKind
from tests.factories.organisations import make_person, sign_in
from tests.factories.programs import REDIRECT_URI, make_client, make_grant, make_personal_token
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.oauth.conftest import Logged, Program, make_program, place_order, price_check

pytestmark = pytest.mark.shared_database

NEW = {"name": "Web shop", "kind": "web", "redirect_uris": f"{REDIRECT_URI}\n\n{REDIRECT_URI}", "scopes": "buying:read"}


@pytest.fixture
def anna(app: Flask, seed: Seed, world: World) -> FlaskClient:
    """Give the browser of anna's administrator."""
    return sign_in(seed, app.test_client(), world.people["anna"], world.anna)


def secret_on(page: str) -> str:
    """Give the one secret that a page shows."""
    [secret] = re.findall(r'<code class="break">([\w-]+)</code>', page)
    return str(secret)


def test_a_program_is_made_and_its_secret_shown_once(app: Flask, anna: FlaskClient, seed: Seed, logged: Logged) -> None:
    page = anna.post("/organisation/programs/new", data=NEW)
    assert page.status_code == 200
    secret = secret_on(page.text)
    [row] = seed.run(text("select * from api_client"))
    assert (row.name, row.kind, row.scopes) == ("Web shop", "web", ["buying:read"])
    assert (row.redirect_uris, row.secret_hash) == ([REDIRECT_URI], hash_token(secret))
    assert secret not in anna.get(f"/organisation/programs/{row.client_id}").text
    assert "Web shop" in anna.get("/organisation/programs/").text
    [entry] = logged("api_client.created")
    assert entry.after["client_kind"] == "web"
    program = Program(row, anna, app.test_client(use_cookies=False), secret)
    assert price_check(program.machine, program.allowed(scope="buying:read")["access_token"]) == 200


def test_a_program_on_peoples_devices_is_made_without_a_secret(anna: FlaskClient, seed: Seed) -> None:
    native = {**NEW, "kind": "native", "redirect_uris": "com.example.till:/back"}
    page = anna.post("/organisation/programs/new", data=native)
    assert "It has no secret" in page.text
    [row] = seed.run(text("select * from api_client"))
    assert (row.kind, row.secret_hash, row.redirect_uris) == ("native", b"", ["com.example.till:/back"])
    assert anna.post(f"/organisation/programs/{row.client_id}/secret").status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Please enter a name."),
        ({"scopes": []}, "Please choose at least one."),
        ({"scopes": "selling:read"}, "is not a valid choice"),
        ({"kind": "other"}, ""),
        ({"redirect_uris": ""}, "Please enter at least one address."),
        ({"redirect_uris": "http://erp.example.com/callback"}, "People cannot be sent back to http://erp.example.com/"),
        ({"redirect_uris": "\n".join(f"{REDIRECT_URI}/{n}" for n in range(11))}, "Please enter at most 10 addresses."),
    ],
)
def test_what_cannot_be_made_is_said_at_the_field(anna: FlaskClient, seed: Seed, changes: Any, words: str) -> None:
    page = anna.post("/organisation/programs/new", data={**NEW, **changes})
    assert (page.status_code, words in page.text) == (422, True)
    assert seed.run(text("select count(*) from api_client"))[0][0] == 0


def test_a_program_is_changed_and_its_tokens_lose_what_it_loses(program: Program, seed: Seed, logged: Logged) -> None:
    token = program.allowed()["access_token"]
    address = f"/organisation/programs/{program.client.client_id}"
    form = {"name": "Till 2", "redirect_uris": REDIRECT_URI + "/new", "scopes": "buying:read", "kind": "native"}
    assert program.browser.post(address, data=form).status_code == 302
    assert (price_check(program.machine, token), place_order(program.machine, token)) == (200, 403)
    [row] = seed.run(text("select name, kind, redirect_uris from api_client"))
    assert tuple(row) == ("Till 2", "web", [REDIRECT_URI + "/new"])
    [entry] = logged("api_client.changed")
    assert (entry.before["scopes"], entry.after["scopes"]) == (["buying:read", "buying:write"], ["buying:read"])
    assert program.ask(scope="buying:read").status_code == 400


def test_the_old_secret_ends_with_the_new_one(program: Program) -> None:
    got = program.allowed()
    page = program.browser.post(f"/organisation/programs/{program.client.client_id}/secret").text
    assert program.refresh(got["refresh_token"]).status_code == 401
    program.secret = secret_on(page)
    assert program.refresh(got["refresh_token"]).status_code == 200


def test_an_ended_program_gets_and_does_nothing_any_more(program: Program, logged: Logged) -> None:
    got = program.allowed()
    assert program.browser.post(f"/organisation/programs/{program.client.client_id}/end").status_code == 302
    assert price_check(program.machine, got["access_token"]) == 401
    assert program.refresh(got["refresh_token"]).status_code == 401
    assert program.ask().status_code == 400
    assert len(logged("api_client.ended")) == 1
    assert "Till" not in program.browser.get("/your-account/programs/").text


def test_administrators_see_and_end_what_their_people_gave(
    app: Flask, anna: FlaskClient, seed: Seed, world: World, logged: Logged
) -> None:
    buyer = make_person(seed, f"buyer{seed.number()}@example.com", (world.anna, "buyer"), name="Berta Buyer")
    client = make_client(seed, world.anna, name="Scales")
    grant = make_grant(seed, client, buyer)
    row, token = make_personal_token(seed, world.anna, buyer, name="Night script")
    make_grant(seed, client, buyer, redeemed_at=None)
    page = anna.get("/organisation/programs/").text
    assert (page.count("Berta Buyer"), page.count("Night script")) == (2, 1)
    assert anna.post(f"/organisation/programs/given/token/{row.id}/end").status_code == 302
    assert price_check(app.test_client(), token) == 401
    assert anna.post(f"/organisation/programs/given/grant/{grant.id}/end").status_code == 302
    assert anna.post(f"/organisation/programs/given/grant/{grant.id}/end").status_code == 404
    assert anna.post(f"/organisation/programs/given/other/{grant.id}/end").status_code == 404
    assert (len(logged("grant.ended")), len(logged("personal_token.ended"))) == (1, 1)


def test_a_person_makes_a_token_and_sees_it_once(
    app: Flask, anna: FlaskClient, seed: Seed, world: World, logged: Logged
) -> None:
    form = {"name": "My sheet", "days": "30", "scopes": ["buying:read", "buying:admin"]}
    page = anna.post("/your-account/programs/tokens", data=form)
    token = secret_on(page.text)
    assert token.startswith("kontor_pat_")
    [row] = seed.run(text("select *, expires_at - created_at as life from personal_token"))
    assert (row.token_hash, row.scopes, row.life.days) == (hash_token(token), ["buying:read", "buying:admin"], 30)
    assert price_check(app.test_client(), token) == 200
    [(used,)] = seed.run(text("select last_used_at is not null from personal_token"))
    assert used
    shown = anna.get("/your-account/programs/").text
    assert ("My sheet" in shown, token in shown) == (True, False)
    [entry] = logged("personal_token.created")
    assert entry.actor == f"user:{world.people['anna'].id}"
    assert anna.post(f"/your-account/programs/tokens/{row.id}/end").status_code == 302
    assert price_check(app.test_client(), token) == 401
    assert len(logged("personal_token.ended")) == 1


def test_a_token_is_offered_only_what_the_person_may(anna: FlaskClient, seed: Seed, world: World) -> None:
    seed.run(text("update membership set role = 'viewer' where user_id = :id"), {"id": world.people["anna"].id})
    page = anna.get("/your-account/programs/").text
    assert re.findall(r'name="scopes" type="checkbox" value="([\w:]+)"', page) == ["buying:read"]
    form = {"name": "x", "days": "30", "scopes": "buying:write"}
    assert anna.post("/your-account/programs/tokens", data=form).status_code == 422
    assert (
        anna.post("/your-account/programs/tokens", data={**form, "scopes": "buying:read", "days": "9999"}).status_code
        == 422
    )


def test_a_person_ends_what_it_allowed(program: Program, seed: Seed, logged: Logged) -> None:
    got = program.allowed()
    assert "Till" in program.browser.get("/your-account/programs/").text
    [(number,)] = seed.run(text("select id from api_grant"))
    assert program.browser.post(f"/your-account/programs/grants/{number}/end").status_code == 302
    assert price_check(program.machine, got["access_token"]) == 401
    assert program.browser.post(f"/your-account/programs/grants/{number}/end").status_code == 404
    assert len(logged("grant.ended")) == 1


def test_there_is_an_end_to_how_many(
    anna: FlaskClient, seed: Seed, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.oauth.service.clients.MOST_CLIENTS", 1)
    monkeypatch.setattr("portal.oauth.service.personal_tokens.MOST_TOKENS", 1)
    make_client(seed, world.anna)
    make_personal_token(seed, world.anna, world.people["anna"])
    page = anna.post("/organisation/programs/new", data=NEW)
    assert (page.status_code, "There are too many programs." in page.text) == (409, True)
    page = anna.post("/your-account/programs/tokens", data={"name": "x", "days": "30", "scopes": "buying:read"})
    assert (page.status_code, "You have too many tokens." in page.text) == (409, True)


def test_programs_read_and_end_programs(app: Flask, seed: Seed, world: World) -> None:
    service = make_program(app, seed, world, ClientKind.SERVICE, Scope.BUYING_ADMIN, name="Robot")
    token = service.token_request(grant_type="client_credentials").get_json()["access_token"]
    other = make_client(seed, world.anna, name="Other")
    make_grant(seed, other, world.people["anna"])
    headers = {"Authorization": f"Bearer {token}"}
    pages = [service.machine.get("/api/v1/buying/programs?limit=1", headers=headers).get_json()]
    pages.append(
        service.machine.get(
            "/api/v1/buying/programs", query_string={"limit": 1, "cursor": pages[0]["next_cursor"]}, headers=headers
        ).get_json()
    )
    assert [page["items"][0]["name"] for page in pages] == ["Other", "Robot"]
    assert (pages[1]["next_cursor"], pages[1]["items"][0]["kind"]) == (None, "service")
    given = service.machine.get("/api/v1/buying/program-accesses", headers=headers).get_json()["items"]
    assert [(row["kind"], row["email"], row["name"]) for row in given] == [("grant", "anna@example.com", "Other")]
    gone = service.machine.delete(f"/api/v1/buying/programs/{other.client_id}", headers=headers)
    assert (gone.status_code, gone.data) == (204, b"")
    assert service.machine.delete(f"/api/v1/buying/programs/{other.client_id}", headers=headers).status_code == 404

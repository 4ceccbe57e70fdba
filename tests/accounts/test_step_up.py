"""Dangerous acts ask again who it is; what an organisation demands is met before anything of it is shown."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.web.screens import declarations
from tests.accounts.test_second_factor import code_at, give_app
from tests.factories.organisations import PASSWORD, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

INVITEE = {"email": "new@example.com", "name": "Somebody", "role": "viewer"}


@pytest.fixture
def north(app: Flask, world: World, seed: Seed) -> FlaskClient:
    """Give the browser of an administrator who signed in an hour ago."""
    client = sign_in(seed, app.test_client(), world.people["north"], world.north)
    seed.run(text("update user_session set proven_at = now() - interval '1 hour'"))
    return client


def demand(seed: Seed, organisation_id: int, whom: str) -> None:
    """Let the organisation demand a second factor."""
    seed.run(
        text(
            "insert into sign_in_policy (organisation_id, second_factor) values (:id, :whom)"
            " on conflict (organisation_id) do update set second_factor = :whom"
        ),
        {"id": organisation_id, "whom": whom},
    )


def test_these_acts_and_no_others_ask_again_who_it_is(app: Flask) -> None:
    assert {name for name, declared in declarations(app).items() if declared.fresh} == {
        "approvals.change_rule",
        *("roles.create", "roles.change", "roles.remove"),
        *("people.invite_person", "people.resend_invitation", "people.change_role"),
        *("people.deactivate", "people.reactivate"),
        *("organisation.change_sign_in_policy", "acting.begin", "accounts.close"),
        *("own_handover.consent", "handovers.take_over"),
        *("passkeys.new", "passkeys.making_challenge", "passkeys.add", "passkeys.remove"),
        *("second_factor.set_up", "second_factor.remove", "second_factor.renew_codes"),
        *("provider_settings.save", "provider_settings.remove", "provider_settings.change_demand"),
        *("provider_settings.add_domain", "provider_settings.check_domain", "provider_settings.remove_domain"),
        *("provider_settings.set_group", "provider_settings.remove_group", "provider_settings.unlink"),
        *("provider_settings.make_token", "provider_settings.end_token"),
        *("programs.create", "programs.change", "programs.renew_secret", "programs.end", "programs.end_access"),
        "own_programs.make_token",
        *("own_data.ask_own_export", "own_data.erase_oneself", "person_data.ask_export", "person_data.erase"),
    }


def test_fifteen_minutes_after_the_proof_it_is_asked_for_and_not_before(
    north: FlaskClient, world: World, seed: Seed
) -> None:
    path = f"/organisation/people/{world.people['north'].id}/role"
    for seconds, status in ((895, 302), (905, 401)):
        seed.run(text("update user_session set proven_at = now() - make_interval(secs => :age)"), {"age": seconds})
        assert north.post(path, data={"role": "admin"}).status_code == status


def test_a_form_is_kept_over_the_proof_and_sent_with_one_click(north: FlaskClient, world: World, seed: Seed) -> None:
    with north.session_transaction() as cookie:
        former = cookie["token"]
    answer = north.post("/organisation/people/invitations", data=INVITEE)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "What you entered was kept." in page) == (401, True)
    assert seed.run(text("select count(*) from invitation"))[0][0] == 0
    [kept] = re.findall(r'name="kept" value="([^"]+)"', page)
    wrong = north.post("/confirm", data={"password": "not this one", "kept": kept})
    assert (wrong.status_code, "This is not your password." in wrong.get_data(as_text=True)) == (422, True)
    page = north.post("/confirm", data={"password": PASSWORD, "kept": kept}).get_data(as_text=True)
    assert 'action="/organisation/people/invitations"' in page
    fields = dict(re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', page))
    assert {name: unescape(value) for name, value in fields.items()} == INVITEE
    assert north.post("/organisation/people/invitations", data=INVITEE).status_code == 302
    with north.session_transaction() as cookie:
        assert cookie["token"] != former
        cookie["token"] = former
    assert north.get("/selling/").status_code == 302
    log = seed.run(text("select refused, after from audit_entry where action = 'session.confirmed' order by at"))
    assert [tuple(row) for row in log] == [(True, None), (False, {"proof": "password"})]


def test_a_page_comes_back_after_the_proof(north: FlaskClient, world: World) -> None:
    answer = north.get("/your-account/second-factor/authenticator?x=1")
    assert answer.headers["Location"] == "/confirm?next=/your-account/second-factor/authenticator?x%3D1"
    done = north.post("/confirm", data={"password": PASSWORD, "next": "/your-account/second-factor/authenticator"})
    assert done.headers["Location"] == "/your-account/second-factor/authenticator"
    assert north.get(done.headers["Location"]).status_code == 200
    away = north.post("/confirm", data={"password": PASSWORD, "next": "https://evil.example/"})
    assert away.headers["Location"] == "/your-account/"


def test_who_has_a_second_factor_proves_it_again_by_a_code_and_not_by_the_password(
    app: Flask, north: FlaskClient, world: World, seed: Seed
) -> None:
    give_app(app, seed, world, "north")
    assert north.post("/confirm", data={"password": PASSWORD}).status_code == 422
    code = code_at(seed)
    assert north.post("/confirm", data={"code": code}).status_code == 302
    assert north.post("/confirm", data={"code": code}).status_code == 422
    assert seed.run(text("select proof from user_session"))[0][0] == "code"
    assert north.post("/organisation/people/invitations", data=INVITEE).status_code == 302


@pytest.mark.usefixtures("throttle")
def test_guessing_in_a_session_ends_after_five(north: FlaskClient, world: World) -> None:
    statuses = [north.post("/confirm", data={"password": "not this one"}).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    refused = north.post("/confirm", data={"password": PASSWORD})
    assert (refused.status_code, 1 <= int(refused.headers["Retry-After"]) <= 900) == (429, True)


def test_without_the_permission_nobody_is_asked_for_a_proof(app: Flask, world: World, seed: Seed) -> None:
    client = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    seed.run(text("update membership set role = 'viewer' where user_id = :id"), {"id": world.people["anna"].id})
    seed.run(text("update user_session set proven_at = now() - interval '1 hour'"))
    assert client.post("/organisation/people/invitations", data=INVITEE).status_code == 403


@pytest.mark.parametrize(("whom", "role", "led"), [
    ("optional", "admin", False), ("administrators", "admin", True), ("administrators", "manager", False),
    ("everybody", "viewer", True),
])  # fmt: skip
def test_whom_the_organisation_demands_a_second_factor_of(
    app: Flask, world: World, seed: Seed, whom: str, role: str, led: bool
) -> None:  # fmt: skip
    client = sign_in(seed, app.test_client(), world.people["north"], world.north)
    values = {"role": role, "id": world.people["north"].id}
    seed.run(text("update membership set role = :role where user_id = :id"), values)
    demand(seed, world.north.id, whom)
    answer = client.get("/selling/?x=1")
    wanted = (302, "/your-account/second-factor/?next=/selling/?x%3D1") if led else (200, None)
    assert (answer.status_code, answer.headers.get("Location")) == wanted


def test_nothing_of_the_organisation_is_shown_before_its_demand_is_met(app: Flask, world: World, seed: Seed) -> None:
    token = make_token(seed, world.north, "selling:read")
    client = sign_in(seed, app.test_client(), world.people["north"], world.north)
    demand(seed, world.north.id, "everybody")
    for path in ("/selling/", "/organisation/", "/your-account/", "/organisation/people/"):
        assert client.get(path).headers["Location"].startswith("/your-account/second-factor/")
    assert client.post("/organisation/address", data={"name": "X"}).status_code == 302
    page = client.get("/your-account/second-factor/?next=/selling/").get_data(as_text=True)
    assert "asks for more than a password" in page
    set_up = "/your-account/second-factor/authenticator?next=/selling/"
    assert set_up in page
    page = client.get(set_up).get_data(as_text=True)
    [sealed] = re.findall(r'name="sealed" value="([^"]+)"', page)
    secret = re.findall(r"data-secret>([A-Z2-7 ]+)<", page)[0].replace(" ", "")
    form = {"code": code_at(seed, secret=secret), "sealed": sealed, "next": "/selling/"}
    page = client.post("/your-account/second-factor/authenticator", data=form).get_data(as_text=True)
    assert 'href="/selling/"' in page
    assert client.get("/selling/").status_code == 200
    program = app.test_client().get("/api/v1/selling/accounts", headers={"Authorization": f"Bearer {token}"})
    assert program.status_code == 200


def test_who_set_it_up_in_another_browser_needs_a_code_here_alone(app: Flask, world: World, seed: Seed) -> None:
    client = sign_in(seed, app.test_client(), world.people["north"], world.north)
    give_app(app, seed, world, "north")
    demand(seed, world.north.id, "everybody")
    led = client.get(client.get("/selling/").headers["Location"])
    assert led.headers["Location"] == "/confirm?next=/selling/"
    assert client.post("/confirm", data={"code": code_at(seed), "next": "/selling/"}).headers["Location"] == "/selling/"
    assert client.get("/selling/").status_code == 200


def test_another_organisation_that_demands_nothing_stays_open(app: Flask, world: World, seed: Seed) -> None:
    client = sign_in(seed, app.test_client(), world.people["shop"], world.shop_south)
    demand(seed, world.shop_south.id, "everybody")
    led = client.get(client.get("/buying/").headers["Location"]).get_data(as_text=True)
    assert f'value="{world.shop_west.slug}:buyer"' in led
    client.post("/switch", data={"choice": f"{world.shop_west.slug}:buyer"})
    assert client.get("/buying/").status_code == 200


def test_the_demand_is_chosen_by_administrators_and_stands_in_the_log(app: Flask, world: World, seed: Seed) -> None:
    client = sign_in(seed, app.test_client(), world.people["north"], world.north)
    assert client.post("/organisation/sign-in", data={"second_factor": "all"}).status_code == 422
    assert client.post("/organisation/sign-in", data={"second_factor": "administrators"}).status_code == 302
    assert client.post("/organisation/sign-in", data={"second_factor": "administrators"}).status_code == 302
    rows = seed.run(text("select before, after from audit_entry where action = 'sign_in_policy.changed'"))
    assert [tuple(row) for row in rows] == [({"second_factor": "optional"}, {"second_factor": "administrators"})]
    stored = seed.run(text("select organisation_id, second_factor from sign_in_policy"))
    assert [tuple(row) for row in stored] == [(world.north.id, "administrators")]

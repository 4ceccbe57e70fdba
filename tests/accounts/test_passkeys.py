"""Passkeys: made for this portal, used once a challenge, by an owner whom the device recognised."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests.accounts.conftest import Mails, text_of
from tests.accounts.test_second_factor import code_at, give_app, is_in
from tests.accounts.test_sign_in import enter
from tests.factories.audit import LOG
from tests.factories.organisations import sign_in
from tests.factories.passkeys import Device
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def device(app: Flask) -> Device:
    """Give a device that shows answers made at the portal's own address."""
    return Device(app.config["PUBLIC_URL"])


def challenge(client: FlaskClient, path: str = "/sign-in/passkey/challenge") -> dict[str, Any]:
    """Ask for a challenge."""
    answer = client.post(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    options: dict[str, Any] = json.loads(answer.get_data())
    return options


def add(client: FlaskClient, device: Device, **form: str) -> TestResponse:
    """Let the device make a passkey for who is signed in."""
    answer = device.make(challenge(client, "/your-account/passkeys/challenge"))
    return client.post("/your-account/passkeys", data={"answer": answer, **form})


def use(client: FlaskClient, device: Device, **form: str) -> TestResponse:
    """Sign in with the device's passkey."""
    answer = device.use(challenge(client))
    return client.post("/sign-in/passkey", data={"answer": answer, **form})


@pytest.fixture
def anna(app: Flask, world: World, seed: Seed, device: Device) -> FlaskClient:
    """Give the browser of a person who just set her first passkey up."""
    client = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    assert add(client, device, name="Laptop").status_code == 200
    return client


def test_the_first_passkey_gives_recovery_codes_and_ends_the_other_sessions(
    app: Flask, world: World, seed: Seed, device: Device
) -> None:
    here, other = (sign_in(seed, app.test_client(), world.people["anna"], world.anna) for _ in range(2))
    options = challenge(here, "/your-account/passkeys/challenge")
    assert options["rp"] == {"name": "Kontor", "id": "localhost"}
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    page = add(here, device, name="  My   laptop ").get_data(as_text=True)
    assert len(re.findall(r"<code>([a-z0-9-]{19})</code>", page)) == 10
    assert [is_in(here), is_in(other)] == [True, False]
    assert add(here, Device(device.origin)).headers["Location"] == "/your-account/"
    assert is_in(here)
    rows = seed.run(text("select user_id, name, sign_count from passkey order by id"))
    assert [tuple(row) for row in rows] == [
        (world.people["anna"].id, "My laptop", 0),
        (world.people["anna"].id, "Unknown device", 0),
    ]
    log = seed.run(text(f"select action, after from {LOG} where action = 'passkey.added' order by at"))
    assert [row.after["name"] for row in log] == ["My laptop", "Unknown device"]
    known = challenge(here, "/your-account/passkeys/challenge")["excludeCredentials"]
    assert len(known) == 2


def test_a_passkey_signs_in_without_a_password_and_is_two_proofs(
    app: Flask, anna: FlaskClient, world: World, seed: Seed, device: Device
) -> None:
    client = app.test_client()
    options = challenge(client)
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")
    assert "allowCredentials" not in options or options["allowCredentials"] == []
    answer = client.post("/sign-in/passkey", data={"answer": device.use(options), "next": "/buying/?q=1"})
    assert answer.headers["Location"] == "/buying/?q=1"
    assert client.get("/buying/").status_code == 200
    seed.run(
        text("insert into sign_in_policy (organisation_id, second_factor) values (:id, 'everybody')"),
        {"id": world.anna.id},
    )
    assert client.get("/buying/").status_code == 200
    proofs = seed.run(text("select proof from user_session where revoked_at is null order by id"))
    assert [row[0] for row in proofs] == ["passkey", "passkey"]
    [entry] = seed.run(text(f"select subject, after from {LOG} where action = 'session.opened'"))
    assert tuple(entry) == ("anna@example.com", {"proof": "passkey"})


def test_an_answer_that_is_sent_again_counts_for_nothing(
    app: Flask, anna: FlaskClient, seed: Seed, device: Device
) -> None:
    client = app.test_client()
    answer = device.use(challenge(client))
    with client.session_transaction() as cookie:
        kept = dict(cookie)
    assert client.post("/sign-in/passkey", data={"answer": answer}).headers["Location"] == "/"
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie.update(kept)
    refused = thief.post("/sign-in/passkey", data={"answer": answer})
    assert refused.headers["Location"] == "/sign-in"
    assert "This passkey does not let you in here." in thief.get("/sign-in").get_data(as_text=True)
    assert not is_in(thief)
    refusals = seed.run(text("select organisation_id, actor from audit_entry where refused"))
    assert [tuple(row) for row in refusals] == [(0, "unknown")]


def test_an_answer_to_another_browsers_challenge_counts_for_nothing(
    app: Flask, anna: FlaskClient, device: Device
) -> None:
    client, other = app.test_client(), app.test_client()
    answer = device.use(challenge(client))
    challenge(other)
    assert other.post("/sign-in/passkey", data={"answer": answer}).headers["Location"] == "/sign-in"
    assert not is_in(other)


def test_after_five_minutes_the_challenge_counts_for_nothing(
    app: Flask, anna: FlaskClient, seed: Seed, device: Device
) -> None:
    client = app.test_client()
    answer = device.use(challenge(client))
    seed.run(text("update passkey_challenge set expires_at = expires_at - interval '5 minutes'"))
    client.post("/sign-in/passkey", data={"answer": answer})
    assert not is_in(client)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "http://localhost:1"])
def test_an_answer_made_at_another_address_counts_for_nothing(
    app: Flask, anna: FlaskClient, device: Device, origin: str
) -> None:
    device.origin = origin
    client = app.test_client()
    use(client, device)
    assert not is_in(client)


def test_a_device_that_did_not_recognise_its_owner_counts_for_nothing(
    app: Flask, anna: FlaskClient, world: World, seed: Seed, device: Device
) -> None:
    device.verifies = False
    client = app.test_client()
    use(client, device)
    assert not is_in(client)
    bruno = sign_in(seed, app.test_client(), world.people["bruno"], world.bruno)
    careless = Device(device.origin, verifies=False)
    page = bruno.get(add(bruno, careless).headers["Location"]).get_data(as_text=True)
    assert "The passkey could not be kept." in page


def test_a_copy_of_a_passkey_is_known_by_its_count(app: Flask, anna: FlaskClient, device: Device) -> None:
    client = app.test_client()
    assert use(client, device).headers["Location"] == "/"
    device.sign_count = 0
    copy = app.test_client()
    use(copy, device)
    assert not is_in(copy)


@pytest.mark.parametrize("answer", ["", "{}", "[]", '{"id": 7}', '{"id": "!"}', "x" * 30_000, "null", "{" * 5000])
def test_what_is_no_answer_is_refused_without_an_error(app: Flask, world: World, answer: str) -> None:
    client = app.test_client()
    challenge(client)
    assert client.post("/sign-in/passkey", data={"answer": answer}).status_code == 302
    assert not is_in(client)


def test_after_the_password_only_a_passkey_of_that_person_counts(
    app: Flask, anna: FlaskClient, world: World, seed: Seed, device: Device
) -> None:
    bruno, brunos = sign_in(seed, app.test_client(), world.people["bruno"], world.bruno), Device(device.origin)
    add(bruno, brunos)
    client = app.test_client()
    page = enter(client, "anna@example.com").get_data(as_text=True)
    assert 'action="/sign-in/passkey"' in page
    assert not is_in(client)
    assert len(challenge(client)["allowCredentials"]) == 1
    assert use(client, brunos).headers["Location"] == "/sign-in/code"
    assert not is_in(client)
    assert use(client, device).headers["Location"] == "/"
    assert is_in(client)


def test_a_passkey_of_somebody_who_may_work_nowhere_lets_nobody_in(
    app: Flask, anna: FlaskClient, world: World, seed: Seed, device: Device
) -> None:
    seed.run(text("update membership set status = 'inactive' where user_id = :id"), {"id": world.people["anna"].id})
    use(client := app.test_client(), device)
    assert not is_in(client)
    seed.run(text("update membership set status = 'active'"))
    seed.run(text("update user_account set status = 'inactive' where id = :id"), {"id": world.people["anna"].id})
    use(client, device)
    assert not is_in(client)


def test_a_passkey_proves_again_before_a_dangerous_act_and_another_persons_does_not(
    app: Flask, anna: FlaskClient, world: World, seed: Seed, device: Device
) -> None:
    bruno, brunos = sign_in(seed, app.test_client(), world.people["bruno"], world.bruno), Device(device.origin)
    add(bruno, brunos)
    seed.run(text("update user_session set proven_at = now() - interval '1 hour'"))
    assert anna.get("/your-account/passkeys/new").headers["Location"] == "/confirm?next=/your-account/passkeys/new"
    for own, location in ((brunos, "/confirm?next=/your-account/passkeys/new"), (device, "/your-account/passkeys/new")):
        answer = own.use(challenge(anna, "/confirm/passkey/challenge"))
        form = {"answer": answer, "next": "/your-account/passkeys/new"}
        assert anna.post("/confirm/passkey", data=form).headers["Location"] == location
    assert anna.get("/your-account/passkeys/new").status_code == 200


def test_a_challenge_for_one_purpose_counts_for_no_other(app: Flask, anna: FlaskClient, device: Device) -> None:
    answer = device.use(challenge(anna))
    assert anna.post("/confirm/passkey", data={"answer": answer}).headers["Location"] == "/confirm"


def test_a_passkey_is_taken_away_by_its_person_alone(
    app: Flask, anna: FlaskClient, world: World, seed: Seed, device: Device
) -> None:
    [number] = (row[0] for row in seed.run(text("select id from passkey")))
    bruno = sign_in(seed, app.test_client(), world.people["bruno"], world.bruno)
    assert bruno.post(f"/your-account/passkeys/{number}/remove").status_code == 404
    assert "Laptop" in anna.get("/your-account/").get_data(as_text=True)
    assert anna.post(f"/your-account/passkeys/{number}/remove").status_code == 302
    assert "You have no passkey yet." in anna.get("/your-account/").get_data(as_text=True)
    use(client := app.test_client(), device)
    assert not is_in(client)
    assert enter(client, "anna@example.com").status_code == 302
    assert seed.run(text("select count(*) from recovery_code"))[0][0] == 0


def test_who_keeps_an_app_keeps_the_second_factor_when_the_passkey_goes(
    app: Flask, anna: FlaskClient, world: World, seed: Seed
) -> None:
    give_app(app, seed, world, "anna")
    [number] = (row[0] for row in seed.run(text("select id from passkey")))
    anna.post(f"/your-account/passkeys/{number}/remove")
    assert seed.run(text("select count(*) from recovery_code"))[0][0] == 10
    assert enter(app.test_client(), "anna@example.com").status_code == 200


def test_a_form_is_kept_over_a_sign_in_by_passkey(
    app: Flask, anna: FlaskClient, world: World, seed: Seed, device: Device
) -> None:
    seed.run(text("update user_session set revoked_at = now()"))
    page = anna.post("/organisation/people/invitations", data={"email": "new@example.com"}).get_data(as_text=True)
    [kept] = re.findall(r'name="kept" value="([^"]+)"', page)
    answer = use(anna, device, kept=kept)
    assert 'action="/organisation/people/invitations"' in answer.get_data(as_text=True)
    assert is_in(anna)


def test_who_changes_a_second_factor_is_told_by_mail(
    app: Flask, world: World, seed: Seed, mails: Mails, device: Device
) -> None:
    seed.run(text("update user_account set locale = 'de' where id = :id"), {"id": world.people["bruno"].id})
    anna, bruno = (
        sign_in(seed, app.test_client(), world.people[who], getattr(world, who)) for who in ("anna", "bruno")
    )
    add(anna, device, name="Laptop")
    [mail] = mails()
    assert (mail["To"], mail["From"]) == ("anna@example.com", "NORTH name <kontor@localhost>")
    assert mail["Subject"] == "Your second factor: Passkey added"
    words = text_of(mail).replace("\r\n", "\n")
    assert "What was done: Passkey added\nNetwork address: 127.0.0.1\nWhen: " in words
    assert "http://localhost:8000/your-account/" in words
    anna.post("/your-account/second-factor/recovery-codes")
    [number] = [row[0] for row in seed.run(text("select id from passkey"))]
    anna.post(f"/your-account/passkeys/{number}/remove")
    assert [mail["Subject"] for mail in mails()] == [
        "Your second factor: New recovery codes",
        "Your second factor: Passkey removed",
    ]
    page = bruno.get("/your-account/second-factor/authenticator").text
    [shown], [sealed] = (
        re.findall(r"data-secret>([A-Z2-7 ]+)<", page),
        re.findall(r'name="sealed" value="([^"]+)"', page),
    )
    code = code_at(seed, secret=shown.replace(" ", ""))
    bruno.post("/your-account/second-factor/authenticator", data={"code": code, "sealed": sealed})
    bruno.post("/your-account/second-factor/authenticator/remove")
    assert [mail["Subject"] for mail in mails()] == [
        "Ihr zweiter Faktor: Authenticator-App eingerichtet",
        "Ihr zweiter Faktor: Authenticator-App entfernt",
    ]

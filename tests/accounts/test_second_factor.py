"""A second factor: codes count once and for a moment, recovery codes once, and the password alone lets nobody in."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from portal.accounts.one_time_codes import (
    fitting_counter,
    new_recovery_codes,
    provisioning_uri,
    read_recovery_code,
)
from portal.accounts.sealing import SealBroken, keyed_hashes, seal, unseal
from tests.accounts.conftest import Mails, link_in
from tests.accounts.test_sign_in import enter
from tests.factories.audit import LOG
from tests.factories.organisations import PASSWORD, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The secret of RFC 6238's examples, in base 32."""
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def give_app(app: Flask, seed: Seed, world: World, who: str, *codes: str) -> None:
    """Let the person have SECRET's app and these recovery codes."""
    with app.app_context():
        values = {"user": world.people[who].id, "sealed": seal(SECRET)}
        seed.run(
            text("insert into authenticator (user_id, sealed_secret, last_counter) values (:user, :sealed, 0)"), values
        )
        for code in codes:
            hashed = keyed_hashes("recovery code", code)[0]
            seed.run(
                text("insert into recovery_code (user_id, code_hash) values (:user, :hash)"),
                {"user": world.people[who].id, "hash": hashed},
            )


def code_at(seed: Seed, steps: int = 0, secret: str = SECRET) -> str:
    """Give the app's code so many times 30 seconds from now, on the database's clock."""
    now = seed.run(text("select now()"))[0][0]
    return pyotp.TOTP(secret).at(now, counter_offset=steps)


def send_code(client: FlaskClient, code: str, **more: str) -> TestResponse:
    """Send the form of the second step."""
    address = more.pop("address", "192.0.2.1")
    return client.post("/sign-in/code", data={"code": code, **more}, environ_overrides={"REMOTE_ADDR": address})


def is_in(client: FlaskClient) -> bool:
    """Tell whether the browser is signed in."""
    return client.get("/your-account/").status_code == 200


@pytest.mark.parametrize(("second", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_codes_are_those_of_rfc_6238(second: int, code: str) -> None:
    assert fitting_counter(RFC_SECRET, code, datetime.fromtimestamp(second, UTC)) == second // 30


@pytest.mark.parametrize(("steps", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_wrong_and_no_more(steps: int, counts: bool) -> None:
    now = datetime.fromtimestamp(1_800_000_000, UTC)
    code = pyotp.TOTP(SECRET).at(now, counter_offset=steps)
    assert fitting_counter(SECRET, code, now) == (60_000_000 + steps if counts else None)


def test_neither_a_used_code_nor_an_older_one_counts_again() -> None:
    now = datetime.fromtimestamp(1_800_000_000, UTC)
    before, present, after = (pyotp.TOTP(SECRET).at(now, counter_offset=steps) for steps in (-1, 0, 1))
    counts = [fitting_counter(SECRET, code, now, 60_000_000) for code in (before, present, after)]
    assert counts == [None, None, 60_000_001]


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_counts_for_nothing(typed: str) -> None:
    assert fitting_counter(SECRET, typed, datetime.now(UTC)) is None


def test_a_code_may_be_typed_with_a_blank() -> None:
    now = datetime.fromtimestamp(59, UTC)
    assert fitting_counter(RFC_SECRET, " 287 082", now) == 1


def test_recovery_codes_are_read_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([2-9a-hjkmnp-z]{4}-){3}[2-9a-hjkmnp-z]{4}", code) for code in codes)
    assert [read_recovery_code(code.upper().replace("-", " ")) for code in codes] == codes
    assert read_recovery_code("k7wq-3mzt-9a4d") is None
    assert read_recovery_code("0000-0000-0000-0000") is None


def test_the_picture_holds_the_address_that_apps_read() -> None:
    assert (
        provisioning_uri(SECRET, "anna@example.com", "Kontor")
        == f"otpauth://totp/Kontor:anna%40example.com?secret={SECRET}&issuer=Kontor"
    )


def test_what_is_sealed_is_read_by_its_key_alone_also_after_another_came_before_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.extensions["settings"]
    with app.app_context():
        sealed, hashed = seal("a secret"), keyed_hashes("recovery code", "k7wq")[0]
        assert b"secret" not in sealed
        both = replace(settings, sealing_key=f"{'n' * 32} {settings.sealing_key}")
        monkeypatch.setitem(app.extensions, "settings", both)
        assert unseal(sealed) == "a secret"
        assert keyed_hashes("recovery code", "k7wq")[1] == hashed != keyed_hashes("recovery code", "k7wq")[0]
        monkeypatch.setitem(app.extensions, "settings", replace(settings, sealing_key="n" * 32))
        with pytest.raises(SealBroken):
            unseal(sealed)


def test_an_app_is_set_up_by_its_first_code_and_the_secret_is_kept_sealed(app: Flask, world: World, seed: Seed) -> None:
    here, other = (sign_in(seed, app.test_client(), world.people["anna"], world.anna) for _ in range(2))
    with here.session_transaction() as cookie:
        former = cookie["token"]
    page = here.get("/your-account/second-factor/authenticator").get_data(as_text=True)
    [shown] = re.findall(r"data-secret>([A-Z2-7 ]+)<", page)
    [sealed] = re.findall(r'name="sealed" value="([^"]+)"', page)
    secret = shown.replace(" ", "")
    wrong = here.post("/your-account/second-factor/authenticator", data={"code": "000000", "sealed": sealed})
    assert wrong.status_code == 422
    assert f"data-secret>{shown}<" in wrong.get_data(as_text=True)
    code = code_at(seed, secret=secret)
    answer = here.post("/your-account/second-factor/authenticator", data={"code": code, "sealed": sealed})
    assert answer.status_code == 200
    codes = re.findall(r"<code>([a-z0-9-]{19})</code>", answer.get_data(as_text=True))
    assert len(codes) == 10
    assert "no-store" in answer.headers["Cache-Control"]
    assert [is_in(here), is_in(other)] == [True, False]
    with here.session_transaction() as cookie:
        assert cookie["token"] != former
        cookie["token"] = former
    assert not is_in(here)
    [row] = seed.run(text("select user_id, sealed_secret, last_counter from authenticator"))
    assert (row.user_id, secret.encode() in bytes(row.sealed_secret)) == (world.people["anna"].id, False)
    assert enter(app.test_client(), "anna@example.com").status_code == 200
    entries = seed.run(text("select action, organisation_id from audit_entry where action like 'authenticator%'"))
    assert [tuple(entry) for entry in entries] == [("authenticator.set_up", world.anna.id)]


def test_the_secret_that_another_person_was_shown_is_not_taken(app: Flask, world: World, seed: Seed) -> None:
    anna = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    bruno = sign_in(seed, app.test_client(), world.people["bruno"], world.bruno)
    page = anna.get("/your-account/second-factor/authenticator").get_data(as_text=True)
    [sealed] = re.findall(r'name="sealed" value="([^"]+)"', page)
    secret = re.findall(r"data-secret>([A-Z2-7 ]+)<", page)[0].replace(" ", "")
    form = {"code": code_at(seed, secret=secret), "sealed": sealed}
    assert bruno.post("/your-account/second-factor/authenticator", data=form).status_code == 422
    assert seed.run(text("select count(*) from authenticator"))[0][0] == 0


def test_the_password_alone_opens_no_session_and_a_code_counts_once(app: Flask, world: World, seed: Seed) -> None:
    give_app(app, seed, world, "anna")
    client = app.test_client()
    answer = enter(client, "anna@example.com", next="/buying/?q=1")
    assert (answer.status_code, 'action="/sign-in/code"' in answer.get_data(as_text=True)) == (200, True)
    assert not is_in(client)
    assert seed.run(text("select count(*) from user_session"))[0][0] == 0
    code = code_at(seed)
    assert send_code(client, code, next="/buying/?q=1").headers["Location"] == "/buying/?q=1"
    assert client.get("/buying/").status_code == 200
    [row] = seed.run(text("select proof, user_id from user_session"))
    assert tuple(row) == ("code", world.people["anna"].id)
    elsewhere = app.test_client()
    enter(elsewhere, "anna@example.com")
    assert send_code(elsewhere, code).status_code == 401
    assert not is_in(elsewhere)
    assert send_code(elsewhere, code_at(seed, 1)).status_code == 302
    log = seed.run(text("select refused, after from audit_entry where action = 'session.opened' order by at"))
    assert [tuple(row) for row in log] == [(False, {"proof": "code"}), (True, None), (False, {"proof": "code"})]


def test_a_recovery_code_lets_in_once(app: Flask, world: World, seed: Seed) -> None:
    give_app(app, seed, world, "anna", "k7wq-3mzt-9a4d-xh2r", "a2b3-c4d5-e6f7-g8h9")
    client = app.test_client()
    enter(client, "anna@example.com")
    assert send_code(client, "K7WQ 3MZT 9A4D XH2R").status_code == 302
    page = client.get("/buying/").get_data(as_text=True)
    assert "You used a recovery code; 1 is left." in page
    again = app.test_client()
    enter(again, "anna@example.com")
    assert send_code(again, "k7wq-3mzt-9a4d-xh2r").status_code == 401
    assert send_code(again, "a2b3-c4d5-e6f7-g8h9").status_code == 302
    proofs = seed.run(text("select proof from user_session"))
    assert [row[0] for row in proofs] == ["recovery_code"] * 2


def test_the_recovery_code_of_another_person_lets_nobody_in(app: Flask, world: World, seed: Seed) -> None:
    give_app(app, seed, world, "anna")
    give_app(app, seed, world, "bruno", "k7wq-3mzt-9a4d-xh2r")
    client = app.test_client()
    enter(client, "anna@example.com")
    assert send_code(client, "k7wq-3mzt-9a4d-xh2r").status_code == 401


def test_after_five_wrong_codes_the_password_is_asked_for_again(app: Flask, world: World, seed: Seed) -> None:
    give_app(app, seed, world, "anna")
    client = app.test_client()
    enter(client, "anna@example.com")
    assert [send_code(client, "000000").status_code for _ in range(5)] == [401] * 4 + [302]
    assert send_code(client, code_at(seed)).headers["Location"].startswith("/sign-in")
    assert not is_in(client)


def test_after_ten_minutes_the_password_is_asked_for_again(app: Flask, world: World, seed: Seed) -> None:
    give_app(app, seed, world, "anna")
    client = app.test_client()
    enter(client, "anna@example.com")
    seed.run(text("update sign_in_step set expires_at = expires_at - interval '10 minutes'"))
    answer = send_code(client, code_at(seed), next="/buying/")
    assert answer.headers["Location"] == "/sign-in?next=/buying/"
    assert "Please sign in again" in client.get("/sign-in").get_data(as_text=True)


@pytest.mark.usefixtures("throttle")
def test_guessing_codes_from_many_addresses_ends_but_not_where_the_person_usually_is(
    app: Flask, world: World, seed: Seed
) -> None:
    give_app(app, seed, world, "anna", "k7wq-3mzt-9a4d-xh2r")
    home = app.test_client()
    enter(home, "anna@example.com")
    assert send_code(home, code_at(seed)).status_code == 302
    for number in range(5):
        thief = app.test_client()
        address = f"198.51.100.{number}"
        enter(thief, "anna@example.com", address=address)
        for _ in range(4):
            assert send_code(thief, "000000", address=address).status_code == 401
    stranger = app.test_client()
    enter(stranger, "anna@example.com", address="203.0.113.7")
    refused = send_code(stranger, code_at(seed), address="203.0.113.7")
    assert (refused.status_code, "There were too many attempts." in refused.get_data(as_text=True)) == (429, True)
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    anna = app.test_client()
    enter(anna, "anna@example.com")
    assert send_code(anna, code_at(seed, 1)).status_code == 302


def test_an_app_is_taken_away_with_recovery_codes_and_what_proofs_were_worth(
    app: Flask, world: World, seed: Seed
) -> None:
    give_app(app, seed, world, "anna", "k7wq-3mzt-9a4d-xh2r")
    client = app.test_client()
    enter(client, "anna@example.com")
    send_code(client, code_at(seed))
    assert client.post("/your-account/second-factor/authenticator/remove").status_code == 302
    assert client.post("/your-account/second-factor/authenticator/remove").status_code == 404
    assert seed.run(text("select count(*) from audit_entry where action = 'authenticator.removed'"))[0][0] == 1
    assert seed.run(text("select proof from user_session"))[0][0] == "password"
    assert seed.run(text("select count(*) from recovery_code"))[0][0] == 0
    assert enter(app.test_client(), "anna@example.com").status_code == 302


def test_new_recovery_codes_end_the_old_ones(app: Flask, world: World, seed: Seed) -> None:
    give_app(app, seed, world, "anna", "k7wq-3mzt-9a4d-xh2r")
    enter(client := app.test_client(), "anna@example.com")
    send_code(client, code_at(seed))
    page = client.post("/your-account/second-factor/recovery-codes").get_data(as_text=True)
    new = re.findall(r"<code>([a-z0-9-]{19})</code>", page)
    assert len(new) == 10
    enter(client := app.test_client(), "anna@example.com")
    assert send_code(client, "k7wq-3mzt-9a4d-xh2r").status_code == 401
    assert send_code(client, new[7]).status_code == 302


def test_an_operator_takes_the_factors_of_who_lost_all_of_them(
    app: Flask, world: World, seed: Seed, mails: Mails
) -> None:
    give_app(app, seed, world, "anna", "k7wq-3mzt-9a4d-xh2r")
    client = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    answer = app.test_cli_runner().invoke(args=["user", "reset-second-factor", "--email", "Anna@example.com"])
    assert (answer.exit_code, answer.output) == (0, '{"email": "anna@example.com", "organisations": 1}\n')
    assert not is_in(client)
    assert enter(app.test_client(), "anna@example.com", PASSWORD).status_code == 302
    nobody = app.test_cli_runner().invoke(args=["user", "reset-second-factor", "--email", "nobody@example.com"])
    assert (nobody.exit_code, nobody.output) == (1, "Error: Nobody has the e-mail address nobody@example.com.\n")
    noted = seed.run(text(f"select organisation_id, subject from {LOG} where action = 'second_factor.reset'"))
    assert [tuple(row) for row in noted] == [(world.anna.id, "anna@example.com")]
    assert mails()[0]["Subject"] == "Your second factor: Second factor reset by the operator"


def test_an_invitation_is_accepted_by_the_password_but_opens_no_session_without_the_code(
    app: Flask, world: World, seed: Seed, mails: Mails
) -> None:
    give_app(app, seed, world, "bruno")
    north = sign_in(seed, app.test_client(), world.people["north"], world.north)
    invitee = {"email": "bruno@example.com", "name": "", "role": "buyer"}
    north.post("/selling/accounts/ANNA/invitations", data=invitee)
    path, token = link_in(mails()[-1])
    bruno = app.test_client()
    answer = bruno.post(path, data={"token": token, "password": PASSWORD})
    assert (answer.status_code, 'action="/sign-in/code"' in answer.get_data(as_text=True)) == (200, True)
    assert not is_in(bruno)
    assert send_code(bruno, code_at(seed)).status_code == 302
    assert "ANNA name" in bruno.get("/buying/").get_data(as_text=True)


def test_who_accepts_an_invitation_while_signed_in_goes_on_in_the_session_as_old_as_it_is(
    app: Flask, world: World, seed: Seed, mails: Mails
) -> None:
    give_app(app, seed, world, "bruno")
    bruno = app.test_client()
    enter(bruno, "bruno@example.com")
    send_code(bruno, code_at(seed))
    seed.run(
        text("update user_session set proven_at = now() - interval '1 hour', expires_at = now() + interval '1 day'")
    )
    sessions = text("select id, proof, proven_at, expires_at from user_session where user_id = :id")
    before = [tuple(row) for row in seed.run(sessions, {"id": world.people["bruno"].id})]
    north = sign_in(seed, app.test_client(), world.people["north"], world.north)
    invitee = {"email": "bruno@example.com", "name": "", "role": "buyer"}
    north.post("/selling/accounts/ANNA/invitations", data=invitee)
    path, token = link_in(mails()[-1])
    assert bruno.post(path, data={"token": token}).status_code == 302
    assert [tuple(row) for row in seed.run(sessions, {"id": world.people["bruno"].id})] == before
    assert "ANNA name" in bruno.get("/buying/").get_data(as_text=True)
    asked = bruno.get("/your-account/second-factor/authenticator").headers["Location"]
    assert asked == "/confirm?next=/your-account/second-factor/authenticator"


def test_a_form_is_kept_over_password_and_code(app: Flask, world: World, seed: Seed) -> None:
    give_app(app, seed, world, "north")
    client = sign_in(seed, app.test_client(), world.people["north"], world.north)
    seed.run(text("update user_session set revoked_at = now()"))
    page = client.post("/selling/accounts/ANNA/terms", data={"customer_number": "K 7"}).get_data(as_text=True)
    [kept] = re.findall(r'name="kept" value="([^"]+)"', page)
    [kept] = re.findall(r'name="kept" value="([^"]+)"', enter(client, "north@example.com", kept=kept).text)
    [kept] = re.findall(r'name="kept" value="([^"]+)"', send_code(client, "000000", kept=kept).text)
    page = send_code(client, code_at(seed), kept=kept).get_data(as_text=True)
    assert 'action="/selling/accounts/ANNA/terms"' in page
    assert is_in(client)


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_several_who_bring_the_same_code_at_once_one_is_let_in(
    app: Flask, world: World, seed: Seed, kind: str
) -> None:
    give_app(app, seed, world, "anna", "k7wq-3mzt-9a4d-xh2r")
    clients = [app.test_client() for _ in range(4)]
    for client in clients:
        enter(client, "anna@example.com")
    code = code_at(seed, 1) if kind == "app" else "k7wq-3mzt-9a4d-xh2r"
    with ThreadPoolExecutor(len(clients)) as pool:
        statuses = list(pool.map(lambda client: send_code(client, code).status_code, clients, timeout=30))
    assert sorted(statuses) == [302, 401, 401, 401]
    assert seed.run(text("select count(*) from user_session"))[0][0] == 1

"""Invitations and forgotten passwords: single use, short-lived, bound to one address, never more than the inviter may."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.core.mail import mail_folder
from tests.accounts.conftest import Mails, link_in, page_of, text_of
from tests.accounts.test_sign_in import enter
from tests.factories.audit import LOG
from tests.factories.organisations import PASSWORD, make_person, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

NEW = {"name": "Frieda Neu", "password": "tonne kiesel anker"}


def invite_to_anna(client: FlaskClient, email: str = "frieda@example.com", role: str = "buyer") -> int:
    """Let north invite a person into its retailer anna; give the status."""
    data = {"email": email, "name": "Frieda", "role": role}
    return client.post("/selling/accounts/ANNA/invitations", data=data).status_code


@pytest.fixture
def north(app: Flask, seed: Seed, world: World) -> FlaskClient:
    """Give a browser of north's administrator."""
    return sign_in(seed, app.test_client(), world.people["north"], world.north)


def test_an_invited_person_comes_aboard_with_name_and_password(
    app: Flask, north: FlaskClient, world: World, seed: Seed, mails: Mails
) -> None:
    assert invite_to_anna(north) == 302
    [mail] = mails()
    assert mail["To"] == "frieda@example.com"
    assert mail["From"] == "NORTH name <kontor@localhost>"
    assert mail["Subject"] == "NORTH name invites you: your access for ANNA name"
    path, token = link_in(mail)
    guest = app.test_client()
    page = guest.get(f"{path}?token={token}").get_data(as_text=True)
    assert "Your access for ANNA name" in page
    assert "North invites frieda@example.com as Buyer." in page
    assert guest.post(path, data={"token": token, **NEW}).headers["Location"] == "/"
    assert "ANNA name" in guest.get("/buying/").get_data(as_text=True)
    assert enter(app.test_client(), "frieda@example.com", NEW["password"]).status_code == 302
    rows = seed.run(text(f"select action, after from {LOG} where subject = 'frieda@example.com' order by at, action"))
    assert [row.action for row in rows][:2] == ["invitation.sent", "invitation.accepted"]
    assert rows[0].after == {"organisation": "ANNA name", "role": "buyer"}


def test_neither_outbox_nor_database_holds_what_the_link_is_made_of(
    north: FlaskClient, world: World, seed: Seed, mails: Mails
) -> None:
    invite_to_anna(north)
    [payload] = [
        row[0] for row in seed.run(text("select payload::text from outbox_event where kind = 'InvitationSent'"))
    ]
    [mail] = mails()
    _, token = link_in(mail)
    assert token not in payload
    [row] = seed.run(text("select token_hash from invitation"))
    assert token.encode() not in bytes(row.token_hash)


def test_a_mail_whose_event_is_handled_again_is_the_same_mail(
    north: FlaskClient, world: World, app: Flask, seed: Seed, mails: Mails
) -> None:
    from portal.accounts.jobs import mail_invitation
    from portal.core.outbox import Event
    from tenants.authentication import principal_for_job

    invite_to_anna(north)
    [row] = seed.run(text("select * from outbox_event where kind = 'InvitationSent'"))
    event = Event(row.id, row.kind, row.seller_id, row.payload, row.actor, row.occurred_at)
    with app.app_context():
        principal = principal_for_job(world.north.id)
        assert principal is not None
        for _ in range(2):
            mail_invitation(principal, event)
    written = list(mail_folder(app.extensions["settings"]).glob("*.eml"))
    assert len(written) == 1
    written[0].unlink()


def test_the_mail_is_in_the_language_of_the_invited_organisation(
    north: FlaskClient, world: World, seed: Seed, mails: Mails
) -> None:
    seed.run(text("update organisation set locale = 'de' where id = :id"), {"id": world.anna.id})
    invite_to_anna(north)
    [mail] = mails()
    assert mail["Subject"] == "NORTH name lädt Sie ein: Ihr Zugang für ANNA name"
    assert "Der Link gilt einmal, für diese E-Mail-Adresse und 7 Tage lang." in text_of(mail)


def test_an_invitation_works_once(app: Flask, north: FlaskClient, world: World, seed: Seed, mails: Mails) -> None:
    invite_to_anna(north)
    path, token = link_in(mails()[0])
    assert app.test_client().post(path, data={"token": token, **NEW}).status_code == 302
    again = app.test_client().post(path, data={"token": token, "name": "Eve", "password": "another long one"})
    assert again.status_code == 410
    assert enter(app.test_client(), "frieda@example.com", "another long one").status_code == 401
    assert (
        seed.run(text("select count(*) from membership where organisation_id = :id"), {"id": world.anna.id})[0][0] == 2
    )


@pytest.mark.parametrize(
    "change",
    [
        "update invitation set expires_at = now()",
        "update invitation set revoked_at = now()",
        "update organisation set status = 'inactive' where code = 'ANNA'",
        "update organisation set status = 'inactive' where code = 'ACME'",
        "update organisation set seller_id = (select id from organisation where code = 'SOUTH') where code = 'ANNA'",
    ],
    ids=["too old", "withdrawn", "organisation suspended", "ancestor suspended", "moved to another seller"],
)
def test_an_invitation_that_ended_lets_nobody_in(
    app: Flask, north: FlaskClient, world: World, seed: Seed, mails: Mails, change: str
) -> None:
    invite_to_anna(north)
    path, token = link_in(mails()[0])
    seed.run(text(change))
    guest = app.test_client()
    assert guest.get(f"{path}?token={token}").status_code == 410
    assert guest.post(path, data={"token": token, **NEW}).status_code == 410
    assert seed.run(text("select count(*) from user_account where email = 'frieda@example.com'"))[0][0] == 0


def test_an_invitation_is_valid_for_seven_days(north: FlaskClient, world: World, seed: Seed) -> None:
    invite_to_anna(north)
    [row] = seed.run(text("select expires_at - created_at as span from invitation"))
    assert row.span == timedelta(days=7)


def test_a_second_invitation_ends_the_first(
    app: Flask, north: FlaskClient, world: World, seed: Seed, mails: Mails
) -> None:
    invite_to_anna(north)
    path, first = link_in(mails()[0])
    [number] = [row[0] for row in seed.run(text("select id from invitation"))]
    assert north.post(f"/selling/accounts/ANNA/invitations/{number}/send-again").status_code == 302
    _, second = link_in(mails()[0])
    guest = app.test_client()
    assert guest.get(f"{path}?token={first}").status_code == 410
    assert guest.get(f"{path}?token={second}").status_code == 200


def test_a_known_person_accepts_with_its_password_and_keeps_name_and_old_places(
    app: Flask, north: FlaskClient, world: World, seed: Seed, mails: Mails
) -> None:
    invite_to_anna(north, "clara@example.com", "viewer")
    path, token = link_in(mails()[0])
    guest = app.test_client()
    page = guest.get(f"{path}?token={token}").get_data(as_text=True)
    assert "You have an account already." in page
    assert guest.post(path, data={"token": token, "name": "Eve", "password": "a wrong one here"}).status_code == 422
    assert guest.post(path, data={"token": token, "password": PASSWORD}).status_code == 302
    rows = seed.run(
        text(
            "select o.code, m.role, u.name from membership m join organisation o on o.id = m.organisation_id"
            " join user_account u on u.id = m.user_id where u.email = 'clara@example.com' order by o.code"
        )
    )
    assert [tuple(row) for row in rows] == [("ANNA", "viewer", "Clara"), ("CLARA", "admin", "Clara")]


def test_a_signed_in_person_accepts_with_one_click_and_somebody_else_does_not(
    app: Flask, north: FlaskClient, world: World, seed: Seed, mails: Mails
) -> None:
    invite_to_anna(north, "clara@example.com", "viewer")
    path, token = link_in(mails()[0])
    bruno = sign_in(seed, app.test_client(), world.people["bruno"], world.bruno)
    assert bruno.post(path, data={"token": token}).status_code == 422
    clara = sign_in(seed, app.test_client(), world.people["clara"], world.clara)
    assert clara.post(path, data={"token": token}).status_code == 302
    assert "ANNA name" in clara.get("/buying/").get_data(as_text=True)


def test_a_weak_password_is_refused_and_the_name_kept(
    app: Flask, north: FlaskClient, world: World, mails: Mails
) -> None:
    invite_to_anna(north)
    path, token = link_in(mails()[0])
    guest = app.test_client()
    answer = guest.post(path, data={"token": token, "name": "Frieda Neu", "password": "Passwort1"})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'value="Frieda Neu"' in page
    assert "This password is on the lists that are tried first." in page
    assert guest.get(f"{path}?token={token}").status_code == 200


@pytest.mark.parametrize(
    ("own", "grantable"),
    [
        ("admin", {"admin", "manager", "buyer", "approver", "warehouse", "viewer"}),
        ("manager", {"manager", "buyer", "approver", "warehouse", "viewer"}),
    ],
)
def test_nobody_invites_above_the_own_role(app: Flask, world: World, seed: Seed, own: str, grantable: set[str]) -> None:
    person = make_person(seed, "inviter@example.com", (world.north, own))
    client = sign_in(seed, app.test_client(), person, world.north)
    for role in ("admin", "manager", "buyer", "approver", "warehouse", "viewer"):
        expected = 302 if role in grantable else 422
        assert invite_to_anna(client, f"{role}@example.com", role) == expected
    invited = {row[0] for row in seed.run(text("select role from invitation"))}
    assert invited == grantable


@pytest.mark.parametrize("role", ["buyer", "approver", "warehouse", "viewer"])
def test_who_manages_no_accounts_invites_nobody_and_leaves_a_trace(
    app: Flask, world: World, seed: Seed, role: str
) -> None:
    person = make_person(seed, "inviter@example.com", (world.north, role))
    client = sign_in(seed, app.test_client(), person, world.north)
    assert invite_to_anna(client) == 403
    [row] = seed.run(text("select action, subject, refused from audit_entry"))
    assert tuple(row) == ("screen.refused", "POST /selling/accounts/ANNA/invitations", True)


def test_a_manager_invites_nobody_into_the_own_organisation(app: Flask, world: World, seed: Seed) -> None:
    person = make_person(seed, "inviter@example.com", (world.north, "manager"))
    client = sign_in(seed, app.test_client(), person, world.north)
    data = {"email": "x@example.com", "role": "viewer"}
    assert client.post("/organisation/people/invitations", data=data).status_code == 403


def test_invitations_go_only_to_the_own_buyers(north: FlaskClient, world: World) -> None:
    data = {"email": "x@example.com", "role": "viewer"}
    for code in ("CLARA", "ACME", "NORTH", "DORA", "NOTHING"):
        assert north.post(f"/selling/accounts/{code}/invitations", data=data).status_code == 404


def test_whoever_works_there_already_is_not_invited(north: FlaskClient, world: World, seed: Seed) -> None:
    answer = north.post(
        "/selling/accounts/ANNA/invitations", data={"email": "ANNA@example.com", "name": "", "role": "viewer"}
    )
    assert answer.status_code == 422
    assert "This person works there already." in answer.get_data(as_text=True)
    assert seed.run(text("select count(*) from invitation"))[0][0] == 0


def test_a_forgotten_password_is_answered_alike_for_everybody(
    app: Flask, world: World, seed: Seed, mails: Mails
) -> None:
    pages = []
    for email in ("anna@example.com", "nobody@example.com"):
        answer = app.test_client().post("/forgotten-password", data={"email": email})
        assert answer.status_code == 200
        pages.append(page_of(answer, email))
    assert pages[0] == pages[1]
    [mail] = mails()
    assert mail["To"] == "anna@example.com"
    assert mail["From"] == "NORTH name <kontor@localhost>"


def test_a_new_password_by_link_works_once_and_ends_all_sessions(
    app: Flask, world: World, seed: Seed, mails: Mails
) -> None:
    old = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    for _ in range(2):
        app.test_client().post("/forgotten-password", data={"email": "anna@example.com"})
    first, second = (link_in(mail) for mail in mails())
    guest = app.test_client()
    assert guest.get(f"{first[0]}?token={first[1]}").status_code == 200
    data = {"token": first[1], "password": "tonne kiesel anker"}
    assert guest.post(first[0], data=data).headers["Location"] == "/sign-in"
    assert old.get("/buying/").status_code == 302
    assert guest.post(first[0], data=data).status_code == 410
    assert guest.get(f"{second[0]}?token={second[1]}").status_code == 410
    assert enter(app.test_client(), "anna@example.com", PASSWORD).status_code == 401
    assert enter(app.test_client(), "anna@example.com", "tonne kiesel anker").status_code == 302


def test_of_two_who_use_a_link_at_once_one_is_told_that_it_ended(
    app: Flask, world: World, mails: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.test_client().post("/forgotten-password", data={"email": "anna@example.com"})
    path, token = link_in(mails()[0])
    # What the service answers when the other one was faster.
    views = importlib.import_module("portal.accounts.views.forgotten_password")
    monkeypatch.setattr(views, "reset_password", lambda *_, **__: None)
    data = {"token": token, "password": "tonne kiesel anker"}
    assert app.test_client().post(path, data=data).status_code == 410


def test_a_link_for_a_new_password_is_valid_for_one_hour(app: Flask, world: World, seed: Seed, mails: Mails) -> None:
    app.test_client().post("/forgotten-password", data={"email": "anna@example.com"})
    path, token = link_in(mails()[0])
    [row] = seed.run(text("select expires_at - created_at as span from password_reset"))
    assert row.span == timedelta(hours=1)
    seed.run(text("update password_reset set expires_at = now()"))
    assert app.test_client().get(f"{path}?token={token}").status_code == 410


@pytest.mark.usefixtures("throttle")
def test_links_for_new_passwords_are_limited(app: Flask, world: World) -> None:
    for _ in range(5):
        assert app.test_client().post("/forgotten-password", data={"email": "anna@example.com"}).status_code == 200
    assert app.test_client().post("/forgotten-password", data={"email": "anna@example.com"}).status_code == 429


def test_the_mailbox_is_for_browsers_of_this_machine_alone(
    app: Flask, world: World, north: FlaskClient, mails: Mails
) -> None:
    def status(address: str, **headers: str) -> int:
        return (
            app.test_client().get("/dev/mail/", environ_overrides={"REMOTE_ADDR": address}, headers=headers).status_code
        )

    assert status("127.0.0.1") == 200
    assert status("192.0.2.1") == 404
    assert status("127.0.0.1", **{"X-Forwarded-For": "127.0.0.1"}) == 404


@pytest.mark.parametrize(("time_zone", "hours"), [("Asia/Tokyo", 9), ("America/Phoenix", -7)])
def test_a_mail_is_dated_and_shown_on_the_clock_of_the_organisation_that_sends_it(
    app: Flask, world: World, seed: Seed, north: FlaskClient, mails: Mails, time_zone: str, hours: int
) -> None:
    seed.run(
        text("update organisation set time_zone = :zone where id = :id"), {"zone": time_zone, "id": world.north.id}
    )
    invite_to_anna(north)
    app.test_client().post("/forgotten-password", data={"email": "anna@example.com"})
    sent = mails()
    assert len(sent) == 2
    for mail in sent:
        dated = parsedate_to_datetime(str(mail["Date"]))
        assert dated.utcoffset() == timedelta(hours=hours)
        assert abs(datetime.now(UTC) - dated) < timedelta(minutes=1)
    kept = mail_folder(app.extensions["settings"]) / "dated.eml"
    kept.write_bytes(sent[0].as_bytes())
    try:
        page = app.test_client().get("/dev/mail/", environ_overrides={"REMOTE_ADDR": "127.0.0.1"})
    finally:
        kept.unlink()
    dated = parsedate_to_datetime(str(sent[0]["Date"]))
    assert f"{dated.day} {dated:%b %Y, %H:%M}</time>" in page.get_data(as_text=True)

"""Browsers: a new one is told of by mail, and no guessing of others keeps a known one out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests.accounts.conftest import Mails, link_in, text_of
from tests.accounts.test_second_factor import code_at, give_app, is_in, send_code
from tests.factories.organisations import PASSWORD
from tests.factories.seed import Seed
from tests.factories.world import World

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit/605 Version/19.0 Safari/604"
SHOP, ELSEWHERE = "192.0.2.1", "203.0.113.7"


def enter(
    client: FlaskClient, password: str = PASSWORD, *, address: str = SHOP, agent: str = FIREFOX, email: str = "anna"
) -> TestResponse:
    """Sign in from an address with a browser."""
    return client.post(
        "/sign-in",
        data={"email": f"{email}@example.com", "password": password},
        environ_overrides={"REMOTE_ADDR": address},
        headers={"User-Agent": agent},
    )


def test_a_new_device_is_told_of_and_no_other(app: Flask, world: World, seed: Seed, mails: Mails) -> None:
    desk, phone = app.test_client(), app.test_client()
    enter(desk)
    assert mails() == []
    enter(phone, address=ELSEWHERE, agent=PHONE)
    [mail] = mails()
    assert (mail["To"], mail["Subject"]) == ("anna@example.com", "New device: somebody signed in as you")
    assert mail["From"] == "NORTH name <kontor@localhost>"
    words = text_of(mail).replace("\r\n", "\n")
    assert "Device: Safari on iPhone\nNetwork address: 203.0.113.7\nWhen: " in words
    assert "http://localhost:8000/your-account/" in words
    for client in (desk, phone):
        client.post("/sign-out")
        enter(client, agent=PHONE if client is phone else FIREFOX, address="198.51.100.20")
    assert mails() == []
    enter(app.test_client())
    assert mails() == []


def test_the_mail_speaks_the_persons_language_on_the_clock_of_who_sends_it(
    app: Flask, world: World, seed: Seed, mails: Mails
) -> None:
    seed.run(text("update user_account set locale = 'de' where id = :id"), {"id": world.people["anna"].id})
    enter(app.test_client())
    enter(app.test_client(), address=ELSEWHERE, agent=PHONE)
    [mail] = mails()
    assert mail["Subject"] == "Neues Gerät: Jemand hat sich als Sie angemeldet"
    [row] = seed.run(
        text(
            "select to_char(max(created_at) at time zone 'Europe/Berlin', 'DD.MM.YYYY, HH24:MI') as at from user_session"
        )
    )
    assert f"Gerät: Safari auf iPhone\nNetzadresse: 203.0.113.7\nWann: {row.at}" in text_of(mail).replace("\r\n", "\n")


def test_a_device_is_known_for_each_person_apart(app: Flask, world: World, mails: Mails) -> None:
    shared, brunos = app.test_client(), app.test_client()
    enter(brunos, email="bruno", address=ELSEWHERE, agent=PHONE)
    enter(shared)
    shared.post("/sign-out")
    enter(shared, email="bruno")
    [mail] = mails()
    assert mail["To"] == "bruno@example.com"


def test_after_the_second_proof_alone_a_device_is_told_of(app: Flask, world: World, seed: Seed, mails: Mails) -> None:
    enter(app.test_client())
    give_app(app, seed, world, "anna")
    thief = app.test_client()
    enter(thief, address=ELSEWHERE, agent=PHONE)
    assert mails() == []
    assert send_code(thief, code_at(seed), address=ELSEWHERE).status_code == 302
    assert len(mails()) == 1


def test_whose_session_was_ended_is_new_again(app: Flask, world: World, seed: Seed, mails: Mails) -> None:
    desk, phone = app.test_client(), app.test_client()
    enter(desk)
    enter(phone, address=ELSEWHERE, agent=PHONE)
    assert len(mails()) == 1
    [number] = (row[0] for row in seed.run(text("select max(id) from user_session")))
    desk.post(f"/your-account/sessions/{number}/end")
    seed.run(text("update user_session set address = 'somewhere'"))
    enter(phone, address=ELSEWHERE, agent=PHONE)
    assert len(mails()) == 1
    desk.post("/your-account/sessions/end-others")
    seed.run(text("update user_session set address = 'somewhere'"))
    enter(phone, address=ELSEWHERE, agent=PHONE)
    assert len(mails()) == 1
    desk.post("/sign-out")
    enter(desk)
    assert mails() == []


def test_a_browser_that_belongs_to_nobody_learns_nothing(app: Flask, world: World, seed: Seed) -> None:
    enter(app.test_client(), "wrong password")
    enter(app.test_client(), email="nobody")
    assert seed.run(text("select count(*) from known_device"))[0][0] == 0


@pytest.mark.usefixtures("throttle")
def test_a_known_browser_is_let_in_whatever_others_do_at_the_same_address(app: Flask, world: World) -> None:
    desk = app.test_client()
    enter(desk)
    desk.post("/sign-out")
    thief = app.test_client()
    for _ in range(10):
        assert enter(thief, "wrong password").status_code == 401
    assert enter(thief).status_code == 429
    for number in range(50):
        enter(app.test_client(), "wrong password", address=f"198.51.100.{number}")
    for number in range(100):
        enter(app.test_client(), "wrong password", email=f"somebody{number}")
    assert enter(app.test_client()).status_code == 429
    assert enter(desk).status_code == 302


@pytest.mark.usefixtures("throttle")
def test_guessing_in_a_known_browser_ends_after_ten_there_and_nowhere_else(app: Flask, world: World) -> None:
    shared, other = app.test_client(), app.test_client()
    enter(shared)
    enter(other)
    for client in (shared, other):
        client.post("/sign-out")
    assert [enter(shared, "wrong password").status_code for _ in range(11)] == [401] * 10 + [429]
    assert enter(other).status_code == 302


@pytest.mark.usefixtures("throttle")
def test_who_is_kept_out_at_a_new_place_is_let_in_with_a_new_password_by_mail(
    app: Flask, world: World, mails: Mails
) -> None:
    for number in range(50):
        enter(app.test_client(), "wrong password", address=f"198.51.100.{number}")
    anna = app.test_client()
    refused = enter(anna, address=ELSEWHERE)
    assert refused.status_code == 429
    assert "With a new password by mail, this browser is let in at once." in refused.get_data(as_text=True)
    anna.post("/forgotten-password", data={"email": "anna@example.com"})
    path, token = link_in(mails()[-1])
    anna.post(path, data={"token": token, "password": "neue kiesel tonne"})
    assert enter(anna, "neue kiesel tonne", address=ELSEWHERE).status_code == 302
    assert is_in(anna)


def test_a_new_password_by_mail_makes_every_other_browser_new(
    app: Flask, world: World, seed: Seed, mails: Mails
) -> None:
    desk = app.test_client()
    enter(desk)
    fresh = app.test_client()
    fresh.post("/forgotten-password", data={"email": "anna@example.com"})
    path, token = link_in(mails()[-1])
    fresh.post(path, data={"token": token, "password": "neue kiesel tonne"})
    assert seed.run(text("select count(*) from known_device"))[0][0] == 1
    enter(fresh, "neue kiesel tonne", address=ELSEWHERE, agent=PHONE)
    assert mails() == []


def test_the_list_of_sessions_tells_device_proof_place_and_last_use(app: Flask, world: World, seed: Seed) -> None:
    desk, phone, other = app.test_client(), app.test_client(), app.test_client()
    enter(desk, address="127.0.0.1")
    enter(phone, address=ELSEWHERE, agent=PHONE)
    enter(other, address="127.0.0.1", agent="")
    page = " ".join(desk.get("/your-account/").get_data(as_text=True).split())
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page)
    told = {device: re.sub(r"\s+", " ", re.sub("<.*?>", " ", cells)).strip() for device, cells in rows}
    assert set(told) == {"Firefox on Windows", "Safari on iPhone", "Unknown device"}
    assert told["Safari on iPhone"].startswith("ANNA name Password 203.0.113.7 ")
    assert told["Unknown device"].startswith("ANNA name Password 127.0.0.1 (as here) ")
    assert "this device" in told["Firefox on Windows"]


def test_the_cookie_outlives_the_session_by_which_the_browser_is_known(app: Flask, world: World, seed: Seed) -> None:
    desk = app.test_client()
    answer = enter(desk)
    expires = parsedate_to_datetime(re.findall(r"Expires=([^;]+)", answer.headers["Set-Cookie"])[0])
    assert timedelta(days=399) < expires - datetime.now(UTC) <= timedelta(days=400)
    seed.run(text("update user_session set expires_at = now()"))
    assert not is_in(desk)

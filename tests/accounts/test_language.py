"""Which language a reader gets: chosen here, the person's own, the browser's, that of the organisation whose page it is."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.core.i18n import offered_language
from tenants.database import count_statements, db
from tests.factories.organisations import PASSWORD, make_person
from tests.factories.seed import Seed
from tests.factories.world import World

GERMAN, ENGLISH, FRENCH = "de-DE,de;q=0.9", "en-GB,en;q=0.9", "fr-FR,fr;q=0.9"


def language_of(client: FlaskClient, path: str, asks_for: str) -> str:
    """Give the language in which a page comes to a browser that asks for one."""
    page = client.get(path, headers={"Accept-Language": asks_for}).get_data(as_text=True)
    found = re.search('<html lang="([^"]*)"', page)
    assert found is not None, page[:200]
    return found[1]


def enter(client: FlaskClient, email: str, path: str = "/sign-in") -> None:
    """Sign in by the form."""
    assert client.post(path, data={"email": email, "password": PASSWORD}).status_code == 302


def test_before_signing_in_the_browser_is_asked_and_then_the_organisation(app: Flask, world: World, seed: Seed) -> None:
    door = f"/w/{world.north.slug}/"
    seed.run(text("update organisation set locale = 'de-AT' where id = :id"), {"id": world.north.id})
    for path, asks_for, language in (
        ("/sign-in", GERMAN, "de"),
        ("/sign-in", ENGLISH, "en"),
        ("/sign-in", FRENCH, "en"),
        (door, GERMAN, "de"),
        (door, ENGLISH, "en"),
        (door, FRENCH, "de"),
    ):
        assert language_of(app.test_client(), path, asks_for) == language, (path, asks_for)


def test_the_persons_own_language_wins_over_the_browsers(app: Flask, world: World, seed: Seed) -> None:
    make_person(seed, "german@example.com", (world.anna, "buyer"), locale="de")
    make_person(seed, "english@example.com", (world.anna, "buyer"), locale="en")
    for email, asks_for, own in (("german@example.com", ENGLISH, "de"), ("english@example.com", GERMAN, "en")):
        client = app.test_client()
        enter(client, email)
        # Also where nobody looks up who is signed in: an address that leads nowhere.
        for path in ("/buying/", "/your-account/", "/nowhere"):
            assert language_of(client, path, asks_for) == own, path


def test_whoever_chose_no_language_reads_that_of_the_organisation(app: Flask, world: World, seed: Seed) -> None:
    seed.run(text("update organisation set locale = 'de' where id = :id"), {"id": world.anna.id})
    client = app.test_client()
    enter(client, "anna@example.com")
    assert language_of(client, "/buying/", ENGLISH) == "de"
    assert language_of(client, "/nowhere", ENGLISH) == "de"


def test_what_is_chosen_in_this_browser_wins_over_the_persons_own(app: Flask, world: World, seed: Seed) -> None:
    make_person(seed, "german@example.com", (world.anna, "buyer"), locale="de")
    client = app.test_client()
    client.post("/language", data={"language": "en"})
    enter(client, "german@example.com")
    assert language_of(client, "/buying/", GERMAN) == "en"
    elsewhere = app.test_client()
    enter(elsewhere, "german@example.com")
    assert language_of(elsewhere, "/buying/", ENGLISH) == "de"
    elsewhere.post("/language", data={"language": "en"})
    third = app.test_client()
    enter(third, "german@example.com")
    assert language_of(third, "/buying/", GERMAN) == "en"


def test_the_language_of_one_person_does_not_stay_for_the_next(app: Flask, world: World, seed: Seed) -> None:
    make_person(seed, "german@example.com", (world.anna, "buyer"), locale="de")
    make_person(seed, "english@example.com", (world.anna, "buyer"), locale="en")
    client = app.test_client()
    enter(client, "german@example.com")
    assert language_of(client, "/buying/", ENGLISH) == "de"
    client.post("/sign-out")
    assert language_of(client, "/sign-in", ENGLISH) == "en"
    enter(client, "english@example.com")
    assert language_of(client, "/buying/", GERMAN) == "en"


def test_the_language_costs_no_statement(app: Flask, world: World, seed: Seed) -> None:
    client = app.test_client()
    enter(client, "anna@example.com")
    client.get("/buying/")
    with app.app_context():
        engine = db.engine
    seen = []
    for locale in ("", "de"):
        seed.run(text("update user_account set locale = :locale where email = 'anna@example.com'"), {"locale": locale})
        with count_statements(engine) as counter:
            client.get("/buying/")
        seen.append(len(counter.statements))
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de", "de"), ("de-AT", "de"), ("de_CH", "de"), ("en-US", "en"), ("fr", "en"), ("", "en"), (None, "en")],
)
def test_a_language_the_portal_does_not_speak_is_english(tag: str | None, language: str) -> None:
    assert offered_language(tag) == language

"""What people see when something broke: every such page reads well in both languages, the barest one too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser
from psycopg import errors
from sqlalchemy.exc import OperationalError
from werkzeug.serving import make_server

from portal.web import errors as error_pages
from tests.browser.person import Person
from tests.factories.world import World

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium")]

BROKEN = "sign_in.branded"


@pytest.fixture
def address(app: Flask, world: World) -> Iterator[str]:
    """Give the address of a portal that one may break."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def visitor(app: Flask, address: str, chromium: Browser) -> Iterator[Callable[[str], Person]]:
    """Give visitors, who must find nothing to complain about."""
    people: list[Person] = []

    def arrive(language: str) -> Person:
        # Asked once, the portal has its translations.
        assert app.test_client().get("/healthz").status_code == 200
        people.append(Person(chromium, address, app.extensions["settings"].instance, language))
        return people[-1]

    yield arrive
    for person in people:
        person.context.close()
    assert [complaint for person in people for complaint in person.complaints] == []


def break_by(app: Flask, patch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the sign-in page fail from here on."""

    def view(**_: object) -> str:
        raise error

    patch.setitem(app.view_functions, BROKEN, view)


HEADINGS = {500: "Something went wrong on our side", 503: "The portal is not available at the moment"}


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("status", [500, 503])
def test_a_page_of_our_own_fault_is_read_by_everybody(
    app: Flask,
    visitor: Callable[[str], Person],
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    language: str,
) -> None:
    fault = RuntimeError() if status == 500 else OperationalError("select", {}, errors.DiskFull())
    break_by(app, monkeypatch, fault)
    person = visitor(language)
    person.visit(f"/w/{world.north.slug}/", status)
    assert person.page.get_by_role("heading", level=1).inner_text() == person.says(HEADINGS[status])
    assert person.page.locator("html").get_attribute("lang") == language


BARE = {
    500: "Something went wrong on our side. Nothing you entered was half saved.",
    503: "The portal is not available at the moment. Please try again shortly.",
}


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("status", [500, 503])
def test_so_is_the_page_that_stands_in_for_one_that_cannot_be_made(
    app: Flask,
    visitor: Callable[[str], Person],
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    language: str,
) -> None:
    def render(*_: object, **__: object) -> str:
        raise RuntimeError("no template can be read")

    fault = RuntimeError() if status == 500 else OperationalError("select", {}, errors.DiskFull())
    break_by(app, monkeypatch, fault)
    monkeypatch.setattr(error_pages, "render_template", render)
    person = visitor(language)
    person.visit(f"/w/{world.north.slug}/", status)
    assert person.page.get_by_role("heading", level=1).inner_text() == person.says(BARE[status])
    assert person.page.locator("html").get_attribute("lang") == language

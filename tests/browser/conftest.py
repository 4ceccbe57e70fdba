"""A browser and a site to look at: Debian's chromium, started once a run; the style guide needs no database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from portal.web.style_guide import create_style_guide
from tests.browser.person import Person
from tests.running_portal import Portal

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def style_guide() -> Iterator[str]:
    """Give the address of a running style guide."""
    server = make_server("127.0.0.1", 0, create_style_guide(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/dev/style-guide/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900}) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Give a page that fails the test when the browser complains: script errors and violations of the policy."""
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    expected = "Failed to load resource"
    assert [complaint for complaint in complaints if expected not in complaint] == []


@dataclass(frozen=True, slots=True)
class DemoPortal:
    """A portal with the demo channel."""

    address: str
    instance: Path


@pytest.fixture(scope="session")
def demo_portal(new_instance: Callable[[], Path]) -> Iterator[DemoPortal]:
    """Give a whole portal as `make run` starts it, worker and demo channel included; started once a run."""
    portal = Portal(new_instance(), DEMO="yes", WEB_PROCESSES="1")
    try:
        yield DemoPortal(f"http://localhost:{portal.port}", portal.instance)
    finally:
        portal.stop()


@pytest.fixture
def somebody(chromium: Browser, demo_portal: DemoPortal) -> Iterator[Callable[..., Person]]:
    """Give people with browsers of their own; at the end every page they saw must have been in order."""
    people: list[Person] = []

    def arrive(language: str, email: str = "", slug: str = "", *, script: bool = True) -> Person:
        person = Person(chromium, demo_portal.address, demo_portal.instance, language, script=script)
        people.append(person)
        if email:
            person.sign_in(email, slug)
        return person

    yield arrive
    for person in people:
        person.context.close()
    assert [complaint for person in people for complaint in person.complaints] == []

"""What tests of accounts share: a throttle that counts in memory, and the mails that would have been sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.test import TestResponse

from portal.accounts.passwords import HashingCost
from tests.factories.mails import forget_mails, written_mails
from tests.factories.seed import Seed

Mails = Callable[[], list[EmailMessage]]


@pytest.fixture(autouse=True)
def _cheap_passwords(app: Flask) -> None:
    app.config["PASSWORD_HASHING"] = HashingCost(passes=1, memory_kib=8)
    app.extensions.pop("password_hashing", None)


@pytest.fixture
def throttle(app: Flask) -> Iterator[None]:
    """Count limits in memory for this test."""
    before = app.extensions["rate_limits"]
    app.extensions["rate_limits"] = FixedWindowRateLimiter(MemoryStorage())
    yield
    app.extensions["rate_limits"] = before


@pytest.fixture
def mails(app: Flask, seed: Seed) -> Mails:
    """Run what the worker would run and give the mails it wrote since the last call, oldest first."""
    forget_mails(app)
    return lambda: written_mails(app, seed)


def page_of(answer: TestResponse, *varying: str) -> str:
    """Give a page without form tokens and without what was typed, for comparing two answers."""
    page = re.sub(r'((?:csrf-token" content|csrf_token" value)=")[^"]*', r"\1", answer.get_data(as_text=True))
    for word in varying:
        page = page.replace(word, "…")
    return page


def text_of(mail: EmailMessage) -> str:
    """Give a mail's plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(mail: EmailMessage) -> tuple[str, str]:
    """Give path and token of the link in a mail."""
    [address] = [word for word in text_of(mail).split() if word.startswith("http://") and "token=" in word]
    parts = urlsplit(address)
    return parts.path, parse_qs(parts.query)["token"][0]

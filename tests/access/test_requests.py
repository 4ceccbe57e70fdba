"""What every request must withstand: forged forms, addresses and headers, and values nobody would type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import pytest
from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing.converters import AnyConverter, NumberConverter

from portal.web.headers import CONTENT_SECURITY_POLICY
from tests.access.asking import Asker
from tests.access.rows import Row, every_row
from tests.soak import FULL, some

pytestmark = [pytest.mark.shared_database, pytest.mark.usefixtures("harmless")]

ROWS = every_row()
ORIGIN = "https://erp.example.com"
FOR_PROGRAMS = {"oauth.issue_token", "oauth.revoke_token", "oauth.introspect_token", "scim.serve"}
KEPT = {
    "brands.stylesheet",
    "brands.logo",
    "static",
    "catalogue.picture",
    "health.healthz",
    "health.readyz",
    "health.metrics",
}
"""Answers without prices or persons, or (pictures) addressed by their content, that may be kept."""
ASKS_ANOTHER = {"single_sign_on.begin"}
"""The organisation's own provider, which nobody runs in these tests: 502 says so."""
TELL_THE_TIME = {"health.metrics", "your_account.show"}
"""Their answers differ from one moment to the next."""
UNCSRFED = {row.endpoint for row in ROWS if row.scope is not None} | FOR_PROGRAMS | {"unsubscribing.end"}
"""Bearers of tokens, and the signed link of a mail, which a mail program follows without anything else (RFC 8058)."""
NASTY = (
    "",
    "NaN",
    "-1",
    "1e999",
    "9" * 40,
    "99999999999",
    "0.0000000001",
    "١٢",
    "%00\x00",
    "' or 1=1 --",
    "<script>alert(1)</script>",
    "\ud7ff😀" * 50,
    "2026-02-30",
    "infinity",
    "-infinity",
    "0001-01-01",
    "9999-12-31",
    "[]",
    "WyJhIiwiYiJd.c2ln",
    "//evil.example/x",
    "a" * 5000,
)

ALONE = NASTY if FULL else ("9" * 40, "%00\x00")
TWICE = "again and again"
"""Stands for a field that comes several times."""


class Recording(ImmutableMultiDict[str, Any]):
    """Remembers which names a view asks for."""

    asked: set[str] = set()  # noqa: RUF012 - shared by all requests of one test on purpose

    def get(self, key: str, *rest: Any, **more: Any) -> Any:
        """Give a value."""
        self.asked.add(key)
        return super().get(key, *rest, **more)

    def getlist(self, key: str, *rest: Any) -> list[Any]:
        """Give all values."""
        self.asked.add(key)
        return super().getlist(key, *rest)

    def __getitem__(self, key: str) -> Any:
        """Give a value."""
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        """Tell whether it is there."""
        self.asked.add(str(key))
        return super().__contains__(key)


@pytest.fixture
def recording(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Give the names of parameters and fields that requests asked for."""

    class RecordingRequest(Request):
        parameter_storage_class = Recording

    monkeypatch.setattr(app, "request_class", RecordingRequest)
    yield Recording.asked
    Recording.asked.clear()


def headers_of(asker: Asker, row: Row) -> Mapping[str, str]:
    return {} if row.is_public else asker.usual(row)


def may_answer(row: Row, status: int) -> bool:
    """Tell whether the answer is one of ours and no failure."""
    return status < HTTPStatus.INTERNAL_SERVER_ERROR or (
        status == HTTPStatus.BAD_GATEWAY and row.endpoint in ASKS_ANOTHER
    )


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_no_value_breaks_a_route(row: Row, asker: Asker, recording: set[str]) -> None:
    recording.clear()
    asker.send(row, headers_of(asker, row))
    recording.update(row.query, row.form)
    names = sorted(name for name in recording if name.isprintable() and name != "csrf_token")[:30]
    for value in some(NASTY, str(row), 5):
        everywhere = dict.fromkeys(names, value)
        answer = asker.send(row, headers_of(asker, row), query=everywhere, form=everywhere)
        assert may_answer(row, answer.status), value
    for name in names:
        for value in some((*ALONE, TWICE), f"{row} {name}", len(ALONE) + 1):
            sent: dict[str, Any] = {name: ["1", "2", "x"] if value == TWICE else value}
            if row.is_safe:
                answer = asker.send(row, headers_of(asker, row), query={**row.query, **sent})
            else:
                answer = asker.send(row, headers_of(asker, row), query={**row.query, **sent}, form={**row.form, **sent})
            assert may_answer(row, answer.status), (name, value)


@pytest.mark.parametrize("row", [row for row in ROWS if row.objects or row.path], ids=str)
def test_no_address_breaks_a_route(row: Row, asker: Asker) -> None:
    addresses = [
        asker.address(row, _address_of(asker, row, text=value, number=1))
        for value in some(("'", "%2e%2e%2f", "\x00", "-1", "9" * 30, "😀", "a" * 3000, "None"), str(row), 3)
    ]
    addresses.append(asker.address(row, _address_of(asker, row, text=str(10**30), number=10**30)))
    for address in addresses:
        with asker.client.open(address, method=row.method, headers=headers_of(asker, row), json=row.body) as answer:
            assert answer.status_code < 500, address
            answer.get_data()


def _address_of(asker: Asker, row: Row, *, text: str, number: int) -> dict[str, Any]:
    """Give a value for each part of the address that takes any; what takes some alone keeps the first of them."""
    values: dict[str, Any] = {}
    for rule in asker.app.url_map.iter_rules(row.endpoint):
        for name, converter in rule._converters.items():
            if isinstance(converter, AnyConverter):
                values[name] = min(converter.items)
            else:
                values[name] = number if isinstance(converter, NumberConverter) else text
    return values


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_every_answer_carries_its_headers(row: Row, asker: Asker) -> None:
    answer = asker.send(row, headers_of(asker, row))
    policy = answer.headers["Content-Security-Policy"]
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        # The consent screen alone sends its form on, to the program that asked.
        usual = policy.replace(f" {ORIGIN};", ";") if row.endpoint == "consent.ask" else policy
        assert usual == "; ".join(f"{name} {value}" for name, value in CONTENT_SECURITY_POLICY.items())
    assert "unsafe-eval" not in policy
    assert "script-src" not in policy or "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("row", [row for row in ROWS if not row.is_safe and row.endpoint not in UNCSRFED], ids=str)
def test_forms_of_others_are_refused(row: Row, asker: Asker, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for origin in ({}, {"Origin": "https://evil.example", "Referer": "https://evil.example/"}):
        assert asker.send(row, {**headers_of(asker, row), **origin}).status == 400


def test_a_form_with_its_own_token_passes(asker: Asker, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    client = app.test_client()
    page = client.get("/sign-in")
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = client.post("/sign-in", data={"csrf_token": token, "email": "a@b.example", "password": "x"})
    assert answer.status_code == 401
    flags = page.headers["Set-Cookie"]
    assert "HttpOnly" in flags
    assert "SameSite=Lax" in flags


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/%0d%0aX: y\r\nX: y",
        "\t//evil.example",
    ],
)
def test_nothing_leads_elsewhere(target: str, asker: Asker) -> None:
    for row in ROWS:
        if row.endpoint in {"sign_in.language", "sign_in.theme", "storefront.add", "sign_in.show"}:
            for query, form in (({"next": target}, {**row.form}), ({}, {**row.form, "next": target})):
                answer = asker.send(row, asker.usual(row, "ANNA"), query=query, form=form)
                location = answer.headers.get("Location", "/")
                assert location.startswith("/")
                assert not location.startswith(("//", "/\\"))
                assert "evil" not in location


def test_forged_hosts_change_nothing(asker: Asker) -> None:
    forged = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example",
        "X-Original-URL": "/selling/",
        "X-HTTP-Method-Override": "POST",
    }
    for row in ROWS:
        if row.is_safe and row.endpoint not in TELL_THE_TIME:
            plain = asker.send(row, headers_of(asker, row))
            assert asker.send(row, {**headers_of(asker, row), **forged}).everything() == plain.everything(), str(row)


def test_posted_tenants_and_roles_are_ignored(asker: Asker) -> None:
    west = asker.world.organisations["WEST"].id
    claims = {
        **dict.fromkeys(
            ("seller_id", "buyer_id", "organisation_id", "owner_id", "tenant", "capacity", "user_id"), west
        ),
        "permissions": "people:manage",
    }
    for row in ROWS:
        if row.scope is None and not row.is_public:
            plain = asker.send(row, asker.usual(row))
            claimed = asker.send(
                row,
                asker.usual(row),
                query={**_filled(asker, row, row.query), **claims},
                form={**_filled(asker, row, row.form), **claims},
            )
            assert claimed.status == plain.status, str(row)
            for text in ("WEST name", "Zanary WEST", "@west.example"):
                assert text not in claimed.text, str(row)


def _filled(asker: Asker, row: Row, sent: Mapping[str, str]) -> dict[str, Any]:
    values = asker.values(row)
    return {name: value.format(**values) if "{" in value else value for name, value in sent.items()}


def test_answers_of_one_person_are_never_kept_for_another(asker: Asker) -> None:
    for row in ROWS:
        if not row.is_public and row.is_safe and row.endpoint not in KEPT:
            answer = asker.send(row, asker.usual(row))
            assert "public" not in answer.headers.get("Cache-Control", ""), str(row)
            assert "no-store" in answer.headers.get("Cache-Control", ""), str(row)

"""Sends the requests of the access matrix, and makes answers comparable byte for byte."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.access.rows import Row
from tests.factories.access_world import AccessWorld

_CHANGING = re.compile(
    r"""(?:csrf[_-]token|idempotency_key)["'][^>]*?(?:value|content)=["'][^"']*["']"""
    r"""|(?:value|content)=["'][^"']*["'][^>]*?(?:csrf[_-]token|idempotency_key)["']"""
    r"""|"(?:order|request|case)_number":"[0-9A-Z]{4}-[0-9A-Z]{4}"|data-csrf[^=]*=["'][^"']*["']"""
    # What is random by design: challenges, secrets and codes.
    r"""|"challenge": "[^"]*"|name="sealed" value="[^"]*"|data-secret>[^<]*<|class="qr" src="[^"]*\""""
    r"""|<code>(?:[2-9a-z]{4}-){3}[2-9a-z]{4}</code>|<code class="break">[\w-]{43,}</code>|/tokens/[0-9]+/end"""
    r"""|(?:NEW-(?:NAME|SHOP)|SHOP-S-NAME)-[0-9A-Z]{4}|"key":"[0-9a-f]{32}"|"(?:(?:created|decided|expires|requested|published|proposed|answered|released|opened|last|registered)_)?at":"[^"]*\""""
    r"""|"number":[0-9]+(?=,"name":"New","measure")|[?]code=[\w-]{43}|kontor-[0-9a-f]{32}|/support/[0-9A-Z]{4}-[0-9A-Z]{4}"""
)
_UNCOMPARED = frozenset({"X-Request-Id", "Set-Cookie", "Date", "Content-Length"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `text` without what differs between two requests anyway."""

    status: int
    headers: Mapping[str, str]
    text: str
    location: str

    def everything(self) -> tuple[int, str, tuple[tuple[str, str], ...]]:
        """Give what must be the same byte for byte."""
        return self.status, self.text, tuple(sorted(self.headers.items()))


@dataclass(frozen=True, slots=True)
class Asker:
    """Sends requests without cookies of their own: each says as whom."""

    app: Flask
    world: AccessWorld
    client: FlaskClient

    def cookie(self, token: str) -> str:
        """Give the cookie of a browser with that session."""
        serializer: Any = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        return f"{self.app.config['SESSION_COOKIE_NAME']}={serializer.dumps({'token': token})}"

    def as_person(self, organisation: str, role: str) -> dict[str, str]:
        """Give the headers of somebody who is signed in."""
        return {"Cookie": self.cookie(self.world.sessions[organisation, role])}

    def as_client(self, token: str) -> dict[str, str]:
        """Give the headers of a program."""
        return {"Authorization": f"Bearer {token}"}

    def usual(self, row: Row, organisation: str = "", role: str = "admin") -> dict[str, str]:
        """Give the headers of somebody of the organisation (without one: the row's actor)."""
        code = organisation or row.actor
        return self.as_client(self.world.tokens[code]) if row.scope else self.as_person(code, role)

    def values(self, row: Row, relation: str = "own") -> dict[str, Any]:
        """Give the names of the row's objects in that relation; where one has none, a missing one."""
        found: dict[str, Any] = dict(row.path)
        for kind in row.objects.values():
            objects = self.world.objects[kind]
            found |= objects.get(relation, objects["missing"])
        return found

    def send(
        self,
        row: Row,
        headers: Mapping[str, str],
        relation: str = "own",
        *,
        query: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Answer:
        """Send the row's request and give the answer with what it names masked."""
        values = self.values(row, relation)
        options: dict[str, Any] = {"query_string": query if query is not None else _filled(row.query, values)}
        if row.body is not None:
            options["json"] = _filled(row.body, values)
        elif not row.is_safe:
            options["data"] = form if form is not None else _filled(row.form, values)
        options |= more
        response = self.client.open(
            self.address(row, values), method=row.method, headers={**row.headers, **headers}, **options
        )
        return read(response, values)

    def address(self, row: Row, values: Mapping[str, Any]) -> str:
        """Give the path of the row's request."""
        rule = next(rule for rule in self.app.url_map.iter_rules(row.endpoint) if row.method in (rule.methods or ()))
        with self.app.test_request_context():
            adapter = current_app.create_url_adapter(None) or self.app.url_map.bind("localhost")
            named = {name: values[name] for name in rule.arguments if name in values}
            return adapter.build(row.endpoint, named, method=row.method)


def read(response: TestResponse, values: Mapping[str, Any]) -> Answer:
    """Give a response without request ids, tokens of forms and the names of what was asked for."""
    text = response.get_data().decode(errors="replace")
    request_id = response.headers.get("X-Request-Id", "")
    if request_id:
        text = text.replace(request_id, "<id>")
    text = _CHANGING.sub("<token>", text)
    headers = {
        name: _CHANGING.sub("<token>", value) for name, value in response.headers.items() if name not in _UNCOMPARED
    }
    location = response.headers.get("Location", "")
    named = [value for value in values.values() if isinstance(value, str)]
    for value in sorted(named, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "<object>", text)
        headers = {name: header.replace(value, "<object>") for name, header in headers.items()}
    return Answer(response.status_code, headers, text, location)


def _filled(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        return re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], match[0])), template)
    if isinstance(template, Mapping):
        return {_filled(key, values): _filled(value, values) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [_filled(value, values) for value in template]
    return template

"""A program that people allow, as it goes through the whole flow."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, text
from werkzeug.test import TestResponse

from tenants.permissions import Scope
from tenants.token_models import ClientKind
from tests.factories.organisations import sign_in
from tests.factories.programs import REDIRECT_URI, SECRET, make_client
from tests.factories.seed import Seed
from tests.factories.world import World, build_world

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
CHECK = {"lines": [{"article": "none", "quantity": 1}]}


Logged = Callable[[str], list[Any]]


@dataclass
class Program:
    """The program and the browser of a person."""

    client: Row[Any]
    browser: FlaskClient
    machine: FlaskClient
    secret: str = SECRET

    def request(self, **changes: Any) -> dict[str, Any]:
        """Give an authorization request; None leaves a parameter out."""
        usual = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": "buying:read buying:write",
            "state": 'x "y"',
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def ask(self, **changes: Any) -> TestResponse:
        """Send the person to the consent screen."""
        return self.browser.get("/oauth/authorize", query_string=self.request(**changes))

    def decide(self, decision: str = "allow", **changes: Any) -> TestResponse:
        """Let the person decide."""
        return self.browser.post("/oauth/authorize", data={**self.request(**changes), "decision": decision})

    def code(self, **changes: Any) -> str:
        """Let the person allow it, and give the code."""
        return answered(self.decide(**changes))["code"]

    def tokens(self, code: str, **changes: Any) -> TestResponse:
        """Exchange a code."""
        form = {"code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER, **changes}
        return self.token_request(grant_type="authorization_code", **form)

    def refresh(self, token: str, **more: Any) -> TestResponse:
        """Exchange a refresh token."""
        return self.token_request(grant_type="refresh_token", refresh_token=token, **more)

    def token_request(self, **form: Any) -> TestResponse:
        """Ask the token endpoint."""
        return self.post("/oauth/token", form)

    def post(self, path: str, form: dict[str, Any]) -> TestResponse:
        """Send a form as the program proves itself."""
        given = {name: value for name, value in form.items() if value is not None}
        if not self.secret:
            return self.machine.post(path, data={"client_id": self.client.client_id, **given})
        basic = base64.b64encode(f"{self.client.client_id}:{self.secret}".encode()).decode()
        return self.machine.post(path, data=given, headers={"Authorization": f"Basic {basic}"})

    def allowed(self, **changes: Any) -> dict[str, Any]:
        """Go through the whole flow and give what the program got."""
        answer = self.tokens(self.code(**changes))
        assert answer.status_code == 200, answer.text
        got: dict[str, Any] = answer.get_json()
        return got


def answered(response: TestResponse) -> dict[str, str]:
    """Give the parameters with which the person is sent back to the program."""
    assert response.status_code == 303, response.text
    address, _, query = response.headers["Location"].partition("?")
    assert address == REDIRECT_URI
    return {name: values[0] for name, values in parse_qs(urlsplit(f"?{query}").query).items()}


def error_of(response: TestResponse) -> tuple[int, str]:
    """Give status and error of the token endpoint's refusal."""
    return response.status_code, response.get_json(force=True)["error"]


def price_check(client: FlaskClient, token: str, capacity: str = "buying") -> int:
    """Let the token ask for prices; gives the status."""
    headers = {"Authorization": f"Bearer {token}"}
    return client.post(f"/api/v1/{capacity}/price-checks", json=CHECK, headers=headers).status_code


def read_orders(client: FlaskClient, token: str, capacity: str) -> int:
    """Let the token read orders; gives the status."""
    return client.get(f"/api/v1/{capacity}/orders", headers={"Authorization": f"Bearer {token}"}).status_code


def place_order(client: FlaskClient, token: str) -> int:
    """Let the token order nothing there is; gives the status, 403 without the right."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "one"}
    return client.post("/api/v1/buying/orders", json=CHECK, headers=headers).status_code


def make_program(
    app: Flask, seed: Seed, world: World, kind: ClientKind = ClientKind.WEB, *scopes: Scope, **values: Any
) -> Program:
    """Give a program of anna's, and the browser of anna's administrator, who has just signed in."""
    client = make_client(seed, world.anna, kind, *(scopes or (Scope.BUYING_READ, Scope.BUYING_WRITE)), **values)
    browser = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    return Program(client, browser, app.test_client(use_cookies=False), "" if kind is ClientKind.NATIVE else SECRET)


_AS_IT_WAS = (
    "delete from refresh_token",
    "delete from api_token",
    "delete from api_grant",
    "delete from personal_token",
    "delete from api_client",
    "delete from acting_session",
    "delete from user_session",
    "delete from sign_in_policy",
    "delete from outbox_event",
    "update membership set role = 'admin', status = 'active'",
    "update user_account set status = 'active', locale = ''",
    "update organisation set status = 'active'",
)


@pytest.fixture
def world(app: Flask, seed: Seed, request: pytest.FixtureRequest) -> World:
    """Give the world as it was, made once a module; the log alone goes on."""
    owner, known = request.module.__name__, app.extensions.get("oauth_world")
    if known is not None and known[0] == owner:
        for statement in _AS_IT_WAS:
            seed.run(text(statement))
        found: World = known[1]
        return found
    made = build_world(seed)
    app.extensions["oauth_world"] = (owner, made)
    return made


@pytest.fixture
def logged(seed: Seed) -> Logged:
    """Give what stands in the log of an act since the test began."""
    [(since,)] = seed.run(text("select clock_timestamp()"))
    statement = text("select * from audit_entry where action = :action and at > :since order by at")
    return lambda action: seed.run(statement, {"action": action, "since": since})


@pytest.fixture
def program(app: Flask, seed: Seed, world: World) -> Program:
    """Give a web application of anna's."""
    return make_program(app, seed, world)

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tenants.authentication import hash_token
from tenants.tokens import ApiClientRow
from tests.web.api_example import Fakes, example_app

SECRET = "s" * 43


@pytest.fixture
def fakes() -> Fakes:
    fakes = Fakes()
    fakes.clients["till"] = ApiClientRow(3, "till", hash_token(SECRET), 7, ("buying:read", "buying:write"))
    return fakes


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, fakes: Fakes) -> FlaskClient:
    return example_app(monkeypatch, fakes, RATE_LIMIT_TOKEN_FAILURES="3/minute").test_client()


def basic(name: str = "till", secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def ask(client: FlaskClient, headers: dict[str, str] | None = None, **form: Any) -> TestResponse:
    data = {"grant_type": "client_credentials"} | form
    return client.post("/oauth/token", data=data, headers=basic() if headers is None else headers)


def test_a_client_gets_a_token_for_an_hour_with_its_scopes(client: FlaskClient, fakes: Fakes) -> None:
    response = ask(client)
    answer = response.get_json()
    token = answer.pop("access_token")
    assert response.status_code == 200
    assert answer == {"token_type": "Bearer", "expires_in": 3600, "scope": "buying:read buying:write"}
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    scopes, expires_at = fakes.tokens[hash_token(token)]
    assert (scopes, expires_at) == (
        frozenset({"buying:read", "buying:write"}),
        datetime.fromisoformat("2026-11-21T13:00:00+00:00"),
    )
    assert response.headers["Cache-Control"] == "no-store"
    assert fakes.edge == ["commit"]


def test_the_token_works_until_its_hour_has_passed(client: FlaskClient, fakes: Fakes) -> None:
    headers = {"Authorization": f"Bearer {ask(client).get_json()['access_token']}"}
    assert client.get("/api/v1/buying/articles", headers=headers).status_code == 200
    fakes.let_an_hour_pass()
    assert client.get("/api/v1/buying/articles", headers=headers).status_code == 401


def test_a_token_is_given_for_less_when_less_is_asked(client: FlaskClient) -> None:
    assert ask(client, scope="buying:read").get_json()["scope"] == "buying:read"


def test_a_token_and_new_tokens_end_with_the_organisation(client: FlaskClient, fakes: Fakes) -> None:
    headers = {"Authorization": f"Bearer {ask(client).get_json()['access_token']}"}
    fakes.inactive.add(7)
    assert client.get("/api/v1/buying/articles", headers=headers).status_code == 401
    assert ask(client).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(secret="wrong"),
        basic(name="nobody"),
        basic(secret=""),
        basic(name="x" * 300),
        basic(name="a\u0000b"),
        {"Authorization": "Basic /w=="},
        {"Authorization": "Basic %%%"},
        {"Authorization": "Bearer x"},
    ],
)
def test_every_wrong_client_looks_the_same(client: FlaskClient, headers: dict[str, str]) -> None:
    response = ask(client, headers)
    found = json.loads(response.data)
    del found["request_id"]
    assert response.status_code == 401
    assert response.content_type == "application/problem+json"
    assert response.headers["WWW-Authenticate"] == 'Basic realm="kontor", charset="UTF-8"'
    detail = "The client is unknown or may not get tokens, or its secret is wrong."
    assert found == {
        "type": "/problems/invalid-client",
        "title": "Invalid client",
        "status": 401,
        "detail": detail,
        "error": "invalid_client",
        "error_description": detail,
    }


def test_secrets_in_the_form_are_not_read(client: FlaskClient) -> None:
    response = ask(client, {}, client_id="till", client_secret=SECRET)
    assert (response.status_code, json.loads(response.data)["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": 'ä"\\'}, "unsupported_grant_type"),
        ({"grant_type": ["client_credentials", "client_credentials"]}, "invalid_request"),
        ({"scope": "selling:write"}, "invalid_scope"),
        ({"scope": "buying:read selling:write"}, "invalid_scope"),
        ({"scope": "ä\u0000"}, "invalid_scope"),
    ],
)
def test_wrong_forms_are_refused(client: FlaskClient, form: dict[str, Any], error: str) -> None:
    response = ask(client, **form)
    assert (response.status_code, json.loads(response.data)["error"]) == (400, error)
    assert response.content_type == "application/problem+json"


def test_json_is_no_form(client: FlaskClient) -> None:
    response = client.post("/oauth/token", json={"grant_type": "client_credentials"}, headers=basic())
    assert (response.status_code, json.loads(response.data)["error"]) == (400, "invalid_request")


def test_guessing_is_stopped_without_stopping_the_client_elsewhere(client: FlaskClient) -> None:
    guesses = [ask(client, basic(secret=f"guess {number}")).status_code for number in range(5)]
    assert guesses == [401, 401, 401, 429, 429]
    refused = ask(client)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    elsewhere = client.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        headers=basic(),
        environ_overrides={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert elsewhere.status_code == 200

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request, session, url_for
from flask.testing import FlaskClient

from portal.web.headers import allow_in_policy, public_link, safe_target
from tests.web.api_example import Fakes, example_app

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def make(monkeypatch: pytest.MonkeyPatch, **config: Any) -> Flask:
    app = example_app(monkeypatch, Fakes(), **config)

    @app.get("/who")
    def who() -> dict[str, Any]:
        session["token"] = "t"
        return {
            "address": request.remote_addr,
            "host": request.host,
            "scheme": request.scheme,
            "link": url_for("page", _external=True),
        }

    @app.get("/scan")
    def scan() -> str:
        allow_in_policy("script-src", "'wasm-unsafe-eval'")
        return "<p>scan</p>"

    return app


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    return make(monkeypatch).test_client()


def test_pages_carry_every_security_header(client: FlaskClient) -> None:
    headers = client.get("/page").headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert len(headers["X-Request-Id"]) == 16
    assert "Strict-Transport-Security" not in headers


def test_one_page_may_be_allowed_more(client: FlaskClient) -> None:
    assert "script-src 'self' 'wasm-unsafe-eval';" in client.get("/scan").headers["Content-Security-Policy"]
    assert client.get("/page").headers["Content-Security-Policy"] == POLICY


def test_answers_that_are_no_pages_may_load_nothing(client: FlaskClient) -> None:
    policy = client.get("/api/v1/openapi.json").headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"


def test_over_tls_cookies_are_bound_to_the_host_and_hsts_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    response = make(monkeypatch, PUBLIC_URL="https://portal.example").test_client().get("/who")
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-kontor=")
    assert [part.strip() for part in cookie.split(";")[1:]] == ["Secure", "HttpOnly", "Path=/", "SameSite=Lax"]


def test_without_tls_the_cookie_has_a_plain_name(client: FlaskClient) -> None:
    cookie = client.get("/who").headers["Set-Cookie"]
    assert cookie.startswith("kontor=")
    assert [part.strip() for part in cookie.split(";")[1:]] == ["HttpOnly", "Path=/", "SameSite=Lax"]


FORGED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-For": "192.0.2.1",
    "Forwarded": "for=192.0.2.1;host=evil.example;proto=https",
    "X-Request-Id": "0000000000000000",
}


def test_forged_host_and_forwarded_headers_change_nothing(client: FlaskClient) -> None:
    honest, forged = client.get("/who"), client.get("/who", headers=FORGED)
    assert honest.get_json() == {
        "address": "127.0.0.1",
        "host": "localhost:8000",
        "scheme": "http",
        "link": "http://localhost:8000/page",
    }
    assert forged.get_json() == honest.get_json()
    assert forged.headers["X-Request-Id"] != FORGED["X-Request-Id"]


def test_behind_trusted_proxies_the_last_of_them_names_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    client = make(monkeypatch, TRUSTED_PROXIES=1).test_client()
    answer = client.get("/who", headers=FORGED | {"X-Forwarded-For": "203.0.113.9, 192.0.2.1"}).get_json()
    assert (answer["address"], answer["link"], answer["scheme"]) == ("192.0.2.1", "http://localhost:8000/page", "http")


def test_links_in_mails_follow_the_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make(monkeypatch, PUBLIC_URL="https://portal.example")
    with app.app_context():
        assert public_link("thing", name="a b", from_="mail") == "https://portal.example/things/a%20b?from_=mail"
    with app.test_request_context("/", headers={"Host": "evil.example"}):
        assert public_link("page") == "https://portal.example/page"


@pytest.mark.parametrize("target", ["/", "/orders?q=1&x=%2F#a", "/w/shop/"])
def test_own_paths_are_safe_targets(target: str) -> None:
    assert safe_target(target, "/home") == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        None,
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "orders",
        "/a\nb",
        "/\t/evil",
        "javascript:x",
        "/a\\b",
        " /a",
    ],
)
def test_everything_else_is_not(target: str | None) -> None:
    assert safe_target(target, "/home") == "/home"

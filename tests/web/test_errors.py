from __future__ import annotations

import psycopg
import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from jinja2 import DictLoader
from psycopg import errors
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from portal.web.errors import is_passing_failure
from portal.web.shell import Shell, ShellSources
from tenants.errors import PermissionDenied
from tenants.permissions import Permission
from tests.web.api_example import Fakes, example_app

HTMX = {"HX-Request": "true"}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    return example_app(monkeypatch, Fakes())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_foreign_and_missing_pages_are_the_same_byte_for_byte(client: FlaskClient) -> None:
    foreign, missing = client.get("/things/4711"), client.get("/no/such/page")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.data == missing.data == b"<h1>404 page</h1>"
    kept = [{k: v for k, v in one.headers.items() if k != "X-Request-Id"} for one in (foreign, missing)]
    assert kept[0] == kept[1]


def test_a_refusal_is_told_in_its_own_words(client: FlaskClient) -> None:
    response = client.get("/full")
    assert (response.status_code, response.text) == (409, "<h1>409</h1>The basket changed meanwhile.")


def test_what_only_programs_understand_is_not_shown_to_people(app: Flask) -> None:
    def view() -> str:
        raise PermissionDenied(Permission.ORDERS_PLACE)

    app.add_url_rule("/forbidden", view_func=view)
    response = app.test_client().get("/forbidden")
    assert (response.status_code, response.text) == (403, "<h1>403</h1>")


def test_htmx_gets_a_fragment(client: FlaskClient) -> None:
    assert client.get("/full", headers=HTMX).text == "<p>409 The basket changed meanwhile.</p>"
    assert client.get("/things/1", headers=HTMX).text == client.get("/nowhere", headers=HTMX).text == "<p>404 </p>"


def test_boosted_pages_stay_pages(client: FlaskClient) -> None:
    assert client.get("/full", headers=HTMX | {"HX-Boosted": "true"}).text.startswith("<h1>409")


def test_an_unexpected_error_shows_its_number_alone(client: FlaskClient) -> None:
    response = client.get("/broken")
    reference = response.headers["X-Request-Id"]
    assert (response.status_code, response.text) == (500, f"<h1>500 page</h1>{reference}")
    assert client.get("/broken", headers=HTMX).text.startswith("<p>500 ")


def test_an_error_page_that_fails_is_replaced_by_a_bare_one(app: Flask) -> None:
    app.jinja_loader = DictLoader({"errors/500.html": "{{ 1 / 0 }}"})
    response = app.test_client().get("/broken")
    assert response.status_code == 500
    assert response.headers["X-Request-Id"] in response.text
    assert "Something went wrong on our side." in response.text


def test_wrong_methods_keep_their_header(client: FlaskClient) -> None:
    response = client.post("/page")
    assert (response.status_code, response.text) == (405, "<h1>405</h1>")
    assert sorted(response.headers["Allow"].split(", ")) == ["GET", "HEAD", "OPTIONS"]


@pytest.mark.parametrize(
    ("failure", "passing"),
    [
        (errors.DiskFull(), True),
        (errors.TooManyConnections(), True),
        (errors.AdminShutdown(), True),
        (errors.DeadlockDetected(), True),
        (errors.QueryCanceled(), True),
        (errors.ReadOnlySqlTransaction(), True),
        (psycopg.OperationalError("connection refused"), True),
        (errors.UniqueViolation(), False),
        (errors.InsufficientPrivilege(), False),
        (errors.SyntaxError(), False),
        (errors.NumericValueOutOfRange(), False),
    ],
)
def test_what_passes_and_what_does_not(failure: psycopg.Error, passing: bool) -> None:
    kind = OperationalError if passing else IntegrityError
    assert is_passing_failure(failure) is passing
    assert is_passing_failure(kind("select", {}, failure)) is passing


def test_an_exhausted_pool_and_a_lost_connection_pass() -> None:
    assert is_passing_failure(PoolExhausted())
    assert is_passing_failure(DBAPIError("select", {}, errors.InternalError_(), connection_invalidated=True))
    assert not is_passing_failure(ValueError())


def test_an_absent_database_is_503_with_a_time_to_come_back(app: Flask) -> None:
    def view() -> str:
        raise OperationalError("select", {}, errors.DiskFull())

    app.add_url_rule("/full-disk", view_func=view)
    app.add_url_rule("/api/v1/full-disk", "api_full_disk", view)
    page, problem = app.test_client().get("/full-disk"), app.test_client().get("/api/v1/full-disk")
    assert (page.status_code, page.text, page.headers["Retry-After"]) == (503, "<h1>503 page</h1>", "2")
    assert (problem.status_code, problem.headers["Retry-After"]) == (503, "2")
    assert problem.content_type == "application/problem+json"
    assert b'"type":"/problems/unavailable"' in problem.data


def test_the_real_page_does_not_echo_its_address() -> None:
    app = Flask("example")
    with app.test_request_context("/orders/4711?secret=1"):
        assert Shell(ShellSources()).here == "/orders/4711?secret=1"
        g.error_status = 404
        assert Shell(ShellSources()).here == "/"


def test_a_text_that_cannot_be_stored_is_a_wrong_request(app: Flask) -> None:
    def view() -> str:
        raise DataError("select", {}, psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"))

    app.add_url_rule("/nul", view_func=view)
    response = app.test_client().get("/nul")
    assert (response.status_code, response.text) == (
        400,
        "<h1>400</h1>",
    )

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.web.api import Operations
from tenants import tokens
from tenants.authentication import hash_token
from tenants.permissions import Permission, Scope
from tenants.principal import Principal
from tests.web import api_example
from tests.web.api_example import STORED, TOKEN, Fakes, example_app

BEARER = {"Authorization": f"Bearer {TOKEN}"}
ORDER: dict[str, Any] = {"lines": [{"article": "A-001", "quantity": 2}]}


@pytest.fixture
def fakes() -> Iterator[Fakes]:
    STORED.clear()
    yield Fakes()
    STORED.clear()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, fakes: Fakes) -> FlaskClient:
    return example_app(monkeypatch, fakes).test_client()


def place(
    client: FlaskClient, body: Any, key: str | None = "k1", content_type: str = "application/json"
) -> TestResponse:
    headers = BEARER | ({"Idempotency-Key": key} if key is not None else {})
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post("/api/v1/buying/orders", data=data, headers=headers, content_type=content_type)


def problem_of(response: TestResponse) -> dict[str, Any]:
    assert response.content_type == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(response.data)
    assert found["status"] == response.status_code
    assert found["request_id"] == response.headers["X-Request-Id"]
    return found


def test_an_answer_prints_amounts_as_plain_strings_and_commits_once(client: FlaskClient, fakes: Fakes) -> None:
    response = place(client, ORDER | {"requested_on": "2026-11-23"})
    assert response.status_code == 201
    assert response.get_json() == {
        "order_number": "O-1",
        "total": "3.00",
        "requested_on": "2026-11-23",
        "lines": [{"article": "A-001", "quantity": 2, "line_amount": "3.00"}],
    }
    assert response.headers["Cache-Control"] == "no-store"
    assert fakes.edge == ["client:3", "commit"]


@pytest.mark.parametrize(
    ("sent", "amount", "quantity"),
    [
        (5, "7.50", 5),
        (5.0, "7.50", 5),
        ("5", "7.50", 5),
        ("5.000", "7.50", 5),
        (0.1 + 0.2, "0.45", 0.3),
        ("0.001", "0.0015", 0.001),
        (2.125, "3.1875", 2.125),
        (9_999_999.999, "14999999.9985", 9_999_999.999),
        (1e3, "1500.00", 1000),
    ],
)
def test_quantities_are_exact_as_number_or_string(client: FlaskClient, sent: Any, amount: str, quantity: float) -> None:
    response = place(client, {"lines": [{"article": "A-001", "quantity": sent}]})
    assert response.status_code == 201
    line = response.get_json()["lines"][0]
    assert (line["line_amount"], line["quantity"]) == (amount, quantity)


@pytest.mark.parametrize(
    "sent",
    [
        0,
        -1,
        "-1",
        "0",
        "0.000",
        10000000,
        1e300,
        "1e3",
        0.0001,
        "0.0001",
        "5.",
        ".5",
        "05",
        " 5",
        "5 ",
        "٥",
        True,
        None,
        [],
        {},
    ],
)
def test_quantities_that_are_none_are_refused_with_a_pointer(client: FlaskClient, fakes: Fakes, sent: Any) -> None:
    response = place(client, {"lines": [{"article": "A-001", "quantity": 1}, {"article": "A-002", "quantity": sent}]})
    found = problem_of(response)
    assert (response.status_code, found["type"]) == (422, "/problems/invalid-request")
    assert [error["pointer"] for error in found["errors"]] == ["#/lines/1/quantity"]
    assert fakes.edge == ["rollback", "rollback"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "malformed-request"),
        ("{", 400, "malformed-request"),
        (b"\xff", 400, "malformed-request"),
        ('{"lines": NaN}', 400, "malformed-request"),
        ('{"lines": [], "priority": 1e999}', 400, "malformed-request"),
        ('{"lines": [], "priority": ' + "9" * 5000 + "}", 400, "malformed-request"),
        ('{"lines": [], "lines": []}', 400, "malformed-request"),
        ("[" * 100_000, 400, "malformed-request"),
        ("[]", 422, "invalid-request"),
        ("null", 422, "invalid-request"),
        ('{"lines": []}', 422, "invalid-request"),
        (ORDER | {"seller_id": 4}, 422, "invalid-request"),
        (ORDER | {"priority": "1x"}, 422, "invalid-request"),
        (ORDER | {"priority": "1"}, 422, "invalid-request"),
        (ORDER | {"priority": 1.5}, 422, "invalid-request"),
        (ORDER | {"priority": True}, 422, "invalid-request"),
        (ORDER | {"priority": 2**60}, 422, "invalid-request"),
        (ORDER | {"requested_on": "0"}, 422, "invalid-request"),
        (ORDER | {"requested_on": 20261121}, 422, "invalid-request"),
        (ORDER | {"requested_on": "2026-02-30"}, 422, "invalid-request"),
        (ORDER | {"note": "a\u0000b"}, 422, "invalid-request"),
        ({"lines": [{"article": "a\u0000b", "quantity": 1}]}, 422, "invalid-request"),
        ({"lines": [{"article": "a\n", "quantity": 1}]}, 422, "invalid-request"),
        ('{"lines": [{"article": "\\ud800", "quantity": 1}]}', 422, "invalid-request"),
    ],
)
def test_bodies_that_are_not_as_documented_are_refused(client: FlaskClient, body: Any, status: int, code: str) -> None:
    response = place(client, body)
    assert (response.status_code, problem_of(response)["type"]) == (status, f"/problems/{code}")


def test_five_point_zero_is_an_integer(client: FlaskClient) -> None:
    assert place(client, ORDER | {"priority": 5.0}).status_code == 201


def test_unknown_fields_are_named(client: FlaskClient) -> None:
    found = problem_of(place(client, ORDER | {"seller_id": 4}))
    assert found["errors"] == [{"pointer": "#/seller_id", "detail": "Unknown field."}]
    assert found["error_count"] == 1


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_other_content_types_are_refused(client: FlaskClient, content_type: str) -> None:
    response = place(client, ORDER, content_type=content_type)
    assert (response.status_code, problem_of(response)["type"]) == (415, "/problems/unsupported-media-type")


def test_bodies_above_the_bound_are_refused(client: FlaskClient) -> None:
    response = place(client, " " * (1024 * 1024 + 1))
    assert (response.status_code, problem_of(response)["type"]) == (413, "/problems/body-too-large")


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        ("", 'Bearer realm="kontor"'),
        ("Basic eDp5", 'Bearer realm="kontor"'),
        ("Bearer", 'Bearer realm="kontor"'),
        ("Bearer wrong", 'Bearer realm="kontor", error="invalid_token"'),
    ],
)
def test_without_a_valid_token_nobody_gets_in(client: FlaskClient, header: str, challenge: str) -> None:
    response = client.get("/api/v1/buying/articles", headers={"Authorization": header})
    assert (response.status_code, problem_of(response)["type"]) == (401, "/problems/invalid-token")
    assert response.headers["WWW-Authenticate"] == challenge


def test_a_token_without_the_scope_is_refused_and_the_attempt_noted(client: FlaskClient, fakes: Fakes) -> None:
    fakes.tokens[hash_token("reader")] = (frozenset({"buying:read"}), None)
    headers = {"Authorization": "Bearer reader", "Idempotency-Key": "k"}
    assert client.get("/api/v1/buying/articles", headers=headers).status_code == 200
    response = client.post("/api/v1/buying/orders", json=ORDER, headers=headers)
    assert (response.status_code, problem_of(response)["type"]) == (403, "/problems/insufficient-scope")
    assert response.headers["WWW-Authenticate"] == (
        'Bearer realm="kontor", error="insufficient_scope", scope="buying:write"'
    )
    assert fakes.refused == [("api.refused", "POST /buying/orders")]


def test_a_principal_without_the_permission_is_refused(
    client: FlaskClient, fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def suspended(*given: Any) -> Principal:
        principal = fakes.principal(*given)
        assert principal is not None
        return dataclasses.replace(principal, permissions=frozenset())

    monkeypatch.setattr(tokens, "authenticate_token", suspended)
    response = place(client, ORDER)
    assert (response.status_code, problem_of(response)["type"]) == (403, "/problems/permission-denied")
    assert fakes.refused == [("api.refused", "POST /buying/orders")]


def test_a_browser_session_gives_no_access(client: FlaskClient) -> None:
    client.set_cookie("kontor", "whatever")
    assert client.get("/api/v1/buying/articles").status_code == 401


def test_the_csrf_check_spares_the_api_and_the_token_endpoint_alone(client: FlaskClient) -> None:
    assert place(client, ORDER).status_code == 201
    assert client.post("/oauth/token", data={"grant_type": "client_credentials"}).status_code == 401
    assert client.post("/form").status_code == 400


def test_a_refusal_becomes_a_problem_with_its_facts_and_is_rolled_back(client: FlaskClient, fakes: Fakes) -> None:
    found = problem_of(place(client, {"lines": [{"article": "GONE", "quantity": 1}]}))
    assert found == {
        "type": "/problems/out-of-stock",
        "title": "Out of stock",
        "status": 409,
        "detail": "Some lines are not available.",
        "lines": ["GONE"],
        "request_id": found["request_id"],
    }
    assert "commit" not in fakes.edge


def test_foreign_missing_and_impossible_look_the_same(client: FlaskClient) -> None:
    paths = [
        "/api/v1/buying/articles/FOREIGN",
        "/api/v1/buying/articles/%00",
        "/api/v1/nowhere",
        "/api/v2/x",
        "/oauth/x",
    ]
    for path in paths:
        found = problem_of(client.get(path, headers=BEARER))
        del found["request_id"]
        assert found == {
            "type": "/problems/not-found",
            "title": "Not found",
            "status": 404,
            "detail": "There is no such resource.",
        }


def test_wrong_methods_name_the_right_ones(client: FlaskClient) -> None:
    response = client.patch("/api/v1/buying/orders", headers=BEARER)
    assert (response.status_code, problem_of(response)["type"]) == (405, "/problems/method-not-allowed")
    assert sorted(response.headers["Allow"].split(", ")) == ["OPTIONS", "POST"]


def test_unexpected_errors_tell_their_number_and_nothing_else(client: FlaskClient, fakes: Fakes) -> None:
    response = place(client, {"lines": [{"article": "BROKEN", "quantity": 1}]})
    assert (response.status_code, problem_of(response)["type"]) == (500, "/problems/internal-error")
    assert "machine room" not in response.text
    assert "commit" not in fakes.edge


def test_without_an_answer_the_body_is_empty(client: FlaskClient) -> None:
    response = client.delete("/api/v1/selling/articles/A-001", headers=BEARER)
    assert (response.status_code, response.data) == (204, b"")


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ("limit=5&limit=6", "limit", "Sent more than once."),
        ("organisation=4", "organisation", "Unknown parameter."),
        ("limit=0", "limit", "Input should be greater than or equal to 1."),
        ("limit=1001", "limit", "Input should be less than or equal to 1000."),
        ("limit=NaN", "limit", "Input should be a whole number."),
        ("limit=1_0", "limit", "Input should be a whole number."),
        ("limit=", "limit", "Input should be a whole number."),
        ("cursor=nonsense", "cursor", "Not a cursor of this list."),
    ],
)
def test_wrong_parameters_are_named(client: FlaskClient, query: str, parameter: str, detail: str) -> None:
    response = client.get(f"/api/v1/buying/articles?{query}", headers=BEARER)
    assert response.status_code == 422
    assert problem_of(response)["errors"] == [{"parameter": parameter, "detail": detail}]


def test_parameters_of_an_operation_without_a_query_are_refused(client: FlaskClient) -> None:
    assert client.get("/api/v1/buying/articles/A-001?full=1", headers=BEARER).status_code == 422


def test_pages_follow_each_other_without_gap(client: FlaskClient) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        answer = client.get(f"/api/v1/buying/articles?limit=50&cursor={cursor}", headers=BEARER).get_json()
        seen += [item["article"] for item in answer["items"]]
        assert answer["items"][0]["unit_price"] == "12.50"
        cursor = answer["next_cursor"]
        pages += 1
    assert (seen, pages) == (api_example.ARTICLES, 3)


def test_lists_are_written_with_commas(client: FlaskClient) -> None:
    answer = client.get("/api/v1/brand/figures?by=month,product&since=2026-01-31", headers=BEARER)
    assert answer.get_json() == {"by": ["month", "product"], "since": "2026-01-31"}
    assert client.get("/api/v1/brand/figures?by=month,colour", headers=BEARER).status_code == 422
    empty = client.get("/api/v1/brand/figures?by=", headers=BEARER)
    assert problem_of(empty)["errors"][0]["detail"].startswith("List should have at least 1 item")


def test_the_same_key_is_answered_the_same_byte_for_byte(client: FlaskClient) -> None:
    first = place(client, ORDER, "again")
    second = place(client, '{ "lines": [ {"quantity": 2.0, "article": "A-001"} ] }', "again")
    assert (second.status_code, second.data) == (201, first.data)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"


def test_the_same_key_with_another_order_is_refused(client: FlaskClient) -> None:
    place(client, ORDER, "again")
    response = place(client, {"lines": [{"article": "A-001", "quantity": 3}]}, "again")
    assert (response.status_code, problem_of(response)["type"]) == (422, "/problems/idempotency-key-reused")


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency-key-missing"),
        ("", "idempotency-key-missing"),
        ("a b", "idempotency-key-invalid"),
        ("x" * 256, "idempotency-key-invalid"),
        ("schlüssel", "idempotency-key-invalid"),
    ],
)
def test_keys_that_are_none_are_refused(client: FlaskClient, key: str | None, code: str) -> None:
    response = place(client, ORDER, key)
    assert (response.status_code, problem_of(response)["type"]) == (400, f"/problems/{code}")


def test_keys_of_255_characters_are_taken(client: FlaskClient) -> None:
    assert place(client, ORDER, "~" * 255).status_code == 201


def test_a_capacity_must_belong_to_the_path_and_scope() -> None:
    declare = Operations().operation(
        "GET",
        "/selling/x",
        permission=Permission.ORDERS_VIEW,
        scope=Scope.BUYING_READ,
        summary="",
        tags=["x"],
        response=None,
    )

    def view(principal: Principal) -> None:
        pass

    with pytest.raises(ValueError, match="does not start with a capacity"):
        declare(view)


def test_reference_and_document_are_public(client: FlaskClient) -> None:
    assert client.get("/api/v1/openapi.json").get_json()["openapi"] == "3.1.0"
    assert "/api/v1/buying/orders" in client.get("/api/docs").text
    assert client.get("/problems/out-of-stock").headers["Location"] == "/api/docs#problem-out-of-stock"
    assert client.get("/problems/nonsense").status_code == 404

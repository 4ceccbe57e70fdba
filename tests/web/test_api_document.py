from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.definitions import OPENAPI_31

from portal.web.api.document import openapi_document, problem_types
from tenants.authentication import hash_token
from tenants.permissions import Scope
from tenants.tokens import ApiClientRow
from tests.soak import FULL
from tests.web.api_example import OPERATIONS, STORED, TOKEN, Fakes, example_app
from tests.web.schema_checks import CONFIG, call_and_validate

DOCUMENT = openapi_document(OPERATIONS.by_name.values())
EXAMPLES = 60 if FULL else 10
"""For each operation, beside the cases that schemathesis derives from every bound in the document."""


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    fakes = Fakes()
    fakes.clients["till"] = ApiClientRow(3, "till", hash_token("secret"), 7, tuple(scope.value for scope in Scope))
    app = example_app(monkeypatch, fakes, RATELIMIT_ENABLED=False)
    yield app
    STORED.clear()


@pytest.fixture
def example_schema(example: Flask) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", example, config=CONFIG)


schema = schemathesis.pytest.from_fixture("example_schema")


@pytest.mark.soak
@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_layer_behaves_as_its_document_says(case: schemathesis.Case[Any]) -> None:
    call_and_validate(case, TOKEN, ("till", "secret"))


def test_the_document_is_valid_openapi() -> None:
    jsonschema_rs.validator_for(OPENAPI_31).validate(DOCUMENT)


def test_every_schema_in_the_document_is_valid() -> None:
    for part in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema"} | part)


def test_each_operation_documents_who_may_call_it_and_what_may_go_wrong() -> None:
    operation = DOCUMENT["paths"]["/api/v1/buying/orders"]["post"]
    assert operation["operationId"] == "place_order"
    assert operation["security"] == [{"token": ["buying:write"]}]
    assert sorted(operation["responses"]) == ["201", "400", "401", "403", "409", "413", "415", "422", "429", "503"]
    conflicts = operation["responses"]["409"]["description"].splitlines()
    assert conflicts == [
        "- `/problems/out-of-stock`: Less is available than was ordered; `lines` names the articles.",
        "- `/problems/in-progress`: The first request with this key is still running; ask again in a moment.",
    ]
    assert "404" in DOCUMENT["paths"]["/api/v1/buying/articles/{article}"]["get"]["responses"]


def test_every_problem_is_listed_once() -> None:
    codes = [kind.code for kind in problem_types(OPERATIONS.by_name.values())]
    assert codes == sorted(set(codes))
    assert {"out-of-stock", "in-progress", "idempotency-key-reused", "too-many-requests", "not-found"} <= set(codes)


def test_quantities_are_documented_as_number_or_string_and_printed_as_number() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    number, text = schemas["LineBody"]["properties"]["quantity"]["anyOf"]
    assert (number["type"], number["exclusiveMinimum"], number["exclusiveMaximum"]) == ("number", 0, 10_000_000)
    assert text["type"] == "string"
    assert schemas["LineAnswer"]["properties"]["quantity"]["type"] == "number"
    assert schemas["OrderAnswer"]["properties"]["total"]["type"] == "string"

"""Every operation of the portal against its own document, in a world with data, as the capacity its path says."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.definitions import OPENAPI_31

from portal.web.api import OPERATIONS
from tenants.authentication import hash_token
from tenants.permissions import Scope
from tenants.token_models import ApiClient
from tests.factories.organisations import make_token
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.soak import FULL, some
from tests.web.schema_checks import CONFIG, call_and_validate

EXAMPLES = 30 if FULL else 2
"""For each operation, beside the cases that schemathesis derives from every bound in the document."""


@pytest.fixture
def tokens(seed: Seed, world: World) -> dict[str, str]:
    seed.add(
        ApiClient,
        organisation_id=world.anna.id,
        client_id="schema",
        secret_hash=hash_token("secret"),
        scopes=[scope.value for scope in Scope],
        name="Schema",
    )
    return {
        "buying": make_token(seed, world.anna),
        "selling": make_token(seed, world.north),
        "brand": make_token(seed, world.acme),
        "oauth": "",
    }


@pytest.fixture
def api_schema(app: Flask, tokens: dict[str, str]) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=CONFIG)


schema = schemathesis.pytest.from_fixture("api_schema")


# One test for all operations: it takes as long as there are operations.
@pytest.mark.timeout(1200)
@pytest.mark.soak
@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_api_behaves_as_its_document_says(case: schemathesis.Case[Any], tokens: dict[str, str]) -> None:
    if _is_left_for_the_soak(case):
        return
    capacity = case.path.removeprefix("/api/v1/").strip("/").split("/")[0]
    call_and_validate(case, tokens[capacity], ("schema", "secret"))


def _is_left_for_the_soak(case: schemathesis.Case[Any]) -> bool:
    """Tell whether this is one of the nine in ten derived cases that are sent in the soak alone: there are fifty an operation."""
    if case.meta is None or case.meta.phase.name is not TestPhase.COVERAGE:
        return False
    sent = f"{case.method} {case.path_parameters} {case.query} {case.headers} {case.body!r}"
    return not some((case,), sent, 10)


def test_the_document_is_valid_and_holds_every_operation(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    jsonschema_rs.validator_for(OPENAPI_31).validate(document)
    described = {operation["operationId"] for methods in document["paths"].values() for operation in methods.values()}
    assert described == {*OPERATIONS.by_name, "issue_token", "revoke_token", "introspect_token"}


def test_the_reference_shows_every_operation(app: Flask) -> None:
    page = app.test_client().get("/api/docs")
    assert page.status_code == 200
    for operation in OPERATIONS.by_name.values():
        assert f'id="{operation.name}"' in page.text

"""The OpenAPI 3.1 document, made from the operations themselves, so that it cannot say anything else than they do."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from portal.core.idempotency import (
    IdempotencyKeyInvalid,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    RequestInProgress,
)
from portal.web.api.oauth_document import OAUTH_SCHEMAS, SECURITY_SCHEMES, oauth_paths
from portal.web.api.operations import Operation
from portal.web.problems import (
    MEDIA_TYPE,
    BodyTooLarge,
    InsufficientScope,
    InvalidRequest,
    MalformedRequest,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    first_sentence,
)
from tenants.errors import NotFound, PermissionDenied, Refusal

PREFIX: Final = "/api/v1"
_REF: Final = "#/components/schemas/{model}"
_EVERYWHERE: Final = (
    Unauthenticated,
    InsufficientScope,
    PermissionDenied,
    InvalidRequest,
    TooManyRequests,
    Unavailable,
)
_WITH_BODY: Final = (MalformedRequest, BodyTooLarge, UnsupportedMediaType)
_WITH_KEY: Final = (IdempotencyKeyMissing, IdempotencyKeyInvalid, IdempotencyKeyReused, RequestInProgress)

_PROBLEM: Final = {
    "type": "object",
    "description": "A problem as RFC 9457 describes it; a type may add members.",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "pattern": "^/problems/[a-z0-9-]+$", "description": "Stable; decide by this."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemError"}},
    },
}
_PROBLEM_ERROR: Final = {
    "type": "object",
    "properties": {
        "pointer": {"type": "string", "description": "Where in the body: JSON Pointer, as #/lines/0/quantity."},
        "parameter": {"type": "string", "description": "Which query parameter."},
        "detail": {"type": "string"},
    },
}


def openapi_document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Give the document of these operations and of the OAuth endpoints."""
    operations = sorted(operations, key=lambda one: (one.path, one.method))
    schemas, references = _schemas(operations)
    paths: dict[str, dict[str, Any]] = oauth_paths(problem_responses([BodyTooLarge, TooManyRequests, Unavailable]))
    for operation in operations:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _operation(operation, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kontor API",
            "version": "1",
            "description": "Buying, selling and channel figures for programs. Amounts are strings, lists page by cursor, "
            "errors are problems of RFC 9457 with a stable `type`.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, **OAUTH_SCHEMAS, "Problem": _PROBLEM, "ProblemError": _PROBLEM_ERROR},
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def problem_types(operations: Iterable[Operation]) -> list[type[Refusal]]:
    """Give every problem that an operation may answer, by code."""
    found = {kind.code: kind for operation in operations for kind in _refusals(operation)}
    return [found[code] for code in sorted(found)]


def _schemas(
    operations: Iterable[Operation],
) -> tuple[dict[str, Any], Mapping[Any, Any]]:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for operation in operations:
        if operation.body:
            wanted.append((operation.body, "validation"))
        if operation.response:
            wanted.append((operation.response, "serialization"))
    references, definitions = models_json_schema(list(dict.fromkeys(wanted)), ref_template=_REF)
    return definitions.get("$defs", {}), references


def _operation(operation: Operation, references: Mapping[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "tags": list(operation.tags),
        "security": [{"token": [operation.scope.value]}],
        "parameters": _parameters(operation),
        "responses": _responses(operation, references),
    }
    if operation.body:
        schema = references[operation.body, "validation"]
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": adapter.json_schema()}
        for name, adapter in operation.path_types.items()
    ]
    if operation.query:
        schema = operation.query.model_json_schema()
        required = set(schema.get("required", ()))
        found += [
            _query_parameter(name, _resolved(one, schema.get("$defs", {})), required=name in required)
            for name, one in schema.get("properties", {}).items()
        ]
    if operation.idempotency:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "The same key with the same request is answered as the first time and acts once.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        )
    return found


def _query_parameter(name: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    # A parameter that is not sent has no value; "null" would be four letters. So the null branch is not documented.
    branches = [branch for branch in schema.pop("anyOf", []) if branch != {"type": "null"}]
    if len(branches) == 1:
        schema |= branches[0]
    elif branches:
        schema["anyOf"] = branches
    if schema.get("default", "") is None:
        del schema["default"]
    schema.pop("title", None)
    parameter: dict[str, Any] = {"name": name, "in": "query", "required": required, "schema": schema}
    if "description" in schema:
        parameter["description"] = schema.pop("description")
    if schema.get("type") == "array":
        parameter |= {"style": "form", "explode": False}
    return parameter


def _resolved(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """Put definitions in the place of references: parameters have no definitions of their own to refer to."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            target = copy.deepcopy(definitions[schema["$ref"].rpartition("/")[2]])
            rest = {name: value for name, value in schema.items() if name != "$ref"}
            return _resolved({**target, **rest}, definitions)
        return {name: _resolved(value, definitions) for name, value in schema.items()}
    if isinstance(schema, list):
        return [_resolved(value, definitions) for value in schema]
    return schema


def _refusals(operation: Operation) -> list[type[Refusal]]:
    kinds: list[type[Refusal]] = [*_EVERYWHERE, *operation.errors]
    if operation.path_types:
        kinds.append(NotFound)
    if operation.body:
        kinds += _WITH_BODY
    if operation.idempotency:
        kinds += _WITH_KEY
    return list(dict.fromkeys(kinds))


def _responses(operation: Operation, references: Mapping[Any, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.response:
        done["content"] = {"application/json": {"schema": references[operation.response, "serialization"]}}
    if operation.idempotency:
        done["headers"] = {
            "Idempotency-Replayed": {
                "description": "`true` when this is the stored answer of an earlier request with the same key.",
                "schema": {"type": "string", "enum": ["true"]},
            }
        }
    return {str(operation.status): done, **problem_responses(_refusals(operation))}


def problem_responses(kinds: Iterable[type[Refusal]]) -> dict[str, Any]:
    """Give the responses for these refusals, one for each status, naming the types it may have."""
    by_status: dict[int, list[type[Refusal]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    responses: dict[str, Any] = {}
    for status, same in sorted(by_status.items()):
        lines = [f"- `/problems/{kind.code}`: {first_sentence(kind)}" for kind in same]
        responses[str(status)] = {
            "description": "\n".join(lines),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        if TooManyRequests in same:
            responses[str(status)]["headers"] = {
                "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
            }
    return responses

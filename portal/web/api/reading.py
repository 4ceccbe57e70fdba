"""Reads what a request carries: JSON body, query, path and idempotency key, each refused with a clear problem."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from flask import request
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import RequestEntityTooLarge

from portal.web.problems import BodyTooLarge, InvalidRequest, MalformedRequest, UnsupportedMediaType
from tenants.errors import NotFound

Model = TypeVar("Model", bound=BaseModel)

MOST_ERRORS = 100
_LARGEST_NUMBER = 40
"""Characters of a number; longer ones cost time to convert and mean nothing here."""


def read_json(most_bytes: int) -> bytes:
    """Give the body's text, which is JSON that says nothing twice.

    Raises:
        UnsupportedMediaType: it is not application/json.
        BodyTooLarge: it is longer than `most_bytes`.
        MalformedRequest: it is no JSON, or names a field twice.
    """
    if request.mimetype != "application/json" or request.content_encoding:
        raise UnsupportedMediaType("Send the body as application/json, not compressed.")
    request.max_content_length = most_bytes
    try:
        text = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise BodyTooLarge(f"The body may have up to {most_bytes} bytes.") from error
    try:
        json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_without_repeats,
            parse_constant=_no_number,
            parse_int=_short_int,
            parse_float=_short_float,
        )
    except UnicodeDecodeError as error:
        raise MalformedRequest("The body is not UTF-8.") from error
    except RecursionError as error:
        raise MalformedRequest("The body is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise MalformedRequest(
            f"The body is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from error
    return text


def validate_body(text: bytes, model: type[Model]) -> Model:
    """Give the body as its model.

    Raises:
        InvalidRequest: fields are missing, unknown or wrong; `errors` points at each.
    """
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        _refuse(error, _body_error)


def read_query(model: type[Model] | None) -> Model | None:
    """Give the query parameters as their model; without a model no parameter is known.

    Raises:
        InvalidRequest: a parameter is unknown, repeated or wrong; `errors` names each.
    """
    values = request.args.to_dict(flat=False)
    known = {field.alias or name for name, field in model.model_fields.items()} if model else set()
    wrong = [
        {"parameter": name, "detail": "Unknown parameter." if name not in known else "Sent more than once."}
        for name, sent in values.items()
        if name not in known or len(sent) > 1
    ]
    if wrong:
        raise InvalidRequest("Query parameters are wrong.", errors=wrong[:MOST_ERRORS])
    if model is None:
        return None
    try:
        return model.model_validate({name: sent[0] for name, sent in values.items()})
    except ValidationError as error:
        _refuse(error, _query_error)


def read_path(values: Mapping[str, str], types: Mapping[str, TypeAdapter[Any]]) -> dict[str, Any]:
    """Give the path's parameters; what cannot be a code names nothing that exists.

    Raises:
        NotFound: a parameter does not have the form of its type.
    """
    try:
        return {name: types[name].validate_python(value) for name, value in values.items()}
    except ValidationError as error:
        raise NotFound from error


def json_pointer(location: Sequence[str | int]) -> str:
    """Give a location as JSON Pointer in fragment form: `#/lines/0/quantity`."""
    return "#" + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def _body_error(error: ErrorDetails) -> dict[str, str]:
    return {"pointer": json_pointer(error["loc"]), "detail": _sentence(error)}


def _query_error(error: ErrorDetails) -> dict[str, str]:
    return {"parameter": str(error["loc"][0]) if error["loc"] else "", "detail": _sentence(error)}


def _sentence(error: ErrorDetails) -> str:
    return {"extra_forbidden": "Unknown field.", "missing": "Missing."}.get(error["type"], f"{error['msg']}.")


def _refuse(error: ValidationError, form: Any) -> NoReturn:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    raise InvalidRequest(
        "The request does not have the documented form.",
        errors=[form(one) for one in found[:MOST_ERRORS]],
        error_count=len(found),
    ) from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise MalformedRequest(f"The field {twice[:100]!r} is there more than once.")
    return values


def _no_number(name: str) -> NoReturn:
    raise MalformedRequest(f"{name} is not JSON.")


def _short_int(digits: str) -> int:
    if len(digits) > _LARGEST_NUMBER:
        raise MalformedRequest("A number has too many digits.")
    return int(digits)


def _short_float(digits: str) -> float:
    number = float(digits)
    if number in {float("inf"), float("-inf")}:
        raise MalformedRequest("A number is too large.")
    return number

"""Binds the operations to the application, with their document and a page to read it."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

from flask import Blueprint, Flask, Response, redirect, render_template, url_for
from werkzeug.routing import PathConverter
from werkzeug.wrappers import Response as WerkzeugResponse

from portal.web.api.document import PREFIX, openapi_document, problem_types
from portal.web.api.operations import OPERATIONS, Operation, Operations
from portal.web.api.reference import reference_sections, with_code
from portal.web.problems import first_sentence, title_of
from portal.web.screens import Screens
from tenants.errors import NotFound


def register_api(app: Flask, operations: Operations = OPERATIONS) -> None:
    """Serve the declared operations under /api/v1, their document and their reference.

    Call it when every feature's `api` module has been imported and the CSRF extension is set up: the API blueprint
    alone is exempt from it, because a bearer token cannot be sent by somebody else's page.
    """
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    app.url_map.converters["number"] = _number_converter(operations)
    for operation in operations.by_name.values():
        api.add_url_rule(
            operation.rule, operation.name, _bound(operation), methods=[operation.method], strict_slashes=True
        )
    if "csrf" in app.extensions:
        app.extensions["csrf"].exempt(api)
    app.register_blueprint(api)
    app.register_blueprint(_reference(operations))


def _number_converter(operations: Operations) -> type[PathConverter]:
    """Give what matches a number at the end of a path: slashes too, but not `/reorder` and what else stands below one."""
    below = {operation.path.rpartition("}/")[2] for operation in operations.by_name.values() if "}/" in operation.path}
    # Of `/invitations/{number}` too: the number below stands for one part of the address.
    patterns = ("[^/]+".join(map(re.escape, re.split(r"\{\w+\}", tail))) for tail in sorted(below))
    unlike = "|".join(patterns) or "(?!)"
    return type("NumberConverter", (PathConverter,), {"regex": rf"(?!.*/(?:{unlike})\Z)[^/].*?"})


def _bound(operation: Operation) -> Any:
    def view(**path: str) -> Response:
        return operation.call(**path)

    return view


def _reference(operations: Operations) -> Blueprint:
    """Give the public pages: they hold no data of anybody, only the forms of requests and answers."""
    reference = Screens("api_reference", __name__)
    problems = [
        (kind.code, title_of(kind.code), kind.status, with_code(first_sentence(kind))) for kind in _problems(operations)
    ]
    # A tenth of what starting takes, and few ever ask for it: made for the first who does.
    document = functools.cache(lambda: openapi_document(operations.by_name.values()))
    text = functools.cache(lambda: json.dumps(document(), separators=(",", ":")))
    sections = functools.cache(lambda: reference_sections(document()))

    @reference.public(f"{PREFIX}/openapi.json")
    def openapi_json() -> Response:
        response = Response(text(), content_type="application/json")
        response.headers["Cache-Control"] = "public, max-age=300"
        return response

    @reference.public("/api/docs")
    def docs() -> str:
        return render_template(
            "web/api_docs.html",
            introduction=with_code(document()["info"]["description"]),
            sections=sections(),
            problems=problems,
            schemas=_schemas(document()),
        )

    known = {code for code, *_ in problems}

    @reference.public("/problems/<code>")
    def explain_problem(code: str) -> WerkzeugResponse:
        if code not in known:
            raise NotFound
        return redirect(url_for("api_reference.docs", _anchor=f"problem-{code}"))

    return reference


def _problems(operations: Operations) -> list[Any]:
    return problem_types(operations.by_name.values())


def _schemas(document: dict[str, Any]) -> list[tuple[str, str]]:
    schemas = document["components"]["schemas"]
    return [(name, json.dumps(schema, indent=2)) for name, schema in sorted(schemas.items())]

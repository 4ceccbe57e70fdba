"""The document, arranged for people: what the reference page shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape


@dataclass(frozen=True, slots=True)
class ReferenceParameter:
    """One parameter of a call."""

    name: str
    place: str
    required: bool
    form: str
    description: Markup


@dataclass(frozen=True, slots=True)
class ReferenceAnswer:
    """One answer of a call."""

    status: str
    schema: str
    problems: list[tuple[str, str]]
    """Problem code and what it means; empty for a success."""


@dataclass(frozen=True, slots=True)
class ReferenceCall:
    """One call as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    description: Markup
    scope: str
    parameters: list[ReferenceParameter]
    body: str
    answers: list[ReferenceAnswer]


def with_code(text: str) -> Markup:
    """Give the text with its `marked` words as code."""
    parts = re.split("`([^`]+)`", text)
    pieces = (Markup("<code>%s</code>") % part if index % 2 else escape(part) for index, part in enumerate(parts))
    return Markup("").join(pieces)


def reference_sections(document: dict[str, Any]) -> list[tuple[str, list[ReferenceCall]]]:
    """Give (tag, calls) in the document's order."""
    sections: dict[str, list[ReferenceCall]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            sections.setdefault(operation["tags"][0], []).append(_call(path, method.upper(), operation))
    return list(sections.items())


def _call(path: str, method: str, operation: dict[str, Any]) -> ReferenceCall:
    scopes = operation["security"][0].get("token", [])
    return ReferenceCall(
        name=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        description=with_code(operation["description"]),
        scope=" ".join(scopes),
        parameters=[_parameter(one) for one in operation.get("parameters", [])],
        body=_schema_name(operation.get("requestBody", {})),
        answers=[_answer(status, answer) for status, answer in sorted(operation["responses"].items())],
    )


def _parameter(parameter: dict[str, Any]) -> ReferenceParameter:
    return ReferenceParameter(
        name=parameter["name"],
        place=parameter["in"],
        required=parameter["required"],
        form=_form(parameter["schema"]),
        description=with_code(parameter.get("description", "")),
    )


def _form(schema: dict[str, Any]) -> str:
    """Say in a few words what a value looks like: `integer, 1 to 1000, default 50`."""
    words = [schema.get("format") or schema.get("type", "text")]
    if schema.get("type") == "array":
        words = ["list with commas"]
        schema = {**schema.get("items", {}), **{key: schema[key] for key in ("default",) if key in schema}}
    if "enum" in schema:
        words.append("one of " + ", ".join(map(str, schema["enum"])))
    if "minimum" in schema and "maximum" in schema:
        words.append(f"{schema['minimum']} to {schema['maximum']}")
    if "maxLength" in schema:
        words.append(f"up to {schema['maxLength']} characters")
    if "default" in schema:
        words.append(f"default {schema['default']}")
    return ", ".join(words)


def _answer(status: str, answer: dict[str, Any]) -> ReferenceAnswer:
    found = re.findall(r"^- `/problems/([a-z0-9-]+)`: (.*)$", answer["description"], re.MULTILINE)
    return ReferenceAnswer(status, "" if found else _schema_name(answer), found)


def _schema_name(content: dict[str, Any]) -> str:
    for media in content.get("content", {}).values():
        name: str = media["schema"].get("$ref", "").rpartition("/")[2]
        return name
    return ""

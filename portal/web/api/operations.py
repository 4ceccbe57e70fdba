"""One decorator that documents, authorises and validates an operation of the API, and commits it at the edge.

A call goes: token → principal → scope and permission → rate limit → path, query, body → the view function →
answer serialised → commit. Anything refused or failing on the way is rolled back and answered as a problem.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Response, g, request
from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json

from portal.core.idempotency import IdempotencyKey, check_key, request_hash
from portal.web.api.authentication import authenticate
from portal.web.api.fields import ApiAnswer, ApiBody, ApiQuery
from portal.web.api.reading import read_json, read_path, read_query, validate_body
from portal.web.problems import InsufficientScope
from tenants.audit import record_refusal
from tenants.database import act_as, commit_at_edge, rollback_at_edge
from tenants.errors import PermissionDenied, Refusal
from tenants.permissions import SCOPE_CAPACITY, Capacity, Permission, Scope
from tenants.principal import Principal

View = TypeVar("View", bound=Callable[..., Any])

CAPACITY_PATHS = {
    "/buying/": Capacity.BUYER,
    "/selling/": Capacity.SELLER,
    "/brand/": Capacity.BRAND_OWNER,
}
USUAL_BODY_BYTES = 1024 * 1024
_GIVEN = frozenset({"principal", "body", "query", "idempotency", "return"})


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer that is kept with an idempotency key: a repeat is sent the bytes that the first request was sent."""

    text: str
    replayed: bool = True


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """An answer of thousands of fields, of which the view gives plain JSON values in the documented form.

    Making and printing a model of each row costs several times what finding the rows does; a test compares the forms.
    """

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the API: what it takes, what it gives, who may make it."""

    name: str
    method: str
    path: str
    view: Callable[..., Any]
    permission: Permission
    scope: Scope
    capacity: Capacity
    summary: str
    description: str
    tags: tuple[str, ...]
    response: type[BaseModel] | None
    status: int
    body: type[ApiBody] | None
    query: type[ApiQuery] | None
    errors: tuple[type[Refusal], ...]
    idempotency: bool
    most_bytes: int
    path_types: Mapping[str, TypeAdapter[Any]]

    @property
    def rule(self) -> str:
        """The path in Flask's notation; numbers may contain slashes (`number` is bound in blueprint.py)."""
        return re.sub(r"\{(\w+)\}$", r"<number:\1>", self.path).replace("{", "<path:").replace("}", ">")

    def call(self, **path: str) -> Response:
        """Answer the current request."""
        try:
            response = self._answer(path)
            commit_at_edge()
        except BaseException as error:
            rollback_at_edge()
            if isinstance(error, PermissionDenied | InsufficientScope) and "principal" in g:
                record_refusal(g.principal, "api.refused", f"{self.method} {self.path}")
            raise
        return response

    def _answer(self, path: Mapping[str, str]) -> Response:
        principal = self._authorised()
        given = self._input(principal, path)
        act_as(principal)
        return self._serialised(self.view(principal, **given))

    def _authorised(self) -> Principal:
        principal = authenticate(self.capacity, self.scope)
        if not principal.may(self.permission):
            raise PermissionDenied(self.permission)
        return principal

    def _input(self, principal: Principal, path: Mapping[str, str]) -> dict[str, Any]:
        given = read_path(path, self.path_types)
        query = read_query(self.query)
        key = check_key(request.headers.get("Idempotency-Key")) if self.idempotency else None
        body = validate_body(read_json(self.most_bytes), self.body) if self.body else None
        if key is not None:
            # Only what was sent is hashed: a field that a later version adds does not turn a repeat into a reuse.
            sent = body.model_dump(mode="json", exclude_unset=True) if body else None
            given["idempotency"] = IdempotencyKey(
                scope=principal.caller, key=key, request_hash=request_hash(self.name, [dict(path), sent])
            )
        if self.query is not None:
            given["query"] = query
        if self.body is not None:
            given["body"] = body
        return given

    def _serialised(self, answer: Any) -> Response:
        if isinstance(answer, StoredAnswer):
            response = Response(answer.text, status=self.status, content_type="application/json")
            if answer.replayed:
                response.headers["Idempotency-Replayed"] = "true"
        elif self.response is None:
            response = Response(status=self.status)
            del response.headers["Content-Type"]  # of nothing
        elif isinstance(answer, WrittenAnswer):
            response = Response(to_json(answer.values), status=self.status, content_type="application/json")
        else:
            response = Response(answer_text(answer), status=self.status, content_type="application/json")
        response.headers["Cache-Control"] = "no-store"
        return response


def answer_text(answer: ApiAnswer) -> str:
    """Give the JSON that the layer sends for an answer; store it for a replay with the same idempotency key."""
    return answer.model_dump_json()


@dataclass(slots=True)
class Operations:
    """A set of operations that one document describes."""

    by_name: dict[str, Operation] = field(default_factory=dict)

    def operation(
        self,
        method: str,
        path: str,
        *,
        permission: Permission,
        scope: Scope,
        summary: str,
        tags: Sequence[str],
        response: type[BaseModel] | None,
        status: int = 200,
        body: type[ApiBody] | None = None,
        query: type[ApiQuery] | None = None,
        errors: Sequence[type[Refusal]] = (),
        idempotency: bool = False,
        most_bytes: int = USUAL_BODY_BYTES,
    ) -> Callable[[View], View]:
        """Declare the decorated function as an operation of the API; its name is the operation's id.

        `path` starts with /buying/, /selling/ or /brand/, which is the capacity the principal gets. The function is
        called as `view(principal, body=…, query=…, idempotency=…, path_parameter=…)` with what was declared, and
        returns its `response` (or a `StoredAnswer` or `WrittenAnswer`). `errors` are refusals of its own; the usual ones are documented
        anyway. Its docstring is the description.
        """

        def declare(view: View) -> View:
            name: str = view.__name__
            if name in self.by_name:
                raise ValueError(f"two operations are called {name}")
            self.by_name[name] = Operation(
                name=name,
                method=method,
                path=path,
                view=view,
                permission=permission,
                scope=scope,
                capacity=_capacity(path, scope),
                summary=summary,
                description=inspect.getdoc(view) or "",
                tags=tuple(tags),
                response=response,
                status=status,
                body=body,
                query=query,
                errors=tuple(errors),
                idempotency=idempotency,
                most_bytes=most_bytes,
                path_types=_path_types(path, view),
            )
            return view

        return declare


OPERATIONS = Operations()
operation = OPERATIONS.operation


def _capacity(path: str, scope: Scope) -> Capacity:
    for prefix, capacity in CAPACITY_PATHS.items():
        if path.startswith(prefix) and SCOPE_CAPACITY[scope] is capacity:
            return capacity
    raise ValueError(f"{path} does not start with a capacity that {scope} belongs to")


def _path_types(path: str, view: Callable[..., Any]) -> dict[str, TypeAdapter[Any]]:
    hints = typing.get_type_hints(view, include_extras=True)
    names = re.findall(r"\{(\w+)\}", path)
    unknown = set(names) ^ (set(hints) - _GIVEN)
    if unknown:
        raise ValueError(f"{path} and {view.__name__} do not have the same parameters: {', '.join(sorted(unknown))}")
    return {name: TypeAdapter(hints[name]) for name in names}

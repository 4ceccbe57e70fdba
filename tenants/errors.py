"""Refusals every feature shares; the web and API layers map each once to a status, a text and a problem type."""

from __future__ import annotations

from typing import Any, ClassVar


class Refusal(Exception):
    """A request that was understood and declined. Subclasses name the reason and choose the status.

    `code` is the stable machine name (problem type and message key), `status` the HTTP status. `details` are
    JSON-safe facts for the reader (which line, which bound), never another tenant's data.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message or self.code)
        self.message = message
        self.details = details


class NotFound(Refusal):
    """No such thing for this principal; foreign and missing look the same."""

    code = "not-found"
    status = 404


class PermissionDenied(Refusal):
    """The principal lacks the permission or the capacity."""

    code = "permission-denied"
    status = 403


class Conflict(Refusal):
    """The thing changed, or is in a state that does not allow the act."""

    code = "conflict"
    status = 409


class InvalidInput(Refusal):
    """The input cannot be accepted; `errors` in details lists field, message and, for rows, the row number."""

    code = "invalid-input"
    status = 422

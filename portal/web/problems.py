"""Every error of the API as `application/problem+json` (RFC 9457), with a stable type for each kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from flask import Response
from werkzeug.exceptions import HTTPException

from portal.web.request_context import current_request_id
from tenants.errors import NotFound, PermissionDenied, Refusal

MEDIA_TYPE = "application/problem+json"
_OWN_MEMBERS = frozenset({"type", "title", "status", "detail", "request_id"})


class EdgeRefusal(Refusal):
    """A refusal by the HTTP edge itself, with the headers its status asks for."""

    def __init__(self, message: str = "", *, headers: Mapping[str, str] | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.headers = dict(headers or {})


class Unauthenticated(EdgeRefusal):
    """The access token is missing, unknown or expired, or its organisation cannot act here."""

    code: ClassVar[str] = "invalid-token"
    status: ClassVar[int] = 401


class InsufficientScope(EdgeRefusal):
    """The access token was not granted the scope that this operation needs."""

    code: ClassVar[str] = "insufficient-scope"
    status: ClassVar[int] = 403


class MalformedRequest(EdgeRefusal):
    """The body is not JSON in UTF-8, or says something twice."""

    code: ClassVar[str] = "malformed-request"
    status: ClassVar[int] = 400


class UnsupportedMediaType(EdgeRefusal):
    """The body has another content type than the operation reads."""

    code: ClassVar[str] = "unsupported-media-type"
    status: ClassVar[int] = 415


class BodyTooLarge(EdgeRefusal):
    """The body is larger than the operation reads."""

    code: ClassVar[str] = "body-too-large"
    status: ClassVar[int] = 413


class InvalidRequest(EdgeRefusal):
    """Fields or parameters do not have the documented form; `errors` names each."""

    code: ClassVar[str] = "invalid-request"
    status: ClassVar[int] = 422


class TooManyRequests(EdgeRefusal):
    """The limit is used up; ask again after the seconds that `Retry-After` says."""

    code: ClassVar[str] = "too-many-requests"
    status: ClassVar[int] = 429


class Unavailable(EdgeRefusal):
    """The portal cannot reach its database; nothing was changed."""

    code: ClassVar[str] = "unavailable"
    status: ClassVar[int] = 503


_HTTP_CODES = {
    400: "malformed-request",
    404: NotFound.code,
    405: "method-not-allowed",
    413: BodyTooLarge.code,
    415: UnsupportedMediaType.code,
    429: TooManyRequests.code,
    500: "internal-error",
    503: Unavailable.code,
}

_FIXED_DETAILS = {
    # Missing and foreign must not differ by a byte, so nobody gets to say more than this.
    404: "There is no such resource.",
    405: "This resource does not know that method.",
    500: "Something went wrong on our side. Name the request_id when you ask about it.",
}


def title_of(code: str) -> str:
    """Give the short text of a problem type: `out-of-stock` → `Out of stock`."""
    return code.replace("-", " ").capitalize()


def problem(status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """Give a problem response; `more` are further members, as `errors`."""
    members = {name: value for name, value in more.items() if name not in _OWN_MEMBERS}
    body: dict[str, Any] = {"type": f"/problems/{code}", "title": title_of(code), "status": status, "detail": detail}
    body |= members
    body["request_id"] = current_request_id()
    response = Response(json.dumps(body, default=str, separators=(",", ":")), status=status, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response


def problem_of(refusal: Refusal) -> Response:
    """Give the problem response of a refusal; its `details` become members."""
    if refusal.status == 404:  # noqa: PLR2004 - the one status that may say nothing of its own
        return problem(404, NotFound.code, _FIXED_DETAILS[404])
    if isinstance(refusal, PermissionDenied):
        return problem(refusal.status, refusal.code, "The token's organisation or client may not do this.")
    detail = str(refusal.message) or first_sentence(type(refusal))
    headers = refusal.headers if isinstance(refusal, EdgeRefusal) else None
    return problem(refusal.status, refusal.code, detail, headers=headers, **refusal.details)


def problem_of_http(error: HTTPException) -> Response:
    """Give the problem response of an error that Flask or Werkzeug raised (no such route, wrong method)."""
    status = error.code or 500
    kept = {"Allow", "Retry-After"}
    headers = {name: value for name, value in error.get_headers() if name in kept}
    detail = _FIXED_DETAILS.get(status) or error.description or error.name
    return problem(status, _HTTP_CODES.get(status, error.name.lower().replace(" ", "-")), detail, headers=headers)


def first_sentence(kind: type[Refusal]) -> str:
    """Give the first sentence of a refusal's docstring: what readers of the reference see."""
    return (kind.__doc__ or title_of(kind.code)).strip().splitlines()[0]

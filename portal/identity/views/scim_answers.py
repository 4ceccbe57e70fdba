"""Answers to an identity provider that keeps the people and groups of the organisation whose token it sends (RFC 7644)."""

from __future__ import annotations

import json
import re
from typing import Final

from flask import Response, current_app, request
from scim2_models import PayloadTooLargeException, SCIMException, UnauthorizedException
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService
from werkzeug.exceptions import RequestEntityTooLarge

from portal.identity.queries.provisioning import Provisioning, find_provisioning
from portal.identity.scim_resources import PROVIDER
from portal.identity.service.provisioning import source_of, touch
from portal.identity.service.scim_storage import OrganisationStorage
from portal.web.headers import public_link
from portal.web.problems import TooManyRequests
from portal.web.rate_limits import count, count_anonymous_call
from portal.web.request_context import client_address, current_request_id
from tenants.database import rollback_at_edge

_MOST_BYTES: Final = 1024 * 1024
_BEARER: Final = re.compile(r"[Bb]earer +([\w~+/.-]{1,200}=*)")
_SERVICE: Final = ScimService(PROVIDER)


class _TooMany(SCIMException):
    status = 429


def answer(path: str) -> Response:
    """Answer one request; anything refused is undone and said as SCIM says it."""
    try:
        place = _authenticated()
        sent = ScimRequest(
            method=request.method,
            base_url=public_link("scim.serve", path="Users").removesuffix("/Users"),
            path=f"/{path}",
            query=request.args.to_dict(),
            headers=list(request.headers.items()),
            body=_body(),
        )
        storage = OrganisationStorage(place, source_of(place, client_address(), current_request_id()))
        return _response(ScimHandler(_SERVICE, storage).handle(sent))
    except SCIMException as refusal:
        rollback_at_edge()
        return _response(_SERVICE.error_response(refusal))
    except TooManyRequests as refusal:
        rollback_at_edge()
        told = _response(_SERVICE.error_response(_TooMany(detail=str(refusal.message))))
        told.headers.update(refusal.headers)
        return told


def _authenticated() -> Provisioning:
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    place = find_provisioning(found[1]) if found else None
    if place is None:
        count_anonymous_call(client_address())
        raise UnauthorizedException(detail="Send a token of the organisation: Authorization: Bearer <token>.")
    count(current_app.config["RATE_LIMIT_API"], "scim", str(place.organisation_id))
    touch(place)
    return place


def _body() -> bytes:
    request.max_content_length = _MOST_BYTES
    try:
        return request.get_data()
    except RequestEntityTooLarge as error:
        raise PayloadTooLargeException(detail=f"A request may have up to {_MOST_BYTES} bytes.") from error


def _response(found: ScimResponse) -> Response:
    body = None if found.body is None else json.dumps(found.body)
    return Response(body, status=found.status, headers=found.headers)

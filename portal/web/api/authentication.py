"""From the bearer token to the principal. Browser sessions mean nothing here, so no forged form can use the API."""

from __future__ import annotations

import re

from flask import g, request

from portal.web.problems import InsufficientScope, Unauthenticated
from portal.web.rate_limits import count_anonymous_call, count_api_call
from portal.web.request_context import client_address, current_request_id
from tenants import tokens
from tenants.authentication import hash_token
from tenants.permissions import Capacity, Scope
from tenants.principal import Principal

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]{1,500}=*)")
_CHALLENGE = 'Bearer realm="kontor"'


def authenticate(capacity: Capacity, scope: Scope) -> Principal:
    """Give the principal of the request's token in this capacity, counted against its rate limit.

    Raises:
        Unauthenticated: no token, an unknown or expired one, or its organisation is inactive or has no such capacity.
        InsufficientScope: the token lacks the scope.
        TooManyRequests: the client (or, without a valid token, the address) called too often.
    """
    header = request.headers.get("Authorization", "")
    found = _BEARER.fullmatch(header)
    if found is None:
        count_anonymous_call(client_address())
        raise Unauthenticated(
            "Send an access token: Authorization: Bearer <token>.", headers={"WWW-Authenticate": _CHALLENGE}
        )
    principal = tokens.authenticate_token(hash_token(found[1]), capacity, client_address(), current_request_id())
    if principal is None:
        count_anonymous_call(client_address())
        raise Unauthenticated(headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'})
    g.principal = principal
    count_api_call(principal)
    if scope.value not in principal.scopes:
        challenge = f'{_CHALLENGE}, error="insufficient_scope", scope="{scope.value}"'
        raise InsufficientScope(f"This needs the scope {scope.value}.", headers={"WWW-Authenticate": challenge})
    return principal

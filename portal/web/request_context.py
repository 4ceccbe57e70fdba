"""What every request has: an id of our own and the address it came from."""

from __future__ import annotations

import random
from typing import Final

from flask import g, has_request_context, request

CONSENT_PATH: Final = "/oauth/authorize"
"""The one page among the addresses of OAuth: there a person decides what a program may do for it."""


def current_request_id() -> str:
    """Give the request's id: 16 hex digits of our own making, in logs, problems, error pages and audit entries.

    An id that the caller sends is not taken over: it would let a stranger write into our logs.
    """
    if not has_request_context():
        return ""
    if "request_id" not in g:
        # Nobody has to be unable to guess it, and asking the kernel for secrecy costs more than the rest of the answer.
        g.request_id = f"{random.getrandbits(64):016x}"
    request_id: str = g.request_id
    return request_id


def client_address() -> str:
    """Give the network address the request came from (behind TRUSTED_PROXIES: what the last trusted one says)."""
    return request.remote_addr or ""


def is_api_request() -> bool:
    """Tell whether the path belongs to programs, who get problems where people get pages."""
    return request.path.startswith(("/api/v", "/oauth/")) and request.path != CONSENT_PATH

"""Tokens of the links in mails (invitation, forgotten password).

A token is derived from a random nonce and the application's secret. The database keeps the token's hash, the outbox event
carries the nonce to the worker that writes the mail; neither of them, nor both together, is enough to make the link.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode

from flask import current_app

INVITATION = "invitation"
PASSWORD_RESET = "password-reset"  # noqa: S105 - the purpose's name


def new_nonce() -> str:
    """Give 256 random bits from which one link's token is derived."""
    return secrets.token_urlsafe(32)


def link_token(purpose: str, nonce: str) -> str:
    """Give the token (256 bits, safe in addresses) of the link for this purpose and nonce."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.digest(key, f"{purpose}:{nonce}".encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()

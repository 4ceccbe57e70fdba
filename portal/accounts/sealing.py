"""What the database keeps and must not tell a thief of the database: sealed with keys that stand beside it (SEALING_KEY)."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app


class SealBroken(Exception):
    """It was sealed with a key the portal does not have, changed by somebody, or is too old."""


def seal(text: str) -> bytes:
    """Encrypt a text so that it can be neither read nor changed without the key; it bears the time it was sealed."""
    return _box().encrypt(text.encode())


def unseal(sealed: bytes, *, within_seconds: int | None = None) -> str:
    """Give the text.

    Raises:
        SealBroken: no key fits, it was changed, or it was sealed longer ago.
    """
    try:
        return _box().decrypt(bytes(sealed), ttl=within_seconds).decode()
    except InvalidToken as error:
        raise SealBroken from error


def keyed_hashes(purpose: str, text: str) -> list[bytes]:
    """Give what is stored of a short secret, with the newest key first: without the key nobody can try all of them."""
    return [hmac.digest(key, f"{purpose}:{text}".encode(), "sha256") for key in _keys()]


def _box() -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in _keys()])


def _keys() -> list[bytes]:
    words: str = current_app.extensions["settings"].sealing_key
    return [hashlib.sha256(word.encode()).digest() for word in words.split()]

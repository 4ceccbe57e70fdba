"""A caller's promise that two requests with the same key are one request."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from typing import Any, ClassVar

from tenants.errors import Refusal

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyKeyMissing(Refusal):
    """The operation must be sent with an `Idempotency-Key` header, so that a repeat cannot act twice."""

    code: ClassVar[str] = "idempotency-key-missing"
    status: ClassVar[int] = 400


class IdempotencyKeyInvalid(Refusal):
    """An idempotency key is 1 to 255 visible ASCII characters without spaces."""

    code: ClassVar[str] = "idempotency-key-invalid"
    status: ClassVar[int] = 400


class IdempotencyKeyReused(Refusal):
    """The same key was used before with another request; what it did then stands."""

    code: ClassVar[str] = "idempotency-key-reused"
    status: ClassVar[int] = 422


class RequestInProgress(Refusal):
    """The first request with this key is still running; ask again in a moment."""

    code: ClassVar[str] = "in-progress"
    status: ClassVar[int] = 409


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """One key of one caller and what it was sent with; the service stores it with what it wrote."""

    scope: str
    """Whose key it is: the principal's `actor`, so that two clients may choose the same key."""
    key: str
    request_hash: bytes
    """SHA-256 of the canonical JSON of the operation and its input: tells a repeat from a reuse."""

    def require_same(self, stored_hash: bytes) -> None:
        """Refuse when the stored request was another one.

        Raises:
            IdempotencyKeyReused: the hashes differ.
        """
        if stored_hash != self.request_hash:
            raise IdempotencyKeyReused("This idempotency key was used before with another request.")


def check_key(text: str | None) -> str:
    """Give the key as sent.

    Raises:
        IdempotencyKeyMissing: there is none.
        IdempotencyKeyInvalid: it is too long or has other characters than visible ASCII.
    """
    if not text:
        raise IdempotencyKeyMissing("Send an Idempotency-Key header with this request.")
    if _KEY.fullmatch(text) is None:
        raise IdempotencyKeyInvalid("An idempotency key is 1 to 255 visible ASCII characters without spaces.")
    return text


def new_key() -> str:
    """Give a key for a form: sent twice, it acts once."""
    return secrets.token_urlsafe(16)


def request_hash(operation: str, values: Any) -> bytes:
    """Hash an operation's name and JSON-safe input; key order and white space do not matter, list order does."""
    canonical = json.dumps([operation, values], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).digest()

"""What every message of the desk has in common: its words, its file, and that it is written once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from portal.accounts.document_content import document_type
from portal.core.field_errors import field_error
from portal.core.idempotency import IdempotencyKey
from portal.ordering.service.place_order import new_order_number
from tenants.database import db
from tenants.principal import Principal

MOST_TEXT = 4000
MOST_SUBJECT = 200

_EARLIER = {
    table: text(
        f"select request_hash from {table}"  # noqa: S608 - constants of ours
        " where seller_id = :seller and request_id = :request and actor = :actor and idempotency_key = :key"
    )
    for table in ("support_message", "support_case_message")
}


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody writes: words, a file (PDF, PNG or JPEG of at most 5 MB), or both."""

    text: str
    attachment: bytes | None = None


def new_number() -> str:
    """Give a random number of a request or case: tells nothing of how many there are."""
    return new_order_number()


def wrong_words(words: Words) -> list[dict[str, str]]:
    """Give what is wrong with a message: it says something, in up to 4,000 characters."""
    if len(words.text) > MOST_TEXT:
        return [field_error("text", "too-long", f"Up to {MOST_TEXT} characters.")]
    if "\x00" in words.text:
        return [field_error("text", "not-printable", "It holds a character that is none.")]
    if not words.text.strip() and not words.attachment:
        return [field_error("text", "missing", "Say something, or attach a file.")]
    return []


def message_values(principal: Principal, words: Words, once: IdempotencyKey) -> dict[str, Any]:
    """Give the columns that every message has.

    Raises:
        DocumentRefused: the file is too large, or neither a PDF nor a PNG or JPEG picture.
    """
    file = words.attachment or None
    return {
        "text": words.text.strip(),
        "attachment_digest": hashlib.sha256(file).hexdigest() if file else None,
        "attachment_type": document_type(file) if file else None,
        "attachment": file,
        "actor": principal.actor,
        "actor_name": principal.actor_name,
        "idempotency_key": key_of(once),
        "request_hash": once.request_hash,
    }


def key_of(once: IdempotencyKey) -> str:
    """Give the key as it is stored: those of a person's programs are kept apart."""
    return f"{once.scope} {once.key}"


def was_written(table: str, principal: Principal, seller_id: int, request_id: int, once: IdempotencyKey) -> bool:
    """Tell whether the principal wrote this very message before; the row of the request, or case, is locked.

    Raises:
        IdempotencyKeyReused: the key was used with another message.
    """
    values = {
        "seller": seller_id,
        "request": request_id,
        "actor": principal.actor,
        "key": key_of(once),
    }
    stored = db.session.execute(_EARLIER[table], values).scalar_one_or_none()
    if stored is None:
        return False
    once.require_same(stored)
    return True

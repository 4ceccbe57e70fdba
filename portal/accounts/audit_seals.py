"""Seals of the audit log's heads: made with a key that the database does not have."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import NamedTuple

from portal.accounts.sealing import keyed_hashes


class Head(NamedTuple):
    """The last link of an organisation's chain."""

    organisation_id: int
    position: int
    hash: bytes


def head_text(head: Head) -> str:
    """Give a head as operators keep and compare it: `12:345:ab…`."""
    return f"{head.organisation_id}:{head.position}:{bytes(head.hash).hex()}"


def seals_of(head: Head, sealed_at: datetime) -> list[bytes]:
    """Give the head's seal under each of the portal's keys, the newest first."""
    return keyed_hashes("audit seal", f"{head_text(head)}:{sealed_at.astimezone(UTC).isoformat()}")


def is_sealed(head: Head, sealed_at: datetime, seal: bytes) -> bool:
    """Tell whether the portal sealed this head at that instant."""
    return any(hmac.compare_digest(known, bytes(seal)) for known in seals_of(head, sealed_at))

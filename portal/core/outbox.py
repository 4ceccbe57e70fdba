"""Facts leave a transaction through the outbox; the dispatcher takes them from there to whoever subscribed.

A feature writes `emit(principal, "OrderPlaced", {...})` in the transaction that makes the fact true, and others say at start
`subscribe("OrderPlaced", "mail_new_order", handler)` (a job of its own for each event: mails, webhooks) or
`subscribe_group({"OrderPlaced"}, "mark_days", handler)` (many events at once inside the dispatcher's transaction: roll-ups).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from portal.core.models import OutboxEvent
from tenants.database import db
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class Event:
    """A fact as its subscribers get it."""

    id: int
    kind: str
    seller_id: int
    """The organisation whose fact it is; the seller for trade data."""
    payload: dict[str, Any]
    actor: str
    occurred_at: datetime


Handler = Callable[[Principal, Event], None]
"""Runs in the worker as a principal of the event's organisation (a seller, or for retailers a buyer), in a transaction that
is committed afterwards. At least once, so it is idempotent by `event.id`."""

GroupHandler = Callable[[Connection, Sequence[Event]], None]
"""Runs in the dispatcher's own transaction under the worker's role: with it, exactly once. Set-wise and quick."""

_handlers: dict[str, dict[str, Handler]] = {}
_group_handlers: dict[str, tuple[frozenset[str], GroupHandler]] = {}


def emit(principal: Principal, kind: str, payload: dict[str, Any]) -> None:
    """Write an event of the principal's seller (a brand owner's own) to the outbox, in the present transaction.

    `payload` is JSON-safe and names things by id or code; amounts are strings.
    """
    db.session.execute(
        # Without the new id nothing is read back, which the web roles may not do here.
        insert(OutboxEvent)
        .inline()
        .values(
            seller_id=principal.seller_id or principal.organisation_id,
            kind=kind,
            payload=payload,
            actor=principal.actor,
        )
    )


def subscribe(kind: str, name: str, handler: Handler) -> None:
    """Let a feature hear of each event of a kind, in a job of its own; saying it again changes nothing."""
    _handlers.setdefault(kind, {})[name] = handler


def subscribe_group(kinds: Iterable[str], name: str, handler: GroupHandler) -> None:
    """Let a feature take all claimed events of some kinds at once; saying it again changes nothing."""
    _group_handlers[name] = (frozenset(kinds), handler)


def handlers_of(kind: str) -> dict[str, Handler]:
    """Give the handlers of a kind by name."""
    return _handlers.get(kind, {})


def group_handlers() -> list[tuple[frozenset[str], GroupHandler]]:
    """Give the kinds and functions of all group handlers."""
    return list(_group_handlers.values())

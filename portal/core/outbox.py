"""Writing facts to the outbox, in the transaction that makes them true; the dispatcher takes them from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import insert

from portal.core.models import OutboxEvent
from tenants.database import db
from tenants.principal import Principal


def emit(principal: Principal, kind: str, payload: dict[str, Any]) -> None:
    """Write an event (`OrderPlaced`) of the principal's seller (a brand owner's own) to the outbox.

    `payload` is JSON-safe and names things by id or code; amounts are strings.
    """
    db.session.execute(
        insert(OutboxEvent).values(
            seller_id=principal.seller_id or principal.organisation_id,
            kind=kind,
            payload=payload,
            actor=principal.actor,
        )
    )


Handler = Callable[[int, dict[str, Any]], None]
"""Takes the seller's id and the event's payload (with `event_id`, `kind`, `occurred_at`, `actor` added)."""

_handlers: dict[str, list[tuple[str, Handler]]] = {}


def subscribe(kind: str, name: str, handler: Handler) -> None:
    """Let a feature hear of an event: the dispatcher enqueues one job `name` for each event of that kind.

    Handlers run in the worker, at least once, so they are idempotent by `event_id`.
    """
    registered = _handlers.setdefault(kind, [])
    if all(known != name for known, _ in registered):
        registered.append((name, handler))


def handlers_of(kind: str) -> list[tuple[str, Handler]]:
    """Give the subscribed handlers by name, in order of subscription."""
    return list(_handlers.get(kind, ()))

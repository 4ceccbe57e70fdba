"""What the worker does with facts: shipments, loaded history and agreements become roll-ups, exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Flask
from sqlalchemy import Connection

from portal.analytics import service
from portal.analytics.service import Touched
from portal.core.outbox import Event, subscribe_group

SHIPPED = "OrderShipped"
LOADED = "HistoryLoaded"
AGREED = "SharingAgreementChanged"


def roll_up(connection: Connection, events: Sequence[Event]) -> None:
    """Recompute the days that shipments, loaded history and changed agreements touch."""
    spans: list[Touched] = []
    for event in events:
        if event.kind == LOADED:
            first, last = date.fromisoformat(event.payload["from"]), date.fromisoformat(event.payload["to"])
            spans.append(Touched(event.seller_id, first, last))
        elif event.kind == AGREED:
            spans += service.all_days(connection, event.seller_id)
    shipped = [(event.seller_id, int(event.payload["order_id"])) for event in events if event.kind == SHIPPED]
    if shipped:
        spans += service.days_of_orders(connection, shipped)
    service.recompute(connection, list(dict.fromkeys(spans)))


def register(_app: Flask) -> None:
    """Hear of everything that changes the figures."""
    subscribe_group({SHIPPED, LOADED, AGREED}, "roll_up", roll_up)

"""What the worker does for co-funding: orders placed, shipped and cancelled are booked."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask
from sqlalchemy import Connection

from portal.core.outbox import Event, subscribe_group
from portal.funding.service.booking import book


def register(_app: Flask) -> None:
    """Hear of orders."""
    subscribe_group({"OrderPlaced", "OrderShipped", "OrderCancelled"}, "book_funding", book_funding)


def book_funding(connection: Connection, events: Sequence[Event]) -> None:
    """Book what these orders sold under funded promotions, inside the dispatcher's transaction.

    What fails here would hold up every event: one that names no order books nothing.
    """
    book(connection, [(event.seller_id, event.payload["order_id"]) for event in events if "order_id" in event.payload])

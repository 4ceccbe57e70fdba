"""What the worker does for loyalty: orders shipped and cancelled are booked, points expire."""

from __future__ import annotations

from flask import Flask

from portal.core.outbox import subscribe_group
from portal.core.recurring import recurring
from portal.loyalty.service.booking import book, expire_points

EVERY_SECONDS = 900.0


def register(_app: Flask) -> None:
    """Hear of orders, and look for points that expire."""
    subscribe_group({"OrderShipped", "OrderCancelled"}, "book_points", book)
    recurring("book points that expired", EVERY_SECONDS, expire_points)

"""What the worker does for promotions."""

from __future__ import annotations

from flask import Flask

from portal.core.recurring import recurring
from portal.promotions.service.telling import TELL_EVERY_SECONDS, tell


def register(_app: Flask) -> None:
    """Look for promotions that began or ran out."""
    recurring("telling of promotions", TELL_EVERY_SECONDS, tell)

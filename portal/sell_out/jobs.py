"""What the worker does with reports: those of unknown GTINs are taken once a product bears it."""

from __future__ import annotations

from flask import Flask

from portal.core.recurring import recurring
from portal.sell_out.service import take_kept_aside

SECONDS = 60


def register(_app: Flask) -> None:
    """Look again and again."""
    recurring("take_kept_aside", SECONDS, take_kept_aside)

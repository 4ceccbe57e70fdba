"""Loyalty over HTTP, from either side."""

from __future__ import annotations

from flask import Flask

from portal.loyalty.api import buying, selling

__all__ = ["buying", "register", "selling"]


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing these modules has declared."""

"""Promotions over HTTP."""

from __future__ import annotations

from flask import Flask

from portal.promotions.api import price_checks, promotions

__all__ = ["price_checks", "promotions", "register"]


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing these modules has declared."""

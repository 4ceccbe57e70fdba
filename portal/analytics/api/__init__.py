"""Figures over HTTP: a brand owner's channel, a seller's own sales and customers, and what it shares."""

from __future__ import annotations

from flask import Flask

from portal.analytics.api import channel, sales, sharing

__all__ = ["channel", "register", "sales", "sharing"]


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing these modules has declared."""

"""Figures over HTTP: a brand owner's channel, a seller's own sales, customers and forecast, and what it shares."""

from __future__ import annotations

from flask import Flask

from portal.analytics.api import activity, agreements, benchmark, channel, forecast, sales, sharing, stock

__all__ = ["activity", "agreements", "benchmark", "channel", "forecast", "register", "sales", "sharing", "stock"]


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing these modules has declared."""

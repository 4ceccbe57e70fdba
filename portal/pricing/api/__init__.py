"""Prices over HTTP: price checks, price lists, their entries and whom they are for."""

from __future__ import annotations

from flask import Flask

from portal.pricing.api import drafts, entries, impact, imports, mass_changes, price_lists

__all__ = ["drafts", "entries", "impact", "imports", "mass_changes", "price_lists", "register"]


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing these modules has declared."""

"""Reports of sales tell nothing of people: who reported stands in the log."""

from __future__ import annotations

from flask import Flask

from portal.core.personal_data import declare_impersonal


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare_impersonal("sell_out", "former_sell_out")

"""Handovers tell nothing of people; who agreed stands in the log."""

from __future__ import annotations

from flask import Flask

from portal.core.personal_data import declare_impersonal


def register(_app: Flask) -> None:
    """Declare the table."""
    declare_impersonal("handover")

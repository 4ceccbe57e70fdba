"""Segments tell nothing of people."""

from __future__ import annotations

from flask import Flask

from portal.core.personal_data import declare_impersonal


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare_impersonal("segment", "segment_group", "segment_account")

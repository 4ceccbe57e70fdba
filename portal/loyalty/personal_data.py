"""Loyalty tells nothing of people: points are those of an account. Who adjusted some stands in the log."""

from __future__ import annotations

from flask import Flask

from portal.core.personal_data import declare_impersonal


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare_impersonal(
        "loyalty_programme", "loyalty_level", "loyalty_rule", "loyalty_reward", "loyalty_member", "point_entry"
    )

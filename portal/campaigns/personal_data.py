"""Campaigns tell nothing of people: that a page was opened is noted for the buyer, not for who opened it."""

from __future__ import annotations

from flask import Flask

from portal.core.personal_data import declare_impersonal


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare_impersonal("campaign", "campaign_article", "campaign_promotion", "campaign_receiver")

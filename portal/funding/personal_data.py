"""Co-funding tells nothing of people."""

from __future__ import annotations

from flask import Flask

from portal.core.personal_data import declare_impersonal


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare_impersonal("funding_offer", "funding_product", "funding_promotion", "funding_entry", "funding_claim_entry")

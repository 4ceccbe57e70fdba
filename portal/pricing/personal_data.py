"""What prices tell of people."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.core.personal_data import WITH_TRADE, PersonalTable, Purpose, Trace, declare, declare_impersonal


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare(
        PersonalTable(
            "price_revision",
            Purpose.TRADE,
            _l("Who drafted and published prices"),
            WITH_TRADE,
            (
                Trace(
                    "created_by_name = any (:names) and seller_id = any (:named_in)",
                    ("seller_id", "name", "created_at", "created_by_name"),
                    ("seller_id",),
                    blanked="created_by_name = :pseudonym",
                ),
                Trace(
                    "published_by = :actor",
                    ("seller_id", "name", "published_at", "published_by_name"),
                    ("seller_id",),
                    blanked="published_by_name = :pseudonym",
                ),
            ),
        )
    )
    declare_impersonal(
        *("price_list", "price_entry", "price_assignment", "pricing_policy", "price_revision_entry", "article_cost")
    )

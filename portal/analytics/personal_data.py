"""What figures tell of people: who looked at shared ones. Sums of sales name organisations alone."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.core.personal_data import Keeping, PersonalTable, Purpose, Trace, declare, declare_impersonal

_WITH_AGREEMENT = Keeping(_l("as long as the agreement they belong to"))


def _signed(name: str, organisation: str, *facts: str) -> Trace:
    """Find what a person signed by name in its organisation."""
    return Trace(
        f"{name} = any (:names) and {organisation} = any (:named_in)",
        ("brand_owner_id", "wholesaler_id", *facts, name),
        (organisation,),
        blanked=f"{name} = :pseudonym",
    )


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare(
        PersonalTable(
            "sharing_access",
            Purpose.PROOF,
            _l("Who of a manufacturer looked at shared figures, and when"),
            Keeping(_l("3 years: until claims have lapsed"), 3 * 365, "at"),
            (
                Trace(
                    "actor_name = any (:names) and brand_owner_id = any (:named_in)",
                    ("brand_owner_id", "wholesaler_id", "at", "actor_name", "what"),
                    ("brand_owner_id",),
                    blanked="actor_name = :pseudonym",
                ),
            ),
        ),
        PersonalTable(
            "sharing_agreement",
            Purpose.PROOF,
            _l("Who accepted or withdrew a sharing agreement"),
            _WITH_AGREEMENT,
            (_signed("accepted_by", "wholesaler_id", "version", "created_at"),),
        ),
        PersonalTable(
            "sharing_proposal",
            Purpose.PROOF,
            _l("Who proposed a sharing agreement and who answered"),
            _WITH_AGREEMENT,
            (
                _signed("proposed_by", "brand_owner_id", "number", "proposed_at"),
                _signed("answered_by", "wholesaler_id", "number", "answered_at"),
            ),
        ),
    )
    declare_impersonal(
        *(
            "sell_in_month",
            "channel_state",
            "sales_day",
            "sales_month",
            "sales_quarter",
            "sales_buyer_month",
            "sales_rhythm",
            "demand_forecast",
            "account_demand",
            "forecast_accuracy",
            "forecast_state",
            "channel_forecast",
            "promotion_effect",
            "channel_sale",
            "channel_buyer_month",
            "channel_month",
            "channel_stock",
            "channel_value",
            "channel_list_price",
            "channel_activity",
            "channel_retailer",
            "channel_distribution",
            "channel_product_month",
            "channel_region_month",
            "channel_category_month",
            "channel_wholesaler_month",
            "channel_total_month",
            "channel_total_category_month",
            "channel_product_running",
            "channel_total_running",
            "channel_total_state",
            "benchmark",
            "benchmark_state",
        )
    )

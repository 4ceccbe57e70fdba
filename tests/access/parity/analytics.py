"""The screens of figures and sharing and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import Table, by

SCREENS: Table = {
    "GET channel.show": by("sell_in", "sell_through", "sell_through_value", "channel_wholesalers"),
    "GET channel.export": by("sell_in", "sell_through", "sell_through_value"),
    "GET figures.show": by("sales_figures"),
    "GET figures.export": by("sales_figures"),
    "GET channel_benchmark.show": by("wholesaler_benchmark"),
    "GET own_benchmark.show_own": by("retailer_benchmark"),
    "GET figures.show_customers": by("customer_figures"),
    "GET figures.export_customers": by("customer_figures"),
    "GET forecast.show": by("demand_forecast"),
    "GET forecast.export": by("demand_forecast"),
    "GET forecast.show_missed": by("missed_orders"),
    "GET forecast.export_missed": by("missed_orders"),
    "GET forecast.show_promotions": by("promotion_effects"),
    "GET forecast.show_accuracy": by("forecast_accuracy"),
    "GET plan.show": by("demand_plan"),
    "GET plan.export": by("demand_plan"),
    "GET channel_stock.show": by("channel_stock", "channel_wholesalers"),
    "GET channel_stock.export": by("channel_stock"),
    "GET channel_activity.show": by(
        "channel_activity", "channel_retailers", "channel_distribution", "channel_wholesalers"
    ),
    "GET channel_activity.export_retailers": by("channel_retailers"),
    "GET channel_activity.export_distribution": by("channel_distribution"),
    "GET agreements.show": by("list_agreement_standings"),
    "GET agreements.show_one": by("read_brand_agreement"),
    "GET agreements.show_version": by("read_brand_agreement_version"),
    "POST agreements.send_proposal": by("propose_agreement"),
    "POST agreements.end_proposal": by("take_agreement_proposal_back"),
    "GET sharing.show": by("sharing_agreements", "sharing_accesses", "list_sharing_proposals", "list_sharing_versions"),
    "GET sharing.show_access": by("sharing_accesses"),
    "GET sharing.show_proposal": by("read_sharing_proposal"),
    "POST sharing.send_answer": by("answer_sharing_proposal"),
    "GET sharing.show_version": by("read_sharing_version"),
    "GET sharing.export_access": by("sharing_accesses"),
    "GET sharing.show_seen": by("sharing_seen"),
    "GET sharing.export_seen": by("sharing_seen"),
    "POST sharing.end": by("withdraw_sharing"),
}

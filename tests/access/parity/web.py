"""The home pages, whose cards tell in short what screens of the features tell, and the API's own pages."""

from __future__ import annotations

from tests.access.pairs import FOR_MACHINES, SIGNING_IN, Table, by, without

SCREENS: Table = {
    "GET home.show": without(SIGNING_IN),
    "GET home_selling.show": by(
        "list_received_orders", "list_waiting_articles", "month_figures", "customer_figures", "list_own_accounts"
    ),
    "GET home_buying.show": by("list_own_campaigns", "list_restock_proposals", "list_own_orders"),
    "GET home_brand.show": by("sell_in", "sell_through", "channel_wholesalers"),
    "GET api_reference.docs": without(FOR_MACHINES),
    "GET api_reference.openapi_json": without(FOR_MACHINES),
    "GET api_reference.explain_problem": without(FOR_MACHINES),
}

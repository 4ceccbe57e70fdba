"""The screens of restocking and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import Table, by

SCREENS: Table = {
    "GET restock.show": by("list_restock_proposals"),
    "POST restock.act": by("create_order"),
    "POST restock.quote": by("check_own_prices"),
    "POST restock.order_confirmed": by("create_order"),
}

"""The screens of ordering and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import Table, by

SCREENS: Table = {
    "POST basket.act": by("create_order"),
    "POST basket.order_confirmed": by("create_order"),
    "POST basket.quote": by("check_own_prices"),
    "GET entering.suggest": by("find_buying_articles"),
    "GET own_orders.show_all": by("list_own_orders"),
    "GET own_orders.export": by("list_own_orders"),
    "GET own_orders.show": by("read_own_order"),
    "POST own_orders.reorder_lines": by("reorder_order"),
    "GET desk.show_all": by("list_received_orders"),
    "GET desk.export": by("list_received_orders"),
    "POST desk.ship": by("create_shipment"),
}

MISSING = frozenset(
    {
        "GET basket.show",
        "GET basket.pad",
        "POST basket.empty",
        "POST entering.read",
        "POST own_orders.cancel",
        "POST own_orders.received",
        "GET desk.show",
        "POST desk.confirm",
        "POST desk.deliver",
        "POST desk.cancel",
    }
)

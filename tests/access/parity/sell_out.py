"""The screens of sell-out and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import Table, by

SCREENS: Table = {
    "GET own_sell_out.show_own": by("list_own_sell_out", "own_sold_products"),
    "POST own_sell_out.take_own": by("report_own_sell_out"),
    "GET sell_out.show": by("list_sell_out", "sold_products"),
    "POST sell_out.take": by("report_sell_out"),
}

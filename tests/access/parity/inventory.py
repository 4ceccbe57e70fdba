"""The screens of stock and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import FORM, Table, by, without

SCREENS: Table = {
    "GET stock.show_all": by("list_stock", "list_own_warehouses"),
    "GET stock.export": by("list_stock"),
    "GET stock.show": by("list_article_stock", "list_stock_movements"),
    "POST stock.change": by("put_stock", "create_stock_receipt", "put_expected_stock"),
    "GET stock.counts": without(FORM),
    "POST stock.take_counts": by("put_stock"),
    "POST stock.open_warehouse": by("create_warehouse"),
}

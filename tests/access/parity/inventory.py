"""The screens of stock and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import FORM, Table, by, without

SCREENS: Table = {
    "GET stock.counts": without(FORM),
    "POST stock.take_counts": by("put_stock"),
}

MISSING = frozenset(
    {"GET stock.show_all", "GET stock.export", "GET stock.show", "POST stock.change", "POST stock.open_warehouse"}
)

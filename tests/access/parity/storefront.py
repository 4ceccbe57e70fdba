"""The screens of the buyer's catalogue and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import Table, by

SCREENS: Table = {
    "GET storefront.show": by("find_buying_articles"),
}

MISSING = frozenset({"GET storefront.product", "POST storefront.add"})

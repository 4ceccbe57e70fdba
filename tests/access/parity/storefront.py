"""The screens of the buyer's catalogue and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import Table, by

SCREENS: Table = {
    "GET storefront.show": by("find_buying_articles", "count_buying_articles"),
    "GET storefront.product": by("read_buying_article"),
    "GET storefront.export_prices": by("read_buying_prices"),
    "GET preview.export_prices": by("read_account_prices"),
    "GET preview.show": by("preview_catalogue"),
    "POST storefront.add": by("change_basket"),
}

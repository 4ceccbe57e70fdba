"""The screens of prices and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import FORM, Table, by, without

SCREENS: Table = {
    "GET prices.show": by("list_price_lists"),
    "GET prices.show_article": by("list_prices_of_article"),
    "GET prices.explain": by("check_buyers_prices"),
    "GET prices.choose_strategy": by("get_pricing_policy"),
    "POST prices.choose_strategy": by("put_pricing_policy"),
    "GET prices.create": without(FORM),
    "POST prices.create": by("put_price_lists", "put_price_list_assignments"),
    "GET prices.show_list": by("read_price_list", "list_price_entries"),
    "GET prices.edit": by("read_price_list", "get_price_list_assignments"),
    "POST prices.edit": by("put_price_lists", "put_price_list_assignments"),
    "POST prices.change_entries": by("put_price_entries", "remove_price_entries"),
    "GET prices.export_entries": by("list_price_entries"),
}

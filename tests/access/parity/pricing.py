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
    "POST prices.begin_draft": by("begin_price_draft"),
    "GET prices.show_draft": by("read_price_draft", "list_price_draft_changes", "read_price_draft_impact"),
    "POST prices.change_draft": by("change_price_draft"),
    "POST prices.settle_draft": by("settle_price_draft"),
    "POST prices.publish_draft": by("publish_price_draft"),
    "POST prices.throw_draft_away": by("throw_price_draft_away"),
    "GET prices.show_versions": by("list_price_list_versions", "list_price_drafts"),
    "GET prices.show_version": by("list_price_version_changes"),
    "POST prices.roll_back": by("begin_price_draft"),
    "GET prices.import_file": without(FORM),
    "POST prices.import_file": by("import_price_file"),
    "GET prices.change_many": without(FORM),
    "POST prices.change_many": by("change_many_prices"),
    "GET prices.copy_list": without(FORM),
    "POST prices.copy_list": by("copy_price_list"),
    "GET prices.compare": by("compare_price_lists", "summarise_price_comparison"),
    "GET prices.export_entries": by("list_price_entries"),
}

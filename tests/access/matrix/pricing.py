"""Who gets what of prices."""

from __future__ import annotations

from typing import Any

from tenants.permissions import Scope
from tests.access.rows import MANAGERS, NOT_WAREHOUSE, Row, api, selling

_ACCOUNTS = ("own", "deactivated")
_ENTRY = {"article": "ART-NORTH-1", "net_price": "7.50"}

_WHY = {"article": "ART-NORTH-1", "account": "{code}"}
_DRAFT: dict[str, Any] = {"code": "price_list", "path": {"number": "1"}}
_VERSION: dict[str, Any] = {"code": "price_list", "path": {"version": "1"}}
_BESIDE = {"left": "{base}", "right": "LIST-NORTH"}
_NEW = {"code": "NEW", "name": "New", "base_code": "{base}"}

ROWS: tuple[Row, ...] = (
    selling("prices.show", "GET", NOT_WAREHOUSE),
    selling("prices.show_article", "GET", NOT_WAREHOUSE, article="article", query={"article": "{article}"}),
    selling("prices.explain", "GET", NOT_WAREHOUSE, code="account", finds=_ACCOUNTS, absent=422, query=_WHY),
    selling("prices.choose_strategy", "GET", MANAGERS),
    selling("prices.choose_strategy", "POST", MANAGERS, 302, form={"price_strategy": "lowest"}),
    selling("prices.create", "GET", MANAGERS),
    selling("prices.create", "POST", MANAGERS, 302, base="base_list", absent=422, form=_NEW),
    selling("prices.show_list", "GET", NOT_WAREHOUSE, code="price_list"),
    selling("prices.edit", "GET", MANAGERS, code="price_list"),
    selling(
        "prices.edit", "POST", MANAGERS, code="price_list", form={"name": "Renamed", "active": "y", "everyone": "y"}
    ),
    selling("prices.change_entries", "POST", MANAGERS, code="price_list", form={"act": "read", "block": ""}),
    selling("prices.export_entries", "GET", NOT_WAREHOUSE, code="price_list"),
    selling("prices.begin_draft", "POST", MANAGERS, 302, code="price_list"),
    selling("prices.show_draft", "GET", NOT_WAREHOUSE, **_DRAFT),
    selling("prices.change_draft", "POST", MANAGERS, 302, **_DRAFT),
    selling("prices.settle_draft", "POST", MANAGERS, 302, **_DRAFT, form={"keep": "mine"}),
    selling("prices.publish_draft", "POST", MANAGERS, 302, **_DRAFT, form={"seen": "1"}),
    selling("prices.throw_draft_away", "POST", MANAGERS, 302, **_DRAFT),
    selling("prices.show_versions", "GET", NOT_WAREHOUSE, code="price_list"),
    selling("prices.show_version", "GET", NOT_WAREHOUSE, **_VERSION),
    selling("prices.roll_back", "POST", MANAGERS, 302, **_VERSION),
    selling("prices.import_file", "GET", MANAGERS, code="price_list"),
    selling("prices.import_file", "POST", MANAGERS, 302, code="price_list", form={"block": "ART-NORTH-1;1;7.50"}),
    selling("prices.change_many", "GET", MANAGERS, code="price_list"),
    selling("prices.change_many", "POST", MANAGERS, 302, code="price_list", form={"percent": "5", "ending": "0.99"}),
    selling("prices.copy_list", "GET", MANAGERS, code="price_list"),
    selling("prices.copy_list", "POST", MANAGERS, 302, code="price_list", form={"code": "COPIED"}),
    selling("prices.compare", "GET", NOT_WAREHOUSE, base="base_list", absent=422, query=_BESIDE),
    api("list_price_lists", "GET", Scope.SELLING_READ),
    api(
        "put_price_lists",
        "PUT",
        Scope.SELLING_WRITE,
        base="base_list",
        absent=422,
        body={"price_lists": [{"code": "NEW", "name": "New", "base_code": "{base}", "adjustment_percent": "5"}]},
    ),
    api("read_price_list", "GET", Scope.SELLING_READ, code="price_list"),
    api("get_price_list_assignments", "GET", Scope.SELLING_READ, code="price_list"),
    api(
        "put_price_list_assignments",
        "PUT",
        Scope.SELLING_WRITE,
        code="price_list",
        body={"everyone": False, "groups": [], "accounts": []},
    ),
    api("list_price_entries", "GET", Scope.SELLING_READ, code="price_list"),
    api("put_price_entries", "PUT", Scope.SELLING_WRITE, code="price_list", body={"entries": [_ENTRY]}),
    api(
        "remove_price_entries",
        "POST",
        Scope.SELLING_WRITE,
        code="price_list",
        body={"entries": [{"article": "ART-NORTH-1"}]},
    ),
    api("list_price_drafts", "GET", Scope.SELLING_READ, code="price_list"),
    api("begin_price_draft", "POST", Scope.SELLING_WRITE, 201, code="price_list", body={"name": "Autumn"}),
    api("read_price_draft", "GET", Scope.SELLING_READ, **_DRAFT),
    api("throw_price_draft_away", "DELETE", Scope.SELLING_WRITE, 204, **_DRAFT),
    api("list_price_draft_changes", "GET", Scope.SELLING_READ, **_DRAFT),
    api("change_price_draft", "PUT", Scope.SELLING_WRITE, **_DRAFT, body={"entries": [_ENTRY]}),
    api("settle_price_draft", "POST", Scope.SELLING_WRITE, **_DRAFT, body={"keep": "mine"}),
    api("read_price_draft_impact", "GET", Scope.SELLING_READ, **_DRAFT),
    api("publish_price_draft", "POST", Scope.SELLING_WRITE, 201, **_DRAFT, body={"reason": "Steel"}),
    api("list_price_list_versions", "GET", Scope.SELLING_READ, code="price_list"),
    api("list_price_version_changes", "GET", Scope.SELLING_READ, **_VERSION),
    api(
        "import_price_file",
        "POST",
        Scope.SELLING_WRITE,
        201,
        code="price_list",
        body={"content": "article;net_price\nART-NORTH-1;7.50"},
    ),
    api("change_many_prices", "POST", Scope.SELLING_WRITE, 201, code="price_list", body={"percent": "5"}),
    api("copy_price_list", "POST", Scope.SELLING_WRITE, 201, code="price_list", body={"code": "COPIED"}),
    api("compare_price_lists", "GET", Scope.SELLING_READ, base="base_list", query=_BESIDE),
    api("summarise_price_comparison", "GET", Scope.SELLING_READ, base="base_list", query=_BESIDE),
    api("get_pricing_policy", "GET", Scope.SELLING_READ),
    api("put_pricing_policy", "PUT", Scope.SELLING_WRITE, body={"price_strategy": "lowest"}),
    api("list_prices_of_article", "GET", Scope.SELLING_READ, article="article", query={"article": "{article}"}),
)

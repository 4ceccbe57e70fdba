"""Who gets what of the storefront."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import EVERY_ROLE, NOT_WAREHOUSE, ORDERING, Row, api, buying, selling

_ACCOUNTS = ("own", "deactivated")

ROWS: tuple[Row, ...] = (
    buying("storefront.show", "GET", EVERY_ROLE),
    buying("storefront.export_prices", "GET", EVERY_ROLE),
    buying("storefront.product", "GET", EVERY_ROLE, article="bought_article"),
    buying(
        "storefront.add",
        "POST",
        ORDERING,
        303,
        article="bought_article",
        form={"article": "{article}", "quantity": "1"},
    ),
    selling(
        "preview.show", "GET", NOT_WAREHOUSE, code="account", finds=_ACCOUNTS, absent=422, query={"account": "{code}"}
    ),
    selling(
        "preview.export_prices",
        "GET",
        NOT_WAREHOUSE,
        code="account",
        finds=_ACCOUNTS,
        absent=302,
        query={"account": "{code}"},
    ),
    api("read_buying_prices", "GET", Scope.BUYING_READ),
    api(
        "read_account_prices",
        "GET",
        Scope.SELLING_READ,
        code="account",
        finds=_ACCOUNTS,
        query={"account": "{code}"},
    ),
    api(
        "preview_catalogue",
        "GET",
        Scope.SELLING_READ,
        code="account",
        finds=_ACCOUNTS,
        query={"account": "{code}", "price_list": "LIST-NORTH", "draft": "1"},
    ),
    api("find_buying_articles", "GET", Scope.BUYING_READ, query={"q": "ART"}),
    api("read_buying_article", "GET", Scope.BUYING_READ, article="bought_article"),
    api("count_buying_articles", "GET", Scope.BUYING_READ, query={"q": "ART"}),
)

"""Who gets what of promotions and of prices under them."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import Row, api

_CHECK = {"lines": [{"article": "{article}", "quantity": "1"}]}

ROWS: tuple[Row, ...] = (
    api("check_own_prices", "POST", Scope.BUYING_READ, article="bought_article", absent=200, body=_CHECK),
    api(
        "check_buyers_prices",
        "POST",
        Scope.SELLING_READ,
        code="account",
        finds=("own", "deactivated"),
        body={"account": "{code}", "lines": [{"article": "ART-NORTH-1", "quantity": "1"}]},
    ),
)

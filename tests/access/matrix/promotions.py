"""Who gets what of promotions and of prices under them."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import MANAGERS, NOT_WAREHOUSE, Row, api, selling

_FORM = {"name": "Changed", "benefit": "percent", "value": "5"}
_NEW = {**_FORM, "code": "NEW", "articles": "{article}"}
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
    selling("promotions.show", "GET", NOT_WAREHOUSE),
    selling("promotions.create", "GET", MANAGERS),
    selling("promotions.create", "POST", MANAGERS, 302, article="article", absent=422, form=_NEW),
    selling("promotions.edit", "GET", MANAGERS, code="promotion"),
    selling("promotions.edit", "POST", MANAGERS, 302, code="promotion", form=_FORM),
    selling("promotions.end", "POST", MANAGERS, 302, code="promotion"),
    api("list_promotions", "GET", Scope.SELLING_READ),
    api(
        "put_promotions",
        "PUT",
        Scope.SELLING_WRITE,
        article="article",
        absent=422,
        body={"promotions": [{"code": "NEW", "benefit": "percent", "value": "5", "articles": ["{article}"]}]},
    ),
    api("read_promotion", "GET", Scope.SELLING_READ, code="promotion"),
    api("end_promotion", "POST", Scope.SELLING_WRITE, 201, code="promotion", body={}),
)

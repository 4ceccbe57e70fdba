"""Who gets what of sell-out."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import EVERY_ROLE, MANAGERS, NOT_WAREHOUSE, ORDERING, Row, api, buying, selling

_SOLD = {"gtin": "96385074", "sold_on": "2026-09-30", "quantity": 77}
_TEXT = "96385074;2026-09-30;77"

ROWS: tuple[Row, ...] = (
    buying("own_sell_out.show_own", "GET", EVERY_ROLE),
    buying("own_sell_out.take_own", "POST", ORDERING, 303, form={"text": _TEXT, "act": "take"}),
    selling("sell_out.show", "GET", NOT_WAREHOUSE, query={"retailer": "ANNA"}),
    selling("sell_out.take", "POST", MANAGERS, 303, form={"text": f"ANNA;{_TEXT}", "act": "take"}),
    api("report_own_sell_out", "POST", Scope.BUYING_WRITE, body={"rows": [_SOLD]}),
    api("report_sell_out", "POST", Scope.SELLING_WRITE, body={"rows": [{**_SOLD, "retailer": "ANNA"}]}),
    api("list_own_sell_out", "GET", Scope.BUYING_READ),
    api("list_sell_out", "GET", Scope.SELLING_READ, query={"retailer": "ANNA"}),
    api("own_sold_products", "GET", Scope.BUYING_READ, query={"days": "730"}),
    api("sold_products", "GET", Scope.SELLING_READ, query={"days": "730"}),
)

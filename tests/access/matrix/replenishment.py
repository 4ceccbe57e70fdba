"""Who gets what of restocking."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import ORDERING, Row, api, buying

_GRID = {"article-1": "ART-NORTH-1", "quantity-1": "2", "idempotency_key": "form-key"}

ROWS: tuple[Row, ...] = (
    buying("restock.show", "GET", ORDERING),
    buying("restock.act", "POST", ORDERING, form=_GRID),
    buying("restock.quote", "POST", ORDERING, form=_GRID),
    buying("restock.order_confirmed", "POST", ORDERING, 409, form={"idempotency_key": "form-key"}),
    api("list_restock_proposals", "GET", Scope.BUYING_READ),
)

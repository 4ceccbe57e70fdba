"""Who gets what of figures."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import Row, api

_BY = {"from": "2026-01-01", "to": "2027-01-01", "by": "month,wholesaler,product,region"}

ROWS: tuple[Row, ...] = (
    api("sell_in", "GET", Scope.BRAND_READ, query=_BY),
    api("sell_through", "GET", Scope.BRAND_READ, query=_BY),
)

"""Who gets what of the edge: the entrance, home pages, the reference of the API."""

from __future__ import annotations

from tests.access.rows import EVERY_ROLE, Row, branding, buying, public

ROWS: tuple[Row, ...] = (
    buying("home_buying.show", "GET", EVERY_ROLE),
    branding("home_brand.show", "GET", EVERY_ROLE),
    public("api_reference.docs", "GET"),
    public("api_reference.openapi_json", "GET"),
    public("api_reference.explain_problem", "GET", 302, path={"code": "not-found"}),
)

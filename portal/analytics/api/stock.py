"""Stock in the channel for a brand owner's programs."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from portal.analytics.api.window import Printable
from portal.analytics.models import Grant
from portal.analytics.queries.stock import StockFilter, StockRow, list_stock_by_code
from portal.analytics.service.sharing import note_access
from portal.core.i18n import reader_locale
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiQuery,
    Cursor,
    InvalidCursor,
    Limit,
    Page,
    StockQuantity,
    operation,
    page_of,
    read_cursor,
)
from tenants.permissions import Permission, Scope
from tenants.principal import Principal


class StockQuery(ApiQuery):
    """A page, of one wholesaler or category."""

    wholesaler: Printable = Field("", description="Its code.")
    category: Printable = Field("", description="Its path; those below it are included.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class StockAnswer(ApiAnswer):
    """What a wholesaler has in stock of a product, in base units, measured on the day `as_of`."""

    wholesaler: str
    product: str = Field(description="Its SKU.")
    name: str
    unit: str
    category: str
    on_hand: StockQuantity
    cover_days: int | None = Field(
        description="Stock on hand ÷ average daily sell-through of the 28 days before; null where fewer than three retailers bought."
    )
    as_of: date


@operation(
    "GET",
    "/brand/stock",
    permission=Permission.CHANNEL_VIEW,
    scope=Scope.BRAND_READ,
    query=StockQuery,
    response=Page[StockAnswer],
    errors=[InvalidCursor],
    summary="Stock of own products at wholesalers",
    tags=["channel"],
)
def channel_stock(principal: Principal, query: StockQuery) -> Page[StockAnswer]:
    """For wholesalers whose sharing agreement grants `stock`, by wholesaler and SKU. Every call is noted for them."""
    after = read_cursor(query.cursor, 2)
    rows = list_stock_by_code(
        principal,
        StockFilter(query.wholesaler, query.category),
        limit=query.limit + 1,
        after=(str(after[0]), str(after[1])) if after else ("", ""),
        language=reader_locale(),
    )
    note_access(principal, "stock; API", query.wholesaler, grant=Grant.STOCK)
    return page_of(rows, query.limit, _answer, lambda row: (row.wholesaler, row.sku))


def _answer(row: StockRow) -> StockAnswer:
    return StockAnswer(
        wholesaler=row.wholesaler,
        product=row.sku,
        name=row.name,
        unit=row.unit,
        category=row.category,
        on_hand=row.on_hand,
        cover_days=row.cover_days,
        as_of=row.as_of,
    )

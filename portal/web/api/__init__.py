"""The API layer: what a feature's `api.py` needs to declare its operations."""

from __future__ import annotations

from portal.web.api.blueprint import register_api
from portal.web.api.fields import (
    MOST_ITEMS,
    USUAL_ITEMS,
    Amount,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Commas,
    Cursor,
    IsoDate,
    Limit,
    Price,
    Quantity,
    StockQuantity,
    Text,
    Whole,
    plain_amount,
    plain_quantity,
)
from portal.web.api.operations import (
    OPERATIONS,
    Operation,
    Operations,
    StoredAnswer,
    WrittenAnswer,
    answer_text,
    operation,
)
from portal.web.api.paging import InvalidCursor, Page, page_of, read_cursor

__all__ = [
    "MOST_ITEMS",
    "OPERATIONS",
    "USUAL_ITEMS",
    "Amount",
    "ApiAnswer",
    "ApiBody",
    "ApiQuery",
    "Code",
    "Commas",
    "Cursor",
    "InvalidCursor",
    "IsoDate",
    "Limit",
    "Operation",
    "Operations",
    "Page",
    "Price",
    "Quantity",
    "StockQuantity",
    "StoredAnswer",
    "Text",
    "Whole",
    "WrittenAnswer",
    "answer_text",
    "operation",
    "page_of",
    "plain_amount",
    "plain_quantity",
    "read_cursor",
    "register_api",
]

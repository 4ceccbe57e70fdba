"""The API layer: what a feature's `api.py` needs to declare its operations."""

# ruff: noqa: I001 - the sorter would give each re-exported name a statement of its own
from __future__ import annotations

from portal.web.api.blueprint import register_api as register_api
from portal.web.api.fields import (
    MOST_ITEMS as MOST_ITEMS,
    USUAL_ITEMS as USUAL_ITEMS,
    Amount as Amount,
    ApiAnswer as ApiAnswer,
    ApiBody as ApiBody,
    ApiQuery as ApiQuery,
    Code as Code,
    Commas as Commas,
    Cursor as Cursor,
    IsoDate as IsoDate,
    Limit as Limit,
    NewCode as NewCode,
    Price as Price,
    Quantity as Quantity,
    StockQuantity as StockQuantity,
    Text as Text,
    Whole as Whole,
    plain_amount as plain_amount,
    plain_quantity as plain_quantity,
)
from portal.web.api.operations import (
    OPERATIONS as OPERATIONS,
    Operation as Operation,
    Operations as Operations,
    StoredAnswer as StoredAnswer,
    WrittenAnswer as WrittenAnswer,
    answer_text as answer_text,
    operation as operation,
)
from portal.web.api.paging import InvalidCursor as InvalidCursor
from portal.web.api.paging import Page as Page
from portal.web.api.paging import page_of as page_of
from portal.web.api.paging import read_cursor as read_cursor
from portal.web.api.paging import read_text_cursor as read_text_cursor

"""Stock over HTTP: levels and their ledger, counts, receipts, what is expected, warehouses."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Annotated

from flask import Flask
from pydantic import Field, StringConstraints

from portal.accounts.api.fields import PageQuery
from portal.catalogue.units import product_name
from portal.core.idempotency import IdempotencyKey, IdempotencyKeyReused, RequestInProgress
from portal.inventory import queries
from portal.inventory.errors import FormSentBefore
from portal.inventory.models import MovementKind
from portal.inventory.queries import LevelRow, Receipt
from portal.inventory.service import (
    CountedLevel,
    add_warehouse,
    receive_stock,
    set_incoming,
    set_levels,
)
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    IsoDate,
    Limit,
    Page,
    Quantity,
    StockQuantity,
    StoredAnswer,
    Text,
    answer_text,
    operation,
    page_of,
    read_cursor,
)
from tenants.database import rollback_at_edge
from tenants.errors import Conflict, InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

MOST_LEVELS = 10_000
_TAGS = ["stock"]

Reference = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
WarehouseCode = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"),
]
WarehouseName = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class LevelBody(ApiBody):
    """What is on hand of an article in a warehouse, in base units; the reference stands in the ledger."""

    warehouse: Code
    article: Code
    on_hand: StockQuantity
    reference: Reference = ""


class StockBody(ApiBody):
    """Levels that were counted."""

    levels: list[LevelBody] = Field(min_length=1, max_length=MOST_LEVELS)


class CountQuery(ApiQuery):
    """How to write."""

    dry_run: bool = Field(default=False, description="Only say what would happen.")


class StockAnswer(ApiAnswer):
    """What changed; `lines_served` counts the order lines that got stock they waited for."""

    changed: int
    unchanged: int
    lines_served: int


class LevelsQuery(ApiQuery):
    """Which levels, and which page of them."""

    q: Text = Field("", max_length=100, description="Part of an article's number or name, or a GTIN.")
    warehouse: Text = Field("", max_length=100, description="A warehouse's code.")
    empty: bool = Field(default=False, description="Only those with nothing left to promise.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class LevelAnswer(ApiAnswer):
    """What of an article is in a warehouse, in base units: available = on hand less reserved, never below 0."""

    warehouse: str
    article: str
    name: str
    base_unit: str
    on_hand: StockQuantity
    reserved_quantity: StockQuantity
    available_quantity: StockQuantity
    incoming_quantity: StockQuantity | None
    incoming_on: date | None


class MovementAnswer(ApiAnswer):
    """A change of stock, signed, and what was on hand in that warehouse after it; quantities in base units."""

    at: datetime
    kind: MovementKind
    warehouse: str
    quantity: StockQuantity
    on_hand: StockQuantity
    reference: str


class ReceiptBody(ApiBody):
    """What arrived of an article in a warehouse, in base units; the reference stands in the ledger."""

    warehouse: Code
    article: Code
    quantity: Quantity
    reference: Reference = ""


class ReceiptAnswer(ApiAnswer):
    """What was added to stock."""

    warehouse: str
    article: str
    quantity: StockQuantity
    reference: str


class ExpectedBody(ApiBody):
    """What is expected of an article in a warehouse, in base units, on which day; null and null: nothing any more."""

    warehouse: Code
    article: Code
    quantity: Quantity | None
    expected_on: IsoDate | None


class WarehouseBody(ApiBody):
    """A warehouse; the code has 1 to 40 characters, with spaces only inside."""

    code: WarehouseCode
    name: WarehouseName = ""


class WarehouseAnswer(ApiAnswer):
    """A warehouse."""

    code: str
    name: str
    postal_code: str
    country: str


@operation(
    "PUT",
    "/selling/stock",
    permission=Permission.STOCK_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=StockBody,
    query=CountQuery,
    response=StockAnswer,
    errors=[InvalidInput],
    most_bytes=4 * 1024 * 1024,
    summary="Set stock on hand",
    tags=_TAGS,
)
def put_stock(principal: Principal, body: StockBody, query: CountQuery) -> StockAnswer:
    """All or nothing; rows that cannot be taken are named. Sending the same levels again changes nothing.

    What raises the stock is given to open order lines that wait for it, oldest first.
    """
    levels = [
        CountedLevel(level.warehouse, level.article, level.on_hand, level.reference.strip()) for level in body.levels
    ]
    change = set_levels(principal, levels)
    if query.dry_run:
        # Whom it serves is known only once it is done.
        rollback_at_edge()
    return StockAnswer.model_validate(change)


@operation(
    "GET",
    "/selling/stock",
    permission=Permission.STOCK_VIEW,
    scope=Scope.SELLING_READ,
    query=LevelsQuery,
    response=Page[LevelAnswer],
    errors=[InvalidCursor],
    summary="List stock levels",
    tags=_TAGS,
)
def list_stock(principal: Principal, query: LevelsQuery) -> Page[LevelAnswer]:
    """By article number and warehouse."""
    key = read_cursor(query.cursor, 2)
    rows = queries.list_levels(
        principal,
        words=query.q.strip(),
        warehouse=query.warehouse,
        only_empty=query.empty,
        after=None if key is None else (str(key[0]), str(key[1])),
        limit=query.limit,
    )
    return page_of(rows, query.limit, _level, lambda row: (row.article_number, row.warehouse))


@operation(
    "GET",
    "/selling/articles/{article}/stock-movements",
    permission=Permission.STOCK_VIEW,
    scope=Scope.SELLING_READ,
    query=PageQuery,
    response=Page[MovementAnswer],
    errors=[NotFound, InvalidCursor],
    summary="List an article's stock movements",
    tags=_TAGS,
)
def list_stock_movements(principal: Principal, article: Code, query: PageQuery) -> Page[MovementAnswer]:
    """Newest first, in all warehouses: counts, receipts, deliveries to customers and returns explain every level."""
    found = queries.get_article(principal, article)
    key = read_cursor(query.cursor, 1)
    rows = queries.list_movements(principal, found.id, after=int(key[0]) if key else None, limit=query.limit)
    return page_of(rows, query.limit, MovementAnswer.model_validate, lambda row: (row.id,))


@operation(
    "GET",
    "/selling/articles/{article}/stock",
    permission=Permission.STOCK_VIEW,
    scope=Scope.SELLING_READ,
    query=PageQuery,
    response=Page[LevelAnswer],
    errors=[NotFound, InvalidCursor],
    summary="List an article's stock levels",
    tags=_TAGS,
)
def list_article_stock(principal: Principal, article: Code, query: PageQuery) -> Page[LevelAnswer]:
    """By warehouse; empty where the seller keeps no stock record of it."""
    found = queries.get_article(principal, article)
    key = read_cursor(query.cursor, 1)
    after = str(key[0]) if key else None
    rows = queries.list_article_levels(principal, found.id, after=after, limit=query.limit)
    return page_of(rows, query.limit, _level, lambda row: (row.warehouse,))


@operation(
    "POST",
    "/selling/stock-receipts",
    permission=Permission.STOCK_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=ReceiptBody,
    response=ReceiptAnswer,
    status=201,
    idempotency=True,
    errors=[InvalidInput, IdempotencyKeyReused, RequestInProgress],
    summary="Add what arrived to stock",
    tags=_TAGS,
)
def create_stock_receipt(principal: Principal, body: ReceiptBody, idempotency: IdempotencyKey) -> StoredAnswer:
    """Once for each idempotency key. It is given to open order lines that wait for it, oldest first."""
    receipt = Receipt(body.warehouse, body.article, body.quantity, body.reference.strip())
    form_key = "api:" + hashlib.sha256(f"{idempotency.scope} {idempotency.key}".encode()).hexdigest()
    answer = answer_text(ReceiptAnswer.model_validate(receipt))
    try:
        receive_stock(principal, *receipt, form_key=form_key)
    except FormSentBefore as sent:
        if queries.find_receipt(principal, form_key) != receipt:
            raise IdempotencyKeyReused("This idempotency key was used before with another request.") from sent
        return StoredAnswer(answer)
    except InvalidInput as refused:
        raise _of_body(refused) from refused
    return StoredAnswer(answer, replayed=False)


@operation(
    "PUT",
    "/selling/expected-stock",
    permission=Permission.STOCK_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=ExpectedBody,
    response=LevelAnswer,
    errors=[InvalidInput],
    summary="Say what is expected and when",
    tags=_TAGS,
)
def put_expected_stock(principal: Principal, body: ExpectedBody) -> LevelAnswer:
    """Replaces what was expected of the article in that warehouse; buyers see the earliest day as `available_on`."""
    try:
        set_incoming(principal, body.warehouse, body.article, body.quantity, body.expected_on)
    except InvalidInput as refused:
        raise _of_body(refused) from refused
    found = queries.get_article(principal, body.article)
    levels = queries.list_article_levels(principal, found.id)
    return next(_level(level) for level in levels if level.warehouse == body.warehouse)


@operation(
    "GET",
    "/selling/warehouses",
    permission=Permission.STOCK_VIEW,
    scope=Scope.SELLING_READ,
    query=PageQuery,
    response=Page[WarehouseAnswer],
    errors=[InvalidCursor],
    summary="List warehouses",
    tags=_TAGS,
)
def list_own_warehouses(principal: Principal, query: PageQuery) -> Page[WarehouseAnswer]:
    """By code."""
    key = read_cursor(query.cursor, 1)
    rows = queries.list_warehouses(principal, after=str(key[0]) if key else None, limit=query.limit)
    return page_of(rows, query.limit, WarehouseAnswer.model_validate, lambda row: (row.code,))


@operation(
    "POST",
    "/selling/warehouses",
    permission=Permission.STOCK_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=WarehouseBody,
    response=WarehouseAnswer,
    status=201,
    errors=[Conflict],
    summary="Open a warehouse",
    tags=_TAGS,
)
def create_warehouse(principal: Principal, body: WarehouseBody) -> WarehouseAnswer:
    """A code that is there already is refused with `conflict`."""
    add_warehouse(principal, body.code, body.name.strip())
    return WarehouseAnswer(code=body.code, name=body.name.strip(), postal_code="", country="")


def _level(row: LevelRow) -> LevelAnswer:
    return LevelAnswer(
        warehouse=row.warehouse,
        article=row.article_number,
        name=product_name(row.name_en, row.name_de),
        base_unit=row.base_unit,
        on_hand=row.on_hand,
        reserved_quantity=row.reserved_quantity,
        available_quantity=row.available_quantity,
        incoming_quantity=row.incoming_quantity,
        incoming_on=row.incoming_on,
    )


def _of_body(refused: InvalidInput) -> InvalidInput:
    """Point into a body of one row instead of into a list of them."""
    errors = [
        {**error, "pointer": error.get("pointer", f"#/{error['field']}").replace("#/levels/0/", "#/")}
        for error in refused.details["errors"]
    ]
    return InvalidInput(refused.message, errors=errors)


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""

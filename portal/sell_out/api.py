"""Sell-out over HTTP: a retailer reports and reads its own, its seller that of its retailers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from flask import Flask
from pydantic import Field

from portal.core.i18n import reader_locale
from portal.pricing.api.entries import Documented
from portal.sell_out import queries
from portal.sell_out.queries import ReportKey, ReportRow, SellOutFilter, SoldProduct
from portal.sell_out.rules import MOST_ROWS, ReportedRow, read_row
from portal.sell_out.service import BadReport, report
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
    StockQuantity,
    Text,
    operation,
    page_of,
    read_cursor,
)
from tenants.database import rollback_at_edge
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

REPORT_KEY_PARTS = 3
_LARGE_BODY = 2 * 1024 * 1024
_TAGS = ["sell-out"]
_Signed = Annotated[Any, Documented(StockQuantity)]


class OwnSold(ApiBody):
    """What was sold of a GTIN on a day; below zero where more came back. A later report replaces it."""

    gtin: Annotated[Any, Documented(Code)]
    sold_on: Annotated[Any, Documented(IsoDate)]
    quantity: _Signed


class Sold(OwnSold):
    """The same of one retailer."""

    retailer: Annotated[Any, Documented(Code)]


class OwnReport(ApiBody):
    """A report of one's own."""

    rows: list[OwnSold] = Field(min_length=1, max_length=MOST_ROWS)


class Report(ApiBody):
    """A report of a seller's retailers."""

    rows: list[Sold] = Field(min_length=1, max_length=MOST_ROWS)


class ReportQuery(ApiQuery):
    """How to book."""

    dry_run: bool = Field(default=False, description="Only say what would happen.")


class UnknownAnswer(ApiAnswer):
    """A row that is kept aside: it is taken once a product bears its GTIN."""

    row: int
    gtin: str


class ReportAnswer(ApiAnswer):
    """How many rows were (in a dry run: would be) new, corrections, or the same already."""

    created: int
    changed: int
    unchanged: int
    unknown: list[UnknownAnswer]
    dry_run: bool


class OwnSellOutQuery(ApiQuery):
    """A page of what was reported."""

    unknown: bool = Field(default=False, description="Only what is kept aside.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class SellOutQuery(OwnSellOutQuery):
    """The same, of one retailer."""

    retailer: Text = Field("", max_length=100, description="Its code.")


class SellOutAnswer(ApiAnswer):
    """What is reported of a GTIN and day; `units` are base units of the product, null while nobody's product bears the GTIN."""

    retailer: str
    gtin: str = Field(description="Filled up to 14 digits.")
    product: str | None = Field(description="Its SKU.")
    name: str | None
    sold_on: date
    quantity: StockQuantity = Field(description="Of what bears the GTIN: pieces or cases.")
    units: StockQuantity | None
    source: str = Field(description="`retailer`, `wholesaler` or `channel` (a loaded folder).")
    reported_at: datetime
    former_quantities: list[StockQuantity] = Field(
        description="What was reported before, the newest first; up to five."
    )


class OwnProductsQuery(ApiQuery):
    """A page of products sold in so many days up to today."""

    days: Annotated[int, Field(ge=1, le=730)] = 28
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class ProductsQuery(OwnProductsQuery):
    """The same, of one retailer."""

    retailer: Text = Field("", max_length=100, description="Its code.")


class SoldProductAnswer(ApiAnswer):
    """Sell-out of a product: sold by retailers, as reported by them; never guessed from orders."""

    product: str = Field(description="Its SKU.")
    name: str
    unit: str
    units: StockQuantity
    retailers: int = Field(description="How many reported it.")
    newest_on: date


class SoldProductsAnswer(ApiAnswer):
    """A page of products, most sold first, with how much of the whole they cover."""

    items: list[SoldProductAnswer]
    next_cursor: str | None
    reporting: int = Field(description="Active retailers that reported anything in these days.")
    retailers: int = Field(description="Active retailers in all.")
    as_of: date | None = Field(description="The newest day reported.")


@operation(
    "POST",
    "/buying/sell-out",
    permission=Permission.ORDERS_PLACE,
    scope=Scope.BUYING_WRITE,
    body=OwnReport,
    query=ReportQuery,
    response=ReportAnswer,
    errors=[BadReport],
    most_bytes=_LARGE_BODY,
    summary="Report what was sold",
    tags=_TAGS,
)
def report_own_sell_out(principal: Principal, body: OwnReport, query: ReportQuery) -> ReportAnswer:
    """All or nothing; bad rows are named. A GTIN and day reported before is corrected; the same report twice changes nothing."""
    return _report(principal, body.rows, query)


@operation(
    "POST",
    "/selling/sell-out",
    permission=Permission.ORDERS_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=Report,
    query=ReportQuery,
    response=ReportAnswer,
    errors=[BadReport],
    most_bytes=_LARGE_BODY,
    summary="Report what retailers sold, in their stead",
    tags=_TAGS,
)
def report_sell_out(principal: Principal, body: Report, query: ReportQuery) -> ReportAnswer:
    """All or nothing, of any of the seller's retailers, by the same rules."""
    return _report(principal, body.rows, query)


@operation(
    "GET",
    "/buying/sell-out",
    permission=Permission.ORDERS_VIEW,
    scope=Scope.BUYING_READ,
    query=OwnSellOutQuery,
    response=Page[SellOutAnswer],
    errors=[InvalidCursor],
    summary="What was reported as sold",
    tags=_TAGS,
)
def list_own_sell_out(principal: Principal, query: OwnSellOutQuery) -> Page[SellOutAnswer]:
    """By day, the newest first, with corrections."""
    return _reports(principal, SellOutFilter(unknown=query.unknown), query)


@operation(
    "GET",
    "/selling/sell-out",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    query=SellOutQuery,
    response=Page[SellOutAnswer],
    errors=[InvalidCursor],
    summary="What retailers reported as sold",
    tags=_TAGS,
)
def list_sell_out(principal: Principal, query: SellOutQuery) -> Page[SellOutAnswer]:
    """By day, the newest first, with corrections."""
    return _reports(principal, SellOutFilter(query.retailer, query.unknown), query)


@operation(
    "GET",
    "/buying/sell-out/products",
    permission=Permission.ORDERS_VIEW,
    scope=Scope.BUYING_READ,
    query=OwnProductsQuery,
    response=SoldProductsAnswer,
    errors=[InvalidCursor],
    summary="Own sell-out by product",
    tags=_TAGS,
)
def own_sold_products(principal: Principal, query: OwnProductsQuery) -> SoldProductsAnswer:
    """In base units, most sold first."""
    return _products(principal, query, "")


@operation(
    "GET",
    "/selling/sell-out/products",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    query=ProductsQuery,
    response=SoldProductsAnswer,
    errors=[InvalidCursor],
    summary="Retailers' sell-out by product",
    tags=_TAGS,
)
def sold_products(principal: Principal, query: ProductsQuery) -> SoldProductsAnswer:
    """In base units, most sold first."""
    return _products(principal, query, query.retailer)


def read_report_key(key: tuple[str | int, ...] | None) -> ReportKey | None:
    """Give after which row a page begins."""
    return ReportKey(date.fromisoformat(str(key[0])), int(key[1]), str(key[2])) if key else None


def _report(principal: Principal, given: list[OwnSold] | list[Sold], query: ReportQuery) -> ReportAnswer:
    today = queries.today_of(principal)
    read = [read_row(number, row.__dict__, today) for number, row in enumerate(given, start=1)]
    done = report(
        principal,
        [one for one in read if isinstance(one, ReportedRow)],
        [cell for one in read if isinstance(one, list) for cell in one],
    )
    if query.dry_run:
        rollback_at_edge()
    return ReportAnswer(
        created=done.created,
        changed=done.changed,
        unchanged=done.unchanged,
        unknown=[UnknownAnswer(row=one.row, gtin=one.gtin) for one in done.unknown],
        dry_run=query.dry_run,
    )


def _reports(principal: Principal, wanted: SellOutFilter, query: OwnSellOutQuery) -> Page[SellOutAnswer]:
    after = read_report_key(read_cursor(query.cursor, REPORT_KEY_PARTS))
    rows = queries.list_reports(principal, wanted, language=reader_locale(), after=after, limit=query.limit + 1)
    return page_of(rows, query.limit, _answer, lambda row: (row.sold_on, row.buyer_id, row.gtin))


def _answer(row: ReportRow) -> SellOutAnswer:
    return SellOutAnswer(
        retailer=row.retailer,
        gtin=row.gtin,
        product=row.product,
        name=row.name,
        sold_on=row.sold_on,
        quantity=row.quantity,
        units=row.units,
        source=row.source,
        reported_at=row.reported_at,
        former_quantities=row.former,
    )


def _products(principal: Principal, query: OwnProductsQuery, retailer: str) -> SoldProductsAnswer:
    since = queries.day_before(principal, query.days)
    key = read_cursor(query.cursor, 2)
    rows = queries.list_sold_products(
        principal,
        since,
        language=reader_locale(),
        retailer=retailer,
        after=(Decimal(key[0]), int(key[1])) if key else None,
        limit=query.limit + 1,
    )
    page = page_of(rows, query.limit, _product, lambda row: (row.units, row.product_id))
    coverage = queries.sell_out_coverage(principal, since)
    return SoldProductsAnswer(
        items=page.items,
        next_cursor=page.next_cursor,
        reporting=coverage.reporting,
        retailers=coverage.retailers,
        as_of=coverage.newest_on,
    )


def _product(row: SoldProduct) -> SoldProductAnswer:
    return SoldProductAnswer(
        product=row.product,
        name=row.name,
        unit=row.unit,
        units=row.units,
        retailers=row.retailers,
        newest_on=row.newest_on,
    )


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""

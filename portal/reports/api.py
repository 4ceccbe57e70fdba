"""Reports over HTTP, for sellers and buyers alike: figures as asked, and saved definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from flask import Flask
from pydantic import Field, StringConstraints

from portal.accounts.api.fields import PageQuery
from portal.analytics.api.window import Printable
from portal.core.field_errors import refuse_if
from portal.core.i18n import reader_locale
from portal.reports import queries, service
from portal.reports.queries import VIEWING, Figures, SavedRow, run_report
from portal.reports.reading import MONTH, read_month
from portal.reports.rules import By, Definition, Measure, Period
from portal.reports.service import MANAGING, SaveReport
from portal.web.api import (
    USUAL_ITEMS,
    Amount,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Commas,
    InvalidCursor,
    Limit,
    NewCode,
    Page,
    StockQuantity,
    operation,
    page_of,
    read_text_cursor,
)
from tenants.errors import InvalidInput
from tenants.permissions import Capacity, Scope
from tenants.principal import Principal

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Month = Annotated[str, StringConstraints(pattern=MONTH)]
_ROWS = "By what the figures are broken down; customers of a seller's sales alone."
_COLUMNS = "Months, quarters or years beside each other; then one measure."
_CATEGORY = "A category's path alone, with what lies below it."
_CUSTOMER = "A customer's code alone; of a seller's sales."


class ReportQuery(ApiQuery):
    """What a report asks for."""

    rows: By = Field(By.MONTH, description=_ROWS)
    columns: By | None = Field(None, description=_COLUMNS)
    measures: Annotated[list[Measure], Field(min_length=1), Commas] = Field(
        default_factory=lambda: [Measure.UNITS, Measure.NET_AMOUNT]
    )
    period: Period = Period.TWELVE_MONTHS
    from_: Month | None = Field(None, alias="from", description="With `to` the months of the period `months`.")
    to: Month | None = None
    category: Printable = Field("", description=_CATEGORY)
    customer: Printable = Field("", description=_CUSTOMER)
    limit: Limit = USUAL_ITEMS


class ReportBody(ApiBody):
    """A report as it is kept."""

    name: Name
    is_shared: bool = Field(default=False, description="With everybody of the organisation who may see such figures.")
    rows: Annotated[By, Field(strict=False)] = Field(By.MONTH, description=_ROWS)
    columns: Annotated[By, Field(strict=False)] | None = Field(None, description=_COLUMNS)
    measures: list[Annotated[Measure, Field(strict=False)]] = Field(
        default_factory=lambda: [Measure.UNITS, Measure.NET_AMOUNT], min_length=1, max_length=len(Measure)
    )
    period: Annotated[Period, Field(strict=False)] = Period.TWELVE_MONTHS
    from_: Month | None = Field(None, alias="from", description="With `to` the months of the period `months`.")
    to: Month | None = None
    category: Printable = Field("", description=_CATEGORY)
    customer: Printable = Field("", description=_CUSTOMER)


class NewReport(ReportBody):
    """A new report."""

    code: NewCode


class SavedReportAnswer(ApiAnswer):
    """A saved report."""

    code: str
    name: str
    is_shared: bool
    rows: By
    columns: By | None
    measures: list[Measure]
    period: Period
    from_month: str | None
    to_month: str | None
    category: str
    customer: str


class CellAnswer(ApiAnswer):
    """What was ordered less what was cancelled; null is what was not asked."""

    units: StockQuantity | None
    net_amount: Amount | None
    orders: int | None
    customers: int | None


class ReportRowAnswer(ApiAnswer):
    """A row of a report."""

    key: str = Field(description="Month, quarter, year, category path, brand, SKU or customer's code.")
    name: str
    cells: list[CellAnswer] = Field(description="One for each of `columns`.")
    total: CellAnswer


class ReportAnswer(ApiAnswer):
    """A report's first rows, and the totals of all."""

    from_month: str
    to_month: str = Field(description="The last month.")
    columns: list[str]
    rows: list[ReportRowAnswer]
    row_count: int = Field(description="Of all rows.")
    cells: list[CellAnswer] = Field(description="Totals of the columns.")
    total: CellAnswer
    currency: str


_AREAS: tuple[tuple[str, str, Capacity, Scope, Scope], ...] = (
    ("sales", "/selling/report", Capacity.SELLER, Scope.SELLING_READ, Scope.SELLING_WRITE),
    ("purchase", "/buying/report", Capacity.BUYER, Scope.BUYING_READ, Scope.BUYING_WRITE),
)


def list_reports(principal: Principal, query: PageQuery) -> Page[SavedReportAnswer]:
    """Those that are shared, and the caller's own; by code."""
    rows = queries.list_reports(principal, after=read_text_cursor(query.cursor), limit=query.limit + 1)
    return page_of(rows, query.limit, _saved, lambda row: (row.code,))


def run(principal: Principal, query: ReportQuery) -> ReportAnswer:
    """Time in order, all else by the first measure. Totals are those of all rows, whatever the limit."""
    asked = _definition(query)
    refuse_if(service.refused_parts(principal, asked), "There is no such report.")
    report = run_report(principal, asked, language=reader_locale(), limit=query.limit)
    return ReportAnswer(
        from_month=f"{report.first:%Y-%m}",
        to_month=f"{report.last:%Y-%m}",
        columns=report.columns,
        rows=[
            ReportRowAnswer(
                key=row.key,
                name=row.name,
                cells=[_cell(asked, each) for each in row.cells[:-1]],
                total=_cell(asked, row.cells[-1]),
            )
            for row in report.rows
        ],
        row_count=report.count,
        cells=[_cell(asked, each) for each in report.totals[:-1]],
        total=_cell(asked, report.totals[-1]),
        currency=principal.currency,
    )


def read_report(principal: Principal, code: Code) -> SavedReportAnswer:
    """What it asks for; the figures are asked for with the same words."""
    return _saved(queries.get_report(principal, code))


def create_report(principal: Principal, body: NewReport) -> SavedReportAnswer:
    """One's own, or shared."""
    return _saved(service.create_report(principal, _command(body, body.code)))


def change_report(principal: Principal, code: Code, body: ReportBody) -> SavedReportAnswer:
    """One's own, or a shared one. What others shared stays shared."""
    return _saved(service.change_report(principal, _command(body, code)))


def remove_report(principal: Principal, code: Code) -> None:
    """One's own, or a shared one."""
    service.remove_report(principal, code)


def _declare(area: str, path: str, capacity: Capacity, reading: Scope, writing: Scope) -> None:
    view: dict[str, Any] = {"permission": VIEWING[capacity], "scope": reading, "tags": ["Reports"]}
    manage: dict[str, Any] = {"permission": MANAGING[capacity], "scope": writing, "tags": ["Reports"]}

    def declare(name: str, method: str, below: str, act: Callable[..., Any], **rest: Any) -> None:
        def call(*given: Any, **named: Any) -> Any:
            return act(*given, **named)

        call.__name__, call.__doc__, call.__annotations__ = name.format(area), act.__doc__, act.__annotations__
        call.__wrapped__ = act  # type: ignore[attr-defined]
        operation(method, f"{path}{below}", **rest)(call)

    declare(
        *("list_{}_reports", "GET", "s", list_reports),
        **{**view, "query": PageQuery, "response": Page[SavedReportAnswer], "errors": [InvalidCursor]},
        summary="List the saved reports",
    )
    declare(
        *("create_{}_report", "POST", "s", create_report),
        **{**manage, "body": NewReport, "response": SavedReportAnswer, "status": 201, "errors": [InvalidInput]},
        summary="Save a report",
    )
    declare(
        *("run_{}_report", "GET", "-figures", run),
        **{**view, "query": ReportQuery, "response": ReportAnswer, "errors": [InvalidInput]},
        summary="Own figures as a report",
    )
    declare(
        *("read_{}_report", "GET", "s/{code}", read_report),
        **{**view, "response": SavedReportAnswer},
        summary="Read a saved report",
    )
    declare(
        *("change_{}_report", "PUT", "s/{code}", change_report),
        **{**manage, "body": ReportBody, "response": SavedReportAnswer, "errors": [InvalidInput]},
        summary="Change a saved report",
    )
    declare(
        *("remove_{}_report", "DELETE", "s/{code}", remove_report),
        **{**manage, "response": None, "status": 204},
        summary="Remove a saved report",
    )


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""


def _definition(given: ReportQuery | ReportBody) -> Definition:
    return Definition(
        rows=given.rows,
        columns=given.columns,
        measures=tuple(dict.fromkeys(given.measures)),
        period=given.period,
        first=read_month(given.from_ or ""),
        last=read_month(given.to or ""),
        category=given.category,
        customer=given.customer,
    )


def _command(body: ReportBody, code: str) -> SaveReport:
    return SaveReport(code, body.name, body.is_shared, _definition(body))


def _saved(row: SavedRow) -> SavedReportAnswer:
    asked = row.asked
    return SavedReportAnswer(
        code=row.code,
        name=row.name,
        is_shared=row.is_shared,
        rows=asked.rows,
        columns=asked.columns,
        measures=list(asked.measures),
        period=asked.period,
        from_month=f"{asked.first:%Y-%m}" if asked.first else None,
        to_month=f"{asked.last:%Y-%m}" if asked.last else None,
        category=asked.category,
        customer=asked.customer,
    )


def _cell(asked: Definition, cell: Figures) -> CellAnswer:
    return CellAnswer(**{each.value: getattr(cell, each.value) if each in asked.measures else None for each in Measure})


for _area in _AREAS:
    _declare(*_area)

"""Channel figures for a brand owner's programs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from flask import Flask
from pydantic import AwareDatetime, Field, StringConstraints

from portal.analytics.models import Grant
from portal.analytics.queries import channel as queries
from portal.analytics.queries.channel import ChannelFigures, Dimension
from portal.analytics.queries.sales import SalesDimension, SalesFilter, list_sales, today_of
from portal.analytics.queries.sharing import list_access, list_agreements
from portal.analytics.rules import month_of
from portal.analytics.service.sharing import note_access
from portal.web.api import (
    USUAL_ITEMS,
    Amount,
    ApiAnswer,
    ApiQuery,
    Commas,
    Cursor,
    InvalidCursor,
    IsoDate,
    Limit,
    Page,
    StockQuantity,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import InvalidInput
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_MOST_ROWS = 100_000
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"


class ChannelQuery(ApiQuery):
    """Which months, and by what; without dates the twelve months that end with the present one."""

    from_: IsoDate | None = Field(None, alias="from")
    to: IsoDate | None = None
    by: Annotated[list[Dimension], Commas] = Field(default_factory=list)


class ChannelRowAnswer(ApiAnswer):
    """Units by the dimensions asked. `other` gathers cells with fewer than three retailers."""

    month: str | None = None
    wholesaler: str | None = None
    category: str | None = None
    product: str | None = None
    region: str | None = None
    units: StockQuantity | None


class CoverageAnswer(ApiAnswer):
    """How many of how many wholesalers, and their share of sell-in (0 to 1)."""

    wholesalers_shown: int
    wholesalers: int
    share_of_sell_in: str | None


class ChannelAnswer(ApiAnswer):
    """The rows, how much of the channel they speak of, and the newest day behind them."""

    rows: list[ChannelRowAnswer]
    coverage: CoverageAnswer
    as_of: date | None


def _window(principal: Principal, query: ChannelQuery | SalesQuery) -> tuple[date, date]:
    until = query.to or month_of(today_of(principal), 1)
    first = query.from_ or month_of(until, -12)
    if first >= until:
        raise InvalidInput("`to` must be after `from`.", errors=[{"pointer": "/to", "detail": "must be after `from`"}])
    return first, until


def _month_end(until: date) -> date:
    """Give the first day after the last month that begins before `until`."""
    return until if until.day == 1 else month_of(until, 1)


def _answer(figures: ChannelFigures) -> ChannelAnswer:
    share = figures.coverage.share_of_sell_in
    return ChannelAnswer(
        rows=[
            ChannelRowAnswer(
                month=row.month,
                wholesaler=row.wholesaler,
                category=row.category,
                product=row.product,
                region=row.region,
                units=row.units,
            )
            for row in figures.rows
        ],
        coverage=CoverageAnswer(
            wholesalers_shown=figures.coverage.wholesalers_shown,
            wholesalers=figures.coverage.wholesalers,
            share_of_sell_in=None if share is None else format(share.quantize(Decimal("0.0001")), "f"),
        ),
        as_of=figures.newest_on,
    )


@operation(
    "GET",
    "/brand/sell-in",
    permission=Permission.CHANNEL_VIEW,
    scope=Scope.BRAND_READ,
    query=ChannelQuery,
    response=ChannelAnswer,
    errors=[InvalidInput],
    summary="Units shipped to wholesalers, less returns",
    tags=["channel"],
)
def sell_in(principal: Principal, query: ChannelQuery) -> ChannelAnswer:
    """Whole months: every month that begins before `to`, from the month of `from` on."""
    first, until = _window(principal, query)
    return _answer(queries.list_sell_in(principal, first, until, query.by))


@operation(
    "GET",
    "/brand/sell-through",
    permission=Permission.CHANNEL_VIEW,
    scope=Scope.BRAND_READ,
    query=ChannelQuery,
    response=ChannelAnswer,
    errors=[InvalidInput],
    summary="Units of own brands shipped by wholesalers to retailers, less returns",
    tags=["channel"],
)
def sell_through(principal: Principal, query: ChannelQuery) -> ChannelAnswer:
    """For wholesalers whose sharing agreement grants `units`. Every call is noted where the wholesaler can read it."""
    first, until = _window(principal, query)
    figures = queries.list_sell_through(principal, first, until, query.by)
    note_access(principal, f"sell-through by {', '.join(query.by) or 'total'}; {first} to {until}; API")
    return _answer(figures)


class SalesQuery(ApiQuery):
    """Which months, and by what; without dates the twelve months that end with the present one."""

    from_: IsoDate | None = Field(None, alias="from")
    to: IsoDate | None = None
    by: SalesDimension = SalesDimension.MONTH
    category: Annotated[str, StringConstraints(max_length=300, pattern=_PRINTABLE)] = Field(
        "", description="A category's path alone, with what lies below it; not by retailer."
    )
    retailer: Annotated[str, StringConstraints(max_length=100, pattern=_PRINTABLE)] = Field(
        "", description="A customer's code alone; not by retailer."
    )


class SalesRowAnswer(ApiAnswer):
    """What was ordered less what was cancelled, in base units and net in `currency`."""

    key: str = Field(description="Month, category path, customer's code or SKU.")
    name: str
    units: StockQuantity
    net_amount: Amount


class SalesAnswer(ApiAnswer):
    """The rows: months in order, everything else by amount."""

    rows: list[SalesRowAnswer]
    currency: str


class AgreementAnswer(ApiAnswer):
    """The newest version of a sharing agreement."""

    brand_owner: str
    brand_owner_name: str
    version: int
    grants: list[Grant]
    accepted_on: date
    withdrawn_on: date | None
    in_force: bool


class AgreementsAnswer(ApiAnswer):
    """One agreement for each brand owner."""

    items: list[AgreementAnswer]


class AccessQuery(ApiQuery):
    """A page of the log."""

    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class AccessAnswer(ApiAnswer):
    """A view or export of the seller's shared data."""

    at: AwareDatetime
    brand_owner: str
    brand_owner_name: str
    actor_name: str
    what: str


@operation(
    "GET",
    "/selling/figures",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    query=SalesQuery,
    response=SalesAnswer,
    errors=[InvalidInput],
    summary="Own sales by month, category, retailer or product",
    tags=["figures"],
)
def sales_figures(principal: Principal, query: SalesQuery) -> SalesAnswer:
    """Whole months: every month that begins before `to`, from the month of `from` on."""
    first, until = _window(principal, query)
    wanted = SalesFilter(month_of(first), _month_end(until), query.category, query.retailer)
    found = list_sales(principal, wanted, query.by, limit=_MOST_ROWS)
    rows = [SalesRowAnswer(key=row.key, name=row.name, units=row.units, net_amount=row.amount) for row in found.rows]
    return SalesAnswer(rows=rows, currency=principal.currency)


@operation(
    "GET",
    "/selling/sharing",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    response=AgreementsAnswer,
    summary="What is shared with whom",
    tags=["sharing"],
)
def sharing_agreements(principal: Principal) -> AgreementsAnswer:
    """The version in force of each agreement, or the one that was withdrawn."""
    return AgreementsAnswer(items=[AgreementAnswer.model_validate(row) for row in list_agreements(principal)])


@operation(
    "GET",
    "/selling/sharing/access",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    query=AccessQuery,
    response=Page[AccessAnswer],
    errors=[InvalidCursor],
    summary="Who looked at shared data",
    tags=["sharing"],
)
def sharing_accesses(principal: Principal, query: AccessQuery) -> Page[AccessAnswer]:
    """Every view and export, the newest first."""
    after = read_cursor(query.cursor, 2)
    position = (str(after[0]), str(after[1])) if after else None
    rows = list_access(principal, limit=query.limit + 1, after=position)
    return page_of(rows, query.limit, AccessAnswer.model_validate, lambda row: (row.at.isoformat(), str(row.id)))


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""

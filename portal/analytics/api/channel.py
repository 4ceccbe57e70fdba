"""Channel figures for a brand owner's programs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from portal.analytics.api.window import MonthsQuery, asked_months
from portal.analytics.models import Grant
from portal.analytics.queries import channel as queries
from portal.analytics.queries.channel import ChannelFigures, Coverage, Dimension
from portal.analytics.service.sharing import note_access
from portal.web.api import (
    USUAL_ITEMS,
    Amount,
    ApiAnswer,
    ApiQuery,
    Commas,
    Cursor,
    InvalidCursor,
    Limit,
    Page,
    StockQuantity,
    operation,
    page_of,
    read_text_cursor,
)
from tenants.errors import InvalidInput
from tenants.permissions import Permission, Scope
from tenants.principal import Principal


class ChannelQuery(MonthsQuery):
    """Which months, and by what."""

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


class ValueRowAnswer(ApiAnswer):
    """Value by the dimensions asked."""

    month: str | None = None
    wholesaler: str | None = None
    category: str | None = None
    product: str | None = None
    region: str | None = None
    value: Amount


class ValueAnswer(ApiAnswer):
    """The rows in the brand owner's currency, how much of the channel they speak of, and the newest day behind them."""

    currency: str
    rows: list[ValueRowAnswer]
    coverage: CoverageAnswer
    as_of: date | None


class WholesalersQuery(ApiQuery):
    """Which page."""

    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class WholesalerAnswer(ApiAnswer):
    """A wholesaler of the channel."""

    code: str
    name: str
    shares_units: bool = Field(description="Whether its sharing agreement grants `units` today.")


def _covered(coverage: Coverage) -> CoverageAnswer:
    share = coverage.share_of_sell_in
    return CoverageAnswer(
        wholesalers_shown=coverage.wholesalers_shown,
        wholesalers=coverage.wholesalers,
        share_of_sell_in=None if share is None else format(share.quantize(Decimal("0.0001")), "f"),
    )


def _answer(figures: ChannelFigures) -> ChannelAnswer:
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
        coverage=_covered(figures.coverage),
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
    first, until = asked_months(principal, query)
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
    first, until = asked_months(principal, query)
    figures = queries.list_sell_through(principal, first, until, query.by)
    note_access(principal, f"sell-through by {', '.join(query.by) or 'total'}; {first} to {until}; API")
    return _answer(figures)


@operation(
    "GET",
    "/brand/sell-through/value",
    permission=Permission.CHANNEL_VIEW,
    scope=Scope.BRAND_READ,
    query=ChannelQuery,
    response=ValueAnswer,
    errors=[InvalidInput],
    summary="Sell-through at your own list price",
    tags=["channel"],
)
def sell_through_value(principal: Principal, query: ChannelQuery) -> ValueAnswer:
    """For wholesalers whose sharing agreement grants `value`. Every call is noted where the wholesaler can read it."""
    first, until = asked_months(principal, query)
    figures = queries.list_values(principal, first, until, query.by)
    what = f"value by {', '.join(query.by) or 'total'}; {first} to {until}; API"
    note_access(principal, what, grant=Grant.VALUE)
    return ValueAnswer(
        currency=principal.currency,
        rows=[ValueRowAnswer.model_validate(row) for row in figures.rows],
        coverage=_covered(figures.coverage),
        as_of=figures.newest_on,
    )


@operation(
    "GET",
    "/brand/wholesalers",
    permission=Permission.CHANNEL_VIEW,
    scope=Scope.BRAND_READ,
    query=WholesalersQuery,
    response=Page[WholesalerAnswer],
    errors=[InvalidCursor],
    summary="List the wholesalers of the channel",
    tags=["channel"],
)
def channel_wholesalers(principal: Principal, query: WholesalersQuery) -> Page[WholesalerAnswer]:
    """By code, those that share nothing included."""
    after = read_text_cursor(query.cursor)
    rows = queries.list_wholesalers_by_code(principal, limit=query.limit + 1, after=after or "")
    return page_of(rows, query.limit, WholesalerAnswer.model_validate, lambda row: (row.code,))

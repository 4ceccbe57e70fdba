"""Channel figures for a brand owner's programs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from flask import Flask
from pydantic import Field

from portal.analytics.queries import channel as queries
from portal.analytics.queries.channel import ChannelFigures, Dimension
from portal.analytics.service.sharing import note_access
from portal.web.api import ApiAnswer, ApiQuery, Commas, IsoDate, StockQuantity, operation
from tenants.database import database_now
from tenants.errors import InvalidInput
from tenants.permissions import Permission, Scope
from tenants.principal import Principal


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


def _window(query: ChannelQuery) -> tuple[date, date]:
    today = database_now().date()
    until = query.to or _month(today, 1)
    first = query.from_ or _month(until, -12)
    if first >= until:
        raise InvalidInput("`to` must be after `from`.", errors=[{"pointer": "/to", "detail": "must be after `from`"}])
    return first, until


def _month(day: date, shift: int) -> date:
    """Give the first of the month that many months on; a `to` at the first of a month leaves that month out."""
    months = day.year * 12 + day.month - 1 + shift
    return date(months // 12, months % 12 + 1, 1)


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
    first, until = _window(query)
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
    first, until = _window(query)
    figures = queries.list_sell_through(principal, first, until, query.by)
    note_access(principal, f"sell-through by {', '.join(query.by) or 'total'}; {first} to {until}; API")
    return _answer(figures)


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""

"""The brand owner's channel: sell-in beside sell-through, by month and one more dimension."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.analytics.models import Grant
from portal.analytics.queries.channel import (
    ChannelFigures,
    Dimension,
    ValueFigures,
    list_sell_in,
    list_sell_through,
    list_values,
    list_wholesalers,
    product_names,
    read_sell_in,
    read_sell_through,
    read_values,
)
from portal.analytics.queries.sales import category_labels, today_of
from portal.analytics.rules import total, unassigned
from portal.analytics.service.sharing import note_access
from portal.analytics.views.channel_lines import Line, dimension_labels, lines_of, month_chart, named_lines, ordered
from portal.analytics.views.window import Window, month_key_text, read_window, reader_language
from portal.web.csv_file import csv_answer
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

channel = Screens("channel", __name__, capacity=Capacity.BRAND_OWNER, url_prefix="/brand/channel")
_MOST_SHOWN = 100
_FILTERS = (Dimension.WHOLESALER, Dimension.CATEGORY)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    window: Window
    by: Dimension
    filters: dict[str, str]

    @property
    def parameters(self) -> dict[str, str]:
        """The same as an address."""
        return {**self.window.parameters, **self.filters, "by": self.by.value}


@dataclass(frozen=True, slots=True)
class Channel:
    """The measures of a window by one dimension."""

    lines: list[Line]
    sell_in: ChannelFigures
    sell_through: ChannelFigures
    values: ValueFigures
    unassigned: Decimal


@channel.screen("/", Permission.CHANNEL_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show the channel: totals, months, and one dimension as a table."""
    asked = _asked(principal)
    shown = _read(principal, asked, asked.by)
    months = shown.lines if asked.by is Dimension.MONTH else _months(principal, asked)
    _note(principal, asked, {Dimension.MONTH, asked.by}, "screen")
    lines = ordered(shown.lines, asked.by)
    return render_template(
        "analytics/channel.html",
        asked=asked,
        by=asked.by,
        dimensions=dimension_labels(),
        lines=_named(principal, lines[:_MOST_SHOWN], asked.by),
        count=len(lines),
        unassigned=shown.unassigned,
        sell_in=total(line.sell_in for line in months),
        sell_through=total(line.sell_through for line in months),
        coverage=shown.sell_through.coverage,
        sell_in_on=shown.sell_in.newest_on,
        sell_through_on=shown.sell_through.newest_on,
        value=total(line.value for line in months),
        value_coverage=shown.values.coverage,
        value_on=shown.values.newest_on,
        currency=principal.currency,
        chart=month_chart(months, asked.window),
        wholesalers=list_wholesalers(principal),
        categories=category_labels(principal, [principal.owning()], reader_language()),
    )


@channel.screen("/channel.csv", Permission.CHANNEL_VIEW)
def export(principal: Principal) -> ResponseReturnValue:
    """Give the table as CSV, with its coverage and age on every row."""
    asked = _asked(principal)
    found = _read(principal, asked, asked.by)
    _note(principal, asked, {asked.by}, "export")
    coverage = found.sell_through.coverage
    share = coverage.share_of_sell_in
    head = (asked.by.value, "name", "sell_in_units", "sell_through_units", "from", "to")
    tail = ("wholesalers_shown", "wholesalers", "share_of_sell_in", "sell_in_as_of", "sell_through_as_of")
    valued = ("list_price_value", "currency", "value_wholesalers_shown", "value_as_of")
    same = (
        *asked.window.parameters.values(),
        coverage.wholesalers_shown,
        coverage.wholesalers,
        None if share is None else share.quantize(Decimal("0.0001")),
        found.sell_in.newest_on,
        found.sell_through.newest_on,
    )
    of_value = (principal.currency, found.values.coverage.wholesalers_shown, found.values.newest_on)
    rows = [
        (line.key, line.name, line.sell_in, line.sell_through, *same, line.value, *of_value)
        for line in _named(principal, ordered(found.lines, asked.by), asked.by)
    ]
    return csv_answer(f"channel-by-{asked.by.value}", (*head, *tail, *valued), rows)


def _asked(principal: Principal) -> Asked:
    by = request.args.get("by", Dimension.MONTH.value)
    if by not in set(Dimension):
        abort(404)
    filters = {name.value: request.args[name.value] for name in _FILTERS if request.args.get(name.value)}
    return Asked(read_window(today_of(principal)), Dimension(by), filters)


def _read(principal: Principal, asked: Asked, by: Dimension) -> Channel:
    """Ask the measures by the dimension and those that are filtered by, and choose among the answered cells."""
    window, dimensions = asked.window, _dimensions(asked, by)
    wholesaler = asked.filters.get(Dimension.WHOLESALER.value, "")
    sell_in = list_sell_in(principal, window.first, window.until, dimensions, wholesaler=wholesaler)
    sell_through = list_sell_through(principal, window.first, window.until, dimensions, **asked.filters)
    values = list_values(principal, window.first, window.until, dimensions, **asked.filters)
    lines = lines_of(sell_in.rows, sell_through.rows, by, asked.filters, values.rows)
    return Channel(lines, sell_in, sell_through, values, unassigned(sell_through.rows, asked.filters))


def _months(principal: Principal, asked: Asked) -> list[Line]:
    """Give the same by month, without coverage and age."""
    window, dimensions = asked.window, _dimensions(asked, Dimension.MONTH)
    sell_in = read_sell_in(principal, window.first, window.until, dimensions)
    sell_through = read_sell_through(principal, window.first, window.until, dimensions, **asked.filters)
    values = read_values(principal, window.first, window.until, dimensions, **asked.filters)
    return lines_of(sell_in, sell_through, Dimension.MONTH, asked.filters, values)


def _dimensions(asked: Asked, by: Dimension) -> list[Dimension]:
    return [by, *(Dimension(name) for name in asked.filters if name != by)]


def _named(principal: Principal, lines: list[Line], by: Dimension) -> list[Line]:
    return named_lines(lines, _names(principal, [line.key for line in lines], by))


def _names(principal: Principal, keys: list[str], by: Dimension) -> dict[str, str]:
    if by is Dimension.MONTH:
        return {key: month_key_text(key) for key in keys}
    if by is Dimension.WHOLESALER:
        return {one.code: one.name for one in list_wholesalers(principal)}
    if by is Dimension.CATEGORY:
        return category_labels(principal, [principal.owning()], reader_language())
    if by is Dimension.PRODUCT:
        return product_names(principal.owning(), keys, reader_language())
    return {}


def _note(principal: Principal, asked: Asked, by: set[Dimension], how: str) -> None:
    """Say what was looked at, as each wholesaler will read it that shares it."""
    dimensions = ", ".join(one.value for one in Dimension if one in by)
    chosen = "".join(f"; {name} {value}" for name, value in asked.filters.items())
    looked = f"by {dimensions}; {asked.window.first} to {asked.window.until}{chosen}; {how}"
    for measure, grant in (("sell-through", Grant.UNITS), ("value", Grant.VALUE)):
        note_access(principal, f"{measure} {looked}", asked.filters.get("wholesaler", ""), grant=grant)

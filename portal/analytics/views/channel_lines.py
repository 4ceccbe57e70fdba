"""The channel's figures as lines of a table and a chart: the same for the brand owner and for whom it sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from flask_babel import gettext

from portal.analytics.queries.channel import ChannelRow, Dimension, ValueRow
from portal.analytics.rules import OTHER, narrow
from portal.analytics.views.window import Window
from portal.web.charts import Chart, Series, bar_chart
from portal.web.formatting import month_text


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the page: both measures under one key."""

    key: str
    name: str
    sell_in: Decimal | None
    sell_through: Decimal | None
    is_other: bool = False
    value: Decimal | None = None
    """Sell-through at the brand owner's own list price, where it is shared."""


def lines_of(
    sell_in: Sequence[ChannelRow],
    sell_through: Sequence[ChannelRow],
    by: Dimension,
    filters: Mapping[str, str],
    values: Sequence[ValueRow] = (),
) -> list[Line]:
    """Put the measures side by side, by the dimension's key, for the cells that the filters choose."""
    ins, outs = (narrow(rows, by.value, filters) for rows in (sell_in, sell_through))
    worth = {getattr(row, by.value): row.value for row in values}
    keys = list(dict.fromkeys([*ins, *outs, *worth]))
    return [Line(key or "", key or "", ins.get(key), outs.get(key), key == OTHER, worth.get(key)) for key in keys]


def ordered(lines: list[Line], by: Dimension) -> list[Line]:
    """Order the lines: months as they follow, everything else by sell-through, `other` last."""
    if by is Dimension.MONTH:
        return sorted(lines, key=lambda line: (line.is_other, line.key))
    return sorted(lines, key=lambda line: (line.is_other, -(line.sell_through or 0), -(line.sell_in or 0), line.key))


def named_lines(lines: list[Line], names: Mapping[str, str]) -> list[Line]:
    """Put the keys into words, as far as there are any."""
    return [replace(line, name=gettext("Other") if line.is_other else names.get(line.key, line.key)) for line in lines]


def month_chart(lines: list[Line], window: Window) -> Chart:
    """Draw both measures month by month; a month without a figure is a gap."""
    known = {line.key: line for line in lines}
    months = [known.get(f"{month:%Y-%m}") for month in window.months]
    return bar_chart(
        "channel-months",
        gettext("Units by month"),
        [month_text(month) for month in window.months],
        [
            Series(gettext("Sell-in"), [line.sell_in if line else None for line in months]),
            Series(gettext("Sell-through"), [line.sell_through if line else None for line in months]),
        ],
        description=gettext("Sell-in and sell-through units, month by month."),
        label_heading=gettext("Month"),
    )


def dimension_labels() -> dict[Dimension, str]:
    """Give what the dimensions are called."""
    return {
        Dimension.MONTH: gettext("Month"),
        Dimension.WHOLESALER: gettext("Wholesaler"),
        Dimension.CATEGORY: gettext("Category"),
        Dimension.PRODUCT: gettext("Product"),
        Dimension.REGION: gettext("Region"),
    }

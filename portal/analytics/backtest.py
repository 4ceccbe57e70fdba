"""The forecast put to the test: what it would have said at past origins, as errors by kind of series and as a file."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from portal.analytics.forecast.accuracy import Kind, Seen, Tally, judge, look_back
from portal.analytics.forecast.rules import HORIZON
from portal.analytics.queries.demand import WEEK, Demand, read_demand

HEAD = ("wholesaler", "item", "origin", "week", "quantity", "low", "high")


def run_backtest(
    connection: Connection, sellers: Mapping[int, str], first_origin: date, origins: int, output: Path | None
) -> dict[Kind, Tally]:
    """Forecast every product of the sellers (id to name) at so many origins a week apart, from a Sunday on.

    Each forecast sees the weeks up to its origin alone. Gives the errors by kind of series over the origins whose four weeks
    have ended; `output` gets a line for each wholesaler, item (SKU), origin and week (Sundays both) with quantity and the
    bounds of the 80 % interval in base units.
    """
    tallies: defaultdict[Kind, Tally] = defaultdict(Tally)
    lines: list[Sequence[object]] = [HEAD]
    for seller, name in sellers.items():
        demand = read_demand(connection, seller)
        if demand is None:
            continue
        known = demand.known_on(first_origin)
        wanted = [known + step for step in range(origins) if 0 < known + step <= demand.weeks]
        seen = list(look_back(demand.history, demand.categories, demand.promoted, wanted))
        ended = [one for one in seen if one.known + HORIZON <= demand.weeks]
        for kind, tally in judge(demand.history, ended).items():
            tallies[kind] += tally
        if output is not None:
            lines.extend(line for one in seen for line in _lines(name, demand, one))
    if output is not None:
        with output.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows(lines)
    return dict(tallies)


def _lines(name: str, demand: Demand, seen: Seen) -> Iterator[Sequence[object]]:
    origin, found = demand.sunday(seen.known), seen.forecast
    for place, row in enumerate(seen.rows):
        sku = demand.products[row].sku
        for ahead in range(HORIZON):
            week = origin + (ahead + 1) * WEEK
            figures = (found.quantity[place, ahead], found.low[place, ahead], found.high[place, ahead])
            yield (name, sku, origin, week, *(f"{figure:.3f}" for figure in figures))


def table(tallies: Mapping[Kind, Tally]) -> str:
    """Put the errors into lines: kind by kind, and regular and sparse series as a whole."""
    whole = {
        is_regular: sum((tally for kind, tally in tallies.items() if kind[0] is is_regular), Tally())
        for is_regular in (True, False)
    }
    rows = [_row("series", "class", *_TITLES)]
    for is_regular, total in whole.items():
        group = "regular" if is_regular else "sparse"
        kinds = [(kind[1], tally) for kind, tally in sorted(tallies.items()) if kind[0] is is_regular]
        rows += [_row(group, name, *_figures(tally)) for name, tally in [*kinds, ("all", total)] if tally.series]
    return "\n".join(rows)


_TITLES = ("number", "WAPE", "4-week", "bias", "MASE", "RMSSE", "covered", "naive", "4-week", "method")


def _figures(tally: Tally) -> Iterator[str]:
    yield f"{tally.series:,}"
    for figure in (tally.wape, tally.four_week_wape):
        yield _share(figure)
    yield "" if tally.bias is None else f"{tally.bias:+.3f}"
    for figure in (tally.mase, tally.rmsse, tally.coverage, tally.naive_wape, tally.naive_four_week_wape):
        yield _share(figure)
    yield tally.method


def _share(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.3f}"


def _row(group: str, name: str, *figures: str) -> str:
    return f"{group:8}{name:13}" + "".join(f"{figure:>9}" for figure in figures)

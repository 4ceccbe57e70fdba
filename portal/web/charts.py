"""Static charts drawn on the server: SVG by presentation attributes and classes, readable without colour.

Series differ by pattern, marker and dash before they differ in tone; each value stands in the table that
`chart_figure` puts below. Geometry is in the user units of the drawing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from portal.web.formatting import compact_text, quantity

Value = Decimal | int | None
WIDTH, NARROW, HEIGHT = 640, 358, 250
"""Every chart is drawn twice, for a desk and for a phone; the style sheet shows the one that fits."""
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 18, 28
GRID_LINES = 4
MAXIMUM_SERIES = 4
DASHES = ("", "7 4", "2 4", "9 3 2 3")
LETTER = 6.4
"""About the breadth of a letter: values and labels that would touch are left out."""

_PATTERNS = tuple(
    Markup(drawing)  # noqa: S704 - constants of this file
    for drawing in (
        "",
        '<path class="pattern-line" d="M0 8 8 0M-2 2 2-2M6 10l4-4"/>',
        '<circle class="fill" cx="2" cy="2" r="1.4"/><circle class="fill" cx="6" cy="6" r="1.4"/>',
        '<path class="pattern-line" d="M0 2h8M0 6h8"/>',
    )
)
_MARKERS = tuple(
    Markup(drawing)  # noqa: S704 - constants of this file
    for drawing in (
        '<circle class="marker solid" cx="{x}" cy="{y}" r="3.5"/>',
        '<path class="marker" d="M{x} {y}m-4 0 4-4 4 4-4 4z"/>',
        '<path class="marker" d="M{x} {y}m-3.5-3.5h7v7h-7z"/>',
        '<path class="marker solid" d="M{x} {y}m0-4.5 4.5 8h-9z"/>',
    )
)


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values, one for each label of the chart; None is a gap, not a zero."""

    label: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A series' name beside its pattern or line."""

    label: str
    css: str
    swatch: Markup


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart with what `chart_figure` needs to show it and its table."""

    id: str
    title: str
    svg: Markup
    """For a desk."""
    narrow_svg: Markup
    """For a phone, where letters keep their size."""
    labels: Sequence[str]
    series: Sequence[Series]
    label_heading: str
    legend: Sequence[LegendEntry] = ()
    show: Callable[[Value], Markup | str] = quantity

    def cell(self, series: Series, row: int) -> Markup | str:
        """Give one value as the table shows it."""
        return self.show(series.values[row])


def bar_chart(
    id: str,  # noqa: A002 - it is the element's id
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    description: str = "",
    label_heading: str = "",
    show: Callable[[Value], Markup | str] = quantity,
) -> Chart:
    """Draw bars, one group for each label, one bar in it for each series (up to four)."""
    drawn = _both(id, title, description, lambda name, width: _bars(name, labels, series, width))
    legend = [_legend_bar(id, at, one) for at, one in enumerate(series)] if len(series) > 1 else []
    return Chart(id, title, *drawn, labels, series, label_heading, legend, show)


def line_chart(
    id: str,  # noqa: A002 - it is the element's id
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    description: str = "",
    label_heading: str = "",
    show: Callable[[Value], Markup | str] = quantity,
) -> Chart:
    """Draw lines, one for each series (up to four), with markers at the values and gaps where none is known."""
    drawn = _both(id, title, description, lambda _name, width: _lines(labels, series, width))
    legend = [_legend_line(at, one) for at, one in enumerate(series)] if len(series) > 1 else []
    return Chart(id, title, *drawn, labels, series, label_heading, legend, show)


def _bars(chart: str, labels: Sequence[str], series: Sequence[Series], width: int) -> Markup:
    scale = _Scale.over(series, width)
    step = (width - LEFT - RIGHT) / max(len(labels), 1)
    breadth = min(step * 0.72 / max(len(series), 1), 48)
    labelled = _longest(series) * LETTER <= (breadth if len(series) > 1 else step)
    drawn = []
    for at, one in enumerate(series[:MAXIMUM_SERIES]):
        offset = (step - breadth * len(series)) / 2 + breadth * at
        bars = [
            _bar(LEFT + step * row + offset, scale, value, breadth, chart, at)
            for row, value in enumerate(one.values)
            if value is not None
        ]
        tops = [
            _text(
                LEFT + step * row + offset + breadth / 2,
                scale.y(max(value, Decimal(0))) - 5,
                compact_text(value),
                "value-label",
            )
            for row, value in enumerate(one.values)
            if labelled and value is not None
        ]
        drawn.append(_group(at, bars + tops))
    patterns = Markup("").join(_pattern(chart, at) for at in range(1, len(series)))
    return Markup("").join(
        [Markup("<defs>{}</defs>").format(patterns), scale.grid(), *drawn, scale.zero(), _axis(labels, step)]
    )


def _lines(labels: Sequence[str], series: Sequence[Series], width: int) -> Markup:
    scale = _Scale.over(series, width)
    step = (width - LEFT - RIGHT) / max(len(labels), 1)
    drawn = []
    for at, one in enumerate(series[:MAXIMUM_SERIES]):
        points = [
            (LEFT + step * (row + 0.5), scale.y(v)) if v is not None else None for row, v in enumerate(one.values)
        ]
        marks = [_MARKERS[at].format(x=_n(p[0]), y=_n(p[1])) for p in points if p is not None]
        drawn.append(_group(at, [_path(points, DASHES[at]), *marks]))
    return Markup("").join([scale.grid(), *drawn, scale.zero(), _axis(labels, step)])


def sparkline(label: str, values: Sequence[Value]) -> Markup:
    """Draw a word-sized line; `label` says in words what it shows."""
    known = [value for value in values if value is not None]
    if not known:
        return Markup("")
    low, high = min(known), max(known)
    span = float(high - low) or 1.0
    step = 92 / max(len(values) - 1, 1)
    points = [
        (2 + step * at, 20 - 16 * float(v - low) / span) if v is not None else None for at, v in enumerate(values)
    ]
    last = next(point for point in reversed(points) if point is not None)
    end = _MARKERS[0].format(x=_n(last[0]), y=_n(last[1]))
    return Markup(
        '<svg class="sparkline series-1" viewBox="0 0 98 24" role="img" aria-label="{}" focusable="false">{}{}</svg>'
    ).format(label, _path(points, ""), end)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Values to heights, with round grid lines; zero is always on it."""

    low: float
    high: float
    tick: float
    width: int

    @classmethod
    def over(cls, series: Sequence[Series], width: int) -> _Scale:
        known = [float(value) for one in series for value in one.values if value is not None]
        low, high = min([0.0, *known]), max([0.0, *known])
        tick = _round_tick((high - low) / GRID_LINES or 1.0)
        return cls(math.floor(low / tick) * tick, math.ceil(high / tick) * tick or tick, tick, width)

    def y(self, value: Decimal | float) -> float:
        share = (float(value) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def grid(self) -> Markup:
        count = round((self.high - self.low) / self.tick)
        marks = [self.low + self.tick * at for at in range(count + 1)]
        lines = [
            Markup('<path class="grid" d="M{} {}H{}"/>').format(LEFT, _n(self.y(mark)), self.width - RIGHT)
            + _text(LEFT - 8, self.y(mark) + 4, compact_text(Decimal(str(round(mark, 6)))), "", "end")
            for mark in marks
        ]
        return Markup("").join(lines)

    def zero(self) -> Markup:
        return Markup('<path class="axis" d="M{} {}H{}"/>').format(LEFT, _n(self.y(0)), self.width - RIGHT)


def _round_tick(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return float(next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999))


def _longest(series: Sequence[Series]) -> int:
    return max((len(compact_text(value)) for one in series for value in one.values if value is not None), default=0)


def _both(chart: str, title: str, description: str, draw: Callable[[str, int], Markup]) -> tuple[Markup, Markup]:
    """Draw for a desk and for a phone; names within the page stay unique."""
    narrow = f"{chart}-narrow"
    return (
        _svg(chart, "wide", WIDTH, title, description, draw(chart, WIDTH)),
        _svg(narrow, "narrow", NARROW, title, description, draw(narrow, NARROW)),
    )


def _svg(name: str, css: str, width: int, title: str, description: str, body: Markup) -> Markup:
    return Markup(
        '<svg class="chart-{css}" viewBox="0 0 {w} {h}" role="img" aria-labelledby="{name}-title{more}" focusable="false">'
        '<title id="{name}-title">{title}</title>{described}{body}</svg>'
    ).format(
        css=css,
        w=width,
        h=HEIGHT,
        name=name,
        more=f" {name}-desc" if description else "",
        title=title,
        described=Markup('<desc id="{}-desc">{}</desc>').format(name, description) if description else "",
        body=body,
    )


def _axis(labels: Sequence[str], step: float) -> Markup:
    """Write the labels under the axis, leaving some out where they would touch."""
    every = max(1, math.ceil(max((len(label) for label in labels), default=1) * LETTER / step)) if labels else 1
    return Markup("").join(
        _text(LEFT + step * (at + 0.5), HEIGHT - BOTTOM + 18, label)
        for at, label in enumerate(labels)
        if at % every == 0
    )


def _bar(x: float, scale: _Scale, value: Decimal | int, breadth: float, chart: str, at: int) -> Markup:
    top, bottom = sorted((scale.y(value), scale.y(0)))
    paint = (
        Markup('class="fill"') if at == 0 else Markup('class="outline" fill="url(#{}-pattern-{})"').format(chart, at)
    )
    return Markup('<rect {} x="{}" y="{}" width="{}" height="{}"/>').format(
        paint, _n(x + 1), _n(top), _n(breadth - 2), _n(max(bottom - top, 0.5))
    )


def _path(points: Sequence[tuple[float, float] | None], dash: str) -> Markup:
    steps, pen_down = [], False
    for point in points:
        if point is not None:
            steps.append(f"{'L' if pen_down else 'M'}{_n(point[0])} {_n(point[1])}")
        pen_down = point is not None
    dashed = Markup(' stroke-dasharray="{}"').format(dash) if dash else ""
    return Markup('<path class="stroke"{} d="{}"/>').format(dashed, "".join(steps))


def _pattern(chart: str, at: int) -> Markup:
    return Markup(
        '<pattern id="{}-pattern-{}" class="series-{}" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect class="fill-soft" width="8" height="8"/>{}</pattern>'
    ).format(chart, at, at + 1, _PATTERNS[at])


def _legend_bar(chart: str, at: int, series: Series) -> LegendEntry:
    # With a pattern of its own: that of a drawing is not painted where the drawing is not shown.
    name = f"{chart}-legend"
    pattern = _pattern(name, at) if at else Markup("")
    paint = Markup('class="fill"') if at == 0 else Markup('class="outline" fill="url(#{}-pattern-{})"').format(name, at)
    swatch = Markup(
        '<svg viewBox="0 0 24 12" aria-hidden="true">{}<rect {} x="0.5" y="0.5" width="23" height="11"/></svg>'
    )
    return LegendEntry(series.label, f"series-{at + 1}", swatch.format(pattern, paint))


def _legend_line(at: int, series: Series) -> LegendEntry:
    line = _path([(0, 6), (24, 6)], DASHES[at]) + _MARKERS[at].format(x=12, y=6)
    swatch = Markup('<svg viewBox="0 0 24 12" aria-hidden="true">{}</svg>').format(line)
    return LegendEntry(series.label, f"series-{at + 1}", swatch)


def _group(at: int, parts: Sequence[Markup]) -> Markup:
    return Markup('<g class="series-{}">{}</g>').format(at + 1, Markup("").join(parts))


def _text(x: float, y: float, text: str, css: str = "", anchor: str = "middle") -> Markup:
    named = Markup(' class="{}"').format(css) if css else ""
    return Markup('<text{} x="{}" y="{}" text-anchor="{}">{}</text>').format(named, _n(x), _n(y), anchor, text)


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")

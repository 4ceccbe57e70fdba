"""How good the forecast is: what it would have said at past origins against what came, beside the naive forecast.

An origin is how many weeks are known; of what comes after them the forecast sees nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from portal.analytics.forecast.methods import Flags, Floats, Whole
from portal.analytics.forecast.rules import (
    CHOICES,
    CLASSES,
    HORIZON,
    Forecast,
    base_demand,
    classify,
    forecast,
    regular,
)

LEAST_WEEKS = 4
"""A series with demand in fewer of the known weeks is not judged."""


@dataclass(slots=True)
class Tally:
    """Errors of one kind of series, added up over weeks, origins and sellers. Quantities are in base units."""

    series: int = 0
    demand: float = 0.0
    error: float = 0.0
    bias_sum: float = 0.0
    four_week_error: float = 0.0
    naive_error: float = 0.0
    naive_four_week_error: float = 0.0
    covered: int = 0
    cells: int = 0
    scaled_error: float = 0.0
    """Mean absolute error by that of naive forecasts of the known weeks, added up over `scaled` series and origins."""
    scaled_root: float = 0.0
    """The same of squares, its root."""
    scaled: int = 0
    methods: dict[str, int] = field(default_factory=dict)
    """Which methods were chosen, by series and origin."""

    def __add__(self, other: Tally) -> Tally:
        names = {*self.methods, *other.methods}
        numbers = (name for name in self.__dataclass_fields__ if name != "methods")
        methods = {name: self.methods.get(name, 0) + other.methods.get(name, 0) for name in names}
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in numbers}, methods=methods)

    @property
    def wape(self) -> float | None:
        """Sum of absolute errors by sum of demand (Kolassa and Schütz, Foresight 6, 2007)."""
        return self._by_demand(self.error)

    @property
    def four_week_wape(self) -> float | None:
        """The same with the four weeks ahead added up first."""
        return self._by_demand(self.four_week_error)

    @property
    def bias(self) -> float | None:
        """Sum of forecast less demand by sum of demand; negative: too little is forecast."""
        return self._by_demand(self.bias_sum)

    @property
    def naive_wape(self) -> float | None:
        """`wape` of repeating the last week."""
        return self._by_demand(self.naive_error)

    @property
    def naive_four_week_wape(self) -> float | None:
        """`four_week_wape` of repeating the last week."""
        return self._by_demand(self.naive_four_week_error)

    @property
    def coverage(self) -> float | None:
        """Share of weeks whose demand lay within the 80 % interval."""
        return self.covered / self.cells if self.cells else None

    @property
    def mase(self) -> float | None:
        """Mean absolute scaled error (Hyndman and Koehler, IJF 22, 2006)."""
        return self.scaled_error / self.scaled if self.scaled else None

    @property
    def rmsse(self) -> float | None:
        """Root mean squared scaled error: what sparse series are judged by."""
        return self.scaled_root / self.scaled if self.scaled else None

    @property
    def method(self) -> str:
        """The method chosen most often."""
        return max(sorted(self.methods), key=lambda name: self.methods[name], default="")

    def _by_demand(self, total: float) -> float | None:
        return total / self.demand if self.demand else None


Kind = tuple[bool, str]
"""Whether regular, and the class."""


class Seen(NamedTuple):
    """What would have been forecast with so many weeks known, for the series (row numbers) that had demand by then."""

    known: int
    rows: Whole
    forecast: Forecast


def look_back(
    history: Floats, categories: Whole, promoted: Flags, origins: Sequence[int], horizon: int = HORIZON
) -> Iterator[Seen]:
    """Forecast at each origin from what was known then; demand during promotions is not taken for base demand."""
    for known in origins:
        rows = np.flatnonzero(history[:, :known].any(axis=1))
        past = base_demand(history[rows, :known], promoted[rows, :known])
        yield Seen(known, rows, forecast(past, categories[rows], horizon))


def judge(history: Floats, looked: Sequence[Seen], horizon: int = HORIZON) -> dict[Kind, Tally]:
    """Compare with what came, by the kind each series was of at the first origin; promoted weeks count as they came."""
    if not looked:
        return {}
    first = looked[0].known
    judged = (history[:, :first] > 0).sum(axis=1) >= LEAST_WEEKS
    kinds = classify(history[:, :first]) + len(CLASSES) * ~regular(history[:, :first])
    tallies = {}
    for kind in np.unique(kinds[judged]):
        name = (bool(kind < len(CLASSES)), CLASSES[kind % len(CLASSES)].value)
        chosen = judged & (kinds == kind)
        tally = Tally()
        for seen in looked:
            tally += _tally(history, seen, chosen[seen.rows], horizon)
        tally.series = int(chosen.sum())
        tallies[name] = tally
    return tallies


def _tally(history: Floats, seen: Seen, of_kind: Flags, horizon: int) -> Tally:
    known, rows, found = seen
    came = history[rows[of_kind], known : known + horizon]
    error = found.quantity[of_kind] - came
    naive = found.naive[of_kind] - came
    steps = np.diff(history[rows[of_kind], :known], axis=1)
    scale, square = np.abs(steps).mean(axis=1), (steps**2).mean(axis=1)
    has_scale = scale > 0
    low, high = found.low[of_kind] - 1e-6, found.high[of_kind] + 1e-6
    names, counts = np.unique(found.methods[of_kind], return_counts=True)
    return Tally(
        demand=float(came.sum()),
        error=float(np.abs(error).sum()),
        bias_sum=float(error.sum()),
        four_week_error=float(np.abs(error.sum(axis=1)).sum()),
        naive_error=float(np.abs(naive).sum()),
        naive_four_week_error=float(np.abs(naive.sum(axis=1)).sum()),
        covered=int(((came >= low) & (came <= high)).sum()),
        cells=came.size,
        scaled_error=float((np.abs(error).mean(axis=1)[has_scale] / scale[has_scale]).sum()),
        scaled_root=float(np.sqrt((error**2).mean(axis=1)[has_scale] / square[has_scale]).sum()),
        scaled=int(has_scale.sum()),
        methods={CHOICES[name]: int(count) for name, count in zip(names, counts, strict=True)},
    )

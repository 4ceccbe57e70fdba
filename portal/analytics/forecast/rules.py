"""Weekly demand for the coming weeks: season, methods, their combination, the choice among them, prediction intervals.

Everything is learned from the series given, which are those of one seller: nothing of another's sales is in its forecast. At
an origin (the last known week) past origins whose coming weeks are known by now are forecast again; what they teach is how to
weigh the methods, which one suits each class of series, and how wide the intervals must be.

Regular series get the combination of methods: a linear quantile regression on their forecasts, pooled over all series, each
divided by its own level (quantile regression averaging; Nowotarski and Weron, Computational Statistics 30, 2015). Where rows are
few it stays near a fixed combination. The quantile lies above the median: demand is skewed, and medians forecast too little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from portal.analytics.forecast.methods import METHODS, Flags, Floats, Whole, ages, moving_average, moving_median, ses

HORIZON = 4
"""Weeks ahead."""
YEAR = 52
LEAST_SOLD, JUDGED_WEEKS = 30, 66
"""A series with demand in 30 of the last 66 weeks, or that share of fewer, is regular."""
LONG_INTERVAL, HIGH_VARIATION = 1.32, 0.49
"""Cut-offs of average demand interval and squared coefficient of variation (Syntetos, Boylan and Croston, JORS 56, 2005)."""
QUANTILE = 0.60
"""Between the median, which errs least a week and is 15 % too low, and the mean, which is unbiased and errs more."""
SEASON_STRENGTH = 0.5
"""Categories' seasons are seen once or twice: their square root is applied."""
ROLLED = tuple(range(0, 13, 2))
"""How many weeks before the last possible one the rolling origins lie."""
JUDGED, LEARNED = 3, 4
"""Methods are judged at the newest of the rolling origins, by weights learned at those from the fifth on: eight weeks before."""
USUAL_WEEKS = 8
"""What a promoted week would have sold is the mean of this many weeks without promotion."""
LEAST_LEVEL = 0.3
"""Series that sell less a week say nothing about how to weigh methods."""
PULL = 300.0
"""As many rows speak for the fixed combination."""
CLEARLY = 0.05
"""The combination gives way only to a method that did better by this share."""
MOST_BIAS = 0.10
"""Of other methods, as a share of demand: medians err little by forecasting too little."""
MEANS = ("ma26", "ma52", "ses", "sba", "tsb", "adida")
"""Methods whose forecast is a mean: medians of sparse demand are zero."""
SHORTEST = 8
"""Fewer known weeks than this teach nothing."""
COVER = 0.8
TAILS = tuple(step / 100 for step in range(2, 41, 2))
"""Tail probabilities that the width of the intervals is chosen from."""
_LAGS = 6
Singles = NDArray[np.float32]


class DemandClass(StrEnum):
    """How demand comes: often or seldom, in even or uneven sizes."""

    SMOOTH = "smooth"
    ERRATIC = "erratic"
    INTERMITTENT = "intermittent"
    LUMPY = "lumpy"


CLASSES = tuple(DemandClass)
COMBINED = "combined"
CHOICES = (*METHODS, COMBINED)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Expected demand in base units, series x weeks ahead, with the bounds that hold 80 % of what comes.

    `classes` is an index into `CLASSES`, `methods` into `CHOICES`; `naive` is what the last week alone would say.
    """

    quantity: Floats
    low: Floats
    high: Floats
    classes: Whole
    is_regular: Flags
    methods: Whole
    naive: Floats


def classify(history: Floats) -> Whole:
    """Give each series' class by interval and variation of its demand since its first, as an index into `CLASSES`."""
    sold = history > 0
    count = np.maximum(sold.sum(axis=1), 1)
    interval = ages(history) / count
    mean = history.sum(axis=1) / count
    variance = (np.where(sold, history - mean[:, None], 0.0) ** 2).sum(axis=1) / count
    variation = variance / np.maximum(mean, 1e-9) ** 2
    classes: Whole = (interval > LONG_INTERVAL) * 2 + (variation > HIGH_VARIATION).astype(np.int64)
    return classes


def regular(history: Floats) -> Flags:
    """Tell which series have demand in enough of the last weeks."""
    recent = history[:, -JUDGED_WEEKS:]
    found: Flags = (recent > 0).sum(axis=1) >= LEAST_SOLD / JUDGED_WEEKS * recent.shape[1]
    return found


def base_demand(history: Floats, promoted: Flags) -> Floats:
    """Give the history without what promotions added: a promoted week counts at most the mean of the last eight without one.

    Without eight such weeks in the year before those there are do; without any the week stays as it is.
    """
    cleaned = history.copy()
    for week in np.flatnonzero(promoted.any(axis=0)):
        known = cleaned[:, max(0, week - YEAR) : week]
        usable = ~promoted[:, max(0, week - YEAR) : week]
        recent = usable & (np.cumsum(usable[:, ::-1], axis=1)[:, ::-1] <= USUAL_WEEKS)
        count = recent.sum(axis=1)
        usual = (known * recent).sum(axis=1) / np.maximum(count, 1)
        cap = np.where(promoted[:, week] & (count > 0), usual, np.inf)
        cleaned[:, week] = np.minimum(cleaned[:, week], cap)
    return cleaned


def seasons(history: Floats, categories: Whole, horizon: int = HORIZON) -> Floats:
    """Give the factor of each series and week, the coming ones included, from the last 52 weeks of its category.

    Weeks are averaged with both neighbours; a small category is drawn towards all categories together. Without 52 weeks 1.
    """
    weeks = history.shape[1]
    if weeks < YEAR or not history.size:
        return np.ones((len(history), weeks + horizon))
    count = int(categories.max()) + 1
    sold, cells = np.zeros((count, weeks)), np.zeros(count)
    np.add.at(sold, categories, history)
    np.add.at(cells, categories, (history[:, -YEAR:] > 0).sum(axis=1))
    trust = (cells / (cells + 500))[:, None]
    index = trust * _index(sold) + (1 - trust) * _index(sold.sum(axis=0, keepdims=True))
    by_week = np.empty_like(index)
    by_week[:, np.arange(weeks - YEAR, weeks) % YEAR] = index
    factors: Floats = (by_week**SEASON_STRENGTH)[categories][:, np.arange(weeks + horizon) % YEAR]
    return factors


def _index(sold: Floats) -> Floats:
    padded = np.pad(sold, ((0, 0), (1, 1)), mode="edge")
    smoothed = (padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:])[:, -YEAR:]
    index = smoothed / np.maximum(smoothed.mean(axis=1, keepdims=True), 1e-9)
    return np.clip(np.where(smoothed > 0, index, 1.0), 0.2, 5.0)


class _Origin(NamedTuple):
    """What was known at an origin, with seasons taken out: the methods' forecasts, the regressors and levels."""

    methods: Floats
    """Series x methods."""
    regressors: Floats
    level: Floats
    history: Floats


def _look(history: Floats, categories: Whole) -> _Origin:
    found = {name: method(history) for name, method in METHODS.items()}
    recent = np.sort(history[:, -13:], axis=1)
    width = recent.shape[1]
    mean26 = found["ma26"]
    own = [
        *(found[name] for name in ("ma13", "ma26", "ma52", "median13", "ses", "sba", "tsb", "adida")),
        moving_average(history, 4),
        moving_median(history, 5),
        moving_median(history, 26),
        ses(history, 0.3),
        recent[:, 2 : max(3, width - 2)].mean(axis=1),
        recent[:, width // 4],
        recent[:, -1 - width // 4],
        *(history[:, -1 - lag] for lag in range(_LAGS)),
        *_of_category(history, categories, mean26),
    ]
    level = (found["ma13"] + mean26 + own[11]) / 3
    return _Origin(np.stack(list(found.values()), axis=1), np.stack(own, axis=1), level, history)


def _of_category(history: Floats, categories: Whole, own: Floats) -> list[Floats]:
    """Give the series' share of what its category sold in the last 4 and 13 weeks, so that all of it speaks."""
    sold = np.zeros((int(categories.max()) + 1 if len(categories) else 0, min(26, history.shape[1])))
    np.add.at(sold, categories, history[:, -26:])
    share = own / np.maximum(sold.mean(axis=1), 1e-9)[categories]
    return [sold[:, -weeks:].mean(axis=1)[categories] * share for weeks in (4, 13)]


_USUAL = np.zeros(23)
"""What the combination stays near where rows are few: half the mean of average, smoothing and TSB, half the median."""
_USUAL[[0, 4, 6]], _USUAL[3] = 1 / 6, 0.5


def forecast(history: Floats, categories: Whole, horizon: int = HORIZON) -> Forecast:
    """Forecast every series from its last known week on.

    `history` is demand in base units, series x weeks; `categories` numbers each series' category from 0.
    """
    series, weeks = history.shape
    classes, is_regular = classify(history), regular(history)
    if weeks < SHORTEST or not series:
        level = moving_average(history, 13) if weeks else np.zeros(series)
        flat = np.repeat(level[:, None], horizon, axis=1)
        at = np.full(series, CHOICES.index("ma13"))
        return Forecast(flat, np.zeros_like(flat), 3 * flat, classes, is_regular, at, flat)
    factors = seasons(history, categories, horizon)
    level = history / factors[:, :weeks]
    rolled = [weeks - horizon - back for back in ROLLED if weeks - horizon - back >= max(SHORTEST, weeks // 3)]
    past = [(_look(level[:, :known], categories), level[:, known : known + horizon]) for known in rolled]
    now = _look(level, categories)
    kinds = classes + 4 * ~is_regular
    combined = _combine(past, now, horizon)
    methods = _choose(past, kinds)
    chosen = np.where(
        (methods == CHOICES.index(COMBINED))[:, None],
        combined,
        np.take_along_axis(now.methods, np.minimum(methods, len(METHODS) - 1)[:, None], axis=1),
    )
    low, high = _bounds(past, now, kinds)
    coming = factors[:, weeks:]
    quantity = np.maximum(chosen, 0.0) * coming
    return Forecast(
        quantity,
        np.minimum(low[:, None] * coming, quantity),
        np.maximum(high[:, None] * coming, quantity),
        classes,
        is_regular,
        methods,
        np.repeat(history[:, -1:], horizon, axis=1),
    )


Past = Sequence[tuple[_Origin, Floats]]


def _combine(past: Past, now: _Origin, horizon: int) -> Floats:
    """Give the combination of all methods, series x weeks: weights by week ahead, learned from the past origins."""
    rows, demands, weights = [], [], []
    for origin, came in past:
        level = origin.level
        used = level > LEAST_LEVEL
        rows.append((origin.regressors[used] / level[used, None]).astype(np.float32))
        demands.append((came[used] / level[used, None]).astype(np.float32))
        weights.append(level[used].astype(np.float32))
    if not rows or not sum(map(len, rows)):
        usual: Floats = np.repeat((now.regressors @ _USUAL)[:, None], horizon, axis=1)
        return usual
    regressors, demand, weight = np.concatenate(rows), np.concatenate(demands), np.concatenate(weights)
    found, start = [], _USUAL
    for ahead in range(horizon):
        start = _quantile_weights(regressors, demand[:, ahead], weight, start)
        found.append(now.regressors @ start)
    combined: Floats = np.stack(found, axis=1)
    return combined


def _quantile_weights(rows: Singles, demand: Singles, weight: Singles, start: Floats) -> Floats:
    """Fit a linear quantile by iteratively reweighted least squares, drawn towards the usual weights."""
    weights = start.astype(np.float32)
    pull = PULL * float(weight.mean())
    for _ in range(8):
        error = demand - rows @ weights
        share = weight * np.where(error > 0, 2 * QUANTILE, 2 - 2 * QUANTILE) / np.maximum(np.abs(error), 0.03)
        weighted = rows * share[:, None].astype(np.float32)
        square = (weighted.T @ rows).astype(np.float64) + pull * np.eye(rows.shape[1])
        weights = np.linalg.solve(square, weighted.T @ demand + pull * _USUAL).astype(np.float32)
    return weights.astype(np.float64)


def _choose(past: Past, kinds: Whole) -> Whole:
    """Give the method that did best at the newest past origins, by kind of series, as an index into `CHOICES`.

    Regular kinds are judged by absolute error with a bias within a tenth; the combination, by weights learned before those
    origins, stays unless another is clearly better. Sparse kinds choose among the methods that give a mean, by squared
    error, each series divided by what naive forecasts missed it by.
    """
    judged, learned = past[:JUDGED], past[LEARNED:]
    chosen = np.where(kinds < len(CLASSES), CHOICES.index(COMBINED), CHOICES.index("tsb"))
    if not judged or not learned:
        return chosen
    tried = [_try(origin, came, learned) for origin, came in judged]
    errors = np.stack(tried).transpose(1, 0, 2, 3)
    demand = np.stack([came.sum(axis=1) for _, came in judged]).sum(axis=0)
    scale = (np.diff(judged[-1][0].history, axis=1) ** 2).mean(axis=1)
    for kind in np.unique(kinds):
        of_kind = kinds == kind
        if kind < len(CLASSES):
            total = max(float(demand[of_kind].sum()), 1e-9)
            cost = np.abs(errors[of_kind]).sum(axis=(0, 1, 2)) / total
            cost[np.abs(errors[of_kind].sum(axis=(0, 1, 2))) / total > MOST_BIAS] = np.inf
            cost[-1] = np.abs(errors[of_kind][..., -1]).sum() / total * (1 - CLEARLY)
        else:
            known = of_kind & (scale > 0)
            cost = np.sqrt((errors[known] ** 2).mean(axis=(1, 2)) / scale[known, None]).sum(axis=0)
            cost[[name not in MEANS for name in CHOICES]] = np.inf
        chosen[of_kind] = int(cost.argmin())
    return chosen


def _try(origin: _Origin, came: Floats, learned: Past) -> Floats:
    """Give the errors of all choices at a past origin, series x weeks ahead x choices."""
    combined = _combine(learned, origin, came.shape[1])
    found = np.concatenate([origin.methods[:, None, :].repeat(came.shape[1], axis=1), combined[:, :, None]], axis=2)
    errors: Floats = found - came[:, :, None]
    return errors


def _bounds(past: Past, now: _Origin, kinds: Whole) -> tuple[Floats, Floats]:
    """Give the bounds, one a series: quantiles of its last weeks, as far out as held 80 % at past origins for its kind.

    Of sparse series the lower bound is 0 and the upper one alone is set.
    """
    spreads = [(_spread(origin.history), came) for origin, came in past]
    spread = _spread(now.history)
    low, high = np.zeros(len(kinds)), np.zeros(len(kinds))
    for kind in np.unique(kinds):
        of_kind = kinds == kind
        two_sided = bool(kind < len(CLASSES))
        held = [_held(spreads, of_kind, tail, two_sided=two_sided) for tail in TAILS]
        tail = TAILS[int(np.abs(np.array(held) - COVER).argmin())]
        low[of_kind], high[of_kind] = _between(spread[of_kind], tail, two_sided=two_sided)
    return low, high


def _spread(history: Floats) -> Floats:
    return np.sort(history[:, -26:], axis=1)


def _between(spread: Floats, tail: float, *, two_sided: bool) -> tuple[Floats, Floats]:
    if two_sided:
        return _at(spread, tail), _at(spread, 1 - tail)
    return np.zeros(len(spread)), _at(spread, 1 - 2 * tail)


def _at(spread: Floats, share: float) -> Floats:
    place = share * (spread.shape[1] - 1)
    below = int(place)
    above = min(below + 1, spread.shape[1] - 1)
    bound: Floats = spread[:, below] + (place - below) * (spread[:, above] - spread[:, below])
    return bound


def _held(spreads: Sequence[tuple[Floats, Floats]], of_kind: Flags, tail: float, *, two_sided: bool) -> float:
    """Give the share of past weeks that lay between the bounds; the wanted one where there is no past."""
    inside = count = 0
    for spread, came in spreads:
        low, high = _between(spread[of_kind], tail, two_sided=two_sided)
        weeks = came[of_kind]
        inside += int(((weeks >= low[:, None]) & (weeks <= high[:, None])).sum())
        count += weeks.size
    return inside / count if count else COVER

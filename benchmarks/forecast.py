"""Forecasts of many series in one process, beside what the methods alone take over the same series."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.ground import Ground
from benchmarks.results import Result
from portal.analytics.forecast.methods import METHODS, Floats
from portal.analytics.forecast.rules import forecast

MOST_SECONDS = 60
SERIES, WEEKS, CATEGORIES = 50_000, 104, 60
SPARSE_SHARE = 0.4


def demand(series: int) -> Floats:
    """Give two years of skewed weekly demand of many levels; two in five series are sparse."""
    random = np.random.default_rng(5)
    levels = random.lognormal(2.0, 1.2, (series, 1))
    chance = np.where(random.random((series, 1)) < SPARSE_SHARE, 0.2, 0.85)
    sold = random.random((series, WEEKS)) < chance
    return sold * np.round(levels * random.gamma(1.5, 0.7, (series, WEEKS)))


def forecasts(ground: Ground) -> Iterable[Result]:
    """Measure everything a weekly forecast of the series takes: season, past origins, combination, choice and bounds."""
    series = min(SERIES, ground.size.articles)
    history = demand(series)
    spent = _seconds(lambda: forecast(history, np.arange(series) % CATEGORIES))
    least = _seconds(lambda: [method(history) for method in METHODS.values()])
    yield Result(
        f"forecasts of {series:,} series",
        f"below {MOST_SECONDS} s",
        spent < MOST_SECONDS,
        portal=round(series / spent, 1),
        limit=round(series / least, 1),
        ratio=round(least / spent, 4),
        p50=round(spent * 1000, 1),
        note="the limit is every method once, with nothing learned",
    )


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started

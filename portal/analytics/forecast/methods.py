"""The forecasting methods themselves, each over all series at once.

A history is an array of series x weeks, the oldest week first, in base units. Every method gives the level it expects of each
of the coming weeks, one figure a series. Weeks before a series' first demand are no demand of zero: the article was not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

BLOCK_WEEKS = 4
"""ADIDA adds up this many weeks, the time that is planned ahead."""


def ages(history: Floats) -> Whole:
    """Give for each series how many weeks have passed since its first demand, that week included; 0 without any."""
    sold = history > 0
    if not history.size:
        return np.zeros(len(history), dtype=np.int64)
    return np.where(sold.any(axis=1), history.shape[1] - sold.argmax(axis=1), 0)


def naive(history: Floats) -> Floats:
    """Give the last week."""
    return history[:, -1].copy()


def moving_average(history: Floats, weeks: int) -> Floats:
    """Give the mean of the last weeks, of fewer where the series is younger."""
    known = np.clip(ages(history), 1, min(weeks, history.shape[1]))
    mean: Floats = history[:, -weeks:].sum(axis=1) / known
    return mean


def moving_median(history: Floats, weeks: int) -> Floats:
    """Give the median of the last weeks."""
    return np.median(history[:, -weeks:], axis=1)


def ses(history: Floats, alpha: float) -> Floats:
    """Give simple exponential smoothing (Brown 1959), begun with the first demand."""
    level = np.zeros(len(history))
    has_begun = np.zeros(len(history), dtype=bool)
    for demand in history.T:
        level = np.where(has_begun, level + alpha * (demand - level), demand)
        has_begun |= demand > 0
    return level


def sba(history: Floats, alpha: float = 0.1) -> Floats:
    """Give the Syntetos-Boylan approximation: Croston's size over interval, less its bias.

    (1 - alpha / 2) z / p with z the smoothed size of demands and p the smoothed interval between them; both begin with the
    first demand (Syntetos and Boylan, "The accuracy of intermittent demand estimates", IJF 21, 2005).
    """
    size = np.zeros(len(history))
    interval = np.ones(len(history))
    weeks_since = np.ones(len(history))
    has_begun = np.zeros(len(history), dtype=bool)
    for demand in history.T:
        sold = demand > 0
        again = sold & has_begun
        interval = np.where(again, interval + alpha * (weeks_since - interval), interval)
        size = np.where(again, size + alpha * (demand - size), np.where(sold, demand, size))
        has_begun |= sold
        weeks_since = np.where(sold, 1.0, weeks_since + has_begun)
    return (1 - alpha / 2) * size / interval


def tsb(history: Floats, alpha: float = 0.15, beta: float = 0.1) -> Floats:
    """Give Teunter, Syntetos and Babai's method: the chance of a demand times its size.

    The chance is smoothed every week (beta), the size at demands (alpha): what is no longer bought fades (EJOR 214, 2011).
    """
    size = np.zeros(len(history))
    chance = np.zeros(len(history))
    has_begun = np.zeros(len(history), dtype=bool)
    for demand in history.T:
        sold = demand > 0
        size = np.where(sold & has_begun, size + alpha * (demand - size), np.where(sold, demand, size))
        chance = np.where(has_begun, chance + beta * (sold - chance), np.where(sold, 1.0, 0.0))
        has_begun |= sold
    return chance * size


def adida(history: Floats, alpha: float = 0.3) -> Floats:
    """Give the aggregate-disaggregate approach: exponential smoothing of blocks of four weeks, spread evenly over the weeks.

    Blocks are counted back from the last week; an incomplete oldest one is left out, unless there is no other (Nikolopoulos
    et al., JORS 62, 2011).
    """
    blocks = history.shape[1] // BLOCK_WEEKS
    if not blocks:
        mean: Floats = history.mean(axis=1)
        return mean
    whole = history[:, -blocks * BLOCK_WEEKS :].reshape(len(history), blocks, BLOCK_WEEKS).sum(axis=2)
    return ses(whole, alpha) / BLOCK_WEEKS


METHODS: Mapping[str, Callable[[Floats], Floats]] = MappingProxyType(
    {
        "naive": naive,
        "ma13": lambda history: moving_average(history, 13),
        "ma26": lambda history: moving_average(history, 26),
        "ma52": lambda history: moving_average(history, 52),
        "median13": lambda history: moving_median(history, 13),
        "ses": lambda history: ses(history, 0.15),
        "sba": sba,
        "tsb": tsb,
        "adida": adida,
    }
)
"""What the backtest chooses from, besides the combination of all."""

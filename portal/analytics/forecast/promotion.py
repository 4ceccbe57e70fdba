"""What a promotion brought: demand in its weeks against the forecast without it, less what was only bought ahead."""

from __future__ import annotations

from typing import NamedTuple

from portal.analytics.forecast.methods import Floats

WEEKS_AFTER = 4


class Effect(NamedTuple):
    """Base units. What came beyond the forecast is `units - expected_units`; of it `forward_units` were bought ahead."""

    units: float
    expected_units: float
    forward_units: float
    weeks_after: int


def promotion_effect(history: Floats, weekly: Floats, first: int, until: int) -> Effect:
    """Give the effect on series (rows of `history`) of a promotion in the weeks [first, until).

    `weekly` is what was forecast for a week of each series from the weeks before. The four weeks after, as far as they are
    known, count as bought ahead by as much as all series together fell short of it.
    """
    after = history[:, until : until + WEEKS_AFTER]
    expected = float(weekly.sum())
    short = max(0.0, expected * after.shape[1] - float(after.sum()))
    units = float(history[:, first:until].sum())
    gained = max(0.0, units - expected * (min(until, history.shape[1]) - first))
    return Effect(units, expected * (min(until, history.shape[1]) - first), min(short, gained), after.shape[1])

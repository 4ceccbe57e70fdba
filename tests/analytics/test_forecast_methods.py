"""Each forecasting method against an example that was computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from portal.analytics.forecast.methods import (
    METHODS,
    Floats,
    adida,
    ages,
    moving_average,
    moving_median,
    naive,
    sba,
    ses,
    tsb,
)


def weeks(*demand: float) -> Floats:
    return np.array([demand], dtype=float)


def test_naive_repeats_the_last_week() -> None:
    assert naive(weeks(4, 0, 7)).tolist() == [7]


def test_a_moving_average_looks_at_no_week_before_the_first_demand() -> None:
    assert ages(weeks(0, 0, 6, 0, 3)).tolist() == [3]
    assert moving_average(weeks(0, 0, 6, 0, 3), 4).tolist() == [3]
    assert moving_average(weeks(9, 0, 6, 0, 2), 4).tolist() == [2]
    assert moving_average(weeks(0, 0, 0), 2).tolist() == [0]


def test_a_moving_median_is_the_middle_of_the_last_weeks() -> None:
    assert moving_median(weeks(100, 1, 9, 2), 3).tolist() == [2]


def test_exponential_smoothing_begins_with_the_first_demand() -> None:
    """8; 8 + 0.25 x (4 - 8) = 7; 7 + 0.25 x (11 - 7) = 8."""
    assert ses(weeks(0, 0, 8, 4, 11), 0.25).tolist() == [8]


def test_syntetos_boylan_divides_size_by_interval_less_half_of_alpha() -> None:
    """Sizes 6 and 10: 6 + 0.2 x 4 = 6.8; intervals 1 at first, then 3: 1 + 0.2 x 2 = 1.4; 0.9 x 6.8 / 1.4."""
    assert sba(weeks(0, 6, 0, 0, 10, 0), 0.2)[0] == pytest.approx(0.9 * 6.8 / 1.4)


def test_teunter_syntetos_babai_lets_fade_what_is_no_longer_bought() -> None:
    """Size 6, chance 1; two weeks without: 0.9, then 0.81."""
    assert tsb(weeks(6, 0, 0), 0.5, 0.1)[0] == pytest.approx(6 * 0.81)
    """Again 10: size 8, chance 0.81 + 0.1 x 0.19 = 0.829."""
    assert tsb(weeks(6, 0, 0, 10), 0.5, 0.1)[0] == pytest.approx(8 * 0.829)


def test_adida_smooths_blocks_of_four_weeks_and_spreads_them() -> None:
    """The oldest week is no whole block; blocks 8 and 16: 8 + 0.5 x 8 = 12, a quarter of it a week."""
    assert adida(weeks(99, 8, 0, 0, 0, 0, 4, 4, 8), 0.5).tolist() == [3]
    assert adida(weeks(3, 0, 0), 0.5).tolist() == [1]


@pytest.mark.parametrize("name", METHODS)
def test_a_constant_demand_is_forecast_as_it_is(name: str) -> None:
    level = METHODS[name](np.full((1, 60), 5.0))
    assert level[0] == pytest.approx(5 * 0.95 if name == "sba" else 5)


@pytest.mark.parametrize("name", METHODS)
def test_a_series_is_forecast_alike_alone_and_among_others(name: str) -> None:
    random = np.random.default_rng(7)
    history = random.poisson(0.7, (20, 60)).astype(float)
    together = METHODS[name](history)
    assert [METHODS[name](history[row : row + 1])[0] for row in range(20)] == pytest.approx(together.tolist())

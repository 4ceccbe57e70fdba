"""Season, classes, base demand, the combination and its bounds; no forecast knows what came after its origin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from portal.analytics.forecast.accuracy import Tally, judge, look_back
from portal.analytics.forecast.methods import Floats
from portal.analytics.forecast.rules import CHOICES, CLASSES, base_demand, classify, forecast, regular, seasons

HISTORIES = arrays.arrays(
    float,
    st.tuples(st.integers(1, 12), st.integers(0, 70)),
    elements=st.integers(0, 40).map(lambda units: float(max(0, units - 20))),
)


def grocery(series: int = 300, weeks: int = 80) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Give skewed demand of many levels, a third of it sparse, and three categories."""
    random = np.random.default_rng(11)
    levels = random.lognormal(2.5, 1, (series, 1))
    sold = random.random((series, weeks)) < np.where(np.arange(series) % 3 == 0, 0.2, 0.9)[:, None]
    demand = sold * np.round(levels * random.gamma(2, 0.5, (series, weeks)))
    return demand, np.arange(series) % 3


@given(HISTORIES)
@settings(max_examples=25, deadline=None)
def test_every_forecast_is_finite_and_lies_within_its_bounds(history: Floats) -> None:
    found = forecast(history, np.zeros(len(history), dtype=np.int64))
    assert found.quantity.shape == found.low.shape == found.high.shape == (len(history), 4)
    assert np.isfinite(found.high).all()
    assert (found.low >= 0).all()
    assert (found.low <= found.quantity).all()
    assert (found.quantity <= found.high).all()
    assert ((found.methods >= 0) & (found.methods < len(CHOICES))).all()


@given(HISTORIES, st.integers(2, 9))
@settings(max_examples=25, deadline=None)
def test_in_cases_of_so_many_everything_is_so_many_times_less(history: Floats, pack: int) -> None:
    """Methods are of degree one; below the least level a series teaches nothing, which is as many of whatever unit."""
    none = np.zeros(len(history), dtype=np.int64)
    cleaned = base_demand(history, np.zeros(history.shape, dtype=bool))
    assert (cleaned == history).all()
    assert classify(history).tolist() == classify(history * pack).tolist()
    assert seasons(history, none) == pytest.approx(seasons(history * pack, none))


def test_classes_follow_interval_and_variation() -> None:
    even, wild = [5.0] * 12, [1.0, 1, 1, 20] * 3
    seldom = [5.0, 0, 0] * 4
    lumpy = [1.0, 0, 0, 20, 0, 0] * 2
    found = [CLASSES[at].value for at in classify(np.array([even, wild, seldom, lumpy]))]
    assert found == ["smooth", "erratic", "intermittent", "lumpy"]
    assert regular(np.array([even, wild, seldom, lumpy])).tolist() == [True, True, False, False]


def test_what_a_promotion_added_is_no_base_demand() -> None:
    history = np.array([[4.0, 6, 30, 40, 2], [9, 9, 9, 9, 9]])
    promoted = np.array([[False, False, True, True, True], [True, True, False, False, False]])
    assert base_demand(history, promoted).tolist() == [[4, 6, 5, 5, 2], [9, 9, 9, 9, 9]]


def test_a_promotion_does_not_raise_the_forecast() -> None:
    demand, categories = grocery()
    promoted = np.zeros(demand.shape, dtype=bool)
    promoted[1, -3:] = True
    raised = demand.copy()
    raised[1, -3:] = demand[1].max() * 10
    before = forecast(base_demand(demand, promoted), categories).quantity[1].sum()
    after = forecast(base_demand(raised, promoted), categories).quantity[1].sum()
    assert forecast(raised, categories).quantity[1].sum() > 2 * before
    assert after < 1.25 * before


def test_a_season_is_the_square_root_of_what_its_category_sold() -> None:
    """Weeks 10 to 12 of a year sell four times the rest: the middle one's factor is the root of 4 by that of the rest."""
    history = np.ones((600, 52))
    history[:, 10:13] = 4
    factors = seasons(history, np.zeros(600, dtype=np.int64), horizon=12)
    assert factors.shape == (600, 64)
    assert factors[0, 11] / factors[0, 30] == pytest.approx(2)
    assert factors[0, 52 + 11] == pytest.approx(factors[0, 11])
    assert (seasons(history[:, :51], np.zeros(600, dtype=np.int64)) == 1).all()


def test_a_forecast_never_sees_what_comes_after_its_origin() -> None:
    demand, categories = grocery()
    other = demand.copy()
    other[:, 70:] = 1000
    nothing = np.zeros(demand.shape, dtype=bool)
    (seen,) = look_back(demand, categories, nothing, [70])
    (same,) = look_back(other, categories, nothing, [70])
    assert (seen.forecast.quantity == same.forecast.quantity).all()
    assert (seen.forecast.high == same.forecast.high).all()


def test_skewed_demand_is_forecast_better_than_by_its_last_week_and_four_in_five_weeks_lie_within_the_bounds() -> None:
    demand, categories = grocery()
    found = judge(demand, list(look_back(demand, categories, np.zeros(demand.shape, dtype=bool), range(64, 76, 4))))
    regular_ones = sum((tally for (is_regular, _), tally in found.items() if is_regular), Tally())
    assert regular_ones.series == 200
    assert regular_ones.wape is not None
    assert regular_ones.naive_wape is not None
    assert regular_ones.coverage is not None
    assert regular_ones.bias is not None
    assert regular_ones.wape < 0.8 * regular_ones.naive_wape
    assert abs(regular_ones.bias) < 0.1
    assert 0.76 <= regular_ones.coverage <= 0.84


def test_errors_are_those_computed_by_hand() -> None:
    """One series, seven weeks known, the last sold 2: naive says 2, the forecast of so few weeks their mean, 2 too."""
    demand = np.array([[1.0, 3, 1, 3, 1, 3, 2, 4, 0, 2, 2]])
    found = judge(demand, list(look_back(demand, np.zeros(1, dtype=np.int64), demand < 0, [7])))
    ((kind, tally),) = found.items()
    assert kind == (True, "smooth")
    assert (tally.demand, tally.error, tally.bias_sum, tally.four_week_error) == (8, 4, 0, 0)
    assert (tally.wape, tally.four_week_wape, tally.bias, tally.naive_wape) == (0.5, 0, 0, 0.5)
    assert tally.mase == pytest.approx(1 / (11 / 6))
    assert tally.rmsse == pytest.approx((2 / (21 / 6)) ** 0.5)
    assert (tally.coverage, tally.method) == (1, "ma13")


def test_without_anything_to_judge_there_are_no_figures() -> None:
    assert judge(np.zeros((2, 9)), []) == {}
    nothing = Tally()
    assert (nothing.wape, nothing.bias, nothing.coverage, nothing.mase, nothing.rmsse, nothing.method) == (
        *(None,) * 5,
        "",
    )

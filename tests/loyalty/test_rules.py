"""The ledger adds up, whatever is booked in whatever order; what is left by day is always the balance."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.loyalty.models import Measure
from portal.loyalty.rules import (
    EarningLine,
    EarningRule,
    ExpiringPoints,
    earned_points,
    points_expired,
    points_given_back,
    points_left,
    shipped_part,
)

DAY = date(2026, 1, 1)
_LOTS = st.lists(
    st.builds(ExpiringPoints, st.integers(0, 30).map(lambda days: DAY + timedelta(days=days)), st.integers(-50, 100)),
    max_size=12,
)


@given(_LOTS, st.integers(0, 500))
def test_what_is_left_by_day_is_the_balance_and_never_more_than_came(lots: list[ExpiringPoints], taken: int) -> None:
    left = points_left(lots, taken)
    assert sum(lot.points for lot in left) == max(sum(lot.points for lot in lots) - taken, 0) or taken > sum(
        lot.points for lot in lots
    )
    assert all(lot.points > 0 for lot in left)
    assert left == sorted(left)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(("earn", "take", "day")), st.integers(1, 40)), max_size=60))
def test_a_walk_of_bookings_never_overdraws_and_loses_no_point(steps: list[tuple[str, int]]) -> None:
    """Against a model that keeps each lot by itself and takes of the oldest."""
    lots: list[ExpiringPoints] = []
    kept: list[list[int]] = []
    taken = today = 0
    for step, number in steps:
        if step == "earn":
            lots.append(ExpiringPoints(DAY + timedelta(days=today + 10), number))
            kept.append([today + 10, number])
        elif step == "take":
            balance = sum(lot.points for lot in lots) - taken
            assert balance == sum(points for _, points in kept)
            spent = min(number, balance)
            taken += spent
            for lot in kept:
                used = min(lot[1], spent)
                lot[1] -= used
                spent -= used
        else:
            today += number % 8
            gone = points_expired(lots, taken, DAY + timedelta(days=today))
            assert gone == sum(points for day, points in kept if day <= today)
            taken += gone
            kept = [lot for lot in kept if lot[0] > today]
            assert points_expired(lots, taken, DAY + timedelta(days=today)) == 0


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.decimals("0.01", "999", places=2))
def test_parts_shipped_earn_together_what_the_whole_does(parts: list[int], amount: Decimal) -> None:
    rules = {1: EarningRule(Measure.AMOUNT, 3, Decimal("7.5"), None)}
    ordered, shipped, booked = Decimal(sum(parts)), 0, 0
    for part in parts:
        shipped += part
        line = EarningLine(shipped_part(amount, ordered, Decimal(shipped)), Fraction(shipped), (1,))
        points = earned_points([line], rules)[1]
        assert points >= booked
        booked = points
    assert booked == int(amount / Decimal("7.5")) * 3


def test_a_cancelled_part_gives_back_its_share_rounded_down_and_the_whole_all() -> None:
    given_back = [points_given_back(10, Decimal(3), Decimal(cancelled)) for cancelled in range(4)]
    assert given_back == [0, 3, 6, 10]

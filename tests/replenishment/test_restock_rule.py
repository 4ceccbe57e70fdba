"""The restock proposal on histories small enough to check by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from portal.replenishment.rules import Orderable, Purchase, best_size, learn_habits, propose, usual_order_quantity

TODAY = date(2026, 3, 2)
MILK, RUM, TEA = 1, 2, 3


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def history(article: int, *steps: tuple[int, int]) -> list[Purchase]:
    return [Purchase(article, days_ago(days), Decimal(quantity)) for days, quantity in steps]


def test_learns_how_often_how_much_and_when_next() -> None:
    habit = learn_habits(history(MILK, (35, 9), (28, 6), (21, 6), (14, 12), (7, 6), (42, 99)), TODAY)[MILK]
    assert (habit.times_bought, habit.days_ordered, habit.share) == (6, 6, 1.0)
    assert (habit.first_on, habit.last_on) == (days_ago(42), days_ago(7))
    assert (habit.usual_interval_days, habit.due_on, habit.due_factor) == (7, TODAY, 1.0)
    assert habit.last_quantities == tuple(map(Decimal, (6, 12, 6, 6, 9)))
    assert habit.usual_quantity == 6


def test_lines_of_one_day_are_one_purchase() -> None:
    habit = learn_habits(history(RUM, (10, 2), (10, 3), (3, 4)), TODAY)[RUM]
    assert (habit.times_bought, habit.usual_interval_days) == (2, 7)
    assert habit.last_quantities == (Decimal(4), Decimal(5))


def test_a_recent_order_counts_double_one_that_is_a_half_life_older() -> None:
    habits = learn_habits(history(MILK, (0, 1)) + history(RUM, (112, 1)), TODAY)
    assert habits[MILK].share == pytest.approx(2 / 3)
    assert habits[RUM].share == pytest.approx(1 / 3)


def test_an_article_is_not_due_until_most_of_its_interval_has_passed() -> None:
    habits = learn_habits(history(MILK, (30, 1), (20, 1), (4, 1)), TODAY)
    assert habits[MILK].usual_interval_days == 13
    assert habits[MILK].due_factor == pytest.approx(4 / (0.8 * 13))
    assert habits[MILK].due_on == days_ago(-9)


def test_what_was_ordered_this_morning_is_not_proposed_again() -> None:
    habits = learn_habits(history(MILK, (14, 1), (7, 1), (0, 1)) + history(RUM, (0, 5)), TODAY)
    assert habits[RUM].due_on is None
    assert propose(habits.values(), {MILK: Orderable(), RUM: Orderable()}) == []


def test_the_only_order_so_far_is_proposed_again_whole() -> None:
    habits = learn_habits(history(MILK, (5, 4)) + history(RUM, (5, 2)), TODAY)
    lines = propose(habits.values(), {MILK: Orderable(), RUM: Orderable()})
    assert [(line.article_id, line.quantity, line.chance) for line in lines] == [
        (MILK, Decimal(4), 1.0),
        (RUM, Decimal(2), 1.0),
    ]


def test_credits_and_later_orders_teach_nothing() -> None:
    assert learn_habits(history(MILK, (3, -2), (4, 0), (-1, 6)), TODAY) == {}
    assert propose([], {}) == []


def test_regular_articles_come_first_and_rare_ones_stay_out() -> None:
    weekly = history(MILK, *((days, 6) for days in range(7, 141, 7)))
    fortnightly = history(RUM, *((days, 2) for days in range(14, 141, 14)))
    lines = propose(
        learn_habits(weekly + fortnightly + history(TEA, (140, 1)), TODAY).values(),
        {MILK: Orderable(), RUM: Orderable(), TEA: Orderable()},
    )
    assert [line.article_id for line in lines] == [MILK, RUM]


def test_what_is_out_of_stock_or_no_longer_sold_gives_way() -> None:
    habits = learn_habits(history(MILK, (14, 1), (7, 1)) + history(RUM, (14, 1), (7, 1)), TODAY).values()
    assert [line.article_id for line in propose(habits, {MILK: Orderable(in_stock=False), RUM: Orderable()})] == [RUM]
    assert [line.article_id for line in propose(habits, {MILK: Orderable()})] == [MILK]


def test_the_size_is_where_expected_f1_peaks() -> None:
    assert best_size([]) == 0
    assert best_size([0.0]) == 0
    assert best_size([1.0, 1.0, 0.1, 0.1]) == 2
    assert best_size([0.1]) == 1
    # 2 x 0.9 / (1 + 1.5) = 0.72; 2 x 1.5 / (2 + 1.5) = 0.857
    assert best_size([0.9, 0.6]) == 2


@pytest.mark.parametrize(
    ("usual", "minimum", "multiple", "expected"),
    [
        ("7", "1", "1", "7"),
        ("7.5", "1", "1", "8"),
        ("7", "1", "6", "6"),
        ("9", "1", "6", "12"),
        ("1", "1", "6", "6"),
        ("5", "10", "6", "12"),
        ("0.4", "0.25", "0.25", "0.50"),
    ],
)
def test_the_quantity_may_be_ordered_as_it_stands(usual: str, minimum: str, multiple: str, expected: str) -> None:
    article = Orderable(min_quantity=Decimal(minimum), order_multiple=Decimal(multiple))
    assert usual_order_quantity(Decimal(usual), article) == Decimal(expected)

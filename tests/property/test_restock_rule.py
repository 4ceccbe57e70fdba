"""What holds of the restock proposal whatever the history."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from portal.replenishment.rules import Orderable, Purchase, best_size, learn_habits, propose

TODAY = date(2026, 3, 2)
purchases = st.lists(
    st.builds(
        Purchase,
        article_id=st.integers(1, 6),
        ordered_on=st.integers(0, 400).map(lambda days: TODAY - timedelta(days=days)),
        quantity=st.integers(-2, 50).map(Decimal),
    ),
    max_size=60,
)
sellable = st.fixed_dictionaries(
    {},
    optional={
        article: st.builds(
            Orderable,
            in_stock=st.booleans(),
            min_quantity=st.sampled_from([Decimal(1), Decimal("0.5"), Decimal(7)]),
            order_multiple=st.sampled_from([Decimal(1), Decimal("0.25"), Decimal(6)]),
            most=st.none() | st.integers(0, 60).map(Decimal),
        )
        for article in range(1, 7)
    },
)


@given(purchases, sellable, st.randoms())
def test_the_order_of_rows_never_matters(rows: list[Purchase], articles: dict[int, Orderable], random: Random) -> None:
    before = propose(learn_habits(rows, TODAY).values(), articles)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert propose(learn_habits(shuffled, TODAY).values(), articles) == before


@given(purchases, sellable)
def test_every_line_was_bought_is_sold_and_may_be_ordered_as_it_stands(
    rows: list[Purchase], articles: dict[int, Orderable]
) -> None:
    habits = learn_habits(rows, TODAY)
    lines = propose(habits.values(), articles)
    assert len({line.article_id for line in lines}) == len(lines)
    for line in lines:
        rule = articles[line.article_id]
        assert line.because == habits[line.article_id]
        assert line.quantity >= rule.min_quantity
        assert line.quantity % rule.order_multiple == 0
        assert rule.most is None or line.quantity <= rule.most
        assert 0 < line.chance <= 1
    assert [line.chance for line in lines] == sorted((line.chance for line in lines), reverse=True)


@given(purchases)
def test_the_facts_agree_with_the_history(rows: list[Purchase]) -> None:
    bought = [row for row in rows if row.quantity > 0]
    for habit in learn_habits(rows, TODAY).values():
        mine = [row for row in bought if row.article_id == habit.article_id]
        assert habit.times_bought == len({row.ordered_on for row in mine})
        assert habit.days_ordered == len({row.ordered_on for row in bought})
        assert habit.last_on == max(row.ordered_on for row in mine)
        assert habit.last_quantities[0] == sum(row.quantity for row in mine if row.ordered_on == habit.last_on)
        assert 0 < habit.share <= 1 + 1e-9
        assert 0 <= habit.due_factor <= 1
        assert min(habit.last_quantities) <= habit.usual_quantity <= max(habit.last_quantities)
        assert (habit.due_on is None) == (habit.times_bought == 1)


@given(st.lists(st.floats(0, 1), max_size=12).map(lambda chances: sorted(chances, reverse=True)))
def test_no_other_size_has_a_higher_expected_f1(chances: list[float]) -> None:
    def expected_f1(size: int) -> float:
        return 2 * sum(chances[:size]) / (size + sum(chances)) if size else 0.0

    assert expected_f1(best_size(chances)) >= max(expected_f1(size) for size in range(len(chances) + 1)) - 1e-12

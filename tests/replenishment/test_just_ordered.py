"""What was ordered just now counts: the restock list is calm after the usual order, and what is due stays on it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from portal.replenishment.rules import Orderable, Purchase, RestockList, restock_list

TODAY = date(2026, 3, 2)
MILK, RUM, TEA, SALT, NUTS = range(1, 6)
ALL = {article: Orderable() for article in range(1, 31)}


def bought(article: int, *days_ago: int, is_open: bool = False) -> list[Purchase]:
    return [Purchase(article, TODAY - timedelta(days=days), Decimal(6), is_open) for days in days_ago]


def articles(found: RestockList) -> list[int]:
    return [line.article_id for line in found.lines]


WEEKLY = (7, 14, 21, 28, 35, 42)
SHOP = [
    *bought(MILK, *WEEKLY),
    *bought(RUM, *WEEKLY),
    *bought(TEA, *WEEKLY),
    *bought(SALT, 7, 21, 35),
    *bought(NUTS, 14, 42),
]


def test_after_the_usual_order_nothing_is_left_of_the_usual_to_fill_the_list_anew() -> None:
    usual = restock_list(SHOP, ALL, TODAY)
    # Three articles in each of six orders; salt in half of them and half due; nuts in a third and half due: too rare.
    assert articles(usual) == [MILK, RUM, TEA]
    assert (usual.last_on, usual.next_due_on) == (TODAY - timedelta(days=7), None)
    after = restock_list([*SHOP, *bought(MILK, 0), *bought(RUM, 0), *bought(TEA, 0)], ALL, TODAY)
    assert (articles(after), after.last_on, after.next_due_on) == ([], TODAY, TODAY + timedelta(days=7))


def test_what_is_due_and_was_not_ordered_stays_and_says_so() -> None:
    after = restock_list([*SHOP, *bought(MILK, 0), *bought(RUM, 0)], ALL, TODAY)
    assert articles(after) == [TEA]
    assert (after.lines[0].because.due_on, after.lines[0].because.times_bought) == (TODAY, 6)
    assert after.lines[0].because.days_ordered == 7


def test_the_account_is_left_alone_for_half_of_its_interval() -> None:
    ordered = [*bought(MILK, *WEEKLY), *bought(RUM, *(days + 3 for days in WEEKLY))]
    # Six gaps of 3 days and five of 4: a median of 3, of which half are 1.5. One day after its last order nothing is due.
    calm = [Purchase(line.article_id, line.ordered_on + timedelta(days=6), line.quantity) for line in ordered]
    assert articles(restock_list(calm, ALL, TODAY)) == []
    later = [Purchase(line.article_id, line.ordered_on + timedelta(days=5), line.quantity) for line in ordered]
    # Two days after it, rum is 5 of 7 days old and milk 2: 0.5 x 0.89 and 0.5 x 0.36, of which rum alone is worth proposing.
    assert articles(restock_list(later, ALL, TODAY)) == [RUM]


def test_an_order_of_less_than_half_of_the_usual_leaves_the_usual_list_standing() -> None:
    eight = list(range(11, 19))
    # Bought every ten days, the last time nine days ago: fully due by the rule of four fifths, their due day is tomorrow.
    weeks = [line for article in eight for line in bought(article, 9, 19, 29, 39)]
    assert articles(restock_list(weeks, ALL, TODAY)) == eight
    three = [line for article in eight[:3] for line in bought(article, 0)]
    assert articles(restock_list([*weeks, *three], ALL, TODAY)) == eight[3:]
    four = [line for article in eight[:4] for line in bought(article, 0)]
    assert articles(restock_list([*weeks, *four], ALL, TODAY)) == []


def test_what_is_on_its_way_is_not_proposed_before_it_is_due() -> None:
    before_due = [*bought(MILK, 20, 13), *bought(MILK, 6, is_open=True), *bought(RUM, 20, 13, 6)]
    assert articles(restock_list(before_due, ALL, TODAY)) == []
    delivered = [line._replace(is_open=False) for line in before_due]
    assert articles(restock_list(delivered, ALL, TODAY)) == [MILK, RUM]
    due = [line._replace(ordered_on=line.ordered_on - timedelta(days=1)) for line in before_due]
    assert articles(restock_list(due, ALL, TODAY)) == [MILK, RUM]


def test_a_first_order_on_its_way_is_not_proposed_again_until_it_came() -> None:
    first = bought(MILK, 5, is_open=True)
    assert articles(restock_list(first, ALL, TODAY)) == []
    assert articles(restock_list([line._replace(is_open=False) for line in first], ALL, TODAY)) == [MILK]


def test_an_order_that_took_the_last_of_the_stock_brings_no_rarer_article_up() -> None:
    after = [*SHOP, *bought(MILK, 0), *bought(RUM, 0), *bought(TEA, 0)]
    sold_out = {**ALL, **{article: Orderable(in_stock=False, most=Decimal(0)) for article in (MILK, RUM, TEA)}}
    assert articles(restock_list(after, sold_out, TODAY)) == []


def test_without_history_there_is_neither_line_nor_day() -> None:
    assert restock_list([], ALL, TODAY) == RestockList((), None, None)
    assert restock_list([Purchase(MILK, TODAY, Decimal(-1))], ALL, TODAY) == RestockList((), None, None)


HISTORIES = st.lists(
    st.builds(
        Purchase,
        st.integers(1, 30),
        st.integers(0, 400).map(lambda days: TODAY - timedelta(days=days)),
        st.integers(1, 48).map(Decimal),
        st.booleans(),
    ),
    min_size=1,
    max_size=60,
)


@given(HISTORIES, st.data(), st.booleans())
def test_no_line_that_was_just_placed_is_proposed_again(
    history: list[Purchase], data: st.DataObject, is_open: bool
) -> None:
    lines = restock_list(history, ALL, TODAY).lines
    assume(lines)
    placed = data.draw(st.lists(st.sampled_from(lines), min_size=1, unique_by=lambda line: line.article_id))
    ordered = [Purchase(line.article_id, TODAY, line.quantity, is_open) for line in placed]
    again = restock_list([*history, *ordered], ALL, TODAY)
    assert not {line.article_id for line in placed} & set(articles(again))


@given(HISTORIES, st.booleans())
def test_once_a_due_account_placed_the_whole_list_it_is_empty(history: list[Purchase], is_open: bool) -> None:
    days = sorted({line.ordered_on for line in history})
    longest = max(((later - earlier).days for earlier, later in pairwise(days)), default=1)
    # As long ago as makes it due: drawing until it is would throw most histories away.
    ago = timedelta(days=max(0, longest - (TODAY - days[-1]).days))
    history = [line._replace(ordered_on=line.ordered_on - ago) for line in history]
    lines = restock_list(history, ALL, TODAY).lines
    ordered = [Purchase(line.article_id, TODAY, line.quantity, is_open) for line in lines]
    assume(ordered)
    assert articles(restock_list([*history, *ordered], ALL, TODAY)) == []

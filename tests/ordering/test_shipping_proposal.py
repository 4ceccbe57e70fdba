"""What the order desk proposes to ship from where: one warehouse if it can, whole lines if not, split only then."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.ordering.rules.picking import Shelf, ToShip, plan_shipping, propose_shipping

NORTH, SOUTH, WEST = 1, 2, 3
SAW, HAMMER = 10, 20


def shelf(place: int, allocated: int, free: int, on_hand: int | None = None) -> Shelf:
    return Shelf(place, Decimal(allocated), Decimal(free), Decimal(allocated + free if on_hand is None else on_hand))


def proposed(*lines: ToShip) -> dict[tuple[int, int], int]:
    return {key: int(quantity) for key, quantity in propose_shipping(dict(enumerate(lines, start=1))).items()}


def test_one_warehouse_that_has_everything_ships_everything() -> None:
    saw = ToShip(SAW, [shelf(NORTH, 4, 0), shelf(SOUTH, 2, 9)])
    hammer = ToShip(HAMMER, [shelf(NORTH, 3, 0), shelf(SOUTH, 0, 3)])
    assert proposed(saw, hammer) == {(1, SOUTH): 6, (2, SOUTH): 3}


def test_between_two_that_have_everything_goes_the_one_where_more_is_set_aside_then_the_first() -> None:
    saw = ToShip(SAW, [shelf(NORTH, 0, 6), shelf(SOUTH, 6, 0)])
    assert proposed(saw) == {(1, SOUTH): 6}
    torn = ToShip(SAW, [shelf(NORTH, 2, 9), shelf(SOUTH, 4, 9)])
    assert proposed(torn) == {(1, NORTH): 6}


def test_without_such_a_warehouse_lines_stay_whole_and_the_rest_is_split() -> None:
    saw = ToShip(SAW, [shelf(NORTH, 4, 0), shelf(SOUTH, 2, 9)])
    hammer = ToShip(HAMMER, [shelf(NORTH, 3, 0), shelf(SOUTH, 0, 1)])
    assert proposed(saw, hammer) == {(1, SOUTH): 6, (2, NORTH): 3}
    split = ToShip(HAMMER, [shelf(NORTH, 3, 0), shelf(SOUTH, 2, 1)])
    assert proposed(saw, split) == {(1, SOUTH): 6, (2, NORTH): 3, (2, SOUTH): 2}


def test_free_stock_of_an_article_is_given_once() -> None:
    first = ToShip(SAW, [shelf(NORTH, 3, 0), shelf(SOUTH, 0, 4)])
    second = ToShip(SAW, [shelf(NORTH, 2, 0), shelf(SOUTH, 0, 4)])
    third = ToShip(HAMMER, [shelf(SOUTH, 5, 0)])
    # The south has four free saws for five, the north has them set aside: both lines of saws leave there.
    assert proposed(first, second, third) == {(1, NORTH): 3, (2, NORTH): 2, (3, SOUTH): 5}


def test_only_what_is_there_and_set_aside_for_the_order_is_proposed() -> None:
    counted_less = ToShip(SAW, [shelf(NORTH, 5, 0, on_hand=3)])
    nothing_set_aside = ToShip(HAMMER, [shelf(NORTH, 0, 9)])
    assert proposed(counted_less, nothing_set_aside) == {(1, NORTH): 3}


@st.composite
def shelves(draw: st.DrawFn) -> list[Shelf]:
    held = [(draw(st.integers(0, 9)), draw(st.integers(0, 9))) for _ in range(draw(st.integers(1, 4)))]
    return [shelf(place, allocated, free) for place, (allocated, free) in enumerate(held)]


@given(st.lists(shelves(), min_size=1, max_size=5))
def test_what_is_proposed_can_be_shipped_and_is_all_that_is_set_aside(lines: list[list[Shelf]]) -> None:
    found = propose_shipping({line: ToShip(line, held) for line, held in enumerate(lines)})
    for line, held in enumerate(lines):
        parts = {place: quantity for (of, place), quantity in found.items() if of == line}
        allocated = sum((one.allocated for one in held), Decimal(0))
        assert sum(parts.values(), Decimal(0)) == allocated
        for place, quantity in parts.items():
            [move] = [one for one in plan_shipping(held, quantity, allocated, place) if one.warehouse_id == place]
            assert move.shipped == quantity

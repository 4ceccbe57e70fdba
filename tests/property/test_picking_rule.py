"""Properties of picking: what leaves was there, what stays set aside is never more than what stays open."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.ordering.models import OrderStatus
from portal.ordering.rules.life import LineQuantities, cancel_line, order_status, ship_line
from portal.ordering.rules.picking import Move, NotEnoughThere, Shelf, plan_release, plan_shipping

AMOUNT = st.decimals(0, 50, places=3)


@st.composite
def shelves(draw: st.DrawFn) -> list[Shelf]:
    """Give warehouses whose stock covers no, some or all of what is set aside: counts may have found less."""
    return [
        Shelf(number, draw(AMOUNT), draw(AMOUNT), draw(st.decimals(0, 100, places=3)))
        for number in range(draw(st.integers(1, 4)))
    ]


@given(shelves(), AMOUNT, AMOUNT, st.none() | st.integers(0, 3))
def test_shipping_takes_what_is_there_and_keeps_promises_within_what_is_open(
    held: list[Shelf], quantity: Decimal, more: Decimal, chosen: int | None
) -> None:
    allocated = sum((shelf.allocated for shelf in held), Decimal(0))
    still_open = max(quantity + more, allocated)
    try:
        moves = plan_shipping(held, quantity, still_open, chosen)
    except NotEnoughThere:
        places = [shelf for shelf in held if chosen is None or shelf.warehouse_id == chosen]
        most = (min(shelf.on_hand, shelf.allocated + shelf.free) for shelf in places)
        assert sum(most, Decimal(0)) < quantity
        return
    by_place = {move.warehouse_id: move for move in moves}
    assert sum((move.shipped for move in moves), Decimal(0)) == quantity
    for shelf in held:
        move = by_place.get(shelf.warehouse_id, Move(shelf.warehouse_id, Decimal(0), Decimal(0)))
        assert 0 <= move.shipped <= shelf.on_hand
        assert 0 <= move.released <= shelf.allocated
        # Beyond its own reservation a line takes free stock alone, never what is promised to others.
        assert move.shipped - min(move.shipped, shelf.allocated) <= shelf.free
        if chosen is not None and shelf.warehouse_id != chosen:
            assert move.shipped == 0
    left = allocated - sum((move.released for move in moves), Decimal(0))
    assert left <= still_open - quantity


@given(shelves(), AMOUNT)
def test_a_release_ends_exactly_the_excess(held: list[Shelf], stays_open: Decimal) -> None:
    allocated = sum((shelf.allocated for shelf in held), Decimal(0))
    moves = plan_release(held, stays_open)
    assert sum((move.released for move in moves), Decimal(0)) == max(allocated - stays_open, Decimal(0))
    assert all(move.shipped == 0 for move in moves)


def test_the_reservation_is_used_before_free_stock_and_in_the_order_of_warehouses() -> None:
    near = Shelf(1, Decimal(2), Decimal(9), Decimal(11))
    far = Shelf(2, Decimal(3), Decimal(0), Decimal(3))
    assert plan_shipping([near, far], Decimal(6), Decimal(8)) == [
        Move(1, Decimal(3), Decimal(2)),
        Move(2, Decimal(3), Decimal(3)),
    ]


def test_goods_shipped_from_elsewhere_end_the_reservation() -> None:
    near = Shelf(1, Decimal(5), Decimal(0), Decimal(5))
    far = Shelf(2, Decimal(0), Decimal(9), Decimal(9))
    assert plan_shipping([near, far], Decimal(4), Decimal(5), 2) == [
        Move(1, Decimal(0), Decimal(4)),
        Move(2, Decimal(4), Decimal(0)),
    ]
    with pytest.raises(NotEnoughThere) as short:
        plan_shipping([near, far], Decimal(10), Decimal(12), 2)
    assert short.value.available == 9


@given(st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT), min_size=1, max_size=5), st.booleans())
def test_an_orders_status_follows_from_its_lines(
    parts: list[tuple[Decimal, Decimal, Decimal]], confirmed: bool
) -> None:
    lines = []
    for shipped, cancelled, still_open in parts:
        if shipped + cancelled + still_open == 0:
            continue
        line = LineQuantities(shipped + cancelled + still_open)
        line = ship_line(line, shipped) if shipped else line
        line = cancel_line(line, cancelled) if cancelled else line
        assert line.ordered == line.cancelled + line.shipped + line.open
        lines.append(line)
    if not lines:
        return
    any_open, any_shipped = any(line.open for line in lines), any(line.shipped for line in lines)
    expected = {
        (True, True): OrderStatus.PARTLY_SHIPPED,
        (True, False): OrderStatus.CONFIRMED if confirmed else OrderStatus.PLACED,
        (False, True): OrderStatus.SHIPPED,
        (False, False): OrderStatus.CANCELLED,
    }[any_open, any_shipped]
    assert order_status(lines, confirmed=confirmed) is expected

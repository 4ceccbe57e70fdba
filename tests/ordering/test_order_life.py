"""An order's life: sums of a line, status, what may be done when."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from portal.ordering.models import OrderStatus
from portal.ordering.rules.life import (
    LineProblem,
    LineQuantities,
    LineRefused,
    OrderAct,
    allocate_line,
    allowed_acts,
    cancel_line,
    order_status,
    ship_line,
)

D = Decimal


def line(ordered: int, cancelled: int = 0, shipped: int = 0, allocated: int = 0) -> LineQuantities:
    return LineQuantities(D(ordered), D(cancelled), D(shipped), D(allocated))


def test_a_line_goes_from_ordered_to_shipped_with_its_stock() -> None:
    placed = allocate_line(line(10), D(6))
    assert (placed.open, placed.allocated, placed.backordered) == (D(10), D(6), D(4))
    shipped = ship_line(placed, D(7))
    assert (shipped.open, shipped.shipped, shipped.allocated) == (D(3), D(7), D(0))
    assert cancel_line(shipped, D(3)) == line(10, cancelled=3, shipped=7)


def test_cancelling_releases_stock_only_when_nothing_else_is_left() -> None:
    assert cancel_line(line(10, allocated=6), D(3)) == line(10, cancelled=3, allocated=6)
    assert cancel_line(line(10, allocated=6), D(7)) == line(10, cancelled=7, allocated=3)


@pytest.mark.parametrize("change", [allocate_line, ship_line, cancel_line])
def test_no_change_goes_beyond_what_is_open(change: Callable[[LineQuantities, Decimal], LineQuantities]) -> None:
    with pytest.raises(LineRefused) as refusal:
        change(line(10, cancelled=2, shipped=5), D("3.001"))
    assert (refusal.value.problem, refusal.value.limit) == (LineProblem.MORE_THAN_OPEN, D(3))
    with pytest.raises(LineRefused) as refusal:
        change(line(10), D(0))
    assert refusal.value.problem is LineProblem.NOT_POSITIVE


@pytest.mark.parametrize("parts", [(10, 6, 5), (10, 11), (10, -1), (10, 0, -1), (10, 0, 5, 6), (-5, 1), (-5, 0, -6)])
def test_quantities_that_do_not_add_up_are_refused(parts: tuple[int, ...]) -> None:
    with pytest.raises(LineRefused) as refusal:
        line(*parts)
    assert refusal.value.problem is LineProblem.DOES_NOT_ADD_UP


def test_a_credit_adds_up_with_the_sign_turned() -> None:
    assert line(-5, 0, -5).open == D(0)
    assert order_status([line(-5, 0, -5)], confirmed=True, delivered=True) is OrderStatus.DELIVERED


@pytest.mark.parametrize(
    ("lines", "confirmed", "delivered", "status"),
    [
        ([line(5), line(3, allocated=3)], False, False, OrderStatus.PLACED),
        ([line(5), line(3)], True, False, OrderStatus.CONFIRMED),
        ([line(5, cancelled=5), line(3)], True, False, OrderStatus.CONFIRMED),
        ([line(5, shipped=1), line(3)], True, False, OrderStatus.PARTLY_SHIPPED),
        ([line(5, shipped=5), line(3)], False, True, OrderStatus.PARTLY_SHIPPED),
        ([line(5, shipped=5), line(3, cancelled=3)], True, False, OrderStatus.SHIPPED),
        ([line(5, shipped=4, cancelled=1)], True, True, OrderStatus.DELIVERED),
        ([line(5, cancelled=5), line(3, cancelled=3)], True, False, OrderStatus.CANCELLED),
        ([line(0)], True, True, OrderStatus.DELIVERED),
    ],
)
def test_the_status_follows_from_the_lines(
    lines: list[LineQuantities], confirmed: bool, delivered: bool, status: OrderStatus
) -> None:
    assert order_status(lines, confirmed=confirmed, delivered=delivered) is status


def test_what_the_seller_may_do_depends_on_the_status() -> None:
    assert {status: {act.value for act in allowed_acts(status)} for status in OrderStatus} == {
        OrderStatus.PLACED: {"confirm", "ship", "cancel"},
        OrderStatus.CONFIRMED: {"ship", "cancel"},
        OrderStatus.PARTLY_SHIPPED: {"ship", "cancel"},
        OrderStatus.SHIPPED: {"deliver"},
        OrderStatus.DELIVERED: set(),
        OrderStatus.CANCELLED: set(),
    }
    assert [act.value for act in OrderAct] == ["confirm", "ship", "deliver", "cancel"]

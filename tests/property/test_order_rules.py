"""What holds of order lines and quantities whatever happens to them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.ordering.models import OrderStatus
from portal.ordering.rules.life import (
    LineQuantities,
    LineRefused,
    OrderAct,
    allocate_line,
    allowed_acts,
    cancel_line,
    order_status,
    ship_line,
)
from portal.ordering.rules.quantities import check_quantity

Change = Callable[[LineQuantities, Decimal], LineQuantities]

quantities = st.decimals(min_value=0, max_value=1000, places=3)
steps = st.decimals(min_value="0.001", max_value=50, places=3)
changes = st.lists(st.tuples(st.sampled_from([allocate_line, ship_line, cancel_line]), quantities), max_size=12)


@given(steps, changes)
def test_a_line_adds_up_after_every_change(ordered: Decimal, wanted: list[tuple[Change, Decimal]]) -> None:
    line = LineQuantities(ordered)
    for change, quantity in wanted:
        before = line
        with suppress(LineRefused):
            line = change(line, quantity)
        assert line.ordered == line.cancelled + line.shipped + line.open
        assert 0 <= line.allocated <= line.open
        assert line.shipped >= before.shipped
        assert line.cancelled >= before.cancelled


@given(steps, changes, st.booleans(), st.booleans())
def test_what_may_be_done_fits_the_lines(
    ordered: Decimal, wanted: list[tuple[Change, Decimal]], confirmed: bool, delivered: bool
) -> None:
    line = LineQuantities(ordered)
    for change, quantity in wanted:
        with suppress(LineRefused):
            line = change(line, quantity)
    status = order_status([line], confirmed=confirmed, delivered=delivered)
    acts = allowed_acts(status)
    assert (OrderAct.SHIP in acts) == (OrderAct.CANCEL in acts) == (line.open > 0)
    assert (status is OrderStatus.CANCELLED) == (line.cancelled == ordered)


@given(quantities, quantities, steps)
def test_a_refused_quantity_names_the_allowed_ones_next_to_it(
    quantity: Decimal, minimum: Decimal, multiple: Decimal
) -> None:
    problem = check_quantity(quantity, minimum, multiple)
    if problem is None:
        assert quantity >= minimum
        assert quantity % multiple == 0
        assert quantity > 0
        return
    assert problem.up > quantity
    assert check_quantity(problem.up, minimum, multiple) is None
    if problem.down is not None:
        assert problem.down < quantity
        assert problem.up - problem.down == multiple
        assert check_quantity(problem.down, minimum, multiple) is None
    else:
        assert check_quantity(problem.up - multiple, minimum, multiple) is not None

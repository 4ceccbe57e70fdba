"""The life of an order: a line's quantities always add up, and the order's status follows from them.

For every line: ordered = cancelled + shipped + open, allocated <= open. A credit (negative ordered
quantity) obeys the same with the sign turned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from portal.ordering.models import OrderStatus

_ZERO = Decimal(0)


class OrderAct(StrEnum):
    """What can be done to an order after it was placed."""

    CONFIRM = "confirm"
    SHIP = "ship"
    DELIVER = "deliver"
    CANCEL = "cancel"


_ALLOWED: dict[OrderAct, frozenset[OrderStatus]] = {
    OrderAct.CONFIRM: frozenset({OrderStatus.PLACED}),
    # Shipping a placed order confirms it: a wholesaler's own system reports the shipment and nothing before it.
    OrderAct.SHIP: frozenset({OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.PARTLY_SHIPPED}),
    OrderAct.DELIVER: frozenset({OrderStatus.SHIPPED}),
    OrderAct.CANCEL: frozenset({OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.PARTLY_SHIPPED}),
}

BUYER_MAY_CANCEL = frozenset({OrderStatus.PLACED})
"""Once the seller confirmed, only the seller cancels."""


class LineProblem(StrEnum):
    """Why a change to a line's quantities is refused."""

    NOT_POSITIVE = "not-positive"
    MORE_THAN_OPEN = "more-than-open"
    DOES_NOT_ADD_UP = "does-not-add-up"


class LineRefused(ValueError):
    """A change that would break the line's sums; `problem` says which, `limit` what would be allowed at most."""

    def __init__(self, problem: LineProblem, limit: Decimal = _ZERO) -> None:
        super().__init__(f"{problem.value}, at most {limit}")
        self.problem = problem
        self.limit = limit


@dataclass(frozen=True, slots=True)
class LineQuantities:
    """The quantities of one order line, in base units.

    Raises:
        LineRefused: they do not add up.
    """

    ordered: Decimal
    cancelled: Decimal = _ZERO
    shipped: Decimal = _ZERO
    allocated: Decimal = _ZERO

    def __post_init__(self) -> None:
        sign = -1 if self.ordered < 0 else 1
        parts = [part * sign for part in (self.cancelled, self.shipped, self.allocated)]
        cancelled, shipped, allocated = parts
        still_open = self.ordered * sign - cancelled - shipped
        if min(parts) < 0 or still_open < 0 or allocated > still_open:
            raise LineRefused(LineProblem.DOES_NOT_ADD_UP)

    @property
    def open(self) -> Decimal:
        """Give what is neither cancelled nor shipped."""
        return self.ordered - self.cancelled - self.shipped

    @property
    def backordered(self) -> Decimal:
        """Give what is open and has no stock set aside."""
        return self.open - self.allocated


def allocate_line(line: LineQuantities, quantity: Decimal) -> LineQuantities:
    """Set stock aside for what is open.

    Raises:
        LineRefused: the quantity is not above 0, or more than is open without stock.
    """
    _check(quantity, line.backordered)
    return replace(line, allocated=line.allocated + quantity)


def ship_line(line: LineQuantities, quantity: Decimal) -> LineQuantities:
    """Ship a part of what is open; what was allocated goes first.

    Raises:
        LineRefused: the quantity is not above 0, or more than is open.
    """
    _check(quantity, line.open)
    return replace(line, shipped=line.shipped + quantity, allocated=max(line.allocated - quantity, _ZERO))


def cancel_line(line: LineQuantities, quantity: Decimal) -> LineQuantities:
    """Cancel a part of what is open; allocated stock is released only when nothing else is left to cancel.

    Raises:
        LineRefused: the quantity is not above 0, or more than is open.
    """
    _check(quantity, line.open)
    return replace(line, cancelled=line.cancelled + quantity, allocated=min(line.allocated, line.open - quantity))


def _check(quantity: Decimal, limit: Decimal) -> None:
    if quantity <= 0:
        raise LineRefused(LineProblem.NOT_POSITIVE, limit)
    if quantity > limit:
        raise LineRefused(LineProblem.MORE_THAN_OPEN, limit)


def order_status(lines: Iterable[LineQuantities], *, confirmed: bool, delivered: bool = False) -> OrderStatus:
    """Give an order's status from its lines and from whether the seller confirmed it and its delivery was reported.

    `confirmed` counts only while nothing was shipped, `delivered` only once nothing is open. An order whose lines are all cancelled is cancelled; one of which a part was shipped and the rest cancelled is shipped.
    """
    known = list(lines)
    any_open = any(line.open for line in known)
    any_shipped = any(line.shipped for line in known)
    if any_shipped and any_open:
        return OrderStatus.PARTLY_SHIPPED
    if any_open:
        return OrderStatus.CONFIRMED if confirmed else OrderStatus.PLACED
    if not any_shipped and any(line.cancelled for line in known):
        return OrderStatus.CANCELLED
    return OrderStatus.DELIVERED if delivered else OrderStatus.SHIPPED


def may(act: OrderAct, status: OrderStatus) -> bool:
    """Tell whether the seller may do this to an order of this status."""
    return status in _ALLOWED[act]


def allowed_acts(status: OrderStatus) -> frozenset[OrderAct]:
    """Give what the seller may do to an order of this status."""
    return frozenset(act for act in OrderAct if may(act, status))

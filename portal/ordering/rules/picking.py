"""From which warehouses a line ships, and what of its reservation that uses up. Quantities are base units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

_ZERO = Decimal(0)


class Shelf(NamedTuple):
    """What a warehouse holds for a line: set aside for it, promised to nobody, and there at all."""

    warehouse_id: int
    allocated: Decimal
    free: Decimal
    on_hand: Decimal


class Move(NamedTuple):
    """What happens in a warehouse: so much leaves, so much of the line's reservation ends."""

    warehouse_id: int
    shipped: Decimal
    released: Decimal


class NotEnoughThere(ValueError):
    """The chosen warehouses do not hold enough; `available` is what they could give."""

    def __init__(self, available: Decimal) -> None:
        super().__init__(f"at most {available}")
        self.available = available


@dataclass(slots=True)
class _Draft:
    shelf: Shelf
    shipped: Decimal = _ZERO
    released: Decimal = _ZERO

    def take_allocated(self, wanted: Decimal) -> Decimal:
        taken = max(min(self.shelf.allocated, self.shelf.on_hand, wanted), _ZERO)
        self.shipped += taken
        self.released += taken
        return taken

    def take_free(self, wanted: Decimal) -> Decimal:
        taken = max(min(self.shelf.free, self.shelf.on_hand - self.shipped, wanted), _ZERO)
        self.shipped += taken
        return taken


def plan_shipping(
    shelves: Sequence[Shelf], quantity: Decimal, still_open: Decimal, warehouse_id: int | None = None
) -> list[Move]:
    """Ship a quantity of a line of which `still_open` is open: from what is set aside for it, then from free stock.

    `shelves` come in the order in which warehouses give; `warehouse_id` limits them to one. What stays set aside is never
    more than what stays open: stock taken elsewhere ends the reservation.

    Raises:
        NotEnoughThere: they do not hold so much; a reservation without goods on hand counts for nothing.
    """
    drafts = [_Draft(shelf) for shelf in shelves]
    chosen = [draft for draft in drafts if warehouse_id is None or draft.shelf.warehouse_id == warehouse_id]
    missing = quantity
    for draft in chosen:
        missing -= draft.take_allocated(missing)
    for draft in chosen:
        missing -= draft.take_free(missing)
    if missing > 0:
        raise NotEnoughThere(quantity - missing)
    _release(drafts, still_open - quantity)
    return _moves(drafts)


def plan_release(shelves: Sequence[Shelf], stays_open: Decimal) -> list[Move]:
    """End reservations until no more is set aside than stays open; the warehouse that gives last is relieved first."""
    drafts = [_Draft(shelf) for shelf in shelves]
    _release(drafts, stays_open)
    return _moves(drafts)


def _release(drafts: Sequence[_Draft], stays_open: Decimal) -> None:
    excess = sum((draft.shelf.allocated - draft.released for draft in drafts), _ZERO) - stays_open
    for draft in reversed(drafts):
        ended = max(min(draft.shelf.allocated - draft.released, excess), _ZERO)
        draft.released += ended
        excess -= ended


def _moves(drafts: Sequence[_Draft]) -> list[Move]:
    return [
        Move(draft.shelf.warehouse_id, draft.shipped, draft.released)
        for draft in drafts
        if draft.shipped or draft.released
    ]

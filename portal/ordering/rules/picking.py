"""From which warehouses a line ships, and what of its reservation that uses up. Quantities are base units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
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


class ToShip(NamedTuple):
    """An open line: its article and what each warehouse holds for it, in the order in which warehouses give."""

    article_id: int
    shelves: Sequence[Shelf]


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


def propose_shipping(lines: Mapping[int, ToShip]) -> dict[tuple[int, int], Decimal]:
    """Give what to ship now by (line, warehouse): what is set aside for the lines and there, in as few parcels as possible.

    A warehouse that can give every line whole gives all of them; else whichever can give the most lines whole gives those,
    and so on with the rest. Between equals goes the one with the most lines set aside there already, then the first. A line
    gets no more than its own reservation and what is promised to nobody, an article's free stock once. Lines that no
    warehouse can give whole ship from where they are set aside.
    """
    wanted = {line: sum((_there(shelf) for shelf in entry.shelves), _ZERO) for line, entry in lines.items()}
    shelves = {(line, shelf.warehouse_id): shelf for line, entry in lines.items() for shelf in entry.shelves}
    places = list(dict.fromkeys(shelf.warehouse_id for entry in lines.values() for shelf in entry.shelves))
    waiting = [line for line in lines if wanted[line] > 0]
    proposed: dict[tuple[int, int], Decimal] = {}
    while waiting and places:
        whole = {place: _whole_lines(place, waiting, wanted, lines, shelves) for place in places}
        place = max(places, key=lambda place: (len(whole[place]), *_at_home(place, whole[place], wanted, shelves)))
        if not whole[place]:
            break
        proposed |= {(line, place): wanted[line] for line in whole[place]}
        waiting = [line for line in waiting if line not in whole[place]]
        places.remove(place)
    split = [(line, shelf) for line in waiting for shelf in lines[line].shelves]
    return proposed | {(line, shelf.warehouse_id): _there(shelf) for line, shelf in split if _there(shelf) > 0}


def _there(shelf: Shelf) -> Decimal:
    return max(min(shelf.allocated, shelf.on_hand), _ZERO)


def _whole_lines(
    place: int,
    waiting: Sequence[int],
    wanted: Mapping[int, Decimal],
    lines: Mapping[int, ToShip],
    shelves: Mapping[tuple[int, int], Shelf],
) -> list[int]:
    """Give the waiting lines that the warehouse can give whole, those with the least to add from its free stock first."""
    more = {
        line: max(wanted[line] - _there(shelves[line, place]), _ZERO) for line in waiting if (line, place) in shelves
    }
    taken: defaultdict[int, Decimal] = defaultdict(Decimal)
    whole = []
    for line in sorted(more, key=lambda line: (more[line], line)):
        shelf, article = shelves[line, place], lines[line].article_id
        if more[line] + taken[article] <= shelf.free and wanted[line] <= shelf.on_hand:
            taken[article] += more[line]
            whole.append(line)
    return whole


def _at_home(
    place: int, whole: Sequence[int], wanted: Mapping[int, Decimal], shelves: Mapping[tuple[int, int], Shelf]
) -> tuple[int, int]:
    """Give how many of the lines are set aside in the warehouse, whole and at all."""
    there = [(_there(shelves[line, place]), wanted[line]) for line in whole]
    return sum(held >= all_of_it for held, all_of_it in there), sum(held > 0 for held, _ in there)


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

"""What is booked for an order line sold under a funded promotion, and which steps a claim may take. Pure."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from portal.pricing.rules.price_lists import line_amount

ZERO = Decimal(0)


class Booking(StrEnum):
    """A kind of entry in the accrual ledger."""

    ACCRUED = "accrued"
    REVERSED = "reversed"
    RELEASED = "released"
    """Shipped: from now on it can be claimed."""


class ClaimStep(StrEnum):
    """A step of a claim; the last one says where it stands."""

    CLAIMED = "claimed"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    REJECTED = "rejected"
    SETTLED = "settled"
    REVERSED = "reversed"
    """A settlement taken back."""


NEXT_STEPS: dict[ClaimStep, frozenset[ClaimStep]] = {
    ClaimStep.CLAIMED: frozenset({ClaimStep.WITHDRAWN, ClaimStep.APPROVED, ClaimStep.REJECTED}),
    ClaimStep.APPROVED: frozenset({ClaimStep.SETTLED, ClaimStep.REJECTED}),
    ClaimStep.SETTLED: frozenset({ClaimStep.REVERSED}),
    ClaimStep.WITHDRAWN: frozenset(),
    ClaimStep.REJECTED: frozenset(),
    ClaimStep.REVERSED: frozenset(),
}
VOID = frozenset({ClaimStep.WITHDRAWN, ClaimStep.REJECTED, ClaimStep.REVERSED})
"""A claim that ended so counts no longer: what it was about can be claimed again."""
OWNERS_STEPS = frozenset({ClaimStep.APPROVED, ClaimStep.REJECTED, ClaimStep.SETTLED, ClaimStep.REVERSED})
"""Those that the brand owner takes; the others are the wholesaler's."""


class FundedLine(NamedTuple):
    """An order line under a funded promotion: what is left of it, and what of that was shipped, in base units."""

    left: Decimal
    shipped: Decimal


class Booked(NamedTuple):
    """What the ledger says of a line so far."""

    units: Decimal
    amount: Decimal
    released: Decimal


class Entry(NamedTuple):
    """What is to be added to the ledger."""

    kind: Booking
    units: Decimal
    amount: Decimal


def book_line(line: FundedLine, booked: Booked | None, rate: Decimal, decimals: int, room: Decimal) -> list[Entry]:
    """Give the entries that bring the ledger to what is left and shipped of a line; none where it is there already.

    `rate` is paid for one base unit, rounded half away from zero to so many `decimals` once a line; `room` is what the budget still
    has. A line that the budget cut when it was first booked stays cut: what others give back is for later lines.
    """
    if booked is None and not line.left:
        return []
    before = booked or Booked(ZERO, ZERO, ZERO)
    full = line_amount(rate, line.left, decimals)
    amount = min(full, room if booked is None else before.amount)
    released = min(amount, line_amount(rate, line.shipped, decimals))
    entries = []
    if booked is None or line.left != before.units:
        kind = Booking.REVERSED if line.left < before.units else Booking.ACCRUED
        entries.append(Entry(kind, line.left - before.units, amount - before.amount))
    if released != before.released:
        entries.append(Entry(Booking.RELEASED, ZERO, released - before.released))
    return entries


def may_follow(before: ClaimStep | None, step: ClaimStep) -> bool:
    """Tell whether a claim that stands at `before` (None: there is none yet) may take a step."""
    return step is ClaimStep.CLAIMED if before is None else step in NEXT_STEPS[before]

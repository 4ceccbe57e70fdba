"""Who may decide about an order that waits. Amounts are net, in the seller's currency."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Hindrance(StrEnum):
    """Why somebody who approves orders may not approve this one."""

    OWN = "own"
    """It asked for the order itself, and four eyes are demanded."""
    PROGRAM = "program"
    """It is a program, and four eyes are demanded: who asked may have made it."""
    LIMIT = "limit"
    """The order is larger than what it approves."""


class Approver(NamedTuple):
    """What holds for one who approves orders."""

    four_eyes: bool = False
    approves_up_to: Decimal | None = None
    """None: any amount."""


def hindrance(approver: Approver, total: Decimal, *, is_own: bool, is_program: bool = False) -> Hindrance | None:
    """Tell why the approver may not approve an order of that total; None where nothing speaks against it."""
    if is_own and approver.four_eyes:
        return Hindrance.OWN
    if is_program and approver.four_eyes:
        return Hindrance.PROGRAM
    if approver.approves_up_to is not None and total > approver.approves_up_to:
        return Hindrance.LIMIT
    return None

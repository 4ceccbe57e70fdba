"""Where a support request stands, and what each act makes of it."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final


class RequestKind(StrEnum):
    """What somebody asks about."""

    QUESTION = "question"
    FAULT = "fault"
    RETURN = "return"
    DELIVERY = "delivery"
    INVOICE = "invoice"
    OTHER = "other"


class RequestState(StrEnum):
    """Whose turn it is."""

    OPEN = "open"
    """The seller's."""
    WAITING = "waiting"
    """The customer's."""
    PASSED_UP = "passed_up"
    """The manufacturer's."""
    SOLVED = "solved"


class CaseState(StrEnum):
    """Whose turn it is in what was passed up."""

    OPEN = "open"
    """The manufacturer's."""
    ANSWERED = "answered"
    """The seller's."""
    CLOSED = "closed"


class Side(StrEnum):
    """Who wrote a message."""

    BUYER = "buyer"
    SELLER = "seller"
    OWNER = "owner"


SELLERS_STATES: Final = (RequestState.OPEN, RequestState.WAITING, RequestState.SOLVED)
"""What a seller may say; `passed_up` comes by passing up."""


def after_customer(state: RequestState, *, solved: bool) -> RequestState:
    """Give where a request stands once its customer wrote: what was solved is open again; what is passed up stays there."""
    if solved:
        return RequestState.SOLVED
    return RequestState.PASSED_UP if state is RequestState.PASSED_UP else RequestState.OPEN


def serial_key(serial_number: str) -> str:
    """Give what serial numbers are compared by: capitals without spaces."""
    return "".join(serial_number.split()).upper()


def fault_rate(faults: int, registered: int) -> Decimal | None:
    """Give faults per registered unit; None where none is registered."""
    return Decimal(faults) / registered if registered else None

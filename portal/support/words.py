"""The words of the support desk, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.support.rules import CaseState, RequestKind, RequestState, Side
from tenants.permissions import Capacity

KINDS: Mapping[RequestKind, Any] = {
    RequestKind.QUESTION: _l("Question"),
    RequestKind.FAULT: _l("Fault"),
    RequestKind.RETURN: _l("Return"),
    RequestKind.DELIVERY: _l("Delivery"),
    RequestKind.INVOICE: _l("Invoice"),
    RequestKind.OTHER: _l("Something else"),
}
_YOURS, _MANUFACTURERS, _SOLVED = _l("Waits for you"), _l("With the manufacturer"), _l("Solved")
STATES: Mapping[Capacity, Mapping[RequestState, Any]] = {
    Capacity.SELLER: {
        RequestState.OPEN: _YOURS,
        RequestState.WAITING: _l("Waits for the customer"),
        RequestState.PASSED_UP: _MANUFACTURERS,
        RequestState.SOLVED: _SOLVED,
    },
    Capacity.BUYER: {
        RequestState.OPEN: _l("With the supplier"),
        RequestState.WAITING: _YOURS,
        RequestState.PASSED_UP: _MANUFACTURERS,
        RequestState.SOLVED: _SOLVED,
    },
}
"""Where a request stands, as its reader sees it."""
CASE_STATES: Mapping[Capacity, Mapping[CaseState, Any]] = {
    Capacity.BRAND_OWNER: {
        CaseState.OPEN: _YOURS,
        CaseState.ANSWERED: _l("Answered"),
        CaseState.CLOSED: _l("Closed"),
    },
    Capacity.SELLER: {
        CaseState.OPEN: _MANUFACTURERS,
        CaseState.ANSWERED: _l("The manufacturer answered"),
        CaseState.CLOSED: _l("Closed"),
    },
}
SIDES: Mapping[Side, Any] = {
    Side.BUYER: _l("Customer"),
    Side.SELLER: _l("Supplier"),
    Side.OWNER: _l("Manufacturer"),
}
FIELD_PROBLEMS: Mapping[str, Any] = {
    "missing": _l("Please fill this in."),
    "too-long": _l("This is too long."),
    "not-printable": _l("This holds a character that is none."),
    "unknown-order": _l("You have no order of this number."),
    "unknown-article": _l("There is no such article."),
    "not-the-manufacturers": _l("This is no article of the manufacturer."),
    "unknown-unit": _l("You have registered no unit of this number."),
    "not-sold-yet": _l("Please name the day on which it was sold, today at the latest."),
    "not-a-state": _l("Please choose one of these."),
}
NOT_SHARED: Mapping[str, Any] = {
    "service": _l("Your agreement with the manufacturer does not grant service. Nothing was passed up."),
    "identity": _l("Your agreement with the manufacturer does not grant names of retailers. Nothing was passed up."),
}


def tone(state: str, yours: str) -> str:
    """Give the tone of a badge: what waits for its reader needs a hand."""
    if state == yours:
        return "attention"
    return "neutral" if state in {"solved", "closed"} else "active"

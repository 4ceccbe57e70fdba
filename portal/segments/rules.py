"""How an account orders, as a segment asks for it. Pure calculation."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from portal.analytics.rules import CustomerState, Rhythm


class OrderRhythm(StrEnum):
    """What an account's order days say today; an account may be several of them at once."""

    NEW = "new"
    ACTIVE = "active"
    DUE = "due"
    """Its next usual order is expected by today and not there yet; what slows down is due as well, what lapsed is not."""
    SLOWING = "slowing"
    LAPSED = "lapsed"
    SILENT = "silent"
    """No order within two years, or never one."""


def rhythms_of(rhythm: Rhythm, today: date) -> frozenset[OrderRhythm]:
    """Give what the order days of an account that has some say on the day."""
    state, expected_on = rhythm.state(today), rhythm.expected_on()
    found = {OrderRhythm(state.value)}
    if expected_on is not None and expected_on <= today and state is not CustomerState.LAPSED:
        found.add(OrderRhythm.DUE)
    return frozenset(found)

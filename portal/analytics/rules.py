"""Months, filters over folded figures, and what a customer's rhythm says. Pure calculation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol

MISSED_AFTER = Decimal("1.5")
"""An expected order is missed once this many usual intervals have passed without one (SHARING: measures)."""
LAPSED_DAYS = 90
"""Without an order for this long a customer is no longer active."""
NEW_DAYS = 30
RHYTHM_DAYS = 730
"""Order days that lie further back than this before the last one say little about what is usual."""
LEAST_GAPS = 2
"""Fewer intervals than this say nothing about what is usual."""
LEAST_COMPARED = 5
"""A figure of all who are compared is shown to one of them from this many on (SHARING: floors)."""
OTHER = "other"
"""The key of cells with fewer than three retailers, folded together."""


def month_of(day: date, shift: int = 0) -> date:
    """Give the first day of the day's month, or of the month that many months later."""
    months = day.year * 12 + day.month - 1 + shift
    return date(months // 12, months % 12 + 1, 1)


def months_between(first: date, until: date) -> list[date]:
    """Give the first days of the months from the month of `first` on that begin before `until`."""
    months, month = [], month_of(first)
    while month < until:
        months.append(month)
        month = month_of(month, 1)
    return months


def whole_quarters(first: date, until: date) -> tuple[date, date]:
    """Give the calendar quarters that lie in [first, until) as [from, until); both are `until` where there is none."""
    from_quarter = month_of(first, -(first.month - 1) % 3)
    until_quarter = month_of(until, -((until.month - 1) % 3))
    return (from_quarter, until_quarter) if from_quarter < until_quarter else (until, until)


class Cell(Protocol):
    """Units by the dimensions asked; a key is None where its dimension was not asked, `other` where it is folded."""

    @property
    def units(self) -> Decimal | None:
        """None where fewer than three retailers stand behind everything there is."""


def narrow(cells: Iterable[Cell], dimension: str, wanted: Mapping[str, str]) -> dict[str, Decimal | None]:
    """Give units by the dimension's key for the cells with exactly the wanted keys.

    Filters only choose among cells that are folded already: figures under two filters can differ by nothing that the
    unfiltered answer does not show itself. Cells with a folded key among the wanted dimensions belong to no filter.
    """
    return {
        getattr(cell, dimension): cell.units
        for cell in cells
        if all(getattr(cell, name) == key for name, key in wanted.items())
    }


def unassigned(cells: Iterable[Cell], wanted: Mapping[str, str]) -> Decimal:
    """Give the units of cells that these filters do not find, because a key that is filtered by is folded in them."""
    return sum(
        (
            cell.units
            for cell in cells
            if cell.units
            and any(getattr(cell, name) == OTHER for name in wanted)
            and all(getattr(cell, name) in {key, OTHER} for name, key in wanted.items())
        ),
        Decimal(0),
    )


def total(figures: Iterable[Decimal | None]) -> Decimal | None:
    """Add up what is known; None where nothing is."""
    known = [figure for figure in figures if figure is not None]
    return sum(known, Decimal(0)) if known else None


def change(now: Decimal, before: Decimal) -> Decimal | None:
    """Give the change as a fraction of what was before; None where there was nothing."""
    return (now - before) / before if before > 0 else None


class Part(NamedTuple):
    """What one of those compared brings into a figure of all: above and below its line. Neither is negative."""

    above: Decimal
    below: Decimal


def pooled(parts: Sequence[Part]) -> Decimal | None:
    """Give the figure of all together; None where they are fewer than five, or one makes up more than half.

    Whoever reads it can take its own part away: nobody makes up more than half of what remains then either.
    """
    if len(parts) < LEAST_COMPARED:
        return None
    for figures in ([part.above for part in parts], [part.below for part in parts]):
        second, largest = sorted(figures)[-2:]
        if 2 * largest + second > sum(figures):
            return None
    below = sum((part.below for part in parts), Decimal(0))
    return sum((part.above for part in parts), Decimal(0)) / below if below else None


class Version(NamedTuple):
    """A version of a sharing agreement, as it stands today."""

    version: int
    grants: list[str]
    accepted_on: date
    """First day whose events it covers."""
    withdrawn_on: date | None
    """First day whose events it no longer covers."""
    hidden_on: date | None
    """First day on which nothing of it is in view any more; empty: that of the withdrawal."""
    notice_days: int
    accepted_by: str
    created_at: datetime
    in_force: bool
    """Whether it covers today."""
    is_shown: bool
    """Whether what it covers is in view today: also after a withdrawal, until the agreed day."""


def newest_on(versions: Iterable[Version], day: date) -> Version | None:
    """Give the version that decides about a day, withdrawn or not: of those begun by then the one that began last."""
    begun = [one for one in versions if one.accepted_on <= day]
    return max(begun, key=lambda one: (one.accepted_on, one.version), default=None)


def covered_on(versions: Iterable[Version], day: date) -> list[str]:
    """Give what is granted for events of a day; nothing where no version covers it."""
    newest = newest_on(versions, day)
    if newest is None or (newest.withdrawn_on is not None and newest.withdrawn_on <= day):
        return []
    return newest.grants


class CustomerState(StrEnum):
    """What a customer's order days say today."""

    NEW = "new"
    ACTIVE = "active"
    SLOWING = "slowing"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A customer's order days, in the seller's time zone; `usual_days` is the median interval."""

    first_on: date
    last_on: date
    order_days: int
    usual_days: Decimal | None

    def expected_on(self) -> date | None:
        """Give the day by which the next order is usually there; None where nothing is usual yet."""
        if self.usual_days is None or self.order_days <= LEAST_GAPS:
            return None
        return self.last_on + timedelta(days=round(self.usual_days))

    def state(self, today: date) -> CustomerState:
        """Tell how the customer stands; lapsed weighs more than slowing, slowing more than new."""
        silent = (today - self.last_on).days
        if silent > LAPSED_DAYS:
            return CustomerState.LAPSED
        if self.expected_on() is not None and self.usual_days is not None and silent > MISSED_AFTER * self.usual_days:
            return CustomerState.SLOWING
        if (today - self.first_on).days < NEW_DAYS:
            return CustomerState.NEW
        return CustomerState.ACTIVE


def same_days(today: date) -> tuple[date, date, date]:
    """Give the first of this month, the first of last month, and the day of last month that answers to today.

    Where last month is shorter, its last day stands for the days it does not have.
    """
    this, last = month_of(today), month_of(today, -1)
    return this, last, min(last + timedelta(days=today.day - 1), this - timedelta(days=1))

"""What the portal keeps about people: every table is declared here once, by the feature that owns it.

From these declarations come the file a person is given of itself, what an erasure does, how long rows are kept, and the
processing record. A table that nobody declared fails a test (tests/core/test_personal_data.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from flask import Flask
from flask_babel import lazy_gettext as _l


class Purpose(StrEnum):
    """What people's data are kept for."""

    WORK = "work"
    SIGN_IN = "sign_in"
    TRADE = "trade"
    CARE = "care"
    PROOF = "proof"
    RIGHTS = "rights"
    RUNNING = "running"


class Erasure(StrEnum):
    """What becomes of a person's rows when it is erased."""

    REMOVED = "removed"
    PSEUDONYM = "pseudonym"
    KEPT = "kept"
    PASSING = "passing"
    """They are gone by themselves before."""
    TYPED = "typed"
    """Whoever typed them in changes them."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Rows of a table that tell of a person: how they are found, what it is given of them, what an erasure does.

    `found` is an SQL condition. It and `blanked` know `:person` (the account's number), `:actor` (`user:12`), `:email`,
    `:names` (how the person signed: name and address), `:named_in` (the organisations in which nobody else bears that
    name) and `:pseudonym` (`Person 12`).
    """

    found: str
    columns: tuple[str, ...]
    """What the person is given; never hashes or secrets."""
    within: tuple[str, ...] = ()
    """Columns with the organisations to whose part a row belongs; empty: it is the person's alone."""
    blanked: str = ""
    """What an erasure sets (`name = :pseudonym`)."""
    removed: bool = False
    """Whether an erasure removes the rows; if neither, they stay and name nobody."""

    @property
    def erasure(self) -> Erasure:
        """Tell what becomes of the rows."""
        if ":pseudonym" in self.blanked:
            return Erasure.PSEUDONYM
        return Erasure.REMOVED if self.removed or self.blanked else Erasure.KEPT


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long rows are kept by themselves, whoever is erased."""

    words: Any
    """From when and why, in the reader's language."""
    days: int | None = None
    """None: as long as what they belong to."""
    since: str = ""
    """SQL expression of a row's instant from which the days count; empty: no row is removed by age."""


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """A table that tells of people."""

    name: str
    purpose: Purpose
    tells: Any
    """What it tells of whom, in the reader's language."""
    keeping: Keeping
    traces: tuple[Trace, ...] = ()
    untraced: Erasure = Erasure.TYPED
    """What becomes of its rows where no trace leads to them: removed with those they belong to, for example."""

    @property
    def erasures(self) -> list[Erasure]:
        """Give what becomes of its rows when a person is erased."""
        found = {trace.erasure for trace in self.traces} or {self.untraced}
        return [each for each in Erasure if each in found]


WITH_ACCOUNT: Final = Keeping(_l("as long as the person has an account"))
WITH_TRADE: Final = Keeping(_l("as long as the trade documents they belong to"))
_FAILED_SINCE: Final = """
    case when status in ('failed', 'cancelled', 'aborted') then
        (select max(e.at) from procrastinate_events e where e.job_id = procrastinate_jobs.id) end
"""

_tables: dict[str, PersonalTable] = {}
_impersonal: set[str] = set()


def declare(*tables: PersonalTable) -> None:
    """Say what a feature's tables tell of people; saying it again changes nothing."""
    _tables.update({table.name: table for table in tables})


def declare_impersonal(*names: str) -> None:
    """Name a feature's tables that tell nothing of people."""
    _impersonal.update(names)


def personal_tables() -> list[PersonalTable]:
    """Give what is declared, in the order in which it was."""
    return list(_tables.values())


def impersonal_tables() -> frozenset[str]:
    """Give the names of the tables that tell nothing of people."""
    return frozenset(_impersonal)


def register(_app: Flask) -> None:
    """Declare the tables of the ground: events and jobs carry names and addresses for mails."""
    declare_impersonal("job_failure")
    declare(
        PersonalTable(
            "outbox_event",
            Purpose.RUNNING,
            _l("Events on their way to mails and other programs: names and e-mail addresses of who gets them"),
            Keeping(_l("until the worker has taken them, usually within a second")),
            untraced=Erasure.PASSING,
        ),
        PersonalTable(
            "procrastinate_jobs",
            Purpose.RUNNING,
            _l("Mails and other work that is to be done; what failed is kept to be looked at"),
            Keeping(_l("until done; failed ones 30 days"), 30, _FAILED_SINCE),
            (
                Trace(
                    "status in ('failed', 'cancelled', 'aborted') and position(:email in args::text) > 0",
                    ("task_name", "status", "scheduled_at"),
                    removed=True,
                ),
            ),
        ),
    )

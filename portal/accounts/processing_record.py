"""The record of processing activities (GDPR, article 30), made from the declarations of what is kept about people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.core.personal_data import Erasure, PersonalTable, Purpose, personal_tables


@dataclass(frozen=True, slots=True)
class Activity:
    """What people's data are processed for, as it is told to whom it concerns."""

    name: Any
    basis: Any
    """Why it is lawful."""
    recipients: Any


ACTIVITIES: Mapping[Purpose, Activity] = {
    Purpose.WORK: Activity(
        _l("Accounts of people and what they may do"),
        _l("Contract with the organisation the person works for (article 6 (1) b and f GDPR)"),
        _l("The organisation's administrators; of a retailer also its wholesaler"),
    ),
    Purpose.SIGN_IN: Activity(
        _l("Signing in and its protection"),
        _l("Security of processing (article 6 (1) f, article 32 GDPR)"),
        _l("The person itself; whoever runs the portal"),
    ),
    Purpose.TRADE: Activity(
        _l("Orders, deliveries, stock and prices"),
        _l("Contract between the organisations; duties of commercial and tax law (article 6 (1) b and c GDPR)"),
        _l("The buyer's and the seller's people"),
    ),
    Purpose.CARE: Activity(
        _l("Looking after customers"),
        _l("Legitimate interest of the wholesaler in its customers (article 6 (1) f GDPR)"),
        _l("The wholesaler's people; addresses and shared documents also the retailer's"),
    ),
    Purpose.PROOF: Activity(
        _l("Proof of who did what"),
        _l("Legitimate interest in proof and in the security of trade (article 6 (1) f GDPR)"),
        _l("Administrators of the organisation the log belongs to"),
    ),
    Purpose.RIGHTS: Activity(
        _l("Answering people's requests"),
        _l("Legal duty (article 6 (1) c, articles 15 to 20 GDPR)"),
        _l("Who asked: the person itself, or its organisation's administrators for their part"),
    ),
    Purpose.RUNNING: Activity(
        _l("Running the portal"),
        _l("Contract with the organisation the person works for (article 6 (1) b and f GDPR)"),
        _l("Whoever runs the portal; the mail server"),
    ),
}
_ERASED = {
    Erasure.REMOVED: _l("removed"),
    Erasure.PSEUDONYM: _l("the name becomes a number"),
    Erasure.KEPT: _l("stays; it names a number alone"),
    Erasure.PASSING: _l("is gone by itself before"),
    Erasure.TYPED: _l("stays; whoever wrote it changes it"),
}


@dataclass(frozen=True, slots=True)
class RecordLine:
    """What is kept in one table, in the reader's language."""

    table: str
    tells: str
    kept: str
    erased: str


@dataclass(frozen=True, slots=True)
class RecordPart:
    """One activity with all that it keeps."""

    purpose: Purpose
    name: str
    basis: str
    recipients: str
    lines: tuple[RecordLine, ...]


def processing_record() -> list[RecordPart]:
    """Give the record in the reader's language: each activity with what it keeps of whom, how long, and what an erasure does."""
    parts = []
    for purpose in Purpose:
        activity = ACTIVITIES[purpose]
        lines = tuple(_line(table) for table in personal_tables() if table.purpose is purpose)
        parts.append(RecordPart(purpose, str(activity.name), str(activity.basis), str(activity.recipients), lines))
    return parts


def _line(table: PersonalTable) -> RecordLine:
    erased = "; ".join(str(_ERASED[each]) for each in table.erasures)
    return RecordLine(table.name, str(table.tells), str(table.keeping.words), erased)

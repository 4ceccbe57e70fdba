"""What saved reports tell of people: who made them."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.core.personal_data import Keeping, PersonalTable, Purpose, Trace, declare

_COLUMNS = ("code", "name", "created_at")


def register(_app: Flask) -> None:
    """Declare the table: what only the person has goes with it, what is shared stays without it."""
    declare(
        PersonalTable(
            "saved_report",
            Purpose.WORK,
            _l("Who made a report"),
            Keeping(_l("until it is removed")),
            (
                Trace("made_by = :actor and not is_shared", _COLUMNS, ("organisation_id",), removed=True),
                Trace("made_by = :actor and is_shared", _COLUMNS, ("organisation_id",), blanked="made_by = ''"),
            ),
        )
    )

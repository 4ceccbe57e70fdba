"""What messages tell of people."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.core.personal_data import WITH_ACCOUNT, Keeping, PersonalTable, Purpose, Trace, declare

_OWN = "user_id = :person"


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare(
        PersonalTable(
            "notice",
            Purpose.WORK,
            _l("Messages to a person, and when it read them"),
            Keeping(_l("180 days"), 180, "created_at"),
            (
                Trace(
                    _OWN,
                    ("organisation_id", "kind", "facts", "created_at", "read_at", "mailed_at"),
                    ("organisation_id",),
                    removed=True,
                ),
            ),
        ),
        PersonalTable(
            "notice_choice",
            Purpose.WORK,
            _l("How a person wants to be told"),
            WITH_ACCOUNT,
            (Trace(_OWN, ("organisation_id", "kind", "channel", "rhythm"), ("organisation_id",), removed=True),),
        ),
    )

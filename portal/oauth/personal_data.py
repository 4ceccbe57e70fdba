"""What programs and their tokens tell of people."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.core.personal_data import Keeping, PersonalTable, Purpose, Trace, declare, declare_impersonal

_ENDED = Keeping(_l("90 days after they ended"), 90, "least(coalesce(revoked_at, expires_at), expires_at)")
_OWN = "user_id = :person"


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare(*_TABLES)
    declare_impersonal("refresh_token")


_TABLES = (
    PersonalTable(
        "api_grant",
        Purpose.SIGN_IN,
        _l("What a person allowed programs of its organisation"),
        _ENDED,
        (
            Trace(
                _OWN,
                ("organisation_id", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"),
                ("organisation_id",),
                removed=True,
            ),
        ),
    ),
    PersonalTable(
        "personal_token",
        Purpose.SIGN_IN,
        _l("Tokens that a person made for programs of its own, as hashes, and what it calls them"),
        _ENDED,
        (
            Trace(
                _OWN,
                ("organisation_id", "name", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"),
                ("organisation_id",),
                removed=True,
            ),
        ),
    ),
)

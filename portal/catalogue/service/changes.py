"""What every change of the catalogue has in common."""

from __future__ import annotations

from sqlalchemy import text

from tenants.database import db
from tenants.principal import Principal

_MARK = text(
    "insert into catalogue_version (organisation_id) values (:organisation)"
    " on conflict (organisation_id) do update set version = catalogue_version.version + 1"
)


def mark_changed(principal: Principal) -> None:
    """Tell every process that kept counts of this organisation's catalogue, and of those below it, are out of date."""
    db.session.execute(_MARK, {"organisation": principal.selling()})

"""The own organisation and its audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from tenants.database import db
from tenants.models import Organisation
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """The own organisation."""

    id: int
    code: str
    slug: str
    kind: str
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    locale: str
    currency: str
    time_zone: str
    vat_id: str
    gln: str
    email: str
    accent_colour: str
    has_logo: bool


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry of the audit log."""

    id: UUID
    at: datetime
    actor: str
    actor_name: str
    action: str
    subject: str
    refused: bool
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str


def get_own_organisation(principal: Principal) -> OrganisationRow:
    """Give the principal's own organisation."""
    row = db.session.execute(
        select(
            Organisation.id,
            Organisation.code,
            Organisation.slug,
            Organisation.kind,
            Organisation.name,
            Organisation.street,
            Organisation.postal_code,
            Organisation.city,
            Organisation.country,
            Organisation.locale,
            Organisation.currency,
            Organisation.time_zone,
            Organisation.vat_id,
            Organisation.gln,
            Organisation.email,
            Organisation.accent_colour,
            Organisation.logo.is_not(None).label("has_logo"),
        ).where(Organisation.id == principal.organisation_id)
    ).one()
    return OrganisationRow(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def list_audit_entries(
    principal: Principal,
    *,
    limit: int,
    after: Sequence[Any] | None = None,
    action: str = "",
    only_refused: bool = False,
) -> list[AuditRow]:
    """Give up to `limit` entries of the own organisation's log, the newest first, behind the key (instant, id)."""
    statement = """
        select id, at, actor, actor_name, action, subject, refused, before, after, address from audit_entry
        where organisation_id = :organisation
          and (:action = '' or action like :pattern) and (not :only_refused or refused)"""
    values = {
        "organisation": principal.organisation_id,
        "limit": limit,
        "action": action,
        "pattern": action.replace("%", "").replace("_", "\\_") + "%",
        "only_refused": only_refused,
    }
    if after is not None:
        statement += " and (at, id) < (cast(:after_at as timestamptz), cast(:after_id as uuid))"
        values |= {"after_at": after[0], "after_id": after[1]}
    rows = db.session.execute(text(f"{statement} order by at desc, id desc limit :limit"), values)
    return [AuditRow(*row) for row in rows]

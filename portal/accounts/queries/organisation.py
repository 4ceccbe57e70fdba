"""The own organisation."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

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

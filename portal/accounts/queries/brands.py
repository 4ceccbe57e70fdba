"""Whose name, logo and colour a page bears."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Text, cast, func, select

from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import Organisation, OrganisationKind, Status


@dataclass(frozen=True, slots=True)
class BrandRow:
    """The brand of an organisation."""

    organisation_id: int
    name: str
    slug: str
    accent_colour: str
    has_logo: bool
    version: str
    """Changes with colour and logo, so that browsers may keep both."""
    locale: str
    """The organisation's language, for a reader whose browser asks for none of the portal's."""


_VERSION = func.substr(func.md5(func.concat(Organisation.accent_colour, func.md5(Organisation.logo))), 1, 12)
_COLUMNS = (
    Organisation.id,
    Organisation.name,
    Organisation.slug,
    Organisation.accent_colour,
    Organisation.logo.is_not(None),
    cast(_VERSION, Text),
    Organisation.locale,
)


def find_public_brand(slug: str) -> BrandRow | None:
    """Give the brand at `/w/<slug>/`, before anybody is known; retailers have no sign-in page of their own."""
    act_as(AUTHENTICATION)
    return _find(
        Organisation.slug == slug,
        Organisation.kind != OrganisationKind.RETAILER,
        Organisation.status == Status.ACTIVE,
    )


def find_brand(organisation_id: int) -> BrandRow | None:
    """Give the brand of an organisation that the open context may see."""
    return _find(Organisation.id == organisation_id)


def find_logo(slug: str) -> tuple[bytes, str] | None:
    """Give picture and media type of the logo at that slug, before anybody is known."""
    act_as(AUTHENTICATION)
    row = db.session.execute(
        select(Organisation.logo, Organisation.logo_type).where(
            Organisation.slug == slug, Organisation.kind != OrganisationKind.RETAILER
        )
    ).one_or_none()
    return None if row is None or row.logo is None else (row.logo, row.logo_type)


def _find(*conditions: ColumnElement[bool]) -> BrandRow | None:
    row = db.session.execute(select(*_COLUMNS).where(*conditions)).one_or_none()
    return None if row is None else BrandRow(*row)

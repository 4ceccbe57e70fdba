"""The own organisation: address and brand."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import update

from portal.accounts.errors import UnusableValue
from portal.accounts.logo import clean_logo
from portal.accounts.queries.organisation import get_own_organisation
from portal.core.brand_colours import read_colour
from tenants.audit import record
from tenants.database import db
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class Address:
    """Name, address and identifiers of the own organisation."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    email: str
    vat_id: str
    gln: str
    locale: str


def change_address(principal: Principal, address: Address) -> None:
    """Keep another name or address of the own organisation; the principal needs organisation:manage.

    Raises:
        PermissionDenied: the permission is missing.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    known = get_own_organisation(principal)
    changes = {name: value for name, value in asdict(address).items() if value != getattr(known, name)}
    if not changes:
        return
    _update(principal, **changes)
    before = {name: getattr(known, name) for name in changes}
    record(principal, "organisation.address_changed", known.code, before=before, after=changes)


def change_brand(principal: Principal, *, accent_colour: str, logo: bytes | None, remove_logo: bool = False) -> None:
    """Keep another colour (`#rrggbb`, empty = Kontor's) and logo (None = as it is); needs organisation:manage.

    Raises:
        PermissionDenied: the permission is missing.
        UnusableValue: the colour is none.
        UnusablePicture: the file is no PNG or JPEG, or too large.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    known = get_own_organisation(principal)
    colour = read_colour(accent_colour) if accent_colour else ""
    if colour is None:
        raise UnusableValue("not a colour", field="accent_colour")
    _update(principal, accent_colour=colour)
    if logo is not None:
        picture, media_type = clean_logo(logo)
        _update(principal, logo=picture, logo_type=media_type)
    elif remove_logo:
        _update(principal, logo=None, logo_type="")
    record(
        principal,
        "organisation.brand_changed",
        known.code,
        before={"accent_colour": known.accent_colour, "logo": known.has_logo},
        after={"accent_colour": colour, "logo": (logo is not None) or (known.has_logo and not remove_logo)},
    )


def _update(principal: Principal, **values: object) -> None:
    db.session.execute(update(Organisation).where(Organisation.id == principal.organisation_id).values(**values))

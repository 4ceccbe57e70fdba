"""The own organisation for programs: who and where it is, and its brand."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from portal.accounts.api.fields import Country, Email, Gln, Line, Name, PostalCode, VatId, unsent
from portal.accounts.api.own import ADMIN, READ, own_operation
from portal.accounts.errors import UnusablePicture
from portal.accounts.logo import MOST_BYTES
from portal.accounts.queries.organisation import get_own_organisation
from portal.accounts.service import organisation as service
from portal.accounts.shell_parts import forget_brand
from portal.web.api import ApiAnswer, ApiBody, operation
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Organisation"]
_ADDRESS = ("name", "street", "postal_code", "city", "country", "email", "vat_id", "gln", "locale")

Colour = Annotated[str, StringConstraints(pattern=r"^(#[0-9A-Fa-f]{6})?$")]


class OrganisationAnswer(ApiAnswer):
    """The own organisation."""

    code: str
    slug: str = Field(description="Its sign-in page is /w/<slug>/.")
    kind: Literal["manufacturer", "wholesaler", "retailer"]
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


class OrganisationChanges(ApiBody):
    """What is to be changed; what is not sent stays."""

    name: Name = unsent()
    street: Line = unsent()
    postal_code: PostalCode = unsent()
    city: Line = unsent()
    country: Country = unsent()
    email: Email | None = Field(default=None, description="null = none.")
    vat_id: VatId = unsent()
    gln: Gln = unsent()
    locale: Literal["de", "en"] = unsent()


class BrandChanges(ApiBody):
    """What is to be changed of the brand; what is not sent stays."""

    accent_colour: Colour = unsent(description="Empty = the portal's own.")
    logo: Annotated[str, StringConstraints(max_length=MOST_BYTES * 4 // 3 + 4)] | None = Field(
        default=None, description="A PNG or JPEG of up to 1 MB as base64; null = the name instead of a logo."
    )


@own_operation(
    "GET",
    "/organisation",
    scopes=READ,
    permission=Permission.ORGANISATION_VIEW,
    summary="Read the own organisation",
    tags=_TAGS,
    response=OrganisationAnswer,
)
def read_own_organisation(principal: Principal) -> OrganisationAnswer:
    """Name, address, identifiers and brand."""
    return OrganisationAnswer.model_validate(get_own_organisation(principal))


@own_operation(
    "PATCH",
    "/organisation",
    scopes=ADMIN,
    permission=Permission.ORGANISATION_MANAGE,
    summary="Change name and address of the own organisation",
    tags=_TAGS,
    response=OrganisationAnswer,
    body=OrganisationChanges,
)
def change_own_organisation(principal: Principal, body: OrganisationChanges) -> OrganisationAnswer:
    """What is not sent stays."""
    known = get_own_organisation(principal)
    sent = {name: getattr(body, name) for name in _ADDRESS if name in body.model_fields_set}
    wanted = {**{name: getattr(known, name) for name in _ADDRESS}, **sent}
    wanted |= {"name": wanted["name"].strip(), "email": wanted["email"] or ""}
    service.change_address(principal, service.Address(**wanted))
    forget_brand(principal.organisation_id)
    return OrganisationAnswer.model_validate(get_own_organisation(principal))


@operation(
    "PATCH",
    "/selling/organisation/brand",
    scope=Scope.SELLING_ADMIN,
    permission=Permission.ORGANISATION_MANAGE,
    summary="Change colour and logo of the own organisation",
    tags=_TAGS,
    response=OrganisationAnswer,
    body=BrandChanges,
    errors=[UnusablePicture],
    most_bytes=MOST_BYTES * 4 // 3 + 1024,
)
def change_brand(principal: Principal, body: BrandChanges) -> OrganisationAnswer:
    """What is not sent stays. A colour that reads badly is kept, and shown in a darker shade."""
    known = get_own_organisation(principal)
    if body.model_fields_set:
        service.change_brand(
            principal,
            accent_colour=body.accent_colour if "accent_colour" in body.model_fields_set else known.accent_colour,
            logo=None if body.logo is None else _picture(body.logo),
            remove_logo="logo" in body.model_fields_set and body.logo is None,
        )
        forget_brand(principal.organisation_id)
    return OrganisationAnswer.model_validate(get_own_organisation(principal))


def _picture(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnusablePicture("The logo is not base64.") from error

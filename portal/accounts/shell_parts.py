"""What the accounts give to the frame of every page: brand, organisation switcher, account menu."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import Flask, current_app, g, url_for
from flask_babel import lazy_gettext as _l

from portal.accounts.queries.brands import BrandRow, find_brand
from portal.web.screens import signed_in_person
from portal.web.shell import Brand, OrganisationChoice, ShellSources
from tenants.principal import Principal

_KEPT_SECONDS = 15.0
"""How long a process shows a brand without asking again; a saved change shows at once in the process that saved it."""


@dataclass(frozen=True, slots=True)
class _Kept:
    brand: BrandRow | None
    until: float


def register_shell_parts(app: Flask) -> None:
    """Fill the shell's sources."""
    sources: ShellSources = app.extensions["shell"]
    sources.organisations = organisation_choices
    sources.brand = page_brand
    sources.account_menu += [
        (_l("Your account"), "your_account.show", "person"),
        (_l("Organisation"), "organisation.show", "settings"),
    ]
    app.extensions["brands"] = {}


def organisation_choices(principal: Principal) -> list[OrganisationChoice]:
    """Give every organisation of the signed-in person in each of its capacities."""
    person = signed_in_person()
    if person is None:
        return []
    return [
        OrganisationChoice(
            key=f"{place.slug}:{capacity.value}",
            name=place.name,
            capacity=capacity,
            current=place.organisation_id == principal.organisation_id and capacity is principal.capacity,
        )
        for place in person.memberships
        for capacity in place.capacities
    ]


def page_brand(principal: Principal | None) -> Brand:
    """Give the brand a page bears: before sign-in that of its address, for a buyer its seller's, else the own."""
    row: BrandRow | None = g.get("brand")
    if row is None and principal is not None:
        row = _kept_brand(principal.seller_id or principal.organisation_id)
    return brand_of_row(row) if row else Brand()


def brand_of_row(row: BrandRow) -> Brand:
    """Give what templates know of a brand."""
    return Brand(
        name=row.name,
        slug=row.slug,
        logo_url=url_for("brands.logo", slug=row.slug, v=row.version) if row.has_logo else None,
        css_url=url_for("brands.stylesheet", slug=row.slug, v=row.version) if row.accent_colour else None,
    )


def forget_brand(organisation_id: int) -> None:
    """Let the next page read the brand again."""
    current_app.extensions["brands"].pop(organisation_id, None)


def _kept_brand(organisation_id: int) -> BrandRow | None:
    brands: dict[int, _Kept] = current_app.extensions["brands"]
    kept = brands.get(organisation_id)
    if kept is None or kept.until < time.monotonic():
        seconds = 0.0 if current_app.testing else _KEPT_SECONDS
        kept = brands[organisation_id] = _Kept(find_brand(organisation_id), time.monotonic() + seconds)
    return kept.brand

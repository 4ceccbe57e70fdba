"""The own organisation: address, brand with a preview, what signing in demands."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext

from portal.accounts.errors import UnusablePicture
from portal.accounts.forms import BrandForm, DemandForm, DetailsForm
from portal.accounts.models import Demand
from portal.accounts.queries.brands import find_brand
from portal.accounts.queries.organisation import OrganisationRow, get_own_organisation
from portal.accounts.queries.second_factor import get_demand
from portal.accounts.service import organisation as service
from portal.accounts.service.second_factor import change_demand
from portal.accounts.shell_parts import brand_of_row, forget_brand
from portal.core.brand_colours import LEAST_CONTRAST, AccentShades, accent_shades, brand_stylesheet, read_colour
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.errors import NotFound
from tenants.models import OrganisationKind
from tenants.permissions import Permission
from tenants.principal import Principal

organisation = Screens("organisation", __name__, url_prefix="/organisation")

_KONTORS_ACCENT = "#1d5a43"


@organisation.screen("/", Permission.ORGANISATION_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show the own organisation."""
    own = get_own_organisation(principal)
    return render_template("accounts/organisation.html", own=own, brand=_brand(own))


@organisation.screen("/address", Permission.ORGANISATION_MANAGE, methods=["GET", "POST"])
def edit_address(principal: Principal) -> ResponseReturnValue:
    """Correct name and address."""
    own = get_own_organisation(principal)
    form = DetailsForm(present=own.country, obj=own)
    if form.validate_on_submit():
        service.change_address(principal, service.Address(**form.details()))
        forget_brand(principal.organisation_id)
        flash(gettext("Saved."), "success")
        return redirect(url_for("organisation.show"))
    page = render_template("accounts/address.html", form=form, own=own)
    return page, 422 if form.is_submitted() else 200


@organisation.screen("/brand", Permission.ORGANISATION_MANAGE, methods=["GET", "POST"])
def edit_brand(principal: Principal) -> ResponseReturnValue:
    """Choose colour and logo; `?accent=` shows a colour before it is saved. Retailers work under their seller's."""
    own = get_own_organisation(principal)
    if own.kind == OrganisationKind.RETAILER:
        raise NotFound
    shown = read_colour(request.args.get("accent", "")) or own.accent_colour
    form = BrandForm(accent_colour=shown)
    if form.validate_on_submit():
        try:
            _save(principal, form)
        except UnusablePicture:
            rollback_at_edge()
            form.logo.errors = [gettext("Please choose a PNG or JPEG picture of up to 1 MB.")]
        else:
            forget_brand(principal.organisation_id)
            flash(gettext("Your brand is saved. Your sign-in page shows it now."), "success")
            return redirect(url_for("organisation.edit_brand"))
    shades = accent_shades(shown or _KONTORS_ACCENT)
    page = render_template(
        "accounts/brand.html",
        form=form,
        own=own,
        brand=_brand(own),
        colour=shown or _KONTORS_ACCENT,
        shades=shades,
        contrast_note=contrast_note(shades),
    )
    return page, 422 if form.is_submitted() else 200


@organisation.screen("/brand/preview.css", Permission.ORGANISATION_MANAGE)
def preview_stylesheet(_principal: Principal) -> ResponseReturnValue:
    """Give the rules of a colour for the preview alone."""
    colour = read_colour(request.args.get("accent", "")) or _KONTORS_ACCENT
    return Response(brand_stylesheet(colour, ".brand-preview"), mimetype="text/css")


@organisation.screen("/brand/contrast", Permission.ORGANISATION_MANAGE)
def explain_contrast(_principal: Principal) -> ResponseReturnValue:
    """Say in a sentence how a colour reads."""
    colour = read_colour(request.args.get("accent", "")) or _KONTORS_ACCENT
    return Response(contrast_note(accent_shades(colour)), mimetype="text/plain")


@organisation.screen("/sign-in", Permission.ORGANISATION_MANAGE)
def sign_in_policy(principal: Principal) -> ResponseReturnValue:
    """Show what the organisation demands of those who sign in."""
    own = get_own_organisation(principal)
    form = DemandForm(formdata=None, second_factor=get_demand(principal).value)
    return render_template("accounts/sign_in_policy.html", own=own, form=form)


@organisation.screen("/sign-in", Permission.ORGANISATION_MANAGE, methods=["POST"], fresh=True)
def change_sign_in_policy(principal: Principal) -> ResponseReturnValue:
    """Demand a second factor, or no more."""
    form = DemandForm()
    if form.validate_on_submit():
        change_demand(principal, Demand(form.second_factor.data))
        flash(gettext("Saved."), "success")
        return redirect(url_for("organisation.sign_in_policy"))
    return render_template("accounts/sign_in_policy.html", own=get_own_organisation(principal), form=form), 422


def contrast_note(shades: AccentShades) -> str:
    """Say how the colour reads on paper, and which shade is used instead of one that reads badly."""
    ratio = format_decimal(shades.chosen_contrast, format="0.0")
    least = format_decimal(LEAST_CONTRAST)
    if shades.is_as_chosen:
        return str(
            gettext("Reads well: contrast %(ratio)s to 1 on paper, %(least)s are needed.", ratio=ratio, least=least)
        )
    return str(
        gettext(
            "Too pale for text: contrast %(ratio)s to 1 on paper, %(least)s are needed. %(shade)s is used instead.",
            ratio=ratio,
            least=least,
            shade=shades.day.accent,
        )
    )


def _save(principal: Principal, form: BrandForm) -> None:
    upload = request.files.get("logo")
    picture = upload.read() if upload and upload.filename else None
    if upload:
        upload.close()
    service.change_brand(
        principal, accent_colour=form.accent_colour.data or "", logo=picture, remove_logo=form.remove_logo.data
    )


def _brand(own: OrganisationRow) -> object:
    row = find_brand(own.id)
    return brand_of_row(row) if row else None

"""Registered units: a customer's own, and the seller's of all its customers with their fault rates."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.support.errors import AlreadyRegistered
from portal.support.forms import RegistrationForm
from portal.support.queries.registrations import RATE_DAYS, list_fault_rates, list_registrations, rate_coverage
from portal.support.service.registrations import register_unit
from portal.support.views.posted import PAGE
from portal.web.api.paging import page_of, read_cursor
from portal.web.formatting import date_text
from portal.web.refused_forms import accepts
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

own_registrations = Screens("own_registrations", __name__, capacity=Capacity.BUYER, url_prefix="/buying/registrations")
registrations = Screens("registrations", __name__, capacity=Capacity.SELLER, url_prefix="/selling/registrations")
_LONGEST_SEARCH = 100


@own_registrations.screen("/", Permission.SUPPORT_VIEW)
def show_all(principal: Principal) -> ResponseReturnValue:
    """List the own registered units, with a form for the next one."""
    return _list(principal, "support/own_registrations.html", RegistrationForm(formdata=None))


@own_registrations.screen("/", Permission.SUPPORT_ASK, methods=["POST"])
def register_one(principal: Principal) -> ResponseReturnValue:
    """Register a unit that was sold on."""
    form = RegistrationForm()
    command = form.command() if form.validate_on_submit() else None
    try:
        if command is not None and accepts(form, lambda: register_unit(principal, command)):
            flash(_("The unit %(serial)s is registered.", serial=command.serial_number.strip()), "success")
            return redirect(url_for("own_registrations.show_all"), HTTPStatus.SEE_OTHER)
    except AlreadyRegistered as refused:
        rollback_at_edge()
        form.blame("serial_number", _already(refused))
    return _list(principal, "support/own_registrations.html", form), 422


@registrations.screen("/", Permission.SUPPORT_VIEW, endpoint="show_all")
def show_of_all(principal: Principal) -> ResponseReturnValue:
    """List what customers registered."""
    return _list(principal, "support/registrations.html", None)


@registrations.screen("/faults", Permission.SUPPORT_VIEW)
def show_rates(principal: Principal) -> ResponseReturnValue:
    """Show how many of each product fail."""
    after = read_cursor(request.args.get("cursor"), 3)
    rows = list_fault_rates(principal, after=after, limit=PAGE + 1)
    return render_template(
        "support/fault_rates.html",
        page=page_of(rows, PAGE, lambda row: row, lambda row: (row.faults, row.registered, row.sku)),
        coverage=rate_coverage(principal),
        days=RATE_DAYS,
    )


def _list(principal: Principal, template: str, form: RegistrationForm | None) -> str:
    wanted = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
    after = read_cursor(request.args.get("cursor"), 1)
    rows = list_registrations(principal, words=wanted, after=int(after[0]) if after else None, limit=PAGE + 1)
    page = page_of(rows, PAGE, lambda row: row, lambda row: (row.id,))
    return render_template(template, page=page, q=wanted, form=form)


def _already(refused: AlreadyRegistered) -> str:
    sold_on = date.fromisoformat(refused.details["sold_on"])
    return str(_("You have registered this unit already, as sold on %(day)s.", day=date_text(sold_on)))

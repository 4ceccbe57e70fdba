"""A buyer's own addresses, the delivery days its seller agreed, and the documents the seller shares with it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.queries.organisation import get_own_organisation
from portal.accounts.queries.records import (
    find_delivery,
    get_address,
    get_document,
    list_addresses,
    list_documents,
)
from portal.accounts.record_forms import AddressForm, address_kinds, weekdays
from portal.accounts.service import records as service
from portal.accounts.views.records import NEW, read_address
from portal.accounts.views.served_documents import served_document
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

own_addresses = Screens("own_addresses", __name__, capacity=Capacity.BUYER, url_prefix="/buying/addresses")


@own_addresses.screen("/", Permission.ORGANISATION_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show where goods and invoices go."""
    return render_template(
        "accounts/own_addresses.html",
        own=get_own_organisation(principal),
        addresses=list_addresses(principal),
        documents=list_documents(principal),
        kinds=dict(address_kinds()),
        days=delivery_choices(principal)["days"],
    )


def delivery_choices(principal: Principal) -> dict[str, list[Any]]:
    """Give where a buyer's goods may go, the usual address first, and the days on which its seller delivers."""
    addresses, agreed = find_delivery(principal)
    return {"addresses": addresses, "days": [name for day, name in weekdays() if day in agreed]}


@own_addresses.screen("/<key>", Permission.ORGANISATION_MANAGE, methods=["GET", "POST"])
def edit(principal: Principal, key: str) -> ResponseReturnValue:
    """Add an address (`new`) or change one."""
    address = None if key == NEW else get_address(principal, key)
    country = address.country if address else get_own_organisation(principal).country
    form = AddressForm(country, obj=address, country=country)
    if form.validate_on_submit():
        service.save_address(principal, service.new_key() if key == NEW else key, read_address(form))
        flash(gettext("The address is saved."), "success")
        return redirect(url_for(".show"))
    page = render_template("accounts/address_form.html", form=form, account=None, is_new=key == NEW)
    return page, 422 if form.is_submitted() else 200


@own_addresses.screen("/<key>/remove", Permission.ORGANISATION_MANAGE, methods=["POST"])
def remove(principal: Principal, key: str) -> ResponseReturnValue:
    """Take an address away."""
    service.remove_address(principal, key)
    flash(gettext("The address is taken away. Orders keep theirs."), "success")
    return redirect(url_for(".show"))


@own_addresses.screen("/documents/<digest>", Permission.ORGANISATION_VIEW)
def read_document(principal: Principal, digest: str) -> ResponseReturnValue:
    """Give a document that the seller shares."""
    return served_document(get_document(principal, digest))

"""What a seller keeps about a buyer: addresses, contacts and delivery days on one page, documents on another."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.document_content import DocumentRefused
from portal.accounts.errors import DocumentInUse
from portal.accounts.queries.accounts import get_account
from portal.accounts.queries.records import (
    find_delivery_days,
    get_address,
    get_contact,
    get_document,
    list_addresses,
    list_contacts,
    list_documents,
)
from portal.accounts.record_forms import AddressForm, ContactForm, DocumentForm, address_kinds, weekdays
from portal.accounts.record_models import AddressKind
from portal.accounts.service import records as service
from portal.accounts.views.accounts import accounts
from portal.accounts.views.served_documents import served_document
from portal.web.uploads import uploaded_file
from tenants.database import rollback_at_edge
from tenants.permissions import Permission
from tenants.principal import Principal

NEW = "new"


@accounts.screen("/<code>/addresses", Permission.ACCOUNTS_VIEW)
def show_addresses(principal: Principal, code: str) -> ResponseReturnValue:
    """Show addresses, contacts and delivery days."""
    return render_template(
        "accounts/addresses.html",
        account=get_account(principal, code),
        addresses=list_addresses(principal, code),
        contacts=list_contacts(principal, code),
        kinds=dict(address_kinds()),
        days=weekdays(),
        delivery_days=find_delivery_days(principal, code),
    )


@accounts.screen("/<code>/addresses/<key>", Permission.ACCOUNTS_MANAGE, methods=["GET", "POST"])
def edit_address(principal: Principal, code: str, key: str) -> ResponseReturnValue:
    """Add an address (`new`) or change one."""
    account = get_account(principal, code)
    address = None if key == NEW else get_address(principal, key, code)
    form = AddressForm(
        address.country if address else account.country,
        obj=address,
        country=address.country if address else account.country,
    )
    if form.validate_on_submit():
        service.save_address(principal, service.new_key() if key == NEW else key, read_address(form), code)
        flash(gettext("The address is saved."), "success")
        return redirect(url_for("accounts.show_addresses", code=code))
    page = render_template("accounts/address_form.html", form=form, account=account, is_new=key == NEW)
    return page, 422 if form.is_submitted() else 200


@accounts.screen("/<code>/addresses/<key>/remove", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def remove_address(principal: Principal, code: str, key: str) -> ResponseReturnValue:
    """Take an address away."""
    service.remove_address(principal, key, code)
    flash(gettext("The address is taken away. Orders keep theirs."), "success")
    return redirect(url_for("accounts.show_addresses", code=code))


@accounts.screen("/<code>/contacts/<key>", Permission.ACCOUNTS_MANAGE, methods=["GET", "POST"])
def edit_contact(principal: Principal, code: str, key: str) -> ResponseReturnValue:
    """Add a contact (`new`) or change one."""
    account = get_account(principal, code)
    form = ContactForm(obj=None if key == NEW else get_contact(principal, code, key))
    if form.validate_on_submit():
        values = {name: getattr(form, name).data or "" for name in ("name", "position", "email", "phone")}
        service.save_contact(principal, code, service.new_key() if key == NEW else key, service.Contact(**values))
        flash(gettext("The contact is saved."), "success")
        return redirect(url_for("accounts.show_addresses", code=code, _anchor="contacts"))
    page = render_template("accounts/contact_form.html", form=form, account=account, is_new=key == NEW)
    return page, 422 if form.is_submitted() else 200


@accounts.screen("/<code>/contacts/<key>/remove", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def remove_contact(principal: Principal, code: str, key: str) -> ResponseReturnValue:
    """Take a contact away."""
    service.remove_contact(principal, code, key)
    flash(gettext("The contact is taken away."), "success")
    return redirect(url_for("accounts.show_addresses", code=code, _anchor="contacts"))


@accounts.screen("/<code>/delivery-days", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def change_delivery_days(principal: Principal, code: str) -> ResponseReturnValue:
    """Agree on delivery days."""
    days = [int(day) for day in request.form.getlist("day") if day in set("1234567")]
    service.change_delivery_days(principal, code, days)
    flash(gettext("The delivery days are saved."), "success")
    return redirect(url_for("accounts.show_addresses", code=code, _anchor="delivery"))


@accounts.screen("/<code>/documents", Permission.ACCOUNTS_VIEW)
def show_documents(principal: Principal, code: str) -> ResponseReturnValue:
    """List the documents."""
    return _documents(principal, code, DocumentForm())


@accounts.screen("/<code>/documents", Permission.ACCOUNTS_MANAGE, methods=["POST"], endpoint="add_document")
def add_document(principal: Principal, code: str) -> ResponseReturnValue:
    """Keep a file."""
    form = DocumentForm()
    content = uploaded_file() or b""
    if form.validate_on_submit() and content:
        document = service.Document(form.title.data, content, bool(form.is_shared.data))
        try:
            service.add_document(principal, code, document)
        except DocumentRefused as refused:
            form.file.errors = [refusal_text(refused)]
        else:
            flash(gettext("The document is kept."), "success")
            return redirect(url_for("accounts.show_documents", code=code))
    elif not content:
        form.file.errors = [gettext("Please choose a file.")]
    return _documents(principal, code, form), 422


@accounts.screen("/<code>/documents/<digest>", Permission.ACCOUNTS_VIEW)
def read_document(principal: Principal, code: str, digest: str) -> ResponseReturnValue:
    """Give a document to be saved, never to be shown inside the portal."""
    return served_document(get_document(principal, digest, code))


@accounts.screen("/<code>/documents/<digest>/remove", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def remove_document(principal: Principal, code: str, digest: str) -> ResponseReturnValue:
    """Take a document away."""
    try:
        service.remove_document(principal, code, digest)
        flash(gettext("The document is taken away."), "success")
    except DocumentInUse:
        rollback_at_edge()
        flash(gettext("The document stays: it is attached to a framework agreement."), "warning")
    return redirect(url_for("accounts.show_documents", code=code))


def read_address(form: AddressForm) -> service.Address:
    """Give what was typed, after validation."""
    values = {name: getattr(form, name).data or "" for name in ("name", "street", "postal_code", "city", "country")}
    return service.Address(**values, kind=AddressKind(form.kind.data), is_usual=bool(form.is_usual.data))


def _documents(principal: Principal, code: str, form: DocumentForm) -> str:
    account, documents = get_account(principal, code), list_documents(principal, code)
    return render_template("accounts/documents.html", account=account, documents=documents, form=form)


def refusal_text(refused: DocumentRefused) -> str:
    """Say in the reader's words why a file was not kept."""
    if refused.details["reason"] == "too-large":
        return str(gettext("The file is too large: at most 5 MB."))
    return str(gettext("This is neither a PDF nor a PNG or JPEG picture."))

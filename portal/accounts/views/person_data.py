"""What is kept about a person: its file, its erasure, and the record of what is processed at all."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.errors import LastAdministrator, RoleTooHigh
from portal.accounts.processing_record import processing_record
from portal.accounts.queries.person_requests import (
    find_export,
    find_own_export,
    get_export_content,
    get_own_export_content,
)
from portal.accounts.service import person_requests as service
from portal.accounts.service.people import person_of
from portal.web.request_context import client_address, current_request_id
from portal.web.screens import Screens, signed_in_principal
from tenants.authentication import SignedIn
from tenants.database import act_as, rollback_at_edge
from tenants.permissions import Permission
from tenants.principal import Principal

person_data = Screens("person_data", __name__, url_prefix="/organisation/people/<int:number>/data")
own_data = Screens("own_data", __name__, url_prefix="/your-account/data")
record_of_processing = Screens("record_of_processing", __name__, url_prefix="/organisation/processing-record")


@person_data.screen("", Permission.PEOPLE_MANAGE)
def show(principal: Principal, number: int) -> ResponseReturnValue:
    """Show what can be done about a person's data in the own organisation."""
    person = person_of(principal, number)
    return render_template("accounts/person_data.html", subject=person, export=find_export(principal, number))


@person_data.screen("/export", Permission.PEOPLE_MANAGE, methods=["POST"], fresh=True)
def ask_export(principal: Principal, number: int) -> ResponseReturnValue:
    """Have the file of a person's data made."""
    try:
        service.ask_export(principal, number)
    except RoleTooHigh:
        return _refused(gettext("You cannot change somebody who may do more than you."), number)
    return _being_made(url_for("person_data.show", number=number))


@person_data.screen("/export.json", Permission.PEOPLE_MANAGE)
def download(principal: Principal, number: int) -> ResponseReturnValue:
    """Send the file."""
    person_of(principal, number)
    return _file(get_export_content(principal, number))


@person_data.screen("/erase", Permission.PEOPLE_MANAGE, methods=["POST"], fresh=True)
def erase(principal: Principal, number: int) -> ResponseReturnValue:
    """Erase a person from the own organisation."""
    try:
        person = service.ask_erasure(principal, number)
    except LastAdministrator:
        return _refused(gettext("This is the last administrator; make somebody else one first."), number)
    except RoleTooHigh:
        return _refused(gettext("You cannot change somebody who may do more than you."), number)
    flash(gettext("%(name)s is being erased.", name=person.name or person.email), "success")
    return redirect(url_for("people.show"))


@own_data.personal("")
def show_own(person: SignedIn) -> ResponseReturnValue:
    """Show what can be done about one's own data."""
    export = find_own_export(person.user_id)
    rollback_at_edge()
    act_as(None)
    signed_in_principal(None)
    return render_template("accounts/own_data.html", person=person, export=export)


@own_data.personal("/export", methods=["POST"], fresh=True, changes_proofs=True)
def ask_own_export(person: SignedIn) -> ResponseReturnValue:
    """Have the file of one's own data made."""
    service.ask_own_export(person, address=client_address(), request_id=current_request_id())
    return _being_made(url_for("own_data.show_own"))


@own_data.personal("/export.json", changes_proofs=True)
def download_own(person: SignedIn) -> ResponseReturnValue:
    """Send the file."""
    return _file(get_own_export_content(person.user_id))


@own_data.personal("/erase", methods=["POST"], fresh=True, changes_proofs=True)
def erase_oneself(person: SignedIn) -> ResponseReturnValue:
    """Erase oneself; the account is closed at once."""
    try:
        service.ask_own_erasure(person, address=client_address(), request_id=current_request_id())
    except LastAdministrator as refusal:
        rollback_at_edge()
        flash(
            gettext("You are the last administrator of %(name)s; make somebody else one first.", name=str(refusal)),
            "error",
        )
        return redirect(url_for("own_data.show_own"))
    flash(gettext("Your account is closed; your data are being erased."), "success")
    return redirect(url_for("sign_in.show"))


@record_of_processing.screen("", Permission.ORGANISATION_VIEW)
def show_record(principal: Principal) -> ResponseReturnValue:  # noqa: ARG001 - the same for everybody
    """Show what the portal processes about people, why, how long, and who sees it."""
    return render_template("accounts/processing_record.html", parts=processing_record())


def _being_made(url: str) -> ResponseReturnValue:
    flash(gettext("The file is being made; it is ready in a moment."), "success")
    return redirect(url)


def _file(content: str) -> Response:
    answer = Response(content, mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="personal-data.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _refused(words: str, number: int) -> ResponseReturnValue:
    rollback_at_edge()
    flash(words, "error")
    return redirect(url_for("person_data.show", number=number))

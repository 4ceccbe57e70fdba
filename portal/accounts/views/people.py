"""The people of the own organisation, and one's own account."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.errors import AlreadyMember, LastAdministrator, RoleTooHigh, UnknownRole
from portal.accounts.forms import InviteForm, role_label, role_word_choices
from portal.accounts.queries.organisation import get_own_organisation
from portal.accounts.queries.people import list_invitations, list_people
from portal.accounts.queries.roles import OwnRoleRow, list_own_roles, read_role
from portal.accounts.service import people as service
from portal.accounts.service.invitations import InvitedInto, Invitee, invite, send_again, withdraw
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.errors import Refusal
from tenants.permissions import Permission
from tenants.principal import Principal

people = Screens("people", __name__, url_prefix="/organisation/people")


@people.screen("/", Permission.PEOPLE_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List the people of the own organisation."""
    return _page(principal)


@people.screen("/invitations", Permission.PEOPLE_MANAGE, methods=["POST"], fresh=True)
def invite_person(principal: Principal) -> ResponseReturnValue:
    """Invite a person into the own organisation."""
    form = InviteForm(principal, own=True)
    if form.validate_on_submit():
        role = read_role(principal, form.role.data)
        try:
            invite(principal, _into(principal), Invitee(form.email.data, form.name.data or "", role))
        except AlreadyMember:
            rollback_at_edge()
            form.email.errors = [gettext("This person works here already.")]
        except UnknownRole:
            rollback_at_edge()
            form = InviteForm(principal, own=True)
            form.role.errors = [gettext("Please choose a role.")]
        else:
            flash(gettext("The invitation to %(email)s is on its way.", email=form.email.data), "success")
            return redirect(url_for("people.show"))
    return _page(principal, form), 422


@people.screen("/invitations/<int:number>/send-again", Permission.PEOPLE_MANAGE, methods=["POST"], fresh=True)
def resend_invitation(principal: Principal, number: int) -> ResponseReturnValue:
    """Send an invitation again; the old link ends."""
    email = send_again(principal, _into(principal), number)
    flash(gettext("A new invitation to %(email)s is on its way; the old link has ended.", email=email), "success")
    return redirect(url_for("people.show"))


@people.screen("/invitations/<int:number>/withdraw", Permission.PEOPLE_MANAGE, methods=["POST"])
def withdraw_invitation(principal: Principal, number: int) -> ResponseReturnValue:
    """End an invitation."""
    email = withdraw(principal, principal.organisation_id, number)
    flash(gettext("The invitation to %(email)s is withdrawn.", email=email), "success")
    return redirect(url_for("people.show"))


@people.screen("/<int:number>/role", Permission.PEOPLE_MANAGE, methods=["POST"], fresh=True)
def change_role(principal: Principal, number: int) -> ResponseReturnValue:
    """Give a person another role."""
    wanted = request.form.get("role", "")
    try:
        role = read_role(principal, wanted)
        person = service.change_role(principal, number, role)
    except UnknownRole:
        flash(gettext("Please choose a role."), "error")
        return redirect(url_for("people.show"))
    except (LastAdministrator, RoleTooHigh) as refusal:
        return _refused(refusal)
    label = role.name if isinstance(role, OwnRoleRow) else role_label(role)
    flash(gettext("%(name)s now works as %(role)s.", name=person.name or person.email, role=label), "success")
    return redirect(url_for("people.show"))


@people.screen("/<int:number>/deactivate", Permission.PEOPLE_MANAGE, methods=["POST"], fresh=True)
def deactivate(principal: Principal, number: int) -> ResponseReturnValue:
    """Close the organisation to a person."""
    try:
        person = service.deactivate(principal, number)
    except (LastAdministrator, RoleTooHigh) as refusal:
        return _refused(refusal)
    flash(gettext("%(name)s no longer gets in here.", name=person.name or person.email), "success")
    return redirect(url_for("people.show"))


@people.screen("/<int:number>/reactivate", Permission.PEOPLE_MANAGE, methods=["POST"], fresh=True)
def reactivate(principal: Principal, number: int) -> ResponseReturnValue:
    """Open the organisation to a person again."""
    try:
        person = service.reactivate(principal, number)
    except RoleTooHigh as refusal:
        return _refused(refusal)
    flash(gettext("%(name)s gets in again.", name=person.name or person.email), "success")
    return redirect(url_for("people.show"))


def _page(principal: Principal, form: InviteForm | None = None) -> str:
    return render_template(
        "accounts/people.html",
        people=list_people(principal, principal.organisation_id),
        invitations=list_invitations(principal, principal.organisation_id),
        form=form or InviteForm(principal, own=True),
        roles=role_word_choices(principal),
        own_role_names={role.code: role.name for role in list_own_roles(principal)},
        role_label=role_label,
        may_manage=principal.may(Permission.PEOPLE_MANAGE),
    )


def _refused(refusal: Refusal) -> ResponseReturnValue:
    rollback_at_edge()
    flash(
        gettext("This is the last administrator; make somebody else one first.")
        if isinstance(refusal, LastAdministrator)
        else gettext("You cannot change somebody who may do more than you."),
        "error",
    )
    return redirect(url_for("people.show"))


def _into(principal: Principal) -> InvitedInto:
    own = get_own_organisation(principal)
    return InvitedInto(own.id, own.name, own.locale)

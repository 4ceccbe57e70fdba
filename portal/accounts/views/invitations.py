"""Coming aboard: the page behind the link of an invitation, in the brand of the one who invites."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, refresh

from portal.accounts.errors import InvitationEnded
from portal.accounts.forms import AcceptanceForm, CodeForm, KnownPersonForm, role_label
from portal.accounts.login import DOOR, keep_in_cookie
from portal.accounts.passwords import check_password_rules, verify_password
from portal.accounts.queries.brands import find_brand
from portal.accounts.queries.people import OpenInvitation, find_open_invitation
from portal.accounts.queries.second_factor import Factors, find_factors
from portal.accounts.queries.sign_in import Credentials, find_credentials
from portal.accounts.service.invitations import accept_as_known, accept_as_new
from portal.accounts.service.second_factor import begin_step
from portal.accounts.service.sessions import open_session, work_for
from portal.accounts.views.arriving import this_browser
from portal.accounts.views.second_step import STEP, code_page
from portal.web.problems import TooManyRequests
from portal.web.rate_limits import count, give_back, too_many, wait_text
from portal.web.request_context import client_address
from portal.web.screens import Screens, signed_in_person
from tenants.authentication import SignedIn

invitations = Screens("invitations", __name__)

FAILURES = ("10/15 minutes", "password at an invitation")


@invitations.public("/invitation", methods=["GET", "POST"])
def accept() -> ResponseReturnValue:
    """Accept an invitation: with a new name and password, or as somebody who is known."""
    token = request.values.get("token", "")
    person = signed_in_person()
    invitation = find_open_invitation(token)
    if invitation is None:
        return render_template("accounts/invitation_ended.html"), InvitationEnded.status
    g.brand = find_brand(invitation.brand_id)
    known = find_credentials(invitation.email)
    if known is None or not known.password_hash:
        return _as_new(token, invitation, known)
    # An identity provider speaks for its own organisation: it accepts no other's invitation.
    is_here = person is not None and person.user_id == known.user_id and person.provider_id is None
    here = person if is_here else None
    return _as_known(token, invitation, known, here)


def _as_new(token: str, invitation: OpenInvitation, known: Credentials | None) -> ResponseReturnValue:
    form = AcceptanceForm(name=invitation.name)
    if form.validate_on_submit():
        refusal = check_password_rules(
            form.password.data, invitation.email, form.name.data, invitation.organisation_name
        )
        if refusal is None:
            _, user_id = accept_as_new(token, form.name.data, form.password.data, address=client_address())
            return _enter(invitation, user_id, known.locale if known else "")
        form.password.errors = [*form.password.errors, refusal]
    return _page(form, token, invitation, "new")


def _as_known(token: str, invitation: OpenInvitation, known: Credentials, here: SignedIn | None) -> ResponseReturnValue:
    form = KnownPersonForm()
    if request.method == "POST" and here is not None:
        accept_as_known(token, known.user_id, address=client_address())
        # Nothing was proven now: the session goes on as old as it is, and as its last proof is.
        work_for(here, invitation.organisation_id)
        return _welcome(invitation)
    if here is None and form.validate_on_submit():
        tried = invitation.email, client_address()
        try:
            # Before it is tried: of many sent at once, ten are.
            count(*FAILURES, *tried)
        except TooManyRequests as refusal:
            form.password.errors = [wait_text(refusal)]
            return too_many(refusal, _page(form, token, invitation, "known"))
        if known.active and verify_password(known.password_hash, form.password.data):
            give_back(*FAILURES, *tried)
            accept_as_known(token, known.user_id, address=client_address())
            factors = find_factors(known.user_id)
            if factors.any:
                return _owe_second_step(invitation, known.user_id, factors)
            return _enter(invitation, known.user_id, known.locale)
        form.password.errors = [gettext("This is not your password.")]
    return _page(form, token, invitation, "known" if here is None else "here")


def _owe_second_step(invitation: OpenInvitation, user_id: int, factors: Factors) -> ResponseReturnValue:
    """The membership is accepted; the password alone opens no session of who has a second factor."""
    session[STEP] = begin_step(user_id, invitation.organisation_id)
    if g.brand:
        session[DOOR] = g.brand.slug
    return code_page(CodeForm(formdata=None), factors, 200)


def _enter(invitation: OpenInvitation, user_id: int, locale: str) -> ResponseReturnValue:
    """Whoever accepted by its password works in the new organisation, in a session of its own."""
    new = open_session(user_id, invitation.organisation_id, this_browser())
    keep_in_cookie(new, locale or invitation.organisation_locale)
    refresh()  # The next page speaks the person's language, and so does what is said there.
    return _welcome(invitation)


def _welcome(invitation: OpenInvitation) -> ResponseReturnValue:
    if g.brand:
        session[DOOR] = g.brand.slug
    flash(
        gettext("Welcome aboard at %(organisation)s: you can begin.", organisation=invitation.organisation_name),
        "success",
    )
    return redirect(url_for("home.show"))


def _page(
    form: AcceptanceForm | KnownPersonForm, token: str, invitation: OpenInvitation, way: str
) -> ResponseReturnValue:
    page = render_template(
        "accounts/invitation.html",
        form=form,
        token=token,
        invitation=invitation,
        role=invitation.own_role_name or role_label(invitation.role),
        way=way,
    )
    return page, 422 if form.is_submitted() and form.errors else 200

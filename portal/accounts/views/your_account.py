"""One's own account: where one is signed in, and the password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.audit_values import PROOF_WORDS
from portal.accounts.devices import device_words
from portal.accounts.forms import ChangePasswordForm
from portal.accounts.passwords import check_password_rules, verify_password
from portal.accounts.queries.passkeys import list_passkeys
from portal.accounts.queries.second_factor import find_factors
from portal.accounts.queries.sign_in import SessionRow, find_credentials, list_sessions
from portal.accounts.service import sessions
from portal.accounts.service.devices import forget_device_of, forget_devices
from portal.web.problems import TooManyRequests
from portal.web.rate_limits import count, give_back, too_many, wait_text
from portal.web.request_context import client_address
from portal.web.screens import Screens, signed_in_principal
from tenants.authentication import SignedIn
from tenants.database import act_as, rollback_at_edge
from tenants.errors import NotFound
from tenants.tokens import end_tokens_of

your_account = Screens("your_account", __name__, url_prefix="/your-account")

FAILURES = ("10/15 minutes", "old password")


@dataclass(frozen=True, slots=True)
class _ShownSession:
    id: int
    device: str
    organisation: str
    address: str
    proof: str
    created_at: datetime
    last_seen_at: datetime
    here: bool
    at_this_address: bool


@your_account.personal("/")
def show(person: SignedIn) -> ResponseReturnValue:
    """Show the own sessions and the form of a new password."""
    return _page(person, ChangePasswordForm())


@your_account.personal("/sessions/<int:number>/end", methods=["POST"])
def end_session(person: SignedIn, number: int) -> ResponseReturnValue:
    """End one of the own sessions; another person's is not found."""
    if not sessions.revoke_session(person, number):
        raise NotFound
    forget_device_of(person, number)
    flash(gettext("That session has ended."), "success")
    return redirect(url_for("your_account.show"))


@your_account.personal("/sessions/end-others", methods=["POST"])
def end_others(person: SignedIn) -> ResponseReturnValue:
    """End every session but this one."""
    sessions.revoke_other_sessions(person)
    if person.provider_id is None:
        forget_devices(person.user_id, but_of_session=person.session_id)
    flash(gettext("All other sessions have ended."), "success")
    return redirect(url_for("your_account.show"))


@your_account.personal("/password", methods=["POST"], changes_proofs=True)
def change_password(person: SignedIn) -> ResponseReturnValue:
    """Choose another password; all other sessions end, and what the person gave to programs."""
    form = ChangePasswordForm()
    try:
        may_change = form.validate_on_submit() and _may_change(person, form)
    except TooManyRequests as refusal:
        form.old_password.errors = [wait_text(refusal)]
        return too_many(refusal, _page(person, form))
    if may_change:
        sessions.set_password(person.user_id, form.password.data)
        sessions.revoke_other_sessions(person)
        end_tokens_of(person.user_id)
        sessions.note_password(person, client_address())
        flash(
            gettext("Your new password is set. All your other sessions have ended, and what you gave to programs."),
            "success",
        )
        return redirect(url_for("your_account.show"))
    return _page(person, form), 422


def _may_change(person: SignedIn, form: ChangePasswordForm) -> bool:
    # Before it is tried: of many sent at once, ten are.
    count(*FAILURES, person.email)
    known = find_credentials(person.email)
    if not verify_password(known.password_hash if known else None, form.old_password.data):
        form.old_password.errors = [gettext("This is not your password.")]
        return False
    give_back(*FAILURES, person.email)
    refusal = check_password_rules(form.password.data, person.email, person.name)
    if refusal:
        form.password.errors = [refusal]
    return refusal is None


def _page(person: SignedIn, form: ChangePasswordForm) -> str:
    rows = [_shown(row, person) for row in list_sessions(person.user_id, person.provider_id)]
    factors, passkeys = find_factors(person.user_id), list_passkeys(person.user_id)
    show_as_principal()
    return render_template(
        "accounts/your_account.html",
        person=person,
        sessions=rows,
        form=form,
        factors=factors,
        passkeys=passkeys,
        proofs=PROOF_WORDS,
    )


def _shown(row: SessionRow, person: SignedIn) -> _ShownSession:
    return _ShownSession(
        row.id,
        device_words(row.user_agent),
        row.organisation,
        row.address,
        row.proof,
        row.created_at,
        row.last_seen_at,
        row.id == person.session_id,
        row.address == client_address(),
    )


def show_as_principal() -> None:
    """Go on as the principal: what was read belongs to the person; the frame around it is shown to the principal, in a transaction of its own."""
    rollback_at_edge()
    act_as(None)
    signed_in_principal(None)

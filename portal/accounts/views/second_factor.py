"""One's own second factor: an authenticator app, recovery codes, and what to do where an organisation demands one."""

from __future__ import annotations

from typing import Final

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.forms import AuthenticatorForm
from portal.accounts.login import keep_in_cookie
from portal.accounts.one_time_codes import grouped, new_authenticator_secret, provisioning_uri, qr_picture
from portal.accounts.queries.second_factor import find_factors
from portal.accounts.sealing import SealBroken, seal, unseal
from portal.accounts.service import second_factor as service
from portal.accounts.service.second_step import renew_session
from portal.accounts.service.sessions import revoke_other_sessions
from portal.accounts.views.second_step import proven_by_factor
from portal.core.i18n import OWN_LANGUAGE_KEY
from portal.web.headers import safe_target
from portal.web.request_context import client_address
from portal.web.screens import Screens
from tenants.authentication import SignedIn
from tenants.errors import NotFound
from tenants.models import Proof

second_factor = Screens("second_factor", __name__, url_prefix="/your-account/second-factor")

ISSUER: Final = "Kontor"
_SECONDS_TO_SET_UP: Final = 1800


@second_factor.personal("/", before_second_factor=True)
def demand(person: SignedIn) -> ResponseReturnValue:
    """Say that the organisation demands a second factor, and lead to it."""
    target = safe_target(request.args.get("next"), url_for("home.show"))
    if not person.lacks_second_factor:
        return redirect(target)
    if person.provider_id is not None:
        return render_template("accounts/provider_proves_once.html", person=person, target=target)
    if find_factors(person.user_id).any:
        # It was set up in another browser: here a code is enough.
        return redirect(url_for("second_step.confirm", next=target))
    return render_template("accounts/second_factor_demanded.html", person=person, target=target)


@second_factor.personal(
    "/authenticator", methods=["GET", "POST"], fresh=True, before_second_factor=True, changes_proofs=True
)
@proven_by_factor
def set_up(person: SignedIn) -> ResponseReturnValue:
    """Set an authenticator app up: show the secret, keep it once a code of it was typed."""
    form = AuthenticatorForm(next=request.args.get("next"))
    secret = _offered_secret(person, form) or new_authenticator_secret()
    if form.validate_on_submit():
        counter = service.fits_new_app(secret, form.code.data)
        if counter is not None:
            return _keep(person, secret, counter, form.next.data)
        form.code.errors = [
            gettext("This is not the code that the app shows now. Does the clock of your device run right?")
        ]
    form.sealed.data = seal(f"{person.user_id}:{secret}").decode()
    page = render_template(
        "accounts/authenticator.html",
        form=form,
        picture=qr_picture(provisioning_uri(secret, person.email, ISSUER)),
        secret=grouped(secret),
    )
    return page, 422 if form.is_submitted() else 200


@second_factor.personal("/authenticator/remove", methods=["POST"], fresh=True, changes_proofs=True)
@proven_by_factor
def remove(person: SignedIn) -> ResponseReturnValue:
    """Take the authenticator app away."""
    if not service.remove_authenticator(person, address=client_address()):
        raise NotFound
    flash(gettext("The authenticator app counts no more."), "success")
    return redirect(url_for("your_account.show"))


@second_factor.personal("/recovery-codes", methods=["POST"], fresh=True, changes_proofs=True)
@proven_by_factor
def renew_codes(person: SignedIn) -> ResponseReturnValue:
    """Make new recovery codes; the old ones end."""
    if not find_factors(person.user_id).any:
        raise NotFound
    return codes_page(service.renew_recovery_codes(person, address=client_address()), url_for("your_account.show"))


def codes_page(codes: list[str], target: str) -> str:
    """Show recovery codes, this once."""
    return render_template("accounts/recovery_codes.html", codes=codes, target=target)


def enter_with_factor(person: SignedIn, proof: Proof) -> None:
    """A factor was set up: this session has two proofs now, all others end."""
    revoke_other_sessions(person)
    keep_in_cookie(renew_session(person, proof), session.get(OWN_LANGUAGE_KEY, ""))


def _keep(person: SignedIn, secret: str, counter: int, wanted: str | None) -> ResponseReturnValue:
    codes = service.set_up_authenticator(person, secret, counter, address=client_address())
    enter_with_factor(person, Proof.CODE)
    target = safe_target(wanted, url_for("your_account.show"))
    flash(gettext("The authenticator app is set up. All your other sessions have ended."), "success")
    return codes_page(codes, target) if codes else redirect(target)


def _offered_secret(person: SignedIn, form: AuthenticatorForm) -> str | None:
    """Give the secret that this person was shown within the last half hour."""
    try:
        owner, _, secret = unseal((form.sealed.data or "").encode(), within_seconds=_SECONDS_TO_SET_UP).partition(":")
    except SealBroken:
        return None
    return secret if owner == str(person.user_id) else None

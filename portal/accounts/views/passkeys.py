"""Passkeys: signing in with one, proving by one, and one's own. Browsers need JavaScript for them; all else works without."""

from __future__ import annotations

from typing import Final

from flask import Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.devices import device_words
from portal.accounts.login import DOOR
from portal.accounts.models import ChallengePurpose
from portal.accounts.queries.second_factor import find_factors, find_step
from portal.accounts.service import passkeys as service
from portal.accounts.views.arriving import arrive, this_browser
from portal.accounts.views.second_factor import codes_page, enter_with_factor
from portal.accounts.views.second_step import FAILURES, STEP, go_on, proven_by_factor
from portal.web.headers import safe_target
from portal.web.rate_limits import count, forget, limited
from portal.web.request_context import client_address
from portal.web.screens import Screens, signed_in_person
from tenants.authentication import SignedIn
from tenants.errors import NotFound
from tenants.models import Proof

passkeys = Screens("passkeys", __name__)

CHALLENGE: Final = "challenge"
"""What the cookie holds while the device makes its answer."""
CHALLENGES: Final = "60/minute"


@passkeys.public("/sign-in/passkey/challenge", methods=["POST"])
@limited(CHALLENGES)
def sign_in_challenge() -> ResponseReturnValue:
    """Give the challenge for signing in: for any passkey, or after the password for one of that person's."""
    step = find_step(session.get(STEP, ""))
    user_id = step.user_id if step else None
    challenge = _begin(ChallengePurpose.SIGN_IN, user_id)
    return _json(service.options_to_use(challenge, user_id))


@passkeys.public("/sign-in/passkey", methods=["POST"])
@limited(CHALLENGES)
def sign_in() -> ResponseReturnValue:
    """Sign in with a passkey, alone or after the password."""
    signed_in_person()  # Looked up before anything is read for signing in, where it could not be any more.
    challenge, answer, browser = session.pop(CHALLENGE, ""), request.form.get("answer", ""), this_browser()
    step = session.get(STEP, "")
    if find_step(step) is not None:
        opened = service.finish_step_by_passkey(step, challenge, answer, browser)
    else:
        opened = service.sign_in_by_passkey(challenge, answer, browser, session.get(DOOR))
    target = request.form.get("next")
    if opened is None:
        flash(gettext("This passkey does not let you in here. Please try again or use your password."), "error")
        endpoint = "second_step.code" if find_step(step) else "sign_in.show"
        return redirect(url_for(endpoint, next=safe_target(target, "") or None))
    session.pop(STEP, None)
    return arrive(opened, target, request.form.get("kept"))


@passkeys.personal("/confirm/passkey/challenge", methods=["POST"], before_second_factor=True, changes_proofs=True)
def confirm_challenge(person: SignedIn) -> ResponseReturnValue:
    """Give the challenge for proving again who it is."""
    return _json(service.options_to_use(_begin(ChallengePurpose.CONFIRM, person.user_id), person.user_id))


@passkeys.personal("/confirm/passkey", methods=["POST"], before_second_factor=True, changes_proofs=True)
def confirm(person: SignedIn) -> ResponseReturnValue:
    """Prove again who it is by a passkey."""
    count(*FAILURES, str(person.session_id))
    challenge, answer = session.pop(CHALLENGE, ""), request.form.get("answer", "")
    token = service.confirm_by_passkey(person, challenge, answer, address=client_address())
    target = request.form.get("next")
    if token is None:
        flash(gettext("This passkey does not prove that it is you. Please try again."), "error")
        return redirect(url_for("second_step.confirm", next=safe_target(target, "") or None))
    forget(*FAILURES, str(person.session_id))
    return go_on(token, target, request.form.get("kept"))


@passkeys.personal("/your-account/passkeys/new", fresh=True, before_second_factor=True, changes_proofs=True)
@proven_by_factor
def new(_person: SignedIn) -> ResponseReturnValue:
    """Ask for the name of a passkey, and for the passkey."""
    device = device_words(request.headers.get("User-Agent", ""))
    target = safe_target(request.args.get("next"), "")
    return render_template("accounts/new_passkey.html", device=device, target=target)


@passkeys.personal(
    "/your-account/passkeys/challenge", methods=["POST"], fresh=True, before_second_factor=True, changes_proofs=True
)
@proven_by_factor
def making_challenge(person: SignedIn) -> ResponseReturnValue:
    """Give the challenge for making a passkey."""
    return _json(service.options_to_make(person, _begin(ChallengePurpose.MAKE, person.user_id)))


@passkeys.personal(
    "/your-account/passkeys", methods=["POST"], fresh=True, before_second_factor=True, changes_proofs=True
)
@proven_by_factor
def add(person: SignedIn) -> ResponseReturnValue:
    """Keep a passkey that this device made; with the first factor all other sessions end."""
    is_first = not find_factors(person.user_id).any
    name = " ".join(request.form.get("name", "").split())[: service.LONGEST_NAME]
    codes = service.add_passkey(
        person,
        session.pop(CHALLENGE, ""),
        request.form.get("answer", ""),
        name or device_words(request.headers.get("User-Agent", "")),
        address=client_address(),
    )
    if codes is None:
        flash(gettext("The passkey could not be kept. Please try again."), "error")
        return redirect(url_for("your_account.show"))
    target = safe_target(request.form.get("next"), url_for("your_account.show"))
    if is_first:
        enter_with_factor(person, Proof.PASSKEY)
        flash(gettext("The passkey is set up. All your other sessions have ended."), "success")
    else:
        flash(gettext("The passkey is set up."), "success")
    return codes_page(codes, target) if codes else redirect(target)


@passkeys.personal("/your-account/passkeys/<int:number>/remove", methods=["POST"], fresh=True, changes_proofs=True)
@proven_by_factor
def remove(person: SignedIn, number: int) -> ResponseReturnValue:
    """Take one of the own passkeys away; another person's is not found."""
    if not service.remove_passkey(person, number, address=client_address()):
        raise NotFound
    flash(gettext("The passkey counts no more. You may delete it on the device, too."), "success")
    return redirect(url_for("your_account.show"))


def _begin(purpose: ChallengePurpose, user_id: int | None) -> str:
    challenge = session[CHALLENGE] = service.begin(purpose, user_id)
    return challenge


def _json(options: str) -> Response:
    return Response(options, mimetype="application/json")

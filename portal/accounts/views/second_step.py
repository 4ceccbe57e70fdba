"""The second proof at signing in, and the proof again before a dangerous act."""

from __future__ import annotations

import functools
from typing import Any, Final

from flask import flash, g, redirect, render_template, request, session, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.accounts.forms import CodeForm, PasswordAgainForm
from portal.accounts.guessing import count_code_attempt, forgive
from portal.accounts.kept_forms import keep_form, read_kept, sign_form
from portal.accounts.login import DOOR, keep_in_cookie
from portal.accounts.queries.brands import find_public_brand
from portal.accounts.queries.second_factor import Factors, StepRow, find_factors, find_step
from portal.accounts.service import second_step as service
from portal.accounts.views.arriving import arrive, this_browser
from portal.core.i18n import OWN_LANGUAGE_KEY
from portal.web.headers import safe_target
from portal.web.problems import TooManyRequests
from portal.web.rate_limits import count, forget, too_many, wait_text
from portal.web.request_context import client_address
from portal.web.screens import Screens, View, signed_in_person, to_confirmation
from tenants.authentication import SignedIn
from tenants.database import rollback_at_edge
from tenants.models import Proof

second_step = Screens("second_step", __name__)

STEP: Final = "step"
"""What the cookie holds between password and second proof."""
FAILURES: Final = ("5/15 minutes", "proof again in a session")


@second_step.public("/sign-in/code", methods=["GET", "POST"])
def code() -> ResponseReturnValue:
    """Ask who gave the right password for a code."""
    signed_in_person()  # Looked up before anything is read for signing in, where it could not be any more.
    token = session.get(STEP, "")
    step = find_step(token)
    if step is None:
        return _again(request.values.get("next"))
    g.brand = _door()
    form = CodeForm(next=request.args.get("next"))
    if form.validate_on_submit():
        return _try(form, token, step)
    return code_page(form, find_factors(step.user_id), 422 if form.is_submitted() else 200)


def code_page(form: CodeForm, factors: Factors, status: int) -> tuple[str, int]:
    """Give the page that asks for the code; it carries along where to go on."""
    return render_template("accounts/code.html", form=form, factors=factors), status


@second_step.personal("/confirm", methods=["GET", "POST"], before_second_factor=True)
def confirm(person: SignedIn) -> ResponseReturnValue:
    """Let the person prove again who it is."""
    g.brand = _door()
    if person.provider_id is not None:
        return _by_provider(CodeForm(formdata=None, next=request.args.get("next")))
    factors = find_factors(person.user_id)
    form = _confirmation(factors)
    if not form.validate_on_submit():
        return _confirm_page(form, factors, 422 if form.is_submitted() else 200)
    try:
        # Before it is tried: of many sent at once, five are.
        count(*FAILURES, str(person.session_id))
    except TooManyRequests as refusal:
        form.form_errors.append(wait_text(refusal))
        return too_many(refusal, _confirm_page(form, factors, 429))
    token = _confirmed(person, form)
    if token is None:
        return _confirm_page(form, factors, 422)
    forget(*FAILURES, str(person.session_id))
    return go_on(token, form.next.data, form.kept.data)


def go_on(token: str, target: str | None, kept_form: str | None) -> ResponseReturnValue:
    """After the proof: the session's new token, then the form that was kept or the page that was asked for."""
    keep_in_cookie(token, session.get(OWN_LANGUAGE_KEY, ""))
    kept = read_kept(kept_form)
    if kept is not None:
        return render_template("accounts/kept_form.html", kept=kept, confirmed=True)
    return redirect(safe_target(target, url_for("your_account.show")))


def proven_by_factor(view: View) -> View:
    """Ask whoever has a second factor to prove it before a view that changes factors: the password alone replaces none."""

    @functools.wraps(view)
    def run(person: SignedIn, **arguments: Any) -> ResponseReturnValue:
        if person.proof is Proof.PASSWORD and find_factors(person.user_id).any:
            return to_confirmation()
        return view(person, **arguments)

    return run


def keep_for_confirmation() -> ResponseReturnValue:
    """Ask for the proof with the form that was sent, so that nothing typed is lost."""
    person = signed_in_person()
    assert person is not None  # noqa: S101 - a screen has just looked
    g.brand = _door()
    factors = find_factors(person.user_id)
    form = _confirmation(factors, empty=True)
    form.kept.data = sign_form()
    page = _by_provider(form, 401) if person.provider_id is not None else _confirm_page(form, factors, 401)
    rollback_at_edge()
    return page


@second_step.record
def keep_forms(state: BlueprintSetupState) -> None:
    """Tell the edge how a form is kept over a sign-in and over a proof."""
    state.app.extensions["keep_form"] = keep_form
    state.app.extensions["keep_for_confirmation"] = keep_for_confirmation


def _try(form: CodeForm, token: str, step: StepRow) -> ResponseReturnValue:
    browser = this_browser()
    try:
        counted = count_code_attempt(step.user_id, step.email, browser)
    except TooManyRequests as refusal:
        form.form_errors.append(wait_text(refusal))
        return too_many(refusal, code_page(form, find_factors(step.user_id), 429))
    outcome = service.finish_step(token, form.code.data, browser)
    if isinstance(outcome, service.CodeRefused):
        if outcome.ended:
            return _again(form.next.data)
        form.code.errors = [_wrong_code()]
        return code_page(form, find_factors(step.user_id), 401)
    forgive(counted)
    session.pop(STEP, None)
    answer = arrive(outcome, form.next.data, form.kept.data)
    if outcome.proof is Proof.RECOVERY_CODE:
        _say_how_many_are_left(step.user_id)
    return answer


def _again(target: str | None) -> ResponseReturnValue:
    if session.pop(STEP, None):
        flash(gettext("Please sign in again: the time or the attempts for the code are used up."), "warning")
    return redirect(url_for("sign_in.show", next=safe_target(target, "") or None))


def _confirmation(factors: Factors, *, empty: bool = False) -> CodeForm | PasswordAgainForm:
    kind = CodeForm if factors.any else PasswordAgainForm
    return kind(formdata=None) if empty else kind(next=request.args.get("next"))


def _confirmed(person: SignedIn, form: CodeForm | PasswordAgainForm) -> str | None:
    address = client_address()
    if isinstance(form, CodeForm):
        token = service.confirm_by_code(person, form.code.data, address=address)
        if token is None:
            form.code.errors = [_wrong_code()]
        return token
    token = service.confirm_by_password(person, form.password.data, address=address)
    if token is None:
        form.password.errors = [gettext("This is not your password.")]
    return token


def _confirm_page(form: CodeForm | PasswordAgainForm, factors: Factors, status: int) -> tuple[str, int]:
    page = render_template("accounts/confirm.html", form=form, factors=factors, by_code=isinstance(form, CodeForm))
    return page, status


def _by_provider(form: CodeForm | PasswordAgainForm, status: int = 200) -> tuple[str, int]:
    """Who came by an identity provider proves it again there."""
    return render_template("accounts/confirm_by_provider.html", form=form), status


def _wrong_code() -> str:
    return str(
        gettext("This code does not count: codes change every 30 seconds, and each works once. Please try the next.")
    )


def _say_how_many_are_left(user_id: int) -> None:
    left = find_factors(user_id).recovery_codes
    flash(
        ngettext(
            "You used a recovery code; %(num)s is left. Your account makes new ones.",
            "You used a recovery code; %(num)s are left. Your account makes new ones.",
            left,
        ),
        "warning",
    )


def _door() -> object:
    slug = session.get(DOOR)
    return find_public_brand(slug) if slug else None

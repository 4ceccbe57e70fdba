"""Signing in and out, switching the organisation, choosing language and theme."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, current_app, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import guessing
from portal.accounts.forms import CodeForm, SignInForm
from portal.accounts.login import DOOR, forget_cookie
from portal.accounts.queries.brands import find_public_brand
from portal.accounts.queries.sign_in import find_credentials
from portal.accounts.service import sessions
from portal.accounts.service.acting import end_acting
from portal.accounts.views.arriving import arrive, this_browser
from portal.accounts.views.second_step import STEP, code_page
from portal.core.i18n import LANGUAGE_KEY, LOCALES
from portal.web.headers import safe_target
from portal.web.home import home_endpoint
from portal.web.problems import TooManyRequests
from portal.web.rate_limits import too_many, wait_text
from portal.web.request_context import client_address, current_request_id
from portal.web.screens import Screens, signed_in_person
from portal.web.shell import THEME_COOKIE, THEMES
from tenants.authentication import SignedIn
from tenants.errors import NotFound

sign_in = Screens("sign_in", __name__)

_THEME_SECONDS = 365 * 24 * 3600


@sign_in.public("/sign-in", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Sign in, at the door that was used last."""
    return _sign_in_page(session.get(DOOR), required=False)


@sign_in.public("/w/<slug>/", methods=["GET", "POST"])
def branded(slug: str) -> ResponseReturnValue:
    """Sign in at a seller's own page, which bears its name, logo and colour."""
    return _sign_in_page(slug, required=True)


@sign_in.public("/sign-out", methods=["POST"])
def leave() -> ResponseReturnValue:
    """End the session of this browser."""
    person = signed_in_person()
    forget_cookie()
    if person is None:
        return redirect(url_for("sign_in.show"))
    end_acting(person, address=client_address(), request_id=current_request_id())
    sessions.sign_out(person)
    if person.provider_id is not None and person.current is not None:
        return redirect(url_for("single_sign_on.left", slug=person.current.slug))
    return redirect(url_for("sign_in.show"))


@sign_in.personal("/switch", methods=["POST"], before_second_factor=True, while_acting=True)
def switch(person: SignedIn) -> ResponseReturnValue:
    """Work for another of the own organisations, or in another capacity of the same."""
    slug, _, wanted = request.form.get("choice", "").partition(":")
    for place in person.memberships:
        for capacity in place.capacities:
            if place.slug == slug and capacity.value == wanted:
                end_acting(person, address=client_address(), request_id=current_request_id())
                sessions.work_for(person, place.organisation_id)
                return redirect(url_for(home_endpoint(capacity)))
    raise NotFound


@sign_in.public("/language", methods=["POST"])
def language() -> ResponseReturnValue:
    """Keep the language for this browser and, when somebody is signed in, for the person."""
    chosen = request.form.get("language", "")
    if chosen in LOCALES:
        session[LANGUAGE_KEY] = chosen
        person = signed_in_person()
        if person is not None:
            sessions.choose_language(person, chosen)
    return redirect(_back())


@sign_in.public("/theme", methods=["POST"])
def theme() -> ResponseReturnValue:
    """Keep the theme for this browser; anything else than light and dark follows the device again."""
    response: Response = make_response(redirect(_back()))
    chosen = request.form.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=_THEME_SECONDS, samesite="Lax", httponly=True, secure=request.is_secure
        )
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


def _back() -> str:
    return safe_target(request.form.get("next"), url_for("home.show"))


def _sign_in_page(slug: str | None, *, required: bool) -> ResponseReturnValue:
    person = signed_in_person()
    if person is not None and person.current is not None:
        return redirect(safe_target(request.values.get("next"), url_for("home.show")))
    g.brand = find_public_brand(slug) if slug else None
    if required and g.brand is None:
        raise NotFound
    door = g.brand.slug if g.brand else None
    form = SignInForm(next=request.args.get("next"))
    if form.validate_on_submit():
        return _try(form, door)
    return _form_page(form, 422 if form.is_submitted() else 200)


def _try(form: SignInForm, door: str | None) -> ResponseReturnValue:
    email, browser = form.email.data.lower(), this_browser()
    known = find_credentials(email)
    user_id = known.user_id if known else 0
    try:
        counted = guessing.count_password_attempt(user_id, email, browser)
    except TooManyRequests as refusal:
        at_once = gettext("With a new password by mail, this browser is let in at once.")
        form.form_errors.append(f"{wait_text(refusal)} {at_once}")
        return too_many(refusal, _form_page(form, 429))
    outcome = sessions.sign_in(sessions.SignIn(email, form.password.data, browser, door))
    if outcome is None:
        form.form_errors.append(gettext("E-mail address and password do not belong together. Please check both."))
        return _form_page(form, 401)
    guessing.forgive(counted)
    guessing.forget_failures(email, browser)
    if door:
        session[DOOR] = door
    if isinstance(outcome, sessions.SecondStepDue):
        session[STEP] = outcome.token
        code_form = CodeForm(formdata=None, next=form.next.data, kept=form.kept.data)
        return code_page(code_form, outcome.factors, 200)
    return arrive(outcome, form.next.data, form.kept.data)


def _form_page(form: SignInForm, status: int) -> tuple[str, int]:
    forgotten = url_for("forgotten_password.ask", slug=g.brand.slug) if g.brand else url_for("forgotten_password.ask")
    offers: Callable[[str], bool] = current_app.extensions["offers_single_sign_on"]
    own_provider = g.brand is not None and offers(g.brand.slug)
    page = render_template(
        "accounts/sign_in.html", form=form, forgotten_url=forgotten, door=g.brand, own_provider=own_provider
    )
    return page, status

"""A forgotten password: asking for the link, and choosing a new password with it."""

from __future__ import annotations

from typing import Final

from flask import flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.forms import ForgottenPasswordForm, NewPasswordForm
from portal.accounts.login import DOOR
from portal.accounts.passwords import check_password_rules
from portal.accounts.queries.brands import find_public_brand
from portal.accounts.queries.sign_in import find_reset
from portal.accounts.service.password_reset import request_password_reset, reset_password
from portal.accounts.views.arriving import this_browser
from portal.core.i18n import LANGUAGE_KEY
from portal.web.rate_limits import count
from portal.web.request_context import client_address
from portal.web.screens import Screens

forgotten_password = Screens("forgotten_password", __name__)

BY_ADDRESS: Final = ("20/hour", "password reset from an address")
OF_ACCOUNT: Final = ("5/hour", "password reset of an account from an address")


@forgotten_password.public("/forgotten-password", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """Ask for a link; the answer is the same for every address."""
    slug = request.args.get("slug") or session.get(DOOR)
    g.brand = find_public_brand(slug) if slug else None
    form = ForgottenPasswordForm()
    if not form.validate_on_submit():
        return _asking(form), 422 if form.is_submitted() else 200
    email = form.email.data.lower()
    count(*BY_ADDRESS, client_address())
    count(*OF_ACCOUNT, email, client_address())
    request_password_reset(email, locale=session.get(LANGUAGE_KEY, ""), slug=g.brand.slug if g.brand else None)
    return render_template("accounts/link_sent.html", email=form.email.data, back_url=_sign_in_url())


@forgotten_password.public("/reset-password", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    """Choose a new password with a link that was sent within the hour."""
    slug = session.get(DOOR)
    g.brand = find_public_brand(slug) if slug else None
    token = request.values.get("token", "")
    found = find_reset(token)
    if found is None:
        return _link_ended()
    form = NewPasswordForm()
    if form.validate_on_submit() and _rules_hold(form, found.email, found.name):
        if reset_password(token, form.password.data, this_browser()) is None:
            return _link_ended()
        flash(
            gettext("Your new password is set. All your other sessions have ended, and what you gave to programs."),
            "success",
        )
        return redirect(_sign_in_url())
    page = render_template("accounts/new_password.html", form=form, token=token, email=found.email)
    return page, 422 if form.is_submitted() else 200


def _link_ended() -> tuple[str, int]:
    return render_template("accounts/link_ended.html", again_url=url_for("forgotten_password.ask")), 410


def _rules_hold(form: NewPasswordForm, *known: str) -> bool:
    refusal = check_password_rules(form.password.data, *known)
    if refusal:
        form.password.errors = [*form.password.errors, refusal]
    return refusal is None


def _asking(form: ForgottenPasswordForm) -> str:
    return render_template("accounts/forgotten_password.html", form=form, back_url=_sign_in_url())


def _sign_in_url() -> str:
    return url_for("sign_in.branded", slug=g.brand.slug) if g.brand else url_for("sign_in.show")

"""What the signed-in person gave to programs: those it allowed, and tokens of its own."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.views.your_account import show_as_principal
from portal.oauth.errors import TooManyPrograms
from portal.oauth.forms import PersonalTokenForm
from portal.oauth.queries.tokens import OwnAccess, list_own_grants, list_own_tokens
from portal.oauth.rules import givable_scopes
from portal.oauth.service.grants import end_own_grant
from portal.oauth.service.personal_tokens import end_own_token, make_personal_token
from portal.oauth.words import SHORT_SCOPE_WORDS
from portal.web.request_context import client_address
from portal.web.screens import Screens
from tenants.authentication import SignedIn
from tenants.errors import NotFound
from tenants.permissions import Scope

own_programs = Screens("own_programs", __name__, url_prefix="/your-account/programs")


@own_programs.personal("/")
def show(person: SignedIn) -> ResponseReturnValue:
    """Show what programs may act for the person, and its tokens."""
    return _page(person, PersonalTokenForm(formdata=None))


@own_programs.personal("/grants/<int:number>/end", methods=["POST"])
def end_grant(person: SignedIn, number: int) -> ResponseReturnValue:
    """Let a program no longer act for the person; another person's is not found."""
    grant = _one(list_own_grants(person), number)
    end_own_grant(person, grant, address=client_address())
    flash(gettext("%(name)s no longer acts for you.", name=grant.name), "success")
    return _back()


@own_programs.personal("/tokens", methods=["POST"], fresh=True)
def make_token(person: SignedIn) -> ResponseReturnValue:
    """Make a token for where the person works now and show it, this once."""
    form = PersonalTokenForm()
    form.offer(_offered(person))
    place = person.current
    if place is None or not form.validate_on_submit():
        return _page(person, form), 422
    try:
        token = make_personal_token(
            person, place, form.name.data, form.chosen(), form.lifetime(), address=client_address()
        )
    except TooManyPrograms:
        flash(gettext("You have too many tokens. Please end one first."), "error")
        return _page(person, form), 409
    return render_template("oauth/new_token.html", name=form.name.data, token=token)


@own_programs.personal("/tokens/<int:number>/end", methods=["POST"])
def end_token(person: SignedIn, number: int) -> ResponseReturnValue:
    """End one of the own tokens; another person's is not found."""
    token = _one(list_own_tokens(person), number)
    end_own_token(person, token, address=client_address())
    flash(gettext("The token %(name)s has ended.", name=token.name), "success")
    return _back()


def _one(rows: list[OwnAccess], number: int) -> OwnAccess:
    found = next((row for row in rows if row.id == number), None)
    if found is None:
        raise NotFound
    return found


def _offered(person: SignedIn) -> tuple[Scope, ...]:
    place = person.current
    return () if place is None else givable_scopes(Scope, place.permissions, place.kind, has_seller=place.has_seller)


def _page(person: SignedIn, form: PersonalTokenForm) -> str:
    form.offer(_offered(person))
    grants, tokens = list_own_grants(person), list_own_tokens(person)
    show_as_principal()
    return render_template(
        "oauth/own_programs.html", person=person, grants=grants, tokens=tokens, form=form, scope_words=SHORT_SCOPE_WORDS
    )


def _back() -> ResponseReturnValue:
    return redirect(url_for("own_programs.show"))

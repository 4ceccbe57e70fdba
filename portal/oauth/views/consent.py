"""The consent screen: a person decides what a program of its organisation may do for it."""

from __future__ import annotations

from typing import Final

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.base import OAuth2Error
from flask import Response, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.queries.brands import find_public_brand
from portal.oauth.rules import origin_of
from portal.oauth.server import Client, find_client, scopes_to_give
from portal.oauth.service.grants import refuse_grant
from portal.oauth.views.endpoints import issuer, server
from portal.oauth.words import SCOPE_WORDS
from portal.web.headers import allow_in_policy
from portal.web.rate_limits import count
from portal.web.request_context import CONSENT_PATH, client_address
from portal.web.screens import Screens, to_confirmation
from tenants.authentication import SignedIn
from tenants.permissions import Scope

consent = Screens("consent", __name__)

_PARAMETERS: Final = (
    *("response_type", "client_id", "redirect_uri", "scope", "state"),
    *("code_challenge", "code_challenge_method"),
)
_LONGEST: Final = 2000
_ADMINISTRATION: Final = {Scope.BUYING_ADMIN, Scope.SELLING_ADMIN, Scope.BRAND_ADMIN}
_LIMIT: Final = ("30/minute", "consents")


@consent.personal(CONSENT_PATH)
def ask(person: SignedIn) -> ResponseReturnValue:
    """Show which program asks for what, and where it sends the person then."""
    client = _own_client(person)
    if client is None:
        return _unknown(person)
    try:
        server.get_consent_grant(end_user=person)
    except OAuth2Error as error:
        return _refused(person, error)
    scopes = scopes_to_give(person, client, request.values.get("scope"))
    if _ADMINISTRATION & set(scopes) and not person.is_fresh:
        return to_confirmation()
    wanted = client.get_allowed_scope(request.values.get("scope")).split()
    _wear_brand(person)
    # The browser checks where a form leads to, also after it was redirected.
    allow_in_policy("form-action", origin_of(request.values["redirect_uri"]))
    return render_template(
        "oauth/consent.html",
        person=person,
        client=client.row,
        scopes=[SCOPE_WORDS[scope] for scope in scopes],
        left_out=[SCOPE_WORDS[Scope(scope)] for scope in wanted if Scope(scope) not in scopes],
        origin=origin_of(request.values["redirect_uri"]),
        sent={name: request.values[name] for name in _PARAMETERS if name in request.values},
    )


@consent.personal(CONSENT_PATH, methods=["POST"])
def decide(person: SignedIn) -> ResponseReturnValue:
    """Send the person back with a code, or with its refusal."""
    client = _own_client(person)
    if client is None:
        return _unknown(person)
    count(*_LIMIT, str(person.user_id))
    is_allowed = request.form.get("decision") == "allow"
    try:
        grant = server.get_consent_grant(end_user=person)
    except OAuth2Error as error:
        return _refused(person, error)
    scopes = scopes_to_give(person, client, request.form.get("scope"))
    if is_allowed and _ADMINISTRATION & set(scopes) and not person.is_fresh:
        return to_confirmation()
    if not is_allowed:
        refuse_grant(person, client.row, address=client_address())
    answer: Response = server.create_authorization_response(grant=grant, grant_user=person if is_allowed else None)
    return _sent_back(answer.headers["Location"])


def _own_client(person: SignedIn) -> Client | None:
    """Give the program that asks, if it belongs to where the person works; what is sent must be plain."""
    for name in _PARAMETERS:
        sent = request.values.getlist(name)
        if len(sent) > 1 or not all(_is_plain(value, name) for value in sent):
            return None
    client = find_client(request.values.get("client_id", ""))
    if client is None or person.current is None or client.row.organisation_id != person.current.organisation_id:
        return None
    return client


def _is_plain(value: str, name: str) -> bool:
    """Only the program's own state may hold what an error's description may not."""
    is_safe = name == "state" or not set(value) & {'"', "\\"}
    return len(value) <= _LONGEST and value.isascii() and value.isprintable() and is_safe


def _refused(person: SignedIn, error: OAuth2Error) -> ResponseReturnValue:
    """The program hears of it where it surely belongs to the address; otherwise the person alone does."""
    if not error.redirect_uri:
        return _unknown(person)
    _, _, headers = error()
    return _sent_back(dict(headers)["Location"])


def _sent_back(location: str) -> ResponseReturnValue:
    """With the server's name, by which a program that works with several tells them apart (RFC 9207)."""
    return redirect(add_params_to_uri(location, [("iss", issuer())]), 303)


def _unknown(person: SignedIn) -> ResponseReturnValue:
    _wear_brand(person)
    return render_template("oauth/unknown.html", person=person), 400


def _wear_brand(person: SignedIn) -> None:
    g.brand = find_public_brand(person.current.slug) if person.current else None

"""To the provider of an organisation and back: signing in, proving again who it is, leaving."""

from __future__ import annotations

import hmac
from typing import Final

import structlog
from flask import g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.login import DOOR
from portal.accounts.queries.brands import find_public_brand
from portal.accounts.sealing import SealBroken, unseal
from portal.accounts.service.sessions import sign_out
from portal.accounts.views.arriving import arrive, this_browser
from portal.accounts.views.second_step import go_on
from portal.identity.errors import Cause, ProviderFailed, SignInRefused
from portal.identity.forms import WorkAddressForm
from portal.identity.provider_client import (
    Connection,
    Secrets,
    authorization_address,
    discover,
    end_session_address,
    redeem,
)
from portal.identity.queries.sign_in import (
    OpenProvider,
    RequestRow,
    find_open_provider,
    find_provider_of,
    find_provider_of_address,
)
from portal.identity.service.signing_in import (
    GoingOut,
    begin_request,
    enter,
    note_refusal,
    prove_again,
    take_request,
)
from portal.identity.views.refusals import refusal_page
from portal.web.headers import public_link, safe_target
from portal.web.rate_limits import limited
from portal.web.request_context import client_address
from portal.web.screens import Screens, signed_in_person
from tenants.authentication import SignedIn
from tenants.database import database_now
from tenants.errors import NotFound

single_sign_on = Screens("single_sign_on", __name__)

STATE: Final = "single_sign_on"
"""What the cookie holds while the person is at the provider: an answer for another browser is none."""
_LIMIT: Final = "60/minute"
_logger = structlog.get_logger(__name__)


@single_sign_on.public("/sign-in/organisation", methods=["GET", "POST"])
@limited(_LIMIT)
def find() -> ResponseReturnValue:
    """Find the organisation whose provider knows an address, by the address's domain."""
    signed_in_person()  # Looked up before anything is read for signing in, where it could not be any more.
    form = WorkAddressForm(next=request.args.get("next"))
    slug = session.get(DOOR)
    g.brand = find_public_brand(slug) if slug else None
    if form.validate_on_submit():
        provider = find_provider_of_address(form.email.data)
        if provider is not None:
            return _send(provider, GoingOut(_target(form.next.data)), by_link=True)
        form.email.errors = [gettext("No organisation signs in addresses of that domain. Please use your password.")]
    return render_template("identity/find.html", form=form), 422 if form.is_submitted() else 200


@single_sign_on.public("/sso/<slug>", methods=["GET", "POST"])
@limited(_LIMIT)
def begin(slug: str) -> ResponseReturnValue:
    """Send the browser to the provider of the organisation."""
    signed_in_person()
    going = GoingOut(_target(request.values.get("next")), request.form.get("kept", ""))
    return _send(_provider(slug), going, by_link=request.method == "POST")


@single_sign_on.public("/sso/<slug>/callback")
def come_back(slug: str) -> ResponseReturnValue:
    """Take the provider's answer: once, in the browser that asked, for what it asked."""
    person = signed_in_person()
    provider = _provider(slug)
    expected, state = session.pop(STATE, ""), request.args.get("state", "")
    taken = take_request(state) if expected and hmac.compare_digest(expected.encode(), state.encode()) else None
    if taken is None or (taken[0].organisation_id, taken[0].issuer) != (provider.organisation_id, provider.issuer):
        return refusal_page(provider, SignInRefused(Cause.STALE))
    try:
        return _let_in(provider, *taken, person)
    except ProviderFailed as failure:
        _logger.warning("single sign-on failed", organisation=provider.slug, reason=str(failure))
        refusal = SignInRefused(Cause.FAILED)
    except SignInRefused as refused:
        refusal = refused
    note_refusal(provider, refusal, this_browser())
    return refusal_page(provider, refusal)


@single_sign_on.personal("/confirm/provider", methods=["POST"], before_second_factor=True)
def confirm(person: SignedIn) -> ResponseReturnValue:
    """Send who came by a provider there, to prove itself again before a dangerous act."""
    provider = find_provider_of(person.provider_id) if person.provider_id is not None else None
    if provider is None:
        return redirect(url_for("second_step.confirm"))
    going = GoingOut(_target(request.form.get("next")), request.form.get("kept", ""), person.session_id)
    return _send(provider, going, by_link=True)


@single_sign_on.personal("/single-sign-on", before_second_factor=True)
def demand(person: SignedIn) -> ResponseReturnValue:
    """Say that the organisation lets people in by its provider alone."""
    target = safe_target(request.args.get("next"), url_for("home.show"))
    if not person.lacks_single_sign_on:
        return redirect(target)
    return render_template("identity/demanded.html", person=person, target=target)


@single_sign_on.public("/sso/<slug>/left")
def left(slug: str) -> ResponseReturnValue:
    """Say that the portal is left, and offer to leave the provider as well."""
    signed_in_person()
    return render_template("identity/left.html", provider=_provider(slug))


@single_sign_on.public("/sso/<slug>/leave")
@limited(_LIMIT)
def leave(slug: str) -> ResponseReturnValue:
    """Send the browser to where the provider ends its own session, if it offers that."""
    signed_in_person()
    provider = _provider(slug)
    try:
        address = end_session_address(discover(provider.issuer), provider.client_id, public_link("sign_in.show"))
    except ProviderFailed:
        address = None
    return redirect(address or url_for("sign_in.show"))


def _provider(slug: str) -> OpenProvider:
    provider = find_open_provider(slug)
    if provider is None:
        raise NotFound
    g.brand = find_public_brand(provider.brand_slug)
    return provider


def _send(provider: OpenProvider, going: GoingOut, *, by_link: bool) -> ResponseReturnValue:
    """Go to the provider; after a form by a link, because a form may lead nowhere else (Content-Security-Policy)."""
    g.brand = find_public_brand(provider.brand_slug)
    try:
        metadata = discover(provider.issuer)
        connection = _connection(provider)
    except ProviderFailed as failure:
        _logger.warning("single sign-on failed", organisation=provider.slug, reason=str(failure))
        return refusal_page(provider, SignInRefused(Cause.FAILED))
    secrets = begin_request(provider, going)
    session[STATE] = secrets.state
    address = authorization_address(metadata, connection, secrets, prove_again=going.session_id is not None)
    if by_link:
        return render_template("identity/go_on.html", provider=provider, address=address)
    return redirect(address)


def _connection(provider: OpenProvider) -> Connection:
    try:
        secret = unseal(provider.sealed_secret)
    except SealBroken as error:
        raise ProviderFailed("the client's secret was sealed with another key") from error
    return Connection(
        provider.issuer,
        provider.client_id,
        secret,
        public_link("single_sign_on.come_back", slug=provider.slug),
        provider.groups_claim,
        provider.required_acr,
    )


def _let_in(
    provider: OpenProvider, asked: RequestRow, secrets: Secrets, person: SignedIn | None
) -> ResponseReturnValue:
    code = _code(provider)
    again = asked.session_id is not None
    asserted = redeem(_connection(provider), secrets, code, database_now(), prove_again=again)
    if again:
        if person is None or person.session_id != asked.session_id:
            raise SignInRefused(Cause.STALE)
        return go_on(prove_again(provider, asserted, person, client_address()), asked.target, asked.kept)
    opened = enter(provider, asserted, this_browser())
    if person is not None:
        sign_out(person)  # This browser goes on as who just came in.
    if g.brand:
        session[DOOR] = g.brand.slug
    return arrive(opened, asked.target, asked.kept)


def _code(provider: OpenProvider) -> str:
    """Give the code of the answer, which must come from the provider that was asked (RFC 9207)."""
    issuer = request.args.get("iss")
    if issuer != provider.issuer and (issuer is not None or discover(provider.issuer).names_itself):
        raise ProviderFailed("the answer comes from another provider")
    if request.args.get("error"):
        raise SignInRefused(Cause.DENIED)
    code = request.args.get("code", "")
    if not code:
        raise ProviderFailed("the answer has no code")
    return code


def _target(text: str | None) -> str:
    return safe_target(text, "")

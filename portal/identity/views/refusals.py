"""Why somebody does not get in by a provider, said so that the person knows whom to ask."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.identity.errors import Cause, SignInRefused
from portal.identity.queries.sign_in import OpenProvider

_STALE, _FORBIDDEN, _BAD_GATEWAY = 400, 403, 502

SENTENCES = {
    Cause.STALE: _l(
        "This sign-in was used already, took too long or was begun in another browser. Please begin again."
    ),
    Cause.DENIED: _l("The identity provider did not let you in, or you left it. Please begin again."),
    Cause.FAILED: _l("The identity provider cannot be reached, or its answer does not count. Please try again later."),
    Cause.NO_ADDRESS: _l(
        "Your identity provider names no verified e-mail address of a domain that belongs to this organisation."
    ),
    Cause.KNOWN_ELSEWHERE: _l(
        "Your e-mail address has an account that does not work for this organisation yet. Ask an administrator of it "
        "for an invitation; once you have accepted it with your password, you can sign in here."
    ),
    Cause.OTHER_SUBJECT: _l(
        "Your e-mail address belongs to somebody whom the identity provider knew under another account. An "
        "administrator of the organisation can undo the link."
    ),
    Cause.NO_GROUP: _l("None of your groups lets you into this portal. Ask whoever manages them."),
    Cause.CLOSED: _l("An administrator closed the organisation to you. Please ask there."),
    Cause.ONE_PROOF: _l(
        "The organisation demands a second factor, and its identity provider does not say that it asked for one. "
        "Please ask an administrator."
    ),
    Cause.OTHER_PERSON: _l("Somebody else signed in at the identity provider. Please begin again as yourself."),
    Cause.TOO_MANY_GROUPS: _l(
        "You are in so many groups that the identity provider leaves them out. Ask whoever manages it to send only "
        "those that this portal needs."
    ),
}


def refusal_page(provider: OpenProvider, refusal: SignInRefused) -> ResponseReturnValue:
    """Give the page that says why, with the way to begin again."""
    status = {Cause.STALE: _STALE, Cause.FAILED: _BAD_GATEWAY}.get(refusal.cause, _FORBIDDEN)
    page = render_template(
        "identity/refused.html", provider=provider, sentence=SENTENCES[refusal.cause], email=refusal.email
    )
    return page, status

"""The link in a mail that ends mails of its kind, with one click and without a sign-in (RFC 8058)."""

from __future__ import annotations

from typing import NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeSerializer

from portal.notices.kinds import KINDS
from portal.notices.service import end_mails
from portal.web.headers import public_link
from portal.web.screens import Screens
from portal.web.sessions import signing_keys
from tenants.errors import NotFound

unsubscribing = Screens("unsubscribing", __name__, url_prefix="/unsubscribe")


class _Meant(NamedTuple):
    organisation_id: int
    user_id: int
    kind: str


def unsubscribe_link(organisation_id: int, user_id: int, kind: str) -> str:
    """Give the address that ends a person's mails of a kind in an organisation, for the worker's mails."""
    token = _signer().dumps([organisation_id, user_id, kind])
    return public_link("unsubscribing.ask", token=token)


@unsubscribing.public("/<token>")
def ask(token: str) -> ResponseReturnValue:
    """Ask whether the mails shall end: mail programs look at links before people do."""
    meant = _read(token)
    return render_template("notices/unsubscribe.html", kind=KINDS[meant.kind], is_done=False)


@unsubscribing.public("/<token>", methods=["POST"], endpoint="end")
def end(token: str) -> ResponseReturnValue:
    """End the mails."""
    meant = _read(token)
    end_mails(meant.organisation_id, meant.user_id, meant.kind)
    return render_template("notices/unsubscribe.html", kind=KINDS[meant.kind], is_done=True)


def _read(token: str) -> _Meant:
    try:
        organisation_id, user_id, kind = _signer().loads(token)
    except (BadData, ValueError) as error:
        raise NotFound from error
    return _Meant(organisation_id, user_id, kind)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(signing_keys(), salt="unsubscribe")

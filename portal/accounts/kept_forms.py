"""A form that was sent after the session had ended: kept, signed, through the sign-in, and offered to be sent again.

Only forms that passed the check of their token are kept, so nobody else's page can slip one in; passwords and files are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import g, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from portal.accounts.forms import SignInForm
from portal.accounts.login import DOOR
from portal.accounts.queries.brands import find_public_brand
from portal.web.sessions import signing_keys
from tenants.database import rollback_at_edge

_MOST_CHARACTERS: Final = 500_000
_SECONDS: Final = 24 * 3600
_NEVER_KEPT: Final = ("csrf_token", "password", "old_password", "client_secret")


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where a form goes and what was typed."""

    path: str
    fields: list[tuple[str, str]]


def keep_form() -> ResponseReturnValue:
    """Show the sign-in with the form that was sent, so that nothing typed is lost."""
    slug = session.get(DOOR)
    g.brand = find_public_brand(slug) if slug else None
    form = SignInForm(formdata=None)
    form.kept.data = sign_form()
    page = render_template(
        "accounts/sign_in.html",
        form=form,
        action=url_for("sign_in.show"),
        forgotten_url=url_for("forgotten_password.ask"),
    )
    rollback_at_edge()
    return page, 401


def read_kept(text: str | None) -> KeptForm | None:
    """Give a form that `keep_form` signed within a day, None for anything else."""
    if not text:
        return None
    try:
        path, fields = _signer().loads(text, max_age=_SECONDS)
    except (BadData, ValueError):
        return None
    return KeptForm(path, [(name, value) for name, value in fields])


def sign_form() -> str:
    """Give the form that was sent, signed; empty when it is too large to be kept."""
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in _NEVER_KEPT]
    text = str(_signer().dumps([request.full_path.removesuffix("?"), fields]))
    return text if len(text) <= _MOST_CHARACTERS else ""


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(signing_keys(), salt="kept form")

"""What programs ask of the OAuth 2 server: tokens, their end, what they are worth, and where all of it is found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from authlib.oauth2.base import OAuth2Error
from flask import Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from portal.oauth.server import LONGEST_IDENTIFIER, Server, oauth_problem
from portal.web.headers import public_link
from portal.web.problems import BodyTooLarge
from portal.web.rate_limits import count, require_below
from portal.web.request_context import client_address
from portal.web.screens import Screens
from portal.web.shell import LANGUAGES
from tenants.permissions import Scope

oauth = Screens("oauth", __name__)
metadata = Screens("oauth_metadata", __name__)
server: Final = Server()

_MOST_FORM_BYTES: Final = 4096
_FAILED: Final = {"invalid_client", "invalid_grant"}
_FORMS: Final[Mapping[str, frozenset[str]]] = {
    "client_credentials": frozenset({"grant_type", "scope"}),
    "authorization_code": frozenset({"grant_type", "code", "redirect_uri", "code_verifier", "client_id"}),
    "refresh_token": frozenset({"grant_type", "refresh_token", "scope", "client_id"}),
}
"""What may be sent with each grant type: a secret is none of it."""
_WELL_FORMED: Final = re.compile(r"[!-~]{1,500}")
_TOKEN_FORM: Final = frozenset({"token", "token_type_hint", "client_id"})


@oauth.public("/oauth/token", methods=["POST"])
def issue_token() -> Response:
    """Give an access token for a client's credentials, a person's code or a refresh token."""
    form = _sent_form()
    if form is None or "grant_type" not in form:
        return oauth_problem(400, "invalid_request")
    if form["grant_type"] not in _FORMS:
        return oauth_problem(400, "unsupported_grant_type")
    if not form.keys() <= _FORMS[form["grant_type"]]:
        return oauth_problem(400, "invalid_request")
    return _answer(server.create_token_response)


@oauth.public("/oauth/revoke", methods=["POST"])
def revoke_token() -> Response:
    """End a token of the client that asks (RFC 7009)."""
    return _about_token("revocation")


@oauth.public("/oauth/introspect", methods=["POST"])
def introspect_token() -> Response:
    """Say what a token of the client that asks is worth now (RFC 7662)."""
    return _about_token("introspection")


@metadata.public("/.well-known/oauth-authorization-server")
def describe_server() -> Response:
    """Say where everything is found (RFC 8414)."""
    response = Response(json.dumps(server_metadata()), content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def server_metadata() -> dict[str, Any]:
    """Give the metadata of the server, by RFC 8414 and RFC 9207."""
    return {
        "issuer": issuer(),
        "authorization_endpoint": public_link("consent.ask"),
        "token_endpoint": public_link("oauth.issue_token"),
        "revocation_endpoint": public_link("oauth.revoke_token"),
        "introspection_endpoint": public_link("oauth.introspect_token"),
        "service_documentation": public_link("api_reference.docs"),
        "scopes_supported": [scope.value for scope in Scope],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(_FORMS),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": [code for code, _ in LANGUAGES],
    }


def issuer() -> str:
    """Give the server's name: the portal's address."""
    url: str = current_app.config["PUBLIC_URL"]
    return url.rstrip("/")


def _about_token(endpoint: str) -> Response:
    form = _sent_form()
    if form is None or not _WELL_FORMED.fullmatch(form.get("token", "")) or not form.keys() <= _TOKEN_FORM:
        return oauth_problem(400, "invalid_request")
    # Authlib takes an empty hint for none.
    if form.get("token_type_hint") == "":
        return oauth_problem(400, "unsupported_token_type")
    return _answer(lambda: server.create_endpoint_response(endpoint))


def _sent_form() -> dict[str, str] | None:
    """Give what was sent, each once and as a form; None for anything else."""
    request.max_content_length = _MOST_FORM_BYTES
    try:
        form = request.form.to_dict(flat=False)
    except RequestEntityTooLarge as error:
        raise BodyTooLarge(f"The form may have up to {_MOST_FORM_BYTES} bytes.") from error
    sent_once = all(len(values) == 1 for values in form.values())
    if request.mimetype != "application/x-www-form-urlencoded" or request.args or not sent_once:
        return None
    return {name: values[0] for name, values in form.items()}


def _answer(ask: Callable[[], Response]) -> Response:
    """Give what the server answers; who guesses at a client, a code or a token is slowed down."""
    who = (client_address(), _named_client())
    # Failures count for the pair: who guesses at a client shuts out itself, not the client elsewhere.
    require_below(current_app.config["RATE_LIMIT_TOKEN_FAILURES"], "token failures", *who)
    try:
        response = ask()
    except OAuth2Error as error:
        # The portal is reached without TLS, and not on the machine itself.
        return oauth_problem(400, str(error.error))
    if response.status_code >= 400 and response.get_json()["error"] in _FAILED:  # noqa: PLR2004 - HTTP status
        count(current_app.config["RATE_LIMIT_TOKEN_FAILURES"], "token failures", *who)
        count(current_app.config["RATE_LIMIT_ANONYMOUS"], "api anonymous", client_address())
    return response


def _named_client() -> str:
    sent = request.authorization
    named = sent.username if sent and sent.type == "basic" else request.form.get("client_id")
    return (named or "")[:LONGEST_IDENTIFIER]

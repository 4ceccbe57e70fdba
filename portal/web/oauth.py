"""`POST /oauth/token`: access tokens for programs by OAuth 2 client credentials (RFC 6749, section 4.4).

Clients authenticate by HTTP Basic alone. Errors are problems that carry RFC 6749's `error` and `error_description`
as members, so that both kinds of client libraries understand them.
"""

from __future__ import annotations

import hmac
import json
from datetime import timedelta
from typing import Any, Final

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, scope_to_list
from authlib.oauth2.rfc6749.errors import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from flask import Flask, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from portal.web.problems import BodyTooLarge, problem, title_of
from portal.web.rate_limits import count, require_below
from portal.web.request_context import client_address
from portal.web.screens import Screens
from tenants import authentication
from tenants.authentication import hash_token, new_token
from tenants.database import database_now

TOKEN_LIFETIME: Final = timedelta(hours=1)
_MOST_FORM_BYTES: Final = 4096
_LONGEST_IDENTIFIER: Final = 200


class _Client(ClientMixin):  # type: ignore[misc]
    """An API client as Authlib asks about it."""

    def __init__(self, row: authentication.ApiClientRow) -> None:
        self.row = row

    def get_client_id(self) -> str:
        return self.row.client_id

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(one for one in scope_to_list(scope) if one in self.row.scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:  # noqa: ARG002 - no redirects with this grant
        return False

    def check_client_secret(self, client_secret: str) -> bool:
        # Secrets are 256 random bits of our own making: a plain SHA-256 leaves nothing to guess, and a slow hash
        # would only make asking for tokens a way to keep the server busy.
        return hmac.compare_digest(hash_token(client_secret), self.row.secret_hash)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic" and endpoint == "token"

    def check_response_type(self, response_type: str) -> bool:  # noqa: ARG002 - the token endpoint only
        return False

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"


class _ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS: Final = ["client_secret_basic"]

    def validate_requested_scope(self) -> None:
        """Refuse a scope that the client does not have: nobody gets less than asked without being told."""
        wanted = set(scope_to_list(self.request.payload.scope or ""))
        if not wanted <= set(self.request.client.row.scopes):
            raise InvalidScopeError("The client was not granted one of these scopes.")


class _Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server with our tokens, our storage and our errors."""

    def __init__(self) -> None:
        super().__init__(query_client=lambda _client_id: None, save_token=_save_token)
        self.register_token_generator("default", _new_token)
        self.register_client_auth_method("client_secret_basic", _authenticate_client)
        self.register_grant(_ClientCredentials)

    def handle_response(self, status_code: int, payload: Any, headers: Any) -> Response:  # noqa: ARG002 - the base class's signature
        """Give the token, or Authlib's error as a problem."""
        if status_code == 200:  # noqa: PLR2004 - HTTP status
            response = Response(json.dumps(payload), content_type="application/json")
            response.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache"})
            return response
        return oauth_problem(status_code, str(payload["error"]))


_DETAILS: Final = {
    "invalid_request": "Send grant_type and, if wanted, scope, each once, as application/x-www-form-urlencoded.",
    "unsupported_grant_type": "The grant type is client_credentials.",
    "invalid_scope": "The client was not granted one of these scopes.",
    "invalid_client": "The client is unknown or may not get tokens, or its secret is wrong.",
}


def oauth_problem(status: int, error: str) -> Response:
    """Give an error of RFC 6749 as a problem."""
    detail = _DETAILS.get(error, title_of(error.replace("_", "-")))
    # RFC 6749 asks for the challenge when the client tried to authenticate; sending it always harms nobody.
    headers = {"WWW-Authenticate": 'Basic realm="kontor", charset="UTF-8"'} if status == 401 else {}  # noqa: PLR2004 - HTTP status
    headers["Pragma"] = "no-cache"
    code = error.replace("_", "-")
    return problem(status, code, detail, headers=headers, error=error, error_description=detail)


def register_oauth(app: Flask) -> None:
    """Serve the token endpoint; call it when the CSRF extension is set up."""
    oauth = Screens("oauth", __name__)
    server = _Server()

    @oauth.public("/oauth/token", methods=["POST"])
    def issue_token() -> Response:
        refused = _check_form()
        if refused is not None:
            return refused
        client_id = _client_id()
        # Failures count for the pair: who guesses at a client shuts out itself, not the client elsewhere.
        require_below(app.config["RATE_LIMIT_TOKEN_FAILURES"], "token failures", client_address(), client_id)
        response: Response = server.create_token_response()
        if response.status_code == 401:  # noqa: PLR2004 - HTTP status
            count(app.config["RATE_LIMIT_TOKEN_FAILURES"], "token failures", client_address(), client_id)
            count(app.config["RATE_LIMIT_ANONYMOUS"], "api anonymous", client_address())
        return response

    if "csrf" in app.extensions:
        app.extensions["csrf"].exempt(oauth)
    app.register_blueprint(oauth)


def _check_form() -> Response | None:
    request.max_content_length = _MOST_FORM_BYTES
    try:
        form = request.form.to_dict(flat=False)
    except RequestEntityTooLarge as error:
        raise BodyTooLarge(f"The form may have up to {_MOST_FORM_BYTES} bytes.") from error
    sent_once = all(len(values) == 1 for values in form.values())
    if request.mimetype != "application/x-www-form-urlencoded" or request.args or not sent_once:
        return oauth_problem(400, "invalid_request")
    if "grant_type" not in form or not form.keys() <= {"grant_type", "scope"}:
        return oauth_problem(400, "invalid_request")
    if form["grant_type"] != ["client_credentials"]:
        return oauth_problem(400, "unsupported_grant_type")
    return None


def _client_id() -> str:
    sent = request.authorization
    return (sent.username or "")[:_LONGEST_IDENTIFIER] if sent and sent.type == "basic" else ""


def _authenticate_client(_query_client: Any, _request: Any) -> _Client | None:
    """Give the client of the Basic credentials; every failure looks the same, and costs the same look-up."""
    sent = request.authorization
    if sent is None or sent.type != "basic" or not sent.username or not sent.password:
        return None
    if len(sent.username) > _LONGEST_IDENTIFIER or not sent.username.isprintable():
        return None
    row = authentication.find_api_client(sent.username)
    if row is None:
        return None
    client = _Client(row)
    if not client.check_client_secret(sent.password):
        return None
    return client if authentication.organisation_can_act(row.organisation_id) else None


def _new_token(client: _Client, scope: str | None, **_: Any) -> dict[str, Any]:
    count(current_app.config["RATE_LIMIT_TOKEN"], "tokens", client.row.client_id)
    wanted = scope_to_list(scope or "") or client.row.scopes
    granted = [one for one in client.row.scopes if one in wanted]
    return {
        "access_token": new_token(),
        "token_type": "Bearer",
        "expires_in": int(TOKEN_LIFETIME.total_seconds()),
        "scope": " ".join(granted),
    }


def _save_token(token: dict[str, Any], oauth_request: Any) -> None:
    authentication.store_api_token(
        oauth_request.client.row.id,
        hash_token(token["access_token"]),
        token["scope"].split(),
        database_now() + TOKEN_LIFETIME,
    )

"""The OAuth 2 server: Authlib's grants and endpoints over our clients, tokens and errors.

Programs prove themselves by HTTP Basic, those on people's devices not at all; secrets in forms are not read. Errors are
problems that carry RFC 6749's `error` and `error_description` as members, so that both kinds of client libraries
understand them.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, scope_to_list
from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Response, current_app, request

from portal.oauth.queries.tokens import (
    Described,
    GrantRow,
    find_grant_of_code,
    find_grant_of_refresh_token,
    find_token_of_client,
)
from portal.oauth.rules import fits_redirect_uri, givable_scopes
from portal.oauth.service import grants
from portal.web.problems import problem, title_of
from portal.web.rate_limits import count
from portal.web.request_context import client_address
from tenants import tokens
from tenants.authentication import SignedIn, hash_token, new_token
from tenants.database import database_now
from tenants.permissions import Scope
from tenants.token_models import ClientKind

TOKEN_LIFETIME: Final = timedelta(hours=1)
LONGEST_IDENTIFIER: Final = 200
_OK, _FOUND, _UNAUTHORIZED = 200, 302, 401

_GRANT_TYPES: Final = {
    ClientKind.SERVICE: {"client_credentials"},
    ClientKind.WEB: {"authorization_code", "refresh_token"},
    ClientKind.NATIVE: {"authorization_code", "refresh_token"},
}
_WITHOUT_SECRET: Final = {"token", "revocation"}


class Client(ClientMixin):  # type: ignore[misc]
    """An API client as Authlib asks about it."""

    def __init__(self, row: tokens.ApiClientRow) -> None:
        self.row = row

    def get_client_id(self) -> str:
        """Give the public id."""
        return self.row.client_id

    def get_default_redirect_uri(self) -> str:
        """Give none: which address is meant is said each time."""
        return ""

    def get_allowed_scope(self, scope: str | None) -> str:
        """Give what of it the client has; all that it has where nothing is said."""
        wanted = scope_to_list(scope or "") or self.row.scopes
        return " ".join(one for one in self.row.scopes if one in wanted)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Tell whether people may be sent back there."""
        return fits_redirect_uri(redirect_uri, self.row.redirect_uris)

    def check_client_secret(self, client_secret: str) -> bool:
        """Tell whether it is the secret."""
        # Secrets are 256 random bits of our own making: a plain SHA-256 leaves nothing to guess, and a slow hash
        # would only make asking for tokens a way to keep the server busy.
        return hmac.compare_digest(hash_token(client_secret), self.row.secret_hash)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Tell how the client proves itself: by its secret, or where it can have none, not at all."""
        if self.row.kind is ClientKind.NATIVE:
            return method == "none" and endpoint in _WITHOUT_SECRET
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        """Tell whether people can be asked to allow it something."""
        return response_type == "code" and self.check_grant_type("authorization_code")

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether it gets its tokens that way."""
        return grant_type in _GRANT_TYPES[self.row.kind]


@dataclass(frozen=True, slots=True)
class _Credential:
    """A grant as Authlib asks about a code or refresh token."""

    row: GrantRow

    @property
    def code_challenge(self) -> str:
        return self.row.code_challenge

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.row.scopes)

    def check_client(self, client: Client) -> bool:
        return self.row.client_id == client.row.id


class _CodeChallenge(CodeChallenge):  # type: ignore[misc]
    """PKCE for every program, by S256 alone (RFC 9700, section 2.1.1)."""

    DEFAULT_CODE_CHALLENGE_METHOD: Final = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD: Final = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        payload = grant.request.payload
        if not payload.data.get("code_challenge") or payload.data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Send a code_challenge with code_challenge_method S256.")
        super().validate_code_challenge(grant, redirect_uri)


class _ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS: Final = ["client_secret_basic"]

    def validate_requested_scope(self) -> None:
        """Refuse a scope that the client does not have: nobody gets less than asked without being told."""
        _require_scopes(self.request.payload.scope, self.request.client.row.scopes)


class _AuthorizationCode(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS: Final = ["client_secret_basic", "none"]
    _found: tuple[GrantRow, Client] | None = None
    """What the code that was sent belongs to, as long as it counts."""

    def validate_requested_scope(self) -> None:
        """Refuse a scope that the client does not have, and a request of which the person can give nothing."""
        client = self.server.query_client(self.request.payload.client_id)
        _require_scopes(self.request.payload.scope, client.row.scopes)
        if not scopes_to_give(self.request.user, client, self.request.payload.scope):
            raise InvalidScopeError("The person has no right that these scopes speak of.")

    def generate_authorization_code(self) -> str:
        return new_token()

    def save_authorization_code(self, code: str, request: Any) -> None:
        person, client = request.user, request.client
        grants.give_grant(
            person,
            client.row,
            scopes_to_give(person, client, request.payload.scope),
            code=code,
            redirect_uri=request.payload.redirect_uri,
            code_challenge=request.payload.data["code_challenge"],
            address=client_address(),
        )

    def query_authorization_code(self, code: str, client: Client) -> _Credential | None:
        """Give the grant of a code of this client; one that comes again ends all that came of it."""
        grant = find_grant_of_code(hash_token(code))
        if grant is None or grant.client_id != client.row.id or not grant.is_live:
            return None
        if grant.is_used:
            grants.end_family(grant, client.row, address=client_address())
        if grant.is_used or grant.is_late:
            return None
        self._found = grant, client
        return _Credential(grant)

    def validate_token_request(self) -> None:
        """Check the code, its address and verifier; a code that came with wrong ones counts no more."""
        try:
            super().validate_token_request()
        except InvalidGrantError:
            if self._found is not None:
                grant, client = self._found
                grants.refuse_code(grant, client.row, address=client_address())
            raise

    def authenticate_user(self, authorization_code: _Credential) -> tokens.TokenPerson:
        return _person_of(authorization_code.row)

    def delete_authorization_code(self, authorization_code: _Credential) -> None:
        grants.redeem(authorization_code.row)


class _RefreshToken(RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS: Final = ["client_secret_basic", "none"]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> _Credential | None:
        """Give the grant of a refresh token; one that comes again ends all that came of it."""
        grant, client = find_grant_of_refresh_token(hash_token(refresh_token)), self.request.client
        if grant is None or grant.client_id != client.row.id or not grant.is_live:
            return None
        if grant.is_used:
            grants.end_family(grant, client.row, address=client_address())
            return None
        return None if grant.is_late else _Credential(grant)

    def authenticate_user(self, refresh_token: _Credential) -> tokens.TokenPerson:
        return _person_of(refresh_token.row)

    def revoke_old_credential(self, _refresh_token: _Credential) -> None:
        grants.use_refresh_token(self.request.form["refresh_token"])


class _Revocation(RevocationEndpoint):  # type: ignore[misc]
    """RFC 7009. A token of another program is answered as one that there is not."""

    CLIENT_AUTH_METHODS: Final = ["client_secret_basic", "none"]

    def authenticate_token(self, request: Any, client: Client) -> Described | None:
        self.check_params(request, client)
        return find_token_of_client(hash_token(request.form["token"]), client.row.id)

    def revoke_token(self, token: Described, request: Any) -> None:
        grants.revoke(token, request.form["token"], request.client.row, address=client_address())


class _Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    """RFC 7662, for a program's own tokens. What could do nothing now is not active."""

    CLIENT_AUTH_METHODS: Final = ["client_secret_basic"]

    def authenticate_token(self, request: Any, client: Client) -> Described | None:
        self.check_params(request, client)
        self._client = client
        return find_token_of_client(hash_token(request.form["token"]), client.row.id)

    def create_introspection_payload(self, token: Described | None) -> dict[str, Any]:
        person = _present_person(token.grant) if token and token.grant else None
        if token is None or (token.grant is not None and person is None):
            return {"active": False}
        client = self._client.row
        described = {
            "active": True,
            "client_id": client.client_id,
            "scope": " ".join(one for one in client.scopes if one in token.scopes),
            "iat": int(token.issued_at.timestamp()),
            "exp": int(token.expires_at.timestamp()),
        }
        if not token.is_refresh_token:
            described["token_type"] = "Bearer"  # noqa: S105 - the name of the type
        return described | ({"username": person.email} if person else {})


class Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server with our tokens, our storage and our errors."""

    def __init__(self) -> None:
        super().__init__(query_client=find_client, save_token=_save_token)
        self.register_token_generator("default", _new_token)
        self.register_client_auth_method("client_secret_basic", _authenticate_by_secret)
        self.register_client_auth_method("none", _authenticate_without_secret)
        self.register_grant(_ClientCredentials)
        self.register_grant(_AuthorizationCode, [_CodeChallenge(required=True)])
        self.register_grant(_RefreshToken)
        self.register_endpoint(_Revocation)
        self.register_endpoint(_Introspection)

    def handle_response(self, status_code: int, payload: Any, headers: Any) -> Response:
        """Give what is answered, Authlib's error as a problem."""
        if status_code == _FOUND:
            return Response(status=_FOUND, headers=headers)
        if status_code == _OK:
            response = Response(json.dumps(payload), content_type="application/json")
            response.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache"})
            return response
        error = str(dict(payload)["error"])
        # Authlib answers this one by 401, as if the program had not proven itself.
        return oauth_problem(400 if error == "unsupported_token_type" else status_code, error)


_DETAILS: Final = {
    "invalid_request": "Send grant_type and what it needs, each once, as application/x-www-form-urlencoded.",
    "unsupported_grant_type": "The grant types are client_credentials, authorization_code and refresh_token.",
    "unauthorized_client": "The client does not get its tokens that way.",
    "invalid_scope": "The client was not granted one of these scopes.",
    "invalid_grant": "The code or refresh token is unknown, used, too old or ended, or what came with it does not fit.",
    "invalid_client": "The client is unknown or may not get tokens, or its secret is wrong.",
    "unsupported_token_type": "The kinds of tokens are access_token and refresh_token.",
}


def oauth_problem(status: int, error: str) -> Response:
    """Give an error of RFC 6749 as a problem."""
    detail = _DETAILS.get(error, title_of(error.replace("_", "-")))
    # RFC 6749 asks for the challenge when the client tried to authenticate; sending it always harms nobody.
    headers = {"WWW-Authenticate": 'Basic realm="kontor", charset="UTF-8"'} if status == _UNAUTHORIZED else {}
    headers["Pragma"] = "no-cache"
    code = error.replace("_", "-")
    return problem(status, code, detail, headers=headers, error=error, error_description=detail)


def find_client(client_id: str) -> Client | None:
    """Give the client of that public id, unless it was ended or its organisation cannot act."""
    if not client_id or len(client_id) > LONGEST_IDENTIFIER or not client_id.isprintable():
        return None
    row = tokens.find_api_client(client_id)
    if row is None or not tokens.organisation_can_act(row.organisation_id):
        return None
    return Client(row)


def scopes_to_give(person: SignedIn, client: Client, asked: str | None) -> tuple[Scope, ...]:
    """Give what the person can allow the client of what it asked for: nothing of another organisation's client."""
    place = person.current
    if place is None or place.organisation_id != client.row.organisation_id:
        return ()
    wanted = client.get_allowed_scope(asked).split()
    return givable_scopes(wanted, place.permissions, place.kind, has_seller=place.has_seller)


def _require_scopes(asked: str | None, had: tuple[str, ...]) -> None:
    if not set(scope_to_list(asked or "")) <= set(had):
        raise InvalidScopeError("The client was not granted one of these scopes.")


def _present_person(grant: GrantRow) -> tokens.TokenPerson | None:
    return tokens.find_token_person(grant.organisation_id, grant.user_id, grant.proof, grant.provider_id)


def _person_of(grant: GrantRow) -> tokens.TokenPerson:
    person = _present_person(grant)
    if person is None:
        raise InvalidGrantError
    return person


def _authenticate_by_secret(_query_client: Any, _request: Any) -> Client | None:
    """Give the client of the Basic credentials; every failure looks the same, and costs the same look-up."""
    sent = request.authorization
    if sent is None or sent.type != "basic" or not sent.username or not sent.password:
        return None
    named = request.form.get("client_id", sent.username)
    client = find_client(sent.username)
    if client is None or named != sent.username or not client.check_client_secret(sent.password):
        return None
    return client


def _authenticate_without_secret(_query_client: Any, _request: Any) -> Client | None:
    """Give the client that the form names; what has a secret is refused by `check_endpoint_auth_method`."""
    if "Authorization" in request.headers:
        return None
    return find_client(request.form.get("client_id", ""))


def _new_token(client: Client, scope: str | None, *, include_refresh_token: bool, **_: Any) -> dict[str, Any]:
    count(current_app.config["RATE_LIMIT_TOKEN"], "tokens", client.row.client_id)
    granted = client.get_allowed_scope(scope)
    if not granted:
        raise InvalidScopeError
    token = {
        "access_token": new_token(),
        "token_type": "Bearer",
        "expires_in": int(TOKEN_LIFETIME.total_seconds()),
        "scope": granted,
    }
    return token | ({"refresh_token": ""} if include_refresh_token else {})


def _save_token(token: dict[str, Any], oauth_request: Any) -> None:
    credential = oauth_request.authorization_code or oauth_request.refresh_token
    grant_id = credential.row.id if credential else None
    if grant_id is not None:
        token["refresh_token"] = grants.give_refresh_token(grant_id)
    tokens.store_api_token(
        oauth_request.client.row.id,
        hash_token(token["access_token"]),
        token["scope"].split(),
        database_now() + TOKEN_LIFETIME,
        grant_id,
    )

"""The portal as an OpenID Connect client: discovery, the address of a request, and what a token must be to count.

Authorization code with PKCE (S256), state, nonce and, where the provider says so, its name in the answer (RFC 9207). Signatures
are checked with keys that the provider publishes, by asymmetric algorithms alone; keys it publishes later are looked up.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from flask import current_app
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from portal.identity.errors import ProviderFailed
from portal.identity.outgoing import check_address, fetch_json

ALGORITHMS: Final = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
]
"""Neither `none` nor any with a shared key: with those a public key or the client secret would sign."""
SCOPE: Final = "openid email profile"
CLOCK_SKEW_SECONDS: Final = 60
OLDEST_PROOF_SECONDS: Final = 300
"""How long ago the provider may have asked the person, when it is to prove itself again."""
_KEPT_SECONDS: Final = 3600.0
_FAILED_SECONDS: Final = 10.0
_MOST_GROUPS: Final = 1000
_LONGEST_WORD: Final = 255


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider says of itself (`/.well-known/openid-configuration`)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    scopes: tuple[str, ...]
    posts_secret: bool
    """Whether the client's secret goes into the form, because the provider does not know HTTP Basic."""
    names_itself: bool
    """Whether its answers carry `iss`."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Whom to ask, and as whom."""

    issuer: str
    client_id: str
    secret: str
    redirect_uri: str
    groups_claim: str
    required_acr: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """What binds an answer to the request it belongs to."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Asserted:
    """What the provider said of a person, in a token that was checked."""

    subject: str
    email: str
    email_verified: bool | None
    """None: it does not say."""
    name: str
    groups: tuple[str, ...] | None
    """None: it left them out because there are too many."""
    claims: Mapping[str, Any]


@dataclass(slots=True)
class _Kept:
    metadata: Metadata
    keys: KeySet | None
    until: float


def discover(issuer: str, *, anew: bool = False) -> Metadata:
    """Give what the provider says of itself, kept for an hour in this process.

    Raises:
        ProviderFailed: it cannot be asked, or does not describe this very issuer.
    """
    return _discovered(issuer, anew=anew).metadata


def authorization_address(metadata: Metadata, connection: Connection, secrets: Secrets, *, prove_again: bool) -> str:
    """Give where the browser goes; `prove_again`: the provider asks the person although it knows it."""
    more: dict[str, str] = {"nonce": secrets.nonce, "code_challenge_method": "S256"}
    more["code_challenge"] = create_s256_code_challenge(secrets.verifier)
    if connection.required_acr:
        more["acr_values"] = connection.required_acr
    if prove_again:
        more |= {"prompt": "login", "max_age": str(OLDEST_PROOF_SECONDS)}
    scope = f"{SCOPE} groups" if "groups" in metadata.scopes else SCOPE
    return str(
        prepare_grant_uri(
            metadata.authorization_endpoint,
            connection.client_id,
            "code",
            redirect_uri=connection.redirect_uri,
            scope=scope,
            state=secrets.state,
            **more,
        )
    )


def end_session_address(metadata: Metadata, client_id: str, back: str) -> str | None:
    """Give where the browser ends its session at the provider, or None where that is not offered."""
    if not metadata.end_session_endpoint:
        return None
    parameters = [("client_id", client_id), ("post_logout_redirect_uri", back)]
    return str(add_params_to_uri(metadata.end_session_endpoint, parameters))


def redeem(connection: Connection, secrets: Secrets, code: str, now: datetime, *, prove_again: bool) -> Asserted:
    """Exchange the code and give what the provider says of the person.

    Raises:
        ProviderFailed: the provider cannot be asked, refuses the code, or its token counts for nothing.
    """
    kept = _discovered(connection.issuer)
    answer = _exchange(kept.metadata, connection, secrets, code)
    token, access_token = answer.get("id_token"), answer.get("access_token")
    if not isinstance(token, str) or not isinstance(access_token, str):
        raise ProviderFailed("the token endpoint gave no ID token")
    claims = _verified(kept, connection, token, access_token, secrets.nonce, now, prove_again=prove_again)
    return _asserted(claims, _userinfo(kept.metadata, connection, claims, access_token), connection.groups_claim)


def _discovered(issuer: str, *, anew: bool = False) -> _Kept:
    known: dict[str, _Kept | float] = current_app.extensions.setdefault("identity_providers", {})
    kept, now = known.get(issuer), time.monotonic()
    if isinstance(kept, _Kept) and kept.until > now and not anew:
        return kept
    if isinstance(kept, float) and kept > now and not anew:
        raise ProviderFailed("it did not answer a moment ago")
    try:
        check_address(issuer)
        found = fetch_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        kept = known[issuer] = _Kept(_read_metadata(issuer, found), None, now + _KEPT_SECONDS)
    except ProviderFailed:
        # Whoever waits for one that is down keeps a thread; not everybody has to find out.
        known[issuer] = time.monotonic() + _FAILED_SECONDS
        raise
    return kept


def _read_metadata(issuer: str, found: Mapping[str, Any]) -> Metadata:
    if found.get("issuer") != issuer:
        raise ProviderFailed("the provider calls itself by another name")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint")
    addresses = {name: found.get(name) or "" for name in names}
    for name, address in addresses.items():
        if not isinstance(address, str):
            raise ProviderFailed(f"{name} is no address")
        if address or name in names[:3]:
            check_address(address)
    methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    scopes = found.get("scopes_supported") or []
    return Metadata(
        issuer=issuer,
        **addresses,
        scopes=tuple(scope for scope in scopes if isinstance(scope, str)),
        posts_secret="client_secret_basic" not in methods and "client_secret_post" in methods,
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
    )


def _exchange(metadata: Metadata, connection: Connection, secrets: Secrets, code: str) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": connection.redirect_uri,
        "code_verifier": secrets.verifier,
    }
    headers: dict[str, str] = {}
    if metadata.posts_secret:
        form |= {"client_id": connection.client_id, "client_secret": connection.secret}
    else:
        auth = ClientAuth(connection.client_id, connection.secret, "client_secret_basic")
        _, headers, _ = auth.prepare("POST", metadata.token_endpoint, {}, "")
    return fetch_json(metadata.token_endpoint, form=form, headers=headers)


def _verified(
    kept: _Kept,
    connection: Connection,
    token: str,
    access_token: str,
    nonce: str,
    now: datetime,
    *,
    prove_again: bool,
) -> dict[str, Any]:
    decoded = _decoded(kept, token)
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        options={"iss": {"essential": True, "value": connection.issuer}},
        params={
            "nonce": nonce,
            "client_id": connection.client_id,
            "access_token": access_token,
            "max_age": OLDEST_PROOF_SECONDS if prove_again else None,
        },
    )
    seconds = int(now.timestamp())
    try:
        claims.validate(now=seconds, leeway=CLOCK_SKEW_SECONDS)
    except JoseError as error:
        raise ProviderFailed(f"the ID token does not count: {error}") from error
    # Where others may read it too, the token must have been made for the portal: `azp`, which was just checked.
    if connection.client_id not in ([claims["aud"]] if isinstance(claims["aud"], str) else claims["aud"]):
        raise ProviderFailed("the ID token is for somebody else")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= _LONGEST_WORD:
        raise ProviderFailed("the ID token names no subject")
    if prove_again and not abs(seconds - claims["auth_time"]) <= OLDEST_PROOF_SECONDS:
        raise ProviderFailed("the provider did not ask the person again")
    return dict(claims)


def _decoded(kept: _Kept, token: str) -> jwt.Token:
    """Check the signature; a key that is not known yet may have been published since."""
    for is_second in (False, True):
        is_fresh = kept.keys is None or is_second
        if is_fresh:
            kept.keys = _keys(kept.metadata.jwks_uri)
        assert kept.keys is not None  # noqa: S101 - just looked up
        try:
            return jwt.decode(token, kept.keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError as error:
            if is_fresh:
                raise ProviderFailed("the ID token is signed with an unknown key") from error
        except (JoseError, ValueError, TypeError) as error:
            raise ProviderFailed(f"the ID token cannot be read: {error}") from error
    raise AssertionError


def _keys(address: str) -> KeySet:
    found = fetch_json(address)
    kinds = {"RSA", "EC", "OKP"}
    usable = [
        key
        for key in found.get("keys") or []
        if isinstance(key, dict) and key.get("kty") in kinds and key.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ProviderFailed("the provider's keys cannot be read") from error


def _userinfo(
    metadata: Metadata, connection: Connection, claims: Mapping[str, Any], access_token: str
) -> dict[str, Any]:
    """What the token leaves out stands at the userinfo endpoint, for the same subject alone."""
    has_all = {"email", connection.groups_claim} <= claims.keys()
    if has_all or not metadata.userinfo_endpoint:
        return {}
    found = fetch_json(metadata.userinfo_endpoint, headers={"Authorization": f"Bearer {access_token}"})
    if found.get("sub") != claims["sub"]:
        raise ProviderFailed("the userinfo is somebody else's")
    return found


def _asserted(claims: Mapping[str, Any], more: Mapping[str, Any], groups_claim: str) -> Asserted:
    said = {**more, **claims}
    # The address and whether it is verified are said by the same source.
    source = claims if "email" in claims else more
    email, verified = source.get("email"), source.get("email_verified")
    return Asserted(
        subject=claims["sub"],
        email=email.strip().lower() if isinstance(email, str) else "",
        email_verified=None if verified is None else verified is True or verified == "true",
        name=str(said.get("name") or "")[:100],
        groups=_groups(said, groups_claim),
        claims=claims,
    )


def _groups(said: Mapping[str, Any], groups_claim: str) -> tuple[str, ...] | None:
    sent = said.get(groups_claim)
    if sent is None:
        elsewhere = said.get("_claim_names")
        is_left_out = said.get("hasgroups") is True or (isinstance(elsewhere, dict) and groups_claim in elsewhere)
        return None if is_left_out else ()
    if isinstance(sent, str):
        return (sent,)
    if not isinstance(sent, list) or len(sent) > _MOST_GROUPS:
        raise ProviderFailed("the groups cannot be read")
    return tuple(group for group in sent if isinstance(group, str))

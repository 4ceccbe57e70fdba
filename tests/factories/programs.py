"""Programs, what people allowed them, and tokens of people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row

from tenants.authentication import hash_token, new_token
from tenants.models import Proof
from tenants.permissions import Scope
from tenants.token_models import ApiClient, ApiGrant, ClientKind, PersonalToken, RefreshToken
from tests.factories.seed import Seed

SECRET = "s" * 43
REDIRECT_URI = "https://erp.example.com/callback"


def make_client(
    seed: Seed, organisation: Row[Any], kind: ClientKind = ClientKind.WEB, *scopes: Scope, **values: Any
) -> Row[Any]:
    """Add a program with SECRET and REDIRECT_URI; without scopes, with all of them."""
    return seed.add(
        ApiClient,
        **{
            "organisation_id": organisation.id,
            "client_id": f"program-{organisation.id}-{seed.number()}",
            "kind": kind,
            "secret_hash": b"" if kind is ClientKind.NATIVE else hash_token(SECRET),
            "name": "Till",
            "scopes": [scope.value for scope in scopes or tuple(Scope)],
            "redirect_uris": [] if kind is ClientKind.SERVICE else [REDIRECT_URI],
            **values,
        },
    )


def make_grant(seed: Seed, client: Row[Any], person: Row[Any], **values: Any) -> Row[Any]:
    """Add what the person allowed the program, whose code was exchanged, with a refresh token."""
    now = datetime.now(UTC)
    grant = seed.add(
        ApiGrant,
        **{
            "organisation_id": client.organisation_id,
            "client_id": client.id,
            "user_id": person.id,
            "scopes": list(client.scopes),
            "proof": Proof.PASSWORD,
            "code_hash": uuid4().bytes,
            "code_challenge": "",
            "redirect_uri": REDIRECT_URI,
            "code_expires_at": now,
            "redeemed_at": now,
            "expires_at": now + timedelta(days=365),
            **values,
        },
    )
    seed.add(RefreshToken, token_hash=uuid4().bytes, grant_id=grant.id, expires_at=now + timedelta(days=30))
    return grant


def make_personal_token(
    seed: Seed, organisation: Row[Any], person: Row[Any], *scopes: Scope, **values: Any
) -> tuple[Row[Any], str]:
    """Add a token of the person; gives its row and the token. Without scopes, with all of them."""
    token = f"kontor_pat_{new_token()}"
    row = seed.add(
        PersonalToken,
        **{
            "organisation_id": organisation.id,
            "user_id": person.id,
            "name": "Script",
            "token_hash": hash_token(token),
            "scopes": [scope.value for scope in scopes or tuple(Scope)],
            "proof": Proof.PASSWORD,
            "expires_at": datetime.now(UTC) + timedelta(days=90),
            **values,
        },
    )
    return row, token

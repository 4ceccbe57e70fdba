"""The programs of the own organisation: made, changed and ended by a person who manages it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy import func, insert, update

from portal.oauth.errors import TooManyPrograms
from portal.oauth.queries.programs import ClientRow, get_access, get_client, list_clients
from portal.oauth.rules import MOST_REDIRECT_URIS, is_redirect_uri
from tenants.audit import record
from tenants.authentication import hash_token, new_token
from tenants.database import db
from tenants.errors import InvalidInput, NotFound, PermissionDenied
from tenants.permissions import Permission, Scope
from tenants.principal import Principal
from tenants.token_models import ApiClient, ApiGrant, ClientKind, PersonalToken

MOST_CLIENTS: Final = 100


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """What is decided about a program."""

    name: str
    scopes: tuple[Scope, ...]
    redirect_uris: tuple[str, ...]


def create_client(principal: Principal, kind: ClientKind, settings: ClientSettings) -> tuple[str, str]:
    """Make a program of the own organisation; gives its public id and its secret, which is kept as a hash alone.

    The secret of a program on people's devices is empty: it could not keep one. The principal needs organisation:manage.

    Raises:
        PermissionDenied: the permission is missing, or a program asks.
        InvalidInput: an address cannot be sent back to, or there is none where people have to be sent.
        TooManyPrograms: the organisation has a hundred.
    """
    _require_person(principal)
    _check(kind, settings)
    if len(list_clients(principal)) >= MOST_CLIENTS:
        raise TooManyPrograms(f"An organisation has up to {MOST_CLIENTS} programs.")
    client_id, secret = f"kontor-{uuid4().hex}", "" if kind is ClientKind.NATIVE else new_token()
    db.session.execute(
        insert(ApiClient).values(
            organisation_id=principal.organisation_id,
            client_id=client_id,
            kind=kind,
            secret_hash=hash_token(secret) if secret else b"",
            **_columns(settings),
        )
    )
    facts = {"name": settings.name, "client_kind": kind.value, **_facts(settings.scopes, settings.redirect_uris)}
    record(principal, "api_client.created", client_id, after=facts)
    return client_id, secret


def change_client(principal: Principal, client_id: str, settings: ClientSettings) -> None:
    """Change name, scopes and addresses; a scope that goes is gone from the tokens that are about.

    Raises:
        PermissionDenied: organisation:manage is missing, or a program asks.
        NotFound: there is no such program that still counts.
        InvalidInput: an address cannot be sent back to, or there is none where people have to be sent.
    """
    _require_person(principal)
    known = get_client(principal, client_id)
    _check(known.kind, settings)
    _update(principal, known, **_columns(settings))
    record(
        principal,
        "api_client.changed",
        client_id,
        before={"name": known.name, **_facts(known.scopes, known.redirect_uris)},
        after={"name": settings.name, **_facts(settings.scopes, settings.redirect_uris)},
    )


def renew_secret(principal: Principal, client_id: str) -> str:
    """Give a new secret; the one before counts no more, tokens that are about do.

    Raises:
        PermissionDenied: organisation:manage is missing, or a program asks.
        NotFound: there is no such program that still counts and has a secret.
    """
    _require_person(principal)
    known = get_client(principal, client_id)
    if known.kind is ClientKind.NATIVE:
        raise NotFound
    secret = new_token()
    _update(principal, known, secret_hash=hash_token(secret))
    record(principal, "api_client.secret_renewed", client_id, after={"name": known.name})
    return secret


def end_client(principal: Principal, client_id: str) -> None:
    """End a program with all its tokens at once; the principal, a program too, needs organisation:manage.

    Raises:
        PermissionDenied: the permission is missing.
        NotFound: there is no such program that still counts.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    known = get_client(principal, client_id)
    _update(principal, known, revoked_at=func.now())
    record(principal, "api_client.ended", client_id, before={"name": known.name})


def end_access(principal: Principal, kind: str, number: int) -> None:
    """End what one of the own people gave to a program: a `grant` or a `token`.

    Raises:
        PermissionDenied: organisation:manage is missing, or a program asks.
        NotFound: there is no such one that still counts.
    """
    _require_person(principal)
    known, table = get_access(principal, kind, number), ApiGrant if kind == "grant" else PersonalToken
    db.session.execute(
        update(table)
        .where(table.organisation_id == principal.organisation_id, table.id == known.id)
        .values(revoked_at=func.now())
    )
    if kind == "grant":
        record(principal, "grant.ended", known.email, before={"program": known.name}, person_id=known.user_id)
    else:
        record(principal, "personal_token.ended", known.email, before={"name": known.name}, person_id=known.user_id)


def _require_person(principal: Principal) -> None:
    """A program that made programs or tokens could outlive its own end."""
    principal.require(Permission.ORGANISATION_MANAGE)
    if principal.session_id is None:
        raise PermissionDenied(Permission.ORGANISATION_MANAGE)


def _check(kind: ClientKind, settings: ClientSettings) -> None:
    wrong = [uri for uri in settings.redirect_uris if not is_redirect_uri(uri, kind)]
    if wrong or len(settings.redirect_uris) > MOST_REDIRECT_URIS:
        raise InvalidInput("An address cannot be sent back to.", field="redirect_uris", wrong=wrong)
    if (kind is ClientKind.SERVICE) is bool(settings.redirect_uris):
        raise InvalidInput("A program that people allow needs an address, another has none.", field="redirect_uris")
    if not settings.scopes:
        raise InvalidInput("A program needs a scope.", field="scopes")


def _columns(settings: ClientSettings) -> dict[str, object]:
    scopes = [scope.value for scope in settings.scopes]
    return {"name": settings.name, "scopes": scopes, "redirect_uris": list(settings.redirect_uris)}


def _facts(scopes: Sequence[str], redirect_uris: Sequence[str]) -> dict[str, list[str]]:
    return {"scopes": [str(scope) for scope in scopes], "redirect_uris": list(redirect_uris)}


def _update(principal: Principal, known: ClientRow, **values: object) -> None:
    db.session.execute(
        update(ApiClient)
        .where(ApiClient.organisation_id == principal.organisation_id, ApiClient.id == known.id)
        .values(**values)
    )

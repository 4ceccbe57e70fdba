"""From a bearer token to a Principal, in one database call; and what is kept of programs and their tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, select, text, update

from tenants.authentication import principal_of
from tenants.database import AUTHENTICATION, act_as, db, read
from tenants.models import Proof
from tenants.permissions import (
    SCOPE_CAPACITY,
    SCOPE_PERMISSIONS,
    Capacity,
    Permission,
    Role,
    Scope,
    carried_permissions,
)
from tenants.principal import Principal
from tenants.token_models import ApiClient, ApiGrant, ApiToken, ClientKind, PersonalToken

_AUTHENTICATE: Final = (
    "select t.facts, case when t.facts is not null then"
    " principal_facts((t.facts ->> 'organisation_id')::bigint, %(capacity)s) end"
    " from (select authenticate_token(%(hash)s) as facts offset 0) t"
)


def authenticate_token(
    token_hash: bytes, capacity: Capacity, address: str = "", request_id: str = ""
) -> Principal | None:
    """Give who a bearer token stands for; None when it is unknown, expired or cannot act in the capacity now.

    For a person it may do what both its scopes and the person's present role say.
    """
    values = {"hash": token_hash, "capacity": capacity.value}
    [(facts, principal)] = read(_AUTHENTICATE, values)
    if facts is None:
        return None
    granted = permissions_of(facts["scopes"], capacity)
    who = _of_person(facts) if facts["person"] else _of_client(facts)
    if facts["person"]:
        granted &= who["role_permissions"]
    return principal_of(
        principal,
        capacity,
        permissions=granted,
        address=address,
        request_id=request_id,
        scopes=frozenset(facts["scopes"]),
        **who,
    )


def permissions_of(scopes: list[str], capacity: Capacity) -> frozenset[Permission]:
    """Give what the scopes let a program do in the capacity."""
    granted: set[Permission] = set()
    for scope in map(Scope, scopes):
        if SCOPE_CAPACITY[scope] is capacity:
            granted |= SCOPE_PERMISSIONS[scope]
    return frozenset(granted)


def _of_client(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "actor": facts["program"],
        "actor_name": facts["name"] or f"API client {facts['client_id']}",
    }


def _of_person(facts: dict[str, Any]) -> dict[str, Any]:
    person = facts["person"]
    return {
        "actor": f"user:{person['user_id']}",
        "actor_name": person["name"] or person["email"],
        "user_id": person["user_id"],
        "role": Role(person["role"]),
        "own_role": person["own_role"] or "",
        "role_permissions": carried_permissions(Role(person["role"]), person["permissions"]),
        "program": facts["program"],
    }


@dataclass(frozen=True, slots=True)
class ApiClientRow:
    """An API client as the token endpoint needs it."""

    id: int
    client_id: str
    secret_hash: bytes
    organisation_id: int
    scopes: tuple[str, ...]
    kind: ClientKind = ClientKind.SERVICE
    name: str = ""
    redirect_uris: tuple[str, ...] = ()


def find_api_client(client_id: str) -> ApiClientRow | None:
    """Give the client of that public id, unless it was revoked. Runs in the authentication context."""
    act_as(AUTHENTICATION)
    row = db.session.execute(
        select(
            *(ApiClient.id, ApiClient.client_id, ApiClient.secret_hash, ApiClient.organisation_id, ApiClient.scopes),
            *(ApiClient.kind, ApiClient.name, ApiClient.redirect_uris),
        ).where(ApiClient.client_id == client_id, ApiClient.revoked_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    return ApiClientRow(row[0], row[1], row[2], row[3], tuple(row[4]), row[5], row[6], tuple(row[7]))


def organisation_can_act(organisation_id: int) -> bool:
    """Tell whether the organisation and everything above it is active. Runs in the authentication context."""
    act_as(AUTHENTICATION)
    statement = text(
        "select not exists (select from organisation a where a.id = any(o.owner_ids) and a.status <> 'active')"
        " from organisation o where o.id = :organisation"
    )
    return bool(db.session.execute(statement, {"organisation": organisation_id}).scalar_one_or_none())


def store_api_token(
    client_id: int, token_hash: bytes, scopes: list[str], expires_at: datetime, grant_id: int | None = None
) -> None:
    """Keep a new token's hash for the client (its row id). Runs in the authentication context."""
    act_as(AUTHENTICATION)
    db.session.execute(
        insert(ApiToken).values(
            client_id=client_id, token_hash=token_hash, scopes=scopes, expires_at=expires_at, grant_id=grant_id
        )
    )


@dataclass(frozen=True, slots=True)
class TokenPerson:
    """For whom a token acts, as far as that person still works in the organisation."""

    user_id: int
    email: str
    role: Role


def find_token_person(organisation_id: int, user_id: int, proof: Proof, provider_id: int | None) -> TokenPerson | None:
    """Give what the person is in the organisation now; None where its tokens are worth nothing.

    `proof` and `provider_id`: how it had proven who it is when it gave the token. Runs in the authentication context.
    """
    act_as(AUTHENTICATION)
    found = db.session.execute(
        text("select token_person(:organisation, :user, :proof, :provider)"),
        {"organisation": organisation_id, "user": user_id, "proof": proof.value, "provider": provider_id},
    ).scalar_one()
    return None if found is None else TokenPerson(found["user_id"], found["email"], Role(found["role"]))


def end_tokens_of(user_id: int, organisation_id: int | None = None) -> None:
    """End for good what a person gave to programs, in one organisation or everywhere.

    Runs in the open context: that of the organisation, or of authentication.
    """
    for table in (ApiGrant, PersonalToken):
        statement = update(table).where(table.user_id == user_id, table.revoked_at.is_(None))
        if organisation_id is not None:
            statement = statement.where(table.organisation_id == organisation_id)
        db.session.execute(statement.values(revoked_at=func.now()))

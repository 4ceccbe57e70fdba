"""The programs of the own organisation, and what its people gave to programs: for who manages it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal
from tenants.token_models import ApiClient, ClientKind


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A program that was not ended."""

    id: int
    client_id: str
    kind: ClientKind
    name: str
    scopes: list[str]
    redirect_uris: list[str]
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccessRow:
    """What a person gave to a program: a grant or a personal access token that still counts."""

    kind: str
    """`grant` or `token`."""
    id: int
    user_id: int
    person: str
    email: str
    name: str
    """Of the program, or as the person called the token."""
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


_ACCESSES = text("""
    select a.kind, a.id, a.user_id, coalesce(nullif(p.name, ''), p.email), p.email, a.name, a.scopes, a.created_at, a.expires_at,
           a.last_used_at
    from (
        select 'grant' as kind, g.id, g.user_id, c.name, g.scopes, g.created_at, g.expires_at, g.last_used_at
        from api_grant g
        join api_client c on c.organisation_id = g.organisation_id and c.id = g.client_id and c.revoked_at is null
        where g.organisation_id = :organisation and g.redeemed_at is not null and g.revoked_at is null
          and g.expires_at > now()
        union all
        select 'token', t.id, t.user_id, t.name, t.scopes, t.created_at, t.expires_at, t.last_used_at
        from personal_token t
        where t.organisation_id = :organisation and t.revoked_at is null and t.expires_at > now()
    ) a
    join people_of(:organisation) p on p.user_id = a.user_id
    where (cast(:only_kind as text) is null or (a.kind, a.id) = (:only_kind, cast(:only_id as bigint)))
      and (cast(:before_at as timestamptz) is null
       or (a.created_at, a.kind, a.id) < (cast(:before_at as timestamptz), cast(:before_kind as text), cast(:before_id as bigint)))
    order by a.created_at desc, a.kind desc, a.id desc limit :limit
""")


def list_clients(principal: Principal) -> list[ClientRow]:
    """Give the own organisation's programs by name; the principal needs organisation:manage.

    Raises:
        PermissionDenied: the permission is missing.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    rows = db.session.execute(_own(principal).order_by(ApiClient.name, ApiClient.client_id))
    return [ClientRow(*row) for row in rows]


def get_client(principal: Principal, client_id: str) -> ClientRow:
    """Give one of the own organisation's programs by its public id; the principal needs organisation:manage.

    Raises:
        PermissionDenied: the permission is missing.
        NotFound: there is no such program that still counts.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    row = db.session.execute(_own(principal).where(ApiClient.client_id == client_id)).one_or_none()
    if row is None:
        raise NotFound
    return ClientRow(*row)


def _own(principal: Principal) -> Any:
    return select(
        *(ApiClient.id, ApiClient.client_id, ApiClient.kind, ApiClient.name, ApiClient.scopes),
        *(ApiClient.redirect_uris, ApiClient.created_at, ApiClient.last_used_at),
    ).where(ApiClient.organisation_id == principal.organisation_id, ApiClient.revoked_at.is_(None))


def list_accesses(principal: Principal, *, limit: int, after: Sequence[Any] | None = None) -> list[AccessRow]:
    """Give up to `limit` of what the own people gave to programs, the newest first, behind the key (instant, kind, number).

    The principal needs organisation:manage.

    Raises:
        PermissionDenied: the permission is missing.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    before_at, before_kind, before_id = after or (None, None, None)
    return _accesses(principal, limit=limit, before_at=before_at, before_kind=before_kind, before_id=before_id)


def get_access(principal: Principal, kind: str, number: int) -> AccessRow:
    """Give one of the accesses that `list_accesses` lists.

    Raises:
        PermissionDenied: the permission is missing.
        NotFound: there is no such one that still counts.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    found = _accesses(principal, limit=1, only_kind=kind, only_id=number)
    if not found:
        raise NotFound
    return found[0]


def _accesses(principal: Principal, **values: Any) -> list[AccessRow]:
    named = ("limit", "before_at", "before_kind", "before_id", "only_kind", "only_id")
    given = {name: values.get(name) for name in named} | {"organisation": principal.organisation_id}
    return [AccessRow(*row) for row in db.session.execute(_ACCESSES, given)]

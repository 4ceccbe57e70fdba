"""People and groups that a provider keeps by SCIM; every function but `list_tokens` runs in the authentication context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from portal.identity.models import ProvisioningToken
from tenants.authentication import hash_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.permissions import Role
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class Provisioning:
    """For which organisation a token was made."""

    token_id: int
    organisation_id: int
    organisation_name: str
    locale: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token of the own organisation that still counts."""

    id: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as the provider keeps it."""

    id: UUID
    user_id: int | None
    user_name: str
    external_id: str | None
    email: str
    display_name: str
    is_active: bool
    granted_role: Role | None
    resource: dict[str, Any]
    version: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group as the provider keeps it, with the ids of who is in it."""

    id: UUID
    display_name: str
    external_id: str | None
    version: int
    created_at: datetime
    changed_at: datetime
    members: tuple[str, ...]


_PERSON = """
    select id, user_id, user_name, external_id, email, display_name, is_active, granted_role, resource, version, created_at,
           changed_at
    from provisioned_person where organisation_id = :organisation"""
_GROUP = """
    select g.id, g.display_name, g.external_id, g.version, g.created_at, g.changed_at,
           coalesce((select jsonb_agg(m.person_id order by m.person_id)
                     from provisioned_group_member m
                     where m.organisation_id = g.organisation_id and m.group_id = g.id), '[]')
    from provisioned_group g where g.organisation_id = :organisation"""


def find_provisioning(token: str) -> Provisioning | None:
    """Give for which organisation the token is; None when it is unknown or ended, or the organisation is inactive."""
    act_as(AUTHENTICATION)
    statement = text("""
        select t.id, o.id, o.name, o.locale
        from provisioning_token t join organisation o on o.id = t.organisation_id
        where t.token_hash = :hash and t.revoked_at is null and t.expires_at > now()
          and not exists (select from organisation a where a.id = any(o.owner_ids) and a.status <> 'active')""")
    row = db.session.execute(statement, {"hash": hash_token(token)}).one_or_none()
    return None if row is None else Provisioning(*row)


def is_provisioned(organisation_id: int) -> bool:
    """Tell whether a provider keeps the organisation's people and groups."""
    act_as(AUTHENTICATION)
    statement = select(ProvisioningToken.id).where(
        ProvisioningToken.organisation_id == organisation_id,
        ProvisioningToken.revoked_at.is_(None),
        ProvisioningToken.expires_at > func.now(),
    )
    return db.session.execute(statement.limit(1)).first() is not None


def list_tokens(principal: Principal) -> list[TokenRow]:
    """Give the tokens of the principal's organisation that still count, the newest first."""
    statement = (
        select(
            ProvisioningToken.id,
            ProvisioningToken.created_by,
            ProvisioningToken.created_at,
            ProvisioningToken.expires_at,
            ProvisioningToken.last_used_at,
        )
        .where(
            ProvisioningToken.organisation_id == principal.organisation_id,
            ProvisioningToken.revoked_at.is_(None),
            ProvisioningToken.expires_at > func.now(),
        )
        .order_by(ProvisioningToken.id.desc())
    )
    return [TokenRow(*row) for row in db.session.execute(statement)]


def list_people(
    organisation_id: int, *, user_name: str | None = None, external_id: str | None = None
) -> list[PersonRow]:
    """Give the organisation's people in the order of their ids; with a name (any case) or the provider's id those alone."""
    act_as(AUTHENTICATION)
    condition, values = "", {"organisation": organisation_id, "name": user_name, "external": external_id}
    if user_name is not None:
        condition += " and lower(user_name) = lower(:name)"
    if external_id is not None:
        condition += " and external_id = :external"
    rows = db.session.execute(text(f"{_PERSON}{condition} order by id"), values)
    return [_person(row) for row in rows]


def find_person(organisation_id: int, person_id: UUID, *, lock: bool = False) -> PersonRow | None:
    """Give one of the organisation's people, or None."""
    act_as(AUTHENTICATION)
    statement = text(f"{_PERSON} and id = :id{' for update' if lock else ''}")
    row = db.session.execute(statement, {"organisation": organisation_id, "id": person_id}).one_or_none()
    return None if row is None else _person(row)


def list_groups(organisation_id: int) -> list[GroupRow]:
    """Give the organisation's groups in the order of their ids."""
    act_as(AUTHENTICATION)
    rows = db.session.execute(text(f"{_GROUP} order by g.id"), {"organisation": organisation_id})
    return [_group(row) for row in rows]


def find_group(organisation_id: int, group_id: UUID, *, lock: bool = False) -> GroupRow | None:
    """Give one of the organisation's groups, or None."""
    act_as(AUTHENTICATION)
    statement = text(f"{_GROUP} and g.id = :id{' for update of g' if lock else ''}")
    row = db.session.execute(statement, {"organisation": organisation_id, "id": group_id}).one_or_none()
    return None if row is None else _group(row)


def groups_of(organisation_id: int, person_id: UUID) -> list[str]:
    """Give by what the person's groups may be called where roles are named: their names and the provider's ids."""
    act_as(AUTHENTICATION)
    statement = text("""
        select g.display_name, g.external_id
        from provisioned_group_member m
        join provisioned_group g on g.organisation_id = m.organisation_id and g.id = m.group_id
        where m.organisation_id = :organisation and m.person_id = :person""")
    rows = db.session.execute(statement, {"organisation": organisation_id, "person": person_id})
    return [name for row in rows for name in row if name]


def _person(row: Any) -> PersonRow:
    values = list(row)
    values[7] = Role(values[7]) if values[7] else None
    return PersonRow(*values)


def _group(row: Any) -> GroupRow:
    return GroupRow(row[0], row[1], row[2], row[3], row[4], row[5], tuple(row[6]))

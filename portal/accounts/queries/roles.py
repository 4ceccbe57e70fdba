"""Roles that the own organisation made from permissions, and how many people have each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from portal.accounts.errors import UnknownRole
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import ROLE_PERMISSIONS, Permission, Role, carried_permissions
from tenants.principal import Principal

_ROWS = """
    select r.code, r.name, r.like_role, r.permissions,
           (select count(*) from membership m where m.organisation_id = :own and m.own_role = r.code) as people,
           (select count(*) from invitation i where i.organisation_id = :own and i.own_role = r.code
            and i.accepted_at is null and i.revoked_at is null) as invitations
    from own_role r where r.organisation_id = :own"""


@dataclass(frozen=True, slots=True)
class OwnRoleRow:
    """A role of the own organisation; its people get the messages of the built-in role `like_role`."""

    code: str
    name: str
    like_role: Role
    permissions: frozenset[Permission]
    people: int
    """Those who no longer get in included: they have it again when they do."""
    invitations: int
    """That nobody has accepted."""

    @property
    def is_used(self) -> bool:
        """Tell whether somebody has it, or will."""
        return bool(self.people or self.invitations)


AnyRole = Role | OwnRoleRow


def list_own_roles(principal: Principal) -> list[OwnRoleRow]:
    """Give the roles that the principal's organisation made, by name."""
    rows = db.session.execute(text(f"{_ROWS} order by lower(r.name), r.code"), {"own": principal.organisation_id})
    return [_row(row) for row in rows]


def find_own_role(principal: Principal, code: str) -> OwnRoleRow | None:
    """Give the role of that code that the principal's organisation made, None where there is none."""
    rows = db.session.execute(text(f"{_ROWS} and r.code = :code"), {"own": principal.organisation_id, "code": code})
    row = rows.one_or_none()
    return None if row is None else _row(row)


def get_own_role(principal: Principal, code: str) -> OwnRoleRow:
    """Give the role of that code that the principal's organisation made.

    Raises:
        NotFound: there is none.
    """
    row = find_own_role(principal, code)
    if row is None:
        raise NotFound
    return row


def read_role(principal: Principal, word: str) -> AnyRole:
    """Give the role that the word names in the own organisation: a built-in one, or an own one by its code.

    Raises:
        UnknownRole: it names none.
    """
    role = Role(word) if word in set(Role) else find_own_role(principal, word)
    if role is None:
        raise UnknownRole("There is no such role.", field="role")
    return role


def role_word(role: AnyRole) -> str:
    """Give by what a role is named in forms, logs and the API."""
    return role.code if isinstance(role, OwnRoleRow) else role.value


def permissions_of_role(role: AnyRole) -> frozenset[Permission]:
    """Give what a role carries."""
    return role.permissions if isinstance(role, OwnRoleRow) else ROLE_PERMISSIONS[role]


def role_columns(role: AnyRole) -> dict[str, Any]:
    """Give what a membership or an invitation keeps of a role."""
    if isinstance(role, OwnRoleRow):
        return {"role": role.like_role, "own_role": role.code}
    return {"role": role, "own_role": None}


def _row(row: Any) -> OwnRoleRow:
    permissions = carried_permissions(Role(row.like_role), row.permissions)
    return OwnRoleRow(row.code, row.name, Role(row.like_role), permissions, row.people, row.invitations)

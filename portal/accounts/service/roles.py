"""Roles that an organisation makes from permissions: made, changed and removed; nobody gives what he has not himself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portal.accounts.errors import RoleExists, RoleInUse, RoleTooHigh, UnusableValue
from portal.accounts.queries.roles import (
    AnyRole,
    OwnRoleRow,
    find_own_role,
    get_own_role,
    list_own_roles,
    permissions_of_role,
    read_role,
    role_columns,
    role_word,
)
from portal.accounts.rules import may_give
from tenants.audit import record
from tenants.database import db
from tenants.models import Invitation, Membership, OwnRole
from tenants.permissions import KIND_PERMISSIONS, Permission, Role
from tenants.principal import Principal

MOST_ROLES = 50
_LOCK = text("select pg_advisory_xact_lock(hashtextextended('own roles', :own))")
_GIVEN_BY = (Invitation, Membership)
"""In the order in which whoever accepts an invitation locks them."""


@dataclass(frozen=True, slots=True)
class SaveRole:
    """A role as it is to be."""

    code: str
    name: str
    permissions: frozenset[Permission]
    like_role: Role = Role.VIEWER
    """Whose messages its people get; not the administrator's."""


def lock_roles(organisation_id: int) -> None:
    """Let of two who change or give own roles of an organisation (its id) at once one wait, until the transaction ends."""
    db.session.execute(_LOCK, {"own": organisation_id})


def hold_role(principal: Principal, role: AnyRole) -> AnyRole:
    """Give the role as it is now, an own one safe from being changed or removed until the transaction ends.

    Raises:
        UnknownRole: it was removed meanwhile.
    """
    if not isinstance(role, OwnRoleRow):
        return role
    lock_roles(principal.organisation_id)
    return read_role(principal, role.code)


def save_role(principal: Principal, command: SaveRole, *, only_new: bool = False) -> OwnRoleRow:
    """Make a role of the own organisation, or change the one of that code: for all who have it with their next request.

    The principal needs people:manage.

    Raises:
        PermissionDenied: the permission is missing.
        RoleExists: there is one of that code, and only a new one was wanted.
        RoleTooHigh: the role lists, or listed, something that the principal's own does not carry.
        UnusableValue: the code is a built-in role's, a permission is of no use in this kind of organisation, or there
            are too many roles.
    """
    principal.require(Permission.PEOPLE_MANAGE)
    lock_roles(principal.organisation_id)
    known = find_own_role(principal, command.code)
    if known is not None and only_new:
        raise RoleExists("There is a role of this code already.", field="code")
    _check(principal, command, known)
    listed = sorted(command.permissions)
    values = {"name": command.name, "like_role": command.like_role, "permissions": listed}
    db.session.execute(
        upsert(OwnRole)
        .values(organisation_id=principal.organisation_id, code=command.code, **values)
        .on_conflict_do_update(index_elements=["organisation_id", "code"], set_=values)
    )
    # Who has the role is told as the built-in one that it is like.
    for table in _GIVEN_BY:
        db.session.execute(
            update(table)
            .where(table.organisation_id == principal.organisation_id, table.own_role == command.code)
            .values(role=command.like_role)
        )
    record(
        principal,
        "role.changed" if known else "role.created",
        command.code,
        before={"name": known.name, "like_role": known.like_role.value, "permissions": sorted(known.permissions)}
        if known
        else None,
        after={"name": command.name, "like_role": command.like_role.value, "permissions": listed},
    )
    return get_own_role(principal, command.code)


def remove_role(principal: Principal, code: str, successor: str = "") -> None:
    """Remove a role of the own organisation; whoever has it, or is invited as it, gets the successor (a role's name or code).

    The principal needs people:manage.

    Raises:
        PermissionDenied: the permission is missing.
        NotFound: the organisation has no such role.
        RoleTooHigh: the role or its successor lists something that the principal's own does not carry.
        RoleInUse: somebody has it, and no other role is named.
        UnknownRole: there is no such successor.
    """
    principal.require(Permission.PEOPLE_MANAGE)
    lock_roles(principal.organisation_id)
    role = get_own_role(principal, code)
    if not may_give(principal, role.permissions):
        raise RoleTooHigh(code)
    if role.is_used and successor in {"", code}:
        raise RoleInUse("Somebody has this role.", people=role.people, invitations=role.invitations)
    follows = read_role(principal, successor) if role.is_used else Role.VIEWER
    if not may_give(principal, permissions_of_role(follows)):
        raise RoleTooHigh(successor)
    for table in _GIVEN_BY:
        db.session.execute(
            update(table)
            .where(table.organisation_id == principal.organisation_id, table.own_role == code)
            .values(**role_columns(follows))
        )
    db.session.execute(
        delete(OwnRole).where(OwnRole.organisation_id == principal.organisation_id, OwnRole.code == code)
    )
    record(
        principal,
        "role.removed",
        code,
        before={"name": role.name, "permissions": sorted(role.permissions), "people": role.people},
        after={"role": role_word(follows)} if role.is_used else None,
    )


def _check(principal: Principal, command: SaveRole, known: OwnRoleRow | None) -> None:
    if command.code in set(Role):
        raise UnusableValue("A built-in role has this name.", field="code")
    if command.like_role is Role.ADMIN:
        raise UnusableValue("Administrators are told what concerns them by that role alone.", field="like_role")
    if command.permissions - KIND_PERMISSIONS[principal.organisation_kind]:
        raise UnusableValue("There is nothing to be done with a permission here.", field="permissions")
    if not may_give(principal, command.permissions | (known.permissions if known else frozenset())):
        raise RoleTooHigh(command.code)
    if known is None and len(list_own_roles(principal)) >= MOST_ROLES:
        raise UnusableValue(f"An organisation has at most {MOST_ROLES} roles of its own.", field="code")

"""The people of the own organisation: roles, and who may no longer come in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from portal.accounts.errors import LastAdministrator, RoleTooHigh
from portal.accounts.queries.people import PersonRow, list_people
from portal.accounts.queries.roles import AnyRole, permissions_of_role, role_columns, role_word
from portal.accounts.rules import may_give
from portal.accounts.service.roles import hold_role
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.models import Membership, Status
from tenants.permissions import Permission, Role
from tenants.principal import Principal
from tenants.tokens import end_tokens_of


def change_role(principal: Principal, user_id: int, role: AnyRole) -> PersonRow:
    """Give a person of the own organisation another role; the principal needs people:manage.

    Raises:
        PermissionDenied: the permission is missing.
        RoleTooHigh: the old or the new role may do more than the principal's own.
        NotFound: nobody of that id works here.
        LastAdministrator: nobody else could manage the organisation.
        UnknownRole: the role was removed meanwhile.
    """
    role = hold_role(principal, role)
    person = person_of(principal, user_id)
    if not may_give(principal, permissions_of_role(role) | person.permissions):
        raise RoleTooHigh(role_word(role))
    if person.role is Role.ADMIN and role is not Role.ADMIN:
        _require_another_administrator(principal, user_id)
    _update(principal, user_id, **role_columns(role))
    record(
        principal,
        "person.role_changed",
        person.email,
        before={"role": person.role_word},
        after={"role": role_word(role)},
        person_id=user_id,
    )
    return person


def deactivate(principal: Principal, user_id: int) -> PersonRow:
    """Close the own organisation to a person, from its next request on; the principal needs people:manage.

    Raises:
        PermissionDenied: the permission is missing.
        RoleTooHigh: the person's role may do more than the principal's own.
        NotFound: nobody of that id works here.
        LastAdministrator: nobody else could manage the organisation.
    """
    person = person_of(principal, user_id)
    if not may_give(principal, person.permissions):
        raise RoleTooHigh(person.role_word)
    if person.role is Role.ADMIN:
        _require_another_administrator(principal, user_id)
    _update(principal, user_id, status=Status.INACTIVE)
    end_tokens_of(user_id, principal.organisation_id)
    record(principal, "person.deactivated", person.email, person_id=user_id)
    return person


def reactivate(principal: Principal, user_id: int) -> PersonRow:
    """Open the own organisation to a person again, in the old role; the principal needs people:manage.

    Raises:
        PermissionDenied: the permission is missing.
        RoleTooHigh: the person's role may do more than the principal's own.
        NotFound: nobody of that id worked here.
    """
    person = person_of(principal, user_id)
    if not may_give(principal, person.permissions):
        raise RoleTooHigh(person.role_word)
    _update(principal, user_id, status=Status.ACTIVE)
    record(principal, "person.reactivated", person.email, person_id=user_id)
    return person


def person_of(principal: Principal, user_id: int) -> PersonRow:
    """Give a person of the own organisation by its id; the principal needs people:manage.

    Raises:
        PermissionDenied: the permission is missing.
        NotFound: nobody of that id works here.
    """
    principal.require(Permission.PEOPLE_MANAGE)
    people = {person.user_id: person for person in list_people(principal, principal.organisation_id)}
    if user_id not in people:
        raise NotFound
    return people[user_id]


def _require_another_administrator(principal: Principal, user_id: int) -> None:
    if not lock_administrators(principal.organisation_id) - {user_id}:
        raise LastAdministrator


def lock_administrators(organisation_id: int) -> set[int]:
    """Give who manages the organisation (its id), all rows locked: of two who demote each other at once, one waits."""
    administrators = db.session.execute(
        select(Membership.user_id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role == Role.ADMIN,
            Membership.status == Status.ACTIVE,
        )
        .order_by(Membership.user_id)
        .with_for_update()
    )
    return set(administrators.scalars())


def _update(principal: Principal, user_id: int, **values: Any) -> None:
    db.session.execute(
        update(Membership)
        .where(Membership.organisation_id == principal.organisation_id, Membership.user_id == user_id)
        .values(**values)
    )

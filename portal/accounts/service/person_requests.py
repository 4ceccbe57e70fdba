"""Asking for a person's data or its erasure: by itself, or by an administrator for the own organisation's part."""

from __future__ import annotations

import psycopg
from sqlalchemy import insert, update

from portal.accounts.errors import LastAdministrator, RoleTooHigh
from portal.accounts.models import PersonRequest, RequestKind
from portal.accounts.queries.people import PersonRow
from portal.accounts.rules import may_give
from portal.accounts.service.people import lock_administrators, person_of
from portal.accounts.service.sessions import revoke_all_sessions
from portal.accounts.service.set_up import find_person_and_places, record_of_operator
from tenants.audit import record, record_as
from tenants.authentication import SignedIn
from tenants.database import AUTHENTICATION, act_as, db
from tenants.database_roles import conninfo
from tenants.models import Membership, Status, UserAccount
from tenants.permissions import Role
from tenants.principal import Principal

_ACTIONS = {RequestKind.EXPORT: "person.export_asked", RequestKind.ERASURE: "person.erasure_asked"}


def ask_export(principal: Principal, user_id: int) -> PersonRow:
    """Ask for the file of what the own organisation's part tells of a person; the principal needs people:manage.

    Raises:
        PermissionDenied: the permission is missing.
        RoleTooHigh: the person's role may do more than the principal's own.
        NotFound: nobody of that id works here.
    """
    return _ask(principal, user_id, RequestKind.EXPORT)


def ask_erasure(principal: Principal, user_id: int) -> PersonRow:
    """Have a person erased from the own organisation, which is closed to it at once; the principal needs people:manage.

    Who works nowhere else is erased whole.

    Raises:
        PermissionDenied: the permission is missing.
        RoleTooHigh: the person's role may do more than the principal's own.
        NotFound: nobody of that id works here.
        LastAdministrator: nobody else could manage the organisation.
    """
    person = _ask(principal, user_id, RequestKind.ERASURE)
    own = principal.organisation_id
    if person.role is Role.ADMIN and person.active and not lock_administrators(own) - {user_id}:
        raise LastAdministrator
    db.session.execute(
        update(Membership)
        .where(Membership.organisation_id == own, Membership.user_id == user_id)
        .values(status=Status.INACTIVE)
    )
    return person


def ask_own_export(person: SignedIn, *, address: str, request_id: str) -> None:
    """Ask for the file of everything that tells of oneself. Runs in the authentication context."""
    _ask_for_oneself(person, RequestKind.EXPORT, address=address, request_id=request_id)


def ask_own_erasure(person: SignedIn, *, address: str, request_id: str) -> None:
    """Have oneself erased everywhere; the account is closed and signed out at once. Runs in the authentication context.

    Raises:
        LastAdministrator: an organisation would be left without anybody to manage it.
    """
    act_as(AUTHENTICATION)
    for place in person.memberships:
        if place.role is Role.ADMIN and not lock_administrators(place.organisation_id) - {person.user_id}:
            raise LastAdministrator(place.name)
    _ask_for_oneself(person, RequestKind.ERASURE, address=address, request_id=request_id)
    db.session.execute(update(UserAccount).where(UserAccount.id == person.user_id).values(status=Status.INACTIVE))
    revoke_all_sessions(person.user_id)


def ask_as_operator(loader_url: str, email: str, kind: RequestKind) -> int:
    """Ask at the command line for everything of a person, by its e-mail address; gives the request's number.

    Raises:
        SetUpRefused: nobody has that e-mail address.
    """
    with psycopg.connect(conninfo(loader_url)) as connection:
        person_id, places = find_person_and_places(connection, email)
        for organisation_id in places:
            record_of_operator(connection, organisation_id, _ACTIONS[kind], email, person_id=person_id)
        row = connection.execute(
            "insert into person_request (person_id, kind) values (%s, %s) returning id", (person_id, kind.value)
        ).fetchone()
    return int(row[0]) if row else 0


def _ask(principal: Principal, user_id: int, kind: RequestKind) -> PersonRow:
    person = person_of(principal, user_id)
    if not may_give(principal, person.permissions):
        raise RoleTooHigh(person.role_word)
    _keep(user_id, kind, principal.organisation_id)
    record(principal, _ACTIONS[kind], person.email, person_id=user_id)
    return person


def _ask_for_oneself(person: SignedIn, kind: RequestKind, *, address: str, request_id: str) -> None:
    act_as(AUTHENTICATION)
    _keep(person.user_id, kind, None)
    for place in person.memberships:
        record_as(
            AUTHENTICATION,
            place.organisation_id,
            f"user:{person.user_id}",
            _ACTIONS[kind],
            person.email,
            address=address,
            via=f"session:{person.session_id}",
            request_id=request_id,
        )


def _keep(user_id: int, kind: RequestKind, organisation_id: int | None) -> None:
    db.session.execute(
        insert(PersonRequest).inline().values(person_id=user_id, kind=kind, organisation_id=organisation_id)
    )

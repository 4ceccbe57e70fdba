"""Memberships that follow a provider: made, changed and taken away as its groups say; in the authentication context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert

from portal.accounts.service.people import lock_administrators
from portal.accounts.service.sessions import revoke_sessions_in
from portal.identity.queries.sign_in import find_membership
from tenants.audit import record_as
from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import Membership, Status, UserAccount
from tenants.permissions import Role
from tenants.tokens import end_tokens_of


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so, for the log."""

    actor: str
    actor_name: str
    address: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A person in an organisation."""

    organisation_id: int
    user_id: int
    email: str


def make_account(email: str, name: str, locale: str) -> int | None:
    """Make an account without a password and give its id; None where the address has one already."""
    act_as(AUTHENTICATION)
    row = upsert(UserAccount).values(email=email, name=name, locale=locale)
    return db.session.execute(
        row.on_conflict_do_nothing(index_elements=[UserAccount.email]).returning(UserAccount.id)
    ).scalar_one_or_none()


def grant(member: Member, role: Role, source: Source) -> None:
    """Let the person work in the organisation in that role; the last administrator keeps its own."""
    known = find_membership(member.organisation_id, member.user_id)
    if known is not None and known.is_active:
        if known.role is role and known.own_role is None:
            return
        if is_last_administrator(member):
            return
    row = upsert(Membership).values(
        organisation_id=member.organisation_id, user_id=member.user_id, role=role, own_role=None, status=Status.ACTIVE
    )
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=[Membership.organisation_id, Membership.user_id],
            set_={name: row.excluded[name] for name in ("role", "own_role", "status")},
        )
    )
    if known is None:
        note_of_provider(member, "person.joined", source, after={"role": role.value})
    elif not known.is_active:
        note_of_provider(member, "person.reactivated", source, after={"role": role.value})
    else:
        note_of_provider(
            member,
            "person.role_changed",
            source,
            before={"role": known.own_role or known.role.value},
            after={"role": role.value},
        )


def take_away(member: Member, source: Source, *, cause: str) -> bool:
    """Close the organisation to the person and end its sessions there; False for the last administrator, who stays."""
    known = find_membership(member.organisation_id, member.user_id)
    if known is None or not known.is_active:
        return True
    if is_last_administrator(member):
        note_of_provider(member, "person.deactivated", source, refused=True, after={"cause": "last administrator"})
        return False
    db.session.execute(
        update(Membership)
        .where(Membership.organisation_id == member.organisation_id, Membership.user_id == member.user_id)
        .values(status=Status.INACTIVE)
    )
    revoke_sessions_in(member.user_id, member.organisation_id)
    end_tokens_of(member.user_id, member.organisation_id)
    note_of_provider(member, "person.deactivated", source, after={"cause": cause})
    return True


def is_last_administrator(member: Member) -> bool:
    """Tell whether nobody else manages the organisation."""
    act_as(AUTHENTICATION)
    return lock_administrators(member.organisation_id) == {member.user_id}


def note_of_provider(member: Member, action: str, source: Source, **rest: Any) -> None:
    """Note in the organisation's log what the provider brought about."""
    record_as(
        AUTHENTICATION,
        member.organisation_id,
        actor=source.actor,
        action=action,
        subject=member.email,
        actor_name=source.actor_name,
        person_id=member.user_id,
        address=source.address,
        request_id=source.request_id,
        **rest,
    )

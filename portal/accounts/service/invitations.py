"""Invitations: sent from above or within the own organisation, accepted once, by the person of that e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import CursorResult, func, insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portal.accounts.errors import AlreadyMember, InvitationEnded, RoleTooHigh, UnknownRole
from portal.accounts.passwords import hash_password
from portal.accounts.queries.people import OpenInvitation, find_open_invitation, list_invitations, list_people
from portal.accounts.queries.roles import (
    AnyRole,
    OwnRoleRow,
    permissions_of_role,
    read_role,
    role_columns,
    role_word,
)
from portal.accounts.queries.sign_in import find_credentials
from portal.accounts.rules import may_give
from portal.accounts.service.roles import hold_role, lock_roles
from portal.accounts.tokens import INVITATION, link_token, new_nonce
from portal.core.mail import mail_brand
from portal.core.outbox import emit
from portal.web.rate_limits import count
from tenants.audit import record, record_as
from tenants.authentication import hash_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.errors import NotFound
from tenants.models import Invitation, Membership, Status, UserAccount
from tenants.permissions import Permission
from tenants.principal import Principal

VALID_FOR: Final = timedelta(days=7)
MOST: Final = ("500/hour", "invitations of an organisation")


@dataclass(frozen=True, slots=True)
class Invitee:
    """Who is to come aboard, and as what."""

    email: str
    name: str
    role: AnyRole


@dataclass(frozen=True, slots=True)
class InvitedInto:
    """The organisation somebody is invited into."""

    organisation_id: int
    name: str
    locale: str


def invite(principal: Principal, into: InvitedInto, invitee: Invitee) -> None:
    """Invite a person into the own organisation or, as a seller, into one of its buyers; the mail follows.

    An earlier invitation of the same address into the same organisation ends. The principal needs people:manage for
    the own organisation, accounts:manage for a buyer.

    Raises:
        PermissionDenied: the permission is missing.
        RoleTooHigh: the role may do more than the principal's own.
        UnknownRole: it is no role of that organisation, or was removed meanwhile.
        AlreadyMember: the person works there already.
        TooManyRequests: the organisation invited too many people within the hour.
    """
    own = into.organisation_id == principal.organisation_id
    principal.require(Permission.PEOPLE_MANAGE if own else Permission.ACCOUNTS_MANAGE)
    if isinstance(invitee.role, OwnRoleRow) and not own:
        raise UnknownRole("Another organisation does not have this role.", field="role")
    role = hold_role(principal, invitee.role)
    if not may_give(principal, permissions_of_role(role)):
        raise RoleTooHigh(role_word(role))
    count(*MOST, str(principal.organisation_id))
    email = invitee.email.strip().lower()
    if any(person.email == email and person.active for person in list_people(principal, into.organisation_id)):
        raise AlreadyMember(email)
    end_invitations(principal.organisation_id, into.organisation_id, email)
    nonce = new_nonce()
    db.session.execute(
        insert(Invitation).values(
            organisation_id=into.organisation_id,
            inviting_organisation_id=principal.organisation_id,
            invited_by=principal.actor_name,
            email=email,
            name=invitee.name,
            **role_columns(role),
            token_hash=hash_token(link_token(INVITATION, nonce)),
            expires_at=func.now() + text(f"interval '{VALID_FOR.days} days'"),
        )
    )
    emit(
        principal,
        "InvitationSent",
        {
            "email": email,
            "name": invitee.name,
            "organisation": into.name,
            "invited_by": principal.actor_name,
            "inviting_organisation": principal.organisation_name,
            "locale": into.locale,
            "nonce": nonce,
            "brand": mail_brand(principal.seller_id or principal.organisation_id).as_payload(),
        },
    )
    record(principal, "invitation.sent", email, after={"organisation": into.name, "role": role_word(role)})


def send_again(principal: Principal, into: InvitedInto, invitation_id: int) -> str:
    """Replace an invitation by a new one that is valid for seven days from now; gives the address.

    Raises:
        NotFound: the principal's organisation has no such open invitation into that organisation.
    """
    lock_roles(principal.organisation_id)
    rows = {row.id: row for row in list_invitations(principal, into.organisation_id)}
    row = rows.get(invitation_id)
    if row is None:
        raise NotFound
    invite(principal, into, Invitee(row.email, row.name, read_role(principal, row.own_role or row.role.value)))
    return row.email


def withdraw(principal: Principal, organisation_id: int, invitation_id: int) -> str:
    """End an open invitation that the principal's organisation sent; gives the address.

    Raises:
        PermissionDenied: the permission is missing.
        NotFound: there is no such open invitation.
    """
    own = organisation_id == principal.organisation_id
    principal.require(Permission.PEOPLE_MANAGE if own else Permission.ACCOUNTS_MANAGE)
    email = db.session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation_id,
            Invitation.inviting_organisation_id == principal.organisation_id,
            Invitation.organisation_id == organisation_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
        .returning(Invitation.email)
    ).scalar_one_or_none()
    if email is None:
        raise NotFound
    record(principal, "invitation.withdrawn", email)
    return str(email)


def accept_as_new(token: str, name: str, password: str, *, address: str) -> tuple[OpenInvitation, int]:
    """Accept an invitation as somebody without an account; gives the invitation and the new person's id.

    The caller has checked the password's rules. Runs in the authentication context.

    Raises:
        InvitationEnded: it cannot be accepted now, or the address has an account (which must sign in).
    """
    invitation = _take(token)
    known = find_credentials(invitation.email)
    if known is not None and (known.password_hash or not known.active):
        raise InvitationEnded
    row = upsert(UserAccount).values(
        email=invitation.email, name=name, locale=invitation.organisation_locale, password_hash=hash_password(password)
    )
    user_id: int = db.session.execute(
        row.on_conflict_do_update(
            index_elements=[UserAccount.email],
            set_={"name": row.excluded.name, "password_hash": row.excluded.password_hash},
            where=UserAccount.password_hash == "",
        ).returning(UserAccount.id)
    ).scalar_one()
    _join(invitation, user_id, address)
    return invitation, user_id


def accept_as_known(token: str, user_id: int, *, address: str) -> OpenInvitation:
    """Accept an invitation as the person whose password or session was just checked.

    Raises:
        InvitationEnded: it cannot be accepted now, or it is another person's.
    """
    invitation = _take(token)
    known = find_credentials(invitation.email)
    if known is None or known.user_id != user_id or not known.active:
        raise InvitationEnded
    _join(invitation, user_id, address)
    return invitation


def _take(token: str) -> OpenInvitation:
    """Use the invitation up: of two who come at once, one gets it."""
    invitation = find_open_invitation(token)
    if invitation is not None and invitation.own_role:
        # While the role is removed it is its successor that is given.
        lock_roles(invitation.organisation_id)
        invitation = find_open_invitation(token)
    if invitation is None:
        raise InvitationEnded
    taken: CursorResult[tuple[()]] = db.session.execute(  # type: ignore[assignment] # an update gives a cursor's result
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
        .values(accepted_at=func.now())
    )
    if taken.rowcount != 1:
        raise InvitationEnded
    return invitation


def _join(invitation: OpenInvitation, user_id: int, address: str) -> None:
    act_as(AUTHENTICATION)
    row = upsert(Membership).values(
        organisation_id=invitation.organisation_id,
        user_id=user_id,
        role=invitation.role,
        own_role=invitation.own_role,
        status=Status.ACTIVE,
    )
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=[Membership.organisation_id, Membership.user_id],
            set_={name: row.excluded[name] for name in ("role", "own_role", "status")},
        )
    )
    record_as(
        AUTHENTICATION,
        invitation.organisation_id,
        f"user:{user_id}",
        "invitation.accepted",
        invitation.email,
        address=address,
        after={"role": invitation.own_role or invitation.role.value, "invited_by": invitation.invited_by},
    )


def end_invitations(inviting_id: int, organisation_id: int, email: str) -> None:
    """End the open invitations of that address which one organisation (its id) sent into another; in the open context."""
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.inviting_organisation_id == inviting_id,
            Invitation.organisation_id == organisation_id,
            Invitation.email == email,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
    )

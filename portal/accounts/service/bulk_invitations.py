"""Many buyers invited at once: each gets one invitation or a reason why not, and asking again sends nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.accounts.errors import AlreadyMember, RoleTooHigh
from portal.accounts.queries.accounts import AccountRow, AccountState, find_accounts
from portal.accounts.queries.people import list_invitations
from portal.accounts.rules import may_grant
from portal.accounts.service.accounts import lock_accounts
from portal.accounts.service.invitations import InvitedInto, Invitee, invite
from portal.web.problems import TooManyRequests
from tenants.permissions import Permission, Role
from tenants.principal import Principal


class Answer(StrEnum):
    """What became of one of many invitations."""

    INVITED = "invited"
    ALREADY_INVITED = "already-invited"
    """An invitation of this address can still be accepted."""
    ALREADY_ABOARD = "already-aboard"
    NO_ADDRESS = "no-address"
    """None was given, and the account has none."""
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"
    """The seller has no such account."""
    LATER = "later"
    """The organisation invited too many people within the hour."""


@dataclass(frozen=True, slots=True)
class AccountInvitation:
    """Whom to invite into a buyer; without an address whoever reads the account's."""

    code: str
    email: str = ""
    name: str = ""
    role: Role = Role.MANAGER


def invite_many(principal: Principal, wanted: Sequence[AccountInvitation]) -> list[Answer]:
    """Invite one person into each of the seller's accounts and say of each what became of it, in order.

    The principal must be a seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        RoleTooHigh: a role may do more than the principal's own; nobody is invited.
    """
    principal.require(Permission.ACCOUNTS_MANAGE)
    for each in wanted:
        if not may_grant(principal, each.role):
            raise RoleTooHigh(each.role.value)
    lock_accounts(principal)
    accounts = {account.code: account for account in find_accounts(principal, [each.code for each in wanted], [])}
    return [_invite(principal, accounts.get(each.code), each) for each in wanted]


def _invite(principal: Principal, account: AccountRow | None, wanted: AccountInvitation) -> Answer:
    if account is None:
        return Answer.UNKNOWN
    if account.state in {AccountState.SUSPENDED, AccountState.CLOSED}:
        return Answer.SUSPENDED
    email = (wanted.email or account.email).strip().lower()
    if not email:
        return Answer.NO_ADDRESS
    open_ones = list_invitations(principal, account.buyer_id, email=email)
    if any(not invitation.expired for invitation in open_ones):
        return Answer.ALREADY_INVITED
    into = InvitedInto(account.buyer_id, account.name, account.locale)
    try:
        invite(principal, into, Invitee(email, wanted.name, wanted.role))
    except AlreadyMember:
        return Answer.ALREADY_ABOARD
    except TooManyRequests:
        return Answer.LATER
    return Answer.INVITED

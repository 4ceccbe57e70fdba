"""The people of a seller's buyers for programs: who works there, and who is invited."""

from __future__ import annotations

from portal.accounts.api.fields import (
    EmailAddress,
    InvitationAnswer,
    PageQuery,
    PersonAnswer,
    PersonBody,
    invitation_answer,
    person_answer,
)
from portal.accounts.errors import AlreadyMember, RoleTooHigh
from portal.accounts.queries.accounts import AccountRow, get_account
from portal.accounts.queries.people import get_invitation, list_invitations, list_people
from portal.accounts.service import invitations as service
from portal.web.api import Code, InvalidCursor, Page, operation, page_of, read_cursor
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Accounts"]


@operation(
    "GET",
    "/selling/accounts/{code}/people",
    permission=Permission.ACCOUNTS_VIEW,
    scope=Scope.SELLING_READ,
    summary="List who works at a buyer",
    tags=_TAGS,
    response=Page[PersonAnswer],
    query=PageQuery,
    errors=[InvalidCursor],
)
def list_account_people(principal: Principal, code: Code, query: PageQuery) -> Page[PersonAnswer]:
    """By name, those included who no longer get in."""
    account, after = get_account(principal, code), read_cursor(query.cursor, 2)
    rows = list_people(principal, account.buyer_id, limit=query.limit + 1, after=after)
    return page_of(rows, query.limit, person_answer, lambda row: (row.name, row.email))


@operation(
    "GET",
    "/selling/accounts/{code}/invitations",
    permission=Permission.ACCOUNTS_VIEW,
    scope=Scope.SELLING_READ,
    summary="List the open invitations into a buyer",
    tags=_TAGS,
    response=Page[InvitationAnswer],
    query=PageQuery,
    errors=[InvalidCursor],
)
def list_account_invitations(principal: Principal, code: Code, query: PageQuery) -> Page[InvitationAnswer]:
    """Those that were sent from here and nobody has accepted, expired ones included, the newest first."""
    account, after = get_account(principal, code), read_cursor(query.cursor, 2)
    rows = list_invitations(principal, account.buyer_id, limit=query.limit + 1, after=after)
    return page_of(rows, query.limit, invitation_answer, lambda row: (row.created_at.isoformat(), row.id))


@operation(
    "POST",
    "/selling/accounts/{code}/invitations",
    permission=Permission.ACCOUNTS_MANAGE,
    scope=Scope.SELLING_WRITE,
    summary="Invite a person into a buyer",
    tags=_TAGS,
    response=InvitationAnswer,
    status=201,
    body=PersonBody,
    errors=[AlreadyMember, RoleTooHigh],
)
def invite_into_account(principal: Principal, code: Code, body: PersonBody) -> InvitationAnswer:
    """The mail goes out once this is stored. An earlier invitation of the same address ends."""
    account = get_account(principal, code)
    service.invite(principal, _into(account), body.invitee())
    return _of(principal, account, body.email)


@operation(
    "POST",
    "/selling/accounts/{code}/invitations/{email}/send-again",
    permission=Permission.ACCOUNTS_MANAGE,
    scope=Scope.SELLING_WRITE,
    summary="Send an invitation into a buyer again",
    tags=_TAGS,
    response=InvitationAnswer,
    errors=[AlreadyMember, RoleTooHigh],
)
def send_account_invitation_again(principal: Principal, code: Code, email: EmailAddress) -> InvitationAnswer:
    """A new invitation, valid from now on; the old link ends."""
    account = get_account(principal, code)
    found = get_invitation(principal, account.buyer_id, email)
    service.send_again(principal, _into(account), found.id)
    return _of(principal, account, email)


@operation(
    "DELETE",
    "/selling/accounts/{code}/invitations/{email}",
    permission=Permission.ACCOUNTS_MANAGE,
    scope=Scope.SELLING_WRITE,
    summary="Withdraw an invitation into a buyer",
    tags=_TAGS,
    response=None,
    status=204,
)
def withdraw_account_invitation(principal: Principal, code: Code, email: EmailAddress) -> None:
    """Its link ends at once."""
    account = get_account(principal, code)
    service.withdraw(principal, account.buyer_id, get_invitation(principal, account.buyer_id, email).id)


def _into(account: AccountRow) -> service.InvitedInto:
    return service.InvitedInto(account.buyer_id, account.name, account.locale)


def _of(principal: Principal, account: AccountRow, email: str) -> InvitationAnswer:
    return invitation_answer(get_invitation(principal, account.buyer_id, email))

"""The people of the own organisation for programs: who works here as what, and who is invited."""

from __future__ import annotations

from portal.accounts.api.fields import (
    GIVEN,
    ColleagueBody,
    EmailAddress,
    GivenRole,
    InvitationAnswer,
    PageQuery,
    PersonAnswer,
    invitation_answer,
    person_answer,
    unsent,
)
from portal.accounts.api.own import ADMIN, own_operation
from portal.accounts.errors import AlreadyMember, RoleTooHigh, UnknownRole
from portal.accounts.queries.organisation import get_own_organisation
from portal.accounts.queries.people import get_invitation, get_person, list_invitations, list_people
from portal.accounts.queries.roles import AnyRole, read_role
from portal.accounts.service import invitations
from portal.accounts.service import people as service
from portal.web.api import ApiBody, InvalidCursor, Page, page_of, read_cursor
from tenants.permissions import Permission, Role
from tenants.principal import Principal

_TAGS = ["People"]


class PersonChanges(ApiBody):
    """What is to be changed of a person; what is not sent stays."""

    role: GivenRole = unsent(description=GIVEN)
    active: bool = unsent(description="false: gets in no more, from the next request on.")


@own_operation(
    "GET",
    "/people",
    scopes=ADMIN,
    permission=Permission.PEOPLE_VIEW,
    summary="List who works in the own organisation",
    tags=_TAGS,
    response=Page[PersonAnswer],
    query=PageQuery,
    errors=[InvalidCursor],
)
def list_own_people(principal: Principal, query: PageQuery) -> Page[PersonAnswer]:
    """By name, those included who no longer get in."""
    after = read_cursor(query.cursor, 2)
    rows = list_people(principal, principal.organisation_id, limit=query.limit + 1, after=after)
    return page_of(rows, query.limit, person_answer, lambda row: (row.name, row.email))


@own_operation(
    "PATCH",
    "/people/{email}",
    scopes=ADMIN,
    permission=Permission.PEOPLE_MANAGE,
    summary="Give a person another role, deactivate or reactivate it",
    tags=_TAGS,
    response=PersonAnswer,
    body=PersonChanges,
    errors=[RoleTooHigh, UnknownRole],
)
def change_own_person(principal: Principal, email: EmailAddress, body: PersonChanges) -> PersonAnswer:
    """What is not sent stays. Programs count as managers: they neither make administrators nor change them."""
    person = get_person(principal, principal.organisation_id, email)
    if "role" in body.model_fields_set and person.role_word != body.role:
        service.change_role(principal, person.user_id, _role(principal, body.role))
    if "active" in body.model_fields_set and person.active != body.active:
        (service.reactivate if body.active else service.deactivate)(principal, person.user_id)
    return person_answer(get_person(principal, principal.organisation_id, email))


@own_operation(
    "GET",
    "/invitations",
    scopes=ADMIN,
    permission=Permission.PEOPLE_VIEW,
    summary="List the open invitations into the own organisation",
    tags=_TAGS,
    response=Page[InvitationAnswer],
    query=PageQuery,
    errors=[InvalidCursor],
)
def list_own_invitations(principal: Principal, query: PageQuery) -> Page[InvitationAnswer]:
    """Those that nobody has accepted, expired ones included, the newest first."""
    after = read_cursor(query.cursor, 2)
    rows = list_invitations(principal, principal.organisation_id, limit=query.limit + 1, after=after)
    return page_of(rows, query.limit, invitation_answer, lambda row: (row.created_at.isoformat(), row.id))


@own_operation(
    "POST",
    "/invitations",
    scopes=ADMIN,
    permission=Permission.PEOPLE_MANAGE,
    summary="Invite a person into the own organisation",
    tags=_TAGS,
    response=InvitationAnswer,
    status=201,
    body=ColleagueBody,
    errors=[AlreadyMember, RoleTooHigh, UnknownRole],
)
def invite_own_person(principal: Principal, body: ColleagueBody) -> InvitationAnswer:
    """The mail goes out once this is stored. An earlier invitation of the same address ends."""
    invitee = invitations.Invitee(body.email, body.name, _role(principal, body.role))
    invitations.invite(principal, _into(principal), invitee)
    return _invitation(principal, body.email)


@own_operation(
    "POST",
    "/invitations/{email}/send-again",
    scopes=ADMIN,
    permission=Permission.PEOPLE_MANAGE,
    summary="Send an invitation into the own organisation again",
    tags=_TAGS,
    response=InvitationAnswer,
    errors=[AlreadyMember, RoleTooHigh],
)
def send_own_invitation_again(principal: Principal, email: EmailAddress) -> InvitationAnswer:
    """A new invitation, valid from now on; the old link ends."""
    found = get_invitation(principal, principal.organisation_id, email)
    invitations.send_again(principal, _into(principal), found.id)
    return _invitation(principal, email)


@own_operation(
    "DELETE",
    "/invitations/{email}",
    scopes=ADMIN,
    permission=Permission.PEOPLE_MANAGE,
    summary="Withdraw an invitation into the own organisation",
    tags=_TAGS,
    response=None,
    status=204,
)
def withdraw_own_invitation(principal: Principal, email: EmailAddress) -> None:
    """Its link ends at once."""
    found = get_invitation(principal, principal.organisation_id, email)
    invitations.withdraw(principal, principal.organisation_id, found.id)


def _role(principal: Principal, word: str) -> AnyRole:
    if word == Role.ADMIN:
        raise UnknownRole("Administrators are appointed by people alone.", field="role")
    return read_role(principal, word)


def _into(principal: Principal) -> invitations.InvitedInto:
    own = get_own_organisation(principal)
    return invitations.InvitedInto(own.id, own.name, own.locale)


def _invitation(principal: Principal, email: str) -> InvitationAnswer:
    return invitation_answer(get_invitation(principal, principal.organisation_id, email))

"""What the operations of accounts take and give in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from portal.accounts.queries.people import InvitationRow, PersonRow
from portal.accounts.service.invitations import Invitee
from portal.web.api import USUAL_ITEMS, ApiAnswer, ApiBody, ApiQuery, Cursor, Limit, Whole
from tenants.permissions import Role

Line = Annotated[str, StringConstraints(max_length=150, pattern=r"^[^\x00-\x1f\x7f]*$")]
ShortLine = Annotated[str, StringConstraints(max_length=50, pattern=r"^[^\x00-\x1f\x7f]*$")]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=150, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
]
PathCode = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x20\x7f/\\?#%]+$")]
_WORD = r"[A-Za-z0-9_%+-]+"
Email = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=rf"^{_WORD}(\.{_WORD})*@[A-Za-z0-9]+(-+[A-Za-z0-9]+)*(\.[A-Za-z0-9]+(-+[A-Za-z0-9]+)*)+$",
    ),
]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
PostalCode = Annotated[str, StringConstraints(max_length=20, pattern=r"^[^\x00-\x1f\x7f]*$")]
VatId = PostalCode
Gln = Annotated[str, StringConstraints(pattern=r"^([0-9]{13})?$")]
PriceGroupCode = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$")]
TermDays = Annotated[int, Field(ge=0, le=365), Whole]
EmailAddress = Annotated[str, StringConstraints(min_length=1, max_length=254, pattern=r"^[^\x00-\x20\x7f]+$")]
"""How an address names a person or an open invitation: keys of rows are never shown."""

GrantedRole = Literal["manager", "buyer", "approver", "warehouse", "viewer"]
GRANTED = "Administrators are appointed by people alone."


def unsent(**more: Any) -> Any:
    """Give a field that stays as it is when it is not sent (`model_fields_set` says what was); no default is documented."""
    return Field(default_factory=str, **more)


class PersonBody(ApiBody):
    """Somebody to invite, by e-mail."""

    email: Email
    name: Line = ""
    role: GrantedRole = Field(default="manager", description=GRANTED)

    def invitee(self) -> Invitee:
        """Give it as the service takes it."""
        return Invitee(self.email, self.name, Role(self.role))


class PageQuery(ApiQuery):
    """Which page."""

    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


GivenRole = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x20\x7f/\\?#%]+$")]
GIVEN = "A built-in role, or the code of an own one. Administrators are appointed by people alone."


class ColleagueBody(ApiBody):
    """Somebody to invite into the own organisation, by e-mail."""

    email: Email
    name: Line = ""
    role: GivenRole = Field(default="manager", description=GIVEN)


class PersonAnswer(ApiAnswer):
    """Somebody who works in an organisation."""

    email: str
    name: str
    role: Role = Field(description="The built-in role; where it has an own role, the one that is like.")
    own_role: str | None = Field(description="Code of the organisation's own role that decides what it may.")
    active: bool
    created_at: AwareDatetime
    last_seen_at: AwareDatetime | None
    has_second_factor: bool | None = Field(
        description="An authenticator app or a passkey; null for other organisations' people."
    )


class InvitationAnswer(ApiAnswer):
    """An invitation that nobody has accepted yet."""

    email: str
    name: str
    role: Role
    own_role: str | None
    invited_by: str
    created_at: AwareDatetime
    expires_at: AwareDatetime
    expired: bool


def person_answer(row: PersonRow) -> PersonAnswer:
    """Give a person as answers show it."""
    return PersonAnswer(
        email=row.email,
        name=row.name,
        role=row.role,
        own_role=row.own_role.code if row.own_role else None,
        active=row.active,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        has_second_factor=row.has_second_factor,
    )


def invitation_answer(row: InvitationRow) -> InvitationAnswer:
    """Give an invitation as answers show it."""
    return InvitationAnswer(
        email=row.email,
        name=row.name,
        role=row.role,
        own_role=row.own_role,
        invited_by=row.invited_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        expired=row.expired,
    )

"""The log of the own organisation for programs: who did what, and whether the log is as it was written."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from portal.accounts.api.fields import Line, PageQuery
from portal.accounts.api.own import ADMIN, own_operation
from portal.accounts.queries.audit import AuditFilter, AuditRow, list_audit_entries
from portal.accounts.queries.audit_chain import Flaw
from portal.accounts.service.audit_chain import check_own_chain
from portal.web.api import ApiAnswer, InvalidCursor, IsoDate, Page, page_of, read_cursor
from portal.web.problems import TooManyRequests
from tenants.permissions import Permission
from tenants.principal import Principal

_TAGS = ["Organisation"]


class AuditQuery(PageQuery):
    """Which entries."""

    person: Line = Field(
        default="", description="Part of the name or e-mail address of who acted, or a program's name."
    )
    action: Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z_.]*$")] = Field(
        default="", description="What the action begins with, as `order.`"
    )
    subject: Line = Field(default="", description="Part of what it was done to.")
    since: IsoDate | None = Field(default=None, description="From this day on, in the organisation's time zone.")
    until: IsoDate | None = Field(default=None, description="Up to and including this day.")
    refused: Literal["yes"] | None = Field(default=None, description="Refused attempts alone.")


class AuditAnswer(ApiAnswer):
    """Who did what to what, as whom, from where."""

    id: UUID
    at: AwareDatetime
    actor: str
    actor_name: str = Field(description="A number (`Person 12`) or empty where the person was erased.")
    actor_organisation: str = Field(description="Where the actor belongs, if it acted on behalf of this organisation.")
    acted_as: str = Field(description="Capacity and, of a person, role at that time: `seller:manager`.")
    action: str
    subject: str
    refused: bool
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str
    via: str = Field(
        description="The browser session, `session:45`, or the program by which a person acted, `client:3`."
    )
    request_id: str
    erased: bool = Field(description="Whether names it held were erased.")
    position: int | None = Field(description="Its place in the chain; null for the moment after it was written.")
    hash: str = Field(description="SHA-256 of the hash before and the entry's digest, in hexadecimal.")


class BrokenAnswer(ApiAnswer):
    """The first place where the log is not as it was written."""

    position: int | None
    entry_id: UUID | None
    flaw: Flaw


class ChainAnswer(ApiAnswer):
    """What walking the chain found."""

    entries: int
    waiting: int = Field(description="Written a moment ago and not chained yet.")
    erased: int = Field(description="Of which names were erased.")
    head: str = Field(description="The last hash. Whoever keeps it can prove later that nothing before it was changed.")
    sealed_position: int
    sealed_at: AwareDatetime | None
    is_intact: bool
    broken: BrokenAnswer | None


@own_operation(
    "GET",
    "/audit-entries",
    scopes=ADMIN,
    permission=Permission.ORGANISATION_MANAGE,
    summary="Read the log of the own organisation",
    tags=_TAGS,
    response=Page[AuditAnswer],
    query=AuditQuery,
    errors=[InvalidCursor],
)
def list_own_audit_entries(principal: Principal, query: AuditQuery) -> Page[AuditAnswer]:
    """Who did what, refused attempts too, the newest first."""
    wanted = AuditFilter(
        person=query.person,
        action=query.action,
        subject=query.subject,
        since=query.since,
        until=query.until,
        only_refused=query.refused is not None,
    )
    rows = list_audit_entries(principal, wanted, limit=query.limit + 1, after=read_cursor(query.cursor, 2))
    return page_of(rows, query.limit, AuditAnswer.model_validate, _position)


@own_operation(
    "GET",
    "/audit-chain",
    scopes=ADMIN,
    permission=Permission.ORGANISATION_MANAGE,
    summary="Check the log of the own organisation",
    tags=_TAGS,
    response=ChainAnswer,
    errors=[TooManyRequests],
)
def check_own_audit_chain(principal: Principal) -> ChainAnswer:
    """Walk all entries and seals, and name the first that is not as it was written. At most 20 times an hour."""
    return ChainAnswer.model_validate(check_own_chain(principal))


def _position(row: AuditRow) -> tuple[str, str]:
    return row.at.isoformat(), str(row.id)

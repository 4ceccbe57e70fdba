"""Who acted on behalf of whom, for programs."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from portal.accounts.api.fields import PageQuery
from portal.accounts.api.own import READ, own_operation
from portal.accounts.queries.acting import ActingRow, list_acting
from portal.web.api import ApiAnswer, InvalidCursor, Page, page_of, read_cursor
from tenants.permissions import Permission
from tenants.principal import Principal


class ActingAnswer(ApiAnswer):
    """One time that a person of the seller worked in a retailer's name."""

    began_at: AwareDatetime
    ended_at: AwareDatetime = Field(description="When it ended or will end at the latest.")
    is_open: bool
    reason: str
    person: str = Field(description="A number (`Person 12`) or empty where the person was erased.")
    actor_organisation: str
    code: str = Field(description="The retailer's.")
    organisation: str


@own_operation(
    "GET",
    "/acting-sessions",
    scopes=READ,
    permission=Permission.ORGANISATION_VIEW,
    summary="List who acted on behalf of whom",
    tags=["Organisation"],
    response=Page[ActingAnswer],
    query=PageQuery,
    errors=[InvalidCursor],
)
def list_own_acting_sessions(principal: Principal, query: PageQuery) -> Page[ActingAnswer]:
    """Of a buyer: who of its seller worked in its name. Of a seller: in whose names its people worked. The newest first."""
    rows = list_acting(principal, limit=query.limit + 1, after=read_cursor(query.cursor, 2))
    return page_of(rows, query.limit, ActingAnswer.model_validate, _position)


def _position(row: ActingRow) -> tuple[str, int]:
    return row.began_at.isoformat(), row.id

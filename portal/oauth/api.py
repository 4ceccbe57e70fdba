"""The programs of the own organisation, for programs: read and ended; a program that made others would outlive its end."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from portal.accounts.api.fields import PageQuery
from portal.accounts.api.own import ADMIN, own_operation
from portal.oauth.queries.programs import AccessRow, ClientRow, list_accesses, list_clients
from portal.oauth.service.clients import end_client
from portal.web.api import ApiAnswer, Code, InvalidCursor, Page, page_of, read_cursor
from tenants.permissions import Permission, Scope
from tenants.principal import Principal
from tenants.token_models import ClientKind

_TAGS = ["Programs"]


class ProgramAnswer(ApiAnswer):
    """A program of the organisation, without its secret."""

    client_id: str
    name: str
    kind: ClientKind = Field(
        description="`service` acts for the organisation, `web` and `native` for people who allow it."
    )
    scopes: list[Scope]
    redirect_uris: list[str]
    created_at: AwareDatetime
    last_used_at: AwareDatetime | None


class AccessAnswer(ApiAnswer):
    """What a person gave to a program."""

    kind: Literal["grant", "token"] = Field(description="A program that was allowed, or a personal access token.")
    email: str
    name: str = Field(description="Of the program, or as the person called the token.")
    scopes: list[Scope]
    created_at: AwareDatetime
    expires_at: AwareDatetime
    last_used_at: AwareDatetime | None


@own_operation(
    "GET",
    "/programs",
    scopes=ADMIN,
    permission=Permission.ORGANISATION_MANAGE,
    summary="List the organisation's programs",
    tags=_TAGS,
    response=Page[ProgramAnswer],
    query=PageQuery,
    errors=[InvalidCursor],
)
def list_own_programs(principal: Principal, query: PageQuery) -> Page[ProgramAnswer]:
    """By name, with when each last came. A person who has just proven who it is makes and changes them."""
    after = read_cursor(query.cursor, 2)
    clients = sorted(list_clients(principal), key=_position)
    rows = [row for row in clients if after is None or _position(row) > after]
    return page_of(rows[: query.limit + 1], query.limit, ProgramAnswer.model_validate, _position)


@own_operation(
    "DELETE",
    "/programs/{client_id}",
    scopes=ADMIN,
    permission=Permission.ORGANISATION_MANAGE,
    summary="End a program",
    tags=_TAGS,
    response=None,
    status=204,
)
def end_own_program(principal: Principal, client_id: Code) -> None:
    """All its tokens count no more at once, also those that people gave it, and the caller's own if it ends itself."""
    end_client(principal, client_id)


@own_operation(
    "GET",
    "/program-accesses",
    scopes=ADMIN,
    permission=Permission.ORGANISATION_MANAGE,
    summary="List what people gave to programs",
    tags=_TAGS,
    response=Page[AccessAnswer],
    query=PageQuery,
    errors=[InvalidCursor],
)
def list_own_program_accesses(principal: Principal, query: PageQuery) -> Page[AccessAnswer]:
    """Programs that people of the organisation allowed, and their personal access tokens; the newest first."""
    rows = list_accesses(principal, limit=query.limit + 1, after=read_cursor(query.cursor, 3))
    return page_of(rows, query.limit, AccessAnswer.model_validate, _access_position)


def _position(row: ClientRow) -> tuple[str, str]:
    return row.name, row.client_id


def _access_position(row: AccessRow) -> tuple[str, str, int]:
    return row.created_at.isoformat(), row.kind, row.id


def register(_app: object) -> None:
    """The operations are declared with this module."""

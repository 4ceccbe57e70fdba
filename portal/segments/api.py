"""Segments over HTTP: their rules, and who is in each now."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Flask
from pydantic import Field, StringConstraints

from portal.accounts.api.fields import PageQuery
from portal.segments import queries, service
from portal.segments.errors import SegmentInUse
from portal.segments.queries import SegmentRow
from portal.segments.rules import OrderRhythm
from portal.web.api import (
    ApiAnswer,
    ApiBody,
    Code,
    InvalidCursor,
    NewCode,
    Page,
    Whole,
    operation,
    page_of,
    read_text_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Segments"]
_VIEW: Any = {"permission": Permission.FIGURES_VIEW, "scope": Scope.SELLING_READ, "tags": _TAGS}
_MANAGE: Any = {"permission": Permission.ACCOUNTS_MANAGE, "scope": Scope.SELLING_WRITE, "tags": _TAGS}

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Category = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]


class SegmentBody(ApiBody):
    """A rule over your accounts: each part that is set must fit; of groups and accounts, one of them."""

    name: Name
    groups: list[Code] = Field(default_factory=list, max_length=service.MOST_NAMED)
    accounts: list[Code] = Field(default_factory=list, max_length=service.MOST_NAMED)
    rhythms: list[Annotated[OrderRhythm, Field(strict=False)]] = Field(
        default_factory=list, description="How they order; none: whatever the rhythm.", max_length=len(OrderRhythm)
    )
    category: Category = Field(default="", description="With all below it, such as `Spirits > Whisky`.")
    bought: bool = Field(default=True, description="Of the category: something within the days, or nothing.")
    category_days: Annotated[int, Field(ge=1, le=service.MOST_DAYS), Whole] = 90

    def command(self, code: str) -> service.SaveSegment:
        """Give it as the service takes it."""
        return service.SaveSegment(
            code=code,
            name=self.name,
            groups=tuple(self.groups),
            accounts=tuple(self.accounts),
            rhythms=tuple(self.rhythms),
            category=self.category,
            bought=self.bought,
            category_days=self.category_days,
        )


class NewSegment(SegmentBody):
    """A new segment."""

    code: NewCode


class SegmentAnswer(ApiAnswer):
    """A segment and how many accounts it holds now."""

    code: str
    name: str
    groups: list[str]
    accounts: list[str]
    rhythms: list[OrderRhythm]
    category: str
    bought: bool | None
    category_days: int
    account_count: int


class MemberAnswer(ApiAnswer):
    """An account that is in a segment now."""

    code: str
    name: str
    price_group: str
    rhythms: list[OrderRhythm]


@operation(
    "GET",
    "/selling/segments",
    summary="List the segments",
    response=Page[SegmentAnswer],
    query=PageQuery,
    errors=[InvalidCursor],
    **_VIEW,
)
def list_segments(principal: Principal, query: PageQuery) -> Page[SegmentAnswer]:
    """By code, each with how many accounts it holds now."""
    after = read_text_cursor(query.cursor)
    rows = queries.list_segments(principal, after=after, limit=query.limit + 1)
    counts = queries.count_members(principal, [row.code for row in rows[: query.limit]])
    return page_of(rows, query.limit, lambda row: _answer(row, counts[row.code]), lambda row: (row.code,))


@operation(
    "POST",
    "/selling/segments",
    summary="Make a segment",
    response=SegmentAnswer,
    body=NewSegment,
    status=201,
    errors=[InvalidInput],
    **_MANAGE,
)
def create_segment(principal: Principal, body: NewSegment) -> SegmentAnswer:
    """Who is in it is read anew each time."""
    return _counted(principal, service.create_segment(principal, body.command(body.code)))


@operation("GET", "/selling/segments/{code}", summary="Read a segment", response=SegmentAnswer, **_VIEW)
def read_segment(principal: Principal, code: Code) -> SegmentAnswer:
    """With how many accounts it holds now."""
    return _counted(principal, queries.get_segment(principal, code))


@operation(
    "PUT",
    "/selling/segments/{code}",
    summary="Change a segment",
    response=SegmentAnswer,
    body=SegmentBody,
    errors=[InvalidInput],
    **_MANAGE,
)
def change_segment(principal: Principal, code: Code, body: SegmentBody) -> SegmentAnswer:
    """Campaigns that were sent keep those they were sent to."""
    return _counted(principal, service.change_segment(principal, body.command(code)))


@operation(
    "DELETE",
    "/selling/segments/{code}",
    summary="Remove a segment",
    response=None,
    status=204,
    errors=[SegmentInUse],
    **_MANAGE,
)
def remove_segment(principal: Principal, code: Code) -> None:
    """Refused while a campaign is for it."""
    service.remove_segment(principal, code)


@operation(
    "GET",
    "/selling/segments/{code}/accounts",
    summary="List who is in a segment now",
    response=Page[MemberAnswer],
    query=PageQuery,
    errors=[InvalidCursor, NotFound],
    **_VIEW,
)
def list_segment_accounts(principal: Principal, code: Code, query: PageQuery) -> Page[MemberAnswer]:
    """By code."""
    queries.get_segment(principal, code)
    after = read_text_cursor(query.cursor)
    rows = queries.list_members(principal, code, after=after or "", limit=query.limit + 1)
    return page_of(rows, query.limit, MemberAnswer.model_validate, lambda row: (row.code,))


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""


def _counted(principal: Principal, segment: SegmentRow) -> SegmentAnswer:
    return _answer(segment, queries.count_members(principal, [segment.code])[segment.code])


def _answer(segment: SegmentRow, count: int) -> SegmentAnswer:
    return SegmentAnswer(**segment._asdict(), account_count=count)

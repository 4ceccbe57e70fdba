"""Work behind the screens of the own channel, for the manufacturer's programs."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import Flask
from pydantic import AwareDatetime, Field, StringConstraints

from portal.operations.queries import TROUBLED, Job, JobState, get_overview, list_jobs
from portal.operations.service import discard_job as discard
from portal.operations.service import retry_failed_jobs as retry_failed
from portal.operations.service import retry_job as retry
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    Limit,
    Page,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Operations"]
_MANAGE, _ADMIN = Permission.OPERATIONS_MANAGE, Scope.BRAND_ADMIN
Handler = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z_]+$")]


class KindAnswer(ApiAnswer):
    """How many jobs of a kind are in which state."""

    handler: str
    waiting: int
    retrying: int = Field(description="Failed, and tried again by themselves.")
    running: int
    stalled: int = Field(description="Their worker is gone.")
    failed: int = Field(description="Given up after twelve tries: wait for a person.")
    oldest_at: AwareDatetime


class OverviewAnswer(ApiAnswer):
    """The own channel's work behind the screens."""

    kinds: list[KindAnswer]
    events: int = Field(description="In the outbox, not taken by a worker yet.")
    oldest_event_at: AwareDatetime | None
    workers: int = Field(description="Worker processes that gave a sign of life within the last minute.")


class JobsQuery(ApiQuery):
    """Which jobs."""

    state: Literal["failed", "stalled", "retrying"] | None = None
    handler: Handler | None = None
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class JobAnswer(ApiAnswer):
    """A job that is in trouble. What it is about, and for whom, is not told."""

    code: str
    handler: str
    kind: str = Field(description="The event that it follows from, as `InvitationSent`.")
    organisation_code: str = Field(description="The seller whose work it is.")
    organisation: str
    state: Literal["failed", "stalled", "retrying"]
    attempts: int
    occurred_at: AwareDatetime
    due_at: AwareDatetime | None = Field(description="When it is tried again.")
    failed_at: AwareDatetime | None
    reason: Literal["", "mail_refused", "unreachable", "database", "other"]
    error: str


class RetryBody(ApiBody):
    """Which kind of work."""

    handler: Handler


class RetriedAnswer(ApiAnswer):
    """How many jobs are in the queue again."""

    jobs: int


@operation(
    "GET",
    "/brand/operations",
    permission=_MANAGE,
    scope=_ADMIN,
    response=OverviewAnswer,
    summary="How work behind the screens is doing",
    tags=_TAGS,
)
def operations_overview(principal: Principal) -> OverviewAnswer:
    """Jobs of the own channel by kind and state, the outbox, and whether a worker works."""
    return OverviewAnswer.model_validate(get_overview(principal))


@operation(
    "GET",
    "/brand/operations/jobs",
    permission=_MANAGE,
    scope=_ADMIN,
    response=Page[JobAnswer],
    query=JobsQuery,
    summary="Jobs in trouble",
    tags=_TAGS,
    errors=[InvalidCursor],
)
def troubled_jobs(principal: Principal, query: JobsQuery) -> Page[JobAnswer]:
    """Jobs of the own channel that failed, stand still or are to be tried again, the newest first."""
    states = [JobState(query.state)] if query.state else TROUBLED
    after = read_cursor(query.cursor, 2)
    rows = list_jobs(principal, states=states, handler=query.handler, limit=query.limit + 1, after=after)
    return page_of(rows, query.limit, JobAnswer.model_validate, _position)


@operation(
    "POST",
    "/brand/operations/jobs/{code}/retry",
    permission=_MANAGE,
    scope=_ADMIN,
    response=None,
    status=204,
    summary="Try a job again",
    tags=_TAGS,
    errors=[NotFound],
)
def retry_job(principal: Principal, code: Code) -> None:
    """Give a job in trouble back to the queue now, with all its tries."""
    retry(principal, code)


@operation(
    "POST",
    "/brand/operations/jobs/{code}/discard",
    permission=_MANAGE,
    scope=_ADMIN,
    response=None,
    status=204,
    summary="Give a failed job up",
    tags=_TAGS,
    errors=[NotFound],
)
def discard_job(principal: Principal, code: Code) -> None:
    """Take a failed job out of the queue: what it should have done is never done."""
    discard(principal, code)


@operation(
    "POST",
    "/brand/operations/retries",
    permission=_MANAGE,
    scope=_ADMIN,
    response=RetriedAnswer,
    body=RetryBody,
    summary="Try all failed jobs of a kind again",
    tags=_TAGS,
)
def retry_failed_jobs(principal: Principal, body: RetryBody) -> RetriedAnswer:
    """Give up to 1,000 failed jobs of a kind back to the queue."""
    return RetriedAnswer(jobs=retry_failed(principal, body.handler))


def _position(job: Job) -> tuple[str, str]:
    return job.occurred_at.isoformat(), job.code


def register(_app: Flask) -> None:
    """Declared above by importing this module."""

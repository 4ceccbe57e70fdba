"""What waits, failed or stands still behind the screens of a manufacturer's own channel.

Nothing here tells what an event was about, to whom a mail goes or how many orders somebody has (docs/adr/0020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text

from tenants.database import db
from tenants.principal import Principal


class JobState(StrEnum):
    """How a job of the queue is doing."""

    WAITING = "waiting"
    """Not tried yet."""
    RETRYING = "retrying"
    """Failed, and is tried again by itself."""
    RUNNING = "running"
    STALLED = "stalled"
    """Its worker is gone; given back to the queue within a minute of another one working."""
    FAILED = "failed"
    """Given up after twelve tries: waits for a person."""


TROUBLED = (JobState.FAILED, JobState.STALLED, JobState.RETRYING)


@dataclass(frozen=True, slots=True)
class Kind:
    """The jobs of one kind of work in the own channel."""

    handler: str
    waiting: int
    retrying: int
    running: int
    stalled: int
    failed: int
    oldest_at: datetime
    """When the oldest one's event happened."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The own channel's work behind the screens."""

    kinds: tuple[Kind, ...]
    events: int
    """In the outbox, which the worker has not taken yet."""
    oldest_event_at: datetime | None
    workers: int
    """Worker processes of the installation that gave a sign of life within the last minute."""

    def count(self, state: JobState) -> int:
        """Give how many jobs are in a state."""
        return sum(int(getattr(kind, state)) for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Job:
    """One job that is in trouble."""

    code: str
    handler: str
    kind: str
    organisation_code: str
    """The seller whose work it is, also where the event is one of its retailers'."""
    organisation: str
    state: JobState
    attempts: int
    occurred_at: datetime
    due_at: datetime | None
    """When it is tried again."""
    failed_at: datetime | None
    reason: str
    """A FailureReason; empty where none was noted."""
    error: str


_KINDS = text("select * from count_channel_jobs() order by failed desc, handler")
_OUTBOX = text("select events, oldest_at, workers from outbox_backlog()")
_JOBS = text(
    "select * from list_channel_jobs(:states, :handler, :limit, cast(:before_at as timestamptz), :before_code)"
)


def get_overview(principal: Principal) -> Overview:
    """Give how many jobs of each kind the own channel has in which state, and the outbox; the Principal is a brand owner.

    Raises:
        PermissionDenied: the principal does not act as a brand owner.
    """
    principal.owning()
    kinds = tuple(Kind(*row) for row in db.session.execute(_KINDS))
    events, oldest_at, workers = db.session.execute(_OUTBOX).one()
    return Overview(kinds, events, oldest_at, workers)


def list_jobs(
    principal: Principal,
    *,
    states: Sequence[JobState] = TROUBLED,
    handler: str | None = None,
    limit: int,
    after: Sequence[Any] | None = None,
) -> list[Job]:
    """Give up to `limit` jobs of the own channel in these states, the newest first, behind the key (instant, code).

    Raises:
        PermissionDenied: the principal does not act as a brand owner.
    """
    principal.owning()
    values = {
        "states": [state.value for state in states],
        "handler": handler,
        "limit": limit,
        "before_at": after[0] if after else None,
        "before_code": after[1] if after else None,
    }
    rows = db.session.execute(_JOBS, values).mappings()
    return [Job(**{**row, "state": JobState(row["state"])}) for row in rows]

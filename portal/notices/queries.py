"""A person's own messages and how it wants to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.notices.models import Channel, Notice, NoticeChoice, Rhythm
from tenants.authentication import SignedIn
from tenants.database import AUTHENTICATION, act_as, db


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One message in an inbox."""

    id: int
    kind: str
    facts: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


def list_notices(
    person: SignedIn, organisation_id: int, *, limit: int, after: Sequence[Any] | None = None, only_unread: bool = False
) -> list[NoticeRow]:
    """Give up to `limit` messages of the person's inbox in the organisation, the newest first, behind the key (number)."""
    act_as(AUTHENTICATION)
    statement = (
        select(Notice.id, Notice.kind, Notice.facts, Notice.created_at, Notice.read_at)
        .where(Notice.organisation_id == organisation_id, Notice.user_id == person.user_id, Notice.in_inbox)
        .order_by(Notice.id.desc())
        .limit(limit)
    )
    if only_unread:
        statement = statement.where(Notice.read_at.is_(None))
    if after is not None:
        statement = statement.where(Notice.id < int(after[0]))
    return [NoticeRow(*row) for row in db.session.execute(statement)]


def list_choices(person: SignedIn, organisation_id: int) -> dict[str, tuple[Channel, Rhythm]]:
    """Give what the person chose in the organisation, by kind."""
    act_as(AUTHENTICATION)
    rows = db.session.execute(
        select(NoticeChoice.kind, NoticeChoice.channel, NoticeChoice.rhythm).where(
            NoticeChoice.organisation_id == organisation_id, NoticeChoice.user_id == person.user_id
        )
    )
    return {kind: (channel, rhythm) for kind, channel, rhythm in rows}

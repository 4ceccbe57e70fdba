"""What a person is told in an organisation, and how it wants to be told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model, text_enum


class Channel(StrEnum):
    """By which way a person is told."""

    INBOX = "inbox"
    MAIL = "mail"
    BOTH = "both"
    NONE = "none"


class Rhythm(StrEnum):
    """When mails go out; the daily and weekly ones (Mondays) at 7 in the morning where the organisation is."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


class Notice(Model):
    """One message to one person; written by the worker from an event."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_inbox", "organisation_id", "user_id", "id", postgresql_where=text("in_inbox")),
        Index("ix_notice_unread", "user_id", "organisation_id", postgresql_where=text("in_inbox and read_at is null")),
        Index("ix_notice_due", "id", postgresql_where=text("mail_rhythm is not null and mailed_at is null")),
    )

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    kind: Mapped[str]
    """One of portal/notices/kinds.py."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    """What the kind's words and link need; no name of a person."""
    in_inbox: Mapped[bool] = mapped_column(server_default="true")
    mail_rhythm: Mapped[Rhythm | None] = mapped_column(text_enum(Rhythm))
    """Empty: no mail."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class NoticeChoice(Model):
    """How a person wants to be told of a kind; without a row, as the kind says."""

    __tablename__ = "notice_choice"

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(text_enum(Channel))
    rhythm: Mapped[Rhythm] = mapped_column(text_enum(Rhythm), server_default="at_once")

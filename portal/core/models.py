"""The transactional outbox: facts that leave a transaction, taken by the dispatcher."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Identity, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from tenants.database import Model, text_enum


class TransactionId(UserDefinedType[str]):
    """PostgreSQL's `xid8`: tells the dispatcher which events have surely been committed."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Give the column's type in DDL."""
        return "xid8"


class OutboxEvent(Model):
    """A fact in the past tense (`OrderPlaced`), written in the transaction that made it true."""

    __tablename__ = "outbox_event"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """The organisation whose fact it is; the seller for trade data."""
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    transaction_id: Mapped[str] = mapped_column(TransactionId, server_default=text("pg_current_xact_id()"))
    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actor: Mapped[str] = mapped_column(server_default="")
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FailureReason(StrEnum):
    """What kind of trouble kept a job from ending well."""

    MAIL_REFUSED = "mail_refused"
    """The mail server answered, and said no."""
    UNREACHABLE = "unreachable"
    """A server outside, mostly that of mails, was not reached or broke off."""
    DATABASE = "database"
    OTHER = "other"


class JobFailure(Model):
    """Why a job of the queue did not end well the last time; forgotten once it did."""

    __tablename__ = "job_failure"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """Of the event that the job handles."""
    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """In the queue's own table."""
    failed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    reason: Mapped[FailureReason] = mapped_column(text_enum(FailureReason))
    error: Mapped[str]
    """The error's class, and the mail server's code: what it said may name people."""

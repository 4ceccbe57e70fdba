"""The transactional outbox: facts that leave a transaction, taken by the dispatcher."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from tenants.database import Model


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

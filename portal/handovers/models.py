"""The table of handovers: what was proposed, and what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model


class Handover(Model):
    """A wholesaler proposes that a shop of its buys from another one. Written by functions of the database alone."""

    __tablename__ = "handover"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "buyer_id"], ["trading_account.seller_id", "trading_account.buyer_id"]),
        CheckConstraint(
            "outcome in ('', 'handed_over', 'withdrawn', 'declined', 'refused', 'expired')", name="outcome_known"
        ),
        CheckConstraint("(ended_at is null) = (outcome = '')", name="ended"),
        CheckConstraint("outcome <> 'handed_over' or consented_at is not null", name="both_agreed"),
        Index("uq_handover_open", "seller_id", "buyer_id", unique=True, postgresql_where=text("ended_at is null")),
        Index("ix_handover_receiver_id", "receiver_id", "key"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """Who gives the shop away."""
    key: Mapped[str] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    receiver_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    """Who is to sell to it; sees the row once the shop consented."""
    seller_name: Mapped[str]
    receiver_name: Mapped[str]
    shop_name: Mapped[str]
    shop_address: Mapped[str] = mapped_column(server_default="")
    branches: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """Names of the branches that come along."""
    shop_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """The shop and its branches, as they were when it was proposed; others are never handed over by it."""
    proposed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    consented_at: Mapped[datetime | None]
    """When the shop did."""
    consented_facts: Mapped[str | None]
    """A digest of names, addresses and numbers as they were then."""
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(11), server_default="")
    """`withdrawn` by who proposed it, `declined` by the shop, `refused` by who was to receive it."""

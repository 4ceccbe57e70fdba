"""Tables of segments: a rule with a name, and the price groups and accounts that it names."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model


class Segment(Model):
    """A rule over a seller's own accounts; who is in it is read anew each time."""

    __tablename__ = "segment"
    __table_args__ = (
        CheckConstraint("category_days between 1 and 730", name="category_days"),
        CheckConstraint("(category = '') = (bought is null)", name="category"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    rhythms: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """Of portal/segments/rules.py; empty: whatever the rhythm."""
    category: Mapped[str] = mapped_column(server_default="")
    """Path of a category with all below it; empty: whatever was bought."""
    bought: Mapped[bool | None]
    """Whether something of the category was ordered within the days, or nothing was."""
    category_days: Mapped[int] = mapped_column(server_default="90")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SegmentGroup(Model):
    """A price group whose accounts a segment may hold."""

    __tablename__ = "segment_group"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "segment_code"], ["segment.seller_id", "segment.code"], ondelete="CASCADE"),
        ForeignKeyConstraint(["seller_id", "price_group"], ["price_group.seller_id", "price_group.code"]),
        Index("ix_segment_group_price_group", "seller_id", "price_group"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    segment_code: Mapped[str] = mapped_column(primary_key=True)
    price_group: Mapped[str] = mapped_column(primary_key=True)


class SegmentAccount(Model):
    """A single account that a segment may hold, beside those of its groups."""

    __tablename__ = "segment_account"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "segment_code"], ["segment.seller_id", "segment.code"], ondelete="CASCADE"),
        ForeignKeyConstraint(["seller_id", "buyer_id"], ["trading_account.seller_id", "trading_account.buyer_id"]),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    segment_code: Mapped[str] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)

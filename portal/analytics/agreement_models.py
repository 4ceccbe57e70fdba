"""What a brand owner proposes to be shared, and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model, text_enum


class ProposalStatus(StrEnum):
    """What became of a proposal; `adapted`: some of what was asked is granted, or on other terms."""

    OPEN = "open"
    ACCEPTED = "accepted"
    ADAPTED = "adapted"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"


class SharingProposal(Model):
    """What a brand owner asks a wholesaler to share. It shows nothing; what the wholesaler answers does."""

    __tablename__ = "sharing_proposal"
    __table_args__ = (
        Index(
            "uq_sharing_proposal_open",
            *("brand_owner_id", "wholesaler_id"),
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_sharing_proposal_wholesaler", "wholesaler_id", "status"),
    )

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    grants: Mapped[list[str]] = mapped_column(ARRAY(Text))
    starts_on: Mapped[date | None]
    """First day whose events it is to cover; empty: the day of the answer."""
    notice_days: Mapped[int] = mapped_column(server_default="0")
    """How long past figures are to stay in view after a withdrawal."""
    message: Mapped[str] = mapped_column(server_default="")
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    status: Mapped[ProposalStatus] = mapped_column(text_enum(ProposalStatus), server_default="open")
    answered_by: Mapped[str] = mapped_column(server_default="")
    answered_at: Mapped[datetime | None]
    """Also when it was taken back."""
    reason: Mapped[str] = mapped_column(server_default="")
    version: Mapped[int | None]
    """Of the agreement that it became."""

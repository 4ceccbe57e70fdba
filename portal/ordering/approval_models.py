"""Tables of approvals: what people of a buyer order alone, and the orders that wait for an approver."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import AMOUNT, Model, text_enum


class RequestState(StrEnum):
    """Where an order that needs approval stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ApprovalRule(Model):
    """What a buying organisation lets its people order alone; without a row nothing waits."""

    __tablename__ = "approval_rule"
    __table_args__ = (CheckConstraint("places_up_to >= 0", name="limit_not_negative"),)

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    places_up_to: Mapped[Decimal | None] = mapped_column(AMOUNT)
    """Net, in the seller's currency, for everybody without a limit of its own; empty: any amount."""
    four_eyes: Mapped[bool] = mapped_column(server_default="false")
    """Nobody approves what it asked for itself, and limits hold for approvers too."""


class ApprovalLimit(Model):
    """What one person orders alone, and up to what it approves."""

    __tablename__ = "approval_limit"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "user_id"], ["membership.organisation_id", "membership.user_id"], ondelete="CASCADE"
        ),
        CheckConstraint("places_up_to >= 0 and approves_up_to >= 0", name="limits_not_negative"),
    )

    organisation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    places_up_to: Mapped[Decimal | None] = mapped_column(AMOUNT)
    """Instead of the organisation's; empty: as the organisation says."""
    approves_up_to: Mapped[Decimal | None] = mapped_column(AMOUNT)
    """Empty: any amount."""


class OrderRequest(Model):
    """An order as it was asked for, until an approver decides; it holds no stock and no price."""

    __tablename__ = "order_request"
    __table_args__ = (
        UniqueConstraint("seller_id", "request_number"),
        UniqueConstraint(
            "seller_id", "buyer_id", "requested_by", "idempotency_key", name="uq_order_request_idempotency_key"
        ),
        ForeignKeyConstraint(["seller_id", "buyer_id"], ["trading_account.seller_id", "trading_account.buyer_id"]),
        ForeignKeyConstraint(
            ["seller_id", "buyer_id", "order_id"], ["sales_order.seller_id", "sales_order.buyer_id", "sales_order.id"]
        ),
        CheckConstraint("(state = 'approved') = (order_id is not null)", name="order_when_approved"),
        Index("ix_order_request_buyer", "seller_id", "buyer_id", "state", "id"),
        Index("ix_order_request_order", "seller_id", "order_id", postgresql_where=text("order_id is not null")),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    request_number: Mapped[str]
    state: Mapped[RequestState] = mapped_column(text_enum(RequestState), server_default="waiting")
    currency: Mapped[str]
    total: Mapped[Decimal] = mapped_column(AMOUNT)
    """Net, as last shown."""
    limit_amount: Mapped[Decimal | None] = mapped_column(AMOUNT)
    """What who asked may order alone; empty: asked for without need."""
    lines: Mapped[list[list[Any]]] = mapped_column(JSONB)
    """(article number, base units, unit price last shown), in the order wanted; the numbers as text."""
    coupons: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    rewards: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    shown_offer: Mapped[str] = mapped_column(server_default="")
    """What promotions gave when it was last shown; an order never silently differs from it."""
    purchase_order_number: Mapped[str] = mapped_column(server_default="")
    requested_on: Mapped[date | None]
    """The day on which the goods are wanted."""
    ship_to: Mapped[str] = mapped_column(server_default="")
    """Key of one of the buyer's addresses; empty: the usual one."""
    requested_by: Mapped[str]
    requested_by_name: Mapped[str] = mapped_column(server_default="")
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    idempotency_key: Mapped[str]
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    decided_by: Mapped[str] = mapped_column(server_default="")
    decided_by_name: Mapped[str] = mapped_column(server_default="")
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(server_default="")
    """Why it was declined."""
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    """The order it became."""

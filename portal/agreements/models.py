"""Tables of framework agreements and of the order lines placed under them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import AMOUNT, QUANTITY, Model


class FrameworkAgreement(Model):
    """A named contract of a seller with one buyer. The price list with the same code is its own and for that buyer alone."""

    __tablename__ = "framework_agreement"
    __table_args__ = (
        UniqueConstraint("seller_id", "buyer_id", "code"),
        ForeignKeyConstraint(["seller_id", "buyer_id"], ["trading_account.seller_id", "trading_account.buyer_id"]),
        ForeignKeyConstraint(["seller_id", "code"], ["price_list.seller_id", "price_list.code"]),
        ForeignKeyConstraint(
            ["seller_id", "buyer_id", "document_digest"],
            ["account_document.seller_id", "account_document.buyer_id", "account_document.digest"],
        ),
        CheckConstraint("valid_from <= valid_to", name="window"),
        CheckConstraint("num_nonnulls(agreed_quantity, agreed_amount) = 1", name="one_measure"),
        CheckConstraint("agreed_quantity > 0 or agreed_amount > 0", name="agreed_positive"),
        CheckConstraint("warn_days >= 0 and warn_percent between 1 and 100", name="warnings"),
        Index("ix_framework_agreement_ends", "seller_id", "valid_to", "code"),
        Index("ix_framework_agreement_unwarned", "valid_to", postgresql_where=text("end_warned_at is null")),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    """Of the agreement and of its price list."""
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    """First day on which it no longer holds."""
    agreed_quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    """Base units over all articles; either this or an amount is agreed."""
    agreed_amount: Mapped[Decimal | None] = mapped_column(AMOUNT)
    """Net, in the seller's currency."""
    warn_days: Mapped[int] = mapped_column(server_default="30")
    """So many days before its end both sides are warned."""
    warn_percent: Mapped[int] = mapped_column(server_default="80")
    """Both sides are warned once so much of it is called off."""
    document_digest: Mapped[str | None]
    """The contract itself, among the documents shared with the account."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    end_warned_at: Mapped[datetime | None]
    use_warned_at: Mapped[datetime | None]


class AgreementCallOff(Model):
    """That an order line was placed under an agreement: its price list decided the line's price. Written with the order."""

    __tablename__ = "agreement_call_off"
    __table_args__ = (
        ForeignKeyConstraint(
            ["seller_id", "buyer_id", "agreement_code"],
            ["framework_agreement.seller_id", "framework_agreement.buyer_id", "framework_agreement.code"],
        ),
        ForeignKeyConstraint(
            ["seller_id", "order_id", "line"],
            ["order_line.seller_id", "order_line.order_id", "order_line.line"],
        ),
        Index("ix_agreement_call_off_agreement", "seller_id", "agreement_code", "order_id", "line"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    agreement_code: Mapped[str]

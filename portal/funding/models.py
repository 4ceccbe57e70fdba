"""Tables of co-funding: offers, the products they are about, the promotions that run under them, and the ledgers.

`owner_id` is the brand owner, `seller_id` the wholesaler. The brand owner has no policy on promotions and order lines, nor on
which promotion runs under an offer and what was booked for which line: it reads the offer with its sums, and claims.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.funding.rules import Booking, ClaimStep
from tenants.database import AMOUNT, QUANTITY, SUMMED_QUANTITY, UNIT_PRICE, Model, text_enum

_OFFER = ["funding_offer.seller_id", "funding_offer.code"]
_OFFER_OF_OWNER = [*_OFFER, "funding_offer.owner_id"]


class OfferState(StrEnum):
    """What became of an offer."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class FundingOffer(Model):
    """What a brand owner offers one wholesaler for a promotion, and what has been booked for it."""

    __tablename__ = "funding_offer"
    __table_args__ = (
        UniqueConstraint("seller_id", "code", "owner_id"),
        CheckConstraint("valid_from < valid_to", name="window"),
        CheckConstraint("funding_amount > 0 and budget > 0", name="money"),
        CheckConstraint("suggested_percent > 0 and suggested_percent <= 100", name="suggestion"),
        CheckConstraint(
            "0 <= released_amount and released_amount <= accrued_amount and accrued_amount <= budget", name="sums"
        ),
        Index("ix_funding_offer_owner", "owner_id", "code", "seller_id"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    name: Mapped[str]
    material: Mapped[str] = mapped_column(server_default="")
    """Text for the wholesaler's own advertising."""
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    """First day on which nothing is funded any more."""
    currency: Mapped[str]
    funding_amount: Mapped[Decimal] = mapped_column(UNIT_PRICE)
    """For one base unit."""
    budget: Mapped[Decimal] = mapped_column(AMOUNT)
    suggested_percent: Mapped[Decimal | None] = mapped_column(UNIT_PRICE)
    """A suggestion and no more: what the wholesaler gives its customers is its own affair."""
    state: Mapped[OfferState] = mapped_column(text_enum(OfferState), server_default="proposed")
    answer: Mapped[str] = mapped_column(server_default="")
    proposed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY, server_default="0")
    """Base units sold under it, less what was cancelled; kept beside the ledger."""
    accrued_amount: Mapped[Decimal] = mapped_column(AMOUNT, server_default="0")
    released_amount: Mapped[Decimal] = mapped_column(AMOUNT, server_default="0")
    """What of it was shipped, so that it can be claimed."""


class FundingProduct(Model):
    """A product of the brand owner that an offer is about."""

    __tablename__ = "funding_product"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "code", "owner_id"], _OFFER_OF_OWNER),
        ForeignKeyConstraint(["owner_id", "product_id"], ["product.owner_id", "product.id"]),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    owner_id: Mapped[int] = mapped_column(BigInteger)


class FundingPromotion(Model):
    """Which promotion of the wholesaler runs under an offer: none of the brand owner's business."""

    __tablename__ = "funding_promotion"
    __table_args__ = (
        UniqueConstraint("seller_id", "promotion_code"),
        ForeignKeyConstraint(["seller_id", "code"], _OFFER),
        ForeignKeyConstraint(["seller_id", "promotion_code"], ["promotion.seller_id", "promotion.code"]),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    promotion_code: Mapped[str]


class FundingEntry(Model):
    """The accrual ledger: what was booked for an order line. Inserted by the worker only, never changed."""

    __tablename__ = "funding_entry"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "code"], _OFFER),
        ForeignKeyConstraint(
            ["seller_id", "order_id", "line"],
            ["order_line.seller_id", "order_line.order_id", "order_line.line"],
        ),
        Index("ix_funding_entry_offer", "seller_id", "code", "id"),
        Index("ix_funding_entry_line", "seller_id", "order_id", "line"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str]
    order_id: Mapped[int] = mapped_column(BigInteger)
    line: Mapped[int]
    kind: Mapped[Booking] = mapped_column(text_enum(Booking))
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    """Base units; negative where they were cancelled, 0 where amounts are released."""
    amount: Mapped[Decimal] = mapped_column(AMOUNT)
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FundingClaimEntry(Model):
    """The ledger of claims: each step of each claim. Inserted only; the last step says where a claim stands.

    Who took a step stands in the audit log of its organisation: either side reads this table, and nobody learns the other's people.
    """

    __tablename__ = "funding_claim_entry"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "code", "owner_id"], _OFFER_OF_OWNER),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_funding_claim_entry_owner", "owner_id", "code", "seller_id"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    """Counts from 1: of two acts at once only one is written."""
    owner_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[ClaimStep] = mapped_column(text_enum(ClaimStep))
    amount: Mapped[Decimal] = mapped_column(AMOUNT)
    reference: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime] = mapped_column(server_default=func.now())

"""Tables of prices: lists, entries, and whom a list is for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import QUANTITY, UNIT_PRICE, Model, text_enum
from tenants.models import Status


class PriceStrategy(StrEnum):
    """Which of several applicable lists decides (PRICING rule 4)."""

    FIRST = "first"
    LOWEST = "lowest"


class Audience(StrEnum):
    """Whom a list is assigned to."""

    EVERYONE = "everyone"
    GROUP = "group"
    ACCOUNT = "account"


class PricingPolicy(Model):
    """A seller's choice of strategy; without a row, `first`."""

    __tablename__ = "pricing_policy"

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    price_strategy: Mapped[PriceStrategy] = mapped_column(text_enum(PriceStrategy), server_default="first")
    promoted_from: Mapped[date | None]
    """First day on which a promotion of the seller may apply; empty = it has none. Read where prices are read anyway."""
    promoted_to: Mapped[date | None]
    """First day on which none applies any more."""


class PriceList(Model):
    """A named set of prices of one seller, in one currency, perhaps derived from another list."""

    __tablename__ = "price_list"
    __table_args__ = (
        UniqueConstraint("seller_id", "code"),
        ForeignKeyConstraint(["seller_id", "base_list_id"], ["price_list.seller_id", "price_list.id"]),
        CheckConstraint("base_list_id <> id", name="not_its_own_base"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    currency: Mapped[str]
    priority: Mapped[int] = mapped_column(server_default="100")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    """First day on which the list no longer applies."""
    base_list_id: Mapped[int | None] = mapped_column(BigInteger)
    adjustment_percent: Mapped[Decimal | None] = mapped_column(UNIT_PRICE)
    adjustment_amount: Mapped[Decimal | None] = mapped_column(UNIT_PRICE)
    decimals: Mapped[int | None]
    status: Mapped[Status] = mapped_column(text_enum(Status), server_default="active")


class PriceEntry(Model):
    """The net price of one article from a quantity and a day on."""

    __tablename__ = "price_entry"
    __table_args__ = (
        PrimaryKeyConstraint(
            "seller_id",
            "price_list_id",
            "article_id",
            "min_quantity",
            "valid_from",
            postgresql_include=["valid_to", "net_price"],
        ),
        ForeignKeyConstraint(["seller_id", "price_list_id"], ["price_list.seller_id", "price_list.id"]),
        ForeignKeyConstraint(["seller_id", "article_id"], ["article.seller_id", "article.id"]),
        CheckConstraint("min_quantity > 0", name="min_quantity_positive"),
        CheckConstraint("net_price >= 0", name="net_price_not_negative"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger)
    price_list_id: Mapped[int] = mapped_column(BigInteger)
    article_id: Mapped[int] = mapped_column(BigInteger)
    min_quantity: Mapped[Decimal] = mapped_column(QUANTITY, server_default="1")
    valid_from: Mapped[date] = mapped_column(server_default="-infinity")
    valid_to: Mapped[date | None]
    """First day on which the entry no longer applies."""
    net_price: Mapped[Decimal] = mapped_column(UNIT_PRICE)


class PriceAssignment(Model):
    """Whom a list is for."""

    __tablename__ = "price_assignment"
    __table_args__ = (
        UniqueConstraint(
            "seller_id",
            "price_list_id",
            "audience",
            "price_group",
            "buyer_id",
            name="uq_price_assignment_audience",
            postgresql_nulls_not_distinct=True,
        ),
        ForeignKeyConstraint(["seller_id", "price_list_id"], ["price_list.seller_id", "price_list.id"]),
        ForeignKeyConstraint(["seller_id", "price_group"], ["price_group.seller_id", "price_group.code"]),
        ForeignKeyConstraint(["seller_id", "buyer_id"], ["trading_account.seller_id", "trading_account.buyer_id"]),
        CheckConstraint(
            "(audience = 'everyone' and price_group is null and buyer_id is null)"
            " or (audience = 'group' and price_group is not null and buyer_id is null)"
            " or (audience = 'account' and price_group is null and buyer_id is not null)",
            name="audience_named",
        ),
        Index("ix_price_assignment_seller_id_buyer_id", "seller_id", "buyer_id"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    price_list_id: Mapped[int] = mapped_column(BigInteger)
    audience: Mapped[Audience] = mapped_column(text_enum(Audience))
    price_group: Mapped[str | None]
    buyer_id: Mapped[int | None] = mapped_column(BigInteger)

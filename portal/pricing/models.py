"""Tables of prices: lists, entries, and whom a list is for."""

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
    PrimaryKeyConstraint,
    UniqueConstraint,
    func,
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


class PriceRevision(Model):
    """A set of changes to one list: a draft, which prices nothing, until it is published as the list's next version."""

    __tablename__ = "price_revision"
    __table_args__ = (
        UniqueConstraint("seller_id", "price_list_id", "number"),
        UniqueConstraint("seller_id", "price_list_id", "version"),
        ForeignKeyConstraint(["seller_id", "price_list_id"], ["price_list.seller_id", "price_list.id"]),
        CheckConstraint("(version is null) = (published_at is null)", name="published_with_version"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    price_list_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int]
    """What people call it by, counted for each list."""
    name: Mapped[str] = mapped_column(server_default="")
    base_version: Mapped[int] = mapped_column(server_default="0")
    """The list's newest version when the draft was begun."""
    edition: Mapped[int] = mapped_column(server_default="1")
    """Counts the changes of the draft, so that what is published is what was looked at."""
    undoes_after: Mapped[int | None]
    """A roll back: every version after this one is undone."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by_name: Mapped[str] = mapped_column(server_default="")
    version: Mapped[int | None]
    """Its place in the list's history; None = a draft."""
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]
    published_by_name: Mapped[str | None]
    reason: Mapped[str] = mapped_column(server_default="")
    created_count: Mapped[int] = mapped_column(server_default="0")
    changed_count: Mapped[int] = mapped_column(server_default="0")
    removed_count: Mapped[int] = mapped_column(server_default="0")


class PriceRevisionEntry(Model):
    """What a revision makes of one entry, and what that was before: enough to publish, to compare and to undo."""

    __tablename__ = "price_revision_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["seller_id", "revision_id"], ["price_revision.seller_id", "price_revision.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["seller_id", "article_id"], ["article.seller_id", "article.id"]),
        CheckConstraint(
            "coalesce(former_price, net_price) is not null and (net_price is not null or valid_to is null)"
            " and (former_price is not null or former_valid_to is null)",
            name="nothing_ends",
        ),
        CheckConstraint("min_quantity > 0 and coalesce(net_price, 0) >= 0", name="as_an_entry"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    revision_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    article_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    min_quantity: Mapped[Decimal] = mapped_column(QUANTITY, primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    former_price: Mapped[Decimal | None] = mapped_column(UNIT_PRICE)
    """Before the change; None = there was no such entry."""
    former_valid_to: Mapped[date | None]
    net_price: Mapped[Decimal | None] = mapped_column(UNIT_PRICE)
    """After it; None = the entry is taken away."""
    valid_to: Mapped[date | None]


class ArticleCost(Model):
    """What the seller itself pays for a base unit of an article: for warnings of margin, seen by nobody else."""

    __tablename__ = "article_cost"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "article_id"], ["article.seller_id", "article.id"]),
        CheckConstraint("cost_price >= 0", name="cost_price_not_negative"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    article_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    cost_price: Mapped[Decimal] = mapped_column(UNIT_PRICE)

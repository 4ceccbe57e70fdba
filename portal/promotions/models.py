"""Tables of promotions: what is given, on what, to whom, and what placed orders took of it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Numeric,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.pricing.models import Audience
from portal.promotions.rules.promotion import Benefit, ScopeKind
from tenants.database import AMOUNT, QUANTITY, UNIT_PRICE, Model, text_enum

MONEY_GIVEN = Numeric(21, 7)
"""A price times a quantity, unrounded: what free goods are worth."""


class Promotion(Model):
    """What a seller gives on top of its prices, for a while, perhaps against a coupon, up to its caps."""

    __tablename__ = "promotion"
    __table_args__ = (
        UniqueConstraint("seller_id", "code"),
        ForeignKeyConstraint(["seller_id", "free_article_id"], ["article.seller_id", "article.id"]),
        CheckConstraint("value >= 0 and threshold_amount >= 0 and min_quantity > 0", name="numbers_not_negative"),
        CheckConstraint(
            "value <= 100 or benefit not in ('percent', 'mix', 'order_percent')", name="percent_at_most_hundred"
        ),
        CheckConstraint(
            "benefit <> 'free_goods' or coalesce(buy_quantity > 0 and free_quantity > 0, false)",
            name="free_goods_named",
        ),
        CheckConstraint("coalesce(max_uses >= 0 and max_uses_per_account >= 0 and budget >= 0, true)", name="caps"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    """First day on which it no longer applies."""
    priority: Mapped[int] = mapped_column(server_default="100")
    combines: Mapped[bool] = mapped_column(server_default="false")
    coupon: Mapped[str | None]
    folded_coupon: Mapped[str | None]
    """The coupon as it is compared: trimmed, without case."""
    benefit: Mapped[Benefit] = mapped_column(text_enum(Benefit))
    value: Mapped[Decimal] = mapped_column(UNIT_PRICE, server_default="0")
    min_quantity: Mapped[Decimal] = mapped_column(QUANTITY, server_default="1")
    threshold_amount: Mapped[Decimal] = mapped_column(AMOUNT, server_default="0")
    buy_quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    free_quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    free_article_id: Mapped[int | None] = mapped_column(BigInteger)
    max_uses: Mapped[int | None]
    max_uses_per_account: Mapped[int | None]
    budget: Mapped[Decimal | None] = mapped_column(AMOUNT)
    funder_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    funding_amount: Mapped[Decimal | None] = mapped_column(UNIT_PRICE)
    used_count: Mapped[int] = mapped_column(server_default="0")
    """Orders that took of it and were not cancelled; kept while there is a cap, the sum of its uses."""
    spent_amount: Mapped[Decimal] = mapped_column(Numeric(27, 7), server_default="0")
    start_told_at: Mapped[datetime | None]
    used_up_told_at: Mapped[datetime | None]


class PromotionScope(Model):
    """What a promotion is about: an article number, a category with all below it, a brand, or all."""

    __tablename__ = "promotion_scope"
    __table_args__ = (
        ForeignKeyConstraint(
            ["seller_id", "promotion_id"], ["promotion.seller_id", "promotion.id"], ondelete="CASCADE"
        ),
        CheckConstraint("(scope = 'all') = (scope_code = '')", name="scope_named"),
        Index("ix_promotion_scope_code", "seller_id", "scope", "scope_code"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    promotion_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    scope: Mapped[ScopeKind] = mapped_column(text_enum(ScopeKind), primary_key=True)
    scope_code: Mapped[str] = mapped_column(primary_key=True, server_default="")


class PromotionAudience(Model):
    """Whom a promotion is for."""

    __tablename__ = "promotion_audience"
    __table_args__ = (
        UniqueConstraint(
            "seller_id",
            "promotion_id",
            "audience",
            "price_group",
            "buyer_id",
            name="uq_promotion_audience_audience",
            postgresql_nulls_not_distinct=True,
        ),
        ForeignKeyConstraint(
            ["seller_id", "promotion_id"], ["promotion.seller_id", "promotion.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["seller_id", "price_group"], ["price_group.seller_id", "price_group.code"]),
        ForeignKeyConstraint(["seller_id", "buyer_id"], ["trading_account.seller_id", "trading_account.buyer_id"]),
        CheckConstraint(
            "(audience = 'everyone' and price_group is null and buyer_id is null)"
            " or (audience = 'group' and price_group is not null and buyer_id is null)"
            " or (audience = 'account' and price_group is null and buyer_id is not null)",
            name="audience_named",
        ),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    promotion_id: Mapped[int] = mapped_column(BigInteger)
    audience: Mapped[Audience] = mapped_column(text_enum(Audience))
    price_group: Mapped[str | None]
    buyer_id: Mapped[int | None] = mapped_column(BigInteger)


class PromotionUse(Model):
    """That an order took of a promotion, and how much money; a cancelled order gave it back."""

    __tablename__ = "promotion_use"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "promotion_id"], ["promotion.seller_id", "promotion.id"]),
        ForeignKeyConstraint(
            ["seller_id", "buyer_id", "order_id"],
            ["sales_order.seller_id", "sales_order.buyer_id", "sales_order.id"],
        ),
        Index("ix_promotion_use_order", "seller_id", "order_id"),
        Index("ix_promotion_use_buyer", "seller_id", "promotion_id", "buyer_id"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    promotion_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[Decimal] = mapped_column(MONEY_GIVEN)
    """Net; free goods at the buyer's price at quantity 1 on the day."""
    given_back_at: Mapped[datetime | None]

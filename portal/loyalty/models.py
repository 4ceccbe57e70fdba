"""Tables of loyalty: the programme with its levels, rules and rewards; who takes part; the ledger of points."""

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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import QUANTITY, Model, text_enum


class ProgrammeState(StrEnum):
    """Where a programme stands."""

    DRAFT = "draft"
    RUNNING = "running"
    ENDED = "ended"


class Measure(StrEnum):
    """By what a rule gives points."""

    AMOUNT = "amount"
    QUANTITY = "quantity"
    MULTIPLIER = "multiplier"
    """Gives none itself: what it is about counts so many times under the other rules."""


class RuleScope(StrEnum):
    """What a rule is about."""

    ALL = "all"
    CATEGORY = "category"
    ARTICLE = "article"


class EntryKind(StrEnum):
    """Why points were booked."""

    EARNED = "earned"
    REVERSED = "reversed"
    REDEEMED = "redeemed"
    RETURNED = "returned"
    EXPIRED = "expired"
    ADJUSTED = "adjusted"


class LoyaltyProgramme(Model):
    """The programme of a seller; each has at most one."""

    __tablename__ = "loyalty_programme"
    __table_args__ = (CheckConstraint("expiry_months between 1 and 120", name="expiry"),)

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    name: Mapped[str]
    state: Mapped[ProgrammeState] = mapped_column(text_enum(ProgrammeState), server_default="draft")
    expiry_months: Mapped[int]
    """So many months after they were booked, points are gone."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LoyaltyLevel(Model):
    """A level, by the points that were earned within twelve months."""

    __tablename__ = "loyalty_level"
    __table_args__ = (CheckConstraint("from_points >= 0", name="from_points"),)

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    from_points: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str]


class LoyaltyRule(Model):
    """For what points are given, to orders placed in its window. It is ended, and never changed."""

    __tablename__ = "loyalty_rule"
    __table_args__ = (
        CheckConstraint("(scope = 'all') = (scope_code = '')", name="scope_named"),
        CheckConstraint(
            "case when measure = 'multiplier' then coalesce(factor > 1, false) and num_nonnulls(points, per) = 0"
            " else coalesce(points > 0 and per > 0, false) and factor is null end",
            name="numbers",
        ),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    measure: Mapped[Measure] = mapped_column(text_enum(Measure))
    scope: Mapped[RuleScope] = mapped_column(text_enum(RuleScope))
    scope_code: Mapped[str] = mapped_column(server_default="")
    """Number of an article, or path of a category with all below it."""
    points: Mapped[int | None]
    per: Mapped[Decimal | None] = mapped_column(QUANTITY)
    """The points are given for each full so many: net amount, or base units."""
    factor: Mapped[Decimal | None] = mapped_column(QUANTITY)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """First day on which it no longer holds."""


class LoyaltyReward(Model):
    """An article that is given free for points. It is ended, and never changed."""

    __tablename__ = "loyalty_reward"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "article_id"], ["article.seller_id", "article.id"]),
        CheckConstraint("quantity > 0 and points > 0", name="numbers"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    """Base units."""
    points: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[datetime | None]


class LoyaltyMember(Model):
    """An account that has, or had, points. Whoever takes some locks this row."""

    __tablename__ = "loyalty_member"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "buyer_id"], ["trading_account.seller_id", "trading_account.buyer_id"]),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    expired_on: Mapped[date | None]
    """Up to which day what expired is booked; empty: it is looked at again."""


class PointEntry(Model):
    """Points booked, with their cause; inserted only. The balance of an account is the sum."""

    __tablename__ = "point_entry"
    __table_args__ = (
        UniqueConstraint("seller_id", "buyer_id", "cause", name="uq_point_entry_cause"),
        ForeignKeyConstraint(["seller_id", "buyer_id"], ["loyalty_member.seller_id", "loyalty_member.buyer_id"]),
        ForeignKeyConstraint(
            ["seller_id", "buyer_id", "order_id"], ["sales_order.seller_id", "sales_order.buyer_id", "sales_order.id"]
        ),
        ForeignKeyConstraint(
            ["seller_id", "order_id", "line"], ["order_line.seller_id", "order_line.order_id", "order_line.line"]
        ),
        ForeignKeyConstraint(["seller_id", "rule_number"], ["loyalty_rule.seller_id", "loyalty_rule.number"]),
        ForeignKeyConstraint(["seller_id", "reward_code"], ["loyalty_reward.seller_id", "loyalty_reward.code"]),
        CheckConstraint(
            "case kind when 'adjusted' then points <> 0 when 'earned' then points > 0"
            " when 'returned' then points > 0 else points < 0 end",
            name="sign",
        ),
        CheckConstraint(
            "case kind when 'earned' then num_nulls(order_id, rule_number, expires_on) = 0"
            " when 'reversed' then num_nulls(order_id, rule_number, expires_on) = 0"
            " when 'redeemed' then num_nulls(order_id, line, reward_code) = 0"
            " when 'returned' then num_nulls(order_id, line, reward_code) = 0"
            " when 'adjusted' then reason <> '' else true end",
            name="caused",
        ),
        CheckConstraint(
            "kind in ('earned', 'reversed') or (expires_on is not null) = (kind = 'adjusted' and points > 0)",
            name="lots",
        ),
        Index(
            "ix_point_entry_buyer",
            "seller_id",
            "buyer_id",
            "id",
            postgresql_include=["kind", "points", "booked_on", "expires_on"],
        ),
        Index("ix_point_entry_order", "seller_id", "order_id", postgresql_where=text("order_id is not null")),
        Index(
            "ix_point_entry_expiry",
            "seller_id",
            "buyer_id",
            "expires_on",
            postgresql_where=text("expires_on is not null"),
        ),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[EntryKind] = mapped_column(text_enum(EntryKind))
    points: Mapped[int] = mapped_column(BigInteger)
    booked_on: Mapped[date]
    """The day in the seller's time zone."""
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_on: Mapped[date | None]
    """First day on which what is left of these points is gone. Without it they are taken of those that go first."""
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    line: Mapped[int | None]
    rule_number: Mapped[int | None]
    reward_code: Mapped[str | None]
    reason: Mapped[str] = mapped_column(server_default="")
    cause: Mapped[str]
    """What booked it, so that it is booked once."""

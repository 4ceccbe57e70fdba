"""Tables of stock: warehouses, levels, and the ledger that the levels sum up."""

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


class MovementKind(StrEnum):
    """Why stock on hand changed."""

    COUNT = "count"
    RECEIPT = "receipt"
    SHIPMENT = "shipment"
    RETURN = "return"


class Warehouse(Model):
    """A place where a seller keeps stock."""

    __tablename__ = "warehouse"
    __table_args__ = (UniqueConstraint("seller_id", "code"),)

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    postal_code: Mapped[str] = mapped_column(server_default="")
    country: Mapped[str] = mapped_column(server_default="")


class StockLevel(Model):
    """What of an article is in a warehouse; available = on hand less reserved."""

    __tablename__ = "stock_level"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "warehouse_id"], ["warehouse.seller_id", "warehouse.id"]),
        ForeignKeyConstraint(["seller_id", "article_id"], ["article.seller_id", "article.id"]),
        CheckConstraint("reserved_quantity >= 0", name="reserved_not_negative"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    article_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    on_hand: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    """Base units in the warehouse: the sum of its movements. A count below what is reserved is kept as counted."""
    reserved_quantity: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    """Base units promised to placed orders and not yet shipped: the sum of its open allocations."""
    incoming_quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    incoming_on: Mapped[date | None]


class StockMovement(Model):
    """One change of stock on hand; inserted only."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        ForeignKeyConstraint(
            ["seller_id", "article_id", "warehouse_id"],
            ["stock_level.seller_id", "stock_level.article_id", "stock_level.warehouse_id"],
        ),
        Index("ix_stock_movement_article", "seller_id", "article_id", "warehouse_id"),
        Index(
            "uq_stock_movement_form_key",
            "seller_id",
            "form_key",
            unique=True,
            postgresql_where=text("form_key is not null"),
        ),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    article_id: Mapped[int] = mapped_column(BigInteger)
    warehouse_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[MovementKind] = mapped_column(text_enum(MovementKind))
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    """Base units, signed."""
    reference: Mapped[str] = mapped_column(server_default="")
    actor: Mapped[str] = mapped_column(server_default="")
    form_key: Mapped[str | None]
    """The form that added it: sent again, it adds nothing."""
    at: Mapped[datetime] = mapped_column(server_default=func.now())

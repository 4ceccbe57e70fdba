"""Tables of ordering: baskets, orders, their lines, events, allocations and shipments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import portal.ordering.approval_models  # noqa: F401 - its tables belong to this feature
from tenants.database import AMOUNT, QUANTITY, UNIT_PRICE, Model, text_enum

_EDGE = ["trading_account.seller_id", "trading_account.buyer_id"]
_ORDER = ["sales_order.seller_id", "sales_order.buyer_id", "sales_order.id"]


class OrderStatus(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class OrderSource(StrEnum):
    """How an order came in."""

    PORTAL = "portal"
    API = "api"
    HISTORY = "history"


class Basket(Model):
    """What a person (or client) is about to order from its seller; kept on the server."""

    __tablename__ = "basket"
    __table_args__ = (
        UniqueConstraint("seller_id", "buyer_id", "holder"),
        UniqueConstraint("seller_id", "buyer_id", "id"),
        ForeignKeyConstraint(["seller_id", "buyer_id"], _EDGE),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    holder: Mapped[str]
    """`user:12` or `client:3`."""
    purchase_order_number: Mapped[str] = mapped_column(server_default="")
    requested_on: Mapped[date | None]
    unread_lines: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    """Entered lines that could not be read, as they were entered: kept until somebody corrects or removes them."""
    entered_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """The forms that last added to it, newest last: one that is sent again adds nothing."""
    coupons: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """Coupons given for it, as they were typed."""
    rewards: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """Codes of the rewards that are to come with it for points."""
    shown_offer: Mapped[str | None]
    """What promotions gave when it was last shown by API; a placed order never silently differs from it."""
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BasketLine(Model):
    """An article and quantity in a basket."""

    __tablename__ = "basket_line"
    __table_args__ = (
        UniqueConstraint("seller_id", "basket_id", "article_id"),
        ForeignKeyConstraint(
            ["seller_id", "buyer_id", "basket_id"],
            ["basket.seller_id", "basket.buyer_id", "basket.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["seller_id", "article_id"], ["article.seller_id", "article.id"]),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    basket_id: Mapped[int] = mapped_column(BigInteger)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    article_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    """Base units."""
    shown_unit_price: Mapped[Decimal | None] = mapped_column(UNIT_PRICE)
    """The price last shown to the buyer; a placed order never silently differs from it."""
    in_packaging: Mapped[bool] = mapped_column(server_default="false")
    """The buyer states the quantity in packagings; it is kept in base units all the same."""


class Order(Model):
    """A placed order: a snapshot that nothing later changes, and its status."""

    __tablename__ = "sales_order"
    __table_args__ = (
        UniqueConstraint("seller_id", "order_number"),
        UniqueConstraint("seller_id", "buyer_id", "id"),
        UniqueConstraint("seller_id", "idempotency_scope", "idempotency_key"),
        ForeignKeyConstraint(["seller_id", "buyer_id"], _EDGE),
        Index("ix_sales_order_buyer", "seller_id", "buyer_id", "placed_at", "id"),
        Index("ix_sales_order_status", "seller_id", "status", "placed_at", "id"),
        Index("ix_sales_order_placed", "seller_id", "placed_at", "id"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    order_number: Mapped[str]
    status: Mapped[OrderStatus] = mapped_column(text_enum(OrderStatus), server_default="placed")
    source: Mapped[OrderSource] = mapped_column(text_enum(OrderSource), server_default="portal")
    currency: Mapped[str]
    total: Mapped[Decimal] = mapped_column(AMOUNT)
    """Net sum of the lines as placed."""
    line_count: Mapped[int]
    placed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    placed_on: Mapped[date]
    """The day in the seller's time zone."""
    placed_by: Mapped[str] = mapped_column(server_default="")
    placed_by_name: Mapped[str] = mapped_column(server_default="")
    purchase_order_number: Mapped[str] = mapped_column(server_default="")
    requested_on: Mapped[date | None]
    ship_to: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    """Copy of the buyer's address: name, street, postal_code, city, country."""
    idempotency_scope: Mapped[str | None]
    idempotency_key: Mapped[str | None]
    request_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    response_body: Mapped[str | None] = mapped_column(Text)
    """The answer of the first placement, replayed for ever byte for byte."""


class OrderLine(Model):
    """A line of an order. ordered = cancelled + shipped + open, allocated within open."""

    __tablename__ = "order_line"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "buyer_id", "order_id"], _ORDER),
        ForeignKeyConstraint(["seller_id", "article_id"], ["article.seller_id", "article.id"]),
        ForeignKeyConstraint(["owner_id", "product_id"], ["product.owner_id", "product.id"]),
        ForeignKeyConstraint(
            ["seller_id", "order_id", "cause_line"],
            ["order_line.seller_id", "order_line.order_id", "order_line.line"],
        ),
        CheckConstraint("line > 0", name="line_positive"),
        CheckConstraint(
            "ordered_quantity < 0 or (cancelled_quantity >= 0 and shipped_quantity >= 0"
            " and cancelled_quantity + shipped_quantity <= ordered_quantity)",
            name="quantities_add_up",
        ),
        Index(
            "ix_order_line_figures",
            "seller_id",
            "placed_on",
            postgresql_include=["buyer_id", "product_id", "ordered_quantity", "cancelled_quantity", "net_amount"],
        ),
        Index(
            "ix_order_line_buyer",
            "seller_id",
            "buyer_id",
            "placed_on",
            postgresql_include=["article_id", "ordered_quantity", "cancelled_quantity"],
        ),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    placed_on: Mapped[date]
    article_id: Mapped[int | None] = mapped_column(BigInteger)
    """Empty in history that names an article no longer listed."""
    owner_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
    article_number: Mapped[str]
    ordered_quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    """Base units; negative: a credit."""
    cancelled_quantity: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    shipped_quantity: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    unit_price: Mapped[Decimal | None] = mapped_column(UNIT_PRICE)
    line_amount: Mapped[Decimal] = mapped_column(AMOUNT)
    """Net, after line promotions."""
    net_amount: Mapped[Decimal] = mapped_column(AMOUNT)
    """Net, after order promotions too."""
    explanation: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Why this price, as the buyer may see it."""
    cause_line: Mapped[int | None]
    """The line that these goods come free with."""


class LineExplanation(Model):
    """Why this price, the seller's part: the lists and rules that lost. No policy for buyers."""

    __tablename__ = "order_line_explanation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["seller_id", "order_id", "line"],
            ["order_line.seller_id", "order_line.order_id", "order_line.line"],
        ),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    explanation: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Allocation(Model):
    """Stock of a warehouse promised to an order line; goes down as the line ships."""

    __tablename__ = "allocation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["seller_id", "order_id", "line"],
            ["order_line.seller_id", "order_line.order_id", "order_line.line"],
        ),
        ForeignKeyConstraint(
            ["seller_id", "article_id", "warehouse_id"],
            ["stock_level.seller_id", "stock_level.article_id", "stock_level.warehouse_id"],
        ),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        Index("ix_allocation_article", "seller_id", "article_id", "warehouse_id"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    article_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    """Base units still promised."""


class EventKind(StrEnum):
    """A step in an order's life."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class OrderEvent(Model):
    """What happened to an order, when and by whom; inserted only."""

    __tablename__ = "order_event"
    __table_args__ = (ForeignKeyConstraint(["seller_id", "buyer_id", "order_id"], _ORDER),)

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[EventKind] = mapped_column(text_enum(EventKind))
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    actor_name: Mapped[str] = mapped_column(server_default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


class Shipment(Model):
    """Goods that left for the buyer."""

    __tablename__ = "shipment"
    __table_args__ = (
        UniqueConstraint("seller_id", "shipment_number"),
        UniqueConstraint("seller_id", "buyer_id", "order_id", "id"),
        ForeignKeyConstraint(["seller_id", "buyer_id", "order_id"], _ORDER),
        Index("ix_shipment_order", "seller_id", "order_id"),
        Index("ix_shipment_day", "seller_id", "shipped_on", "buyer_id"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[int] = mapped_column(BigInteger)
    shipment_number: Mapped[str]
    tracking_code: Mapped[str] = mapped_column(server_default="")
    shipped_at: Mapped[datetime] = mapped_column(server_default=func.now())
    shipped_on: Mapped[date]
    """The day in the seller's time zone."""


class ShipmentLine(Model):
    """What of an order line is in a shipment."""

    __tablename__ = "shipment_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["seller_id", "buyer_id", "order_id", "shipment_id"],
            ["shipment.seller_id", "shipment.buyer_id", "shipment.order_id", "shipment.id"],
        ),
        ForeignKeyConstraint(
            ["seller_id", "order_id", "line"],
            ["order_line.seller_id", "order_line.order_id", "order_line.line"],
        ),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    shipment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)

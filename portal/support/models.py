"""Tables of the support desk: what customers ask their seller, and what a seller passes up to the manufacturer.

The brand owner (`owner_id`) has no right on requests and their messages: of a case it reads what the seller wrote for it.
Messages are inserted only.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column

from portal.support.rules import CaseState, RequestKind, RequestState, Side
from tenants.database import Model, text_enum

_WHOLE_FILE = "num_nonnulls(attachment_digest, attachment_type, attachment) in (0, 3)"
_SAYS = "text <> '' or attachment is not null"


class SupportRequest(Model):
    """What a customer asks its seller."""

    __tablename__ = "support_request"
    __table_args__ = (
        UniqueConstraint("seller_id", "request_number"),
        UniqueConstraint("seller_id", "id", "buyer_id"),
        UniqueConstraint(
            "seller_id", "buyer_id", "opened_by", "idempotency_key", name="uq_support_request_idempotency_key"
        ),
        ForeignKeyConstraint(["seller_id", "buyer_id"], ["trading_account.seller_id", "trading_account.buyer_id"]),
        ForeignKeyConstraint(
            ["seller_id", "buyer_id", "order_id"], ["sales_order.seller_id", "sales_order.buyer_id", "sales_order.id"]
        ),
        ForeignKeyConstraint(["seller_id", "article_id"], ["article.seller_id", "article.id"]),
        ForeignKeyConstraint(
            ["seller_id", "buyer_id", "registration_id"],
            ["product_registration.seller_id", "product_registration.buyer_id", "product_registration.id"],
        ),
        Index("ix_support_request_seller", "seller_id", "last_at", "id"),
        Index("ix_support_request_buyer", "seller_id", "buyer_id", "last_at", "id"),
        Index("ix_support_request_faults", "seller_id", "opened_at", postgresql_where=text("kind = 'fault'")),
        Index(
            "ix_support_request_registration",
            "seller_id",
            "registration_id",
            postgresql_where=text("registration_id is not null"),
        ),
        Index("ix_support_request_unsolved", "seller_id", "last_at", postgresql_where=text("state <> 'solved'")),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    request_number: Mapped[str]
    kind: Mapped[RequestKind] = mapped_column(text_enum(RequestKind))
    subject: Mapped[str]
    state: Mapped[RequestState] = mapped_column(text_enum(RequestState), server_default="open")
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    article_id: Mapped[int | None] = mapped_column(BigInteger)
    registration_id: Mapped[int | None] = mapped_column(BigInteger)
    """The registered unit that it is about; its article is the request's."""
    opened_by: Mapped[str]
    opened_by_name: Mapped[str] = mapped_column(server_default="")
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """When customer or seller wrote last, or its state changed."""
    idempotency_key: Mapped[str]
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)


class ProductRegistration(Model):
    """A unit that a customer sold on, by its serial number."""

    __tablename__ = "product_registration"
    __table_args__ = (
        UniqueConstraint("seller_id", "buyer_id", "id"),
        UniqueConstraint("seller_id", "buyer_id", "article_id", "serial_key", name="uq_product_registration_serial"),
        ForeignKeyConstraint(["seller_id", "buyer_id"], ["trading_account.seller_id", "trading_account.buyer_id"]),
        ForeignKeyConstraint(["seller_id", "article_id"], ["article.seller_id", "article.id"]),
        Index("ix_product_registration_sold", "seller_id", "sold_on"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    article_id: Mapped[int] = mapped_column(BigInteger)
    serial_number: Mapped[str]
    serial_key: Mapped[str]
    """The number in capitals without spaces: what is compared."""
    sold_on: Mapped[date]
    registered_by: Mapped[str]
    registered_by_name: Mapped[str] = mapped_column(server_default="")
    registered_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SupportMessage(Model):
    """What was written about a request, by the customer or the seller."""

    __tablename__ = "support_message"
    __table_args__ = (
        UniqueConstraint("seller_id", "request_id", "actor", "idempotency_key", name="uq_support_message_once"),
        ForeignKeyConstraint(
            ["seller_id", "request_id", "buyer_id"],
            ["support_request.seller_id", "support_request.id", "support_request.buyer_id"],
        ),
        CheckConstraint(_WHOLE_FILE, name="whole_file"),
        CheckConstraint(_SAYS, name="says_something"),
        CheckConstraint("not is_internal or side = 'seller'", name="notes_are_the_sellers"),
        Index("ix_support_message_request", "seller_id", "request_id", "id"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    request_id: Mapped[int] = mapped_column(BigInteger)
    buyer_id: Mapped[int] = mapped_column(BigInteger)
    side: Mapped[Side] = mapped_column(text_enum(Side))
    is_internal: Mapped[bool] = mapped_column(server_default="false")
    """A note of the seller's people, which the customer never sees."""
    text: Mapped[str] = mapped_column(server_default="")
    attachment_digest: Mapped[str | None]
    """SHA-256 (hex)."""
    attachment_type: Mapped[str | None]
    attachment: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    actor: Mapped[str]
    actor_name: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    idempotency_key: Mapped[str]
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)


class SupportCase(Model):
    """What a seller passed up to the manufacturer, about one of the manufacturer's own products."""

    __tablename__ = "support_case"
    __table_args__ = (
        UniqueConstraint("owner_id", "case_number"),
        UniqueConstraint("seller_id", "request_id", "owner_id"),
        ForeignKeyConstraint(["seller_id", "request_id"], ["support_request.seller_id", "support_request.id"]),
        ForeignKeyConstraint(["owner_id", "product_id"], ["product.owner_id", "product.id"]),
        Index("ix_support_case_owner", "owner_id", "last_at", "request_id"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    request_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    owner_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
    case_number: Mapped[str]
    """Another one than the request's: what customer and seller call it is their affair."""
    kind: Mapped[RequestKind] = mapped_column(text_enum(RequestKind))
    state: Mapped[CaseState] = mapped_column(text_enum(CaseState), server_default="open")
    retailer_name: Mapped[str] = mapped_column(server_default="")
    """Empty unless the seller chose to name it."""
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SupportCaseMessage(Model):
    """What seller and manufacturer wrote to each other about a case."""

    __tablename__ = "support_case_message"
    __table_args__ = (
        UniqueConstraint("seller_id", "request_id", "actor", "idempotency_key", name="uq_support_case_message_once"),
        ForeignKeyConstraint(
            ["seller_id", "request_id", "owner_id"],
            ["support_case.seller_id", "support_case.request_id", "support_case.owner_id"],
        ),
        CheckConstraint(_WHOLE_FILE, name="whole_file"),
        CheckConstraint(_SAYS, name="says_something"),
        Index("ix_support_case_message_case", "seller_id", "request_id", "id"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    request_id: Mapped[int] = mapped_column(BigInteger)
    owner_id: Mapped[int] = mapped_column(BigInteger)
    side: Mapped[Side] = mapped_column(text_enum(Side))
    text: Mapped[str] = mapped_column(server_default="")
    attachment_digest: Mapped[str | None]
    attachment_type: Mapped[str | None]
    attachment: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    actor: Mapped[str]
    actor_name: Mapped[str] = mapped_column(server_default="")
    """For the own organisation alone; the other side is told which organisation wrote."""
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    idempotency_key: Mapped[str]
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)

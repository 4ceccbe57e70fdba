"""What a seller keeps about a buyer: addresses, contacts, documents, notes and tasks.

Buyers keep addresses too and read the documents that are shared with them; the rest is the seller's alone.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model, text_enum

_EDGE = ["trading_account.seller_id", "trading_account.buyer_id"]


class AddressKind(StrEnum):
    """What is sent there."""

    SHIP_TO = "ship_to"
    BILL_TO = "bill_to"


class NoteKind(StrEnum):
    """What happened with a buyer."""

    NOTE = "note"
    CALL = "call"
    EMAIL = "email"
    VISIT = "visit"
    MEETING = "meeting"


class TaskKind(StrEnum):
    """What is to be done."""

    FOLLOW_UP = "follow_up"
    VISIT = "visit"


class AccountAddress(Model):
    """A further address of a buyer; its own stands with the organisation."""

    __tablename__ = "account_address"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "buyer_id"], _EDGE),
        Index(
            "uq_account_address_usual",
            *("seller_id", "buyer_id", "kind"),
            unique=True,
            postgresql_where=text("is_usual"),
        ),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    """Names it within the account; chosen by who made it, or at random."""
    kind: Mapped[AddressKind] = mapped_column(text_enum(AddressKind), server_default="ship_to")
    name: Mapped[str]
    street: Mapped[str] = mapped_column(server_default="")
    postal_code: Mapped[str] = mapped_column(server_default="")
    city: Mapped[str] = mapped_column(server_default="")
    country: Mapped[str] = mapped_column(server_default="")
    is_usual: Mapped[bool] = mapped_column(server_default="false")
    """Whether it is taken where none is named."""


class AccountContact(Model):
    """Somebody at a buyer whom the seller's staff know; has no access by it."""

    __tablename__ = "account_contact"
    __table_args__ = (ForeignKeyConstraint(["seller_id", "buyer_id"], _EDGE),)

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[str] = mapped_column(server_default="")
    email: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")


class AccountDocument(Model):
    """A file about a buyer."""

    __tablename__ = "account_document"
    __table_args__ = (ForeignKeyConstraint(["seller_id", "buyer_id"], _EDGE),)

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the content, in hexadecimal: the same file is there once."""
    title: Mapped[str]
    content_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    size_bytes: Mapped[int]
    is_shared: Mapped[bool] = mapped_column(server_default="false")
    """Whether the buyer may read it."""
    added_by: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AccountNote(Model):
    """What happened with a buyer, in the words of the seller's staff."""

    __tablename__ = "account_note"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "buyer_id"], _EDGE),
        Index("ix_account_note_happened", "seller_id", "buyer_id", "happened_on", "key"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[NoteKind] = mapped_column(text_enum(NoteKind), server_default="note")
    text: Mapped[str]
    happened_on: Mapped[date]
    author: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AccountTask(Model):
    """What the seller's staff are to do about a buyer, and by when."""

    __tablename__ = "account_task"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "buyer_id"], _EDGE),
        CheckConstraint("(done_at is null) = (done_by = '')", name="done_by_somebody"),
        Index("ix_account_task_open", "seller_id", "due_on", "key", postgresql_where=text("done_at is null")),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[TaskKind] = mapped_column(text_enum(TaskKind), server_default="follow_up")
    text: Mapped[str]
    due_on: Mapped[date]
    assignee_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    """Who of the seller's staff is to do it; empty: anybody."""
    created_by: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    done_at: Mapped[datetime | None]
    done_by: Mapped[str] = mapped_column(server_default="")

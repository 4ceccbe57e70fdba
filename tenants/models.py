"""Tables of the kernel: organisations, trading accounts, people, sessions, clients, the audit log."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import AMOUNT, Model, text_enum
from tenants.permissions import Role


class OrganisationKind(StrEnum):
    """What an organisation is in the channel."""

    MANUFACTURER = "manufacturer"
    WHOLESALER = "wholesaler"
    RETAILER = "retailer"


class Status(StrEnum):
    """Whether something is in use; rows with history are deactivated, never deleted."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class Organisation(Model):
    """A company or shop: one node of a tree."""

    __tablename__ = "organisation"
    __table_args__ = (
        UniqueConstraint("root_id", "code"),
        UniqueConstraint("slug"),
        Index("ix_organisation_seller_id", "seller_id"),
        Index("ix_organisation_parent_id", "parent_id"),
        Index("ix_organisation_wholesaler", "root_id", "code", postgresql_where=text("kind = 'wholesaler'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    root_id: Mapped[int] = mapped_column(BigInteger)
    """The tree's manufacturer; its own id for the root."""
    parent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    seller_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    """The one seller: the nearest ancestor that is not a retailer; empty for the root."""
    owner_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    """Itself and its ancestors: whose products it may list."""
    kind: Mapped[OrganisationKind] = mapped_column(text_enum(OrganisationKind))
    code: Mapped[str]
    slug: Mapped[str]
    """Public address of its sign-in page, `/w/<slug>/`; unique in the installation."""
    name: Mapped[str]
    street: Mapped[str] = mapped_column(server_default="")
    city: Mapped[str] = mapped_column(server_default="")
    postal_code: Mapped[str] = mapped_column(server_default="")
    country: Mapped[str] = mapped_column(server_default="")
    locale: Mapped[str] = mapped_column(server_default="en")
    currency: Mapped[str] = mapped_column(server_default="EUR")
    time_zone: Mapped[str] = mapped_column(server_default="UTC")
    vat_id: Mapped[str] = mapped_column(server_default="")
    gln: Mapped[str] = mapped_column(server_default="")
    email: Mapped[str] = mapped_column(server_default="")
    accent_colour: Mapped[str] = mapped_column(server_default="")
    """`#rrggbb`, checked for contrast; empty: Kontor's own."""
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    logo_type: Mapped[str] = mapped_column(server_default="")
    status: Mapped[Status] = mapped_column(text_enum(Status), server_default="active")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PriceGroup(Model):
    """A seller's name for buyers that share conditions."""

    __tablename__ = "price_group"

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(server_default="")


class TradingAccount(Model):
    """The trading edge: what a seller agreed with a buyer. Written by the seller alone."""

    __tablename__ = "trading_account"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "price_group"], ["price_group.seller_id", "price_group.code"]),
        Index("ix_trading_account_buyer_id", "buyer_id"),
        Index("ix_trading_account_seller_id_customer_number", "seller_id", "customer_number"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    customer_number: Mapped[str] = mapped_column(server_default="")
    price_group: Mapped[str | None]
    payment_terms_days: Mapped[int | None]
    credit_limit: Mapped[Decimal | None] = mapped_column(AMOUNT)
    """Highest open amount in the seller's currency; empty = none set."""
    status: Mapped[Status] = mapped_column(text_enum(Status), server_default="active")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    delivery_days: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), server_default="{}")
    """On which days of the week the seller delivers: 1 = Monday to 7 = Sunday; empty: none agreed."""
    closed_at: Mapped[datetime | None]
    """Since when the buyer is a former one, whose people have no right left."""


class UserAccount(Model):
    """A person; works in the organisations of its memberships, one at a time."""

    __tablename__ = "user_account"
    __table_args__ = (UniqueConstraint("email"), CheckConstraint("email = lower(email)", name="email_lower"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    email: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    locale: Mapped[str] = mapped_column(server_default="")
    password_hash: Mapped[str] = mapped_column(server_default="")
    """argon2id; empty: no password yet, cannot sign in with one."""
    status: Mapped[Status] = mapped_column(text_enum(Status), server_default="active")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    left_at: Mapped[datetime | None]
    """When it was first seen to work for no organisation any more."""


class OwnRole(Model):
    """A role that an organisation made from permissions, beside the built-in ones."""

    __tablename__ = "own_role"

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    """Never that of a built-in role."""
    name: Mapped[str]
    like_role: Mapped[Role] = mapped_column(text_enum(Role))
    """The built-in role whose messages its people get."""
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))


class Membership(Model):
    """A person's role in an organisation."""

    __tablename__ = "membership"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "own_role"], ["own_role.organisation_id", "own_role.code"]),
        Index("ix_membership_user_id", "user_id"),
    )

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(text_enum(Role))
    own_role: Mapped[str | None]
    """What decides instead of `role`, which then is the own role's `like_role`."""
    status: Mapped[Status] = mapped_column(text_enum(Status), server_default="active")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Invitation(Model):
    """A single-use, short-lived way into an organisation, bound to one e-mail address."""

    __tablename__ = "invitation"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "own_role"], ["own_role.organisation_id", "own_role.code"]),
        UniqueConstraint("token_hash"),
        Index("ix_invitation_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    inviting_organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    invited_by: Mapped[str]
    email: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    role: Mapped[Role] = mapped_column(text_enum(Role))
    own_role: Mapped[str | None]
    """Into the own organisation alone."""
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Proof(StrEnum):
    """How a person proved who it is."""

    PASSWORD = "password"  # noqa: S105 - the name of the proof
    CODE = "code"
    """Password, then a code of the authenticator app."""
    RECOVERY_CODE = "recovery_code"
    """Password, then one of the codes for a lost device."""
    PASSKEY = "passkey"
    """A device that knows its owner: by finger, face or PIN."""
    SINGLE_SIGN_ON = "single_sign_on"
    """The organisation's own identity provider, which said nothing of a second factor: worth one proof."""
    SINGLE_SIGN_ON_MFA = "single_sign_on_mfa"
    """The same, and it asked for more than one factor."""

    @property
    def is_single(self) -> bool:
        """Tell whether it is one proof, where two may be demanded."""
        return self in {Proof.PASSWORD, Proof.SINGLE_SIGN_ON}


class UserSession(Model):
    """A signed-in browser; the cookie carries only its token, of which the hash is kept."""

    __tablename__ = "user_session"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_user_session_user_id", "user_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    """Where the person works now."""
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    user_agent: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")
    proof: Mapped[Proof] = mapped_column(text_enum(Proof), server_default="password")
    proven_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """When the person last proved who it is: at signing in, or again before a dangerous act."""
    device_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the token by which the browser is known again."""
    provider_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    """The organisation whose identity provider opened it, and in which alone it is worth anything; empty: the person's own proof."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class PasswordReset(Model):
    """A single-use, short-lived way to set a new password."""

    __tablename__ = "password_reset"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AuditEntry(Model):
    """Who did what to what, as whom, from where; inserted only. Ids come from the application."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_organisation_id_at", "organisation_id", "at"),
        Index("ix_audit_entry_refused", "organisation_id", "at", postgresql_where=text("refused")),
        Index("ix_audit_entry_written_in", "written_in", postgresql_using="brin"),
    )

    organisation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    """`user:12`, `client:3`, `job`, `operator`, `loader` or `unknown`."""
    actor_name: Mapped[str] = mapped_column(server_default="")
    """Of programs alone: people are named by their account, so that their names can be erased."""
    acted_as: Mapped[str] = mapped_column(server_default="")
    """Capacity and, of a person, role at that time: `seller:manager`."""
    actor_organisation_id: Mapped[int | None] = mapped_column(BigInteger)
    """Where the actor belongs, if it acted on behalf of this organisation."""
    action: Mapped[str]
    """`noun.verb_in_the_past`, as `account.suspended`."""
    subject: Mapped[str] = mapped_column(server_default="")
    """What it was done to, in words people see: a code, a number."""
    refused: Mapped[bool] = mapped_column(server_default="false")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    address: Mapped[str] = mapped_column(server_default="")
    via: Mapped[str] = mapped_column(server_default="")
    """The browser session, `session:45`."""
    request_id: Mapped[str] = mapped_column(server_default="")
    personal_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of what stands in AuditPersonal."""
    written_in: Mapped[int] = mapped_column(BigInteger, server_default=text("pg_current_xact_id()::text::bigint"))
    """The transaction, by which the chain finds what was committed since."""


class AuditPersonal(Model):
    """What an audit entry tells of a person, apart from it: erased, it leaves the entry and its chain as they were."""

    __tablename__ = "audit_personal"

    organisation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    """Whom it is about, where that has an account: `user_account.id`."""
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    subject: Mapped[str] = mapped_column(server_default="")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    noted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AuditLink(Model):
    """An entry's place in the chain of its organisation; inserted only, by one function of the database."""

    __tablename__ = "audit_link"
    __table_args__ = (UniqueConstraint("organisation_id", "entry_id"),)

    organisation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """1, 2, 3 …"""
    entry_id: Mapped[UUID]
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the hash before and the entry's digest."""


class AuditSeal(Model):
    """The head of a chain at an instant, under a key that the database does not have; inserted only."""

    __tablename__ = "audit_seal"

    organisation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]
    seal: Mapped[bytes] = mapped_column(LargeBinary)


class AuditProgress(Model):
    """One row: below which transaction number every entry has been looked at. Locked by who walks."""

    __tablename__ = "audit_progress"

    chained_below: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)

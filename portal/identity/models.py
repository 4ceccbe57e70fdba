"""How an organisation's people are known by its own identity provider."""

from __future__ import annotations

from datetime import datetime
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
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model, text_enum
from tenants.permissions import Role


class IdentityProvider(Model):
    """The OpenID Connect provider of an organisation, and what its word is worth."""

    __tablename__ = "identity_provider"

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    issuer: Mapped[str]
    client_id: Mapped[str]
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    """Encrypted (portal/accounts/sealing.py)."""
    groups_claim: Mapped[str] = mapped_column(server_default="groups")
    default_role: Mapped[Role | None] = mapped_column(text_enum(Role))
    """Of people in none of the named groups; empty: they do not get in."""
    required_acr: Mapped[str] = mapped_column(server_default="")
    """The authentication class that stands for more than one factor; asked for at each sign-in. Empty: none."""
    counts_as_two_proofs: Mapped[bool] = mapped_column(server_default="false")
    """Whether every sign-in there took a second factor, whatever its tokens say."""
    trusts_addresses: Mapped[bool] = mapped_column(server_default="false")
    """Whether an e-mail address counts as verified where the token does not say."""
    is_enabled: Mapped[bool] = mapped_column(server_default="true")
    is_demanded: Mapped[bool] = mapped_column(server_default="false")
    """Whether people of the organisation get in by it alone; keyholders excepted."""
    keyholder_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    """Administrators who get in by a second factor of their own while the provider is demanded."""
    worked_at: Mapped[datetime | None]
    """When somebody last signed in by this connection; empty since it was changed."""
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class GroupRole(Model):
    """Which role the members of a group of the provider have."""

    __tablename__ = "group_role"

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    group_name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[Role] = mapped_column(text_enum(Role))


class EmailDomain(Model):
    """A domain of e-mail addresses that an organisation says is its own; a proven one is nobody else's."""

    __tablename__ = "email_domain"
    __table_args__ = (
        CheckConstraint("domain = lower(domain)", name="lower"),
        Index("ix_email_domain_proven", "domain", unique=True, postgresql_where="proven_at is not null"),
    )

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    domain: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str]
    """What the domain's TXT record has to say."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    proven_at: Mapped[datetime | None]


class ExternalIdentity(Model):
    """Which person a subject of an issuer is, in one organisation."""

    __tablename__ = "external_identity"
    __table_args__ = (
        UniqueConstraint("organisation_id", "issuer", "user_id"),
        Index("ix_external_identity_user_id", "user_id"),
    )

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    """When the membership was taken away because the groups were; they bring it back, nothing else of the provider does."""


class AuthorizationRequest(Model):
    """Somebody was sent to the provider and may come back once; the browser holds the state as well."""

    __tablename__ = "authorization_request"
    __table_args__ = (Index("ix_authorization_request_expires_at", "expires_at"),)

    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    issuer: Mapped[str]
    sealed_secrets: Mapped[bytes] = mapped_column(LargeBinary)
    """Nonce and code verifier, encrypted."""
    session_id: Mapped[int | None] = mapped_column(BigInteger)
    """The session whose person proves itself again; empty: somebody signs in."""
    target: Mapped[str] = mapped_column(server_default="")
    kept: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class ProvisioningToken(Model):
    """By which an organisation's provider comes to keep people and groups (SCIM); only its hash is kept."""

    __tablename__ = "provisioning_token"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_provisioning_token_organisation_id", "organisation_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_by: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ProvisionedPerson(Model):
    """A person as the provider keeps it."""

    __tablename__ = "provisioned_person"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="lower"),
        Index("ix_provisioned_person_user_name", "organisation_id", text("lower(user_name)"), unique=True),
        Index("ix_provisioned_person_user_id", "user_id"),
    )

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    """Who it is here; empty: invited and not come yet."""
    user_name: Mapped[str]
    external_id: Mapped[str | None]
    email: Mapped[str] = mapped_column(server_default="")
    display_name: Mapped[str] = mapped_column(server_default="")
    is_active: Mapped[bool] = mapped_column(server_default="true")
    granted_role: Mapped[Role | None] = mapped_column(text_enum(Role))
    """What the provider's groups gave last. Only where that changes the membership follows: what people decide here stays."""
    resource: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What the provider sent of it: names and addresses."""
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ProvisionedGroup(Model):
    """A group as the provider keeps it."""

    __tablename__ = "provisioned_group"

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    external_id: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ProvisionedGroupMember(Model):
    """Who is in a group."""

    __tablename__ = "provisioned_group_member"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "group_id"],
            ["provisioned_group.organisation_id", "provisioned_group.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["provisioned_person.organisation_id", "provisioned_person.id"],
            ondelete="CASCADE",
        ),
        Index("ix_provisioned_group_member_person", "organisation_id", "person_id"),
    )

    organisation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)

"""Tables of the kernel: programs, what people allowed them, and the tokens by which they come."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model, text_enum
from tenants.models import Proof


class ClientKind(StrEnum):
    """How a program gets its tokens."""

    SERVICE = "service"
    """By its secret alone; it acts for the organisation."""
    WEB = "web"
    """By its secret and a person's consent; it acts for the person."""
    NATIVE = "native"
    """By a person's consent alone, because a program on people's devices keeps no secret; it acts for the person."""


class ApiClient(Model):
    """A program of one organisation."""

    __tablename__ = "api_client"
    __table_args__ = (
        UniqueConstraint("client_id"),
        UniqueConstraint("organisation_id", "id"),
        Index("ix_api_client_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    client_id: Mapped[str]
    kind: Mapped[ClientKind] = mapped_column(text_enum(ClientKind), server_default="service")
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """Empty of a native program."""
    name: Mapped[str] = mapped_column(server_default="")
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """The most that its tokens are worth."""
    redirect_uris: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """Where a person is sent back to with a code."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ApiGrant(Model):
    """What a person allowed a program, and the one code of it: all tokens that come of it are one family."""

    __tablename__ = "api_grant"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "client_id"], ["api_client.organisation_id", "api_client.id"]),
        UniqueConstraint("code_hash"),
        Index("ix_api_grant_organisation_id_client_id", "organisation_id", "client_id"),
        Index("ix_api_grant_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    client_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    proof: Mapped[Proof] = mapped_column(text_enum(Proof))
    """How the person had proven who it is; an organisation that comes to demand more ends what was proven with less."""
    provider_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    """The organisation whose identity provider had opened the session."""
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    code_challenge: Mapped[str]
    """Of PKCE, S256."""
    redirect_uri: Mapped[str]
    code_expires_at: Mapped[datetime]
    redeemed_at: Mapped[datetime | None]
    """When the code was exchanged; before that the grant is worth nothing."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ApiToken(Model):
    """An access token of an API client; only its hash is kept."""

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_client_id", "client_id"), Index("ix_api_token_grant_id", "grant_id"))

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    client_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("api_client.id"))
    grant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("api_grant.id", ondelete="CASCADE"))
    """By which it acts for a person; empty: for the organisation."""
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class RefreshToken(Model):
    """What a program exchanges for the next access token, once: used twice, it ends its grant."""

    __tablename__ = "refresh_token"
    __table_args__ = (Index("ix_refresh_token_grant_id", "grant_id"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    grant_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("api_grant.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PersonalToken(Model):
    """A token that a person made for programs of its own; only its hash is kept."""

    __tablename__ = "personal_token"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_personal_token_organisation_id", "organisation_id"),
        Index("ix_personal_token_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    proof: Mapped[Proof] = mapped_column(text_enum(Proof))
    provider_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

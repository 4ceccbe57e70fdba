"""How people prove who they are beyond a password, and what organisations demand of them.

All but the policy belong to a person, not to an organisation: signing in alone reads them.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

import portal.accounts.record_models  # noqa: F401 - its tables belong to this feature
from tenants.database import Model, text_enum


class Demand(StrEnum):
    """Of whom an organisation demands a second factor."""

    OPTIONAL = "optional"
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"


class Authenticator(Model):
    """The app that shows a person a new code every 30 seconds (TOTP, RFC 6238)."""

    __tablename__ = "authenticator"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"), primary_key=True)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    """Encrypted (portal/accounts/sealing.py)."""
    last_counter: Mapped[int] = mapped_column(BigInteger)
    """The newest code that was used, as its number of 30 seconds since 1970: neither it nor an older one works again."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RecoveryCode(Model):
    """A code that replaces a lost device once; only its keyed hash is kept."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]


class SignInStep(Model):
    """Somebody gave the right password and owes the second proof; the cookie carries the token."""

    __tablename__ = "sign_in_step"
    __table_args__ = (Index("ix_sign_in_step_expires_at", "expires_at"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    """Where the person will work."""
    failures: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class ChallengePurpose(StrEnum):
    """What a passkey is asked for."""

    MAKE = "make"
    SIGN_IN = "sign_in"
    CONFIRM = "confirm"


class Passkey(Model):
    """A key pair on a person's device, which uses it when it recognises its owner; the portal has the public half."""

    __tablename__ = "passkey"
    __table_args__ = (UniqueConstraint("credential_id"), Index("ix_passkey_user_id", "user_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """How often the device used it, by its own count; one that does not grow is a copy. 0: the device does not count."""
    name: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]


class ActingSession(Model):
    """A person of a wholesaler works in a retailer's name, in one browser session and for a while."""

    __tablename__ = "acting_session"
    __table_args__ = (
        Index("ix_acting_session_session_id", "session_id", postgresql_where=text("ended_at is null")),
        Index("ix_acting_session_actor_organisation_id", "actor_organisation_id", "began_at"),
    )

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    """The retailer."""
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    actor_organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    session_id: Mapped[int] = mapped_column(BigInteger)
    """Ends with it."""
    reason: Mapped[str]
    began_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When its end was noted; by then it had ended by itself if `ends_at` or the session's end came first."""


class PasskeyChallenge(Model):
    """What a device is asked to sign, once."""

    __tablename__ = "passkey_challenge"
    __table_args__ = (Index("ix_passkey_challenge_expires_at", "expires_at"),)

    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    """Who is to answer; empty: whoever signs in."""
    purpose: Mapped[ChallengePurpose] = mapped_column(text_enum(ChallengePurpose))
    expires_at: Mapped[datetime]


class KnownDevice(Model):
    """A browser from which a person signed in, or chose a new password by mail."""

    __tablename__ = "known_device"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"), primary_key=True)
    device_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RequestKind(StrEnum):
    """What a person may ask of what is kept about it."""

    EXPORT = "export"
    """A file of all of it."""
    ERASURE = "erasure"


class PersonRequest(Model):
    """Somebody asked for a person's data or for its erasure; the worker answers. It belongs to the person."""

    __tablename__ = "person_request"
    __table_args__ = (
        Index("ix_person_request_person_id", "person_id", "organisation_id"),
        Index("ix_person_request_open", "id", postgresql_where=text("done_at is null")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    organisation_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    """Whose administrator asked, for its own part alone; empty: everything, for the person itself."""
    kind: Mapped[RequestKind] = mapped_column(text_enum(RequestKind))
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    done_at: Mapped[datetime | None]
    content: Mapped[str | None]
    """The file, as JSON."""


class SignInPolicy(Model):
    """What an organisation demands of those who work in it; without a row, nothing."""

    __tablename__ = "sign_in_policy"

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    second_factor: Mapped[Demand] = mapped_column(text_enum(Demand), server_default="optional")

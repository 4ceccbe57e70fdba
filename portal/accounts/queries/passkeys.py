"""Passkeys and their challenges; every function runs in the authentication context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.accounts.models import Passkey
from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import Status, UserAccount


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey of a person, as it sees it."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyOfPerson:
    """A passkey with the person it stands for."""

    id: int
    public_key: bytes
    sign_count: int
    user_id: int
    email: str
    name: str
    locale: str


def list_passkeys(user_id: int) -> list[PasskeyRow]:
    """Give the person's passkeys, the oldest first."""
    act_as(AUTHENTICATION)
    statement = (
        select(Passkey.id, Passkey.name, Passkey.created_at, Passkey.last_used_at)
        .where(Passkey.user_id == user_id)
        .order_by(Passkey.id)
    )
    return [PasskeyRow(*row) for row in db.session.execute(statement)]


def list_credentials(user_id: int) -> list[bytes]:
    """Give by what name devices know the person's passkeys."""
    act_as(AUTHENTICATION)
    statement = select(Passkey.credential_id).where(Passkey.user_id == user_id)
    return [bytes(credential) for credential in db.session.execute(statement).scalars()]


def find_key(credential_id: bytes) -> KeyOfPerson | None:
    """Give the passkey and its person, if that is active, or None."""
    act_as(AUTHENTICATION)
    row = db.session.execute(
        select(
            Passkey.id,
            Passkey.public_key,
            Passkey.sign_count,
            UserAccount.id,
            UserAccount.email,
            UserAccount.name,
            UserAccount.locale,
        )
        .join(UserAccount, UserAccount.id == Passkey.user_id)
        .where(Passkey.credential_id == credential_id, UserAccount.status == Status.ACTIVE)
    ).one_or_none()
    return None if row is None else KeyOfPerson(*row)

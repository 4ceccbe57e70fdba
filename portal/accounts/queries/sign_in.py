"""What is read before anybody is known; every function runs in the authentication context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, text

from portal.accounts.models import KnownDevice
from tenants.authentication import IDLE_TIMEOUT, hash_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import Organisation, PasswordReset, Status, UserAccount, UserSession

LONGEST_AGENT: Final = 400
"""Characters kept of what a browser calls itself."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A person as the sign-in needs it."""

    user_id: int
    email: str
    name: str
    locale: str
    password_hash: str
    active: bool


@dataclass(frozen=True, slots=True)
class Workplace:
    """An organisation in which the person may work now."""

    organisation_id: int
    seller_id: int | None
    kind: str
    name: str
    locale: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One signed-in browser of a person."""

    id: int
    organisation: str
    user_agent: str
    address: str
    proof: str
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class ResetRow:
    """A password reset that can still be used."""

    id: int
    user_id: int
    email: str
    name: str


def find_credentials(email: str) -> Credentials | None:
    """Give the person of that e-mail address (any case), or None."""
    act_as(AUTHENTICATION)
    row = db.session.execute(
        select(
            UserAccount.id,
            UserAccount.email,
            UserAccount.name,
            UserAccount.locale,
            UserAccount.password_hash,
            UserAccount.status,
        ).where(UserAccount.email == email.strip().lower())
    ).one_or_none()
    return None if row is None else Credentials(*row[:5], active=row.status is Status.ACTIVE)


def list_workplaces(user_id: int) -> list[Workplace]:
    """Give the organisations with a live membership whose whole line of ancestors is active, by name."""
    act_as(AUTHENTICATION)
    statement = text("""
        select o.id, o.seller_id, o.kind, o.name, o.locale
        from membership m join organisation o on o.id = m.organisation_id
        where m.user_id = :user and m.status = 'active'
          and not exists (select from organisation a where a.id = any(o.owner_ids) and a.status <> 'active')
        order by o.name, o.id""")
    return [Workplace(*row) for row in db.session.execute(statement, {"user": user_id})]


def find_last_workplace(user_id: int) -> int | None:
    """Give the organisation (its id) in which the person worked last, or None."""
    act_as(AUTHENTICATION)
    return db.session.execute(
        select(UserSession.organisation_id)
        .where(UserSession.user_id == user_id)
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def knows_address(user_id: int, address: str) -> bool:
    """Tell whether the person signed in from that network address within the last 90 days."""
    act_as(AUTHENTICATION)
    statement = select(UserSession.id).where(
        UserSession.user_id == user_id,
        UserSession.address == address,
        UserSession.last_seen_at > func.now() - text("interval '90 days'"),
    )
    return bool(address) and db.session.execute(statement.limit(1)).first() is not None


def knows_device(user_id: int, device: str) -> bool:
    """Tell whether the browser of that token is one of the person's."""
    act_as(AUTHENTICATION)
    statement = select(KnownDevice.user_id).where(
        KnownDevice.user_id == user_id, KnownDevice.device_hash == hash_token(device)
    )
    return bool(device) and db.session.execute(statement).first() is not None


def knows_any_session(user_id: int) -> bool:
    """Tell whether the person ever signed in."""
    act_as(AUTHENTICATION)
    statement = select(UserSession.id).where(UserSession.user_id == user_id)
    return db.session.execute(statement.limit(1)).first() is not None


def is_familiar(user_id: int, address: str, user_agent: str) -> bool:
    """Tell whether the person signed in from that address with such a browser within the last 90 days."""
    act_as(AUTHENTICATION)
    statement = select(UserSession.id).where(
        UserSession.user_id == user_id,
        UserSession.address == address,
        UserSession.user_agent == user_agent[:LONGEST_AGENT],
        UserSession.last_seen_at > func.now() - text("interval '90 days'"),
    )
    return bool(address) and db.session.execute(statement.limit(1)).first() is not None


def list_sessions(user_id: int, provider_id: int | None = None) -> list[SessionRow]:
    """Give the person's live sessions, the one used last first; with `provider_id` those of that provider alone."""
    act_as(AUTHENTICATION)
    statement = text("""
        select s.id, o.name, s.user_agent, s.address, s.proof, s.created_at, s.last_seen_at
        from user_session s join organisation o on o.id = s.organisation_id
        where s.user_id = :user and s.revoked_at is null and s.expires_at > now()
          and s.last_seen_at > now() - :idle
          and (cast(:provider as bigint) is null or s.provider_id = :provider)
        order by s.last_seen_at desc, s.id desc""")
    values = {"user": user_id, "idle": IDLE_TIMEOUT, "provider": provider_id}
    return [SessionRow(*row) for row in db.session.execute(statement, values)]


def find_reset(token: str) -> ResetRow | None:
    """Give the unused, unexpired password reset of that token, or None."""
    act_as(AUTHENTICATION)
    row = db.session.execute(
        select(PasswordReset.id, UserAccount.id, UserAccount.email, UserAccount.name)
        .join(UserAccount, UserAccount.id == PasswordReset.user_id)
        .where(
            PasswordReset.token_hash == hash_token(token),
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > func.now(),
            UserAccount.status == Status.ACTIVE,
        )
    ).one_or_none()
    return None if row is None else ResetRow(*row)


def find_selling_organisation(slug: str) -> int | None:
    """Give the active organisation (its id) whose sign-in page has that address; retailers have none."""
    act_as(AUTHENTICATION)
    statement = select(Organisation.id).where(
        Organisation.slug == slug, Organisation.kind != "retailer", Organisation.status == Status.ACTIVE
    )
    return db.session.execute(statement).scalar_one_or_none()

"""Browsers a person has signed in from; in the authentication context.

A browser is known by a random token in its cookie, of which the hash is kept. Whoever holds none is new.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from portal.accounts.models import KnownDevice
from portal.accounts.queries.sign_in import is_familiar, knows_any_session
from portal.accounts.service.alerts import alert_person
from tenants.authentication import SignedIn, hash_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import UserSession

_KEPT = text("interval '400 days'")
"""As long as browsers keep the cookie."""


def remember_device(user_id: int, device: str) -> bool:
    """Keep the browser of that token as one of the person's; tells whether it was unknown."""
    act_as(AUTHENTICATION)
    db.session.execute(
        delete(KnownDevice).where(KnownDevice.user_id == user_id, KnownDevice.last_used_at < func.now() - _KEPT)
    )
    row = upsert(KnownDevice).values(user_id=user_id, device_hash=hash_token(device))
    known = row.on_conflict_do_update(
        index_elements=[KnownDevice.user_id, KnownDevice.device_hash], set_={"last_used_at": func.now()}
    )
    is_new: Any = db.session.execute(known.returning(text("xmax = 0"))).scalar_one()
    return bool(is_new)


def greet_device(user_id: int, organisation_id: int, device: str, *, address: str, user_agent: str) -> None:
    """Remember the browser in which the person is about to get a session; of a new one a mail tells the person.

    Not of the first of all, nor of the same browser at the same address that only lost its cookie.
    """
    is_expected = not knows_any_session(user_id) or is_familiar(user_id, address, user_agent)
    if remember_device(user_id, device) and not is_expected:
        alert_person(user_id, organisation_id, "NewDeviceSignedIn", user_agent=user_agent, address=address)


def forget_device_of(person: SignedIn, session_id: int) -> None:
    """Let the browser of one of the person's sessions be new again."""
    act_as(AUTHENTICATION)
    device = select(UserSession.device_hash).where(UserSession.id == session_id, UserSession.user_id == person.user_id)
    db.session.execute(
        delete(KnownDevice).where(
            KnownDevice.user_id == person.user_id, KnownDevice.device_hash.in_(device.scalar_subquery())
        )
    )


def forget_devices(user_id: int, *, but_of_session: int | None = None) -> None:
    """Let all browsers of the person be new again, but the one of this session."""
    act_as(AUTHENTICATION)
    kept = select(func.coalesce(UserSession.device_hash, b"")).where(UserSession.id == but_of_session).scalar_subquery()
    db.session.execute(
        delete(KnownDevice).where(KnownDevice.user_id == user_id, KnownDevice.device_hash != func.coalesce(kept, b""))
    )

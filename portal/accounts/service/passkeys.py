"""Passkeys: made, used and taken away; everything runs in the authentication context and takes the person, if any.

A challenge is random, kept as a hash until it is used, and used once: an answer that is sent again counts for nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import current_app
from sqlalchemy import delete, func, insert, text, update

from portal.accounts.models import ChallengePurpose, Passkey, PasskeyChallenge
from portal.accounts.passkey_ceremony import (
    AnswerRefused,
    Owner,
    check_use,
    creation_options,
    credential_of,
    read_new_key,
    request_options,
)
from portal.accounts.queries.passkeys import KeyOfPerson, find_key, list_credentials
from portal.accounts.queries.second_factor import find_factors, find_step
from portal.accounts.queries.sign_in import list_workplaces
from portal.accounts.sealing import keyed_hashes
from portal.accounts.service.alerts import tell_factor_change
from portal.accounts.service.second_factor import forget_proofs_without_factor, new_codes
from portal.accounts.service.second_step import confirmed, note_refusal, open_after_step
from portal.accounts.service.sessions import Browser, OpenedSession, first_workplace, note_opened, open_session
from tenants.audit import record_as, record_of_person
from tenants.authentication import SignedIn, hash_token, new_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import Proof

VALID_FOR: Final = timedelta(minutes=5)
LONGEST_NAME: Final = 60


def begin(purpose: ChallengePurpose, user_id: int | None = None) -> str:
    """Give a new challenge for one use within five minutes; `user_id` None: nobody is known yet."""
    act_as(AUTHENTICATION)
    db.session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < func.now()))
    challenge = new_token()
    db.session.execute(
        insert(PasskeyChallenge).values(
            challenge_hash=hash_token(challenge),
            user_id=user_id,
            purpose=purpose,
            expires_at=func.now() + text(f"interval '{int(VALID_FOR.total_seconds())} seconds'"),
        )
    )
    return challenge


def options_to_make(person: SignedIn, challenge: str) -> str:
    """Give what the browser needs to make a passkey of this person, as JSON."""
    owner = Owner(_handle(person.user_id), person.email, person.name)
    return creation_options(_address(), owner, challenge.encode(), list_credentials(person.user_id))


def options_to_use(challenge: str, user_id: int | None = None) -> str:
    """Give what the browser needs to use a passkey, as JSON: one of this person, or any that it holds for the portal."""
    return request_options(_address(), challenge.encode(), list_credentials(user_id) if user_id else [])


def add_passkey(person: SignedIn, challenge: str, answer: str, name: str, *, address: str) -> list[str] | None:
    """Keep the passkey that the browser made; gives new recovery codes (none where there are some), None when refused."""
    if not _take(challenge, ChallengePurpose.MAKE, person.user_id):
        return None
    try:
        key = read_new_key(_address(), challenge.encode(), answer)
    except AnswerRefused:
        return None
    if find_key(key.credential_id) is not None:
        return None
    db.session.execute(
        insert(Passkey).values(
            user_id=person.user_id,
            credential_id=key.credential_id,
            public_key=key.public_key,
            sign_count=key.sign_count,
            name=name,
        )
    )
    record_of_person(person, "passkey.added", address=address, after={"name": name})
    tell_factor_change(person, "passkey.added", address=address)
    return [] if find_factors(person.user_id).recovery_codes else new_codes(person.user_id)


def remove_passkey(person: SignedIn, passkey_id: int, *, address: str) -> bool:
    """Take one of the person's own passkeys away; False when there is no such passkey of this person."""
    act_as(AUTHENTICATION)
    name = db.session.execute(
        delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == person.user_id).returning(Passkey.name)
    ).scalar_one_or_none()
    if name is None:
        return False
    record_of_person(person, "passkey.removed", address=address, before={"name": name})
    tell_factor_change(person, "passkey.removed", address=address)
    forget_proofs_without_factor(person.user_id)
    return True


def sign_in_by_passkey(challenge: str, answer: str, browser: Browser, slug: str | None) -> OpenedSession | None:
    """Open a session of the passkey's person, or None when passkey, challenge or membership do not allow it."""
    taken = _take(challenge, ChallengePurpose.SIGN_IN, None)
    key = _used(challenge, answer) if taken else None
    workplaces = list_workplaces(key.user_id) if key else []
    if key is None or not workplaces:
        _note_unknown(browser)
        return None
    place = first_workplace(key.user_id, workplaces, slug)
    token = open_session(key.user_id, place.organisation_id, browser, Proof.PASSKEY)
    note_opened(place.organisation_id, key.user_id, key.email, browser, Proof.PASSKEY)
    return OpenedSession(token, key.locale or place.locale, Proof.PASSKEY)


def finish_step_by_passkey(step_token: str, challenge: str, answer: str, browser: Browser) -> OpenedSession | None:
    """Open the session of who gave the right password and now used one of its own passkeys; None when it is refused."""
    step = find_step(step_token)
    if step is None or not _take(challenge, ChallengePurpose.SIGN_IN, step.user_id):
        return None
    key = _used(challenge, answer)
    if key is None or key.user_id != step.user_id:
        _note_unknown(browser)
        return None
    return open_after_step(step_token, step, Proof.PASSKEY, browser)


def confirm_by_passkey(person: SignedIn, challenge: str, answer: str, *, address: str) -> str | None:
    """Give the session's new token when the person used one of its own passkeys, else None."""
    key = _used(challenge, answer) if _take(challenge, ChallengePurpose.CONFIRM, person.user_id) else None
    if key is None or key.user_id != person.user_id:
        note_refusal(person, address)
        return None
    return confirmed(person, Proof.PASSKEY, address)


def _take(challenge: str, purpose: ChallengePurpose, user_id: int | None) -> bool:
    """Use the challenge up: of two who bring it at once, one gets it."""
    act_as(AUTHENTICATION)
    taken = db.session.execute(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge_hash == hash_token(challenge),
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.user_id.is_not_distinct_from(user_id),
            PasskeyChallenge.expires_at > func.now(),
        )
        .returning(PasskeyChallenge.challenge_hash)
    ).scalar_one_or_none()
    return taken is not None


def _used(challenge: str, answer: str) -> KeyOfPerson | None:
    """Give the passkey that answered the challenge, and keep its count."""
    try:
        key = find_key(credential_of(answer))
        if key is None:
            return None
        count = check_use(_address(), challenge.encode(), answer, bytes(key.public_key), key.sign_count)
    except AnswerRefused:
        return None
    db.session.execute(update(Passkey).where(Passkey.id == key.id).values(sign_count=count, last_used_at=func.now()))
    return key


def _handle(user_id: int) -> bytes:
    """Give what a device keeps of the person: the same for each of its passkeys, and nobody else can tell whose it is."""
    return keyed_hashes("passkey owner", str(user_id))[-1]


def _note_unknown(browser: Browser) -> None:
    record_as(
        AUTHENTICATION,
        0,
        "unknown",
        "session.opened",
        refused=True,
        address=browser.address,
        request_id=browser.request_id,
    )


def _address() -> str:
    return str(current_app.config["PUBLIC_URL"]).rstrip("/")

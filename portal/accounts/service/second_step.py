"""The second proof at signing in, and the proof again before a dangerous act; in the authentication context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, update

from portal.accounts.models import SignInStep
from portal.accounts.passwords import verify_password
from portal.accounts.queries.second_factor import StepRow, find_step
from portal.accounts.queries.sign_in import find_credentials
from portal.accounts.service.second_factor import use_code
from portal.accounts.service.sessions import Browser, OpenedSession, note_opened, open_session
from tenants.audit import record_of_person
from tenants.authentication import SignedIn, hash_token, new_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import Proof, UserSession

MOST_FAILURES: Final = 5
"""Wrong codes after which the password is asked for again."""


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """The code counts for nothing; `ended`: the password is asked for again."""

    ended: bool


def finish_step(token: str, code: str, browser: Browser) -> OpenedSession | CodeRefused:
    """Open the session of who owes the second proof, by a code of its app or a recovery code.

    Both outcomes leave an audit entry.
    """
    step = find_step(token)
    if step is None:
        return CodeRefused(ended=True)
    proof = use_code(step.user_id, code)
    if proof is None:
        note_opened(step.organisation_id, step.user_id, step.email, browser, None)
        return CodeRefused(ended=_ends_by_failure(token))
    return open_after_step(token, step, proof, browser)


def open_after_step(token: str, step: StepRow, proof: Proof, browser: Browser) -> OpenedSession:
    """Open the session of a step whose second proof was just given, and end the step."""
    _end(token)
    opened = open_session(step.user_id, step.organisation_id, browser, proof)
    note_opened(step.organisation_id, step.user_id, step.email, browser, proof)
    return OpenedSession(opened, step.locale, proof)


def confirm_by_code(person: SignedIn, code: str, *, address: str) -> str | None:
    """Give the session's new token when the code counts, else None. Afterwards dangerous acts are open for a while."""
    proof = use_code(person.user_id, code)
    if proof is None:
        note_refusal(person, address)
        return None
    return confirmed(person, proof, address)


def confirm_by_password(person: SignedIn, password: str, *, address: str) -> str | None:
    """As by code, for who has nothing but a password."""
    known = find_credentials(person.email)
    if not verify_password(known.password_hash if known else None, password):
        note_refusal(person, address)
        return None
    return confirmed(person, person.proof, address)


def renew_session(person: SignedIn, proof: Proof) -> str:
    """Give this browser's session another token and note the proof: whoever knows the old token is out."""
    act_as(AUTHENTICATION)
    token = new_token()
    db.session.execute(
        update(UserSession)
        .where(UserSession.id == person.session_id, UserSession.user_id == person.user_id)
        .values(token_hash=hash_token(token), proof=proof, proven_at=func.now())
    )
    return token


def confirmed(person: SignedIn, proof: Proof, address: str) -> str:
    """Note the proof that was just checked; gives the session's new token."""
    record_of_person(person, "session.confirmed", address=address, after={"proof": proof.value})
    return renew_session(person, proof)


def note_refusal(person: SignedIn, address: str) -> None:
    """Note a proof that was none."""
    record_of_person(person, "session.confirmed", address=address, refused=True)


def _ends_by_failure(token: str) -> bool:
    """Count a wrong code; tells whether the step has ended, by this one or by another that was sent at the same time."""
    failures: int | None = db.session.execute(
        update(SignInStep)
        .where(SignInStep.token_hash == hash_token(token))
        .values(failures=SignInStep.failures + 1)
        .returning(SignInStep.failures)
    ).scalar_one_or_none()
    if failures is not None and failures < MOST_FAILURES:
        return False
    _end(token)
    return True


def _end(token: str) -> None:
    db.session.execute(delete(SignInStep).where(SignInStep.token_hash == hash_token(token)))

"""Signing in and out: sessions are opened, moved to another organisation and revoked here.

Everything runs in the authentication context, because nobody is a principal yet, or the act concerns the person
itself and not an organisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, insert, or_, text, update

from portal.accounts.models import SignInStep
from portal.accounts.passwords import hash_is_outdated, hash_password, verify_password
from portal.accounts.queries.second_factor import Factors, find_factors
from portal.accounts.queries.sign_in import (
    LONGEST_AGENT,
    Credentials,
    Workplace,
    find_credentials,
    find_last_workplace,
    find_selling_organisation,
    list_workplaces,
)
from portal.accounts.service.devices import greet_device
from portal.accounts.service.second_factor import begin_step
from tenants.audit import record_as, record_of_person
from tenants.authentication import ABSOLUTE_TIMEOUT, SignedIn, hash_token, new_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import Proof, UserAccount, UserSession

NOBODYS_ORGANISATION = 0
"""Audit entries of attempts that belong to no organisation are kept under this id, which no organisation has."""


@dataclass(frozen=True, slots=True)
class Browser:
    """Where somebody signs in: network address, what the browser calls itself, the request."""

    address: str
    user_agent: str = ""
    request_id: str = ""
    device: str = ""
    """The token by which the browser is known again; empty: none."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A person's attempt to sign in, at the page of `slug` if that is not None."""

    email: str
    password: str
    browser: Browser
    slug: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session: the token for the cookie, and the person's language: its own, else its organisation's."""

    token: str
    locale: str
    proof: Proof = Proof.PASSWORD


@dataclass(frozen=True, slots=True)
class SecondStepDue:
    """The password is right; the token stands for it while the person looks for its second proof."""

    token: str
    factors: Factors


def sign_in(command: SignIn) -> OpenedSession | SecondStepDue | None:
    """Open a session, or None when e-mail address, password or membership do not allow it.

    Who has set up a second factor owes it first. The refusal says nothing of the reason and takes as long for an
    unknown address as for a wrong password. Each refusal and each session leaves an audit entry.
    """
    person = find_credentials(command.email)
    fits = verify_password(person.password_hash if person and person.active else None, command.password)
    workplaces = list_workplaces(person.user_id if person else 0)
    if person is None or not fits or not workplaces:
        _note_refusal(command, person, workplaces)
        return None
    if hash_is_outdated(person.password_hash):
        set_password(person.user_id, command.password)
    place = first_workplace(person.user_id, workplaces, command.slug)
    factors = find_factors(person.user_id)
    if factors.any:
        return SecondStepDue(begin_step(person.user_id, place.organisation_id), factors)
    token = open_session(person.user_id, place.organisation_id, command.browser)
    note_opened(place.organisation_id, person.user_id, person.email, command.browser, Proof.PASSWORD)
    return OpenedSession(token, person.locale or place.locale)


def open_session(
    user_id: int,
    organisation_id: int,
    browser: Browser,
    proof: Proof = Proof.PASSWORD,
    *,
    provider_id: int | None = None,
    lifetime: timedelta = ABSOLUTE_TIMEOUT,
) -> str:
    """Open a session of the person in the organisation and give its token; the caller has checked the proof.

    `provider_id`: the organisation whose identity provider proved it, to which the session is bound.
    """
    act_as(AUTHENTICATION)
    token, device = new_token(), browser.device or new_token()
    greet_device(user_id, organisation_id, device, address=browser.address, user_agent=browser.user_agent)
    db.session.execute(
        insert(UserSession).values(
            user_id=user_id,
            organisation_id=organisation_id,
            token_hash=hash_token(token),
            user_agent=browser.user_agent[:LONGEST_AGENT],
            device_hash=hash_token(device),
            address=browser.address,
            proof=proof,
            provider_id=provider_id,
            expires_at=func.now() + _interval(lifetime),
        )
    )
    return token


def note_opened(organisation_id: int, user_id: int, email: str, browser: Browser, proof: Proof | None) -> None:
    """Note in the organisation's log by what a session was opened; None: refused, although the person is known."""
    record_as(
        AUTHENTICATION,
        organisation_id,
        f"user:{user_id}",
        "session.opened",
        email,
        address=browser.address,
        request_id=browser.request_id,
        after={"proof": proof.value} if proof else None,
        refused=proof is None,
    )


def sign_out(person: SignedIn) -> None:
    """End the session of this browser."""
    revoke_session(person, person.session_id)


def revoke_session(person: SignedIn, session_id: int) -> bool:
    """End one of the person's own sessions; False when there is no such live session of this person."""
    act_as(AUTHENTICATION)
    revoked = db.session.execute(
        update(UserSession)
        .where(
            UserSession.id == session_id,
            UserSession.user_id == person.user_id,
            UserSession.revoked_at.is_(None),
            *_within_reach(person),
        )
        .values(revoked_at=func.now())
        .returning(UserSession.organisation_id)
    ).scalar_one_or_none()
    if revoked is None:
        return False
    _note_revocation(person, revoked, 1)
    return True


def revoke_other_sessions(person: SignedIn) -> int:
    """End every session of the person but this one, and every sign-in that waits for its code; gives how many sessions."""
    act_as(AUTHENTICATION)
    if person.provider_id is None:
        _end_steps(person.user_id)
    revoked = db.session.execute(
        update(UserSession)
        .where(
            UserSession.user_id == person.user_id,
            UserSession.id != person.session_id,
            UserSession.revoked_at.is_(None),
            *_within_reach(person),
        )
        .values(revoked_at=func.now())
        .returning(UserSession.organisation_id)
    ).all()
    if revoked:
        _note_revocation(person, person.current.organisation_id if person.current else revoked[0][0], len(revoked))
    return len(revoked)


def revoke_sessions_in(user_id: int, organisation_id: int) -> None:
    """End the person's sessions in an organisation that is closed to it, and those which its provider opened."""
    act_as(AUTHENTICATION)
    db.session.execute(
        update(UserSession)
        .where(
            UserSession.user_id == user_id,
            or_(UserSession.organisation_id == organisation_id, UserSession.provider_id == organisation_id),
            UserSession.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
    )


def revoke_sessions_of_provider(organisation_id: int) -> None:
    """End every session that the organisation's identity provider opened: the connection changed."""
    act_as(AUTHENTICATION)
    db.session.execute(
        update(UserSession)
        .where(UserSession.provider_id == organisation_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )


def _within_reach(person: SignedIn) -> list[ColumnElement[bool]]:
    """An organisation's provider speaks for its own sessions alone."""
    return [] if person.provider_id is None else [UserSession.provider_id == person.provider_id]


def revoke_all_sessions(user_id: int) -> None:
    """End every session of the person, and every sign-in that waits for its code (a new password)."""
    act_as(AUTHENTICATION)
    _end_steps(user_id)
    db.session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )


def _end_steps(user_id: int) -> None:
    """What the former password or another browser began is worth nothing any more."""
    db.session.execute(delete(SignInStep).where(SignInStep.user_id == user_id))


def work_for(person: SignedIn, organisation_id: int) -> None:
    """Let the session work in another of the person's own organisations; the caller took it from the memberships."""
    act_as(AUTHENTICATION)
    db.session.execute(
        update(UserSession)
        .where(UserSession.id == person.session_id, UserSession.user_id == person.user_id)
        .values(organisation_id=organisation_id)
    )


def choose_language(person: SignedIn, language: str) -> None:
    """Keep the language (`de`, `en`) that the person chose."""
    act_as(AUTHENTICATION)
    db.session.execute(update(UserAccount).where(UserAccount.id == person.user_id).values(locale=language))


def set_password(user_id: int, password: str) -> None:
    """Store a password that the caller has checked."""
    act_as(AUTHENTICATION)
    db.session.execute(
        update(UserAccount).where(UserAccount.id == user_id).values(password_hash=hash_password(password))
    )


def first_workplace(user_id: int, workplaces: list[Workplace], slug: str | None) -> Workplace:
    """At a seller's page the person works for that seller's buyer or the seller itself, else where it worked last."""
    seller_id = find_selling_organisation(slug) if slug else None
    if seller_id is not None:
        for place in workplaces:
            if seller_id in {place.seller_id, place.organisation_id}:
                return place
    last = find_last_workplace(user_id)
    return next((place for place in workplaces if place.organisation_id == last), workplaces[0])


def _note_refusal(command: SignIn, person: Credentials | None, workplaces: list[Workplace]) -> None:
    record_as(
        AUTHENTICATION,
        workplaces[0].organisation_id if workplaces else NOBODYS_ORGANISATION,
        f"user:{person.user_id}" if person else "unknown",
        "session.opened",
        person.email if person else "",
        refused=True,
        address=command.browser.address,
        request_id=command.browser.request_id,
    )


def _note_revocation(person: SignedIn, organisation_id: int, number: int) -> None:
    record_as(
        AUTHENTICATION,
        organisation_id,
        f"user:{person.user_id}",
        "session.revoked",
        person.email,
        after={"sessions": number},
    )


def _interval(span: timedelta) -> object:
    return text(f"interval '{int(span.total_seconds())} seconds'")


def note_password(person: SignedIn, address: str) -> None:
    """Note in the organisation's log that the person chose another password."""
    record_of_person(person, "password.changed", address=address)

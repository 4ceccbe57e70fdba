"""Personal access tokens: made and ended by the person itself, in the authentication context."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import func, insert, text, update

from portal.accounts.service.alerts import alert_person
from portal.oauth.errors import TooManyPrograms
from portal.oauth.queries.tokens import OwnAccess, list_own_tokens
from portal.oauth.service.grants import note_of_person
from tenants.authentication import MembershipFacts, SignedIn, hash_token, new_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.permissions import Scope
from tenants.token_models import PersonalToken

MOST_TOKENS: Final = 50
PREFIX: Final = "kontor_pat_"
"""So that those who look for lost secrets in code and logs know one when they see it."""


def make_personal_token(
    person: SignedIn, place: MembershipFacts, name: str, scopes: tuple[Scope, ...], lifetime: timedelta, *, address: str
) -> str:
    """Give a token by which a program does for the person what the scopes say, in the organisation where it works.

    Its hash alone is kept; the person is told by mail.

    Raises:
        TooManyPrograms: the person has fifty.
    """
    if len(list_own_tokens(person)) >= MOST_TOKENS:
        raise TooManyPrograms(f"A person has up to {MOST_TOKENS} tokens.")
    act_as(AUTHENTICATION)
    token, granted = f"{PREFIX}{new_token()}", [scope.value for scope in scopes]
    db.session.execute(
        insert(PersonalToken).values(
            organisation_id=place.organisation_id,
            user_id=person.user_id,
            name=name,
            token_hash=hash_token(token),
            scopes=granted,
            proof=person.proof,
            provider_id=person.provider_id,
            expires_at=func.now() + text(f"interval '{lifetime.days} days'"),
        )
    )
    facts = {"name": name, "scopes": granted}
    note_of_person(person, "personal_token.created", place.organisation_id, address=address, after=facts)
    alert_person(person.user_id, place.organisation_id, "PersonalTokenMade", program=name, address=address)
    return token


def end_own_token(person: SignedIn, token: OwnAccess, *, address: str) -> None:
    """End one of the person's own tokens, as `list_own_tokens` gave it."""
    act_as(AUTHENTICATION)
    db.session.execute(
        update(PersonalToken)
        .where(PersonalToken.id == token.id, PersonalToken.user_id == person.user_id)
        .values(revoked_at=func.now())
    )
    note_of_person(person, "personal_token.ended", token.organisation_id, address=address, before={"name": token.name})

"""What people allow programs: given at the consent screen, exchanged for tokens once, renewed, ended.

Everything runs in the authentication context. All tokens of one grant are a family: a code or refresh token that comes
a second time was stolen from somebody, and ends the whole of it (RFC 9700, sections 2.1.1 and 4.14).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, func, insert, text, update

from portal.accounts.service.alerts import alert_person
from portal.oauth.queries.tokens import Described, GrantRow, OwnAccess
from tenants.audit import record_as
from tenants.authentication import SignedIn, hash_token, new_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.permissions import Scope
from tenants.token_models import ApiGrant, ApiToken, RefreshToken
from tenants.tokens import ApiClientRow

CODE_LIFETIME: Final = timedelta(minutes=1)
GRANT_LIFETIME: Final = timedelta(days=365)
REFRESH_LIFETIME: Final = timedelta(days=30)
"""How long a program may stay away before it has to ask the person again."""


def give_grant(
    person: SignedIn,
    client: ApiClientRow,
    scopes: tuple[Scope, ...],
    *,
    code: str,
    redirect_uri: str,
    code_challenge: str,
    address: str,
) -> None:
    """Keep what the person just allowed the program of the organisation it works in, under a code of one minute.

    The person is told by mail.
    """
    act_as(AUTHENTICATION)
    granted = [scope.value for scope in scopes]
    db.session.execute(
        insert(ApiGrant).values(
            organisation_id=client.organisation_id,
            client_id=client.id,
            user_id=person.user_id,
            scopes=granted,
            proof=person.proof,
            provider_id=person.provider_id,
            code_hash=hash_token(code),
            code_challenge=code_challenge,
            redirect_uri=redirect_uri,
            code_expires_at=_from_now(CODE_LIFETIME),
            expires_at=_from_now(GRANT_LIFETIME),
        )
    )
    note_of_person(
        person,
        "grant.given",
        client.organisation_id,
        address=address,
        after={"program": client.name, "scopes": granted},
    )
    alert_person(person.user_id, client.organisation_id, "ProgramAllowed", program=client.name, address=address)


def refuse_grant(person: SignedIn, client: ApiClientRow, *, address: str) -> None:
    """Note that the person did not allow the program what it asked for."""
    act_as(AUTHENTICATION)
    facts = {"program": client.name, "cause": "denied_by_person"}
    note_of_person(person, "grant.refused", client.organisation_id, address=address, after=facts, refused=True)


def note_of_person(person: SignedIn, action: str, organisation_id: int, **rest: Any) -> None:
    """Note in the organisation's log what the person did about a program of its own."""
    record_as(
        AUTHENTICATION,
        organisation_id,
        actor=f"user:{person.user_id}",
        action=action,
        subject=person.email,
        via=f"session:{person.session_id}",
        **rest,
    )


def redeem(grant: GrantRow) -> None:
    """Use up the grant's code."""
    db.session.execute(update(ApiGrant).where(ApiGrant.id == grant.id).values(redeemed_at=func.now()))


def give_refresh_token(grant_id: int) -> str:
    """Give the grant's next refresh token; its hash alone is kept."""
    token = new_token()
    db.session.execute(
        insert(RefreshToken).values(
            token_hash=hash_token(token), grant_id=grant_id, expires_at=_from_now(REFRESH_LIFETIME)
        )
    )
    return token


def use_refresh_token(token: str) -> None:
    """Let a refresh token count no more: it was exchanged for the next one."""
    db.session.execute(
        update(RefreshToken).where(RefreshToken.token_hash == hash_token(token)).values(used_at=func.now())
    )


def end_family(grant: GrantRow, client: ApiClientRow, *, address: str) -> None:
    """A code or refresh token came a second time: whoever holds tokens of this grant holds nothing any more."""
    _end(grant.id)
    note_of_program(client, "grant.reuse_detected", grant, address=address, after={"program": client.name})
    alert_person(grant.user_id, client.organisation_id, "ProgramTokenReused", program=client.name, address=address)


def refuse_code(grant: GrantRow, client: ApiClientRow, *, address: str) -> None:
    """A code came with a wrong verifier or address: it counts no more."""
    _end(grant.id)
    facts = {"program": client.name, "cause": "wrong_code"}
    note_of_program(client, "grant.refused", grant, address=address, after=facts, refused=True)


def revoke(found: Described, token: str, client: ApiClientRow, *, address: str) -> None:
    """End what the program gives back: an access token alone, or with its refresh token the whole grant."""
    if found.is_refresh_token and found.grant is not None:
        _end(found.grant.id)
        note_of_program(client, "grant.ended", found.grant, address=address, before={"program": client.name})
    else:
        db.session.execute(delete(ApiToken).where(ApiToken.token_hash == hash_token(token)))


def note_of_program(client: ApiClientRow, action: str, grant: GrantRow, **rest: Any) -> None:
    """Note in the organisation's log what a program brought about for the person of a grant."""
    record_as(
        AUTHENTICATION,
        client.organisation_id,
        actor=f"client:{client.id}",
        action=action,
        subject=grant.email,
        actor_name=client.name or client.client_id,
        person_id=grant.user_id,
        **rest,
    )


def end_own_grant(person: SignedIn, grant: OwnAccess, *, address: str) -> None:
    """End one of the person's own grants, as `list_own_grants` gave it."""
    act_as(AUTHENTICATION)
    _end(grant.id)
    note_of_person(person, "grant.ended", grant.organisation_id, address=address, before={"program": grant.name})


def _end(grant_id: int) -> None:
    db.session.execute(
        update(ApiGrant).where(ApiGrant.id == grant_id, ApiGrant.revoked_at.is_(None)).values(revoked_at=func.now())
    )


def _from_now(span: timedelta) -> Any:
    return func.now() + text(f"interval '{int(span.total_seconds())} seconds'")

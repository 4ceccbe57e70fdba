"""Grants, refresh tokens and what a person gave to programs; every function runs in the authentication context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from tenants.authentication import SignedIn
from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import Organisation, Proof
from tenants.token_models import ApiClient, ApiGrant, PersonalToken


@dataclass(frozen=True, slots=True)
class GrantRow:
    """What a person allowed a program, as the token endpoint needs it."""

    id: int
    organisation_id: int
    client_id: int
    user_id: int
    email: str
    scopes: list[str]
    proof: Proof
    provider_id: int | None
    redirect_uri: str
    code_challenge: str
    is_live: bool
    """Neither ended nor too old."""
    is_used: bool
    """Of the code or refresh token by which it was found."""
    is_late: bool
    """The same: its time is over."""


@dataclass(frozen=True, slots=True)
class OwnAccess:
    """A grant or personal access token of a person that still counts."""

    id: int
    name: str
    organisation_id: int
    organisation: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Described:
    """A token of a program as it is told about it."""

    is_refresh_token: bool
    scopes: list[str]
    issued_at: datetime
    expires_at: datetime
    grant: GrantRow | None


_LIVE = "g.revoked_at is null and g.expires_at > now()"
_GRANT = (
    "g.id, g.organisation_id, g.client_id, g.user_id, u.email, g.scopes, g.proof, g.provider_id, g.redirect_uri,"
    " g.code_challenge"
)
_OF_CODE = text(
    f"select {_GRANT}, {_LIVE}, g.redeemed_at is not null, g.code_expires_at <= now()"  # noqa: S608 - fixed words
    " from api_grant g join user_account u on u.id = g.user_id where g.code_hash = :hash for update of g"
)
_OF_REFRESH_TOKEN = text(
    f"select {_GRANT}, {_LIVE}, t.used_at is not null, t.expires_at <= now()"  # noqa: S608 - fixed words
    " from refresh_token t join api_grant g on g.id = t.grant_id"
    " join user_account u on u.id = g.user_id where t.token_hash = :hash for update of t, g"
)
_ACCESS_TOKEN = text(
    f"select t.scopes, t.created_at, t.expires_at, g.id as grant_id, {_GRANT}, {_LIVE}"  # noqa: S608 - fixed words
    " from api_token t left join api_grant g on g.id = t.grant_id left join user_account u on u.id = g.user_id"
    " where t.token_hash = :hash and t.client_id = :client and t.expires_at > now()"
)
_REFRESH_TOKEN = text(
    f"select g.scopes, t.created_at, least(t.expires_at, g.expires_at), g.id as grant_id, {_GRANT}, {_LIVE}"  # noqa: S608 - fixed words
    " from refresh_token t join api_grant g on g.id = t.grant_id join user_account u on u.id = g.user_id"
    " where t.token_hash = :hash and g.client_id = :client and t.used_at is null and t.expires_at > now()"
)


def find_grant_of_code(code_hash: bytes) -> GrantRow | None:
    """Give the grant of a code and lock it, so that of two who bring the code one comes second."""
    return _locked(_OF_CODE, code_hash)


def find_grant_of_refresh_token(token_hash: bytes) -> GrantRow | None:
    """Give the grant of a refresh token, used or not, and lock both."""
    return _locked(_OF_REFRESH_TOKEN, token_hash)


def _locked(statement: Any, secret_hash: bytes) -> GrantRow | None:
    act_as(AUTHENTICATION)
    row = db.session.execute(statement, {"hash": secret_hash}).one_or_none()
    return None if row is None else _grant(*row)


def _grant(*facts: Any) -> GrantRow:
    read = dict(zip(GrantRow.__slots__, facts, strict=True))
    return GrantRow(**{**read, "proof": Proof(read["proof"])})


def find_token_of_client(token_hash: bytes, client_id: int) -> Described | None:
    """Give an access or refresh token that counts, if it was given to the client (its row id)."""
    act_as(AUTHENTICATION)
    for statement in (_ACCESS_TOKEN, _REFRESH_TOKEN):
        row = db.session.execute(statement, {"hash": token_hash, "client": client_id}).one_or_none()
        if row is not None:
            return _described(row, is_refresh_token=statement is _REFRESH_TOKEN)
    return None


def _described(row: Any, *, is_refresh_token: bool) -> Described | None:
    scopes, issued_at, expires_at, grant_id, *facts = row
    if grant_id is None:
        return Described(is_refresh_token, scopes, issued_at, expires_at, None)
    grant = _grant(*facts, True, False)
    return Described(is_refresh_token, scopes, issued_at, expires_at, grant) if grant.is_live else None


def list_own_grants(person: SignedIn) -> list[OwnAccess]:
    """Give what the person allowed programs, the newest first; to a provider's session those of its organisation alone."""
    statement = (
        select(
            *(ApiGrant.id, ApiClient.name, Organisation.id, Organisation.name, ApiGrant.scopes),
            *(ApiGrant.created_at, ApiGrant.expires_at, ApiGrant.last_used_at),
        )
        .join(ApiClient, ApiClient.id == ApiGrant.client_id)
        .where(ApiClient.revoked_at.is_(None), ApiGrant.redeemed_at.is_not(None))
    )
    return _own(person, ApiGrant, statement)


def list_own_tokens(person: SignedIn) -> list[OwnAccess]:
    """Give the person's access tokens, the newest first; to a provider's session those of its organisation alone."""
    return _own(
        person,
        PersonalToken,
        select(
            *(PersonalToken.id, PersonalToken.name, Organisation.id, Organisation.name, PersonalToken.scopes),
            *(PersonalToken.created_at, PersonalToken.expires_at, PersonalToken.last_used_at),
        ),
    )


def _own(person: SignedIn, table: type[ApiGrant | PersonalToken], statement: Any) -> list[OwnAccess]:
    act_as(AUTHENTICATION)
    statement = statement.join(Organisation, Organisation.id == table.organisation_id).where(
        table.user_id == person.user_id, table.revoked_at.is_(None), table.expires_at > func.now()
    )
    if person.provider_id is not None:
        statement = statement.where(table.organisation_id == person.provider_id)
    return [OwnAccess(*row) for row in db.session.execute(statement.order_by(table.created_at.desc(), table.id.desc()))]

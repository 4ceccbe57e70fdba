"""Signing in by an organisation's provider: the request that goes out, and whom its answer lets in.

Everything runs in the authentication context. A provider speaks for its own organisation alone: it links people only by
issuer and subject, the first time by a verified address of a domain that the organisation has proven; it never reaches an
account that does not work there; and the session that it opens counts in that organisation alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portal.accounts.queries.sign_in import find_credentials
from portal.accounts.sealing import SealBroken, seal, unseal
from portal.accounts.service.second_step import confirmed
from portal.accounts.service.sessions import Browser, OpenedSession, note_opened, open_session
from portal.identity.errors import Cause, SignInRefused
from portal.identity.models import AuthorizationRequest, ExternalIdentity, IdentityProvider
from portal.identity.provider_client import Asserted, Secrets
from portal.identity.queries.provisioning import is_provisioned
from portal.identity.queries.sign_in import (
    IdentityRow,
    OpenProvider,
    RequestRow,
    demands_two_proofs,
    find_identity,
    find_membership,
    find_request,
    has_identity,
    owns_domain,
    roles_of_groups,
)
from portal.identity.rules import groups_decide, proves_two, role_of
from portal.identity.service.memberships import Member, Source, grant, make_account, note_of_provider, take_away
from tenants.authentication import SignedIn, hash_token, new_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import Proof
from tenants.permissions import Role

REQUEST_VALID_FOR: Final = timedelta(minutes=10)
SESSION_LIFETIME: Final = timedelta(hours=12)
"""Nobody tells the portal when a group goes; so the provider is asked again every working day."""


@dataclass(frozen=True, slots=True)
class GoingOut:
    """Why somebody is sent to the provider, and where it goes on afterwards."""

    target: str = ""
    kept: str = ""
    session_id: int | None = None


def begin_request(provider: OpenProvider, going: GoingOut) -> Secrets:
    """Give what the request to the provider is bound by; it can be answered once, within ten minutes."""
    act_as(AUTHENTICATION)
    db.session.execute(delete(AuthorizationRequest).where(AuthorizationRequest.expires_at < func.now()))
    secrets = Secrets(new_token(), new_token(), new_token() + new_token())
    db.session.execute(
        insert(AuthorizationRequest).values(
            state_hash=hash_token(secrets.state),
            organisation_id=provider.organisation_id,
            issuer=provider.issuer,
            sealed_secrets=seal(json.dumps([secrets.nonce, secrets.verifier])),
            session_id=going.session_id,
            target=going.target,
            kept=going.kept,
            expires_at=func.now() + text(f"interval '{int(REQUEST_VALID_FOR.total_seconds())} seconds'"),
        )
    )
    return secrets


def take_request(state: str) -> tuple[RequestRow, Secrets] | None:
    """Use the request of that state up; None when there is none: of two answers at once, one is heard."""
    found = find_request(state)
    if found is None:
        return None
    taken = db.session.execute(
        delete(AuthorizationRequest)
        .where(AuthorizationRequest.state_hash == hash_token(state))
        .returning(AuthorizationRequest.state_hash)
    ).scalar_one_or_none()
    if taken is None:
        return None
    try:
        nonce, verifier = json.loads(unseal(found.sealed_secrets))
    except SealBroken:
        return None
    return found, Secrets(state, nonce, verifier)


def enter(provider: OpenProvider, asserted: Asserted, browser: Browser) -> OpenedSession:
    """Open the session of whom the provider named; membership and role follow its groups first.

    Raises:
        SignInRefused: the person does not get in; a membership that the groups no longer carry is taken away all the same.
    """
    identity = find_identity(provider.organisation_id, provider.issuer, asserted.subject)
    source = Source("provider", provider.organisation_name, browser.address, browser.request_id)
    if identity is None:
        identity = _link(provider, asserted, source)
    if not identity.is_active:
        raise SignInRefused(Cause.CLOSED, email=identity.email)
    _keep_in_step(provider, asserted, identity, source)
    proof = proof_of(provider, asserted)
    if proof.is_single and demands_two_proofs(provider.organisation_id, identity.user_id):
        raise SignInRefused(Cause.ONE_PROOF, email=identity.email)
    _note_use(provider, asserted.subject)
    token = open_session(
        identity.user_id,
        provider.organisation_id,
        browser,
        proof,
        provider_id=provider.organisation_id,
        lifetime=SESSION_LIFETIME,
    )
    note_opened(provider.organisation_id, identity.user_id, identity.email, browser, proof)
    return OpenedSession(token, identity.locale, proof)


def prove_again(provider: OpenProvider, asserted: Asserted, person: SignedIn, address: str) -> str:
    """Give the session's new token, if the provider named the very person of the session.

    Raises:
        SignInRefused: it named somebody else.
    """
    identity = find_identity(provider.organisation_id, provider.issuer, asserted.subject)
    if identity is None or identity.user_id != person.user_id or person.provider_id != provider.organisation_id:
        raise SignInRefused(Cause.OTHER_PERSON, email=person.email)
    return confirmed(person, proof_of(provider, asserted), address)


def proof_of(provider: OpenProvider, asserted: Asserted) -> Proof:
    """Give what the provider's word is worth: two proofs where its token or the organisation says so."""
    if provider.counts_as_two_proofs or proves_two(asserted.claims, provider.required_acr):
        return Proof.SINGLE_SIGN_ON_MFA
    return Proof.SINGLE_SIGN_ON


def note_refusal(provider: OpenProvider, refusal: SignInRefused, browser: Browser) -> None:
    """Note in the organisation's log whom its provider let in and the portal did not, and why."""
    source = Source("provider", provider.organisation_name, browser.address, browser.request_id)
    member = Member(provider.organisation_id, 0, refusal.email)
    note_of_provider(member, "session.opened", source, refused=True, after={"cause": refusal.cause.value})


def _link(provider: OpenProvider, asserted: Asserted, source: Source) -> IdentityRow:
    """Find or make the account of a subject that signs in for the first time."""
    email = asserted.email
    is_verified = provider.trusts_addresses if asserted.email_verified is None else asserted.email_verified
    if not email or not is_verified or not owns_domain(provider.organisation_id, email):
        raise SignInRefused(Cause.NO_ADDRESS, email=email)
    known = find_credentials(email)
    if known is None:
        _require_role(provider, asserted, email)
        user_id = make_account(email, asserted.name, provider.locale)
        if user_id is None:
            raise SignInRefused(Cause.KNOWN_ELSEWHERE, email=email)
    else:
        user_id = known.user_id
        if find_membership(provider.organisation_id, user_id) is None:
            # Somebody else's customer or colleague: the person itself decides, by an invitation.
            raise SignInRefused(Cause.KNOWN_ELSEWHERE, email=email)
        if has_identity(provider.organisation_id, provider.issuer, user_id):
            # An address that was given to somebody new must not bring the old one's rights along.
            raise SignInRefused(Cause.OTHER_SUBJECT, email=email)
    row = upsert(ExternalIdentity).values(
        organisation_id=provider.organisation_id, issuer=provider.issuer, subject=asserted.subject, user_id=user_id
    )
    linked = db.session.execute(row.on_conflict_do_nothing().returning(ExternalIdentity.user_id)).scalar_one_or_none()
    identity = find_identity(provider.organisation_id, provider.issuer, asserted.subject)
    if linked is None or identity is None or identity.user_id != user_id:
        raise SignInRefused(Cause.STALE, email=email)
    note_of_provider(Member(provider.organisation_id, user_id, email), "external_identity.linked", source)
    return identity


def _require_role(provider: OpenProvider, asserted: Asserted, email: str) -> None:
    """Nobody gets an account for being refused."""
    if is_provisioned(provider.organisation_id):
        raise SignInRefused(Cause.NO_GROUP, email=email)
    if asserted.groups is None:
        raise SignInRefused(Cause.TOO_MANY_GROUPS, email=email)
    if role_of(asserted.groups, roles_of_groups(provider.organisation_id), provider.default_role) is None:
        raise SignInRefused(Cause.NO_GROUP, email=email)


def _keep_in_step(provider: OpenProvider, asserted: Asserted, identity: IdentityRow, source: Source) -> None:
    """Let the groups decide the membership, where they do."""
    roles: Mapping[str, Role] = roles_of_groups(provider.organisation_id)
    member = Member(provider.organisation_id, identity.user_id, identity.email)
    known = find_membership(provider.organisation_id, identity.user_id)
    is_closed = known is not None and not known.is_active
    if is_closed and identity.ended_at is None:
        raise SignInRefused(Cause.CLOSED, email=identity.email)
    # Where the provider keeps people itself (SCIM), its tokens only say who somebody is.
    if not groups_decide(roles, provider.default_role) or is_provisioned(provider.organisation_id):
        if known is None or is_closed:
            raise SignInRefused(Cause.NO_GROUP, email=identity.email)
        return
    if asserted.groups is None:
        raise SignInRefused(Cause.TOO_MANY_GROUPS, email=identity.email)
    role = role_of(asserted.groups, roles, provider.default_role)
    if role is not None:
        grant(member, role, source)
    elif take_away(member, source, cause="groups"):
        _end(provider, asserted.subject)
        raise SignInRefused(Cause.NO_GROUP, email=identity.email)


def _end(provider: OpenProvider, subject: str) -> None:
    _change_identity(provider, subject, ended_at=func.now())


def _note_use(provider: OpenProvider, subject: str) -> None:
    _change_identity(provider, subject, ended_at=None, last_used_at=func.now())
    db.session.execute(
        update(IdentityProvider)
        .where(IdentityProvider.organisation_id == provider.organisation_id)
        .values(worked_at=func.now())
    )


def _change_identity(provider: OpenProvider, subject: str, **values: object) -> None:
    db.session.execute(
        update(ExternalIdentity)
        .where(
            ExternalIdentity.organisation_id == provider.organisation_id,
            ExternalIdentity.issuer == provider.issuer,
            ExternalIdentity.subject == subject,
        )
        .values(**values)
    )

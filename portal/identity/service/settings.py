"""The connection to an organisation's provider, its domains and its groups; set up by a person, never by a program.

Whoever decides which provider speaks for an organisation, and which of its groups are administrators, can become one.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import CursorResult, delete, func, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from portal.accounts.sealing import seal
from portal.identity.domain_records import says
from portal.identity.errors import CannotDemand, DomainTaken, NotProvenYet, ProviderFailed, UnusableProvider
from portal.identity.models import EmailDomain, ExternalIdentity, GroupRole, IdentityProvider
from portal.identity.provider_client import discover
from portal.identity.queries.settings import (
    ProviderRow,
    find_provider,
    list_domains,
    list_group_roles,
    list_linked_people,
    list_possible_keyholders,
)
from portal.identity.rules import may_set_up
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound, PermissionDenied
from tenants.permissions import Permission, Role
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """What an administrator decides of the connection, but for the secret."""

    issuer: str
    client_id: str
    groups_claim: str = "groups"
    default_role: Role | None = None
    required_acr: str = ""
    counts_as_two_proofs: bool = False
    trusts_addresses: bool = False
    is_enabled: bool = True


def save_provider(
    principal: Principal, settings: ProviderSettings, secret: str | None, session_id: int | None = None
) -> None:
    """Keep the connection of the own organisation; the principal is a person with organisation:manage.

    Without a secret the known one stays. Where whom the provider speaks for changes, the sessions that it opened end (but the
    one given); another issuer has to let somebody in before it can be demanded again.

    Raises:
        PermissionDenied: the permission is missing, or a program asks.
        UnusableProvider: the provider does not answer as it should, or there is no secret.
    """
    require_person(principal)
    known = find_provider(principal)
    if known is None and not secret:
        raise UnusableProvider("A new connection needs the client's secret.", field="client_secret")
    if settings.is_enabled:
        _try_out(settings.issuer)
    values: dict[str, Any] = {**asdict(settings), "changed_at": func.now()}
    if secret:
        values["sealed_secret"] = seal(secret)
    is_other = known is None or (known.issuer, known.client_id) != (settings.issuer, settings.client_id)
    if is_other or secret:
        values["worked_at"] = None
    if known is not None and known.issuer != settings.issuer:
        values |= {"is_demanded": False, "keyholder_ids": []}
    row = upsert(IdentityProvider).values(organisation_id=principal.organisation_id, **values)
    if known is None:
        db.session.execute(row)
    else:
        mine = IdentityProvider.organisation_id == principal.organisation_id
        db.session.execute(update(IdentityProvider).where(mine).values(**values))
    if is_other or not settings.is_enabled:
        _end_sessions(but=session_id)
    before = None if known is None else _facts(known)
    record(
        principal,
        "identity_provider.changed",
        settings.issuer,
        before=before,
        after={**_facts(settings), "client_secret": "new" if secret else ""},
    )


def remove_provider(principal: Principal, session_id: int | None = None) -> None:
    """Take the connection away, with whom it knew by which subject; sessions that it opened end, but the one given.

    Raises:
        PermissionDenied: the permission is missing, or a program asks.
        NotFound: there is none.
    """
    require_person(principal)
    known = find_provider(principal)
    if known is None:
        raise NotFound
    mine = principal.organisation_id
    db.session.execute(delete(ExternalIdentity).where(ExternalIdentity.organisation_id == mine))
    db.session.execute(delete(IdentityProvider).where(IdentityProvider.organisation_id == mine))
    _end_sessions(but=session_id)
    record(principal, "identity_provider.removed", known.issuer)


def change_demand(principal: Principal, *, is_demanded: bool, keyholder_ids: Sequence[int]) -> None:
    """Let people of the own organisation in by the provider alone, or no longer; needs a person with organisation:manage.

    Keyholders are administrators who have a second factor now: they get in by it when the provider does not work.

    Raises:
        PermissionDenied: the permission is missing, or a program asks.
        NotFound: there is no connection.
        CannotDemand: nobody has signed in by it since it was changed, or no keyholder is named.
    """
    require_person(principal)
    known = find_provider(principal)
    if known is None:
        raise NotFound
    possible = {person.user_id: person.email for person in list_possible_keyholders(principal)}
    holders = [user_id for user_id in sorted(set(keyholder_ids)) if user_id in possible] if is_demanded else []
    if is_demanded and (known.worked_at is None or not known.is_enabled or not holders):
        raise CannotDemand
    db.session.execute(
        update(IdentityProvider)
        .where(IdentityProvider.organisation_id == principal.organisation_id)
        .values(is_demanded=is_demanded, keyholder_ids=holders)
    )
    record(
        principal,
        "identity_provider.demanded",
        known.issuer,
        before={"single_sign_on": _word(is_demanded=known.is_demanded)},
        after={
            "single_sign_on": _word(is_demanded=is_demanded),
            "keyholders": ", ".join(possible[user_id] for user_id in holders),
        },
    )


def add_domain(principal: Principal, domain: str) -> None:
    """Name a domain (as `read_domain` gives it) of the own organisation; it counts once it is proven.

    Raises:
        PermissionDenied: the permission is missing, or a program asks.
    """
    require_person(principal)
    row = upsert(EmailDomain).values(
        organisation_id=principal.organisation_id, domain=domain, token=secrets.token_urlsafe(24)
    )
    added = db.session.execute(row.on_conflict_do_nothing().returning(EmailDomain.domain)).scalar_one_or_none()
    if added is not None:
        record(principal, "email_domain.named", domain)


def prove_domain(principal: Principal, domain: str) -> None:
    """Look whether the domain's record says what it should; from then on its addresses are the own organisation's.

    Raises:
        PermissionDenied: the permission is missing, or a program asks.
        NotFound: the own organisation has not named it.
        NotProvenYet: the record is not there.
        DomainTaken: another organisation has proven it.
    """
    require_person(principal)
    known = {row.domain: row for row in list_domains(principal)}.get(domain)
    if known is None:
        raise NotFound
    if known.proven_at is not None:
        return
    if not says(domain, known.record):
        raise NotProvenYet
    try:
        with db.session.begin_nested():
            db.session.execute(
                update(EmailDomain)
                .where(EmailDomain.organisation_id == principal.organisation_id, EmailDomain.domain == domain)
                .values(proven_at=func.now())
            )
    except IntegrityError as error:
        raise DomainTaken from error
    record(principal, "email_domain.proven", domain)


def remove_domain(principal: Principal, domain: str) -> None:
    """Forget a domain; people who came by it stay.

    Raises:
        PermissionDenied: the permission is missing, or a program asks.
        NotFound: the own organisation has not named it.
    """
    require_person(principal)
    _deleted_one(
        delete(EmailDomain).where(
            EmailDomain.organisation_id == principal.organisation_id, EmailDomain.domain == domain
        )
    )
    record(principal, "email_domain.removed", domain)


def set_group_role(principal: Principal, group: str, role: Role) -> None:
    """Let members of a group of the provider have this role, from their next sign-in on.

    Raises:
        PermissionDenied: the permission is missing, or a program asks.
    """
    require_person(principal)
    known = list_group_roles(principal).get(group)
    if known is role:
        return
    row = upsert(GroupRole).values(organisation_id=principal.organisation_id, group_name=group, role=role)
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=[GroupRole.organisation_id, GroupRole.group_name], set_={"role": row.excluded.role}
        )
    )
    before = None if known is None else {"role": known.value}
    record(principal, "group_role.changed", group, before=before, after={"role": role.value})


def remove_group_role(principal: Principal, group: str) -> None:
    """Let a group mean nothing any more, from its members' next sign-in on.

    Raises:
        PermissionDenied: the permission is missing, or a program asks.
        NotFound: the group has no role.
    """
    require_person(principal)
    _deleted_one(
        delete(GroupRole).where(GroupRole.organisation_id == principal.organisation_id, GroupRole.group_name == group)
    )
    record(principal, "group_role.removed", group)


def unlink_person(principal: Principal, user_id: int) -> str:
    """Forget by which subject the provider knows a person, whose next sign-in links anew; gives its address.

    Raises:
        PermissionDenied: the permission is missing, or a program asks.
        NotFound: the provider knows no such person here.
    """
    require_person(principal)
    person = {row.user_id: row for row in list_linked_people(principal)}.get(user_id)
    if person is None:
        raise NotFound
    db.session.execute(
        delete(ExternalIdentity).where(
            ExternalIdentity.organisation_id == principal.organisation_id, ExternalIdentity.user_id == user_id
        )
    )
    _end_sessions(user_id=user_id)
    record(principal, "external_identity.unlinked", person.email)
    return person.email


def require_person(principal: Principal) -> None:
    """Refuse who may not manage the organisation, and programs.

    Raises:
        PermissionDenied: either.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    if not may_set_up(principal):
        raise PermissionDenied


def _try_out(issuer: str) -> None:
    try:
        discover(issuer, anew=True)
    except ProviderFailed as failure:
        raise UnusableProvider(str(failure), field="issuer") from failure


def _end_sessions(*, user_id: int | None = None, but: int | None = None) -> None:
    db.session.execute(text("select end_provider_sessions(:user, :but)"), {"user": user_id, "but": but})


def _deleted_one(statement: Any) -> None:
    result: CursorResult[tuple[()]] = db.session.execute(statement)  # type: ignore[assignment] # a delete gives a cursor's result
    if result.rowcount != 1:
        raise NotFound


def _facts(settings: ProviderSettings | ProviderRow) -> dict[str, Any]:
    return {
        "issuer": settings.issuer,
        "client_id": settings.client_id,
        "groups_claim": settings.groups_claim,
        "role": settings.default_role.value if settings.default_role else None,
        "required_acr": settings.required_acr,
        "counts_as_two_proofs": settings.counts_as_two_proofs,
        "trusts_addresses": settings.trusts_addresses,
        "active": settings.is_enabled,
    }


def _word(*, is_demanded: bool) -> str:
    return "demanded" if is_demanded else "offered"

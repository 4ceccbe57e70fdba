"""What an organisation has set up for its people to sign in by its own provider; as the principal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from portal.identity.models import EmailDomain, GroupRole, IdentityProvider
from tenants.database import db
from tenants.permissions import Role
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """The connection of the own organisation, without its secret."""

    issuer: str
    client_id: str
    groups_claim: str
    default_role: Role | None
    required_acr: str
    counts_as_two_proofs: bool
    trusts_addresses: bool
    is_enabled: bool
    is_demanded: bool
    keyholder_ids: tuple[int, ...]
    worked_at: datetime | None


@dataclass(frozen=True, slots=True)
class DomainRow:
    """A domain of the own organisation's e-mail addresses."""

    domain: str
    token: str
    proven_at: datetime | None

    @property
    def record(self) -> str:
        """What the TXT record has to say."""
        return f"kontor-domain-verification={self.token}"


@dataclass(frozen=True, slots=True)
class LinkedPerson:
    """A person of the own organisation and the subject by which the provider knows it."""

    user_id: int
    email: str
    name: str
    subject: str
    is_active: bool
    last_used_at: datetime


def find_provider(principal: Principal) -> ProviderRow | None:
    """Give the connection of the principal's organisation, or None."""
    row = db.session.execute(
        select(
            IdentityProvider.issuer,
            IdentityProvider.client_id,
            IdentityProvider.groups_claim,
            IdentityProvider.default_role,
            IdentityProvider.required_acr,
            IdentityProvider.counts_as_two_proofs,
            IdentityProvider.trusts_addresses,
            IdentityProvider.is_enabled,
            IdentityProvider.is_demanded,
            IdentityProvider.keyholder_ids,
            IdentityProvider.worked_at,
        ).where(IdentityProvider.organisation_id == principal.organisation_id)
    ).one_or_none()
    return None if row is None else ProviderRow(*row[:9], tuple(row.keyholder_ids), row.worked_at)


def list_domains(principal: Principal) -> list[DomainRow]:
    """Give the domains of the principal's organisation by name."""
    statement = (
        select(EmailDomain.domain, EmailDomain.token, EmailDomain.proven_at)
        .where(EmailDomain.organisation_id == principal.organisation_id)
        .order_by(EmailDomain.domain)
    )
    return [DomainRow(*row) for row in db.session.execute(statement)]


def list_group_roles(principal: Principal) -> dict[str, Role]:
    """Give the role of each group that the principal's organisation has named, by the group's name."""
    statement = (
        select(GroupRole.group_name, GroupRole.role)
        .where(GroupRole.organisation_id == principal.organisation_id)
        .order_by(GroupRole.group_name)
    )
    return {row.group_name: row.role for row in db.session.execute(statement)}


def list_linked_people(principal: Principal) -> list[LinkedPerson]:
    """Give whom the present provider of the principal's organisation is known to have signed in, by name."""
    statement = text("""
        select p.user_id, p.email, p.name, x.subject, p.status = 'active', x.last_used_at
        from identity_provider i
        join external_identity x on x.organisation_id = i.organisation_id and x.issuer = i.issuer
        join people_of(:organisation) p on p.user_id = x.user_id
        where i.organisation_id = :organisation
        order by p.name, p.email""")
    rows = db.session.execute(statement, {"organisation": principal.organisation_id})
    return [LinkedPerson(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Keyholder:
    """An administrator with a second factor of its own."""

    user_id: int
    email: str
    name: str


def list_possible_keyholders(principal: Principal) -> list[Keyholder]:
    """Give who may get in past a demanded provider, by name; the principal's organisation is that of the open context."""
    del principal  # The function asks the open context, which is the principal's.
    return [Keyholder(*row) for row in db.session.execute(text("select * from possible_keyholders()"))]

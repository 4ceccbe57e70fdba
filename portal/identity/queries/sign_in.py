"""What is read while somebody signs in by a provider; every function runs in the authentication context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text

from portal.identity.models import AuthorizationRequest, EmailDomain, ExternalIdentity, GroupRole, IdentityProvider
from portal.identity.rules import domain_of
from tenants.authentication import hash_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import Membership, Organisation, Status
from tenants.permissions import Role


@dataclass(frozen=True, slots=True)
class OpenProvider:
    """A provider by which people can sign in now."""

    organisation_id: int
    organisation_name: str
    slug: str
    locale: str
    brand_slug: str
    """In whose brand the pages appear: the seller's for a shop."""
    issuer: str
    client_id: str
    sealed_secret: bytes
    groups_claim: str
    default_role: Role | None
    required_acr: str
    counts_as_two_proofs: bool
    trusts_addresses: bool


@dataclass(frozen=True, slots=True)
class RequestRow:
    """Somebody who was sent to a provider and came back in time."""

    organisation_id: int
    issuer: str
    sealed_secrets: bytes
    session_id: int | None
    target: str
    kept: str


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """Who a subject is."""

    user_id: int
    email: str
    name: str
    locale: str
    is_active: bool
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """What a person is in one organisation."""

    role: Role
    is_active: bool
    own_role: str | None


_PROVIDER = """
    select o.id, o.name, o.slug, o.locale, b.slug, i.issuer, i.client_id, i.sealed_secret, i.groups_claim, i.default_role,
           i.required_acr, i.counts_as_two_proofs, i.trusts_addresses
    from identity_provider i
    join organisation o on o.id = i.organisation_id
    join organisation b on b.id = case o.kind when 'retailer' then o.seller_id else o.id end
    where i.is_enabled and {condition}
      and not exists (select from organisation a where a.id = any(o.owner_ids) and a.status <> 'active')"""


def find_open_provider(slug: str) -> OpenProvider | None:
    """Give the provider of the organisation with that address, or None."""
    return _provider("o.slug = :value", slug)


def find_provider_of(organisation_id: int) -> OpenProvider | None:
    """Give the provider of that organisation, or None."""
    return _provider("o.id = :value", organisation_id)


def find_provider_of_address(email: str) -> OpenProvider | None:
    """Give the provider of the organisation that has proven the address's domain, or None."""
    condition = "exists (select from email_domain d where d.organisation_id = o.id and d.domain = :value and d.proven_at is not null)"
    return _provider(condition, domain_of(email))


def _provider(condition: str, value: object) -> OpenProvider | None:
    act_as(AUTHENTICATION)
    statement = text(_PROVIDER.replace("{condition}", condition))
    row = db.session.execute(statement, {"value": value}).one_or_none()
    if row is None:
        return None
    values = list(row)
    values[9] = Role(values[9]) if values[9] else None
    return OpenProvider(*values)


def owns_domain(organisation_id: int, email: str) -> bool:
    """Tell whether the organisation has proven the domain of that address."""
    act_as(AUTHENTICATION)
    statement = select(EmailDomain.domain).where(
        EmailDomain.organisation_id == organisation_id,
        EmailDomain.domain == domain_of(email),
        EmailDomain.proven_at.is_not(None),
    )
    return db.session.execute(statement).first() is not None


def roles_of_groups(organisation_id: int) -> dict[str, Role]:
    """Give the roles of the groups that the organisation has named."""
    act_as(AUTHENTICATION)
    statement = select(GroupRole.group_name, GroupRole.role).where(GroupRole.organisation_id == organisation_id)
    return {row.group_name: row.role for row in db.session.execute(statement)}


def find_default_role(organisation_id: int) -> Role | None:
    """Give the role of people in none of the groups that the organisation has named, or None."""
    act_as(AUTHENTICATION)
    statement = select(IdentityProvider.default_role).where(IdentityProvider.organisation_id == organisation_id)
    return db.session.execute(statement).scalar_one_or_none()


def find_identity(organisation_id: int, issuer: str, subject: str) -> IdentityRow | None:
    """Give who the subject is in the organisation, or None."""
    act_as(AUTHENTICATION)
    statement = text("""
        select u.id, u.email, u.name, coalesce(nullif(u.locale, ''), o.locale), u.status = 'active', x.ended_at
        from external_identity x join user_account u on u.id = x.user_id join organisation o on o.id = x.organisation_id
        where x.organisation_id = :organisation and x.issuer = :issuer and x.subject = :subject""")
    values = {"organisation": organisation_id, "issuer": issuer, "subject": subject}
    row = db.session.execute(statement, values).one_or_none()
    return None if row is None else IdentityRow(*row)


def has_identity(organisation_id: int, issuer: str, user_id: int) -> bool:
    """Tell whether the issuer knows the person by a subject in that organisation."""
    act_as(AUTHENTICATION)
    statement = select(ExternalIdentity.subject).where(
        ExternalIdentity.organisation_id == organisation_id,
        ExternalIdentity.issuer == issuer,
        ExternalIdentity.user_id == user_id,
    )
    return db.session.execute(statement).first() is not None


def find_membership(organisation_id: int, user_id: int) -> MembershipRow | None:
    """Give what the person is or was in the organisation, or None."""
    act_as(AUTHENTICATION)
    row = db.session.execute(
        select(Membership.role, Membership.status, Membership.own_role).where(
            Membership.organisation_id == organisation_id, Membership.user_id == user_id
        )
    ).one_or_none()
    return None if row is None else MembershipRow(row.role, row.status is Status.ACTIVE, row.own_role)


def demands_two_proofs(organisation_id: int, user_id: int) -> bool:
    """Tell whether the organisation demands a second factor of that member, who manages it by a built-in or an own role."""
    act_as(AUTHENTICATION)
    statement = text("""
        select y.second_factor = 'everybody' or (y.second_factor = 'administrators' and (m.role = 'admin'
               or coalesce(r.permissions && '{people:manage,organisation:manage}', false)))
        from sign_in_policy y join membership m on m.organisation_id = y.organisation_id and m.user_id = :user
        left join own_role r on r.organisation_id = m.organisation_id and r.code = m.own_role
        where y.organisation_id = :organisation""")
    values = {"organisation": organisation_id, "user": user_id}
    return bool(db.session.execute(statement, values).scalar_one_or_none())


def find_request(state: str) -> RequestRow | None:
    """Give the request of that state if it is still open, or None."""
    act_as(AUTHENTICATION)
    row = db.session.execute(
        select(
            AuthorizationRequest.organisation_id,
            AuthorizationRequest.issuer,
            AuthorizationRequest.sealed_secrets,
            AuthorizationRequest.session_id,
            AuthorizationRequest.target,
            AuthorizationRequest.kept,
        ).where(AuthorizationRequest.state_hash == hash_token(state), AuthorizationRequest.expires_at > func.now())
    ).one_or_none()
    return None if row is None else RequestRow(*row)


def slug_of(organisation_id: int) -> str:
    """Give the public address of the organisation's pages."""
    act_as(AUTHENTICATION)
    found: str = db.session.execute(select(Organisation.slug).where(Organisation.id == organisation_id)).scalar_one()
    return found

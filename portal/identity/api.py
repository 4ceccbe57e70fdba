"""How the own organisation's people sign in, for programs: read alone, because deciding it would be a way to become anybody."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from portal.accounts.api.own import ADMIN, own_operation
from portal.identity.queries.settings import find_provider, list_domains, list_group_roles
from portal.web.api import ApiAnswer
from tenants.permissions import Permission, Role
from tenants.principal import Principal


class ProviderAnswer(ApiAnswer):
    """The connection to the identity provider, without its secret."""

    issuer: str
    client_id: str
    groups_claim: str
    default_role: Role | None = Field(description="Of people in none of the named groups; null: they do not get in.")
    required_acr: str
    counts_as_two_proofs: bool
    trusts_addresses: bool
    is_enabled: bool
    is_demanded: bool = Field(description="Whether people get in by the provider alone.")
    worked_at: AwareDatetime | None = Field(description="When somebody last signed in by it.")


class DomainAnswer(ApiAnswer):
    """A domain of the organisation's e-mail addresses."""

    domain: str
    status: Literal["proven", "not_proven"]


class GroupRoleAnswer(ApiAnswer):
    """A group of the provider and its role."""

    group: str
    role: Role


class SingleSignOnAnswer(ApiAnswer):
    """How people sign in by the organisation's own identity provider."""

    provider: ProviderAnswer | None
    domains: list[DomainAnswer]
    groups: list[GroupRoleAnswer]


@own_operation(
    "GET",
    "/single-sign-on",
    scopes=ADMIN,
    permission=Permission.ORGANISATION_MANAGE,
    summary="Read how people sign in by the own identity provider",
    tags=["Organisation"],
    response=SingleSignOnAnswer,
)
def read_own_single_sign_on(principal: Principal) -> SingleSignOnAnswer:
    """The connection, the domains and the roles of groups. A person who has just proven who it is changes them."""
    provider = find_provider(principal)
    return SingleSignOnAnswer(
        provider=None if provider is None else ProviderAnswer.model_validate(provider),
        domains=[
            DomainAnswer(domain=row.domain, status="proven" if row.proven_at else "not_proven")
            for row in list_domains(principal)
        ],
        groups=[GroupRoleAnswer(group=group, role=role) for group, role in list_group_roles(principal).items()],
    )


def register(_app: object) -> None:
    """The operations are declared with this module."""

"""Identity providers of organisations, their domains and groups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row

from portal.identity.models import (
    AuthorizationRequest,
    EmailDomain,
    ExternalIdentity,
    GroupRole,
    IdentityProvider,
    ProvisionedGroup,
    ProvisionedGroupMember,
    ProvisionedPerson,
    ProvisioningToken,
)
from tenants.permissions import Role
from tests.factories.seed import Seed

ISSUER = "https://127.0.0.1:9"
"""Where nobody answers."""


def make_provider(seed: Seed, organisation: Row[Any], person: Row[Any], domain: str) -> None:
    """Give an organisation a provider that knows the person, a proven domain, a group and an open request."""
    own = organisation.id
    seed.add(IdentityProvider, organisation_id=own, issuer=ISSUER, client_id="kontor", sealed_secret=uuid4().bytes)
    seed.add(EmailDomain, organisation_id=own, domain=domain, token=uuid4().hex, proven_at=datetime.now(UTC))
    seed.add(GroupRole, organisation_id=own, group_name=f"group-{organisation.code}", role=Role.VIEWER)
    seed.add(
        ExternalIdentity,
        organisation_id=own,
        issuer=ISSUER,
        subject=f"subject-{organisation.code}",
        user_id=person.id,
        # Ahead of the clock, so that it stands still.
        last_used_at=datetime.now(UTC) + timedelta(hours=3),
    )
    seed.add(
        ProvisioningToken,
        organisation_id=own,
        token_hash=uuid4().bytes,
        created_by=f"subject-{organisation.code}",
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )
    group = seed.add(ProvisionedGroup, organisation_id=own, id=uuid4(), display_name=f"group-{organisation.code}")
    member = seed.add(
        ProvisionedPerson, organisation_id=own, id=uuid4(), user_id=person.id, user_name=person.email, resource={}
    )
    seed.add(ProvisionedGroupMember, organisation_id=own, group_id=group.id, person_id=member.id)
    seed.add(
        AuthorizationRequest,
        state_hash=uuid4().bytes,
        organisation_id=own,
        issuer=ISSUER,
        sealed_secrets=uuid4().bytes,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )

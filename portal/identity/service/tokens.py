"""The tokens by which an organisation's provider keeps its people and groups (SCIM); made and ended by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import func, insert, text, update

from portal.identity.models import ProvisioningToken
from portal.identity.service.settings import require_person
from tenants.audit import record
from tenants.authentication import hash_token, new_token
from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal

VALID_FOR: Final = timedelta(days=365)


def make_provisioning_token(principal: Principal) -> str:
    """Give a new token for the own organisation's people and groups, good for a year; its hash alone is kept.

    Raises:
        PermissionDenied: organisation:manage is missing, or a program asks.
    """
    require_person(principal)
    token = new_token()
    db.session.execute(
        insert(ProvisioningToken).values(
            organisation_id=principal.organisation_id,
            token_hash=hash_token(token),
            created_by=principal.actor_name,
            expires_at=func.now() + text(f"interval '{VALID_FOR.days} days'"),
        )
    )
    record(principal, "provisioning_token.made", principal.organisation_code)
    return token


def end_provisioning_token(principal: Principal, token_id: int) -> None:
    """End a token of the own organisation at once.

    Raises:
        PermissionDenied: organisation:manage is missing, or a program asks.
        NotFound: there is no such token that still counts.
    """
    require_person(principal)
    ended = db.session.execute(
        update(ProvisioningToken)
        .where(
            ProvisioningToken.id == token_id,
            ProvisioningToken.organisation_id == principal.organisation_id,
            ProvisioningToken.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
        .returning(ProvisioningToken.id)
    ).scalar_one_or_none()
    if ended is None:
        raise NotFound
    record(principal, "provisioning_token.ended", principal.organisation_code)

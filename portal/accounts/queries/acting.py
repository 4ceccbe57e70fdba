"""Who acted for whom: of a retailer who did in its name, of a wholesaler in whose names its people did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from tenants.database import db
from tenants.permissions import Permission
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class ActingRow:
    """One time that somebody acted on behalf of a retailer."""

    id: int
    began_at: datetime
    ended_at: datetime
    """When it ended or will end at the latest."""
    is_open: bool
    reason: str
    person: str
    """Empty where the person was erased."""
    user_id: int
    actor_organisation: str
    code: str
    """The retailer's."""
    organisation: str


_LIST = text("select * from list_acting(:limit, :before_at, :before_id)")


def list_acting(principal: Principal, *, limit: int, after: Sequence[Any] | None = None) -> list[ActingRow]:
    """Give up to `limit` times, the newest first, behind the key (instant, number); the principal may see its organisation.

    Raises:
        PermissionDenied: the permission is missing.
    """
    principal.require(Permission.ORGANISATION_VIEW)
    before_at, before_id = after or (None, None)
    values = {"limit": limit, "before_at": before_at, "before_id": before_id}
    return [ActingRow(*row) for row in db.session.execute(_LIST, values)]

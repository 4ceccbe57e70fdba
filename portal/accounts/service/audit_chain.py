"""Chaining the audit log: what was committed gets its place, and the head of each chain that grew is sealed.

Entries are written unchained in the transaction of the act, which waits for nobody; the worker chains them a moment later
(docs/adr/0016).
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, text

from portal.accounts.audit_seals import Head, head_text, seals_of
from portal.accounts.queries.audit_chain import ChainReport, walk_chain
from portal.web.rate_limits import count
from tenants.database import db
from tenants.permissions import Permission
from tenants.principal import Principal

logger = logging.getLogger(__name__)

GROUP: Final = 5000
EVERY_SECONDS: Final = 2.0
_WALKS: Final = ("20/hour", "walk of the audit log")

_CHAIN = text('select organisation_id, "position", hash from chain_audit_entries(:most)')
_SEAL = text(
    "insert into audit_seal (organisation_id, position, hash, sealed_at, seal) values (:organisation, :position, :hash, :at, :seal)"
)


def check_own_chain(principal: Principal) -> ChainReport:
    """Walk the chain of the own organisation, at most 20 times an hour; the principal needs organisation:manage.

    Raises:
        PermissionDenied: the permission is missing.
        TooManyRequests: it was walked too often within the hour.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    count(*_WALKS, str(principal.organisation_id))
    return walk_chain(db.session.connection(), principal.organisation_id)


def chain_entries(connection: Connection) -> int:
    """Chain up to 5,000 entries inside the open transaction of the worker's role, seal the heads; give how many grew.

    Another worker that is at it already is not waited for.
    """
    heads = [Head(*row) for row in connection.execute(_CHAIN, {"most": GROUP})]
    now = datetime.now(UTC)
    for head in heads:
        values = {"organisation": head.organisation_id, "position": head.position, "hash": head.hash, "at": now}
        connection.execute(_SEAL, {**values, "seal": seals_of(head, now)[0]})
    if heads:
        # A witness outside the database: `flask audit verify --head` compares.
        logger.info("audit heads sealed: %s", " ".join(head_text(head) for head in heads))
    return len(heads)

"""The audit log: who did what to what, as whom, from where. Entries are inserted, never changed."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from sqlalchemy import insert

from tenants.authentication import SignedIn
from tenants.database import AUTHENTICATION, Context, act_as, db, write
from tenants.models import AuditEntry
from tenants.principal import Principal

_ENTRY = """
    insert into audit_entry (organisation_id, id, actor, actor_name, action, subject, before, after, refused, address,
        request_id)
    values (%(organisation)s, %(id)s, %(actor)s, %(actor_name)s, %(action)s, %(subject)s, %(before)s::jsonb,
        %(after)s::jsonb, %(refused)s, %(address)s, %(request_id)s)
"""


def record(
    principal: Principal,
    action: str,
    subject: str = "",
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    refused: bool = False,
) -> None:
    """Note an act of the principal in its organisation's log, inside the act's own transaction.

    `action` is `noun.verb_in_the_past` (`account.suspended`), `subject` what people call the thing; `before` and `after`
    are JSON-safe and hold no secret.
    """
    write(
        _ENTRY,
        {
            "organisation": principal.organisation_id,
            "id": uuid4(),
            "actor": principal.actor,
            "actor_name": principal.actor_name,
            "action": action,
            "subject": subject,
            "before": None if before is None else json.dumps(before),
            "after": None if after is None else json.dumps(after),
            "refused": refused,
            "address": principal.address,
            "request_id": principal.request_id,
        },
    )


def record_refusal(principal: Principal, action: str, subject: str = "") -> None:
    """Note a refused attempt in a transaction of its own, after the attempt's was undone."""
    db.session.rollback()
    act_as(principal)
    record(principal, action, subject, refused=True)
    db.session.commit()


def record_as(context: Context, organisation_id: int, actor: str, action: str, subject: str = "", **rest: Any) -> None:
    """Note an act before anybody is a principal (signing in, accepting an invitation); the context must be the open one."""
    act_as(context)
    db.session.execute(
        insert(AuditEntry).values(
            organisation_id=organisation_id, id=uuid4(), actor=actor, action=action, subject=subject, **rest
        )
    )


def record_of_person(person: SignedIn, action: str, **rest: Any) -> None:
    """Note what a person did about its own sign-in, in the log of the organisation it works in; in that context.

    `rest` may hold `before`, `after`, `refused`, `address` and `request_id`.
    """
    if person.current is not None:
        record_as(
            AUTHENTICATION,
            person.current.organisation_id,
            f"user:{person.user_id}",
            action,
            person.email,
            actor_name=person.name or person.email,
            **rest,
        )

"""The audit log of the own organisation, and whether it still is as it was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from portal.core.queries import like_pattern
from tenants.database import db
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; what is empty does not matter."""

    person: str = ""
    """Part of the name or e-mail address of who acted, or of a program's name."""
    action: str = ""
    """What the action begins with, as `order.`."""
    subject: str = ""
    """Part of what it was done to."""
    since: date | None = None
    until: date | None = None
    """Including this day, both of the organisation's time zone."""
    only_refused: bool = False


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry of the audit log."""

    id: UUID
    at: datetime
    actor: str
    actor_name: str
    actor_organisation: str
    """Where the actor belongs, if it acted on behalf of the own organisation."""
    acted_as: str
    action: str
    subject: str
    refused: bool
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str
    via: str
    request_id: str
    erased: bool
    """Whether names it held were erased."""
    position: int | None
    """Its place in the chain; None for the moment after it was written."""
    hash: str


class _Stored(NamedTuple):
    id: UUID
    at: datetime
    actor: str
    actor_name: str
    acted_as: str
    action: str
    subject: str
    refused: bool
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    names_before: dict[str, Any] | None
    names_after: dict[str, Any] | None
    address: str
    via: str
    request_id: str
    erased: bool
    position: int | None
    hash: str | None


_ENTRIES = """
    select e.id, e.at, e.actor, e.actor_name, e.acted_as, e.action, coalesce(p.subject, e.subject), e.refused,
           e.before, e.after, p.before, p.after, e.address, e.via, e.request_id,
           e.personal_digest is not null and p.entry_id is null, l.position, encode(l.hash, 'hex')
    from audit_entry e
    left join audit_personal p on p.organisation_id = e.organisation_id and p.entry_id = e.id
    left join audit_link l on l.organisation_id = e.organisation_id and l.entry_id = e.id
    where e.organisation_id = :organisation"""
_CONDITIONS = {
    "actors": " and (e.actor = any(:actors) or e.actor_name ilike :person)",
    "action": " and e.action like :action",
    "subject": " and (e.subject ilike :subject or p.subject ilike :subject)",
    "since": " and e.at >= cast(:since as timestamp) at time zone :zone",
    "until": " and e.at < (cast(:until as timestamp) + interval '1 day') at time zone :zone",
    "refused": " and e.refused",
    "after_at": " and (e.at, e.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid))",
}
_ACTORS = text("select find_audit_actors(:pattern)")
_NAMES = text("select entry_id, name, organisation_name from name_audit_actors(:entries)")


def list_audit_entries(
    principal: Principal, wanted: AuditFilter, *, limit: int, after: Sequence[Any] | None = None
) -> list[AuditRow]:
    """Give up to `limit` entries of the own organisation's log, the newest first, behind the key (instant, id)."""
    values: dict[str, Any] = {
        "action": like_pattern(wanted.action).removeprefix("%") if wanted.action else None,
        "subject": like_pattern(wanted.subject) if wanted.subject else None,
        "since": wanted.since,
        "until": wanted.until,
        "refused": wanted.only_refused or None,
        "after_at": after[0] if after else None,
    }
    if wanted.person:
        values["person"] = like_pattern(wanted.person)
        values["actors"] = db.session.execute(_ACTORS, {"pattern": values["person"]}).scalar_one()
    conditions = "".join(text for name, text in _CONDITIONS.items() if values.get(name) is not None)
    values |= {"organisation": principal.organisation_id, "zone": principal.time_zone, "limit": limit}
    values["after_id"] = after[1] if after else None
    statement = text(f"{_ENTRIES}{conditions} order by e.at desc, e.id desc limit :limit")
    rows = [_Stored(*row) for row in db.session.execute(statement, values)]
    found = db.session.execute(_NAMES, {"entries": [row.id for row in rows]}) if rows else ()
    names = {entry_id: (name, organisation) for entry_id, name, organisation in found}
    return [_row(row, *names.get(row.id, (None, None))) for row in rows]


def _row(row: _Stored, name: str | None, organisation: str | None) -> AuditRow:
    facts = row._asdict()
    for each in ("before", "after"):
        names = facts.pop(f"names_{each}")
        facts[each] = {**(facts[each] or {}), **names} if names else facts[each]
    facts |= {"actor_name": name or row.actor_name, "actor_organisation": organisation or "", "hash": row.hash or ""}
    return AuditRow(**facts)


def stream_audit_entries(principal: Principal, wanted: AuditFilter, *, group: int) -> Iterator[list[AuditRow]]:
    """Give all entries in groups, the newest first; between two groups the caller may end the transaction."""
    after: tuple[str, str] | None = None
    while rows := list_audit_entries(principal, wanted, limit=group, after=after):
        yield rows
        if len(rows) < group:
            return
        after = (rows[-1].at.isoformat(), str(rows[-1].id))

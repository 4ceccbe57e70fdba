"""Walking an organisation's chain: each entry against its hash, each seal against the portal's keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from portal.accounts.audit_seals import Head, is_sealed

CHAINED_WITHIN: Final = timedelta(hours=1)
"""The worker needs seconds; what stands outside the chain longer has passed it by."""


class Flaw(StrEnum):
    """What is wrong at the first place where a chain is not as it was written."""

    LINK_MISSING = "link_missing"
    ENTRY_MISSING = "entry_missing"
    ENTRY_CHANGED = "entry_changed"
    NAMES_CHANGED = "names_changed"
    SEAL_BROKEN = "seal_broken"
    """Entries were changed together with their hashes, or the seal itself."""
    HEAD_DIFFERS = "head_differs"
    """A head that was kept elsewhere is not this chain's."""
    OUTSIDE = "outside"
    """An entry that is in no chain although it has been there for long."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first broken place."""

    position: int | None
    entry_id: UUID | None
    flaw: Flaw


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What walking a chain found."""

    entries: int
    """Chained ones."""
    waiting: int
    """Written a moment ago and not chained yet."""
    erased: int
    """Of which names were erased."""
    head: str
    """The last hash, in hexadecimal."""
    sealed_position: int
    """Up to which entry the chain is sealed."""
    sealed_at: datetime | None
    broken: Broken | None

    @property
    def is_intact(self) -> bool:
        """Tell whether everything is as it was written."""
        return self.broken is None


_WALK = text(
    """
    with walked as (
        select l.position, l.entry_id, l.hash, coalesce(lag(l.hash) over w, '') as former,
               coalesce(lag(l.position) over w, 0) as former_position, e.id as found, audit_digest(e) as digest,
               p.entry_id is not null and e.personal_digest is distinct from
                   audit_personal_digest(p.salt, p.subject, p.before, p.after) as is_renamed,
               e.personal_digest is not null and p.entry_id is null as is_erased
        from audit_link l
        left join audit_entry e on e.organisation_id = l.organisation_id and e.id = l.entry_id
        left join audit_personal p on p.organisation_id = l.organisation_id and p.entry_id = l.entry_id
        where l.organisation_id = :organisation
        window w as (order by l.position)
    ), judged as (
        select w.position, w.entry_id, w.is_erased, case
            when w.position <> w.former_position + 1 then 'link_missing'
            when w.found is null then 'entry_missing'
            when w.hash <> sha256(w.former || w.digest) then 'entry_changed'
            when w.is_renamed then 'names_changed' end as flaw
        from walked w
    )
    select count(*), count(*) filter (where j.is_erased),
           (array_agg(j.position order by j.position) filter (where j.flaw is not null))[1],
           (array_agg(j.entry_id order by j.position) filter (where j.flaw is not null))[1],
           (array_agg(j.flaw order by j.position) filter (where j.flaw is not null))[1]
    from judged j
    """
)
_OUTSIDE = text(
    """
    select count(*), (array_agg(e.id order by e.at) filter (where e.at < now() - :within))[1]
    from audit_entry e
    where e.organisation_id = :organisation and not exists (
        select from audit_link l where l.organisation_id = e.organisation_id and l.entry_id = e.id)
    """
)
_LOGS = text(
    "select distinct e.organisation_id, o.code from audit_entry e left join organisation o on o.id = e.organisation_id"
    " order by e.organisation_id"
)
_SEALS = text(
    "select s.position, s.hash, s.sealed_at, s.seal, l.hash, l.entry_id from audit_seal s"
    " left join audit_link l on l.organisation_id = s.organisation_id and l.position = s.position"
    " where s.organisation_id = :organisation order by s.position"
)
_LINKS = text(
    "select l.position, l.hash, l.entry_id from audit_link l"
    " where l.organisation_id = :organisation and l.position = any(:positions)"
)
_HEAD = text(
    "select l.position, encode(l.hash, 'hex') from audit_link l where l.organisation_id = :organisation"
    " order by l.position desc limit 1"
)


def list_logs(connection: Connection) -> list[tuple[int, str | None]]:
    """Give every organisation that has a log, with its code; 0 and None is the log of attempts that are nobody's."""
    return [(row[0], row[1]) for row in connection.execute(_LOGS)]


def walk_chain(connection: Connection, organisation_id: int, kept: Sequence[Head] = ()) -> ChainReport:
    """Give what the walk over the organisation's chain finds; `kept` are heads that were noted outside the database.

    The connection's role must see the organisation's log.
    """
    values = {"organisation": organisation_id}
    entries, erased, position, entry_id, flaw = connection.execute(_WALK, values).one()
    waiting, outside = connection.execute(_OUTSIDE, {**values, "within": CHAINED_WITHIN}).one()
    head = connection.execute(_HEAD, values).one_or_none()
    found = [Broken(position, entry_id, Flaw(flaw))] if flaw else []
    if outside:
        found.append(Broken(None, outside, Flaw.OUTSIDE))
    sealed_position, sealed_at, broken = _walk_seals(connection, organisation_id)
    found += broken
    found += _differing(connection, organisation_id, kept)
    first = min(found, key=lambda each: (each.position is None, each.position or 0), default=None)
    return ChainReport(entries, waiting, erased, head[1] if head else "", sealed_position, sealed_at, first)


def _walk_seals(connection: Connection, organisation_id: int) -> tuple[int, datetime | None, list[Broken]]:
    position, at = 0, None
    for position, sealed, at, seal, linked, entry_id in connection.execute(_SEALS, {"organisation": organisation_id}):
        head = Head(organisation_id, position, bytes(sealed))
        if linked is None or bytes(linked) != head.hash or not is_sealed(head, at, seal):
            return position, at, [Broken(position, entry_id, Flaw.SEAL_BROKEN)]
    return position, at, []


def _differing(connection: Connection, organisation_id: int, kept: Sequence[Head]) -> list[Broken]:
    positions = [head.position for head in kept]
    rows = connection.execute(_LINKS, {"organisation": organisation_id, "positions": positions}) if kept else ()
    links = {position: (bytes(value), entry_id) for position, value, entry_id in rows}
    return [
        Broken(head.position, links[head.position][1] if head.position in links else None, Flaw.HEAD_DIFFERS)
        for head in kept
        if links.get(head.position, (b"",))[0] != head.hash
    ]

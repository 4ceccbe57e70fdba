"""Answering what people asked for: the file of what is kept about them, and their erasure. In the worker's own role.

Both follow the declarations of portal/core/personal_data.py; nothing is told or forgotten that is not declared there.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from portal.accounts.models import RequestKind
from portal.core.personal_data import PersonalTable, Trace, personal_tables
from tenants.audit import entry_values

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 2.0
FORMAT: Final = "kontor-person-1"
_MOST: Final = 20

_OPEN = text("select id from person_request where done_at is null order by id limit :most for update skip locked")
_ONE = text("select person_id, organisation_id, kind, done_at, content from person_request where id = :id for update")
_DONE = text("update person_request set done_at = now(), content = :content where id = :id")
_PERSON = text("select email, name from user_account where id = :person")
_PLACES = text("select organisation_id from membership where user_id = :person order by organisation_id")
# By a name alone somebody is known where nobody else bears it.
_NAMED_IN = text("""
    select m.organisation_id from membership m
    where m.user_id = :person and not exists (
        select from membership other join user_account u on u.id = other.user_id
        where other.organisation_id = m.organisation_id and other.user_id <> :person and u.name = :name)""")
_CODES = text("select id, code, name from organisation where id = any (:ids)")
_ORGANISATION_COLUMNS: Final = ("organisation_id", "seller_id", "buyer_id", "brand_owner_id", "wholesaler_id")


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whom a request is about, and how far it reaches."""

    values: Mapping[str, Any]
    """Of the traces' conditions."""
    organisation_id: int | None
    """Set: of its part alone."""
    places: tuple[int, ...]
    """Where the person works or worked."""

    @property
    def is_whole(self) -> bool:
        """Tell whether what belongs to the person alone is meant too: by itself, or where nobody else has it."""
        return self.organisation_id is None or self.places == (self.organisation_id,)

    def reaches(self, trace: Trace) -> bool:
        """Tell whether the trace's rows are meant at all."""
        return bool(trace.within) or self.is_whole

    def condition(self, trace: Trace) -> str:
        """Give the trace's condition, within the organisation where only its part is meant."""
        if self.organisation_id is None or not trace.within:
            return f"({trace.found})"
        return f"({trace.found}) and :organisation in ({', '.join(trace.within)})"


def answer_requests(connection: Connection) -> int:
    """Answer what was asked for inside the open transaction of the worker's role, up to 20; give how many were answered.

    One that fails is undone alone and tried again next time. What another worker answers is left to it.
    """
    answered = 0
    for number in connection.execute(_OPEN, {"most": _MOST}).scalars().all():
        try:
            with connection.begin_nested():
                answer_request(connection, number)
                answered += 1
        except Exception:  # whatever it is: the others have their right too
            logger.exception("request %s for a person's data could not be answered; trying again", number)
    return answered


def answer_request(connection: Connection, number: int) -> str:
    """Answer one request, unless it is answered already; give the file, or nothing for an erasure."""
    row = connection.execute(_ONE, {"id": number}).one()
    if row.done_at is not None:
        return str(row.content or "")
    subject = _subject(connection, row.person_id, row.organisation_id)
    content = None
    if row.kind == RequestKind.EXPORT:
        content = json.dumps(_told(connection, subject), default=str, ensure_ascii=False)
    else:
        _erase(connection, subject)
    connection.execute(_DONE, {"id": number, "content": content})
    return content or ""


def _subject(connection: Connection, person_id: int, organisation_id: int | None) -> _Subject:
    email, name = connection.execute(_PERSON, {"person": person_id}).one()
    values = {
        "person": person_id,
        "actor": f"user:{person_id}",
        "email": email,
        "names": [word for word in {name, email} if word],
        "named_in": list(connection.execute(_NAMED_IN, {"person": person_id, "name": name}).scalars()),
        "pseudonym": pseudonym(person_id),
        "organisation": organisation_id,
    }
    return _Subject(values, organisation_id, tuple(connection.execute(_PLACES, {"person": person_id}).scalars()))


def pseudonym(person_id: int) -> str:
    """Give what stands for a person that was erased."""
    return f"Person {person_id}"


def _traces(subject: _Subject) -> Iterator[tuple[PersonalTable, Trace]]:
    for table in personal_tables():
        for trace in table.traces:
            if subject.reaches(trace):
                yield table, trace


def _told(connection: Connection, subject: _Subject) -> dict[str, Any]:
    found: dict[str, list[dict[str, Any]]] = {}
    for table, trace in _traces(subject):
        statement = f"select {', '.join(trace.columns)} from {table.name} where {subject.condition(trace)}"  # noqa: S608 - of declarations alone
        rows = connection.execute(text(statement), subject.values).mappings()
        found.setdefault(table.name, []).extend(dict(row) for row in rows)
    names = _organisations(connection, [row for rows in found.values() for row in rows])
    return {
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "organisations": dict(names.values()),
        "tables": [
            {
                "table": table.name,
                "purpose": table.purpose.value,
                "rows": [_row(row, names) for row in found[table.name]],
            }
            for table in personal_tables()
            if found.get(table.name)
        ],
    }


def _organisations(connection: Connection, rows: list[dict[str, Any]]) -> dict[int, tuple[str, str]]:
    ids = {row[name] for row in rows for name in _ORGANISATION_COLUMNS if row.get(name) is not None}
    found = connection.execute(_CODES, {"ids": sorted(ids)})
    return {number: (code, name) for number, code, name in found}


def _row(row: Mapping[str, Any], names: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    """Organisations by their codes; their numbers are nobody's to see."""
    shown = {}
    for name, value in row.items():
        if name in _ORGANISATION_COLUMNS and value is not None:
            shown[name.removesuffix("_id")] = names.get(value, ("", ""))[0]
        elif isinstance(value, datetime):
            shown[name] = value.astimezone(UTC).isoformat(timespec="seconds")
        else:
            shown[name] = value
    return shown


def _erase(connection: Connection, subject: _Subject) -> None:
    for table, trace in _traces(subject):
        where = subject.condition(trace)
        if trace.removed:
            connection.execute(text(f"delete from {table.name} where {where}"), subject.values)  # noqa: S608 - as above
        elif trace.blanked:
            connection.execute(text(f"update {table.name} set {trace.blanked} where {where}"), subject.values)  # noqa: S608 - as above
    own = subject.organisation_id
    for place in subject.places if own is None else (own,):
        note_of_worker(connection, place, "person.erased", subject)


def note_of_worker(connection: Connection, organisation_id: int, action: str, subject: _Subject) -> None:
    """Note in the organisation's log what was done to the person, by its number."""
    words, person_id = subject.values["pseudonym"], subject.values["person"]
    connection.exec_driver_sql(*entry_values(organisation_id, "job", action, words, person_id=person_id))

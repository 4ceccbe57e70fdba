"""People's rights for programs: the file of a person's data, its erasure, and the record of what is processed."""

from __future__ import annotations

import json
from typing import Any

from pydantic import AwareDatetime, Field

from portal.accounts.api.fields import EmailAddress
from portal.accounts.api.own import ADMIN, READ, own_operation
from portal.accounts.errors import LastAdministrator, RoleTooHigh
from portal.accounts.processing_record import processing_record
from portal.accounts.queries.people import get_person
from portal.accounts.queries.person_requests import find_export, get_export_content
from portal.accounts.service import person_requests as service
from portal.core.personal_data import Purpose
from portal.web.api import ApiAnswer
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

_TAGS = ["People"]


class PersonExportAnswer(ApiAnswer):
    """The file of what the own organisation's part tells of a person."""

    asked_at: AwareDatetime
    done_at: AwareDatetime | None = Field(description="null: it is being made; ask again in a moment.")
    content: dict[str, Any] | None = Field(
        description="`organisations` names codes; `tables` holds the rows of each table."
    )


class RecordLineAnswer(ApiAnswer):
    """What one table keeps."""

    table: str
    tells: str
    kept: str
    erased: str


class RecordPartAnswer(ApiAnswer):
    """One processing activity."""

    purpose: Purpose
    name: str
    basis: str
    recipients: str
    tables: list[RecordLineAnswer]


class RecordAnswer(ApiAnswer):
    """The record of processing activities."""

    activities: list[RecordPartAnswer]


@own_operation(
    "POST",
    "/people/{email}/export",
    scopes=ADMIN,
    permission=Permission.PEOPLE_MANAGE,
    summary="Have the file of a person's data made",
    tags=_TAGS,
    response=None,
    status=202,
    errors=[RoleTooHigh],
)
def ask_own_person_export(principal: Principal, email: EmailAddress) -> None:
    """The worker makes it within seconds; `GET` of the same reads it. It is kept for 7 days."""
    service.ask_export(principal, get_person(principal, principal.organisation_id, email).user_id)


@own_operation(
    "GET",
    "/people/{email}/export",
    scopes=ADMIN,
    permission=Permission.PEOPLE_MANAGE,
    summary="Read the file of a person's data",
    tags=_TAGS,
    response=PersonExportAnswer,
)
def read_own_person_export(principal: Principal, email: EmailAddress) -> PersonExportAnswer:
    """The newest that was asked for; 404 if none was."""
    user_id = get_person(principal, principal.organisation_id, email).user_id
    found = find_export(principal, user_id)
    if found is None:
        raise NotFound
    content = json.loads(get_export_content(principal, user_id)) if found.done_at else None
    return PersonExportAnswer(asked_at=found.asked_at, done_at=found.done_at, content=content)


@own_operation(
    "POST",
    "/people/{email}/erasure",
    scopes=ADMIN,
    permission=Permission.PEOPLE_MANAGE,
    summary="Erase a person from the own organisation",
    tags=_TAGS,
    response=None,
    status=202,
    errors=[LastAdministrator, RoleTooHigh],
)
def erase_own_person(principal: Principal, email: EmailAddress) -> None:
    """Closed to the person at once, erased within seconds: orders and entries keep a number. Whole if it works nowhere else."""
    service.ask_erasure(principal, get_person(principal, principal.organisation_id, email).user_id)


@own_operation(
    "GET",
    "/processing-record",
    scopes=READ,
    permission=Permission.ORGANISATION_VIEW,
    summary="Read what is processed about people, why and how long",
    tags=["Organisation"],
    response=RecordAnswer,
)
def read_own_processing_record(principal: Principal) -> RecordAnswer:  # noqa: ARG001 - the same for everybody
    """The record of processing activities (GDPR, article 30), in the language asked for."""
    return RecordAnswer(
        activities=[
            RecordPartAnswer(
                purpose=part.purpose,
                name=part.name,
                basis=part.basis,
                recipients=part.recipients,
                tables=[
                    RecordLineAnswer(table=line.table, tells=line.tells, kept=line.kept, erased=line.erased)
                    for line in part.lines
                ],
            )
            for part in processing_record()
        ]
    )

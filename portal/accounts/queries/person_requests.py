"""What was asked for about a person, and the file that came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from portal.accounts.models import PersonRequest, RequestKind
from tenants.database import AUTHENTICATION, act_as, db
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A file that was asked for."""

    asked_at: datetime
    done_at: datetime | None
    """Empty: the worker is at it."""


def find_export(principal: Principal, user_id: int) -> ExportRow | None:
    """Give the newest file of a person that the own organisation asked for; the principal needs people:manage.

    Raises:
        PermissionDenied: the permission is missing.
    """
    return _find(_of_organisation(principal), user_id)


def get_export_content(principal: Principal, user_id: int) -> str:
    """Give the newest file's JSON; the principal needs people:manage.

    Raises:
        PermissionDenied: the permission is missing.
        NotFound: none is ready.
    """
    return _content(_of_organisation(principal), user_id)


def find_own_export(user_id: int) -> ExportRow | None:
    """Give the newest file that the person asked for about itself. Runs in the authentication context."""
    act_as(AUTHENTICATION)
    return _find(PersonRequest.organisation_id.is_(None), user_id)


def get_own_export_content(user_id: int) -> str:
    """Give that file's JSON. Runs in the authentication context.

    Raises:
        NotFound: none is ready.
    """
    act_as(AUTHENTICATION)
    return _content(PersonRequest.organisation_id.is_(None), user_id)


def _of_organisation(principal: Principal) -> ColumnElement[bool]:
    principal.require(Permission.PEOPLE_MANAGE)
    return PersonRequest.organisation_id == principal.organisation_id


def _find(whose: ColumnElement[bool], user_id: int) -> ExportRow | None:
    row = db.session.execute(
        select(PersonRequest.asked_at, PersonRequest.done_at)
        .where(whose, PersonRequest.person_id == user_id, PersonRequest.kind == RequestKind.EXPORT)
        .order_by(PersonRequest.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else ExportRow(*row)


def _content(whose: ColumnElement[bool], user_id: int) -> str:
    content = db.session.execute(
        select(PersonRequest.content)
        .where(
            whose,
            PersonRequest.person_id == user_id,
            PersonRequest.kind == RequestKind.EXPORT,
            PersonRequest.done_at.is_not(None),
        )
        .order_by(PersonRequest.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if content is None:
        raise NotFound
    return str(content)

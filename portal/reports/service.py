"""Saving reports: one's own, or for everybody of the organisation who may see such figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ARRAY, String, bindparam, text

from portal.core.field_errors import code_errors, field_error, refuse_if
from portal.reports.queries import VIEWING, SavedRow, get_report, owner_of
from portal.reports.rules import Definition, Measure, Period, wrong_parts
from tenants.audit import record
from tenants.database import db
from tenants.errors import PermissionDenied
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

MANAGING = {Capacity.SELLER: Permission.ACCOUNTS_MANAGE, Capacity.BUYER: Permission.ORDERS_PLACE}
"""What who changes what others shared needs, and programs that save."""
_LONGEST = {"code": 100, "name": 200}
_REFUSED = "The report cannot be taken."
_COLUMNS = "rows_by, columns_by, measures, period, first_month, last_month, category, customer, name, is_shared"

_INSERT = text(
    f"insert into saved_report (organisation_id, capacity, code, made_by, {_COLUMNS})"  # noqa: S608 - ours
    " values (:organisation, :capacity, :code, :actor, :rows, :columns, :measures, :period, :first, :last, :category,"
    " :customer, :name, :is_shared) on conflict do nothing returning code"
).bindparams(bindparam("measures", type_=ARRAY(String)))
_UPDATE = text(
    f"update saved_report set ({_COLUMNS}) = (:rows, :columns, :measures, :period, :first, :last, :category, :customer,"  # noqa: S608 - ours
    " :name, :is_shared) where organisation_id = :organisation and capacity = :capacity and code = :code"
).bindparams(bindparam("measures", type_=ARRAY(String)))
_KEY = "where organisation_id = :organisation and capacity = :capacity and code = :code"
_LOCK = text(f"select code from saved_report {_KEY} for update")  # noqa: S608 - ours
_REMOVE = text(f"delete from saved_report {_KEY}")  # noqa: S608 - ours


@dataclass(frozen=True, slots=True)
class SaveReport:
    """A report as it is to be kept."""

    code: str
    name: str
    is_shared: bool
    asked: Definition


_ADDRESSES = frozenset({"new", "file.csv", "file.xlsx", ".", ".."})
"""Of other pages."""


def create_report(principal: Principal, command: SaveReport) -> SavedRow:
    """Keep a report. The principal may see such figures, or change what is shared, in its own organisation.

    Raises:
        InvalidInput: a field is wrong or the code taken; `errors` says which.
        PermissionDenied: the principal may not, or acts on behalf.
    """
    _may_save(principal)
    wrong = [*code_errors(command.code), *_wrong_fields(principal, command)]
    if command.code in _ADDRESSES:
        wrong.append(field_error("code", "not-a-code", "Please choose another one."))
    refuse_if(wrong, _REFUSED)
    if db.session.execute(_INSERT, _values(principal, command)).one_or_none() is None:
        refuse_if([field_error("code", "taken", "There is a report with this code.")], _REFUSED)
    made = get_report(principal, command.code)
    record(principal, "saved_report.created", command.code, after=_facts(made))
    return made


def change_report(principal: Principal, command: SaveReport) -> SavedRow:
    """Change everything but the code. The principal made it, or it is shared and the principal may change such.

    Raises:
        InvalidInput: a field is wrong; `errors` says which.
        NotFound: there is none of that code, or somebody else's alone.
        PermissionDenied: the principal may not, or acts on behalf.
    """
    former = _lock(principal, command.code)
    refuse_if(_wrong_fields(principal, command), _REFUSED)
    if former.is_shared and not command.is_shared and former.made_by != principal.actor:
        # It would be nobody's who works here.
        command = replace(command, is_shared=True)
    db.session.execute(_UPDATE, _values(principal, command))
    changed = get_report(principal, command.code)
    if changed != former:
        record(principal, "saved_report.changed", command.code, before=_facts(former), after=_facts(changed))
    return changed


def remove_report(principal: Principal, code: str) -> None:
    """Remove a report. The principal made it, or it is shared and the principal may change such.

    Raises:
        NotFound: there is none of that code, or somebody else's alone.
        PermissionDenied: the principal may not, or acts on behalf.
    """
    former = _lock(principal, code)
    db.session.execute(_REMOVE, {**owner_of(principal), "code": code})
    record(principal, "saved_report.removed", code, before=_facts(former))


def may_change(principal: Principal, saved: SavedRow) -> bool:
    """Tell whether the principal may change or remove a report that it sees."""
    if principal.actor_organisation_id is not None:
        return False
    return saved.made_by == principal.actor or (saved.is_shared and principal.may(MANAGING[principal.capacity]))


def _may_save(principal: Principal) -> None:
    owner_of(principal)
    needed = VIEWING[principal.capacity]
    is_able = principal.may(needed) or principal.may(MANAGING[principal.capacity])
    # Who works in a retailer's name leaves nothing of its own there.
    if principal.actor_organisation_id is not None or not is_able:
        raise PermissionDenied(needed)


def _lock(principal: Principal, code: str) -> SavedRow:
    _may_save(principal)
    db.session.execute(_LOCK, {**owner_of(principal), "code": code})
    saved = get_report(principal, code)
    if not may_change(principal, saved):
        raise PermissionDenied(MANAGING[principal.capacity])
    return saved


def _wrong_fields(principal: Principal, command: SaveReport) -> list[dict[str, str]]:
    wrong = []
    for name, most in _LONGEST.items():
        given = getattr(command, name)
        if not given.strip() or len(given) > most or not given.isprintable():
            reason = "too-long" if given.strip() else "missing"
            wrong.append(field_error(name, reason, f"1 to {most} printable characters."))
    return wrong + refused_parts(principal, command.asked)


def refused_parts(principal: Principal, asked: Definition) -> list[dict[str, str]]:
    """Give the errors of what a report asks for, at its fields."""
    wrong = wrong_parts(asked, principal.capacity)
    return [field_error(name, reason, f"A report of this kind cannot have this: {reason}.") for name, reason in wrong]


def _values(principal: Principal, command: SaveReport) -> dict[str, Any]:
    asked = command.asked
    is_fixed = asked.period is Period.MONTHS
    return {
        **owner_of(principal),
        "actor": principal.actor,
        "code": command.code,
        "name": command.name.strip(),
        "is_shared": command.is_shared,
        "rows": asked.rows.value,
        "columns": asked.columns.value if asked.columns else "",
        "measures": [each.value for each in Measure if each in asked.measures],
        "period": asked.period.value,
        "first": asked.first if is_fixed else None,
        "last": asked.last if is_fixed else None,
        "category": asked.category,
        "customer": asked.customer,
    }


def _facts(saved: SavedRow) -> dict[str, Any]:
    asked = saved.asked
    return {
        "name": saved.name,
        "is_shared": saved.is_shared,
        "rows_by": asked.rows.value,
        "columns_by": asked.columns.value if asked.columns else "",
        "measures": [each.value for each in asked.measures],
        "period": asked.period.value,
        "from": f"{asked.first:%Y-%m}" if asked.first else "",
        "to": f"{asked.last:%Y-%m}" if asked.last else "",
        "category": asked.category,
        "customer": asked.customer,
    }

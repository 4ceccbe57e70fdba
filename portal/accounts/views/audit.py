"""The log of the own organisation: searched, exported, and checked for whether it is as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from portal.accounts.audit_export import csv_lines, json_lines
from portal.accounts.audit_flaws import flaw_label
from portal.accounts.audit_words import acted_as_label, action_label, actor_label, changed_facts
from portal.accounts.queries.audit import AuditFilter, AuditRow, list_audit_entries, stream_audit_entries
from portal.accounts.service.audit_chain import check_own_chain
from portal.web.api.paging import page_of, read_cursor
from portal.web.screens import Screens
from tenants.database import act_as, rollback_at_edge
from tenants.permissions import Permission
from tenants.principal import Principal

audit_log = Screens("audit_log", __name__, url_prefix="/organisation/audit")

_PAGE = 50
_GROUP = 1000
_LONGEST = 100
_WRITERS = {"csv": (csv_lines, "text/csv"), "jsonl": (json_lines, "application/jsonl")}


@audit_log.screen("", Permission.ORGANISATION_MANAGE)
def show(principal: Principal) -> ResponseReturnValue:
    """Show the log of the own organisation, the newest first."""
    wanted = _wanted()
    rows = list_audit_entries(principal, wanted, limit=_PAGE + 1, after=read_cursor(request.args.get("cursor"), 2))
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.at.isoformat(), str(row.id)))
    return render_template(
        "accounts/audit.html",
        page=page,
        wanted=wanted,
        filters={name: value for name, value in request.args.items() if name != "cursor"},
        action_label=action_label,
        acted_as_label=acted_as_label,
        actor_label=actor_label,
        changed_facts=changed_facts,
    )


@audit_log.screen("/export.<any(csv, jsonl):form>", Permission.ORGANISATION_MANAGE)
def export(principal: Principal, form: str) -> ResponseReturnValue:
    """Send what the filters leave, all of it, as it is read."""
    write, kind = _WRITERS[form]
    answer = Response(stream_with_context(write(_rows(principal, _wanted()))), mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="log.{form}"'
    return answer


@audit_log.screen("/check", Permission.ORGANISATION_MANAGE)
def check(principal: Principal) -> ResponseReturnValue:
    """Walk the chain and name the first broken entry."""
    report = check_own_chain(principal)
    return render_template("accounts/audit_check.html", report=report, flaw_label=flaw_label)


def _rows(principal: Principal, wanted: AuditFilter) -> Iterator[AuditRow]:
    """Each group is read in a transaction of its own: a slow reader holds nothing open."""
    act_as(principal)
    for group in stream_audit_entries(principal, wanted, group=_GROUP):
        rollback_at_edge()
        yield from group
        act_as(principal)


def _wanted() -> AuditFilter:
    return AuditFilter(
        person=_words("person"),
        action=_words("action"),
        subject=_words("subject"),
        since=_day("from"),
        until=_day("to"),
        only_refused=request.args.get("refused") == "yes",
    )


def _words(name: str) -> str:
    return request.args.get(name, "").strip()[:_LONGEST].replace("\x00", "")


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None

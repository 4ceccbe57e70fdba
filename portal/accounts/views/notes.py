"""Notes and tasks about buyers: for the seller's staff alone."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.queries.accounts import get_account
from portal.accounts.queries.people import list_people
from portal.accounts.queries.records import TaskFilter, count_tasks_due, get_today, list_notes, list_tasks
from portal.accounts.record_forms import NoteForm, TaskForm, note_kinds, task_kinds
from portal.accounts.record_models import NoteKind, TaskKind
from portal.accounts.service import records as service
from portal.accounts.views.accounts import accounts
from portal.web.api.paging import page_of, read_cursor
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

tasks = Screens("tasks", __name__, capacity=Capacity.SELLER, url_prefix="/selling/tasks")

_PAGE = 50
_ON_CARD = 5


@accounts.screen("/<code>/notes", Permission.ACCOUNTS_VIEW)
def show_notes(principal: Principal, code: str) -> ResponseReturnValue:
    """Show what happened with a buyer and what is to be done."""
    return _page(principal, code)


@accounts.screen("/<code>/notes", Permission.ACCOUNTS_MANAGE, methods=["POST"], endpoint="add_note")
def add_note(principal: Principal, code: str) -> ResponseReturnValue:
    """Note what happened."""
    form = NoteForm()
    if form.validate_on_submit():
        note = service.Note(form.text.data, form.happened_on.data, NoteKind(form.kind.data))
        service.save_note(principal, code, service.new_key(), note)
        flash(gettext("The note is kept. Your customer does not see it."), "success")
        return redirect(url_for("accounts.show_notes", code=code))
    return _page(principal, code, note_form=form), 422


@accounts.screen("/<code>/notes/<key>/remove", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def remove_note(principal: Principal, code: str, key: str) -> ResponseReturnValue:
    """Take a note away."""
    service.remove_note(principal, code, key)
    flash(gettext("The note is taken away."), "success")
    return redirect(url_for("accounts.show_notes", code=code))


@accounts.screen("/<code>/tasks", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def add_task(principal: Principal, code: str) -> ResponseReturnValue:
    """Note what is to be done."""
    form = TaskForm(_staff(principal))
    if form.validate_on_submit():
        task = service.Task(form.text.data, form.due_on.data, TaskKind(form.kind.data), form.owner.data or "")
        service.save_task(principal, code, service.new_key(), task)
        flash(gettext("The task is kept."), "success")
        return redirect(url_for("accounts.show_notes", code=code, _anchor="tasks"))
    return _page(principal, code, task_form=form), 422


@accounts.screen("/<code>/tasks/<key>/state", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def change_task(principal: Principal, code: str, key: str) -> ResponseReturnValue:
    """Note that a task is done, open again, or not needed."""
    act = request.form.get("act", "")
    if act == "remove":
        service.remove_task(principal, code, key)
    else:
        service.finish_task(principal, code, key, done=act != "reopen")
    text = {"remove": gettext("The task is taken away."), "reopen": gettext("The task is open again.")}
    flash(text.get(act, gettext("The task is done.")), "success")
    if request.form.get("next") == "tasks":
        return redirect(url_for("tasks.show"))
    return redirect(url_for("accounts.show_notes", code=code, _anchor="tasks"))


@tasks.screen("/", Permission.ACCOUNTS_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List the tasks of the whole organisation, the most urgent first."""
    whose, state = request.args.get("whose", ""), request.args.get("state", "")
    wanted = TaskFilter(
        assignee_id=principal.user_id if whose == "own" else None,
        done=state == "done",
        due_by=get_today(principal) if state == "due" else None,
    )
    cursor = read_cursor(request.args.get("cursor"), 2)
    after = None if cursor is None else (date.fromisoformat(str(cursor[0])), str(cursor[1]))
    rows = list_tasks(principal, wanted, limit=_PAGE + 1, after=after)
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.due_on.isoformat(), row.key))
    return render_template("accounts/tasks.html", page=page, whose=whose, state=state, kinds=dict(task_kinds()))


def load_today(principal: Principal) -> dict[str, object]:
    """Give the home card: what is due, own tasks first, and how much there is."""
    every, own = count_tasks_due(principal)
    rows = list_tasks(principal, TaskFilter(due_by=get_today(principal)), limit=_ON_CARD)
    return {"rows": rows, "every": every, "own": own, "kinds": dict(task_kinds())}


def _page(
    principal: Principal, code: str, *, note_form: NoteForm | None = None, task_form: TaskForm | None = None
) -> str:
    account, today = get_account(principal, code), get_today(principal)
    cursor = read_cursor(request.args.get("cursor"), 2)
    after = None if cursor is None else (date.fromisoformat(str(cursor[0])), str(cursor[1]))
    notes = list_notes(principal, code, limit=_PAGE + 1, after=after)
    return render_template(
        "accounts/notes.html",
        account=account,
        notes=page_of(notes, _PAGE, lambda row: row, lambda row: (row.happened_on.isoformat(), row.key)),
        tasks=list_tasks(principal, TaskFilter(code=code)),
        done=list_tasks(principal, TaskFilter(code=code, done=True), limit=_ON_CARD),
        note_form=note_form or NoteForm(formdata=None, happened_on=today),
        task_form=task_form or TaskForm(_staff(principal), formdata=None, due_on=today, owner=_own_address(principal)),
        note_kinds=dict(note_kinds()),
        task_kinds=dict(task_kinds()),
    )


def _staff(principal: Principal) -> list[tuple[str, str]]:
    people = list_people(principal, principal.organisation_id)
    return [(person.email, person.name or person.email) for person in people if person.active]


def _own_address(principal: Principal) -> str:
    people = list_people(principal, principal.organisation_id)
    return next((person.email for person in people if person.user_id == principal.user_id), "")

"""Many accounts from a list: read a file, say which column is what, look at what would happen, import, mend the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from babel.numbers import get_decimal_symbol
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, ngettext

from portal.accounts.account_rows import (
    FIELDS,
    MOST_ROWS,
    AccountRowInput,
    BadCell,
    RowProblem,
    Table,
    guess_columns,
    map_rows,
    read_row,
    read_table,
)
from portal.accounts.forms import read_amount
from portal.accounts.row_words import COLUMNS, problem_text
from portal.accounts.service.account_import import Change, ImportOutcome, import_accounts
from portal.accounts.views.accounts import accounts
from portal.core.uploads import FileRefused, read_list
from portal.web.csv_file import csv_answer
from portal.web.formatting import quantity_text
from portal.web.uploads import refusal_text, uploaded_file
from tenants.audit import record_refusal
from tenants.database import act_as, rollback_at_edge
from tenants.permissions import Permission
from tenants.principal import Principal

_CELL: Final = re.compile(r"cell-(.+)-([a-z_]+)")
_NUMBER: Final = re.compile(r"[0-9]{1,6}")
_PROBLEM: Final = re.compile(r"problem-([0-9]{1,6})")
_SHOWN_ROWS: Final = 50
_SAMPLES: Final = 3
_ALWAYS: Final = ("customer_number", "name")

Rows = list[tuple[int, dict[str, str]]]


@dataclass(slots=True)
class Sheet:
    """What a check found."""

    good: Rows = field(default_factory=list)
    bad: Rows = field(default_factory=list)
    cells: list[BadCell] = field(default_factory=list)
    outcome: ImportOutcome = field(default_factory=lambda: ImportOutcome([], []))
    is_saved: bool = False


@accounts.screen("/import", Permission.ACCOUNTS_MANAGE, methods=["GET", "POST"])
def import_list(principal: Principal) -> ResponseReturnValue:
    """Take a list of accounts step by step; nothing is saved before the last one."""
    act = request.form.get("act", "")
    if act == "read":
        return _read()
    if act == "map":
        return _check(principal, _mapped())
    if act in {"check", "save"}:
        return _check(principal, _kept(), _typed()) if act == "check" else _save(principal)
    if act == "download":
        return _download()
    return render_template("accounts/import.html", **_words())


@accounts.screen("/import/sample.csv", Permission.ACCOUNTS_MANAGE)
def import_sample(principal: Principal) -> ResponseReturnValue:
    """Give an empty list with the columns that are understood, and one row as an example."""
    del principal
    example = {"customer_number": "K-1001", "name": "Eisen Müller", "street": "Werkstraße 4", "postal_code": "21073"}
    example |= {"city": "Hamburg", "country": "DE", "email": "einkauf@example.com", "locale": "de"}
    example |= {"price_group": "GOLD", "payment_terms_days": "30", "credit_limit": "5000.00"}
    return csv_answer("accounts-sample", FIELDS, [[example.get(name, "") for name in FIELDS]])


def _read() -> ResponseReturnValue:
    pasted = request.form.get("block", "")
    uploaded = uploaded_file()
    try:
        content = pasted if uploaded is None else read_list(uploaded, most_rows=MOST_ROWS)
        table = read_table(content, _mark())
    except FileRefused as refused:
        return _start(refusal_text(refused), pasted)
    if not table.rows:
        return _start(str(gettext("Please choose a file or paste rows: nothing was there to read.")), pasted)
    if len(table.rows) > MOST_ROWS:
        most = quantity_text(MOST_ROWS)
        text = gettext("The file has too many rows: %(most)s fit at once. Nothing was read.", most=most)
        return _start(str(text), pasted)
    return _mapping(table, guess_columns(table))


def _start(error: str, pasted: str) -> ResponseReturnValue:
    return render_template("accounts/import.html", error=error, pasted=pasted, **_words()), 422


def _mapping(table: Table, columns: Sequence[str], error: str = "") -> ResponseReturnValue:
    samples = [
        {
            "heading": heading or gettext("Column %(number)s", number=at + 1),
            "values": [cells[at] for _, cells in table.rows if cells[at]][:_SAMPLES],
            "field": columns[at],
        }
        for at, heading in enumerate(table.heading)
    ]
    page = render_template(
        "accounts/import.html", samples=samples, table=json.dumps(table), count=len(table.rows), error=error, **_words()
    )
    return page, 422 if error else 200


def _mapped() -> Rows | ResponseReturnValue:
    """Give the rows by field as the person said, or the page again where that cannot be."""
    table = _posted_table()
    if table is None:
        return _start(str(gettext("Please choose the file again.")), "")
    columns = [request.form.get(f"column-{at}", "") for at in range(len(table.heading))]
    chosen = [name for name in columns if name in FIELDS]
    if len(set(chosen)) < len(chosen):
        return _mapping(table, columns, str(gettext("Please choose each field once only.")))
    if not {"customer_number", "code"} & set(chosen):
        text = gettext("Please say which column holds the customer number: it tells one account from the others.")
        return _mapping(table, columns, str(text))
    return map_rows(table, columns, _mark())


def _posted_table() -> Table | None:
    try:
        heading, rows, is_plain = json.loads(request.form.get("table", ""))
        cells = [(int(number), [str(cell) for cell in row]) for number, row in rows][:MOST_ROWS]
        titles = [str(title) for title in heading]
    except (TypeError, ValueError):
        return None
    fits = cells and all(len(row) == len(titles) for _, row in cells)
    return Table(titles, cells, bool(is_plain)) if fits else None


def _check(principal: Principal, rows: Rows | ResponseReturnValue, more: Rows | None = None) -> ResponseReturnValue:
    """Do what importing would do, keep what it says, and undo it."""
    if not isinstance(rows, list):
        return rows
    sheet = _run(principal, sorted(rows + (more or []), key=lambda row: row[0]))
    rollback_at_edge()
    _note_refused_codes(principal, sheet)
    return _page(sheet)


def _save(principal: Principal) -> ResponseReturnValue:
    """Import the rows that were checked; those that still need a person stay on the page."""
    sheet, left = _run(principal, _kept()), _typed()
    done = sheet.outcome
    if not left and not sheet.bad:
        flash(_imported_text(done), "success")
        fresh = done.count(Change.CREATED)
        return redirect(url_for("accounts.invite_many_accounts") if fresh else url_for("accounts.show"))
    rest = _read_rows(left)
    cells = [*sheet.cells, *rest.cells]
    return _page(Sheet(bad=[*sheet.bad, *left], cells=cells, outcome=done, is_saved=True))


def _run(principal: Principal, rows: Rows) -> Sheet:
    sheet = _read_rows(rows)
    read = [read_row(number, cells, read_amount) for number, cells in sheet.good]
    sheet.outcome = import_accounts(principal, [row for row in read if isinstance(row, AccountRowInput)])
    refused = {cell.row for cell in sheet.outcome.bad}
    sheet.cells = sorted([*sheet.cells, *sheet.outcome.bad])
    sheet.bad = sorted([*sheet.bad, *(row for row in sheet.good if row[0] in refused)], key=lambda row: row[0])
    sheet.good = [row for row in sheet.good if row[0] not in refused]
    return sheet


def _read_rows(rows: Rows) -> Sheet:
    sheet = Sheet()
    for number, cells in rows:
        read = read_row(number, cells, read_amount)
        if isinstance(read, list):
            sheet.bad.append((number, cells))
            sheet.cells += read
        else:
            sheet.good.append((number, cells))
    return sheet


def _kept() -> Rows:
    """Give the rows that a check found good; whoever forges them is checked all the same."""
    try:
        posted = json.loads(request.form.get("rows", "[]"))
        rows = [(int(number), {name: str(cells[name]) for name in FIELDS if name in cells}) for number, cells in posted]
    except (TypeError, ValueError):
        return []
    return rows[:MOST_ROWS]


def _typed() -> Rows:
    """Give the rows of the sheet as they stand there now; those that were emptied are gone."""
    rows: dict[str, dict[str, str]] = {}
    for name, text in request.form.items():
        match = _CELL.fullmatch(name)
        if match and match[2] in FIELDS:
            rows.setdefault(match[1], {})[match[2]] = text
    filled = {key: cells for key, cells in rows.items() if any(text.strip() for text in cells.values())}
    numbers = {key: int(key) for key in filled if _NUMBER.fullmatch(key)}
    last = max([0, *numbers.values(), *(number for number, _ in _kept())])
    # Rows that were added in the browser come behind all others.
    numbers |= {key: last + at for at, key in enumerate((key for key in filled if key not in numbers), start=1)}
    return [(numbers[key], cells) for key, cells in filled.items()][:MOST_ROWS]


def _page(sheet: Sheet) -> ResponseReturnValue:
    errors: dict[int, dict[str, str]] = {}
    for cell in sheet.cells:
        errors.setdefault(cell.row, {}).setdefault(cell.column, problem_text(cell))
    used = {name for _, cells in sheet.bad for name, text in cells.items() if text} | {
        name for texts in errors.values() for name in texts
    }
    columns = [{"key": name, "label": COLUMNS[name]} for name in FIELDS if name in used or name in _ALWAYS]
    rows = [
        {
            "key": str(number),
            "values": cells,
            "errors": errors.get(number, {}),
            "note": gettext("Row %(row)s", row=number),
        }
        for number, cells in sheet.bad
    ]
    jumps = [
        (f"cell-error-{number}-{column}", f"{gettext('Row %(row)s', row=number)}: {text}")
        for number, texts in errors.items()
        for column, text in texts.items()
    ]
    done = sheet.outcome
    page = render_template(
        "accounts/import.html",
        checked=True,
        counts={change.value: done.count(change) for change in Change},
        imported=_imported_text(done) if sheet.is_saved else "",
        shown=done.rows[:_SHOWN_ROWS],
        rows=json.dumps([] if sheet.is_saved else sheet.good),
        columns=columns,
        bad=rows,
        jumps=jumps,
        **_words(),
    )
    return page, 422 if rows and not sheet.is_saved else 200


def _download() -> ResponseReturnValue:
    """Give the rows that need a person, each with what is wrong, to be mended elsewhere and read again."""
    sheet = _read_rows(_typed())
    texts: dict[int, list[str]] = {}
    for cell in sheet.cells:
        texts.setdefault(cell.row, []).append(f"{COLUMNS[cell.column]}: {problem_text(cell)}")
    for name, text in request.form.items():
        match = _PROBLEM.fullmatch(name)
        if match:
            # What only the accounts themselves could tell was found by the check before.
            texts.setdefault(int(match[1]), [text])
    lines = []
    for number, cells in sorted([*sheet.bad, *sheet.good], key=lambda row: row[0]):
        lines.append([*(cells.get(name, "") for name in FIELDS), " ".join(texts.get(number, []))])
    return csv_answer("accounts-to-mend", [*FIELDS, "problem"], lines)


def _imported_text(done: ImportOutcome) -> str:
    created, changed = done.count(Change.CREATED), done.count(Change.CHANGED)
    parts = [
        ngettext("%(num)s account is created.", "%(num)s accounts are created.", created) if created else "",
        ngettext("%(num)s account is changed.", "%(num)s accounts are changed.", changed) if changed else "",
    ]
    return " ".join(filter(None, parts)) or str(gettext("Nothing changed: your accounts are as the list says."))


def _note_refused_codes(principal: Principal, sheet: Sheet) -> None:
    """What was tried and refused stands in the log, also where nothing was to be saved."""
    codes = dict(sheet.bad)
    for cell in sheet.cells:
        if cell.problem is RowProblem.CODE_TAKEN:
            record_refusal(principal, "account.code_refused", codes[cell.row].get("code", ""))
            act_as(principal)


def _mark() -> str:
    return str(get_decimal_symbol(get_locale()))


def _words() -> Mapping[str, Any]:
    return {"fields": [(name, COLUMNS[name]) for name in FIELDS], "most": quantity_text(MOST_ROWS)}

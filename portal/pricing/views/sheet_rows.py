"""What a price sheet shows: its rows, what is wrong with them, what a check found, in the reader's words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.catalogue.units import product_name
from portal.pricing import words
from portal.pricing.queries.entries import EntryItem
from portal.pricing.queries.price_lists import PriceListRow
from portal.pricing.rules.entry_rows import COLUMNS, BadCell, read_day, read_number
from portal.pricing.rules.price_sheet import SheetPlan, SheetRow, ShownEntry, row_key
from portal.pricing.service.entries import BatchChanges, Change
from portal.web.formatting import date_text, money_text, percent_text, quantity_text


@dataclass(slots=True)
class Sheet:
    """What the sheet shows: rows, where to go on, and what a check found."""

    rows: list[dict[str, Any]]
    blank_rows: int = 3
    next_cursor: str | None = None
    starts_on: str = ""
    starts_on_error: str = ""
    message: str = ""
    tone: str = ""
    checked: str = ""
    act: str = ""
    block: str = ""
    jumps: list[tuple[str, str]] = field(default_factory=list)
    """(id of the cell's note, text) of each thing that is wrong."""


def columns(currency: str) -> list[dict[str, Any]]:
    """Give the columns; prices are in the list's currency."""
    return [
        {"key": "article", "label": _("Article"), "readonly": True},
        {"key": "min_quantity", "label": _("From quantity"), "number": True},
        {"key": "net_price", "label": _("Net price, %(currency)s", currency=currency), "number": True},
        {"key": "valid_from", "label": _("Valid from")},
        {"key": "valid_to", "label": _("Valid until, not including")},
    ]


def shown_row(item: EntryItem) -> dict[str, Any]:
    """Give an entry as a row of the sheet."""
    shown = ShownEntry(item.min_quantity, item.valid_from, item.net_price, item.valid_to)
    values = {
        "article": item.article,
        "min_quantity": words.plain_number(item.min_quantity),
        "net_price": words.price_cell(item.net_price),
        "valid_from": words.day_cell(item.valid_from),
        "valid_to": words.day_cell(item.valid_to),
    }
    note = product_name(item.name_en, item.name_de)
    return {"key": row_key(item.article_id, shown), "values": values, "errors": {}, "note": note}


def typed_row(row: SheetRow, errors: Mapping[str, str] | None = None, note: str = "") -> dict[str, Any]:
    """Give a row as it was typed, with what is wrong by column."""
    return {
        "key": row.key,
        "values": row.cells,
        "errors": dict(errors or {}),
        "note": note,
        "is_new": row.shown is None,
    }


def numbered(
    rows: Iterable[SheetRow], is_known: Callable[[SheetRow], bool] = lambda row: row.shown is not None
) -> list[SheetRow]:
    """Give new rows keys of their own, so that those the page and the browser add beside them have others."""
    return [row if is_known(row) else replace(row, key=f"row-{number}") for number, row in enumerate(rows, start=1)]


def show_errors(sheet: Sheet, rows: Sequence[SheetRow], cells: Sequence[BadCell]) -> None:
    """Put every refused cell to its place, and a way there to the top."""
    errors: dict[int, dict[str, str]] = {}
    for cell in cells:
        errors.setdefault(cell.row, {}).setdefault(cell.column, str(words.ROW_PROBLEMS[cell.reason]))
    sheet.rows = [typed_row(row, errors.get(number)) for number, row in enumerate(rows, start=1)]
    sheet.jumps = [
        (f"cell-error-{rows[number - 1].key}-{column}", f"{rows[number - 1].cells['article'] or number}: {text}")
        for number, texts in errors.items()
        for column, text in texts.items()
    ]


def show_check(
    price_list: PriceListRow,
    buyers: int,
    sheet: Sheet,
    rows: Sequence[SheetRow],
    plan: SheetPlan,
    changes: BatchChanges,
    starts_on: date | None,
) -> None:
    """Say what saving would do: row by row, in numbers, and for how many buyers."""
    notes = _notes(rows, plan, changes, price_list.currency)
    sheet.rows = [typed_row(row, None, notes.get(number, "")) for number, row in enumerate(rows, start=1)]
    changing = len(changes.rows) - changes.count(Change.UNCHANGED)
    if not changing:
        sheet.message = str(_("Nothing would change: the list has these prices already."))
        return
    sheet.message = " ".join((_counted_text(changes), _concern_text(price_list, buyers, starts_on)))
    sheet.tone = "attention"
    sheet.checked = digest(rows, sheet.starts_on)
    number = quantity_text(changing)
    sheet.act = (
        str(ngettext("Save %(count)s change", "Save %(count)s changes", changing, count=number))
        if starts_on is None
        else str(
            ngettext(
                "Schedule %(count)s change for %(day)s",
                "Schedule %(count)s changes for %(day)s",
                changing,
                count=number,
                day=date_text(starts_on),
            )
        )
    )


def _concern_text(price_list: PriceListRow, buyers: int, starts_on: date | None) -> str:
    concerned = words.customers_text(buyers)
    if not price_list.active:
        return str(_("The list is not in use; once it is, it counts for %(customers)s.", customers=concerned))
    if not buyers:
        return str(_("The list is for nobody yet."))
    if starts_on is not None:
        day = date_text(starts_on)
        return str(_("%(customers)s see new prices from %(day)s.", customers=concerned, day=day))
    return str(_("%(customers)s may see new prices at once.", customers=concerned))


def _notes(rows: Sequence[SheetRow], plan: SheetPlan, changes: BatchChanges, currency: str) -> dict[int, str]:
    puts = {put.row: put for put in plan.puts}
    notes: dict[int, str] = {}
    for row in changes.rows:
        put, shown = puts.get(row.row), rows[row.row - 1].shown
        former = row.before.net_price if row.before else shown.net_price if shown else None
        if put is None:
            notes[row.row] = str(_("will be removed"))
        elif row.change is Change.UNCHANGED:
            notes.setdefault(row.row, str(_("as it is")))
        elif former is None:
            notes[row.row] = str(_("new"))
        elif former == put.net_price:
            notes[row.row] = words.window_text(put.valid_from, put.valid_to)
        elif row.change is not Change.REMOVED:
            notes[row.row] = changed_text(former, put.net_price, currency)
    return notes


def changed_text(former: Decimal, price: Decimal, currency: str) -> str:
    """Say what becomes of a price: `€10.00 → €11.00 (+10%)`."""
    text = f"{money_text(former, currency)} → {money_text(price, currency)}"
    if not former:
        return text
    change = (price - former) / former
    sign = "+" if change > 0 else ""
    return f"{text} ({sign}{percent_text(change)})"


def _counted_text(changes: BatchChanges) -> str:
    parts = []
    created, changed, removed = (changes.count(each) for each in (Change.CREATED, Change.CHANGED, Change.REMOVED))
    if created:
        parts.append(ngettext("%(num)s new price", "%(num)s new prices", created))
    if changed:
        parts.append(ngettext("%(num)s changed", "%(num)s changed", changed))
    if removed:
        parts.append(ngettext("%(num)s removed", "%(num)s removed", removed))
    return ", ".join(map(str, parts)) + "."


def saved_text(changes: BatchChanges) -> str:
    """Say what was saved."""
    return str(_("Saved and live: %(changes)s", changes=_counted_text(changes)))


def digest(rows: Sequence[SheetRow], starts_on: str) -> str:
    """Give what stands for everything typed: saving holds for exactly what was checked."""
    typed = [(row.key if row.shown else "", sorted(row.cells.items())) for row in rows]
    return hashlib.sha256(repr((typed, starts_on)).encode()).hexdigest()[:24]


def read_cells(cells: dict[str, str], *, plain: bool) -> dict[str, str]:
    """Give a read row in the reader's own form, as the sheet has it; what cannot be read stays as it stands."""
    shown = dict(cells)
    if plain:
        for name, decimals in (("min_quantity", 3), ("net_price", 4)):
            number = read_number(cells[name], decimals, 10**12)
            if isinstance(number, Decimal):
                shown[name] = words.price_cell(number) if name == "net_price" else words.plain_number(number)
    for name in ("valid_from", "valid_to"):
        day = read_day(cells[name])
        if isinstance(day, date):
            shown[name] = words.day_cell(day)
    return {name: shown[name] for name in COLUMNS}

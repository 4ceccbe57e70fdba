"""The sheet on which people change prices: what was typed, against what was shown, becomes a batch of entries."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from portal.pricing.rules.entry_rows import (
    COLUMNS,
    BadCell,
    EntryKey,
    EntryRow,
    RowProblem,
    read_day,
    read_entry,
    read_key,
    typed_day,
    typed_number,
)

_NUMBERS = ("min_quantity", "net_price")
_DAYS = ("valid_from", "valid_to")
_RISKY = ("=", "+", "-", "@")
_CELL = re.compile(r"cell-(.+)-([a-z_]+)")

HEADERS = {
    "article": ("article", "artikel", "artikelnummer", "article number", "sku"),
    "min_quantity": ("min_quantity", "from quantity", "quantity", "ab menge", "menge"),
    "net_price": ("net_price", "net price", "price", "nettopreis", "preis"),
    "valid_from": ("valid_from", "valid from", "from", "gültig ab", "ab"),
    "valid_to": ("valid_to", "valid to", "until", "gültig bis", "bis"),
}
IGNORED_HEADERS = ("name", "bezeichnung", "price_list_code", "seller_code")


class ShownEntry(NamedTuple):
    """An entry as the sheet showed it."""

    min_quantity: Decimal
    valid_from: date | None
    net_price: Decimal
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as posted: its cells as typed, and what it showed; `shown` None = a new row."""

    key: str
    cells: dict[str, str]
    shown: ShownEntry | None = None

    @property
    def is_blank(self) -> bool:
        """Tell whether a new row was left empty."""
        return self.shown is None and not any(text.strip() for text in self.cells.values())


@dataclass(slots=True)
class SheetPlan:
    """What the sheet asks for; rows are numbered as they stand, from 1."""

    puts: list[EntryRow] = field(default_factory=list)
    removals: list[tuple[int, EntryKey]] = field(default_factory=list)
    bad: list[BadCell] = field(default_factory=list)
    shown: dict[EntryKey, tuple[Decimal, date | None]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was changed."""
        return not (self.puts or self.removals or self.bad)


def row_key(article_id: int, shown: ShownEntry) -> str:
    """Give the key under which a row's cells are posted: it carries what the row showed."""
    days = (day.isoformat() if day else "" for day in (shown.valid_from, shown.valid_to))
    return "~".join(("e", str(article_id), f"{shown.min_quantity:f}", f"{shown.net_price:f}", *days))


def read_sheet(form: Mapping[str, str]) -> list[SheetRow]:
    """Give the rows of a posted sheet in their order."""
    rows: dict[str, dict[str, str]] = {}
    for name, text in form.items():
        match = _CELL.fullmatch(name)
        if match and match[2] in COLUMNS:
            rows.setdefault(match[1], dict.fromkeys(COLUMNS, ""))[match[2]] = text
    return [SheetRow(key, cells, _shown(key)) for key, cells in rows.items()]


def plan_sheet(rows: Sequence[SheetRow], mark: str, starts_on: date | None = None) -> SheetPlan:
    """Turn the rows that differ from what they showed into entries to put and remove.

    `mark` is the reader's decimal mark. A cleared price takes the entry away. With `starts_on` a changed price becomes a new
    entry from that day on, a cleared one ends then, and a new row without a first day begins then.
    """
    plan = SheetPlan()
    for number, row in enumerate(rows, start=1):
        if not row.is_blank:
            _plan_row(plan, number, row, mark, starts_on)
    return plan


def draft_key(article_id: int, change: Sequence[Decimal | date | None]) -> str:
    """Give the key under which a row of a draft is posted: it carries minimum, first day, price and end as shown."""
    return "~".join(("d", str(article_id), *("" if each is None else str(each) for each in change)))


def plan_draft(rows: Sequence[SheetRow], mark: str) -> SheetPlan:
    """Turn the rows of a draft that differ from what they showed into entries to put; an empty price takes one away."""
    plan = SheetPlan()
    for number, row in enumerate(rows, start=1):
        if row.is_blank:
            continue
        cells, bad = _plain_cells(number, row.cells, mark)
        if not cells["net_price"] and not bad:
            key, bad = read_key(number, cells)
            plan.bad += bad
            if key is not None and draft_key_of(row, key.min_quantity, key.valid_from, None, None) != row.key:
                plan.removals.append((number, key))
            continue
        read = read_entry(number, cells)
        if bad or not isinstance(read, EntryRow):
            named = {cell.column for cell in bad}
            plan.bad += [*bad, *(cell for cell in (read if isinstance(read, list) else []) if cell.column not in named)]
        elif draft_key_of(row, read.min_quantity, read.valid_from, read.net_price, read.valid_to) != row.key:
            plan.puts.append(read)
    return plan


def draft_key_of(row: SheetRow, *change: Decimal | date | None) -> str:
    """Give the key that the row would have, had it shown this; numbers without zeros at their end."""
    article_id = row.key.split("~")[1] if row.key.startswith("d~") else "0"
    plain = (each.normalize() if isinstance(each, Decimal) else each for each in change)
    return draft_key(int(article_id) if article_id.isascii() and article_id.isdigit() else 0, list(plain))


def _plan_row(plan: SheetPlan, number: int, row: SheetRow, mark: str, starts_on: date | None) -> None:
    cells, bad = _plain_cells(number, row.cells, mark)
    if row.shown is not None and not cells["net_price"] and not any(cell.column == "net_price" for cell in bad):
        _plan_removal(plan, number, row.cells["article"].strip(), row.shown, starts_on)
        return
    if row.shown is None and starts_on is not None and not cells["valid_from"]:
        cells["valid_from"] = starts_on.isoformat()
    read = read_entry(number, cells)
    if bad or not isinstance(read, EntryRow):
        named = {cell.column for cell in bad}
        plan.bad += [*bad, *(cell for cell in (read if isinstance(read, list) else []) if cell.column not in named)]
        return
    if row.shown is None:
        plan.puts.append(read)
        return
    _plan_change(plan, read, row.shown, starts_on)


def _plan_change(plan: SheetPlan, read: EntryRow, shown: ShownEntry, starts_on: date | None) -> None:
    if ShownEntry(read.min_quantity, read.valid_from, read.net_price, read.valid_to) == shown:
        return
    key = EntryKey(read.article, shown.min_quantity, shown.valid_from)
    if (
        starts_on is not None
        and read.key == key
        and read.net_price != shown.net_price
        and (shown.valid_from is None or shown.valid_from < starts_on)
    ):
        if read.valid_to is not None and read.valid_to < starts_on:
            plan.bad.append(BadCell(read.row, "valid_to", RowProblem.ENDS_BEFORE_START))
        else:
            plan.puts.append(read._replace(valid_from=starts_on))
        return
    plan.shown[key] = (shown.net_price, shown.valid_to)
    plan.puts.append(read)
    if read.key != key:
        plan.removals.append((read.row, key))


def _plan_removal(plan: SheetPlan, number: int, article: str, shown: ShownEntry, starts_on: date | None) -> None:
    key = EntryKey(article, shown.min_quantity, shown.valid_from)
    plan.shown[key] = (shown.net_price, shown.valid_to)
    if starts_on is not None and (shown.valid_from is None or shown.valid_from < starts_on):
        plan.puts.append(EntryRow(number, *key[:2], shown.net_price, shown.valid_from, starts_on))
    else:
        plan.removals.append((number, key))


def _plain_cells(number: int, typed: Mapping[str, str], mark: str) -> tuple[dict[str, str], list[BadCell]]:
    cells = {"article": typed["article"].strip(), **{name: typed_day(typed[name]) for name in _DAYS}}
    bad = []
    for name in _NUMBERS:
        plain = typed_number(typed[name], mark)
        if isinstance(plain, RowProblem):
            bad.append(BadCell(number, name, plain))
            plain = "0.001"  # stands in, so that the row's other cells are looked at too
        cells[name] = plain
    return cells, bad


def _shown(key: str) -> ShownEntry | None:
    kind, _, rest = key.partition("~")
    parts = rest.split("~")
    if kind != "e" or len(parts) != 5:  # noqa: PLR2004 - as many as row_key writes
        return None
    named, bad = read_key(1, {"article": "shown", "min_quantity": parts[1], "valid_from": parts[3]})
    entry = read_entry(1, {"article": "shown", "net_price": parts[2], "valid_to": parts[4]})
    if bad or named is None or not isinstance(entry, EntryRow):
        return None
    return ShownEntry(named.min_quantity, named.valid_from, entry.net_price, entry.valid_to)


class ReadBlock(NamedTuple):
    """Rows read from a pasted block or a file: cells by column, and whether numbers are in plain form with a point."""

    rows: list[dict[str, str]]
    plain: bool
    beyond: list[int]
    """Rows (from 1) that have more filled cells than there are columns."""


def read_block(text: str) -> ReadBlock:
    """Read pasted rows or a CSV file: tab, semicolon or comma, quoted fields, byte-order mark, with or without a header.

    Without a header the columns are those of the sheet, in its order. A header with the names of the price file
    (`net_price` …) says that numbers have a decimal point.
    """
    clean = text.removeprefix("\ufeff")
    first = clean.split("\n", 1)[0]
    delimiter = next((sign for sign in ("\t", ";", ",") if sign in first), ";")
    lines = [[cell.strip() for cell in line] for line in csv.reader(io.StringIO(clean), delimiter=delimiter)]
    lines = [line for line in lines if any(line)]
    header = _header(lines[0]) if lines else None
    columns: Sequence[str | None] = header or COLUMNS
    plain = header is not None and "net_price" in [cell.lower() for cell in lines[0]]
    rows, beyond = [], []
    for number, line in enumerate(lines[1:] if header else lines, start=1):
        rows.append(dict.fromkeys(COLUMNS, "") | dict(_cells(columns, line)))
        if any(line[len(columns) :]):
            beyond.append(number)
    return ReadBlock(rows, plain, beyond)


def _cells(columns: Sequence[str | None], line: Sequence[str]) -> Iterable[tuple[str, str]]:
    # An export marks what a spreadsheet would take for a formula by an apostrophe; the way back takes it off.
    for name, cell in zip(columns, line, strict=False):
        if name is not None:
            yield name, cell[1:] if cell[:1] == "'" and cell[1:2] in _RISKY else cell


def _header(line: Sequence[str]) -> list[str | None] | None:
    found: list[str | None] = []
    for cell in line:
        word = cell.lower()
        name = next((column for column, words in HEADERS.items() if word in words), None)
        if name is None and word and word not in IGNORED_HEADERS:
            return None
        found.append(name)
    return found if "article" in found else None


def read_starting_day(text: str) -> date | RowProblem | None:
    """Give the day from which changes are to hold, None for at once."""
    return read_day(typed_day(text))

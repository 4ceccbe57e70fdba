"""Rows of a report: what its columns are called, and each row read cell by cell. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

from portal.catalogue.rules import is_gtin
from portal.core.table_rows import Cell, Row, cell_text, rows_of_table, rows_of_text

MOST_ROWS: Final = 10_000
COLUMNS: Final = ("retailer", "gtin", "sold_on", "quantity")
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "retailer": ("retailer", "retailercode", "customer", "händler", "händlercode", "kunde", "kundencode"),
    "gtin": ("gtin", "ean", "ean13", "upc", "barcode", "artikel", "article"),
    "sold_on": ("soldon", "date", "day", "solddate", "datum", "verkauftam", "tag", "verkaufsdatum"),
    "quantity": ("quantity", "qty", "units", "menge", "anzahl", "stück", "stueck", "absatz"),
}
_DECIMALS: Final = 3
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,9}(?:[.,][0-9]{1,6})?", re.ASCII)
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T]00:00(?::00)?)?", re.ASCII)
_GERMAN: Final = re.compile(r"([0-9]{1,2})[.]([0-9]{1,2})[.]([0-9]{4})", re.ASCII)
_FIRST_YEAR: Final = 2000
_GTIN_DIGITS: Final = 14


class RowProblem(StrEnum):
    """Why a row cannot be taken."""

    NO_RETAILER = "no-retailer"
    NO_GTIN = "no-gtin"
    NO_DAY = "no-day"
    AHEAD = "ahead"
    NO_QUANTITY = "no-quantity"
    TWICE = "twice"


class BadCell(NamedTuple):
    """A cell that cannot be taken, and what stands in it (for `twice`: the earlier row)."""

    row: int
    column: str
    problem: RowProblem
    value: str = ""


class ReportedRow(NamedTuple):
    """One row, read; `retailer` is a code, empty where a retailer reports its own."""

    row: int
    retailer: str
    gtin: str
    """Filled up to 14 digits."""
    sold_on: date
    quantity: Decimal


def read_row(number: int, cells: Mapping[str, Any], today: date, mark: str = ".") -> ReportedRow | list[BadCell]:
    """Read the cells of a row; `mark` is the decimal mark of its numbers."""
    texts = {name: str(cells.get(name, "") if cells.get(name) is not None else "").strip() for name in COLUMNS}
    day, quantity = _day(texts["sold_on"]), _quantity(texts["quantity"], mark)
    bad = []
    if not is_gtin(texts["gtin"]):
        bad.append(BadCell(number, "gtin", RowProblem.NO_GTIN, texts["gtin"][:40]))
    if day is None:
        bad.append(BadCell(number, "sold_on", RowProblem.NO_DAY, texts["sold_on"][:40]))
    elif day > today:
        bad.append(BadCell(number, "sold_on", RowProblem.AHEAD, day.isoformat()))
    if quantity is None:
        bad.append(BadCell(number, "quantity", RowProblem.NO_QUANTITY, texts["quantity"][:40]))
    if bad or day is None or quantity is None:
        return bad
    return ReportedRow(number, texts["retailer"], texts["gtin"].zfill(_GTIN_DIGITS), day, quantity)


def find_twice(rows: Iterable[ReportedRow]) -> list[BadCell]:
    """Give the rows whose retailer, GTIN and day stand in an earlier row."""
    first: dict[tuple[str, str, date], int] = {}
    found = ((row, first.setdefault((row.retailer, row.gtin, row.sold_on), row.row)) for row in rows)
    return [BadCell(row.row, "gtin", RowProblem.TWICE, str(earlier)) for row, earlier in found if row.row != earlier]


def read_list(
    content: str | list[list[object]], today: date, mark: str, *, is_own: bool
) -> tuple[list[ReportedRow], list[BadCell]]:
    """Read a pasted or uploaded list. Without a heading its columns stand in the order of `sell_out.csv`.

    An own report may leave the retailer out; where the columns bear the contract's names, numbers have a decimal point.
    """
    rows = rows_of_text(content) if isinstance(content, str) else rows_of_table(content)
    heading = _heading(rows[0].cells) if rows else {}
    if heading:
        is_plain = {cell_text(cell) for cell in rows[0].cells} <= {"retailer_code", *COLUMNS}
        rows, mark = rows[1:], "." if is_plain else mark
    read = [read_row(row.number, _cells(row, heading, is_own=is_own), today, mark) for row in rows]
    good = [one for one in read if isinstance(one, ReportedRow)]
    return good, [cell for one in read if isinstance(one, list) for cell in one]


def _heading(cells: Sequence[Cell]) -> dict[str, int]:
    plain = [re.sub(r"[^a-zäöüß0-9]", "", cell_text(cell).casefold()) for cell in cells]
    found = {name: at for name, words in _WORDS.items() for at, word in enumerate(plain) if word in words}
    return found if {"gtin", "quantity"} <= set(found) else {}


def _cells(row: Row, heading: Mapping[str, int], *, is_own: bool) -> dict[str, str]:
    order = COLUMNS[1:] if is_own and len(row.cells) < len(COLUMNS) else COLUMNS
    places = heading or {name: at for at, name in enumerate(order)}
    cells = {name: cell_text(row.cells[at]) for name, at in places.items() if at < len(row.cells)}
    return {**cells, "retailer": ""} if is_own else cells


def _day(text: str) -> date | None:
    if match := _ISO.fullmatch(text):
        year, month, day = map(int, match.groups())
    elif match := _GERMAN.fullmatch(text):
        day, month, year = map(int, match.groups())
    else:
        return None
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if found.year >= _FIRST_YEAR else None


def _quantity(text: str, mark: str) -> Decimal | None:
    """Read a signed number; "1.234" of a reader who writes decimals with a comma may be a thousand, and is refused."""
    if _NUMBER.fullmatch(text) is None:
        return None
    fraction = re.split("[.,]", text)[1:]
    if fraction and mark not in text and len(fraction[0]) >= _DECIMALS:
        return None
    number = Decimal(text.replace(",", "."))
    return number if number == round(number, _DECIMALS) else None

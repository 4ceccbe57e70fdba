"""Pasted or typed text, cut into rows of cells. Every line that has anything on it becomes a row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

Cell = str | Decimal
"""A number that came as a number (from a spreadsheet file) stays one: no locale is needed to read it."""

_LINE_END = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\x00"))
_DELIMITERS = "\t;,"
_QUOTED = re.compile(r'"[^"]*"')
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)
_MOST_LINES_IN_A_CELL = 20


class Row(NamedTuple):
    """One row: its number counted from 1 as a person sees it, what stood there, and its cells, trimmed.

    A line without any delimiter is a row of one cell and `delimiter` is empty.
    """

    number: int
    raw: str
    cells: tuple[Cell, ...]
    delimiter: str = ""


def rows_of_text(text: str) -> list[Row]:
    """Cut text at its lines and each line at tabs, semicolons or commas; quoted cells may hold any of them.

    Each line is cut at what most lines have, or else at what it has itself. Blank lines, with or
    without delimiters, are no rows.
    """
    lines = _LINE_END.split(text.translate(_INVISIBLE))
    declared = _SEPARATOR_LINE.fullmatch(lines[0].strip())
    logical = [(number, raw) for number, raw in _join_quoted(lines) if raw.strip() and not (number == 1 and declared)]
    order = _preference([raw for _, raw in logical])
    if declared:
        order = declared[1] + order
    rows = [Row(number, raw, *_cut(raw, order)) for number, raw in logical]
    return [row for row in rows if any(row.cells)]


def rows_of_table(table: Iterable[Sequence[object]]) -> list[Row]:
    """Take rows as a spreadsheet file gives them (text, numbers, dates, None); blank rows are no rows."""
    rows = []
    for number, values in enumerate(table, start=1):
        cells = tuple(_cell(value) for value in values)
        if any(cell != "" for cell in cells):
            rows.append(Row(number, "\t".join(map(cell_text, cells)).strip("\t"), cells, "\t"))
    return rows


def cell_text(cell: Cell) -> str:
    """Give a cell as text; a number in plain digits, without an exponent or a fraction of zeros."""
    if isinstance(cell, str):
        return cell
    whole = cell.to_integral_value()
    return format(whole if whole == cell else cell, "f")


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value)
    if isinstance(value, int | float | Decimal):
        # 15 digits are what a spreadsheet keeps; the 17th would show 0.1 + 0.2 as 0.30000000000000004.
        number = Decimal(format(value, ".15g") if isinstance(value, float) else value)
        return number if number.is_finite() else str(value)
    return trimmed(str(value).translate(_INVISIBLE))


def trimmed(text: str) -> str:
    """Strip blanks of every kind at both ends and make those inside plain and single."""
    return " ".join(text.split())


def _join_quoted(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Give (number of the first line, text), joining lines where a quoted cell goes on; an unclosed quote joins nothing."""
    position = 0
    while position < len(lines):
        taken = _lines_of_one_row(lines[position : position + _MOST_LINES_IN_A_CELL])
        yield position + 1, "\n".join(lines[position : position + taken])
        position += taken


def _lines_of_one_row(lines: Sequence[str]) -> int:
    if not _ends_in_quotes(lines[0]):
        return 1
    for taken, line in enumerate(lines[1:], start=2):
        if not _ends_in_quotes(line, inside=True):
            return taken
    return 1


def _ends_in_quotes(text: str, *, inside: bool = False) -> bool:
    """Tell whether a quote that opened at the start of a cell is still open at the end; an inch mark opens nothing.

    `inside` = a quote was open before the text already.
    """
    at_start = True
    for character in text if '"' in text else "":
        if character == '"':
            inside = not inside if inside or at_start else inside
        elif not inside:
            at_start = character in _DELIMITERS or (at_start and character.isspace())
    return inside


def _preference(lines: list[str]) -> str:
    """Give the delimiters in the order to try: first one that at least half of the lines have."""
    for delimiter in _DELIMITERS:
        if 2 * sum(delimiter in line for line in lines) >= len(lines):
            return delimiter + _DELIMITERS.replace(delimiter, "")
    return _DELIMITERS


def _cut(line: str, order: str) -> tuple[tuple[str, ...], str]:
    delimiter = next((each for each in order if each in line), "")
    if not delimiter:
        whole = line.strip()
        return (trimmed(whole[1:-1] if _QUOTED.fullmatch(whole) else whole),), ""
    quoting: Literal[0, 3] = csv.QUOTE_NONE if _ends_in_quotes(line) else csv.QUOTE_MINIMAL
    try:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, quoting=quoting))
    except csv.Error:  # a quote opened behind another delimiter, or a cell beyond the module's limit
        cells = line.split(delimiter)
    return tuple(map(trimmed, cells)), delimiter

"""Order lines read from what people type, paste, scan or upload. Nothing is dropped: a row that cannot be read says why.

What a code stands for is decided later, against the seller's articles; here a row only becomes code, quantity and unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from babel.numbers import get_decimal_symbol

from portal.core.table_rows import Cell, Row, cell_text, rows_of_table, rows_of_text, trimmed
from portal.ordering.rules.codes import guess_codes
from portal.ordering.rules.columns import Columns, counts_rows, find_header
from portal.ordering.rules.lines import Figure, ReadLine, ReadProblem, is_bare_number, is_figure, read_figure, read_line
from portal.ordering.rules.quantities import is_unit_word
from portal.ordering.rules.words import either_way, read_words

_PLAIN = re.compile(r"[0-9]{1,14}")
_THOUSANDS = re.compile(r"[0-9]{3}")


@dataclass(frozen=True, slots=True)
class ReadOrder:
    """All rows but the header, in their order, and the number of the header's row if there was one."""

    lines: tuple[ReadLine, ...]
    header_row: int | None = None


def read_text(text: str, locale: str) -> ReadOrder:
    """Read typed or pasted text, numbers as the reader's locale (`de`, `en`) writes them."""
    return _read_rows(rows_of_text(text), locale)


def read_table(table: Iterable[Sequence[object]], locale: str) -> ReadOrder:
    """Read rows of a spreadsheet file by the same rules; cells that are numbers need no locale."""
    return _read_rows(rows_of_table(table), locale)


def _read_rows(rows: Sequence[Row], locale: str) -> ReadOrder:
    header = find_header(rows)
    position, columns = header or (None, None)
    before = rows[:position]
    skipped = 1 if counts_rows(before) else 0
    lines = [_read_cells(row, row.cells[skipped:], locale) for row in before]
    if position is None or columns is None:
        return ReadOrder(tuple(lines))
    lines.extend(_read_columns(row, columns, locale) for row in rows[position + 1 :])
    return ReadOrder(tuple(lines), rows[position].number)


def _read_columns(row: Row, columns: Columns, locale: str) -> ReadLine:
    """Read a row below a header; one without any delimiter was typed and is read as words."""
    if not row.delimiter and columns.quantity is not None:
        return read_words(row, cell_text(row.cells[0]), locale)
    written, gtin = _at(row, columns.code), cell_text(_at(row, columns.gtin))
    if columns.quantity is None:
        figure, lone = Figure(problem=ReadProblem.QUANTITY_MISSING), True
    else:
        figure, lone = read_figure(_at(row, columns.quantity), locale), False
    unit = cell_text(_at(row, columns.unit))
    line = read_line(row, cell_text(written) or gtin, figure._replace(unit=figure.unit or unit or None), lone=lone)
    if written != "" and gtin:
        return replace(line, guesses=tuple(dict.fromkeys(line.guesses + guess_codes(gtin))))
    return line


def _at(row: Row, position: int | None) -> Cell:
    return row.cells[position] if position is not None and position < len(row.cells) else ""


def _read_cells(row: Row, cells: Sequence[Cell], locale: str) -> ReadLine:
    """Read cells without a header: the first is the code, the first number behind it the quantity."""
    if _comma_in_number(row, locale):
        return read_words(row, trimmed(row.raw), locale)
    filled = [cell for cell in cells if cell != ""]
    if len(filled) == 1 and cells[0] == "" and is_figure(cell_text(filled[0])):
        return read_line(row, "", read_figure(filled[0], locale))
    if len(filled) == 1:
        return read_words(row, cell_text(filled[0]), locale)
    code, rest = cell_text(filled[0]), filled[1:]
    position = next((index for index, cell in enumerate(rest) if isinstance(cell, Decimal) or is_figure(cell)), None)
    if position is None:
        if is_figure(code):
            return read_line(row, cell_text(rest[0]), read_figure(filled[0], locale))
        return read_line(row, code, Figure(problem=ReadProblem.QUANTITY_MISSING))
    if _split_decimal(row, rest, position, locale):
        return read_line(row, code, Figure(problem=ReadProblem.QUANTITY_AMBIGUOUS))
    if is_bare_number(code) and is_bare_number(cell_text(rest[position])) and row.delimiter:
        return _with_unit(either_way(row, filled[0], rest[position], locale), rest[position + 1 :])
    return _with_unit(read_line(row, code, read_figure(rest[position], locale)), rest[position + 1 :])


def _split_decimal(row: Row, rest: Sequence[Cell], position: int, locale: str) -> bool:
    """Tell whether "2,5" or "1,000" may have been cut at the comma that belongs to the number."""
    following = cell_text(rest[position + 1]) if position + 1 < len(rest) else ""
    cut_off = _PLAIN if get_decimal_symbol(locale) == "," else _THOUSANDS
    return (
        row.delimiter == ","
        and _PLAIN.fullmatch(cell_text(rest[position])) is not None
        and cut_off.fullmatch(following) is not None
    )


def _with_unit(line: ReadLine, following: Sequence[Cell]) -> ReadLine:
    unit = cell_text(following[0]) if following else ""
    return replace(line, unit=unit) if line.unit is None and is_unit_word(unit) else line


def _comma_in_number(row: Row, locale: str) -> bool:
    """Tell whether the commas of a typed line stand inside its quantity ("A-100 2,5") rather than between cells."""
    words = trimmed(row.raw).split(" ")
    with_comma = [word for word in words[1:] if "," in word]
    return (
        row.delimiter == ","
        and "," not in words[0]
        and bool(with_comma)
        and all(is_figure(word) and read_figure(word, locale).quantity is not None for word in with_comma)
    )

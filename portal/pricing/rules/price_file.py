"""A file of prices as other systems write it: its columns found by their headings, its cells in plain form, row by row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from portal.core.uploads import FileRefused
from portal.pricing.rules.entry_rows import COLUMNS, RowProblem, typed_day, typed_number
from portal.pricing.rules.price_sheet import HEADERS

FILE_COLUMNS = (*COLUMNS, "cost_price")
_COST_HEADERS = ("cost_price", "cost", "cost price", "purchase price", "einstandspreis", "ek", "ek-preis")
_KNOWN = {word: name for name, words in {**HEADERS, "cost_price": _COST_HEADERS}.items() for word in words}
_NUMBERS = frozenset({"min_quantity", "net_price", "cost_price"})
_DAYS = frozenset({"valid_from", "valid_to"})
_PLAIN = {mark: re.compile(rf"[0-9]+(?:{re.escape(mark)}[0-9]*)?", re.ASCII).fullmatch for mark in (".", ",")}
_LONGEST_CELL = 500
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NEEDS_NOTHING = re.compile(rf"[^\\\t\n\r]{{1,{_LONGEST_CELL}}}").fullmatch
_RISKY = ("=", "+", "-", "@")
_ROWS_OF_BLOCK = 2_000
UNREADABLE = {RowProblem.NOT_A_NUMBER: "?", RowProblem.AMBIGUOUS_NUMBER: "??"}
"""What stands in plain form for a number that is none, or that can be read in two ways."""


@dataclass(slots=True)
class PriceFile:
    """A list of prices, read once: `blocks` gives it for COPY, and what was found on the way stands beside it."""

    columns: list[str | None]
    """Of each cell of a row, None where it is not read."""
    ignored: list[str]
    """Headings of columns that are not read."""
    mark: str
    """The decimal mark of its numbers."""
    lines: Iterator[list[str]] = field(repr=False)
    first_row: int = 1
    """Of the file, counted from 1, that holds a price."""
    rows: int = 0

    def blocks(self) -> Iterator[bytes]:
        """Give the rows in COPY's text format: the number of the row in its file, then FILE_COLUMNS in plain form."""
        held = [name for name in FILE_COLUMNS if name in self.columns]
        readers = [(self.columns.index(name), _reader(name, self.mark)) for name in held]
        row = "{}" + "".join("\t{}" if name in held else "\t" for name in FILE_COLUMNS) + "\n"
        width = len(self.columns)
        block: list[str] = []
        for number, line in enumerate(self.lines, start=self.first_row):
            if not any(line):
                continue
            self.rows += 1
            full = line if len(line) >= width else line + [""] * (width - len(line))
            block.append(
                row.format(number, *[read(text) if (text := full[at].strip()) else "" for at, read in readers])
            )
            if len(block) == _ROWS_OF_BLOCK:
                yield "".join(block).encode()
                block = []
        yield "".join(block).encode()


def read_price_file(text: str, mark: str) -> PriceFile:
    """Find the columns of a CSV (tab, semicolon or comma between cells) by its heading; `mark` is the reader's decimal mark.

    Without a heading the columns are those of the sheet, in its order. A heading `net_price` says that numbers have a point.

    Raises:
        FileRefused: its first row is none.
    """
    clean = text.removeprefix("\ufeff").replace("\x00", "")
    first = clean.split("\n", 1)[0]
    delimiter = next((sign for sign in ("\t", ";", ",") if sign in first), ";")
    lines = csv.reader(io.StringIO(clean, newline=""), delimiter=delimiter)
    try:
        head = next(lines, [])
    except csv.Error as error:
        raise FileRefused("The file is no list.", reason="unreadable") from error
    words = [cell.strip().lower() for cell in head]
    names = [_KNOWN.get(word) for word in words]
    if "article" not in names or "net_price" not in names:
        return PriceFile(list(COLUMNS), [], mark, chain([head], lines))
    ignored = [cell.strip() for cell, name in zip(head, names, strict=True) if name is None and cell.strip()]
    return PriceFile(_once(names), ignored, "." if "net_price" in words else mark, lines, first_row=2)


def _once(names: Sequence[str | None]) -> list[str | None]:
    # Of two columns of one meaning the first counts.
    return [name if name is not None and names.index(name) == at else None for at, name in enumerate(names)]


def _reader(name: str, mark: str) -> Callable[[str], str]:
    """Give what puts a column's cells, which hold something, into plain form."""
    if name in _DAYS:
        return _day
    return partial(_number, mark, _PLAIN[mark]) if name in _NUMBERS else _word


def _number(mark: str, is_plain: Callable[[str], object], text: str) -> str:
    if is_plain(text):
        return text.replace(",", ".")
    number = typed_number(text, mark)
    return UNREADABLE[number] if isinstance(number, RowProblem) else number


def _day(text: str) -> str:
    return typed_day(text).translate(_ESCAPES)[:_LONGEST_CELL]


def _word(text: str) -> str:
    # An export marks what a spreadsheet would take for a formula by an apostrophe; the way back takes it off.
    text = text[1:] if text[:1] == "'" and text[1:2] in _RISKY else text
    return text if _NEEDS_NOTHING(text) else text[:_LONGEST_CELL].translate(_ESCAPES)

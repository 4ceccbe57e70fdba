"""Reads one spreadsheet in a process of its own, with little memory and time, because the file comes from outside.

Run as a script with the most rows that are taken: the file on standard input, JSON on standard output: {"rows": [[...]]} or
{"problem": code}, with "row" and "column" as a spreadsheet names them where it is one cell's. It imports nothing of the portal, so that it starts at once and can reach nothing.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import zipfile
from typing import Any

MEMORY_BYTES = 768 * 1024 * 1024
SECONDS = 8
MOST_UNPACKED_BYTES = 64 * 1024 * 1024
MOST_MEMBERS = 200
MOST_COLUMNS = 200
MOST_CELL_CHARACTERS = 500
MOST_CHARACTERS = 8_000_000
_CHUNK_BYTES = 1024 * 1024
_DOCTYPE = b"<!DOCTYPE"


class Refused(Exception):
    """The file is not taken; the message is the problem's code, `place` the cell's where it is one cell's."""

    def __init__(self, problem: str, **place: Any) -> None:
        super().__init__(problem)
        self.place = place


def main() -> None:
    """Limit this process, read, answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    content = sys.stdin.buffer.read()
    check_archive(content)
    sys.stdout.write(json.dumps({"rows": read(content, int(sys.argv[1]))}))


def check_archive(content: bytes) -> None:
    """Look at every part to its end, so that its size is what it says and no document type hides in it.

    Raises:
        Refused: it is too large when unpacked, has too many parts, or a document type in one.
        zipfile.BadZipFile: a part is not what the archive says.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED_BYTES:
            raise Refused("unpacked-too-large")
        for member in members:
            with archive.open(member) as part:
                end = b""
                while chunk := part.read(_CHUNK_BYTES):
                    # Without the zeros a text of two bytes a character reads the same.
                    text = end + chunk.replace(b"\x00", b"").upper()
                    if _DOCTYPE in text:
                        raise Refused("document-type")
                    end = text[-len(_DOCTYPE) :]


def read(content: bytes, most_rows: int) -> list[list[Any]]:
    """Give the cells of the first sheet.

    Raises:
        Refused: more rows, columns or text than are taken, in all or in one cell; nothing is cut off.
    """
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    # Empty rows above are given, empty columns before the first filled one are not.
    first_column = sheet.start[1] if sheet.start else 0
    rows, filled, characters = [], 0, 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_cell(value) for value in row]
        for column, cell in enumerate(cells, start=first_column):
            if isinstance(cell, str) and len(cell) > MOST_CELL_CHARACTERS:
                raise Refused("cell-too-long", row=number, column=_letters(column))
        while cells and cells[-1] == "":
            cells.pop()
        rows.append(cells)
        filled += bool(cells)
        characters += sum(len(cell) for cell in cells if isinstance(cell, str))
        if filled > most_rows:
            raise Refused("too-many-rows")
        if len(cells) > MOST_COLUMNS:
            raise Refused("too-many-columns")
        if characters > MOST_CHARACTERS:
            raise Refused("unpacked-too-large")
    return rows


def _cell(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    return str(value).removesuffix(" 00:00:00")


def _letters(column: int) -> str:
    """Name a column, counted from 0, as spreadsheets do: A, Z, AA."""
    name = ""
    while column >= 0:
        name = chr(ord("A") + column % 26) + name
        column = column // 26 - 1
    return name


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.stdout.write(json.dumps({"problem": str(refused), **refused.place}))
    except Exception:  # noqa: BLE001 - whatever the parser stumbles over: the file cannot be read
        sys.stdout.write(json.dumps({"problem": "unreadable"}))

"""An uploaded list: what it is decides its content, never its name; spreadsheets are parsed in a process of their own."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from tenants.errors import InvalidInput

MOST_BYTES = 5 * 1024 * 1024
SECONDS = 10
_READER = Path(__file__).with_name("sheet_reader.py")
_ARCHIVE = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class FileRefused(InvalidInput):
    """The file cannot be read as a list.

    `reason` says why, `most` how many rows are read at once, `row` and `column` (letters) which cell it is about.
    """

    code: ClassVar[str] = "file-refused"


def read_list(content: bytes, *, most_rows: int, most_bytes: int = MOST_BYTES) -> str | list[list[object]]:
    """Give the text of a CSV or TSV, or the rows of the first sheet of an XLSX or ODS: at most `most_rows` below a heading.

    Raises:
        FileRefused: it is too large, of another kind, or broken. Nothing is cut off.
    """
    if len(content) > most_bytes:
        raise FileRefused("The file is too large.", reason="too-large", most=most_bytes // (1024 * 1024))
    if content.startswith(_OLD_EXCEL):
        raise FileRefused("Old Excel files are not read.", reason="old-excel")
    return _read_sheet(content, most_rows) if content.startswith(_ARCHIVE) else _decoded(content)


def lines_of(rows: Sequence[Sequence[object]], decimal_mark: str) -> str:
    """Give the rows of a sheet as somebody would paste them: cells between tabs, numbers with the decimal mark."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerows([_text(cell, decimal_mark) for cell in row] for row in rows)
    return text.getvalue()


def _text(cell: object, decimal_mark: str) -> str:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return str(cell)
    # 15 digits are what a spreadsheet keeps; the 17th would show 0.1 + 0.2 as 0.30000000000000004.
    plain = f"{cell:.15g}"
    plain = f"{float(plain):.0f}" if "e+" in plain else f"{float(plain):.17f}".rstrip("0") if "e-" in plain else plain
    return plain.replace(".", decimal_mark)


def _decoded(content: bytes) -> str:
    if content.startswith(_UTF_16):
        encodings = ["utf-16"]
    else:
        if b"\x00" in content:
            raise FileRefused("The file is no list.", reason="unreadable")
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused("The file is no text.", reason="unreadable")


def _read_sheet(content: bytes, most_rows: int) -> list[list[object]]:
    try:
        done = subprocess.run(  # noqa: S603 - our own script; the file comes on standard input
            [sys.executable, "-I", str(_READER), str(most_rows + 1)],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            check=True,
            env={},
        )
        answer = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        raise FileRefused("The spreadsheet cannot be read.", reason="unreadable") from error
    if "problem" in answer:
        place = {name: answer[name] for name in ("row", "column") if name in answer}
        raise FileRefused("The spreadsheet cannot be read.", reason=answer["problem"], most=most_rows, **place)
    rows: list[list[object]] = answer["rows"]
    return rows

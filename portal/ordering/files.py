"""An uploaded list: what it is decides its content, never its name; spreadsheets are parsed in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

from portal.ordering.rules.reading import ReadOrder, read_table, read_text
from tenants.errors import InvalidInput

MOST_BYTES = 5 * 1024 * 1024
SECONDS = 10
_READER = Path(__file__).with_name("sheet_reader.py")
_ARCHIVE = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class FileRefused(InvalidInput):
    """The file cannot be read as a list; `reason` says why."""

    code: ClassVar[str] = "file-refused"


def read_file(content: bytes, locale: str) -> ReadOrder:
    """Read an uploaded CSV, TSV, XLSX or ODS; numbers in text files as the locale (`de`, `en`) writes them.

    Raises:
        FileRefused: it is too large, of another kind, or broken.
    """
    if len(content) > MOST_BYTES:
        raise FileRefused("The file is too large.", reason="too-large")
    if content.startswith(_OLD_EXCEL):
        raise FileRefused("Old Excel files are not read.", reason="old-excel")
    if content.startswith(_ARCHIVE):
        return read_table(_read_sheet(content), locale)
    return read_text(_decoded(content), locale)


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


def _read_sheet(content: bytes) -> list[list[object]]:
    try:
        done = subprocess.run(  # noqa: S603 - our own script; the file comes on standard input
            [sys.executable, "-I", str(_READER)],
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
        raise FileRefused("The spreadsheet cannot be read.", reason=answer["problem"])
    rows: list[list[object]] = answer["rows"]
    return rows

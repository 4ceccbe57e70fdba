"""Reads one spreadsheet in a process of its own, with little memory and time, because the file comes from outside.

Run as a script: the file on standard input, JSON on standard output: {"rows": [[...]]} or {"problem": code}.
It imports nothing of the portal, so that it starts at once and can reach nothing.
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
MOST_ROWS = 5001
MOST_COLUMNS = 40
MOST_CELL_CHARACTERS = 500
_PEEKED_BYTES = 4096


def main() -> None:
    """Limit this process, read, answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    content = sys.stdin.buffer.read()
    problem = unsafe(content)
    answer = {"problem": problem} if problem else {"rows": read(content)}
    sys.stdout.write(json.dumps(answer))


def unsafe(content: bytes) -> str | None:
    """Tell why an archive is not to be parsed: too large when unpacked, too many parts, or a document type in one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED_BYTES:
                return "too-large"
            for member in members:
                with archive.open(member) as part:
                    if b"<!DOCTYPE" in part.read(_PEEKED_BYTES).upper():
                        return "unreadable"
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        return "unreadable"
    return None


def read(content: bytes) -> list[list[Any]]:
    """Give the cells of the first sheet, at most one row more than is taken."""
    from python_calamine import CalamineWorkbook

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheet = workbook.get_sheet_by_index(0)
    rows = []
    for row in sheet.iter_rows():
        rows.append([_cell(value) for value in row[:MOST_COLUMNS]])
        if len(rows) >= MOST_ROWS:
            break
    return rows


def _cell(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    return str(value)[:MOST_CELL_CHARACTERS]


if __name__ == "__main__":
    try:
        main()
    except Exception:  # noqa: BLE001 - whatever the parser stumbles over: the file cannot be read
        sys.stdout.write(json.dumps({"problem": "unreadable"}))

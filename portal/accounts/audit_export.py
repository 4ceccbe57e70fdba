"""The audit log as CSV and as lines of JSON, written as it is read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from typing import Any

from pydantic_core import to_json

from portal.accounts.queries.audit import AuditRow
from portal.web.csv_file import harmless

_COLUMNS = tuple(each.name for each in fields(AuditRow))


def csv_lines(rows: Iterable[AuditRow]) -> Iterator[str]:
    """Give the rows as CSV with a byte order mark, so that spreadsheets read the umlauts; facts as JSON."""
    yield "\ufeff" + _line(_COLUMNS)
    for row in rows:
        yield _line([harmless(_text(getattr(row, name))) for name in _COLUMNS])


def json_lines(rows: Iterable[AuditRow]) -> Iterator[str]:
    """Give each row as a line of JSON."""
    for row in rows:
        yield f"{to_json(asdict(row)).decode()}\n"


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return to_json(value).decode().strip('"')

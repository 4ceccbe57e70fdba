"""What a load did: a table for people, refused.csv for the rows to correct."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from portal.integration.channel.stage import Stage

REFUSED_COLUMNS = ("file", "row", "column", "value", "reason")


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file's rows. `changed` counts what differs in the database from before."""

    file: str
    rows_read: int
    loaded: int
    refused: int
    changed: int


@dataclass(slots=True)
class LoadReport:
    """What became of a folder."""

    files: list[FileResult] = field(default_factory=list)
    tree: str = ""

    @property
    def refused(self) -> int:
        """Rows and whole files that were refused."""
        return sum(result.refused for result in self.files)

    @property
    def changed(self) -> int:
        """Rows that differ in the database from before."""
        return sum(result.changed for result in self.files)

    def table(self) -> str:
        """Give the table of CONTRACT.md."""
        header = ("file", "rows read", "loaded", "refused", "changed")
        rows = [
            (result.file, *(f"{n:,}" for n in (result.rows_read, result.loaded, result.refused, result.changed)))
            for result in self.files
        ]
        widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
        return "\n".join(
            "  ".join(
                [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
            )
            for row in (header, *rows)
        )


class RefusedFile:
    """refused.csv, written afresh by every load; a refused row is one line, named by the row of its own file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        # Values of the folder, its passwords left out, are nobody else's business.
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        self._handle: IO[bytes] = path.open("ab")
        self.add([REFUSED_COLUMNS])

    def add(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Add lines."""
        with self.path.open("a", encoding="utf-8", newline="") as handle:
            csv.writer(handle, lineterminator="\n").writerows(rows)

    def add_staged(self, stage: Stage, file: str) -> None:
        """Add what was refused of a staged file."""
        statement = (
            f"copy (select '{file}', row, column_name, value, reason from refusal order by row)"
            " to stdout (format csv, encoding 'utf8')"
        )
        with stage.connection.cursor().copy(statement.encode()) as copy:
            for block in copy:
                self._handle.write(block)
        self._handle.flush()

    def close(self) -> None:
        """Close the file."""
        self._handle.close()

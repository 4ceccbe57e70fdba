"""Reads one file of a channel folder and gives it as blocks for COPY, in flat memory."""

from __future__ import annotations

import csv
import gzip
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

BLOCK_ROWS = 2_000
PROGRESS_ROWS = 250_000
LONGEST_FIELD = 4 * 1024 * 1024
LONGEST_VALUE_SHOWN = 200

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class FileRefused(Exception):
    """The whole file cannot be loaded: `column` names the unknown column, if that is the reason."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column


def find_file(folder: Path, name: str) -> Path | None:
    """Give `name.csv` or `name.csv.gz` of the folder, None where it has neither.

    Raises:
        FileRefused: it has both, and nothing says which one counts.
    """
    found = [path for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if path.is_file()]
    if len(found) > 1:
        raise FileRefused(f"stands in the folder twice, as {found[0].name} and {found[1].name}")
    return found[0] if found else None


class ChannelReader:
    """One open file: its header, its rows as COPY blocks, and the rows that cannot even be read.

    Rows are numbered as a spreadsheet does: the header is row 1. `columns` are those the file may have; None: any.
    """

    def __init__(self, path: Path, columns: tuple[str, ...] | None, progress: Callable[[int], None]) -> None:
        self.rows_read = 0
        # Unreadable rows wait in a file: there may be millions of them.
        self.unreadable: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the reader
        self._progress = progress
        self._row = 1
        self._block: list[str] = []
        csv.field_size_limit(LONGEST_FIELD)
        opener = gzip.open if path.suffix == ".gz" else open
        # Bytes that are not UTF-8 survive the reading, so that only their rows are refused.
        self._handle: IO[str] = opener(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._rows = csv.reader(self._handle, strict=True)
        try:
            self.header = self._read_header(columns)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._handle.close()
        self.unreadable.close()

    def _read_header(self, columns: tuple[str, ...] | None) -> list[str]:
        try:
            header = [name.strip() for name in next(self._rows, [])]
        except (csv.Error, OSError, EOFError) as error:
            raise FileRefused(f"cannot be read: {error}") from error
        if not header:
            raise FileRefused("has no header row")
        known = header if columns is None else columns
        for name in header:
            if name not in known:
                raise FileRefused(f"has an unknown column; known are {', '.join(known)}", name)
            if header.count(name) > 1:
                raise FileRefused("has this column twice", name)
        return header

    def count_rows(self) -> int:
        """Read to the end and give the number of rows; for files of which nothing is loaded."""
        for _ in self.blocks():
            pass
        return self.rows_read

    def blocks(self) -> Iterator[bytes]:
        """Give the readable rows in COPY's text format, each led by its row number.

        Raises:
            FileRefused: the file ends in the middle (a broken gzip).
        """
        while True:
            try:
                yield from self._readable()
            except csv.Error as error:
                # The reader goes on with the next line.
                self._row += 1
                self.rows_read += 1
                self._refuse("", f"is not valid CSV: {error}")
            except (OSError, EOFError) as error:
                raise FileRefused(f"cannot be read to its end: {error}") from error
            else:
                break
        yield from self._flush()

    def _readable(self) -> Iterator[bytes]:
        width = len(self.header)
        for fields in self._rows:
            self._row += 1
            if not fields:
                continue
            self.rows_read += 1
            if len(fields) != width:
                self._refuse("", f"has {len(fields)} fields, the header has {width}")
                # Its first fields may still tell which rows stand or fall with it.
                fields = (fields + [""] * width)[:width]  # noqa: PLW2901 - the row as it goes on
            line = "\t".join(fields)
            if _needs_care(line, width):
                line = "\t".join(field.strip().translate(_ESCAPES) for field in fields)
            self._block.append(f"{self._row}\t{line}\n")
            if len(self._block) == BLOCK_ROWS:
                yield from self._flush()
                if self.rows_read % PROGRESS_ROWS < BLOCK_ROWS:
                    self._progress(self.rows_read)

    def _flush(self) -> Iterator[bytes]:
        block, self._block = self._block, []
        text = "".join(block)
        try:
            encoded = text.encode()
        except UnicodeEncodeError:
            encoded = b"\0"
        if b"\0" in encoded:
            yield from self._good_lines(block)
        else:
            yield encoded

    def _good_lines(self, block: list[str]) -> Iterator[bytes]:
        for line in block:
            try:
                encoded = line.encode()
            except UnicodeEncodeError:
                encoded = b"\0"
            if b"\0" in encoded:
                self._refuse("", "is not valid UTF-8 text", row=int(line.partition("\t")[0]))
            else:
                yield encoded

    def _refuse(self, value: str, reason: str, row: int | None = None) -> None:
        fields = (str(row or self._row), "", value, reason)
        self.unreadable.write(("\t".join(field.translate(_ESCAPES) for field in fields) + "\n").encode())


def _needs_care(line: str, width: int) -> bool:
    """Tell whether a row must be trimmed or escaped; hardly any must, and looking is cheaper than doing."""
    return (
        "\\" in line
        or "\n" in line
        or "\r" in line
        or "\t " in line
        or " \t" in line
        or line.startswith(" ")
        or line.endswith(" ")
        or line.count("\t") != width - 1
    )

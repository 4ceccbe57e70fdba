"""Counts the statements that really reach the server for one unit of work, from the server's own log."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

ROLE = "portal_app"
_LINE = re.compile(rf"^{ROLE}\|LOG:  (?:statement|execute [^:]*): (.*)$")
_FRAME = re.compile(r"(begin|commit|rollback|set local|deallocate)\b", re.IGNORECASE)
_DURATION = re.compile(rf"^{ROLE}\|LOG:  duration: ([0-9.]+) ms")


@dataclass(slots=True)
class Counted:
    """Statements in the order the server got them."""

    statements: list[str] = field(default_factory=list)

    @property
    def work(self) -> list[str]:
        """Those that do something; beginning, committing and setting the context do not count."""
        return [statement for statement in self.statements if not _FRAME.match(statement)]

    @property
    def transactions(self) -> int:
        """How often one was committed."""
        return sum(statement.lower().startswith("commit") for statement in self.statements)


@contextmanager
def count_in_log(admin_url: str, log: Path) -> Iterator[Counted]:
    """Log every statement of the web role while the block runs and count them."""
    counted = Counted()
    with _logged(admin_url, log, "log_statement", "all") as lines:
        yield counted
    found = (_LINE.match(line) for line in lines)
    counted.statements += [match[1] for match in found if match]


@contextmanager
def time_in_log(admin_url: str, log: Path) -> Iterator[list[float]]:
    """Give, after the block, the milliseconds that each of the web role's statements took in the database."""
    milliseconds: list[float] = []
    with _logged(admin_url, log, "log_min_duration_statement", "0") as lines:
        yield milliseconds
    found = (_DURATION.match(line) for line in lines)
    milliseconds += [float(match[1]) for match in found if match]


@contextmanager
def _logged(admin_url: str, log: Path, setting: str, value: str) -> Iterator[list[str]]:
    """Give, after the block, the lines that the server wrote into its log under the setting."""
    lines: list[str] = []
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f"alter system set {setting} = '{value}'".encode())
        connection.execute("alter system set log_line_prefix = '%u|'")
        connection.execute("select pg_reload_conf()")
        time.sleep(0.5)
        before = log.stat().st_size
        try:
            yield lines
        finally:
            time.sleep(0.3)
            with log.open("rb") as written:
                written.seek(before)
                lines += [line.decode(errors="replace").rstrip("\n") for line in written]
            for changed in (setting, "log_line_prefix"):
                connection.execute(f"alter system reset {changed}".encode())
            connection.execute("select pg_reload_conf()")
            time.sleep(0.3)

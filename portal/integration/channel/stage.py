"""The temporary table a file is read into, and what is refused of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import psycopg
from psycopg import Cursor

from portal.integration.channel.checks import Check
from portal.integration.channel.reading import LONGEST_VALUE_SHOWN, ChannelReader

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class ChannelFile:
    """How one kind of file is checked and written.

    Its rows stand in `stage s`; `source` joins what its codes refer to, first of all the organisations of the tree
    (`tree`, a temporary table as well).
    """

    name: str
    columns: tuple[str, ...]
    cells: tuple[Check, ...]
    """What can be told from a row alone."""
    source: str
    links: tuple[Check, ...]
    """What can be told from the joined rows."""
    key: str
    """Expressions of `s`: no two rows of a file may share them. Empty: `write` sees to it."""
    write: Callable[[Stage], int]
    """Writes what is left in the stage and gives the number of rows that changed."""
    together: str = ""
    """Columns of `s` whose rows stand or fall together: one refused row refuses all."""


@dataclass(slots=True)
class Stage:
    """One file in the middle of its transaction."""

    connection: Connection
    file: ChannelFile
    root_id: int | None
    hash_password: Callable[[str], str]
    note: Callable[[str], None]
    parameters: dict[str, Any] = field(default_factory=dict)

    def run(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Cursor[tuple[Any, ...]]:
        """Execute a statement that is put together from constants."""
        return self.connection.execute(statement.encode(), parameters)

    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Execute a statement and give its rows."""
        return self.run(statement, parameters).fetchall()

    def count(self, statement: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Execute a statement and give how many rows it wrote."""
        return self.run(statement, parameters).rowcount

    def prepare(self) -> None:
        """Make the temporary tables afresh."""
        self.run("drop table if exists stage, refusal, tree")
        columns = ", ".join(f"{column} text" for column in self.file.columns)
        self.run(f"create temporary table stage (row bigint not null, {columns})")
        self.run("create temporary table refusal (row bigint primary key, column_name text, value text, reason text)")
        self.make_tree()

    def make_tree(self) -> None:
        """Copy the tree's organisations to where every file joins them by code."""
        self.run("drop table if exists tree")
        self.run(
            "create temporary table tree as"
            " select id, code, kind, parent_id, seller_id, owner_ids, locale, currency, time_zone"
            " from organisation where root_id = %(root)s",
            {"root": self.root_id or 0},
        )
        self.run("alter table tree add primary key (code)")
        self.run("analyze tree")

    def fill(self, reader: ChannelReader) -> None:
        """Copy the file's rows in."""
        columns = ", ".join(["row", *reader.header])
        with self.connection.cursor().copy(f"copy stage ({columns}) from stdin with (null '')".encode()) as copy:
            for block in reader.blocks():
                copy.write(block)
        self._copy_refusals(reader.unreadable)
        self.run("analyze stage")

    def _copy_refusals(self, unreadable: IO[bytes]) -> None:
        unreadable.seek(0)
        with self.connection.cursor().copy(b"copy refusal from stdin") as copy:
            while block := unreadable.read(65_536):
                copy.write(block)

    def refuse(self, checks: Iterable[Check], source: str = "stage s") -> int:
        """Refuse the rows of the stage that a check finds, each for the first check that does; give how many."""
        branches = "\n".join(check.branch() for check in checks)
        if not branches:
            return 0
        return self.count(
            f"insert into refusal select row, problem[1], left(problem[2], {LONGEST_VALUE_SHOWN}), problem[3]"
            f" from (select s.row, case {branches} end as problem from {source}) found where problem is not null"
            " on conflict do nothing"
        )

    def refuse_repeated(self, key: str) -> int:
        """Refuse the rows whose key stands in an earlier row of the file."""
        return self.count(
            "insert into refusal select row, '', '', 'repeats row ' || earlier from"
            f" (select row, first_value(row) over (partition by {key} order by row) as earlier from stage s) numbered"
            " where row <> earlier on conflict do nothing"
        )

    def refuse_rows(self, refusals: Iterable[tuple[int, str, str, str]]) -> int:
        """Refuse rows that were found in Python: row, column, value and reason of each."""
        with self.connection.cursor() as cursor:
            cursor.executemany("insert into refusal values (%s, %s, %s, %s) on conflict do nothing", list(refusals))
            return max(cursor.rowcount, 0)

    def drop_refused(self) -> None:
        """Take the refused rows out of the stage, and those that stand or fall with them."""
        if self.rows("select exists (select from refusal)") == [(False,)]:
            return
        if self.file.together:
            self._refuse_siblings(self.file.together)
        self.run("delete from stage s using refusal r where r.row = s.row")

    def _refuse_siblings(self, together: str) -> None:
        columns = [column.strip() for column in together.split(",")]
        same = " and ".join(f"bad.{column.removeprefix('s.')} = {column}" for column in columns)
        self.run(
            "insert into refusal select s.row, '', '', 'belongs together with row ' || bad.first || ', which is refused'"
            f" from stage s join (select {together}, min(s.row) as first from stage s join refusal r on r.row = s.row"
            f" group by {together}) bad on {same} on conflict do nothing"
        )

    def refused_count(self) -> int:
        """Give the number of rows refused so far."""
        return int(self.rows("select count(*) from refusal")[0][0])

    def upsert(
        self, table: str, keys: str, values: Mapping[str, str], source: str | None = None, order: str = ""
    ) -> int:
        """Insert the stage's rows into a table or bring its rows up to date; give the number of rows that changed.

        `values` maps a column to its expression over `source`; `keys` names those of the unique constraint.
        """
        key_columns = [key.strip() for key in keys.split(",")]
        others = [column for column in values if column not in key_columns]
        action = "do nothing"
        if others:
            assignments = ", ".join(f"{column} = excluded.{column}" for column in others)
            present = ", ".join(f"present.{column}" for column in others)
            given = ", ".join(f"excluded.{column}" for column in others)
            action = f"do update set {assignments} where ({present}) is distinct from ({given})"
        return self.count(
            f"insert into {table} as present ({', '.join(values)}) select {', '.join(values.values())}"
            f" from {source or self.file.source} {order or 'order by s.row'} on conflict ({keys}) {action}"
        )

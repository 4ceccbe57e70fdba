"""Writes a tree as a channel folder that `load` takes back: passwords are left out, orders come back as history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from portal.integration.channel.export_queries import EXPORTS, PICTURES
from portal.integration.channel.load import FILES, ChannelError, find_root
from portal.integration.channel.pictures import FOLDER
from portal.integration.channel.stage import Connection
from portal.pricing.rules.price_lists import minor_unit
from tenants.database_roles import conninfo

_SUFFIXES = {"image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg"}


def export_channel(loader_url: str, folder: Path, tree: str, *, note: Callable[[str], None]) -> dict[str, int]:
    """Write the tree whose top is called `tree` into the folder and give the rows of each file.

    All files show the same instant. As the loader role, for operators at the command line alone.

    Raises:
        ChannelError: there is no such tree, or the folder holds something already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ChannelError(f"{folder} is not empty.")
    with _snapshot(loader_url) as connection:
        root_id = find_root(connection, tree)
        if root_id is None:
            raise ChannelError(f"There is no tree {tree}.")
        _prepare(connection, root_id)
        rows = {}
        for file in FILES:
            rows[f"{file.name}.csv"] = _write(connection, folder / f"{file.name}.csv", file.name, file.columns)
            note(f"{file.name}.csv: {rows[f'{file.name}.csv']:,} rows written")
        rows[FOLDER] = _write_pictures(connection, folder / FOLDER)
    return rows


@contextmanager
def _snapshot(loader_url: str) -> Iterator[Connection]:
    with psycopg.connect(conninfo(loader_url), prepare_threshold=None) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection


def _prepare(connection: Connection, root_id: int) -> None:
    """Make the tables the queries stand on: the tree's organisations, and the decimals of its currencies."""
    connection.execute(
        "create temporary table tree on commit drop as select id, code, currency, parent_id, cardinality(owner_ids) as depth"
        " from organisation where root_id = %s",
        (root_id,),
    )
    connection.execute(
        "create temporary table minor_unit (currency text primary key, places int not null) on commit drop"
    )
    currencies = [currency for (currency,) in connection.execute("select distinct currency from tree")]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into minor_unit values (%s, %s)", [(currency, minor_unit(currency)) for currency in currencies]
        )
    connection.execute("analyze tree")


def _write(connection: Connection, path: Path, name: str, columns: tuple[str, ...]) -> int:
    with path.open("wb") as handle:
        handle.write((",".join(columns) + "\n").encode())
        cursor = connection.cursor()
        statement = f"copy ({EXPORTS[name]}) to stdout (format csv, encoding 'utf8')"
        with cursor.copy(statement.encode()) as copy:
            for block in copy:
                handle.write(block)
    return cursor.rowcount


def _write_pictures(connection: Connection, folder: Path) -> int:
    count = 0
    with connection.cursor("pictures") as cursor:
        for owner, sku, content_type, content in cursor.execute(PICTURES.encode()):
            target = folder / _file_name(owner)
            target.mkdir(parents=True, exist_ok=True)
            (target / (_file_name(sku) + _SUFFIXES[content_type])).write_bytes(content)
            count += 1
    return count


def _file_name(text: str) -> str:
    """Give a name that stays in its folder, whatever the code; `quote` leaves the dot alone."""
    return quote(text, safe=" ").replace(".", "%2E")

"""The embedded server's log, copied segment by segment into the backup folder: what comes after the last base backup.

A durable server always runs with `archive_mode = on` and a command that keeps nothing, so that the first backup switches
archiving on without a restart. A segment is closed at the latest a minute after something was written into it.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from portal.core.backup.errors import BackupError

SECONDS_LOST_AT_MOST = 60
_ARCHIVE_LIMIT_SECONDS = 60.0
_FORBIDDEN = set("'\"\\%\n")


def archive_command(folder: Path) -> str:
    """Give the shell command that keeps a segment (`%p`, `%f`) in the folder: once, whole, and readable by its owner alone."""
    kept = _shell_path(folder)
    return (
        f"if test -f '{kept}/%f.gz'; then gzip -cd '{kept}/%f.gz' | cmp -s - '%p'; "
        f"else umask 077 && gzip -1 -c '%p' > '{kept}/.%f.gz' && sync '{kept}/.%f.gz' "
        f"&& mv '{kept}/.%f.gz' '{kept}/%f.gz'; fi"
    )


def restore_command(folder: Path) -> str:
    """Give the shell command that fetches a segment from the folder."""
    kept = _shell_path(folder)
    return f"test -f '{kept}/%f.gz' && gzip -cd '{kept}/%f.gz' > '%p'"


def switch_archiving_on(admin_url: str, folder: Path) -> None:
    """Let the running embedded server keep its log in the folder from now on.

    Raises:
        BackupError: the server was started by a version that did not archive.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        if _one(connection, "show archive_mode") != "on":
            raise BackupError(
                "The database server was started by an older version of Kontor; restart the portal first."
            )
        for name, value in (
            ("archive_command", archive_command(folder)),
            ("archive_timeout", f"{SECONDS_LOST_AT_MOST}s"),
        ):
            connection.execute(sql.SQL("alter system set {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        connection.execute("select pg_reload_conf()")


def archive_now(admin_url: str, folder: Path) -> None:
    """Close the open segment and wait until it is kept in the folder.

    Raises:
        BackupError: it did not get there within a minute.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # Something must stand in the segment, or there is nothing to close.
        segment = _one(connection, "select pg_walfile_name(pg_logical_emit_message(true, 'kontor', 'archive'))")
        connection.execute("select pg_switch_wal()")
    deadline = time.monotonic() + _ARCHIVE_LIMIT_SECONDS
    while not (folder / f"{segment}.gz").exists():
        if time.monotonic() > deadline:
            raise BackupError(f"The log is not archived into {folder}: postgres.log of the instance says why.")
        time.sleep(0.05)


def _one(connection: psycopg.Connection[Any], statement: str) -> Any:
    row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def _shell_path(folder: Path) -> str:
    path = str(folder)
    if set(path) & _FORBIDDEN:
        raise BackupError(f"The name of the folder {path} holds a quote, a backslash or a percent sign.")
    return path

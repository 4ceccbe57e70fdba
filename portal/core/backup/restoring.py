"""Restoring a base backup and the log after it into a new instance folder, up to an instant, and looking at the walls.

The restored instance archives nothing until its own first backup: its log never mixes with that of the former one.
"""

from __future__ import annotations

import contextlib
import os
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.conninfo import make_conninfo

from portal.core import embedded
from portal.core.backup.archiving import restore_command
from portal.core.backup.errors import BackupError
from portal.core.backup.making import KEY_FILES, BaseBackup, list_backups
from portal.core.connections import refuse_unsafe_connections
from tenants.database_roles import DatabaseSetupError, prepare_roles

UNWALLED: Final = ("alembic_version", "rate_limit")
"""Tables without a tenant's data (docs/security.md); the queue's own begin with `procrastinate`."""

_EARLY: Final = "recovery ended before configured recovery target was reached"
_OWN: Final = ("archive_command", "archive_timeout", "recovery_target_action", "restore_command")
_STEP_SECONDS: Final = 0.2
_TARGET: Final = "recovery_target_time"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it."""

    base: str
    last_commit_at: datetime | None
    """Of the last transaction that the log brought back; None where the base backup alone was enough."""
    tables: int
    """Whose walls stand."""
    policies: int


def restore(backups: Path, instance: Path, until: datetime | None = None) -> Restored:
    """Make the instance folder from the newest fitting base backup and the log, up to the instant or to the log's end.

    The server is down afterwards; the portal starts in that folder as in any other.

    Raises:
        BackupError: nothing fits, the folder is in use, the log ends before the instant, or a wall does not stand.
    """
    data = instance / "postgres"
    if data.exists():
        raise BackupError(
            f"{data} is there already; restore into an empty folder and change INSTANCE, or move it away."
        )
    base = _choose(list_backups(backups), until)
    try:
        _unpack(backups, base, data)
        _copy_keys(backups / "keys", instance)
        _ask_for(data, backups / "wal", until)
        return _start_and_look(instance, base)
    except (OSError, tarfile.TarError) as error:
        raise BackupError(f"The backup cannot be restored: {error}.") from error


def _choose(backups: list[BaseBackup], until: datetime | None) -> BaseBackup:
    fitting = [each for each in backups if until is None or datetime.fromisoformat(each.finished_at) <= until]
    if not fitting:
        raise BackupError(f"There is no base backup{' before that instant' if backups else ''}.")
    return fitting[-1]


def _unpack(backups: Path, base: BaseBackup, data: Path) -> None:
    data.mkdir(mode=0o700, parents=True)
    with tarfile.open(backups / "base" / base.name / "base.tar.gz") as archive:
        archive.extractall(data, filter=_without_sockets)  # noqa: S202 - by tarfile's own filter of data
    data.chmod(0o700)


def _without_sockets(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
    """Leave out what says that the former server runs: its socket lies beside its data."""
    return None if member.name.startswith(".s.PGSQL") else tarfile.data_filter(member, path)


def _copy_keys(keys: Path, instance: Path) -> None:
    for name in KEY_FILES:
        if (keys / name).exists():
            with os.fdopen(os.open(instance / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write((keys / name).read_bytes())


def _ask_for(data: Path, log: Path, until: datetime | None) -> None:
    """Tell the server what to fetch and where to stop; it serves nobody before it is there."""
    wanted = {
        "archive_command": "/bin/true",
        "recovery_target_action": "promote",
        "restore_command": restore_command(log),
    }
    if until is not None:
        wanted[_TARGET] = until.astimezone(UTC).isoformat()
    _write_settings(data, wanted)
    (data / "recovery.signal").touch()
    if os.geteuid() == 0 and log.exists():
        embedded.give_to_server(log)
    embedded.give_to_server(data)


def _write_settings(data: Path, wanted: Mapping[str, str]) -> None:
    path = data / "postgresql.auto.conf"
    former = [line for line in path.read_text().splitlines() if line.split(" ", 1)[0] not in (*_OWN, _TARGET)]
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in wanted.items()]
    path.write_text("\n".join([*former, *lines]) + "\n")


def _start_and_look(instance: Path, base: BaseBackup) -> Restored:
    try:
        with embedded.hold(instance) as admin_url:
            _wait_until_recovered(instance, admin_url)
            with psycopg.connect(make_conninfo(admin_url, dbname=embedded.DATABASE)) as connection:
                last_commit_at = _row(connection, "select pg_last_xact_replay_timestamp()")[0]
                tables, policies = _look_at_walls(connection)
            urls = prepare_roles(admin_url, instance / "database_passwords.json", database=embedded.DATABASE)
            refuse_unsafe_connections(urls)
            _forget_recovery(admin_url)
    except embedded.EmbeddedServerError as error:
        if _EARLY in (instance / "postgres.log").read_text(errors="replace"):
            raise BackupError(
                "The log ends before that instant: choose an earlier one, or none for all there is."
            ) from error
        raise BackupError(str(error)) from error
    except DatabaseSetupError as error:
        raise BackupError(f"The restored database is not safe to serve from: {error}") from error
    return Restored(base.name, last_commit_at, tables, policies)


def _wait_until_recovered(instance: Path, admin_url: str) -> None:
    """Wait while the server works through the log, however long that takes; one that cannot reach the instant ends."""
    while (instance / "postgres" / "postmaster.pid").exists():
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(admin_url) as connection:
            if _row(connection, "select pg_is_in_recovery()") == (False,):
                return
        time.sleep(_STEP_SECONDS)
    if _EARLY in (instance / "postgres.log").read_text(errors="replace"):
        raise BackupError("The log ends before that instant: choose an earlier one, or none for all there is.")
    raise BackupError(f"The database server ended while it restored: {instance / 'postgres.log'} says why.")


def _look_at_walls(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    """Count the tables and their policies; every table of a tenant must enable and force row-level security by one."""
    rows = connection.execute(
        """
        select c.relname, c.relrowsecurity and c.relforcerowsecurity, count(p.polname)
        from pg_class c left join pg_policy p on p.polrelid = c.oid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and c.relname <> all(%s) and c.relname not like 'procrastinate%%'
        group by c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity order by c.relname
        """,
        (list(UNWALLED),),
    ).fetchall()
    bare = [name for name, is_forced, policies in rows if not (is_forced and policies)]
    if bare or not rows:
        raise BackupError(
            f"Row-level security does not stand in the restored database: {', '.join(bare) or 'no tables'}."
        )
    return len(rows), sum(policies for _, _, policies in rows)


def _forget_recovery(admin_url: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for name in ("recovery_target_action", "restore_command", _TARGET):
            connection.execute(f"alter system reset {name}".encode())
        # A later crash must not look for the former portal's log.
        connection.execute("checkpoint")


def _row(connection: psycopg.Connection[Any], statement: str) -> tuple[Any, ...]:
    row = connection.execute(statement.encode()).fetchone()
    return tuple(row) if row else (None,)

"""`flask backup`: base backups beside the running portal. Restoring needs no portal: `python -m deploy.restore`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from flask.cli import AppGroup

from portal.core.backup.archiving import archive_now
from portal.core.backup.errors import BackupError
from portal.core.backup.making import backup_folder, check_backup, list_backups, make_backup, prune_backups
from portal.core.config import Settings
from portal.core.connections import admin_database_url
from portal.core.embedded import EmbeddedServerError

backup = AppGroup("backup", help="Base backups and the archive of the database's log.")


@backup.command("create")
def create() -> None:
    """Make a base backup; from the first one on, the embedded server's log is kept too."""
    with _in_one_sentence():
        settings = _settings()
        made = make_backup(settings, admin_database_url(settings))
        click.echo(f"{made.name}: {made.megabytes} MB. Any instant from {made.finished_at} on can be restored.")
        if not settings.is_embedded:
            click.echo(
                "Archive the log of your own server too (docs/operations.md): this alone restores that one instant."
            )


@backup.command("list")
def list_() -> None:
    """Print the base backups, the oldest first."""
    with _in_one_sentence():
        for made in list_backups(backup_folder(_settings())):
            click.echo(f"{made.name}  {made.megabytes} MB  from {made.finished_at}")


@backup.command("check")
@click.argument("name")
def check(name: str) -> None:
    """Read a base backup through and compare it with its checksums."""
    with _in_one_sentence():
        check_backup(_settings(), name)
        click.echo(f"{name} is as it was made.")


@backup.command("archive")
def archive() -> None:
    """Close the open segment of the log and wait until it is kept: up to now nothing can be lost any more."""
    with _in_one_sentence():
        settings = _settings()
        if not settings.is_embedded:
            raise BackupError("The log of your own server is archived by that server.")
        archive_now(admin_database_url(settings), backup_folder(settings) / "wal")
        click.echo("Everything committed until now is in the archive.")


@backup.command("prune")
@click.option("--keep", type=click.IntRange(min=1), default=7, show_default=True, help="Base backups that stay.")
def prune(keep: int) -> None:
    """Remove older base backups and the log before those that stay."""
    with _in_one_sentence():
        for name in prune_backups(_settings(), keep):
            click.echo(f"{name} removed")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@contextmanager
def _in_one_sentence() -> Iterator[None]:
    try:
        yield
    except (BackupError, EmbeddedServerError) as error:
        raise click.ClickException(str(error)) from error

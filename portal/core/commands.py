"""Commands of the ground: the worker, backups, new keys."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from portal.core.backup.commands import backup
from portal.core.rotation import rotation
from portal.core.worker import run_worker


# Not a group `worker`: packages bring commands of that name, and a package's command goes before the application's.
@click.command("run-worker")
@with_appcontext
def run() -> None:
    """Dispatch events and run jobs until told to stop."""
    run_worker(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way


def register(app: Flask) -> None:
    """Offer the commands."""
    app.cli.add_command(run)
    app.cli.add_command(backup)
    app.cli.add_command(rotation)

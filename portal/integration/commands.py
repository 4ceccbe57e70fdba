"""`flask channel load`, `flask channel export` and `flask demo load`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from portal.accounts.passwords import hash_password
from portal.core.config import Settings
from portal.core.dispatcher import drain
from portal.core.migration import is_current, upgrade
from portal.core.worker import worker_engine
from portal.integration.channel.export import export_channel
from portal.integration.channel.load import ChannelError, LoadOrder, load_channel
from portal.integration.channel.report import LoadReport
from portal.integration.demo.generate import write_demo_channel
from portal.integration.demo.loading import SIGN_INS, note_sign_ins
from portal.integration.demo.open_orders import place_open_orders

EXIT_REFUSED = 3
"""Something was loaded, but rows or files were refused."""

channel = AppGroup("channel", help="Load and write channel folders.")


@channel.command("load")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would happen and change nothing.")
@click.option("--tree", metavar="CODE", help="The tree to load into; otherwise the organisation without parent.")
def load(folder: Path, tree: str | None, *, dry_run: bool) -> None:
    """Load a channel folder: whole organisations with people, products, prices, stock and order history."""
    report = load_folder(current_app, folder, tree=tree, dry_run=dry_run)
    click.echo(report.table())
    if report.refused:
        click.echo(f"\n{report.refused:,} refused; row by row in {refused_path(current_app)}", err=True)
        sys.exit(EXIT_REFUSED)


@channel.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--tree", required=True, metavar="CODE", help="The tree to write: the code of its top.")
def export(folder: Path, tree: str) -> None:
    """Write a tree as a channel folder; passwords are left out, orders come back as history."""
    loader_url: str = current_app.extensions["role_urls"].loader
    try:
        rows = export_channel(loader_url, folder, tree, note=lambda line: click.echo(line, err=True))
    except ChannelError as error:
        raise click.ClickException(str(error)) from error
    for name, count in rows.items():
        click.echo(f"{name:24}{count:>12,}")


def load_folder(
    app: Flask, folder: Path, *, tree: str | None = None, dry_run: bool = False, quiet: bool = False
) -> LoadReport:
    """Load a folder into the application's database, with progress in the log and, unless quiet, on the error stream.

    Raises:
        click.ClickException: the folder cannot be loaded at all.
    """
    migrate_embedded(app)
    order = LoadOrder(folder, refused_path(app), tree, dry_run)
    note = _log(_logs(app) / "channel.log", quiet=quiet)
    try:
        report = load_channel(app.extensions["role_urls"].loader, order, hash_password=hash_password, note=note)
    except ChannelError as error:
        raise click.ClickException(str(error)) from error
    if not dry_run:
        note("figures …")
        _dispatch(app)
    return report


def _dispatch(app: Flask) -> None:
    """Let what was loaded reach the figures now, whether a worker runs or not."""
    engine = worker_engine(app)
    try:
        drain(engine)
    finally:
        engine.dispose()


def migrate_embedded(app: Flask) -> None:
    """Bring a fresh embedded database up to date; an operator's own server is migrated when he says so.

    Raises:
        click.ClickException: the operator's server is not up to date.
    """
    owner_url: str = app.extensions["role_urls"].owner
    settings: Settings = app.extensions["settings"]
    if is_current(owner_url):
        return
    if not settings.is_embedded:
        raise click.ClickException("The database is not migrated; `python -m deploy.prepare_database` does it.")
    upgrade(owner_url)


def refused_path(app: Flask) -> Path:
    """Give where refused.csv stands: beside the log, in the instance folder."""
    return _logs(app) / "refused.csv"


def _logs(app: Flask) -> Path:
    settings: Settings = app.extensions["settings"]
    return settings.instance / "logs"


def _log(path: Path, *, quiet: bool) -> Callable[[str], None]:
    path.parent.mkdir(parents=True, exist_ok=True)

    def note(line: str) -> None:
        if not quiet:
            click.echo(line, err=True)
        with path.open("a", encoding="utf-8") as handle:
            handle.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}\n")

    return note


demo = AppGroup("demo", help="The demo channel.")


@demo.command("load")
def load_demo() -> None:
    """Make the demo channel as of today and load it into the embedded database."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.is_embedded:
        raise click.ClickException("The demo is loaded into the embedded database only; unset DATABASE_URL.")
    folder = settings.instance / "demo"
    write_demo_channel(folder, datetime.now(UTC).date())
    report = load_folder(current_app, folder, quiet=True)
    click.echo(report.table())
    if report.refused:
        raise click.ClickException(f"The demo is not as it should be; see {refused_path(current_app)}.")
    click.echo(f"{place_open_orders(current_app)} orders under way")
    _dispatch(current_app)
    note_sign_ins(current_app.extensions["role_urls"].loader, folder, settings.instance / SIGN_INS)


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(channel)
    app.cli.add_command(demo)

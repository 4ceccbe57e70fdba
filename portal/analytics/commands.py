"""`flask analytics rebuild`: every roll-up anew from the raw rows."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from portal.analytics.jobs import rebuild
from portal.core.worker import worker_engine

analytics = AppGroup("analytics", help="Roll-ups of sales and of the channel.")


@analytics.command("rebuild")
@click.option("--tree", metavar="CODE", help="One tree, by the code of its top; otherwise all.")
def rebuild_figures(tree: str | None) -> None:
    """Recompute all days of all sellers, in one transaction; readers see the old figures until it ends."""
    engine = worker_engine(current_app)
    try:
        with engine.begin() as connection:
            sellers = rebuild(connection, tree)
    finally:
        engine.dispose()
    click.echo(f"Figures of {sellers:,} sellers rebuilt.")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(analytics)

"""`flask analytics`: every roll-up anew from the raw rows; what the forecast would have said at past origins."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import Engine

from portal.analytics.jobs import rebuild, write_next_forecast
from portal.analytics.service.spans import seller_codes
from portal.core.worker import worker_engine

SUNDAY = 6

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


@analytics.command("forecast")
def forecast() -> None:
    """Forecast now for the sellers whose last week has ended or whose past has changed; the worker does so by itself."""
    engine = worker_engine(current_app)
    try:
        while _forecast_one(engine):
            pass
    finally:
        engine.dispose()


def _forecast_one(engine: Engine) -> bool:
    with engine.begin() as connection:
        return write_next_forecast(connection)


@analytics.command("backtest")
@click.option("--tree", metavar="CODE", help="One tree, by the code of its top; otherwise all.")
@click.option("--seller", "only", multiple=True, metavar="CODE", help="These sellers alone.")
@click.option(
    "--from",
    "first_origin",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first origin: the Sunday that ends the last week known to it.",
)
@click.option("--origins", default=9, show_default=True, type=click.IntRange(1, 104), help="How many, a week apart.")
@click.option("--name", "names", multiple=True, metavar="CODE=NAME", help="What a seller is called in the file.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write wholesaler,item,origin,week,quantity,low,high.",
)
def backtest(
    tree: str | None,
    only: tuple[str, ...],
    first_origin: datetime,
    origins: int,
    names: tuple[str, ...],
    output: Path | None,
) -> None:
    """Forecast four weeks at past origins, each from what was known then, and print the errors beside the naive method's."""
    from portal.analytics.backtest import run_backtest, table

    if first_origin.weekday() != SUNDAY:
        raise click.BadParameter("an origin is a Sunday", param_hint="--from")
    if wrong := [pair for pair in names if "=" not in pair]:
        raise click.BadParameter(f"{wrong[0]}: CODE=NAME is wanted", param_hint="--name")
    called = dict(pair.split("=", 1) for pair in names)
    engine = worker_engine(current_app)
    try:
        with engine.connect() as connection:
            codes = seller_codes(connection, tree)
            if unknown := {*only, *called} - set(codes.values()):
                raise click.ClickException(f"No seller has the code {', '.join(sorted(unknown))}.")
            sellers = {one: called.get(code, code) for one, code in codes.items() if not only or code in only}
            found = run_backtest(connection, sellers, first_origin.date(), origins, output)
    finally:
        engine.dispose()
    click.echo(table(found))


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(analytics)

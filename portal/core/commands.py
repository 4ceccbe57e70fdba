"""Commands of the ground: the worker."""

from __future__ import annotations

from flask import Flask, current_app
from flask.cli import AppGroup

from portal.core.worker import run_worker

worker = AppGroup("worker", help="Background work: events, mails, roll-ups.")


@worker.command("run")
def run() -> None:
    """Dispatch events and run jobs until told to stop."""
    run_worker(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way


def register(app: Flask) -> None:
    """Offer the commands."""
    app.cli.add_command(worker)

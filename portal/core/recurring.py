"""Work that the worker does again and again beside events and jobs, each time in one transaction under its own role."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event as Signal

from flask import Flask
from sqlalchemy import Connection, Engine

logger = logging.getLogger(__name__)

STEP_SECONDS = 0.5

Work = Callable[[Connection], object]
"""Runs in an application context and the connection's open transaction; several workers may run it at once."""


@dataclass(slots=True)
class _Recurring:
    seconds: float
    work: Work
    due: float = 0.0


_works: dict[str, _Recurring] = {}


def recurring(name: str, seconds: float, work: Work) -> None:
    """Let the worker do it every so many seconds; saying it again changes nothing."""
    _works.setdefault(name, _Recurring(seconds, work))


def run_recurring(app: Flask, engine: Engine, stop: Signal) -> None:
    """Do what is due until told to stop; what fails is tried again at its next turn."""
    while not stop.wait(STEP_SECONDS):
        for name, each in _works.items():
            if time.monotonic() < each.due:
                continue
            try:
                with app.app_context(), engine.begin() as connection:
                    each.work(connection)
            except Exception:  # whatever it is: a thread that ends here would stop all of this work unnoticed
                logger.exception("%s failed; trying again", name)
            each.due = time.monotonic() + each.seconds

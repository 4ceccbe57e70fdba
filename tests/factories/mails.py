"""What the worker would do with the facts of a test, and the mails that come of it."""

from __future__ import annotations

import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from flask import Flask
from sqlalchemy import text

from portal.core.dispatcher import drain
from portal.core.mail import mail_folder
from portal.core.worker import run_handler, worker_engine
from tests.factories.seed import Seed


def forget_mails(app: Flask) -> None:
    """Let nothing be there that an earlier test wrote."""
    for old in mail_folder(app.extensions["settings"]).glob("*.eml"):
        old.unlink()


def written_mails(app: Flask, seed: Seed) -> list[EmailMessage]:
    """Run what the worker would run and give the mails it wrote since the last call, oldest first."""
    engine = worker_engine(app)
    # Events wait for every older transaction of the whole server, other tests' included.
    deadline = time.monotonic() + 20
    while seed.run(text("select count(*) from outbox_event"))[0][0] and time.monotonic() < deadline:
        drain(engine)
    with engine.begin() as connection:
        jobs = connection.exec_driver_sql(
            "delete from procrastinate_jobs where task_name = 'handle_event' returning id, args"
        ).all()
    engine.dispose()
    for _, arguments in sorted(jobs):
        run_handler(app, arguments["handler"], arguments["event"])
    folder = mail_folder(app.extensions["settings"])
    written = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    found: list[Any] = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in written]
    forget_mails(app)
    return found

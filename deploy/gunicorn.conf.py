"""gunicorn's configuration, for `make run` and for servers alike: `gunicorn -c deploy/gunicorn.conf.py app:app`."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger
from prometheus_client.multiprocess import mark_process_dead

from portal.core.config import Settings
from portal.core.logging import logging_configuration

settings = Settings.from_environ(os.environ)

metrics_folder = settings.instance / "metrics"
metrics_folder.mkdir(exist_ok=True)
for _left_over in metrics_folder.glob("*.db"):
    _left_over.unlink(missing_ok=True)
# Read by prometheus_client when the application is imported, which preloading does after this file.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics_folder)

bind = f"{settings.host}:{settings.port}"
workers = settings.web_processes
threads = settings.web_threads
worker_class = "gthread"
preload_app = True  # One import for all processes, whose memory they share.
control_socket_disable = True
timeout = 60
graceful_timeout = 15
keepalive = 5
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - heartbeats must not wait for a disk
forwarded_allow_ips = ""  # The application itself believes as many proxies as TRUSTED_PROXIES says.
logconfig_dict = logging_configuration(settings.log_level)


class QuietLogger(Logger):  # type: ignore[misc]
    """gunicorn's log without access lines: the application writes its own, with the request's id.

    With a logging configuration gunicorn gathers what such a line could say for each request, a third of its own time.
    """

    def access(self, *_: object) -> None:
        """Write nothing, and gather nothing."""


logger_class = QuietLogger


def pre_fork(_server: Any, _worker: Any) -> None:
    """Keep what was imported out of the collector's way, so that the processes go on sharing it."""
    gc.freeze()


def post_fork(_server: Any, _worker: Any) -> None:
    """Forget connections opened before the fork: two processes must never speak on one."""
    from app import app
    from tenants.database import db

    with app.app_context():
        for engine in db.engines.values():
            engine.dispose(close=False)


def child_exit(_server: Any, worker: Any) -> None:
    """Take the live gauges of a process that has gone out of the sums."""
    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

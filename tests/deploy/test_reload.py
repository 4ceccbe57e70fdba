"""A new version takes over while people work: no request fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from portal.core.config import PROJECT_FOLDER
from tenants.database_roles import conninfo
from tests.running_portal import free_port, status_of

pytestmark = pytest.mark.xdist_group("launch")

LIMIT_SECONDS = 120


class Web:
    """gunicorn as a server of one's own starts it."""

    def __init__(self, server: Any, app: Flask, instance: Path) -> None:
        self.port = free_port()
        database = str(conninfo_to_dict(conninfo(app.extensions["role_urls"].app))["dbname"])
        admin = conninfo_to_dict(make_conninfo(conninfo(server.admin_url), dbname=database))
        url = f"postgresql://{admin['user']}@/{admin['dbname']}?host={admin['host']}"
        (instance / "database_passwords.json").write_bytes(server.passwords_file.read_bytes())
        self.environ = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "INSTANCE": str(instance),
            "DATABASE_URL": url,
            "PORT": str(self.port),
            "WEB_PROCESSES": "1",
        }
        self.log = (instance / "web.log").open("wb")
        command = [
            str(Path(sys.executable).with_name("gunicorn")),
            "--no-control-socket",
            "-c",
            "deploy/gunicorn.conf.py",
            "app:app",
        ]
        self.process = subprocess.Popen(command, cwd=PROJECT_FOLDER, env=self.environ, stdout=self.log, stderr=self.log)
        self.master = self.process.pid
        deadline = time.monotonic() + LIMIT_SECONDS
        while self.ask() != 200:
            assert self.process.poll() is None, Path(self.log.name).read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def ask(self, path: str = "/readyz") -> int:
        """Give the status, 0 where nobody answers."""
        return status_of(self.port, path)

    def reload(self) -> subprocess.CompletedProcess[str]:
        """Let the next master take over."""
        command = [sys.executable, "-m", "deploy.reload", str(self.master)]
        done = subprocess.run(
            command, cwd=PROJECT_FOLDER, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
        )
        if done.returncode == 0:
            # Nobody else takes note of the end of a child of ours.
            self.process.wait(timeout=LIMIT_SECONDS)
            self.master = int(done.stdout)
        return done

    def end(self) -> None:
        """Stop whichever master serves, and wait for its end."""
        os.kill(self.master, signal.SIGTERM)
        deadline = time.monotonic() + LIMIT_SECONDS
        while self.ask("/healthz") and time.monotonic() < deadline:
            time.sleep(0.1)
        self.process.wait(timeout=LIMIT_SECONDS)
        self.log.close()


@pytest.fixture
def web(server: Any, app: Flask, instance_folder: Path) -> Iterator[Web]:
    running = Web(server, app, instance_folder)
    yield running
    running.end()


def test_a_version_that_does_not_start_changes_nothing_and_one_that_does_takes_over_without_a_failed_request(
    web: Web,
) -> None:
    _refuse_a_broken_version(web)
    _take_over_under_load(web)


def _refuse_a_broken_version(web: Web) -> None:
    # The settings of the gunicorn configuration are read anew: a file where a folder must be stops the start.
    metrics = Path(web.environ["INSTANCE"]) / "metrics"
    for path in metrics.iterdir():
        path.unlink()
    metrics.rmdir()
    metrics.touch()
    done = web.reload()
    assert (done.returncode, done.stderr) == (
        *(1, "The new version does not start, so the former one goes on; its log says why.\n"),
    )
    assert web.process.poll() is None
    metrics.unlink()
    metrics.mkdir()
    assert web.ask("/healthz") == 200


def _take_over_under_load(web: Web) -> None:
    statuses: list[int] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            statuses.append(web.ask("/sign-in"))

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    former = web.master
    done = web.reload()
    answered = len(statuses)
    assert web.ask("/sign-in") == 200
    is_over.set()
    for asker in askers:
        asker.join(timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), Path(web.log.name).read_text()
    assert web.master != former
    assert answered > 3
    assert set(statuses) == {200}

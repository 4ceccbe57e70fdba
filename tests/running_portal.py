"""A whole portal as `make run` starts it, for tests of what happens to its processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from portal.core.config import PROJECT_FOLDER


def free_port() -> int:
    """Give a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(instance: Path, **environ: str) -> subprocess.Popen[str]:
    """Start the launcher on an instance folder."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.launch"],
        cwd=PROJECT_FOLDER,
        env={**kept, "INSTANCE": str(instance), "DEMO": "no", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def processes(instance: Path) -> dict[int, str]:
    """Everything that works on this instance, by its environment or its arguments: the database has no parent."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            environ = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if command and (str(instance) in command or f"INSTANCE={instance}" in environ):
            found[int(folder.name)] = command
    return found


def status_of(port: int, path: str) -> int:
    """Give the status a path is answered with on this machine, 0 where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class Portal:
    """A running portal."""

    def __init__(self, instance: Path, **environ: str) -> None:
        """Start it and wait until it says where it runs."""
        self.port = free_port()
        self.instance = instance
        self.launcher = start(instance, PORT=str(self.port), **{"WEB_PROCESSES": "1", **environ})
        self.said: list[str] = []
        """What it told on its way."""
        assert self.launcher.stdout is not None
        for line in self.launcher.stdout:
            self.said.append(line.rstrip("\n"))
            if line.startswith("Kontor runs at"):
                return
        raise AssertionError(self.launcher.communicate()[1])

    def status(self, path: str) -> int:
        """Give the status a path is answered with, 0 where nobody answers."""
        return status_of(self.port, path)

    def wait_until_ready(self, seconds: float = 30) -> None:
        """Wait until it can serve."""
        deadline = time.monotonic() + seconds
        while self.status("/readyz") != 200:
            assert time.monotonic() < deadline, f"not ready within {seconds} s"
            time.sleep(0.1)

    def log_ends(self, lines: int = 40) -> str:
        """Give the last lines of every log, for a test that failed."""
        logs = [*sorted((self.instance / "logs").glob("*.log")), self.instance / "postgres.log"]
        texts = [(log.name, log.read_text(errors="replace").splitlines()[-lines:]) for log in logs if log.exists()]
        return "\n".join(f"== {name}\n" + "\n".join(ends) for name, ends in texts)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """End it and give its exit status and what it complained about."""
        if self.launcher.poll() is None:
            self.launcher.send_signal(number)
        _, errors = self.launcher.communicate(timeout=60)
        return self.launcher.returncode, errors

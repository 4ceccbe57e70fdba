"""Run the whole portal on this machine until Ctrl-C: database, migrations, demo channel, web server and worker.

`python -m deploy.launch`, from the project's folder, inside the virtual environment; `make run` does just that.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any, Final

import psycopg

from portal.core import embedded, migration
from portal.core.config import PROJECT_FOLDER, Settings, SettingsError
from tenants.database_roles import DatabaseSetupError, RoleUrls, conninfo, prepare_roles

NEEDED_MEGABYTES: Final = 300
READY_LIMIT_SECONDS: Final = 90
STOP_LIMIT_SECONDS: Final = 20
LOG_LIMIT_BYTES: Final = 50 * 2**20
SIGN_INS_SHOWN: Final = 8
SETTLED_AFTER_SECONDS: Final = 10
PAUSE_SECONDS: Final = 3
RESTARTS_IN_WINDOW: Final = 40
RESTART_WINDOW_SECONDS: Final = 60

PROGRAMS: Final = {
    "web": ("gunicorn", "--no-control-socket", "-c", "deploy/gunicorn.conf.py", "app:app"),
    "worker": ("flask", "--app", "app", "run-worker"),
}


class LaunchError(Exception):
    """The portal cannot run; the message is one sentence for the operator."""


class Stopped(Exception):
    """Ctrl-C, SIGTERM, or the terminal went away."""


@dataclass(slots=True)
class Child:
    """One program of the portal; it leads a process group of its own, so that nothing of it is left behind."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    started: float
    has_settled: bool = False
    """It, or one it took the place of, ran long enough to show that it can."""


def main() -> int:
    """Run until stopped and give the exit status: 0 when the operator ended it."""
    _stop_on_signals()
    try:
        settings = Settings.from_environ(os.environ)
        _tell(f"Starting Kontor (its data: {settings.instance}) ...")
        _refuse_port_in_use(settings)
        _refuse_full_disk(settings)
        with _alone(settings), _database(settings) as admin_url:
            _prepare(settings, admin_url)
            _serve(settings)
    except Stopped:
        print("\nKontor has ended.")
    except (
        LaunchError,
        SettingsError,
        DatabaseSetupError,
        embedded.EmbeddedServerError,
        migration.MigrationError,
    ) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or 'The portal'} cannot be used: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


def _tell(step: str) -> None:
    """Name the step that begins, at once also where the output is a file or a pipe."""
    print(step, flush=True)


def _stop_on_signals() -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        # Once is enough: a second Ctrl-C must not interrupt the clearing up.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    if "MAKELEVEL" in os.environ:
        _end_with_parent()


def _end_with_parent() -> None:
    """Ask the kernel for a SIGTERM when the parent dies, however it dies."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _refuse_port_in_use(settings: Settings) -> None:
    try:
        family, _, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError as error:
        raise LaunchError(f"This user may not listen on port {settings.port}; choose one above 1023.") from error
    except OSError as error:
        if isinstance(error, socket.gaierror):
            raise LaunchError(f"HOST {settings.host} is no address of this machine.") from error
        raise LaunchError(
            f"Port {settings.port} is in use by another program; choose another one, such as: "
            f"make run PORT={settings.port + 1}"
        ) from error


def _refuse_full_disk(settings: Settings) -> None:
    free = shutil.disk_usage(settings.instance).free // 2**20
    if free < NEEDED_MEGABYTES:
        raise LaunchError(
            f"There is not enough disk space in {settings.instance}: {free} MB are free, {NEEDED_MEGABYTES} needed."
        )


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Keep a second launcher out of the folder: the one that ends first would end the other's database."""
    try:
        settings.instance.mkdir(parents=True, exist_ok=True)
        lock = (settings.instance / "launcher.lock").open("a")
    except OSError as error:
        raise LaunchError(f"The folder {settings.instance} cannot be used: {error.strerror or error}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LaunchError(
                f"Kontor already runs in the folder {settings.instance}; end it, or choose another one: make run INSTANCE=..."
            ) from None
        yield


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[str]:
    if not settings.is_embedded:
        _tell("Using the database of DATABASE_URL ...")
        yield settings.database_url
        return
    _tell("Starting the database ...")
    with embedded.hold(settings.instance) as admin_url:
        try:
            yield admin_url
        finally:
            # Ctrl-C ends all of it, also for a command that is still at work beside us.
            embedded.stop_embedded_server(settings.instance)


def _prepare(settings: Settings, admin_url: str) -> None:
    urls = prepare_roles(
        admin_url, settings.passwords_file, database=embedded.DATABASE if settings.is_embedded else None
    )
    if not migration.is_current(urls.owner):
        _tell("Migrating the database ...")
        migration.upgrade(urls.owner)
    if _wants_demo(settings, urls):
        _load_demo(settings)


def _wants_demo(settings: Settings, urls: RoleUrls) -> bool:
    """Tell whether this is the first start: nobody's data are mixed with the demo, half a demo is completed."""
    if not settings.demo or not settings.is_embedded or _sign_ins_file(settings).exists():
        return False
    if _demo_started_file(settings).exists():
        return True
    admin_url = embedded.embedded_server_url(settings.instance) or urls.owner
    with psycopg.connect(conninfo(admin_url), dbname=embedded.DATABASE) as connection:
        # The superuser of the embedded server sees all rows; the owner, under forced policies, none.
        row = connection.execute("SELECT EXISTS (SELECT FROM organisation)").fetchone()
    return row == (False,)


def _load_demo(settings: Settings) -> None:
    _tell("Loading the demo channel (once, up to a minute) ...")
    _demo_started_file(settings).touch()
    log = settings.instance / "logs" / "demo.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", "demo", "load"],
            cwd=PROJECT_FOLDER, env=_environment(settings), stdout=output, stderr=output, check=False,
            start_new_session=True,
        )  # fmt: skip
    if done.returncode != 0:
        _refuse_full_disk(settings)
        raise LaunchError(f"The demo channel could not be loaded (see {log}); DEMO=no starts without it.")


def _demo_started_file(settings: Settings) -> Path:
    return settings.instance / "demo_started"


def _sign_ins_file(settings: Settings) -> Path:
    return settings.instance / "demo_sign_ins.json"


def _serve(settings: Settings) -> None:
    children: dict[str, Child] = {}
    restarts: list[float] = []
    try:
        _tell(f"Starting the web server on port {settings.port} ...")
        children["web"] = _start(settings, "web")
        _wait_until_ready(settings, children)
        # Only now, so that the first page does not wait for the worker's imports.
        _tell("Starting the worker ...")
        children["worker"] = _start(settings, "worker")
        _announce(settings)
        while True:
            time.sleep(0.5)
            # The database first: what else has ended may have ended for want of it.
            if settings.is_embedded and embedded.embedded_server_url(settings.instance) is None:
                _note_restart("database", restarts, settings.instance / "postgres.log")
                embedded.embedded_server(settings.instance)
            for name, child in children.items():
                children[name] = _keep_running(settings, child, restarts)
    finally:
        _end(list(children.values()))


def _keep_running(settings: Settings, child: Child, restarts: list[float]) -> Child:
    """Start a program again that was killed or fell over; one that never ran properly ends the portal."""
    age = time.monotonic() - child.started
    if (status := child.process.poll()) is None:
        child.has_settled = child.has_settled or age > SETTLED_AFTER_SECONDS
        return child
    if status > 0 and not child.has_settled:
        _refuse_lost_child({child.name: child})
    if age < PAUSE_SECONDS:
        return child  # Without a pause an outage of the database would be answered by a storm of starts.
    _note_restart(child.name, restarts, child.log)
    _signal_group(child, signal.SIGKILL)
    successor = _start(settings, child.name)
    successor.has_settled = child.has_settled
    return successor


def _note_restart(name: str, restarts: list[float], log: Path) -> None:
    """Report a program that ended by itself, and give up when that happens again and again."""
    now = time.monotonic()
    restarts[:] = [moment for moment in restarts if moment > now - RESTART_WINDOW_SECONDS] + [now]
    if len(restarts) > RESTARTS_IN_WINDOW:
        raise LaunchError(f"The {name} ends again and again, so all of it is stopped; see {log}.")
    print(f"The {name} ended by itself and is started again; see {log}.", file=sys.stderr, flush=True)


def _start(settings: Settings, name: str) -> Child:
    log = settings.instance / "logs" / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *PROGRAMS[name]],
            cwd=PROJECT_FOLDER,
            env=_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - no thread runs here that a fork could harm
        )
    return Child(name, process, log, time.monotonic())


def _environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, "INSTANCE": str(settings.instance), "PYTHONUNBUFFERED": "1"}


def _wait_until_ready(settings: Settings, children: dict[str, Child]) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    deadline = time.monotonic() + READY_LIMIT_SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline:
        _refuse_lost_child(children)
        with contextlib.suppress(urllib.error.URLError, OSError):
            opener.open(f"http://{host}:{settings.port}/readyz", timeout=5).close()
            return
        time.sleep(0.1)
    raise LaunchError(f"The web server was not ready within {READY_LIMIT_SECONDS} s; see {children['web'].log}.")


def _refuse_lost_child(children: dict[str, Child]) -> None:
    for child in children.values():
        if (status := child.process.poll()) is not None:
            lines = child.log.read_text(errors="replace").splitlines()[-3:]
            raise LaunchError(
                f"The {child.name} process ended by itself (status {status}), so all of it is stopped; "
                f"the last lines of {child.log}:\n" + "\n".join(lines)
            )


def _end(children: list[Child]) -> None:
    """Ask every program to finish its work, then cut off what has not."""
    for child in children:
        _signal_group(child, signal.SIGTERM, leader_only=True)
    deadline = time.monotonic() + STOP_LIMIT_SECONDS
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        _signal_group(child, signal.SIGKILL)
        child.process.wait()


def _signal_group(child: Child, number: signal.Signals, *, leader_only: bool = False) -> None:
    with contextlib.suppress(ProcessLookupError):
        if leader_only:
            child.process.send_signal(number)
        else:
            os.killpg(child.process.pid, number)


def _announce(settings: Settings, output: IO[str] = sys.stdout) -> None:
    print(f"\nKontor runs at {settings.public_url}/  (Ctrl-C ends it; logs: {settings.instance / 'logs'})", file=output)
    rows = [_sign_in_row(settings, entry) for entry in _sign_ins(settings)]
    if rows:
        header = ("Tier", "E-mail", "Password", "Address")
        widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
        print(file=output)
        for row in (header, *rows):
            print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)), file=output)
    print(file=output, flush=True)


def _sign_in_row(settings: Settings, entry: dict[str, Any]) -> tuple[str, str, str, str]:
    url = str(entry.get("url", "/"))
    # The demo may have been loaded while the portal had another port.
    path = "/" + url.split("://", 1)[-1].partition("/")[2] if "://" in url else url
    return (
        str(entry.get("tier", "")).capitalize(),
        str(entry["email"]),
        str(entry["password"]),
        settings.public_url + path,
    )


def _sign_ins(settings: Settings) -> list[dict[str, Any]]:
    if not settings.is_embedded:
        return []
    try:
        entries = json.loads(_sign_ins_file(settings).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    return [entry for entry in entries if isinstance(entry, dict)][:SIGN_INS_SHOWN]


if __name__ == "__main__":
    sys.exit(main())

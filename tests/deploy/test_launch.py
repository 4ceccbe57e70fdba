from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy import launch
from portal.core.config import PROJECT_FOLDER, Settings

pytestmark = pytest.mark.xdist_group("launch")

DiskUsage = namedtuple("DiskUsage", "total used free")  # noqa: PYI024 - the shape of shutil.disk_usage


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(instance: Path, **environ: str) -> subprocess.Popen[str]:
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


class Portal:
    """A running portal."""

    def __init__(self, instance: Path) -> None:
        self.port = free_port()
        self.instance = instance
        self.launcher = start(instance, PORT=str(self.port), WEB_PROCESSES="1")
        assert self.launcher.stdout is not None
        for line in self.launcher.stdout:
            if line.startswith("Kontor runs at"):
                return
        raise AssertionError(self.launcher.communicate()[1])

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def wait_until_ready(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while self.status("/readyz") != 200:
            assert time.monotonic() < deadline, f"not ready within {seconds} s"
            time.sleep(0.1)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        if self.launcher.poll() is None:
            self.launcher.send_signal(number)
        _, errors = self.launcher.communicate(timeout=60)
        return self.launcher.returncode, errors


@pytest.fixture(scope="module")
def instance(new_instance: Callable[[], Path]) -> Path:
    return new_instance()


@pytest.fixture
def portal(instance: Path) -> Iterator[Portal]:
    running = Portal(instance)
    yield running
    if running.launcher.poll() is None:
        running.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ending_it_leaves_no_process_behind(portal: Portal, number: signal.Signals) -> None:
    commands = " ".join(processes(portal.instance).values())
    assert all(part in commands for part in ("gunicorn", "worker run", "bin/postgres"))
    assert portal.stop(number) == (0, "")
    assert processes(portal.instance) == {}


def test_killed_programs_come_back(portal: Portal) -> None:
    for program in ("gunicorn", "worker run", "bin/postgres"):
        victim = min(number for number, command in processes(portal.instance).items() if program in command)
        os.kill(victim, signal.SIGKILL)
        time.sleep(1)
        portal.wait_until_ready()
    returncode, errors = portal.stop()
    assert returncode == 0
    for name in ("web", "worker", "database"):
        assert f"The {name} ended by itself and is started again" in errors
    assert processes(portal.instance) == {}


def test_a_port_in_use_gets_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        _, errors = (launcher := start(tmp_path, PORT=str(port))).communicate(timeout=30)
    assert launcher.returncode == 1
    assert errors == (
        f"Port {port} is in use by another program; choose another one, such as: make run PORT={port + 1}\n"
    )


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://root@localhost/shop", "DATABASE_URL must look like postgresql://user:password@host:5432/database."),
        ("postgresql://nobody:wrong@127.0.0.1:1/shop", "The database of DATABASE_URL cannot be used: "),
    ],
)
def test_a_wrong_database_url_gets_one_sentence(tmp_path: Path, url: str, sentence: str) -> None:
    _, errors = (launcher := start(tmp_path, PORT=str(free_port()), DATABASE_URL=url)).communicate(timeout=30)
    assert launcher.returncode == 1
    assert errors.startswith(sentence)
    assert errors.count("\n") == 1


def test_a_full_disk_gets_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: DiskUsage(2**30, 2**30, 2**20))
    with pytest.raises(launch.LaunchError) as refused:
        launch._refuse_full_disk(Settings(instance=tmp_path))
    assert str(refused.value) == f"There is not enough disk space in {tmp_path}: 1 MB are free, 300 needed."


def test_the_announcement_names_one_sign_in_a_tier_at_the_port_in_use(tmp_path: Path) -> None:
    sign_ins = [
        {"tier": "Manufacturer", "email": "m@x.example", "password": "p1", "url": "http://localhost:8000/w/maker/"},
        {"tier": "Retailer", "email": "retail@x.example", "password": "p2", "url": "/w/shop/"},
    ]
    (tmp_path / "demo_sign_ins.json").write_text(json.dumps(sign_ins))
    output = io.StringIO()
    launch._announce(Settings(instance=tmp_path, public_url="http://localhost:8123"), output)
    lines = [line.split() for line in output.getvalue().splitlines() if "example" in line]
    assert lines == [
        ["Manufacturer", "m@x.example", "p1", "http://localhost:8123/w/maker/"],
        ["Retailer", "retail@x.example", "p2", "http://localhost:8123/w/shop/"],
    ]


def test_nobodys_passwords_are_shown_for_a_database_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "demo_sign_ins.json").write_text('[{"tier": "x", "email": "m@x.example", "password": "p1"}]')
    output = io.StringIO()
    settings = Settings(instance=tmp_path, database_url="postgresql://a@b/c", public_url="http://localhost:8000")
    launch._announce(settings, output)
    assert "example" not in output.getvalue()

from __future__ import annotations

import io
import json
import os
import signal
import socket
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy import launch
from portal.core.config import Settings
from tests.running_portal import Portal, free_port, processes, start

pytestmark = pytest.mark.xdist_group("launch")

DiskUsage = namedtuple("DiskUsage", "total used free")  # noqa: PYI024 - the shape of shutil.disk_usage


@pytest.fixture(scope="module")
def instance(new_instance: Callable[[], Path]) -> Path:
    return new_instance()


@pytest.fixture
def portal(instance: Path) -> Iterator[Portal]:
    running = Portal(instance)
    yield running
    if running.launcher.poll() is None:
        running.stop()


def test_every_step_of_a_start_is_told_when_it_begins(new_instance: Callable[[], Path]) -> None:
    instance = new_instance()
    for migrates in (["Migrating the database ..."], []):
        running = Portal(instance)
        assert running.stop() == (0, "")
        assert running.said == [
            f"Starting Kontor (its data: {instance}) ...",
            "Starting the database ...",
            *migrates,
            f"Starting the web server on port {running.port} ...",
            "Starting the worker ...",
            "",
            f"Kontor runs at http://localhost:{running.port}/  (Ctrl-C ends it; logs: {instance / 'logs'})",
        ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ending_it_leaves_no_process_behind(portal: Portal, number: signal.Signals) -> None:
    commands = " ".join(processes(portal.instance).values())
    assert all(part in commands for part in ("gunicorn", "run-worker", "bin/postgres"))
    assert portal.stop(number) == (0, "")
    assert processes(portal.instance) == {}


def test_killed_programs_come_back(portal: Portal) -> None:
    for program in ("gunicorn", "run-worker", "bin/postgres"):
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


def test_a_second_portal_in_the_folder_gets_one_sentence_and_the_first_serves_on(portal: Portal) -> None:
    second = start(portal.instance, PORT=str(free_port()))
    _, errors = second.communicate(timeout=60)
    assert second.returncode == 1
    assert errors == (
        f"Kontor already runs in the folder {portal.instance}; end it, or choose another one: make run INSTANCE=...\n"
    )
    assert portal.status("/readyz") == 200


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

"""Instance folders for tests that run servers of their own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.core import embedded


@pytest.fixture(scope="session")
def new_instance() -> Iterator[Callable[[], Path]]:
    """Give a maker of empty instance folders; their servers end with the test run.

    Not in pytest's own temporary folder: every run of pytest closes that to other users, and as root the server
    runs as one.
    """
    base = Path(tempfile.mkdtemp(prefix="kontor-tests-"))
    made: list[Path] = []

    def make() -> Path:
        made.append(base / str(len(made)))
        made[-1].mkdir()
        return made[-1]

    yield make
    for instance in made:
        embedded.stop_embedded_server(instance)
    shutil.rmtree(base)


@pytest.fixture
def instance_folder(new_instance: Callable[[], Path]) -> Path:
    """Give an empty instance folder for one test."""
    return new_instance()

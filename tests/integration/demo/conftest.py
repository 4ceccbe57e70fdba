"""The demo channel, written once for all its tests and read back as anyone else would read it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from portal.integration.demo.generate import DemoSummary, write_demo_channel

TODAY = date(2026, 11, 23)
Rows = list[dict[str, str]]


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "channel"


@pytest.fixture(scope="session")
def summary(demo_folder: Path) -> DemoSummary:
    return write_demo_channel(demo_folder, TODAY)


@pytest.fixture(scope="session")
def read(demo_folder: Path, summary: DemoSummary) -> Callable[[str], Rows]:
    """Read a file of the demo by its name without ending; each file is read once."""
    kept: dict[str, Rows] = {}

    def rows(name: str) -> Rows:
        if name not in kept:
            with (demo_folder / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
                kept[name] = list(csv.DictReader(handle))
        return kept[name]

    return rows

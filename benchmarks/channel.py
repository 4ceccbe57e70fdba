"""The load of the full Iowa channel beside bare COPY plus INSERT ... SELECT; needs the raw files beside the project."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks.channel_load import run
from benchmarks.ground import Ground
from benchmarks.results import Result
from benchmarks.sizes import FULL
from portal.core.config import PROJECT_FOLDER

IOWA = PROJECT_FOLDER.parent / "shared" / "data" / "iowa"
WORK, REACH = "load of the Iowa channel", "0.500 of the limit, memory below 500 MB"
SHARE, MOST_MB = 0.5, 500


def channel(ground: Ground) -> Iterable[Result]:
    """Measure lines per second of both sides, once: it takes minutes."""
    if ground.size is not FULL:
        yield Result(WORK, REACH, None, note="measured in the full size alone")
        return
    if not IOWA.is_dir():
        yield Result(WORK, REACH, None, note="there is no ../shared/data/iowa beside the project")
        return
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as place:
        folder = Path(place) / "channel"
        files = sorted((IOWA / "orders").glob("order_lines_*.csv.gz"))
        command = [sys.executable, str(IOWA / "make_channel.py"), str(folder), "--orders", *map(str, files)]
        subprocess.run(command, check=True, capture_output=True)
        found = run(folder)
    share, peak = found["share_of_bare_rate"], found["client_peak_mb"] + found["server_peak_mb"]
    note = f"{found['lines']:,.0f} lines; memory {peak:.0f} MB, of it {found['client_peak_mb']:.0f} MB the loader"
    yield Result(
        WORK,
        REACH,
        share >= SHARE and peak < MOST_MB,
        portal=round(found["loader_lines_per_second"], 1),
        limit=round(found["bare_lines_per_second"], 1),
        ratio=round(share, 3),
        note=note,
    )

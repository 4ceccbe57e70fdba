"""What two web processes and a worker keep in memory, after all they have done."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks.ground import WORKER, Ground, running
from benchmarks.results import Result

MOST_MB = 450
_SETTLE_SECONDS = 12


def memory(ground: Ground) -> Iterable[Result]:
    """Sum the proportional set sizes of the web server, its processes and a worker."""
    with running("worker", WORKER, ground.instance, {"INSTANCE": str(ground.instance)}) as worker:
        time.sleep(_SETTLE_SECONDS)
        web, background = _tree_mb(ground.web.pid), _tree_mb(worker.pid)
    total = web + background
    note = f"{total:.0f} MB: web {web:.0f}, worker {background:.0f}"
    yield Result("memory (PSS)", f"below {MOST_MB} MB", total < MOST_MB, portal=round(total, 1), note=note)


def _tree_mb(pid: int) -> float:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return _pss_mb(pid) + sum(_tree_mb(int(child)) for child in children)


def _pss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))

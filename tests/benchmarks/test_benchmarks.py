"""The benchmarks run; what they find is not looked at, because times on a shared machine prove nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from portal.core.config import PROJECT_FOLDER


def test_a_page_and_placing_are_measured_in_the_small_size(instance_folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--size", "small", "product_page", "place_by_api"],
        cwd=PROJECT_FOLDER,
        env={**os.environ, "INSTANCE": str(instance_folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = json.loads((instance_folder / "bench.json").read_text(encoding="utf-8"))
    assert told["size"] == "small"
    assert [one["work"] for one in told["results"]] == ["product page of 24 rows", "placing 20 lines by API"]
    assert all(one["portal"] > 0 and one["limit"] > 0 and one["statements"] <= 10 for one in told["results"])
    assert [one["transactions"] for one in told["results"]] == [1, 1]
    assert not (instance_folder / "bench-small").exists()

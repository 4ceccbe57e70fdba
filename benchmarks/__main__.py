"""Measure the portal beside its limits: `python -m benchmarks`, or some of it: `python -m benchmarks order_pages memory`."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from pathlib import Path

from benchmarks.catalogue import product_page, search
from benchmarks.channel import channel
from benchmarks.figures import figures
from benchmarks.forecast import forecasts
from benchmarks.ground import stand
from benchmarks.memory import memory
from benchmarks.orders import place_by_api, repeat_order
from benchmarks.pages import order_pages
from benchmarks.price_lists import price_import, publish
from benchmarks.prices import price_check, price_file, priced_lines
from benchmarks.results import Benchmark, Result, table, write
from benchmarks.sizes import SIZES
from portal.core.config import PROJECT_FOLDER

BENCHMARKS: dict[str, Benchmark] = {
    "product_page": product_page,
    "search": search,
    "order_pages": order_pages,
    "repeat_order": repeat_order,
    "place_by_api": place_by_api,
    "price_check": price_check,
    "priced_lines": priced_lines,
    "price_file": price_file,
    "publish": publish,
    "price_import": price_import,
    "figures": figures,
    "forecast": forecasts,
    "memory": memory,
    "channel": channel,
}


def main() -> int:
    """Give 0 when everything measured reached what it should, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="benchmark", help=f"of {', '.join(BENCHMARKS)}; all without")
    parser.add_argument(
        "--size", choices=SIZES, default="full", help="small is a smoke test whose figures mean nothing"
    )
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark called {', '.join(sorted(unknown))}")
    # Whoever ends us early must not find our servers still running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    instance = PROJECT_FOLDER / (os.environ.get("INSTANCE") or "instance")
    folder = instance / f"bench-{chosen.size}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        results = _run(chosen.names or list(BENCHMARKS), chosen.size, folder)
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(table(results))
    write(instance / "bench.json", chosen.size, results)
    return 0 if chosen.size == "small" or all(one.passed is not False for one in results) else 1


def _run(names: list[str], size: str, folder: Path) -> list[Result]:
    results: list[Result] = []
    with stand(SIZES[size], folder) as ground:
        for name in names:
            print(f"{name} ...", flush=True)
            results += BENCHMARKS[name](ground)
    return results


if __name__ == "__main__":
    sys.exit(main())

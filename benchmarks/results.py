"""What a benchmark found, as a row of the table and of the file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.ground import Ground
from benchmarks.rounds import MakeWork, measure, ratio
from benchmarks.statements import Counted, count_in_log

_COUNTED = 5


@dataclass(frozen=True, slots=True)
class Result:
    """One row. Rates are units per second; `ratio` is the portal's rate by the limit's."""

    work: str
    reach: str
    passed: bool | None
    """None: not measured."""
    portal: float | None = None
    limit: float | None = None
    ratio: float | None = None
    p50: float | None = None
    """Milliseconds."""
    p95: float | None = None
    processor: float | None = None
    """Milliseconds of processor time of one unit, of web, database and client together."""
    processor_ratio: float | None = None
    """The limit's by the portal's: what the ratio would be on a machine with nothing else to do."""
    statements: int | None = None
    transactions: int | None = None
    note: str = ""


Benchmark = Callable[[Ground], Iterable[Result]]


def compare(
    ground: Ground,
    work: str,
    portal: MakeWork,
    limit: MakeWork,
    *,
    share: float,
    most_statements: int | None = None,
    most_transactions: int | None = None,
) -> Result:
    """Measure the portal beside its limit and count its statements."""
    counted = statements_of(ground, portal)
    measured = measure({"portal": portal, "limit": limit}, ground.size, ground.processes)
    found = ratio(measured["portal"], measured["limit"])
    statements, transactions = len(counted.work) // _COUNTED, counted.transactions // _COUNTED
    passed = found >= share
    reach = f"{share:.3f} of the limit"
    if most_statements is not None:
        reach += f", {most_statements} statements"
        passed = passed and statements <= most_statements
    if most_transactions is not None:
        reach += f", {most_transactions} transaction"
        passed = passed and transactions <= most_transactions
    portal_side, limit_side = measured["portal"], measured["limit"]
    return Result(
        work,
        reach,
        passed,
        round(portal_side.rate, 1),
        round(limit_side.rate, 1),
        round(found, 3),
        round(portal_side.percentile(0.5), 2),
        round(portal_side.percentile(0.95), 2),
        round(portal_side.processor_milliseconds, 2),
        round(limit_side.processor_milliseconds / portal_side.processor_milliseconds, 3),
        statements,
        transactions,
    )


def statements_of(ground: Ground, make: MakeWork) -> Counted:
    """Count the statements of five units of work, after some that fill caches and prepare statements."""
    work = make(0)
    for _ in range(2 * _COUNTED):
        work()
    with count_in_log(ground.admin_url, ground.log) as counted:
        for _ in range(_COUNTED):
            work()
    return counted


def table(results: Iterable[Result]) -> str:
    """Give the rows for the screen."""
    head = ("work", "per s", "limit/s", "ratio", "p50 ms", "p95 ms", "cpu ms", "cpu ratio", "statements", "reach", "")
    rows: list[tuple[str, ...]] = [head]
    for one in results:
        verdict = {True: "reached", False: "MISSED", None: "skipped"}[one.passed]
        cells = (one.portal, one.limit, one.ratio, one.p50, one.p95, one.processor, one.processor_ratio, one.statements)
        shown = ["" if cell is None else f"{cell:g}" for cell in cells]
        rows.append((one.work, *shown, one.reach, f"{verdict}{': ' + one.note if one.note else ''}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def write(path: Path, size: str, results: Iterable[Result]) -> None:
    """Keep the rows for machines."""
    content = {"size": size, "results": [asdict(one) for one in results]}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

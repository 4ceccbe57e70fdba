"""Names what could not run, and in CI lets nothing but the shared data be missing.

A test that needs a part which may be absent carries `@pytest.mark.needs("chromium")`. Parts this machine should have
are skipped with their name on a workstation; with CI=true their absence fails the run.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

PARTS: dict[str, Callable[[], bool]] = {
    "chromium": lambda: shutil.which("chromium") is not None,
    "shared data": (SHARED_DATA / "iowa").is_dir,
    "root": lambda: os.geteuid() == 0,
    "systemd": lambda: shutil.which("systemd-analyze") is not None,
}
MAY_BE_MISSING_IN_CI = frozenset({"shared data", "root"})

_missing: Counter[str] = Counter()


def is_ci() -> bool:
    """Tell whether everything that this machine should have must be there."""
    return os.environ.get("CI", "").lower() in {"true", "1", "yes"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("needs"):
            for part in mark.args:
                if part not in PARTS:
                    raise pytest.UsageError(f"{item.nodeid} needs {part!r}, which tests/skips.py does not know.")
                if not PARTS[part]():
                    item.add_marker(pytest.mark.skip(reason=f"missing: {part}"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        _missing[report.longrepr[2].removeprefix("Skipped: ")] += 1


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        _missing[report.longrepr[2].removeprefix("Skipped: ")] += 1


def unexcused(reasons: Counter[str]) -> list[str]:
    """Give the reasons for which a run in CI fails."""
    return [reason for reason in sorted(reasons) if reason.removeprefix("missing: ") not in MAY_BE_MISSING_IN_CI]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    # The processes of xdist report to the main one, which alone decides.
    is_main = not hasattr(session.config, "workerinput")
    if is_main and is_ci() and exitstatus == pytest.ExitCode.OK and unexcused(_missing):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _missing:
        return
    terminalreporter.section("could not run")
    for reason, count in sorted(_missing.items()):
        terminalreporter.line(f"{count:5} {'test' if count == 1 else 'tests'}: {reason}")
    if is_ci() and unexcused(_missing):
        terminalreporter.line(f"CI=true: this counts as a failure ({', '.join(unexcused(_missing))})", red=True)

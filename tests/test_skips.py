from __future__ import annotations

from collections import Counter

import pytest

from tests import skips

pytest_plugins = ["pytester"]

SUITE = """
import pytest
@pytest.mark.needs({part!r})
def test_with_a_part(): pass
def test_without(): pass
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setitem(skips.PARTS, "chromium", lambda: False)
    monkeypatch.setitem(skips.PARTS, "shared data", lambda: False)
    monkeypatch.setattr(skips, "_missing", Counter())
    pytester.makeini("[pytest]\nmarkers = needs(what): a part")
    return pytester


def test_what_could_not_run_is_named(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    run.makepyfile(SUITE.format(part="chromium"))
    result = run.inline_run("-p", "tests.skips")
    assert result.ret == pytest.ExitCode.OK
    assert skips._missing == {"missing: chromium": 1}


@pytest.mark.parametrize(
    ("part", "status"), [("chromium", pytest.ExitCode.TESTS_FAILED), ("shared data", pytest.ExitCode.OK)]
)
def test_in_ci_only_the_shared_data_may_be_missing(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, part: str, status: pytest.ExitCode
) -> None:
    monkeypatch.setenv("CI", "true")
    run.makepyfile(SUITE.format(part=part))
    assert run.inline_run("-p", "tests.skips").ret == status


def test_a_part_nobody_knows_is_refused(run: pytest.Pytester) -> None:
    run.makepyfile(SUITE.format(part="chromiun"))
    assert run.inline_run("-p", "tests.skips").ret == pytest.ExitCode.USAGE_ERROR

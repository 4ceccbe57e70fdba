"""Everything a screen does, the API does: every screen is paired with the operations that do the same, or says why not."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask

from portal.web.api import OPERATIONS
from tests.access.offered import offered
from tests.access.pairs import Pair, tables

pytestmark = pytest.mark.shared_database

TABLES = dict(tables())


def screens(app: Flask) -> dict[str, str]:
    """Give the feature of each screen, by "METHOD endpoint"."""
    return {
        f"{method} {endpoint}": feature
        for (endpoint, method), feature in offered(app).items()
        if not endpoint.startswith("api.")
    }


def pairs() -> list[tuple[str, Pair]]:
    """Give every row of every table."""
    return [row for table in TABLES.values() for row in table.items()]


def test_every_screen_is_paired_in_its_features_table(app: Flask) -> None:
    """Whoever adds a screen says in tests/access/parity/<feature>.py which operation does the same; pairs.py explains how."""
    asked = screens(app)
    stated = {screen: feature for feature, table in TABLES.items() for screen in table}
    unpaired = {screen: feature for screen, feature in asked.items() if screen not in stated}
    assert [f"tests/access/parity/{feature}.py lacks {screen}" for screen, feature in sorted(unpaired.items())] == []
    assert sorted(set(stated) - set(asked)) == [], "a table names a screen that is gone"
    assert {screen: feature for screen, feature in stated.items() if asked[screen] != feature} == {}


def test_every_screen_is_paired_once() -> None:
    counts = Counter(screen for screen, _ in pairs())
    assert [screen for screen, count in counts.items() if count > 1] == []


@pytest.mark.usefixtures("app")
def test_a_row_names_operations_that_exist_or_a_reason() -> None:
    assert {screen: pair for screen, pair in pairs() if bool(pair.operations) == bool(pair.reason)} == {}
    named = {name for _, pair in pairs() for name in pair.operations}
    assert sorted(named - set(OPERATIONS.by_name)) == [], "a table names an operation that does not exist"


def test_every_operation_is_some_screens() -> None:
    """An operation beside the screens would do what nobody can see being done."""
    named = {name for _, pair in pairs() for name in pair.operations}
    assert sorted(set(OPERATIONS.by_name) - named) == []

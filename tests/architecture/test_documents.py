"""Documents that are many have one form."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_decision_has_the_same_head() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    for number, path in enumerate(decisions, start=1):
        assert path.name.startswith(f"{number:04}-")
        head = rf"# {number}\. .+\n\nDate: 2\d{{3}}-\d\d-\d\d\. Status: (accepted|replaced by \d+)\.\n\n## (Context|Decision)\n"
        assert re.match(head, path.read_text(encoding="utf-8")), path.name


def test_the_changelog_begins_with_the_newest_day() -> None:
    days = re.findall(r"^### (\d{4}-\d\d-\d\d)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert days == sorted(days, reverse=True)
    assert len(days) == len(set(days)) > 0

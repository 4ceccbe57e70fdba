"""Saved reports of the access tests: everybody who sells or buys shares one of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.reports.models import SavedReport
from tests.factories.canaries import AccessWorld, Canary
from tests.factories.seed import Seed

_SELLERS = {"own": "NORTH", "sibling": "SOUTH", "parent": "ACME", "child": "SUB", "foreign": "WEST", "missing": "NONE"}
_BUYERS = {
    "own": "ANNA",
    "sibling": "BRUNO",
    "parent": "NORTH",
    "child": "BRANCH",
    "foreign": "DORA",
    "missing": "NONE",
}


def add_reports(seed: Seed, world: AccessWorld) -> None:
    """Give each seller and buyer a report that its organisation shares, and one that is nobody's here alone."""
    owners = [("seller", "S", row) for row in world.sellers()] + [("buyer", "B", row) for _seller, row in world.edges()]
    for capacity, sign, row in owners:
        for letter, is_shared in (("R", True), ("P", False)):
            seed.add(
                SavedReport,
                organisation_id=row.id,
                capacity=capacity,
                code=f"{letter}{sign}-{row.code}",
                name=f"Report {sign}{row.code}" if is_shared else f"Private {sign}{row.code}",
                is_shared=is_shared,
                made_by="user:0",
                rows_by="category",
                measures=["units"],
                period="12-months",
            )
        shared, private = rf"(R{sign}-|Report {sign}){row.code}(?!\w)", rf"(P{sign}-|Private {sign}){row.code}(?!\w)"
        world.canaries.append(Canary(shared, frozenset({row.code}), f"report of {row.code}"))
        world.canaries.append(Canary(private, frozenset(), f"somebody's own report at {row.code}"))


def report_objects() -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name the shared reports by their organisation's relation to north and to anna."""
    kinds = {"report": ("RS", _SELLERS), "own_report": ("RB", _BUYERS)}
    return {
        kind: {relation: {"code": f"{sign}-{code}"} for relation, code in codes.items()}
        for kind, (sign, codes) in kinds.items()
    }

"""Segments of the access tests: each seller has one that names a customer and a group of its own, and a spare one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.segments.models import Segment, SegmentAccount, SegmentGroup
from tests.factories.canaries import AccessWorld, Canary
from tests.factories.seed import Seed

_SELLERS = {"own": "NORTH", "sibling": "SOUTH", "parent": "ACME", "child": "SUB", "foreign": "WEST", "missing": "NONE"}


def add_segments(seed: Seed, world: AccessWorld) -> None:
    """Give each seller its segments; nobody else knows their names."""
    for seller in world.sellers():
        buyers = [buyer for own, buyer in world.edges() if own.id == seller.id]
        for sign in ("SG", "SF"):
            key = {"seller_id": seller.id, "code": f"{sign}-{seller.code}"}
            seed.add(Segment, **key, name=f"Segment {seller.code}", category="", category_days=90)
        key = {"seller_id": seller.id, "segment_code": f"SG-{seller.code}"}
        for buyer in buyers:
            seed.add(SegmentAccount, **key, buyer_id=buyer.id)
        seed.add(SegmentGroup, **key, price_group=f"GROUP-{seller.code}")
        world.canaries.append(
            Canary(rf"(S[GF]-|Segment ){seller.code}(?!\w)", frozenset({seller.code}), f"segments of {seller.code}")
        )


def segment_objects() -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name a segment that is used, and one that is not, by its seller's relation to north."""
    return {
        kind: {each: {"code": f"{sign}-{code}"} for each, code in _SELLERS.items()}
        for kind, sign in (("segment", "SG"), ("spare_segment", "SF"))
    }

"""Handovers in the world of the access matrix: open ones that shops are asked about, and ones that they agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.handovers.models import Handover
from tests.factories.canaries import AccessWorld, Canary
from tests.factories.seed import Seed

_ASKED = (("NORTH", "ANNA", "SOUTH"), ("SOUTH", "CLARA", "NORTH"), ("SUB", "TINA", "SOUTH"), ("WEST", "DORA", "ZENIT"))
_AGREED = (("SOUTH", "SHOP-S", "NORTH"), ("SOUTH", "MOVED", "SUB"))


def add_handovers(seed: Seed, world: AccessWorld) -> None:
    """Let each wholesaler ask a shop, and give shops that agreed to others; receivers know of those alone."""
    now = datetime.now(UTC)
    for sign, edges in (("HO", _ASKED), ("HT", _AGREED)):
        for giver, shop, receiver in edges:
            key = f"HO-{giver}" if sign == "HO" else f"HT-{receiver}"
            seed.add(
                Handover,
                seller_id=world.organisations[giver].id,
                key=key,
                buyer_id=world.organisations[shop].id,
                receiver_id=world.organisations[receiver].id,
                seller_name=f"Giver {key}",
                receiver_name=f"Taker {key}",
                shop_name=f"Handed {key}",
                shop_ids=_with_branches(world, shop),
                proposed_at=now,
                expires_at=now + timedelta(days=9),
                consented_at=now if sign == "HT" else None,
            )
            known = {giver, shop, receiver} if sign == "HT" else {giver, shop}
            world.canaries.append(Canary(rf"{key}(?!\w)", frozenset(known), f"handover {key}"))
    world.objects |= _objects(world)


def _with_branches(world: AccessWorld, shop: str) -> list[int]:
    head = world.organisations[shop]
    found = [row for row in world.organisations.values() if head.id in row.owner_ids and row.kind == "retailer"]
    return [row.id for row in sorted(found, key=lambda row: (len(row.owner_ids), row.id))]


def _objects(world: AccessWorld) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name the handovers of each relation, and the accounts that may be handed over."""
    receiver = world.organisations["SOUTH"].slug
    shops = {"own": "BRUNO", "sibling": "CLARA", "parent": "SOUTH", "child": "TINA", "foreign": "DORA"}
    shops |= {"missing": "NOBODY", "transferred": "MOVED"}
    asked = {"own": "HO-NORTH", "sibling": "HO-SOUTH", "child": "HO-SUB", "foreign": "HO-WEST", "missing": "HO-NONE"}
    agreed = {"own": "HT-NORTH", "child": "HT-SUB", "missing": "HO-NONE"}
    return {
        "account_to_hand_over": {each: {"code": code, "receiver": receiver} for each, code in shops.items()},
        "handover_given": {each: {"key": key} for each, key in asked.items()},
        "handover_taken": {each: {"key": key} for each, key in agreed.items()},
        "own_handover": {each: {"key": key} for each, key in asked.items()},
    }

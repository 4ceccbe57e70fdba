"""What a seller keeps of its accounts, by its relation to the organisations whose requests are tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SELLERS = {"own": "NORTH", "sibling": "SOUTH", "parent": "ACME", "child": "SUB", "foreign": "WEST"}


_AROUND = {"own": "ANNA", "sibling": "BRUNO", "parent": "NORTH", "child": "BRANCH", "foreign": "DORA"}


def role_objects() -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name a role that an organisation made, by its relation to north and to anna."""
    return {
        kind: {each: {"code": f"role-{code}"} for each, code in {**codes, "missing": "NONE"}.items()}
        for kind, codes in (("own_role", _SELLERS), ("buyers_own_role", _AROUND))
    }


def price_group_objects() -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name a price group that is used and one that is free for each relation to north, as address and as choice."""
    kinds = {
        "price_group": ("code", "GROUP"),
        "price_group_into": ("into", "GROUP"),
        "free_price_group": ("code", "FREE"),
    }
    return {
        kind: {each: {name: f"{sign}-{code}"} for each, code in {**_SELLERS, "missing": "NONE"}.items()}
        for kind, (name, sign) in kinds.items()
    }

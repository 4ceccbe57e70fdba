"""Loyalty of the access tests: each seller runs a programme; each of its buyers has points that nobody else knows of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from portal.loyalty.models import (
    LoyaltyLevel,
    LoyaltyMember,
    LoyaltyProgramme,
    LoyaltyReward,
    LoyaltyRule,
    PointEntry,
)
from tests.factories.canaries import AccessWorld, Canary
from tests.factories.seed import Seed

_SELLERS = {"own": "NORTH", "sibling": "SOUTH", "parent": "ACME", "child": "SUB", "foreign": "WEST"}
_DAY = date(2020, 1, 1)


def add_loyalty(seed: Seed, world: AccessWorld, goods: Mapping[str, Sequence[Row[Any]]]) -> None:
    """Give each seller a programme that its buyers see, and each of these points with a reason of its own."""
    for seller in world.sellers():
        code = seller.code
        key = {"seller_id": seller.id}
        seed.add(LoyaltyProgramme, **key, name=f"Points {code}", state="running", expiry_months=120)
        seed.add(LoyaltyLevel, **key, from_points=0, name=f"Level {code}")
        rule = {"name": f"Rule {code}", "measure": "amount", "scope": "all", "points": 1, "per": 10}
        seed.add(LoyaltyRule, **key, **rule, valid_from=_DAY)
        seed.add(LoyaltyReward, **key, code=f"RW-{code}", article_id=goods[code][0].id, quantity=1, points=10)
        known = {code} | {buyer.code for own, buyer in world.edges() if own.id == seller.id}
        sign = rf"(Points |Level |Rule |RW-){code}(?!\w)"
        world.canaries.append(Canary(sign, frozenset(known), f"programme of {code}"))
    numbers = {row.id: row.number for row in seed.run(text("select seller_id as id, number from loyalty_rule"))}
    orders = {row.order_number: row.id for row in seed.run(text("select order_number, id from sales_order"))}
    for seller, buyer in world.edges():
        edge = {"seller_id": seller.id, "buyer_id": buyer.id}
        pair = f"{seller.code}-{buyer.code}"
        seed.add(LoyaltyMember, **edge)
        named = {"order_id": orders[f"ON-{pair}"], "line": 1}
        named |= {"rule_number": numbers[seller.id], "reward_code": f"RW-{seller.code}"}
        booked = {"kind": "adjusted", "points": 50, "booked_on": _DAY, "expires_on": date(2999, 1, 1)}
        seed.add(PointEntry, **edge, **booked, reason=f"Reason {pair}", cause=f"adjusted {pair}", **named)
        both = frozenset({seller.code, buyer.code})
        world.canaries.append(Canary(rf"Reason {pair}(?!\w)", both, f"points of {pair}"))
    rows = world.organisations
    rules = {relation: {"number": numbers[rows[code].id]} for relation, code in _SELLERS.items()}
    rewards = {relation: {"code": f"RW-{code}"} for relation, code in {**_SELLERS, "missing": "NONE"}.items()}
    world.objects["loyalty_rule"] = {**rules, "missing": {"number": 999_999_999}}
    world.objects["loyalty_reward"] = {**rewards}

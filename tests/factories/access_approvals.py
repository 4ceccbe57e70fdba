"""Orders that wait for an approver in the access tests, one on each edge, and what is ordered alone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text

from portal.ordering.approval_models import ApprovalLimit, ApprovalRule, OrderRequest
from tenants.permissions import Role
from tests.factories.canaries import AccessWorld, Canary, canary_price, number_pattern
from tests.factories.seed import Seed


def add_approvals(
    seed: Seed, world: AccessWorld, seller: Row[Any], buyer: Row[Any], article: Row[Any], number: int
) -> None:
    """Let the buyer's buyer ask for two orders, of which one waits: the seller knows nothing of it."""
    price = canary_price(number)
    codes = f"{seller.code}-{buyer.code}"
    person = world.people[buyer.code, Role.BUYER.value]
    [order] = seed.run(text("select id from sales_order where order_number = :number"), {"number": f"ON-{codes}"})
    for sign, decided in (("OR", {}), ("OA", {"state": "approved", "order_id": order.id})):
        seed.add(
            OrderRequest,
            seller_id=seller.id,
            buyer_id=buyer.id,
            request_number=f"{sign}-{codes}",
            currency=seller.currency,
            total=price,
            lines=[[article.article_number, "1", f"{price}"]],
            requested_by=f"user:{person.id}",
            requested_by_name=f"Asks {codes}",
            idempotency_key=sign,
            request_hash=b"",
            **decided,
        )
    own = frozenset({buyer.code})
    if buyer.seller_id == seller.id:
        # Higher than what anybody of these tests orders.
        limit = Decimal(900_000_000 + buyer.id)
        seed.add(ApprovalRule, organisation_id=buyer.id, places_up_to=limit)
        seed.add(ApprovalLimit, organisation_id=buyer.id, user_id=person.id, places_up_to=limit)
        world.canaries.append(Canary(number_pattern(limit), own, f"what {buyer.code} orders alone"))
    world.canaries.append(Canary(rf"(O[AR]-|Asks ){codes}(?!\w)", own, f"orders of {codes} that wait"))


def approval_objects(around: Mapping[str, str]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name the orders that wait, of each relation to a buyer; and branches with an order, as a head office has them."""
    asked = {relation: f"OR-{pair}" for relation, pair in {**around, "missing": "NONE"}.items()}
    chain = {"own": "NORTH-BRANCH", "sibling": "NORTH-BRUNO", "parent": "ZENIT-ACME", "foreign": "WEST-DORA"}
    orders: dict[str, Mapping[str, Any]] = {
        relation: {"code": pair.partition("-")[2], "order_number": f"ON-{pair}"}
        for relation, pair in {**chain, "missing": "NORTH-NOBODY"}.items()
    }
    return {
        "order_request": {relation: {"request_number": number} for relation, number in asked.items()},
        "branch_order": orders,
        "branch": {relation: {"code": names["code"]} for relation, names in orders.items()},
    }

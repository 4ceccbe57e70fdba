"""Offers of co-funding of the access tests: one that runs, with something booked and claimed, and one to be answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text

from portal.funding.models import FundingClaimEntry, FundingEntry, FundingOffer, FundingProduct, FundingPromotion
from tests.factories.access_handovers import add_handovers
from tests.factories.canaries import AccessWorld, Canary
from tests.factories.catalogue import make_article
from tests.factories.seed import Seed


def add_fundings(seed: Seed, world: AccessWorld, tina: Row[Any], goods: Mapping[str, Sequence[Row[Any]]]) -> None:
    """Let each brand owner fund a product of its own at its wholesalers."""
    add_handovers(seed, world)
    base = world.base
    for owner, seller, buyer in (
        (base.acme, base.north, base.anna),
        (base.acme, base.south, base.clara),
        (base.acme, base.sub, tina),
        (base.zenit, base.west, base.dora),
    ):
        listed = goods[owner.code][0]
        [product] = seed.run(text("select * from product where id = :id"), {"id": listed.product_id})
        make_article(seed, seller, product, f"FUNDED-{seller.code}")
        buyers = {row.code for row in world.organisations.values() if row.seller_id == seller.id}
        number = rf"FUNDED-{seller.code}(?!\w)"
        world.canaries.append(Canary(number, frozenset({seller.code} | buyers), f"funded article of {seller.code}"))
        _add_funding(seed, world, owner, seller, buyer, listed.product_id)


def _add_funding(
    seed: Seed, world: AccessWorld, owner: Row[Any], seller: Row[Any], buyer: Row[Any], product_id: int
) -> None:
    """Both sides know the offer; its promotion and ledger are the wholesaler's alone."""
    code = seller.code
    for sign, state, booked in (("FN", "accepted", Decimal("9.00")), ("FO", "proposed", Decimal(0))):
        key = {"seller_id": seller.id, "code": f"{sign}-{code}"}
        seed.add(
            FundingOffer,
            **key,
            owner_id=owner.id,
            name=f"Funding {code}",
            material=f"Material {code}",
            valid_from=date(2020, 1, 1),
            valid_to=date(2999, 1, 1),
            currency=seller.currency,
            funding_amount=3,
            budget=100,
            state=state,
            units=booked / 3,
            accrued_amount=booked,
            released_amount=booked,
        )
        seed.add(FundingProduct, **key, owner_id=owner.id, product_id=product_id)
    key = {"seller_id": seller.id, "code": f"FN-{code}"}
    seed.add(FundingPromotion, **key, promotion_code=f"PROMO-{code}-{buyer.code}")
    [order] = seed.run(
        text("select id from sales_order where seller_id = :seller and order_number = :number"),
        {"seller": seller.id, "number": f"ON-{code}-{buyer.code}-S"},
    )
    seed.add(FundingEntry, **key, order_id=order.id, line=1, kind="accrued", units=3, amount=9)
    seed.add(FundingEntry, **key, order_id=order.id, line=1, kind="released", units=0, amount=9)
    seed.add(
        FundingClaimEntry,
        **key,
        owner_id=owner.id,
        number=1,
        step=1,
        kind="claimed",
        amount=4,
        reference=f"Claim {code}",
    )
    world.canaries.append(
        Canary(rf"(F[NO]-|Funding |Material |Claim ){code}(?!\w)", frozenset({owner.code, code}), f"funding of {code}")
    )


def funding_objects() -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name the offers of each relation: as wholesalers have them, and as brand owners do; and the wholesalers themselves."""
    offered = {"own": "NORTH", "sibling": "SOUTH", "child": "SUB", "foreign": "WEST", "missing": "NONE"}
    sent = {relation: offered[relation] for relation in ("own", "foreign", "missing")}
    found: dict[str, dict[str, Mapping[str, Any]]] = {
        "wholesaler": {each: {"code": code} for each, code in sent.items()}
    }
    for suffix, sign in (("", "FN"), ("_open", "FO")):
        found[f"funding{suffix}"] = {each: {"code": f"{sign}-{code}"} for each, code in offered.items()}
        found[f"funding_sent{suffix}"] = {
            each: {"code": f"{sign}-{code}", "wholesaler": code} for each, code in sent.items()
        }
    return found

"""Framework agreements of the access tests: one that runs, with an order called off, and one ahead, on each edge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from portal.agreements.models import AgreementCallOff, FrameworkAgreement
from tests.factories.canaries import AccessWorld, Canary
from tests.factories.catalogue import make_price_list
from tests.factories.seed import Seed


def add_agreements(seed: Seed, world: AccessWorld, seller: Row[Any], buyer: Row[Any]) -> None:
    """Their names are the seller's and that buyer's alone; so is what was called off."""
    codes = f"{seller.code}-{buyer.code}"
    edge = {"seller_id": seller.id, "buyer_id": buyer.id}
    for sign, first in (("FA", date(2020, 1, 1)), ("FB", date(2998, 1, 1))):
        make_price_list(
            seed, seller, f"{sign}-{codes}", buyer=buyer, name=f"Contract {codes}", valid_from=first, status="inactive"
        )
        seed.add(
            FrameworkAgreement,
            **edge,
            code=f"{sign}-{codes}",
            name=f"Contract {codes}",
            valid_from=first,
            valid_to=date(2999, 1, 1),
            agreed_quantity=100,
            document_digest=f"1{codes.lower()}",
        )
    [order] = seed.run(
        text("select id from sales_order where seller_id = :seller and order_number = :number"),
        {"seller": seller.id, "number": f"ON-{codes}"},
    )
    seed.add(AgreementCallOff, **edge, order_id=order.id, line=1, agreement_code=f"FA-{codes}")
    both = frozenset({seller.code, buyer.code})
    world.canaries.append(Canary(rf"(F[AB]-|Contract ){codes}(?!\w)", both, f"framework agreements of {codes}"))


def agreement_objects(edges: Mapping[str, str], around: Mapping[str, str]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name the agreements of each relation: as sellers have them (one that runs, one ahead), and as buyers do."""
    kinds = {"agreement": ("FA", edges), "agreement_ahead": ("FB", edges), "own_agreement": ("FA", around)}
    return {
        kind: {relation: {"code": f"{sign}-{pair}"} for relation, pair in {**pairs, "missing": "NONE"}.items()}
        for kind, (sign, pairs) in kinds.items()
    }

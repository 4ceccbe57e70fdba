"""A channel with known figures, and the roll-ups brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from portal.analytics.jobs import rebuild
from portal.analytics.models import SharingAgreement
from portal.core.worker import worker_engine
from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    """Give the worker's engine."""
    engine = worker_engine(app)
    yield engine
    engine.dispose()


@pytest.fixture
def rebuilt(engine: Engine) -> Callable[[], None]:
    """Give a function that computes every roll-up anew."""

    def run() -> None:
        with engine.begin() as connection:
            rebuild(connection, None)

    return run


@pytest.fixture
def trade(seed: Seed, world: World, rebuilt: Callable[[], None]) -> dict[str, Any]:
    """Sell hammers (acme's) and north's own soap through north, which shares units; south shares nothing.

    Sell-in: 100 to north, 50 to south in March. North sells three shops S0 to S2 in March 10, 20, 30 hammers at 4.00 and in
    April 5 each at 5.00, S3 alone in April 7; and S0 two soaps at 9.50 in March, one of them returned in April.
    """
    hammer = make_product(
        seed, world.acme, sku="HAMMER", category="Tools > Hammers", name_en="Hammer", name_de="Hammer"
    )
    soap = make_product(seed, world.north, sku="CANARY-SOAP", category="Soap", name_en="=Soap", name_de="=Seife")
    own = make_article(seed, world.acme, hammer)
    listed, washed = make_article(seed, world.north, hammer), make_article(seed, world.north, soap)
    make_history(seed, world.acme, world.north, date(2026, 3, 1), (own, 100, 2))
    make_history(seed, world.acme, world.south, date(2026, 3, 1), (own, 50, 2))
    shops = [
        make_organisation(seed, f"S{n}", "retailer", world.north, name=f"CANARY-SHOP {n}", postal_code="10115")
        for n in range(4)
    ]
    for number, shop in enumerate(shops[:3]):
        make_history(seed, world.north, shop, date(2026, 3, 10), (listed, 10 * (number + 1), "4.00"))
        make_history(seed, world.north, shop, date(2026, 4, 2), (listed, 5, "5.00"))
    make_history(seed, world.north, shops[3], date(2026, 4, 3), (listed, 7, "5.00"))
    make_history(seed, world.north, shops[0], date(2026, 3, 11), (washed, 2, "9.50"))
    make_history(seed, world.north, shops[0], date(2026, 4, 4), (washed, -1, "9.50"))
    for wholesaler, grants in ((world.north, ["units"]), (world.south, [])):
        seed.add(
            SharingAgreement,
            brand_owner_id=world.acme.id,
            wholesaler_id=wholesaler.id,
            grants=grants,
            accepted_on=date(2026, 1, 1),
        )
    rebuilt()
    return {"hammer": hammer, "soap": soap, "listed": listed, "shops": shops}

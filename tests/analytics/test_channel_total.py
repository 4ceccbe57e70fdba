"""The total of all sharing wholesalers answers exactly as adding them up does, whoever shares today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, text

from portal.analytics.models import SharingAgreement
from portal.analytics.service import Touched, recompute
from tenants.database_roles import conninfo
from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation
from tests.factories.seed import Seed
from tests.factories.world import World

Cells = list[tuple[Any, ...]]


@pytest.fixture
def ask(app: Flask, world: World) -> Callable[..., Cells]:
    """Ask as acme for the year: by dimensions → (month, category, product, units)."""

    def run(*by: str) -> Cells:
        with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
            connection.execute("set local role portal_brand_owner")
            connection.execute(f"set local app.brand_owner_id = '{int(world.acme.id)}'")
            return connection.execute(
                "select month, category, product, units from channel_units('2026-01-01', '2027-01-01', %s)", (list(by),)
            ).fetchall()

    return run


@pytest.fixture
def shops(seed: Seed, world: World, rebuilt: Callable[[], None]) -> list[Any]:
    """Let two shops of north buy hammers and one of them a saw, one of south a hammer; both share units."""
    hammer = make_product(seed, world.acme, sku="HAMMER", category="Hammers")
    saw = make_product(seed, world.acme, sku="SAW", category="Saws")
    buyers = [make_organisation(seed, f"S{n}", "retailer", world.north) for n in range(2)] + [world.clara]
    for seller, buyer in zip((world.north, world.north, world.south), buyers, strict=True):
        make_history(seed, seller, buyer, date(2026, 3, 1), (make_article(seed, seller, hammer), 10, 1))
    make_history(seed, world.north, buyers[0], date(2026, 4, 1), (make_article(seed, world.north, saw), 4, 1))
    for wholesaler in (world.north, world.south):
        edge = {"brand_owner_id": world.acme.id, "wholesaler_id": wholesaler.id}
        seed.add(SharingAgreement, **edge, grants=["units"], accepted_on=date(2026, 1, 1))
    rebuilt()
    return buyers


@pytest.mark.parametrize("by", [("product",), ("category",), ("month", "product"), ("month", "category", "product")])
def test_the_total_and_the_sum_of_the_wholesalers_are_the_same(
    ask: Callable[..., Cells], seed: Seed, shops: list[Any], by: tuple[str, ...]
) -> None:
    total = ask(*by)
    seed.run(text("delete from channel_total_state"))
    assert ask(*by) == total
    assert sum(row[3] for row in total) == 34


def test_buyers_of_several_wholesalers_count_together(
    ask: Callable[..., Cells], seed: Seed, world: World, shops: list[Any], engine: Engine
) -> None:
    rows = seed.run(text("select p.sku, t.units, t.few_buyers from channel_total_month t"
                         " join product p on p.id = t.product_id order by 1"))  # fmt: skip
    assert [tuple(row) for row in rows] == [("HAMMER", 30, None), ("SAW", 4, [shops[0].id])]
    saw = seed.run(text("select * from article a where exists (select from product p where p.id = a.product_id"
                        " and p.sku = 'SAW')"))[0]  # fmt: skip
    make_history(seed, world.north, shops[1], date(2026, 4, 9), (saw, 1, 1))
    touched = Touched(world.north.id, date(2026, 4, 9), date(2026, 4, 9), frozenset({shops[1].id}))
    with engine.begin() as connection:
        recompute(connection, [touched])
    [(few,)] = seed.run(text("select few_buyers from channel_total_month where month = '2026-04-01'"))
    assert sorted(few) == sorted([shops[0].id, shops[1].id])


def test_whoever_stops_sharing_leaves_the_total_at_once(
    ask: Callable[..., Cells], seed: Seed, world: World, shops: list[Any], engine: Engine
) -> None:
    # April has one buyer: it is folded with March.
    assert ask("month") == [("other", None, None, Decimal(34))]
    seed.run(
        text("update sharing_agreement set withdrawn_on = current_date where wholesaler_id = :id"),
        {"id": world.north.id},
    )
    assert ask("product") == [(None, None, "other", None)]
    with engine.begin() as connection:
        recompute(connection, [Touched(world.south.id, date(2026, 3, 1), date(2026, 3, 1), frozenset({shops[2].id}))])
    rows = seed.run(text("select units, few_buyers from channel_total_month"))
    assert [tuple(row) for row in rows] == [(10, [shops[2].id])]
    assert ask("product") == [(None, None, "other", None)]

"""Every level of the channel says after single events what it says after a rebuild, and follows products that move."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import combinations
from random import Random
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from portal.analytics.jobs import roll_up
from portal.analytics.models import SharingAgreement
from portal.analytics.service import Touched, recompute
from portal.core.dispatcher import drain
from portal.core.outbox import Event
from tenants.database_roles import conninfo
from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, make_token
from tests.factories.seed import Seed
from tests.factories.world import World

LEVELS = (
    *("channel_sale", "channel_buyer_month", "channel_month", "channel_product_month", "channel_region_month"),
    *("channel_category_month", "channel_wholesaler_month", "channel_total_month", "channel_total_category_month"),
    *("channel_product_running", "channel_total_running", "channel_state"),
)
PRODUCTS = 7
Market = dict[int, list[tuple[Any, Any]]]


@pytest.fixture
def market(seed: Seed, world: World) -> Market:
    """Give by wholesaler its (shop, article) pairs: seven products in three categories, five shops each in two regions."""
    for wholesaler in (world.north, world.south):
        edge = {"brand_owner_id": world.acme.id, "wholesaler_id": wholesaler.id}
        seed.add(SharingAgreement, **edge, grants=["units"], accepted_on=date(2026, 1, 1))
    products = [make_product(seed, world.acme, sku=f"P{n}", category=f"Kind {n % 3}") for n in range(PRODUCTS)]
    pairs = {}
    for wholesaler in (world.north, world.south):
        articles = [make_article(seed, wholesaler, product) for product in products]
        shops = [
            make_organisation(seed, f"{wholesaler.code[0]}{n}", "retailer", wholesaler, postal_code=f"{1 + n % 2}0115")
            for n in range(5)
        ]
        pairs[wholesaler.id] = [(shop, article) for shop in shops for article in articles]
    return pairs


def levels(seed: Seed) -> dict[str, list[str]]:
    """Give the rows of all levels, without the time of writing; who bought in any order."""
    row = "to_jsonb(t) - 'written_at'"
    few = "coalesce(jsonb_build_object('few_buyers', (select jsonb_agg(b order by b) from jsonb_array_elements("
    few += f"nullif({row} -> 'few_buyers', 'null')) b)), '{{}}')"
    return {
        table: sorted(found for (found,) in seed.run(text(f"select ({row} || {few})::text from {table} t")))
        for table in LEVELS
    }


def sell(seed: Seed, engine: Engine, world: World, market: Market, chance: Random, orders: int) -> None:
    """Let shops buy, and now and then return, and roll up each order by itself, in whatever order the days come."""
    for _ in range(orders):
        wholesaler = chance.choice((world.north, world.south))
        shop, article = chance.choice(market[wholesaler.id])
        day = date(2026, chance.randint(1, 4), chance.randint(1, 28))
        make_history(seed, wholesaler, shop, day, (article, chance.choice((-2, 1, 3, 8)), 1))
        with engine.begin() as connection:
            recompute(connection, [Touched(wholesaler.id, day, day, frozenset({shop.id}))])


@pytest.mark.parametrize("number", [1, 2])
def test_a_rebuild_equals_what_single_orders_have_written(
    seed: Seed, engine: Engine, world: World, market: Market, rebuilt: Callable[[], None], number: int
) -> None:
    chance = Random(number)
    sell(seed, engine, world, market, chance, 25)
    seed.run(text("update product set category = 'Kind 1' where sku in ('P0', 'P5')"))
    tell_moved(engine, world, "Kind 0", "Kind 1", "Kind 2")
    sell(seed, engine, world, market, chance, 5)
    single = levels(seed)
    rebuilt()
    assert levels(seed) == single
    categories = seed.run(text("select distinct category from channel_category_month order by 1"))
    assert [one for (one,) in categories] == ["Kind 0", "Kind 1", "Kind 2"]
    for table in ("channel_category_month", "channel_total_category_month", "channel_total_month"):
        assert seed.run(text(f"select sum(units) from {table}")) == seed.run(
            text("select sum(units) from channel_sale")
        )
    assert len(single["channel_total_running"]) > PRODUCTS


def test_running_totals_forget_what_was_taken_back(
    seed: Seed, engine: Engine, world: World, market: Market, rebuilt: Callable[[], None]
) -> None:
    """The oldest and the newest orders disappear: the totals begin later and end earlier, as after a rebuild."""
    chance = Random(3)
    sell(seed, engine, world, market, chance, 20)
    orders = seed.run(text("select * from sales_order o where date_part('month', o.placed_on) in (1, 4)"))
    for order in orders:
        for table, key in (("order_line", "order_id"), ("sales_order", "id")):
            seed.run(text(f"delete from {table} where seller_id = :seller and {key} = :order"),
                     {"seller": order.seller_id, "order": order.id})  # fmt: skip
        with engine.begin() as connection:
            recompute(
                connection, [Touched(order.seller_id, order.placed_on, order.placed_on, frozenset({order.buyer_id}))]
            )
    single = levels(seed)
    rebuilt()
    assert levels(seed) == single
    assert seed.run(text("select min(month), max(month) from channel_total_running")) == [
        (date(2026, 2, 1), date(2026, 2, 1))
    ]


def tell_moved(engine: Engine, world: World, *categories: str) -> None:
    """Roll up that products of acme have moved between categories."""
    happened = datetime(2026, 5, 1, tzinfo=UTC)
    moved = Event(1, "ProductsRecategorised", world.acme.id, {"categories": list(categories)}, "user:1", happened)
    with engine.begin() as connection:
        roll_up(connection, [moved])


Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def ask(app: Flask, world: World) -> Iterator[Ask]:
    """Ask for cells as acme: a window, dimensions, and perhaps of which wholesaler and category alone."""
    with psycopg.connect(conninfo(app.extensions["role_urls"].app), autocommit=True) as connection:
        connection.execute("set role portal_brand_owner")
        connection.execute(f"set app.brand_owner_id = '{int(world.acme.id)}'")

        def run(window: tuple[date, date], by: Sequence[str], *only: str) -> list[tuple[Any, ...]]:
            names = ", ".join(["%s"] * (3 + len(only)))
            return connection.execute(f"select * from channel_units({names})", (*window, list(by), *only)).fetchall()

        yield run


YEAR = (date(2026, 1, 1), date(2027, 1, 1))


def test_the_category_of_today_is_asked_for_the_past_too(
    ask: Ask, client: FlaskClient, seed: Seed, engine: Engine, world: World, market: Market
) -> None:
    for shop, article in market[world.north.id][:: PRODUCTS + 1][:3]:
        make_history(seed, world.north, shop, date(2026, 2, 3), (article, 4, 1))
    with engine.begin() as connection:
        recompute(connection, [Touched(world.north.id, date(2026, 1, 1), date(2026, 12, 31))])
    # Three products of three categories, one shop each: nothing stands alone.
    assert [(row[2], row[5]) for row in ask(YEAR, ["category"])] == [("other", Decimal(12))]
    headers = {"Authorization": f"Bearer {make_token(seed, world.acme)}"}
    for number in range(3):
        body = {"name_en": "Saw", "category": "Kind 7"}
        assert client.put(f"/api/v1/selling/products/P{number}", json=body, headers=headers).status_code == 200
    assert drain(engine) == 3
    assert [(row[2], row[5]) for row in ask(YEAR, ["category"])] == [("Kind 7", Decimal(12))]
    client.put("/api/v1/selling/products/P0", json={"name_en": "Renamed", "category": "Kind 7"}, headers=headers)
    assert drain(engine) == 0


DIMENSIONS = ("month", "wholesaler", "category", "product", "region")


@pytest.mark.parametrize("number", range(2))
def test_filters_and_running_totals_fold_nothing_in_another_way(
    ask: Ask, seed: Seed, engine: Engine, world: World, market: Market, number: int
) -> None:
    """Of random markets, thin ones among them: each window and each choice of dimensions, with and without its filters."""
    chance = Random(number)
    sell(seed, engine, world, market, chance, (12, 30)[number])
    windows = [YEAR, (date(2026, 2, 1), date(2026, 4, 1)), (date(2026, 3, 1), date(2026, 4, 1))]
    choices = [by for size in range(6) for by in combinations(DIMENSIONS, size)]
    whole = {(window, by): ask(window, by) for window in windows for by in choices}
    for (window, by), cells in whole.items():
        for wholesaler in ("", "NORTH", "SOUTH", "WEST")[:: 1 if "wholesaler" in by else 4]:
            for category in ("", "Kind 0", "Kind 2")[:: 1 if "category" in by else 3]:
                wanted = {1: wholesaler, 2: category}
                shown = ask(window, by, wholesaler, category)
                assert found(shown, wanted) == found(cells, wanted), (window, by, wholesaler, category)
    seed.run(text("delete from channel_product_running"))
    seed.run(text("delete from channel_total_running"))
    assert {asked: ask(*asked) for asked in whole} == whole
    seed.run(text("delete from channel_total_state"))
    assert {asked: ask(*asked) for asked in whole} == whole


def found(cells: list[tuple[Any, ...]], wanted: dict[int, str]) -> list[tuple[Any, ...]]:
    """Give the cells that have the wanted keys or are folded there."""
    return [cell for cell in cells if all(not key or cell[at] in (key, "other") for at, key in wanted.items())]

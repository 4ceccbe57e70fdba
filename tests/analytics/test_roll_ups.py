"""Roll-ups follow the agreement of each day, and the brand owner reads them with small cells folded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from portal.analytics.models import SharingAgreement
from portal.analytics.service import Touched, recompute
from portal.core.dispatcher import drain
from portal.core.worker import worker_engine
from tenants.database_roles import conninfo
from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, make_token
from tests.factories.placing import place, sell
from tests.factories.seed import Seed
from tests.factories.world import World

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    """Give the worker's engine."""
    engine = worker_engine(app)
    yield engine
    engine.dispose()


def agree(seed: Seed, owner: Any, wholesaler: Any, *grants: str, **values: Any) -> None:
    """Add an agreement from the first of January."""
    values.setdefault("accepted_on", FIRST)
    seed.add(SharingAgreement, brand_owner_id=owner.id, wholesaler_id=wholesaler.id, grants=list(grants), **values)


def roll_up(engine: Engine, *sellers: Any) -> None:
    """Recompute the year."""
    with engine.begin() as connection:
        recompute(connection, [Touched(seller.id, FIRST, LAST) for seller in sellers])


def units(app: Flask, owner: Any, *by: str) -> dict[tuple[str, ...], Decimal | None]:
    """Ask as the brand owner: by dimensions → units."""
    with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
        connection.execute("set local role portal_brand_owner")
        connection.execute(f"set local app.brand_owner_id = '{int(owner.id)}'")
        rows = connection.execute(
            "select month, wholesaler, category, product, region, units from channel_units(%s, %s, %s)",
            (FIRST, LAST, list(by)),
        ).fetchall()
    return {tuple(key for key in row[:5] if key is not None): row[5] for row in rows}


@pytest.fixture
def shops(seed: Seed, world: World) -> list[Any]:
    """Give six retailers of north: four in 101, one in 202, one in 303."""
    places = ["10115", "10117", "10119", "10178", "20250", "30300"]
    return [
        make_organisation(seed, f"S{number}", "retailer", world.north, postal_code=place)
        for number, place in enumerate(places)
    ]


@pytest.fixture
def hammer(seed: Seed, world: World) -> Any:
    """Give north's article of acme's hammer."""
    product = make_product(seed, world.acme, sku="HAMMER", category="Tools > Hammers")
    return make_article(seed, world.north, product)


def test_only_days_under_an_agreement_with_units_are_rolled_up(
    app: Flask, engine: Engine, seed: Seed, world: World, shops: list[Any], hammer: Any
) -> None:
    agree(seed, world.acme, world.north, "activity")
    agree(seed, world.acme, world.north, "units", version=2, accepted_on=date(2026, 3, 1))
    agree(seed, world.acme, world.south, "activity")
    for shop in shops[:3]:
        make_history(seed, world.north, shop, date(2026, 2, 28), (hammer, 100, 1))
        make_history(seed, world.north, shop, date(2026, 3, 1), (hammer, 5, 1), (hammer, -1, 1))
    southern = make_article(seed, world.south, make_product(seed, world.acme, sku="SAW"))
    make_history(seed, world.south, world.clara, date(2026, 3, 1), (southern, 9, 1))
    roll_up(engine, world.north, world.south)
    assert units(app, world.acme, "product") == {("HAMMER",): Decimal(12)}
    roll_up(engine, world.north)
    assert units(app, world.acme, "month") == {("2026-03",): Decimal(12)}


def test_a_withdrawn_agreement_shows_nothing(
    app: Flask, engine: Engine, seed: Seed, world: World, shops: list[Any], hammer: Any
) -> None:
    agree(seed, world.acme, world.north, "units")
    for shop in shops[:3]:
        make_history(seed, world.north, shop, date(2026, 3, 1), (hammer, 5, 1))
    roll_up(engine, world.north)
    assert units(app, world.acme, "product") == {("HAMMER",): Decimal(15)}
    seed.run(text("update sharing_agreement set withdrawn_on = current_date"))
    assert units(app, world.acme, "product") == {}


def test_other_brands_and_sales_to_sub_distributors_are_not_sell_through(
    app: Flask, engine: Engine, seed: Seed, world: World, shops: list[Any], hammer: Any
) -> None:
    agree(seed, world.acme, world.north, "units")
    own_brand = make_article(seed, world.north, make_product(seed, world.north, sku="NORTHS-OWN"))
    for shop in shops[:3]:
        make_history(seed, world.north, shop, date(2026, 3, 1), (hammer, 5, 1), (own_brand, 50, 1))
    make_history(seed, world.north, world.sub, date(2026, 3, 1), (hammer, 1000, 1))
    roll_up(engine, world.north)
    assert units(app, world.acme, "product") == {("HAMMER",): Decimal(15)}
    assert units(app, world.zenit, "product") == {}


def test_a_small_region_is_folded_with_another_so_that_it_cannot_be_computed_back(
    app: Flask, engine: Engine, seed: Seed, world: World, shops: list[Any], hammer: Any
) -> None:
    agree(seed, world.acme, world.north, "units")
    for number, shop in enumerate(shops[:5]):
        make_history(seed, world.north, shop, date(2026, 3, 1), (hammer, 10 + number, 1))
    roll_up(engine, world.north)
    # 202 has one retailer: alone in `other` it would be total less 101. So 101 goes in as well.
    assert units(app, world.acme, "region") == {("other",): Decimal(60)}
    make_history(seed, world.north, shops[5], date(2026, 3, 1), (hammer, 7, 1))
    further = [make_organisation(seed, f"T{n}", "retailer", world.north, postal_code="40400") for n in range(3)]
    for shop in further:
        make_history(seed, world.north, shop, date(2026, 3, 1), (hammer, 1, 1))
    roll_up(engine, world.north)
    # 202 and 303 have two retailers together: the smallest region beside them, 404, is folded too.
    assert units(app, world.acme, "region") == {("DE-101",): Decimal(46), ("other",): Decimal(24)}
    assert units(app, world.acme, "product") == {("HAMMER",): Decimal(70)}


def test_of_equal_regions_it_is_always_the_same_that_hides_a_small_one(
    app: Flask, engine: Engine, seed: Seed, world: World, hammer: Any
) -> None:
    """Folded now and shown then, both of them would stand open, and the small one would be the rest."""
    agree(seed, world.acme, world.north, "units")
    for number, postal_code in enumerate(["50500"] * 3 + ["40400"] * 3 + ["60600"]):
        shop = make_organisation(seed, f"E{number}", "retailer", world.north, postal_code=postal_code)
        make_history(seed, world.north, shop, date(2026, 3, 1), (hammer, 5, 1))
    folded = {("DE-505",): Decimal(15), ("other",): Decimal(20)}
    for region in ("DE-404", "DE-505"):
        roll_up(engine, world.north)
        # The rows of one of the two move behind the other's.
        seed.run(text("update channel_region_month set units = units where region = :region"), {"region": region})
        assert units(app, world.acme, "region") == folded


def test_small_products_are_folded_and_totals_stay_exact(
    app: Flask, engine: Engine, seed: Seed, world: World, shops: list[Any], hammer: Any
) -> None:
    agree(seed, world.acme, world.north, "units")
    rare = [make_article(seed, world.north, make_product(seed, world.acme, sku=f"RARE-{n}")) for n in range(3)]
    for shop in shops[:4]:
        make_history(seed, world.north, shop, date(2026, 3, 1), (hammer, 10, 1))
    for article, shop in zip(rare, shops, strict=False):
        make_history(seed, world.north, shop, date(2026, 4, 1), (article, 3, 1))
    roll_up(engine, world.north)
    assert units(app, world.acme, "product") == {("HAMMER",): Decimal(40), ("other",): Decimal(9)}
    assert units(app, world.acme, "product", "region") == {
        ("HAMMER", "DE-101"): Decimal(40),
        ("other", "other"): Decimal(9),
    }
    assert units(app, world.acme, "wholesaler", "month") == {
        ("2026-03", "NORTH"): Decimal(40),
        ("2026-04", "NORTH"): Decimal(9),
    }


def test_fewer_than_three_retailers_in_all_show_no_figure(
    app: Flask, engine: Engine, seed: Seed, world: World, shops: list[Any], hammer: Any
) -> None:
    agree(seed, world.acme, world.north, "units")
    for shop in shops[:2]:
        make_history(seed, world.north, shop, date(2026, 3, 1), (hammer, 10, 1))
    roll_up(engine, world.north)
    assert units(app, world.acme, "product") == {("other",): None}
    assert units(app, world.acme) == {(): None}


@pytest.mark.parametrize("returned", [-10, -12])
def test_a_retailer_that_returned_all_it_bought_is_none_of_the_three(
    app: Flask, engine: Engine, seed: Seed, world: World, shops: list[Any], hammer: Any, returned: int
) -> None:
    """Behind zeros the one figure would stand bare: of three shops one kept its hammers."""
    agree(seed, world.acme, world.north, "units")
    for shop in shops[:3]:
        make_history(seed, world.north, shop, date(2026, 3, 1), (hammer, 10, 1))
    for shop in shops[1:3]:
        make_history(seed, world.north, shop, date(2026, 3, 9), (hammer, returned, 1))
    roll_up(engine, world.north)
    assert units(app, world.acme, "product") == {("other",): None}
    assert units(app, world.acme, "region") == {("other",): None}
    assert units(app, world.acme) == {(): None}
    for table in ("channel_month", "channel_product_month", "channel_region_month", "channel_total_month"):
        assert seed.run(text(f"select few_buyers from {table}")) == [([shops[0].id],)]
    for shop in shops[3:5]:
        make_history(seed, world.north, shop, date(2026, 3, 9), (hammer, 1, 1))
    roll_up(engine, world.north)
    assert units(app, world.acme, "product") == {("HAMMER",): Decimal(32 + 2 * returned)}


def test_a_cell_of_returns_alone_hides_nothing_by_itself(
    app: Flask, engine: Engine, seed: Seed, world: World, shops: list[Any], hammer: Any
) -> None:
    """It is folded, and the smallest product beside it too: nobody stands behind it, so it could be computed back."""
    agree(seed, world.acme, world.north, "units")
    saw = make_article(seed, world.north, make_product(seed, world.acme, sku="SAW"))
    axe = make_article(seed, world.north, make_product(seed, world.acme, sku="AXE"))
    for shop in shops[:3]:
        make_history(seed, world.north, shop, date(2026, 3, 1), (hammer, 10, 1), (axe, 4, 1), (saw, -1, 1))
    roll_up(engine, world.north)
    assert units(app, world.acme, "product") == {("HAMMER",): Decimal(30), ("other",): Decimal(9)}


def test_the_brand_owners_role_reads_neither_shops_nor_orders(app: Flask, seed: Seed, world: World) -> None:
    with psycopg.connect(conninfo(app.extensions["role_urls"].app), autocommit=True) as connection:
        connection.execute("set role portal_brand_owner")
        for table in (
            "channel_sale",
            "channel_buyer_month",
            "channel_month",
            "sales_order",
            "order_line",
            "price_entry",
            "trading_account",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select from {table}")


def test_sell_in_is_what_the_brand_owner_shipped_of_its_own_less_returns(
    app: Flask, engine: Engine, seed: Seed, world: World
) -> None:
    product = make_product(seed, world.acme, sku="HAMMER")
    article = make_article(seed, world.acme, product)
    make_history(seed, world.acme, world.north, date(2026, 3, 1), (article, 120, "2.50"))
    make_history(seed, world.acme, world.north, date(2026, 3, 9), (article, -20, "2.50"))
    roll_up(engine, world.acme)
    rows = seed.run(text("select wholesaler_id, month, units, amount from sell_in_month"))
    assert rows == [(world.north.id, date(2026, 3, 1), Decimal(100), Decimal(250))]


def test_the_largest_orders_neither_stop_the_figures_nor_those_of_others(
    app: Flask, client: FlaskClient, engine: Engine, seed: Seed, world: World
) -> None:
    """One order fills the columns of an amount; two of a day came to more than the figures could hold."""
    sell(seed, world.north, "CRANE", price="90000", backorder="allow")
    sell(seed, world.south, "NAIL", price="2", on_hand=10)
    place(client, make_token(seed, world.anna), [("CRANE", 9_999_999)])
    place(client, make_token(seed, world.anna), [("CRANE", 9_999_999)], "key-2")
    place(client, make_token(seed, world.clara), [("NAIL", 3)])
    drain(engine)
    rows = seed.run(text("select seller_id, units, amount from sales_day order by 1"))
    assert [tuple(row) for row in rows] == [
        (world.north.id, Decimal(19_999_998), Decimal(1_799_999_820_000)),
        (world.south.id, Decimal(3), Decimal(6)),
    ]

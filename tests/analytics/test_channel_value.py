"""What a brand owner sees of the value of what is sold on: at its own list price, of cells that are shown, and nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
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
from portal.core.models import OutboxEvent
from tenants.database_roles import conninfo
from tests.factories.catalogue import make_article, make_entry, make_price_list, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

MARCH, APRIL = date(2026, 3, 10), date(2026, 4, 2)
WINDOW = "from=2026-03-01&to=2026-05-01"


@pytest.fixture
def trade(seed: Seed, world: World) -> dict[str, Any]:
    """Let acme list hammers at 2.50, from 15 March on at 3.00, and everybody pay ten percent more, but 7.00 for saws.

    Three shops in 101 and one in 202 buy of north; see the tests for who bought what.
    """
    goods = {
        name: make_product(seed, world.acme, sku=name, category=f"Tools > {name.title()}")
        for name in ("HAMMER", "SAW", "NAIL", "GLUE")
    }
    own = {name: make_article(seed, world.acme, product) for name, product in goods.items()}
    listed = {name: make_article(seed, world.north, product) for name, product in goods.items()}
    base = make_price_list(seed, world.acme, "BASE", audience=None)
    everyone = make_price_list(seed, world.acme, "ALL", base_list_id=base.id, adjustment_percent=10, decimals=2)
    make_entry(seed, base, own["HAMMER"], "2.50", valid_to=date(2026, 3, 15))
    make_entry(seed, base, own["HAMMER"], "3.00", valid_from=date(2026, 3, 15))
    make_entry(seed, base, own["HAMMER"], "0.10", min_quantity=10)
    make_entry(seed, everyone, own["SAW"], 7)
    for name in ("NAIL", "GLUE"):
        make_entry(seed, everyone, own[name], 1)
    shops = [
        make_organisation(seed, f"S{n}", "retailer", world.north, postal_code=place)
        for n, place in enumerate(("10115", "10117", "10119", "20250"))
    ]
    for number, shop in enumerate(shops[:3]):
        make_history(seed, world.north, shop, MARCH, (listed["HAMMER"], 10 * (number + 1), 99), (listed["SAW"], 4, 99))
    make_history(seed, world.north, shops[3], MARCH, (listed["HAMMER"], 5, 99))
    # Nails went to two and glue to one: three retailers together.
    for shop in shops[:2]:
        make_history(seed, world.north, shop, MARCH, (listed["NAIL"], 900, 99))
    make_history(seed, world.north, shops[2], MARCH, (listed["GLUE"], 900, 99))
    for shop in shops[:3]:
        make_history(seed, world.north, shop, APRIL, (listed["HAMMER"], 5, 99), (listed["SAW"], 1, 99))
    make_history(seed, world.north, shops[2], APRIL, (listed["HAMMER"], -1, 99))
    make_history(seed, world.north, shops[0], APRIL, (listed["NAIL"], 900, 99))
    return {"own": own, "listed": listed, "shops": shops, "everyone": everyone}


def agree(seed: Seed, world: World, *grants: str, **values: Any) -> None:
    """Let north grant this to acme, from the first of January."""
    values.setdefault("accepted_on", date(2026, 1, 1))
    edge = {"brand_owner_id": world.acme.id, "wholesaler_id": world.north.id}
    seed.add(SharingAgreement, **edge, grants=list(grants), **values)


@pytest.fixture
def owner_asks(client: FlaskClient, seed: Seed, world: World) -> Callable[[str], dict[str, str]]:
    """Give a function that asks as acme's program by one dimension, and gives values by its keys."""
    headers = {"Authorization": f"Bearer {make_token(seed, world.acme, 'brand:read')}"}

    def ask(by: str) -> dict[str, str]:
        answer = client.get(f"/api/v1/brand/sell-through/value?{WINDOW}&by={by}", headers=headers)
        assert answer.status_code == 200, answer.text
        return {row[by]: row["value"] for row in answer.get_json()["rows"]}

    return ask


BY_DIMENSION = {
    # 65 hammers × 2.75 and 12 saws × 7.00; in April 14 × 3.30, and the saws go into "other" with one shop's nails.
    "month": {"2026-03": "262.75", "2026-04": "46.20"},
    "wholesaler": {"NORTH": "308.95"},
    "product": {"HAMMER": "224.95", "SAW": "84.00"},
    "category": {"Tools > Hammer": "224.95", "Tools > Saw": "84.00"},
    # Hammers of March: one shop in 202, so 101 is folded with it; of April all three shops lie in 101.
    "region": {"DE-101": "130.20"},
}


@pytest.mark.parametrize("grants", [["value"], ["units", "value"]], ids=" ".join)
def test_value_at_the_own_list_price_of_the_months_first_day(
    grants: list[str],
    seed: Seed,
    world: World,
    trade: dict[str, Any],
    rebuilt: Callable[[], None],
    owner_asks: Callable[[str], dict[str, str]],
) -> None:
    agree(seed, world, *grants)
    rebuilt()
    assert {by: owner_asks(by) for by in BY_DIMENSION} == BY_DIMENSION


def test_what_is_folded_changes_nothing_that_is_shown(
    seed: Seed,
    world: World,
    trade: dict[str, Any],
    rebuilt: Callable[[], None],
    owner_asks: Callable[[str], dict[str, str]],
) -> None:
    agree(seed, world, "value")
    hidden = ["NAIL", "GLUE"]
    seed.run(
        text("update order_line set ordered_quantity = 1, shipped_quantity = 1 where product_id = any(:ids)"),
        {"ids": [trade["listed"][name].product_id for name in hidden]},
    )
    # Nor do resale prices.
    seed.run(
        text("update order_line set unit_price = 1, line_amount = ordered_quantity, net_amount = ordered_quantity")
    )
    rebuilt()
    assert {by: owner_asks(by) for by in BY_DIMENSION} == BY_DIMENSION


@pytest.mark.parametrize(
    ("versions", "months"),
    [
        # From the tenth on both are shared: the same days.
        ([(["activity"], 1), (["units", "value"], 10)], ["2026-03", "2026-04"]),
        # Units of all March, value from the tenth on: their difference would be what was sold before it.
        ([(["units"], 1), (["units", "value"], 10)], ["2026-04"]),
        ([(["units", "value"], 1), (["units"], 10)], []),
        ([(["value"], 1), (["value", "stock"], 20)], ["2026-03", "2026-04"]),
    ],
)
def test_months_in_which_units_are_shared_on_other_days_have_no_value(
    versions: list[tuple[list[str], int]],
    months: list[str],
    seed: Seed,
    world: World,
    trade: dict[str, Any],
    rebuilt: Callable[[], None],
    owner_asks: Callable[[str], dict[str, str]],
) -> None:
    for number, (grants, day) in enumerate(versions, start=1):
        agree(seed, world, *grants, version=number, accepted_on=date(2026, 3, day))
    rebuilt()
    assert sorted(owner_asks("month")) == months


def test_a_price_that_was_needed_is_fixed_and_one_that_was_missing_counts_once_published(
    seed: Seed,
    world: World,
    engine: Engine,
    trade: dict[str, Any],
    rebuilt: Callable[[], None],
    owner_asks: Callable[[str], dict[str, str]],
) -> None:
    agree(seed, world, "value")
    seed.run(text("delete from price_entry where article_id = :id"), {"id": trade["own"]["SAW"].id})
    rebuilt()
    assert owner_asks("product") == {"HAMMER": "224.95"}
    seed.run(text("update price_entry set net_price = 1000 where seller_id = :id"), {"id": world.acme.id})
    make_entry(seed, trade["everyone"], trade["own"]["SAW"], 7)
    seed.add(OutboxEvent, seller_id=world.acme.id, kind="PriceListPublished", payload={}, actor="test")
    drain(engine)
    assert owner_asks("product") == BY_DIMENSION["product"]
    rebuilt()
    assert owner_asks("product") == BY_DIMENSION["product"]


def test_one_order_writes_what_a_rebuild_would(
    seed: Seed,
    world: World,
    engine: Engine,
    trade: dict[str, Any],
    rebuilt: Callable[[], None],
    owner_asks: Callable[[str], dict[str, str]],
) -> None:
    agree(seed, world, "units", "value")
    rebuilt()
    shop = trade["shops"][1]
    make_history(seed, world.north, shop, APRIL, (trade["listed"]["NAIL"], 1, 99))
    make_history(seed, world.north, trade["shops"][2], APRIL, (trade["listed"]["NAIL"], 1, 99))
    with engine.begin() as connection:
        recompute(connection, [Touched(world.north.id, APRIL, APRIL, frozenset({shop.id}))])
    # Nails now have three: 902 × 1.00, and nothing is folded in April any more: three saws × 7.00.
    expected = {"2026-03": "262.75", "2026-04": "969.20"}
    assert owner_asks("month") == expected
    rebuilt()
    assert owner_asks("month") == expected


@pytest.mark.parametrize(("hidden_in", "shown"), [(0, 0), (1, 2)])
def test_after_a_withdrawal_past_value_stays_as_long_as_agreed(
    hidden_in: int,
    shown: int,
    seed: Seed,
    world: World,
    trade: dict[str, Any],
    rebuilt: Callable[[], None],
    owner_asks: Callable[[str], dict[str, str]],
) -> None:
    [row] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date as day"))
    agree(seed, world, "value", withdrawn_on=row.day, hidden_on=row.day + timedelta(days=hidden_in))
    rebuilt()
    assert len(owner_asks("month")) == shown


def test_the_page_the_file_and_the_log(
    client: FlaskClient, seed: Seed, world: World, trade: dict[str, Any], rebuilt: Callable[[], None]
) -> None:
    owner = sign_in(seed, client, world.people["acme"], world.acme)
    agree(seed, world, "units")
    assert "Value at list price" not in owner.get("/brand/channel/").get_data(as_text=True)
    agree(seed, world, "units", "value", version=2)
    rebuilt()
    page = owner.get("/brand/channel/?from=2026-03&to=2026-04&by=product").get_data(as_text=True)
    assert "Value at list price" in page
    file = owner.get("/brand/channel/channel.csv?from=2026-03&to=2026-04&by=product&category=Tools > Saw")
    rows = list(csv.DictReader(io.StringIO(file.get_data(as_text=True).removeprefix("\ufeff"))))
    assert [(row["product"], row["list_price_value"], row["currency"]) for row in rows] == [("SAW", "84.00", "EUR")]
    north = sign_in(seed, client, world.people["north"], world.north)
    log = north.get("/selling/sharing/access").get_data(as_text=True)
    assert log.count("Value at list price by ") == 2
    seen = north.get("/selling/sharing/ACME/seen?from=2026-03&to=2026-04&by=product").get_data(as_text=True)
    assert "Value at list price" in seen


def test_the_wholesaler_sees_what_the_brand_owner_sees_of_it(
    client: FlaskClient,
    seed: Seed,
    world: World,
    trade: dict[str, Any],
    rebuilt: Callable[[], None],
    owner_asks: Callable[[str], dict[str, str]],
) -> None:
    agree(seed, world, "value")
    rebuilt()
    seen = {}
    for wholesaler in (world.north, world.south):
        headers = {"Authorization": f"Bearer {make_token(seed, wholesaler, 'selling:read')}"}
        answer = client.get(f"/api/v1/selling/sharing/ACME/seen?{WINDOW}&by=product", headers=headers)
        seen[wholesaler.code] = {row["key"]: row["value"] for row in answer.get_json().get("value", [])}
    assert seen == {"NORTH": owner_asks("product"), "SOUTH": {}}


def test_list_prices_by_the_price_rule(engine: Engine, seed: Seed, world: World, trade: dict[str, Any]) -> None:
    statement = "select p.sku, x.list_price from own_list_prices(:owner, :day) x join product p on p.id = x.product_id"

    def prices(on: date) -> dict[str, Decimal]:
        with engine.connect() as connection:
            rows = connection.execute(text(statement), {"owner": world.acme.id, "day": on})
            return {row.sku: row.list_price for row in rows}

    usual = {"SAW": Decimal(7), "NAIL": Decimal(1), "GLUE": Decimal(1)}
    assert prices(MARCH) == {"HAMMER": Decimal("2.75"), **usual}
    assert prices(APRIL) == {"HAMMER": Decimal("3.30"), **usual}
    others: dict[str, dict[str, Any]] = {
        "GROUP": {"audience": None},
        "DOLLARS": {"currency": "USD", "priority": 1},
        "GONE": {"priority": 1, "status": "inactive"},
        "LATER": {"priority": 1, "valid_from": date(2026, 5, 1)},
        "LESS": {"priority": 200},
    }
    for code, values in others.items():
        make_entry(seed, make_price_list(seed, world.acme, code, **values), trade["own"]["SAW"], 5)
    assert prices(APRIL)["SAW"] == 7
    assert prices(date(2026, 5, 1))["SAW"] == 5
    seed.run(
        text("insert into pricing_policy (seller_id, price_strategy) values (:id, 'lowest')"), {"id": world.acme.id}
    )
    assert prices(APRIL)["SAW"] == 5


def test_the_wall(app: Flask, seed: Seed, world: World, trade: dict[str, Any], rebuilt: Callable[[], None]) -> None:
    agree(seed, world, "value")
    rebuilt()
    ask = "select * from channel_values('2026-01-01', '2027-01-01', '{month}')"
    shown = "select * from shown_values(%s, '2026-01-01', '2027-01-01', '{month}')"
    with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
        connection.execute("set local role portal_brand_owner")
        connection.execute(f"set local app.brand_owner_id = '{int(world.zenit.id)}'")
        assert connection.execute(ask).fetchall() == []
        for table in ("channel_value", "channel_list_price"):
            connection.execute("savepoint before")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select * from {table}")
            connection.execute("rollback to before")
        connection.rollback()
        connection.execute("set local role portal_seller")
        assert connection.execute(shown, (world.acme.id,)).fetchall() == []
        connection.execute(f"set local app.seller_id = '{int(world.south.id)}'")
        assert connection.execute(shown, (world.acme.id,)).fetchall() == []
        assert connection.execute("select current_setting('app.brand_owner_id')").fetchone() == ("",)

"""What a brand owner sees of its wholesalers' stock: what the agreement grants, measured once a day, and nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, text

from portal.analytics import jobs
from portal.analytics.jobs import write_next_stock
from portal.analytics.models import SharingAgreement
from portal.analytics.service.channel_stock import write_stock
from portal.analytics.service.daily import Due
from tenants.database_roles import conninfo
from tests.factories.catalogue import make_article, make_product, make_stock, make_warehouse
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

STOCK = "/api/v1/brand/stock"


@pytest.fixture
def today(seed: Seed) -> date:
    """Give north's day."""
    [row] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date as day"))
    day: date = row.day
    return day


@pytest.fixture
def trade(seed: Seed, world: World, today: date) -> dict[str, Any]:
    """Let north hold 100 + 40 hammers, 9 nails and 5 of its own soap; south, which grants units alone, holds 8 hammers.

    Of hammers three shops bought 10, 20 and 30 within the 28 days before today, one of them returned 4; 500 were sold before
    these days and 50 are of today. Of nails two shops bought.
    """
    hammer = make_product(
        seed, world.acme, sku="HAMMER", category="Tools > Hammers", name_en="Hammer", name_de="Hammer"
    )
    nail = make_product(seed, world.acme, sku="NAIL", category="Nails", name_en="Nail", name_de="Nagel")
    soap = make_product(seed, world.north, sku="SOAP")
    main, second = make_warehouse(seed, world.north), make_warehouse(seed, world.north, "SECOND")
    listed = {one.sku: make_article(seed, world.north, one) for one in (hammer, nail, soap)}
    twin = make_article(seed, world.north, hammer)
    make_stock(seed, listed["HAMMER"], 100, main)
    make_stock(seed, twin, 40, second)
    make_stock(seed, listed["NAIL"], 9, main)
    make_stock(seed, listed["SOAP"], 5, main)
    make_stock(seed, make_article(seed, world.south, hammer), 8)
    shops = [make_organisation(seed, f"S{n}", "retailer", world.north) for n in range(3)]
    for number, shop in enumerate(shops):
        make_history(
            seed, world.north, shop, today - timedelta(days=28 - number), (listed["HAMMER"], 10 * (number + 1), 4)
        )
    make_history(seed, world.north, shops[2], today - timedelta(days=1), (twin, -4, 4))
    make_history(seed, world.north, shops[0], today - timedelta(days=29), (listed["HAMMER"], 500, 4))
    make_history(seed, world.north, shops[0], today, (listed["HAMMER"], 50, 4))
    for shop in shops[:2]:
        make_history(seed, world.north, shop, today - timedelta(days=3), (listed["NAIL"], 9, 1))
    for wholesaler, grants in ((world.north, ["stock"]), (world.south, ["units"])):
        seed.add(
            SharingAgreement,
            brand_owner_id=world.acme.id,
            wholesaler_id=wholesaler.id,
            grants=grants,
            accepted_on=today - timedelta(days=1),
        )
    return {"listed": listed, "main": main}


@pytest.fixture
def measure(engine: Engine, trade: dict[str, Any]) -> Callable[[], int]:
    """Give a function that measures until nothing is due, and tells how often something was."""

    def run() -> int:
        turns = 0
        while turns < 10:
            with engine.begin() as connection:
                if not write_next_stock(connection):
                    break
            turns += 1
        return turns

    return run


@pytest.fixture
def owner_asks(client: FlaskClient, seed: Seed, world: World) -> Callable[..., list[tuple[Any, ...]]]:
    """Give a function that asks as acme's program, and gives wholesaler, product, on hand and cover."""
    headers = {"Authorization": f"Bearer {make_token(seed, world.acme, 'brand:read')}"}

    def ask(**query: str) -> list[tuple[Any, ...]]:
        answer = client.get(STOCK, query_string=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return [
            (row["wholesaler"], row["product"], row["on_hand"], row["cover_days"]) for row in answer.get_json()["items"]
        ]

    return ask


def seen(client: FlaskClient) -> list[tuple[str, str, str]]:
    answer = client.get("/brand/stock/stock.csv")
    rows = csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    return [(row["product"], row["on_hand"], row["cover_days"]) for row in rows]


def test_stock_on_hand_and_how_long_it_lasts(
    measure: Callable[[], int], owner_asks: Callable[..., list[tuple[Any, ...]]]
) -> None:
    assert owner_asks() == []
    assert measure() == 1
    # 140 on hand; 10 + 20 + 30 - 4 = 56 in 28 days are 2 a day. Two retailers are too few to tell what nails last.
    assert owner_asks() == [("NORTH", "HAMMER", 140, 70), ("NORTH", "NAIL", 9, None)]
    assert measure() == 0


@pytest.mark.parametrize(
    ("query", "products"),
    [
        ({"wholesaler": "NORTH"}, ["HAMMER", "NAIL"]),
        ({"wholesaler": "SOUTH"}, []),
        ({"category": "Tools"}, ["HAMMER"]),
        ({"category": "Tool"}, []),
        ({"category": "Nails"}, ["NAIL"]),
    ],
)
def test_of_one_wholesaler_or_category(
    measure: Callable[[], int],
    owner_asks: Callable[..., list[tuple[Any, ...]]],
    query: dict[str, str],
    products: list[str],
) -> None:
    measure()
    assert [row[1] for row in owner_asks(**query)] == products


def test_pages_follow_one_another(measure: Callable[[], int], client: FlaskClient, seed: Seed, world: World) -> None:
    measure()
    headers = {"Authorization": f"Bearer {make_token(seed, world.acme, 'brand:read')}"}
    first = client.get(STOCK, query_string={"limit": 1}, headers=headers).get_json()
    second = client.get(STOCK, query_string={"limit": 1, "cursor": first["next_cursor"]}, headers=headers).get_json()
    assert [row["product"] for row in first["items"] + second["items"]] == ["HAMMER", "NAIL"]
    assert second["next_cursor"] is None


def test_measured_anew_when_the_day_has_begun(
    measure: Callable[[], int],
    owner_asks: Callable[..., list[tuple[Any, ...]]],
    seed: Seed,
    trade: dict[str, Any],
) -> None:
    measure()
    seed.run(text("update stock_level set on_hand = 28"))
    seed.run(text("update stock_level set on_hand = 0 where article_id = :id"), {"id": trade["listed"]["NAIL"].id})
    assert owner_asks() == [("NORTH", "HAMMER", 140, 70), ("NORTH", "NAIL", 9, None)]
    seed.run(text("update channel_state set newest_on = newest_on - 1 where measure = 'stock'"))
    assert measure() == 1
    assert owner_asks() == [("NORTH", "HAMMER", 56, 28), ("NORTH", "NAIL", 0, None)]


def test_one_that_cannot_be_measured_holds_back_nobody(
    measure: Callable[[], int],
    owner_asks: Callable[..., list[tuple[Any, ...]]],
    seed: Seed,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seed.run(text("update sharing_agreement set grants = '{stock}'"))

    def fail_at_north(connection: Connection, due: Due) -> None:
        if due.wholesaler_id == world.north.id:
            connection.execute(text("select 1 / 0"))
        write_stock(connection, due)

    monkeypatch.setattr(jobs, "write_stock", fail_at_north)
    assert measure() == 1
    assert owner_asks() == [("SOUTH", "HAMMER", 8, None)]
    monkeypatch.undo()
    assert measure() == 1
    assert {row[0] for row in owner_asks()} == {"NORTH", "SOUTH"}


@pytest.mark.parametrize(("hidden_in", "shown"), [(0, 0), (1, 2)])
def test_after_a_withdrawal_the_last_stays_as_long_as_agreed(
    measure: Callable[[], int],
    owner_asks: Callable[..., list[tuple[Any, ...]]],
    seed: Seed,
    today: date,
    hidden_in: int,
    shown: int,
) -> None:
    measure()
    seed.run(
        text("update sharing_agreement set withdrawn_on = :today, hidden_on = :hidden where 'stock' = any(grants)"),
        {"today": today, "hidden": today + timedelta(days=hidden_in)},
    )
    seed.run(text("update channel_state set newest_on = newest_on - 1 where measure = 'stock'"))
    assert measure() == 0
    assert len(owner_asks()) == shown


def test_a_version_without_stock_shows_none_at_once(
    measure: Callable[[], int],
    owner_asks: Callable[..., list[tuple[Any, ...]]],
    seed: Seed,
    world: World,
    today: date,
) -> None:
    measure()
    seed.add(
        SharingAgreement,
        brand_owner_id=world.acme.id,
        wholesaler_id=world.north.id,
        version=2,
        grants=["units"],
        accepted_on=today,
    )
    assert owner_asks() == []


def test_the_page_the_file_and_the_log(
    measure: Callable[[], int], client: FlaskClient, seed: Seed, world: World
) -> None:
    owner = sign_in(seed, client, world.people["acme"], world.acme)
    assert "No wholesaler shares its stock yet" in owner.get("/brand/stock/").get_data(as_text=True)
    measure()
    page = owner.get("/brand/stock/").get_data(as_text=True)
    assert "1 of 3 wholesalers" in page
    assert "70 days" in page
    assert seen(owner) == [("HAMMER", "140.000", "70"), ("NAIL", "9.000", "")]
    north = sign_in(seed, client, world.people["north"], world.north)
    log = north.get("/selling/sharing/access").get_data(as_text=True)
    assert log.count("Stock; on screen") == 2
    assert log.count("Stock; as a file") == 1
    south = sign_in(seed, client, world.people["south"], world.south)
    assert "Stock; " not in south.get("/selling/sharing/access").get_data(as_text=True)


def test_the_wholesaler_sees_what_the_brand_owner_sees_of_it(
    measure: Callable[[], int], client: FlaskClient, seed: Seed, world: World
) -> None:
    measure()
    for wholesaler, expected in (
        (world.north, [("HAMMER", 140, 70), ("NAIL", 9, None)]),
        (world.south, []),
    ):
        headers = {"Authorization": f"Bearer {make_token(seed, wholesaler, 'selling:read')}"}
        answer = client.get("/api/v1/selling/sharing/ACME/seen", headers=headers).get_json()
        assert [(row["sku"], row["on_hand"], row["cover_days"]) for row in answer["stock"]] == expected
    page = sign_in(seed, client, world.people["north"], world.north).get("/selling/sharing/ACME/seen")
    assert "70 days" in page.get_data(as_text=True)


def test_the_wall(app: Flask, world: World, measure: Callable[[], int]) -> None:
    measure()
    with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
        connection.execute("set local role portal_brand_owner")
        connection.execute(f"set local app.brand_owner_id = '{int(world.south.id)}'")
        assert connection.execute("select * from channel_stocks()").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from channel_stock")
        connection.rollback()
        connection.execute("set local role portal_seller")
        assert connection.execute("select * from shown_stocks(%s)", (world.acme.id,)).fetchall() == []
        connection.execute(f"set local app.seller_id = '{int(world.south.id)}'")
        assert connection.execute("select * from shown_stocks(%s)", (world.acme.id,)).fetchall() == []
        assert connection.execute("select current_setting('app.brand_owner_id')").fetchone() == ("",)

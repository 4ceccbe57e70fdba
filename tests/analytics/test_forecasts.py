"""Forecasts as they are stored and read: whose they are, what is not taken for demand, what a brand owner may plan with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, text

from portal.analytics.jobs import forget_forecasts, rebuild, write_next_forecast
from portal.analytics.models import SharingAgreement
from portal.core.outbox import Event
from portal.ordering.models import OrderLine
from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, make_token, sign_in
from tests.factories.promotions import make_promotion
from tests.factories.seed import Seed
from tests.factories.world import World

MONDAY = date(2026, 1, 5)
WEEKS = 40
LAST = MONDAY + timedelta(weeks=WEEKS) - timedelta(days=1)


def order_weekly(seed: Seed, seller: Any, buyer: Any, article: Any, quantities: list[int]) -> None:
    """Add one order of the past with a line for each week that has a quantity, on its Wednesday."""
    order = make_history(seed, seller, buyer, MONDAY, (article, 0, 1))
    seed.run(
        insert(OrderLine),
        [
            {
                "seller_id": seller.id,
                "order_id": order.id,
                "line": week + 2,
                "buyer_id": buyer.id,
                "placed_on": MONDAY + timedelta(weeks=week, days=2),
                "article_id": article.id,
                "owner_id": article.owner_id,
                "product_id": article.product_id,
                "article_number": article.article_number,
                "ordered_quantity": quantity,
                "shipped_quantity": quantity,
                "unit_price": 1,
                "line_amount": quantity,
                "net_amount": quantity,
            }
            for week, quantity in enumerate(quantities)
            if quantity
        ],
    )


@pytest.fixture
def trade(seed: Seed, world: World, rebuilt: Callable[[], None]) -> dict[str, Any]:
    """Sell 10 hammers a week to each of three shops of north, which shares units; soap 7 a week to one; nails to two.

    From week 36 on the first shop buys no hammer any more. South sells hammers to two shops and shares units too.
    """
    hammer = make_product(seed, world.acme, sku="HAMMER", category="Tools", name_en="Hammer", name_de="Hammer")
    nail = make_product(seed, world.acme, sku="NAIL", category="Tools", name_en="Nail", name_de="Nagel")
    soap = make_product(seed, world.north, sku="CANARY-SOAP", category="Soap", name_en="=Soap", name_de="=Seife")
    hammers, nails, soaps = (make_article(seed, world.north, one) for one in (hammer, nail, soap))
    theirs = make_article(seed, world.south, hammer)
    shops = [make_organisation(seed, f"S{n}", "retailer", world.north, name=f"CANARY-SHOP {n}") for n in range(3)]
    others = [make_organisation(seed, f"T{n}", "retailer", world.south) for n in range(2)]
    for number, shop in enumerate(shops):
        order_weekly(seed, world.north, shop, hammers, [10] * (36 if number == 0 else WEEKS))
    for shop in shops[:2]:
        order_weekly(seed, world.north, shop, nails, [4] * WEEKS)
    order_weekly(seed, world.north, shops[1], soaps, [7] * WEEKS)
    for shop in others:
        order_weekly(seed, world.south, shop, theirs, [5] * WEEKS)
    for wholesaler in (world.north, world.south):
        seed.add(
            SharingAgreement,
            brand_owner_id=world.acme.id,
            wholesaler_id=wholesaler.id,
            grants=["units"],
            accepted_on=date(2026, 1, 1),
        )
    rebuilt()
    return {"hammer": hammer, "nail": nail, "soap": soap, "hammers": hammers, "shops": shops}


def write_forecasts(engine: Engine) -> None:
    """Forecast for one seller after the other, as the worker does, until none is due."""
    for _ in range(10):
        with engine.begin() as connection:
            if not write_next_forecast(connection):
                return
    raise AssertionError("forecasts stay due")


@pytest.fixture
def forecast(engine: Engine, trade: dict[str, Any]) -> Callable[[], None]:
    """Give a function that forecasts where it is due; the first time is done."""
    write_forecasts(engine)
    return lambda: write_forecasts(engine)


def stored(seed: Seed, table: str, seller: Any) -> list[Any]:
    """Give the rows of a seller."""
    found: list[Any] = seed.run(text(f"select * from {table} where seller_id = :id order by 1, 2"), {"id": seller.id})
    return found


def ask(client: FlaskClient, token: str, path: str) -> Any:
    """Give what the API answers."""
    answer = client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def weekly(row: dict[str, Any]) -> list[Decimal]:
    return [Decimal(week["quantity"]) for week in row["weeks"]]


def test_every_product_has_four_weeks_with_bounds_and_a_seller_reads_its_own_alone(
    client: FlaskClient, seed: Seed, world: World, forecast: Callable[[], None]
) -> None:
    token = make_token(seed, world.north, "selling:read")
    answer = ask(client, token, "/selling/forecast")
    rows = {row["product"]: row for row in answer["items"]}
    assert set(rows) == {"HAMMER", "NAIL", "CANARY-SOAP"}
    assert [week["week_ends_on"] for week in rows["NAIL"]["weeks"]] == [
        str(LAST + timedelta(weeks=ahead)) for ahead in range(1, 5)
    ]
    assert weekly(rows["NAIL"]) == pytest.approx([8] * 4, rel=0.02)
    assert weekly(rows["CANARY-SOAP"]) == pytest.approx([7] * 4, rel=0.02)
    assert all(20 <= quantity < 30 for quantity in weekly(rows["HAMMER"]))
    assert Decimal(rows["HAMMER"]["recent_quantity"]) == 80
    assert rows["NAIL"]["demand_class"] == "smooth"
    theirs = ask(client, make_token(seed, world.south, "selling:read"), "/selling/forecast")
    assert [row["product"] for row in theirs["items"]] == ["HAMMER"]
    assert weekly(theirs["items"][0]) == pytest.approx([10] * 4, rel=0.02)


def test_a_forecast_is_written_once_a_week_and_again_when_the_past_changed(
    engine: Engine, seed: Seed, world: World, forecast: Callable[[], None]
) -> None:
    [first] = stored(seed, "forecast_state", world.north)
    assert (first.origin_on, first.weeks) == (LAST, WEEKS)
    assert (first.judged_from, first.judged_to) == (LAST - timedelta(weeks=13), LAST - timedelta(weeks=4))
    forecast()
    assert stored(seed, "forecast_state", world.north) == [first]
    loaded = Event(1, "HistoryLoaded", world.north.id, {}, "loader", first.written_at)
    with engine.begin() as connection:
        forget_forecasts(connection, [loaded])
    assert stored(seed, "forecast_state", world.north) == []
    assert len(stored(seed, "demand_forecast", world.north)) == 3
    forecast()
    [again] = stored(seed, "forecast_state", world.north)
    assert again.written_at > first.written_at
    assert len(stored(seed, "demand_forecast", world.north)) == 3


def test_the_backtest_tells_error_beside_naive(
    client: FlaskClient, seed: Seed, world: World, forecast: Callable[[], None]
) -> None:
    answer = ask(client, make_token(seed, world.north, "selling:read"), "/selling/forecast/accuracy")
    assert answer["as_of"] == str(LAST)
    [row] = answer["rows"]
    assert (row["is_regular"], row["demand_class"], row["series"]) == (True, "smooth", 3)
    assert Decimal(row["wape"]) < Decimal("0.1")
    assert row["naive_wape"] is not None
    assert Decimal(row["coverage"]) > Decimal("0.7")


def test_what_a_customer_usually_orders_and_has_not_is_missed_until_it_orders(
    client: FlaskClient, seed: Seed, world: World, trade: dict[str, Any], engine: Engine
) -> None:
    """Today lies 1.5 weeks and more behind the last order of everybody: the clock is moved to the data."""
    shift = "update order_line set placed_on = placed_on + :days where seller_id = :id"
    days = (date.today() - LAST).days  # noqa: DTZ011 - only moves the data near the database's clock
    seed.run(text(shift), {"days": days, "id": world.north.id})
    with engine.begin() as connection:
        rebuild(connection, None)
    write_forecasts(engine)
    token = make_token(seed, world.north, "selling:read")
    [missed] = ask(client, token, "/selling/forecast/missed-orders")["rows"]
    assert (missed["customer"], missed["product"], missed["usual_interval_days"]) == ("S0", "HAMMER", 7)
    assert Decimal(missed["usual_quantity"]) == 10
    make_history(seed, world.north, trade["shops"][0], date.today(), (trade["hammers"], 3, 1))  # noqa: DTZ011 - as above
    assert ask(client, token, "/selling/forecast/missed-orders")["rows"] == []


def test_a_brand_owner_plans_with_what_at_least_three_retailers_of_a_sharing_wholesaler_bought(
    client: FlaskClient, seed: Seed, world: World, forecast: Callable[[], None]
) -> None:
    """Two shops bought nails and, of south, hammers; soap is north's own."""
    token = make_token(seed, world.acme, "brand:read")
    answer = ask(client, token, "/brand/demand-plan")
    [line] = answer["lines"]
    assert (line["product"], line["wholesalers"]) == ("HAMMER", 1)
    assert (answer["wholesalers_shown"], answer["as_of"]) == (1, str(LAST))
    assert "CANARY" not in str(answer)
    seen = seed.run(text("select what from sharing_access where wholesaler_id = :id"), {"id": world.north.id})
    assert [row.what for row in seen] == ["demand plan; API"]
    assert ask(client, make_token(seed, world.zenit, "brand:read"), "/brand/demand-plan")["lines"] == []


def test_a_withdrawn_agreement_shows_no_forecast_from_its_day_on(
    client: FlaskClient, seed: Seed, world: World, forecast: Callable[[], None]
) -> None:
    token = make_token(seed, world.acme, "brand:read")
    seed.run(
        text("update sharing_agreement set withdrawn_on = current_date - 1 where wholesaler_id = :id"),
        {"id": world.north.id},
    )
    assert ask(client, token, "/brand/demand-plan")["lines"] == []


def test_only_days_under_the_agreement_are_planned_with(
    engine: Engine, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    """Shared from week 30 on only; before it was ten times as much."""
    seed.run(
        text("update sharing_agreement set accepted_on = :on where wholesaler_id = :id"),
        {"on": MONDAY + timedelta(weeks=30), "id": world.north.id},
    )
    seed.run(
        text(
            "update order_line set ordered_quantity = 100, shipped_quantity = 100"
            " where seller_id = :id and placed_on < :on and ordered_quantity > 0"
        ),
        {"on": MONDAY + timedelta(weeks=30), "id": world.north.id},
    )
    write_forecasts(engine)
    [row] = seed.run(text("select quantities from channel_forecast where wholesaler_id = :id"), {"id": world.north.id})
    assert all(quantity <= 30 for quantity in row.quantities)


def test_a_promotion_is_told_by_what_came_beyond_the_forecast_and_was_not_bought_ahead(
    client: FlaskClient, engine: Engine, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    """Soap, 7 a week; in weeks 30 and 31 it is 27, and in the four weeks after 5: 54 - 14 - 8 = 32."""
    for weeks, quantity in (((30, 31), 27), ((32, 33, 34, 35), 5)):
        seed.run(
            text(
                "update order_line set ordered_quantity = :units, shipped_quantity = :units where product_id = :soap"
                " and placed_on >= :first and placed_on < :until and ordered_quantity > 0"
            ),
            {
                "units": quantity,
                "soap": trade["soap"].id,
                "first": MONDAY + timedelta(weeks=weeks[0]),
                "until": MONDAY + timedelta(weeks=weeks[-1] + 1),
            },
        )
    make_promotion(
        seed,
        world.north,
        "SUMMER",
        value="10",
        scopes=(("category", "Soap"),),
        valid_from=MONDAY + timedelta(weeks=30, days=1),
        valid_to=MONDAY + timedelta(weeks=31, days=5),
    )
    write_forecasts(engine)
    token = make_token(seed, world.north, "selling:read")
    [effect] = ask(client, token, "/selling/forecast/promotions")["rows"]
    assert effect["promotion"] == "SUMMER"
    assert (effect["first_on"], effect["last_on"]) == (
        str(MONDAY + timedelta(weeks=30)),
        str(MONDAY + timedelta(weeks=32, days=-1)),
    )
    figures = [Decimal(effect[name]) for name in ("units", "expected_units", "forward_units", "effect_units")]
    assert figures == pytest.approx([54, 14, 8, 32], rel=0.03)
    rows = ask(client, token, "/selling/forecast?category=Soap")["items"]
    assert weekly(rows[0]) == pytest.approx([7] * 4, rel=0.15)


def test_the_screens_show_what_the_api_says(
    client: FlaskClient, seed: Seed, world: World, forecast: Callable[[], None]
) -> None:
    desk = sign_in(seed, client, world.people["north"], world.north)
    pages = {path: desk.get(f"/selling/forecast{path}") for path in ("/", "/missed", "/promotions", "/accuracy")}
    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(pages, 200)
    assert "CANARY-SOAP" in pages["/"].get_data(as_text=True)
    rows = desk.get("/selling/forecast/forecast.csv").get_data(as_text=True).splitlines()
    assert len(rows) == 4
    assert "'=Soap" in rows[2] + rows[3] + rows[1]


def test_a_brand_owner_sees_the_planning_sheet(
    client: FlaskClient, seed: Seed, world: World, forecast: Callable[[], None]
) -> None:
    maker = sign_in(seed, client, world.people["acme"], world.acme)
    page = maker.get("/brand/plan/").get_data(as_text=True)
    assert "HAMMER" in page
    assert "CANARY" not in page
    assert "NAIL" not in page
    assert len(maker.get("/brand/plan/plan.csv").get_data(as_text=True).splitlines()) == 2

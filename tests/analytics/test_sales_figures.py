"""A seller's own figures: by hand computed sums, rhythm, exports, walls, and roll-ups that follow what happens."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from portal.analytics.jobs import rebuild, roll_up_sales
from portal.analytics.rules import CustomerState, Rhythm, month_of, months_between, same_days, whole_quarters
from portal.core.outbox import Event
from tenants.database import count_statements, db
from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

WINDOW = "from=2026-03&to=2026-04"


@pytest.fixture
def desk(client: FlaskClient, seed: Seed, world: World) -> FlaskClient:
    """Give north's browser."""
    return sign_in(seed, client, world.people["north"], world.north)


def exported(client: FlaskClient, path: str) -> list[dict[str, str]]:
    """Give the rows of a CSV export."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def figures(client: FlaskClient, by: str, more: str = "") -> list[tuple[str, Decimal, Decimal]]:
    """Give (key, units, amount) of an export."""
    rows = exported(client, f"/selling/figures/sales.csv?{WINDOW}&by={by}{more}")
    return [(row[by], Decimal(row["units"]), Decimal(row["net_amount"])) for row in rows]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("month", [("2026-03", 62, "259.00"), ("2026-04", 21, "100.50")]),
        ("category", [("Tools > Hammers", 82, "350.00"), ("Soap", 1, "9.50")]),
        ("product", [("HAMMER", 82, "350.00"), ("CANARY-SOAP", 1, "9.50")]),
        ("retailer", [("S2", 35, "145.00"), ("S1", 25, "105.00"), ("S0", 16, "74.50"), ("S3", 7, "35.00")]),
    ],
)
def test_sales_are_the_sums_of_the_lines(
    desk: FlaskClient, trade: dict[str, Any], by: str, expected: list[tuple[str, int, str]]
) -> None:
    assert figures(desk, by) == [(key, Decimal(units), Decimal(amount)) for key, units, amount in expected]


@pytest.mark.parametrize(
    ("by", "more", "expected"),
    [
        ("month", "&category=Tools", [("2026-03", 60, "240.00"), ("2026-04", 22, "110.00")]),
        ("month", "&retailer=S0", [("2026-03", 12, "59.00"), ("2026-04", 4, "15.50")]),
        ("product", "&retailer=S0&category=Soap", [("CANARY-SOAP", 1, "9.50")]),
        ("category", "&retailer=S3", [("Tools > Hammers", 7, "35.00")]),
        ("month", "&retailer=CLARA", []),
        ("month", "&category=Tool", []),
    ],
)
def test_sales_of_one_category_or_customer(
    desk: FlaskClient, trade: dict[str, Any], by: str, more: str, expected: list[tuple[str, int, str]]
) -> None:
    assert figures(desk, by, more) == [(key, Decimal(units), Decimal(amount)) for key, units, amount in expected]


@pytest.mark.parametrize("by", ["retailer", "product", "category"])
def test_every_breakdown_adds_up_to_the_months_when_customers_and_products_are_gone(
    desk: FlaskClient, seed: Seed, trade: dict[str, Any], world: World, by: str
) -> None:
    """S0 buys elsewhere by now, S1's account is closed."""
    shops = trade["shops"]
    move(seed, shops[0], world.south)
    seed.run(text("update trading_account set status = 'inactive' where buyer_id = :id"), {"id": shops[1].id})
    seed.run(text("update organisation set status = 'inactive' where id = :id"), {"id": shops[1].id})
    rows = figures(desk, by)
    assert sum(amount for _, _, amount in rows) == Decimal("359.50")
    assert sum(units for _, units, _ in rows) == 83
    assert desk.get(f"/selling/figures/?{WINDOW}&by={by}").status_code == 200


def move(seed: Seed, shop: Any, seller: Any) -> None:
    """Let a shop buy from another seller from now on, as the tree says then."""
    seed.run(
        text("update organisation set seller_id = :seller, parent_id = :seller, owner_ids = :owners where id = :id"),
        {"seller": seller.id, "id": shop.id, "owners": [*seller.owner_ids, shop.id]},
    )


def test_a_former_customer_keeps_its_row_under_its_number(
    desk: FlaskClient, seed: Seed, trade: dict[str, Any], world: World
) -> None:
    shop = trade["shops"][0]
    seed.run(text("update trading_account set customer_number = 'K-77' where buyer_id = :id"), {"id": shop.id})
    move(seed, shop, world.south)
    assert figures(desk, "retailer")[2] == ("K-77", Decimal(16), Decimal("74.50"))
    assert figures(desk, "product", "&retailer=K-77") == [
        ("HAMMER", Decimal(15), Decimal("65.00")),
        ("CANARY-SOAP", Decimal(1), Decimal("9.50")),
    ]
    page = desk.get(f"/selling/figures/?{WINDOW}&by=retailer").get_data(as_text=True)
    assert "Former customer" in page
    assert "CANARY-SHOP 0" not in page


def test_former_customers_of_one_number_have_a_key_each(
    desk: FlaskClient, seed: Seed, trade: dict[str, Any], world: World
) -> None:
    """S0 and S1 share a number, S2 has none, S3's is the code of a present customer."""
    numbers = ("K-77", "K-77", "", "ANNA")
    for shop, number in zip(trade["shops"], numbers, strict=True):
        values = {"id": shop.id, "number": number}
        seed.run(text("update trading_account set customer_number = :number where buyer_id = :id"), values)
        move(seed, shop, world.south)
    rows = figures(desk, "retailer")
    keys = [key for key, _, _ in rows]
    assert [key[: -len("~12345678")] for key in keys] == ["", "K-77", "K-77", "ANNA"]
    assert len(set(keys)) == 4
    for key, units, amount in rows:
        months = figures(desk, "month", f"&retailer={key}")
        assert (sum(row[1] for row in months), sum(row[2] for row in months)) == (units, amount)
    assert figures(desk, "month", "&retailer=K-77") == []


def test_a_category_of_drafts_alone_is_no_choice_for_those_below(
    desk: FlaskClient, seed: Seed, trade: dict[str, Any], world: World
) -> None:
    draft = make_product(seed, world.acme, sku="DRAFT", category="Robots > Secret", name_en="Robot")
    make_product(seed, world.north, sku="OWN-DRAFT", category="Towels", name_en="Towel")
    seed.run(text("update product set status = 'inactive' where sku like '%DRAFT'"))

    def offered(path: str, client: FlaskClient = desk) -> set[str]:
        page = client.get(path).get_data(as_text=True)
        return {name for name in ("Soap", "Towels", "Tools", "Robots") if f'<option value="{name}' in page}

    own = offered("/brand/channel/", sign_in(seed, client_of(desk), world.people["acme"], world.acme))
    assert offered("/selling/figures/") == {"Soap", "Towels", "Tools"}
    assert own == {"Tools", "Robots"}
    make_article(seed, world.north, draft)
    assert offered("/selling/figures/") == {"Soap", "Towels", "Tools", "Robots"}


def client_of(other: FlaskClient) -> FlaskClient:
    """Give another browser at the same application."""
    return other.application.test_client()


def test_a_product_of_a_former_manufacturer_stays_in_the_sums(
    desk: FlaskClient, seed: Seed, trade: dict[str, Any], world: World
) -> None:
    seed.run(text("update organisation set owner_ids = :owners where id = :id"),
             {"owners": [world.north.id], "id": world.north.id})  # fmt: skip
    assert figures(desk, "product") == [("", Decimal(82), Decimal(350)), ("CANARY-SOAP", Decimal(1), Decimal("9.50"))]
    assert figures(desk, "category") == [("", Decimal(82), Decimal(350)), ("Soap", Decimal(1), Decimal("9.50"))]
    assert "Former product" in desk.get(f"/selling/figures/?{WINDOW}&by=product").get_data(as_text=True)


def test_an_exported_name_is_no_formula(desk: FlaskClient, trade: dict[str, Any]) -> None:
    rows = exported(desk, f"/selling/figures/sales.csv?{WINDOW}&by=product")
    assert [row["name"] for row in rows] == ["Hammer", "'=Soap"]


def test_the_api_gives_what_the_screen_exports(
    client: FlaskClient, seed: Seed, trade: dict[str, Any], world: World
) -> None:
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    path = "/api/v1/selling/figures?from=2026-03-15&to=2026-04-30&by=category"
    assert client.get(path, headers=headers).get_json() == {
        "items": [
            {
                "key": "Tools > Hammers",
                "name": "Tools > Hammers",
                "units": 82,
                "net_amount": "350.00",
                "currency": "EUR",
            },
            {"key": "Soap", "name": "Soap", "units": 1, "net_amount": "9.50", "currency": "EUR"},
        ],
        "next_cursor": None,
    }


@pytest.mark.parametrize("more", ["", "&category=Tools", "&retailer=S0"])
@pytest.mark.parametrize("by", ["month", "category", "retailer", "product"])
def test_figures_come_in_pages_that_together_are_the_whole(
    client: FlaskClient, seed: Seed, trade: dict[str, Any], world: World, by: str, more: str
) -> None:
    # All of the same amount: what comes first is told by the key, of products by their number.
    for table in ("sales_month", "sales_quarter", "sales_buyer_month"):
        seed.run(text(f"update {table} set amount = 7"))
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    path = f"/api/v1/selling/figures?from=2020-01-01&to=2030-01-01&by={by}{more}"
    whole = client.get(f"{path}&limit=1000", headers=headers).get_json()
    pages = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(f"{path}&limit=1&cursor={cursor}", headers=headers).get_json()
        pages += page["items"]
        cursor = page["next_cursor"]
    assert whole["next_cursor"] is None
    assert pages == whole["items"]
    assert len(pages) >= 1


def test_a_cursor_of_figures_goes_on_with_the_same_dimension_alone(
    client: FlaskClient, seed: Seed, trade: dict[str, Any], world: World
) -> None:
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    path = "/api/v1/selling/figures?from=2020-01-01&to=2030-01-01&limit=1&by="
    cursor = client.get(f"{path}month", headers=headers).get_json()["next_cursor"]
    refused = client.get(f"{path}product&cursor={cursor}", headers=headers)
    assert (refused.status_code, refused.get_json()["type"]) == (422, "/problems/invalid-cursor")


def test_another_seller_finds_nothing_of_it(
    client: FlaskClient, seed: Seed, trade: dict[str, Any], world: World
) -> None:
    browser = sign_in(seed, client, world.people["south"], world.south)
    assert figures(browser, "month") == []
    assert figures(browser, "month", "&retailer=S0") == []


def test_a_page_of_figures_takes_few_statements(app: Flask, desk: FlaskClient, trade: dict[str, Any]) -> None:
    desk.get(f"/selling/figures/?{WINDOW}&by=product")
    with app.app_context(), count_statements(db.engine) as counter:
        assert desk.get(f"/selling/figures/?{WINDOW}&by=product").status_code == 200
    assert len(counter.statements) <= 10


def test_a_cancelled_line_leaves_the_figures_with_its_event(
    desk: FlaskClient, seed: Seed, engine: Engine, trade: dict[str, Any], world: World
) -> None:
    [order] = seed.run(text("select * from sales_order where placed_on = '2026-04-03'"))
    seed.run(
        text("update order_line set shipped_quantity = 0, cancelled_quantity = 3 where order_id = :id"),
        {"id": order.id},
    )
    happened = Event(1, "OrderCancelled", world.north.id, {"order_id": order.id}, "user:1", order.placed_at)
    with engine.begin() as connection:
        roll_up_sales(connection, [happened, happened])
    assert figures(desk, "product") == [
        ("HAMMER", Decimal(79), Decimal(335)),
        ("CANARY-SOAP", Decimal(1), Decimal("9.50")),
    ]
    assert figures(desk, "month")[1] == ("2026-04", Decimal(18), Decimal("85.50"))


def test_a_rebuild_equals_what_single_events_have_written(
    seed: Seed, engine: Engine, trade: dict[str, Any], world: World
) -> None:
    listed, shops = trade["listed"], trade["shops"]
    orders = [
        make_history(seed, world.north, shop, date(2026, 5, number + 1), (listed, 3, "4.00"))
        for number, shop in enumerate(shops)
    ]
    for order in orders:
        happened = Event(1, "OrderPlaced", world.north.id, {"order_id": order.id}, "user:1", order.placed_at)
        with engine.begin() as connection:
            roll_up_sales(connection, [happened])
    single = rolled_up(seed)
    with engine.begin() as connection:
        assert rebuild(connection, "ACME") == 2
    assert rolled_up(seed) == single
    assert sum(row.order_count for row in single["sales_day"]) == 14


def rolled_up(seed: Seed) -> dict[str, Any]:
    """Give the seller's roll-ups as they are."""
    return {
        table: seed.run(text(f"select * from {table} t order by t"))
        for table in ("sales_day", "sales_month", "sales_quarter", "sales_buyer_month", "sales_rhythm")
    }  # fmt: skip


def test_unknown_dimensions_and_states_do_not_exist(desk: FlaskClient) -> None:
    assert desk.get("/selling/figures/?by=price").status_code == 404
    assert desk.get("/selling/figures/customers?state=angry").status_code == 404


TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("first_days_ago", "last_days_ago", "order_days", "usual", "state"),
    [
        (200, 15, 20, "10", CustomerState.ACTIVE),
        (200, 16, 20, "10", CustomerState.SLOWING),
        (200, 80, 2, "10", CustomerState.ACTIVE),
        (29, 2, 3, "10", CustomerState.NEW),
        (29, 20, 3, "3", CustomerState.SLOWING),
        (400, 90, 5, "70", CustomerState.ACTIVE),
        (400, 91, 5, "70", CustomerState.LAPSED),
        (10, 10, 1, None, CustomerState.NEW),
    ],
)
def test_a_customers_rhythm_tells_its_state(
    first_days_ago: int, last_days_ago: int, order_days: int, usual: str | None, state: CustomerState
) -> None:
    days = [TODAY - timedelta(days=ago) for ago in (first_days_ago, last_days_ago)]
    rhythm = Rhythm(days[0], days[1], order_days, None if usual is None else Decimal(usual))
    assert rhythm.state(TODAY) is state


def test_slowing_customers_stand_on_their_page_and_on_the_home_page(
    desk: FlaskClient, seed: Seed, world: World, rebuilt: Callable[[], None]
) -> None:
    article = make_article(seed, world.north)
    [(today,)] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date"))
    for ago in (44, 34, 24, 16):
        make_history(seed, world.north, world.anna, today - timedelta(days=ago), (article, 1, "8.00"))
    for ago in (40, 30, 20, 11):
        make_history(seed, world.north, world.bruno, today - timedelta(days=ago), (article, 1, "8.00"))
    rebuilt()
    [row] = exported(desk, "/selling/figures/customers.csv?state=slowing")
    assert (row["customer"], row["order_days"], row["usual_interval_days"]) == ("ANNA", "4", "10.0")
    assert row["expected_on"] == str(today - timedelta(days=6))
    assert row["average_order_amount"] == "8.00"
    home = desk.get("/selling/").get_data(as_text=True)
    assert "ANNA name" in home
    assert "BRUNO name" not in home


@pytest.mark.parametrize(
    ("first", "until", "quarters"),
    [
        (date(2025, 12, 1), date(2026, 12, 1), (date(2026, 1, 1), date(2026, 10, 1))),
        (date(2026, 1, 1), date(2027, 1, 1), (date(2026, 1, 1), date(2027, 1, 1))),
        (date(2026, 2, 1), date(2026, 6, 1), (date(2026, 6, 1), date(2026, 6, 1))),
        (date(2026, 3, 1), date(2026, 5, 1), (date(2026, 5, 1), date(2026, 5, 1))),
    ],
)
def test_whole_quarters_of_a_window(first: date, until: date, quarters: tuple[date, date]) -> None:
    assert whole_quarters(first, until) == quarters


def test_products_of_a_year_add_up_quarters_and_the_months_around_them(
    desk: FlaskClient, seed: Seed, trade: dict[str, Any], world: World, rebuilt: Callable[[], None]
) -> None:
    for month in range(1, 13):
        make_history(
            seed, world.north, trade["shops"][0], date(2027, month, 28), (trade["listed"], 10 ** (month % 6), 1)
        )
    rebuilt()
    for first, last in ((1, 12), (2, 11), (3, 4), (2, 5), (6, 6)):
        window = f"from=2027-{first:02}&to=2027-{last:02}"
        [row] = exported(desk, f"/selling/figures/sales.csv?{window}&by=product")
        expected = sum(10 ** (month % 6) for month in range(first, last + 1))
        assert (row["units"], row["net_amount"]) == (f"{expected}.000", f"{expected}.0000")


def test_months_and_same_days() -> None:
    assert month_of(date(2026, 1, 31), -2) == date(2025, 11, 1)
    assert months_between(date(2025, 12, 9), date(2026, 2, 1)) == [date(2025, 12, 1), date(2026, 1, 1)]
    assert same_days(date(2026, 3, 31)) == (date(2026, 3, 1), date(2026, 2, 1), date(2026, 2, 28))
    assert same_days(date(2026, 11, 21)) == (date(2026, 11, 1), date(2026, 10, 1), date(2026, 10, 21))

"""The price file: each of its prices is the one that a price check of that line alone gives, for buyer and seller."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

import portal.storefront.queries.price_file as queries
from tests.factories.organisations import sign_in
from tests.factories.promotions import make_promotion
from tests.factories.seed import Seed
from tests.pricing.calls import begin_draft, call, put_entries, put_list
from tests.pricing.conftest import Desk

pytestmark = pytest.mark.shared_database

FILE, THEIRS = "/buying/prices.csv", "/selling/prices/preview/prices.csv?account=ANNA"


@pytest.fixture
def shop(client: FlaskClient, seed: Seed, desk: Desk) -> FlaskClient:
    """Give anna's browser."""
    seed.run(text("delete from promotion_scope"))
    seed.run(text("delete from promotion_audience"))
    seed.run(text("delete from promotion"))
    seed.run(text("update pricing_policy set promoted_from = null, promoted_to = null"))
    sign_in(seed, client, desk.world.people["anna"], desk.world.anna)
    return client


def rows(client: FlaskClient, path: str = FILE) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def prices(found: list[dict[str, str]]) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in ("article", "from_quantity", "unit_price", "line_amount")) for row in found]


def test_tiers_own_lists_zero_and_prices_on_request(shop: FlaskClient, desk: Desk) -> None:
    put_list(shop, desk.north, "OWN", audience={"accounts": ["ANNA"]})
    tiers: list[dict[str, Any]] = [
        {"article": "N-2", "net_price": 18},
        {"article": "N-2", "net_price": "15.005", "min_quantity": "5.5"},
    ]
    put_entries(shop, desk.north, "OWN", *tiers, {"article": "N-1", "net_price": 0, "min_quantity": 3})
    assert prices(rows(shop)) == [
        ("N-1", "1", "10.0000", "10.00"),
        ("N-1", "3", "0.0000", "0.00"),
        ("N-2", "1", "18.0000", "18.00"),
        ("N-2", "6", "15.0050", "90.03"),
        ("N-3", "", "", ""),
    ]


def test_every_price_is_what_a_check_of_that_line_says(
    shop: FlaskClient, seed: Seed, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_BLOCK", 2)
    put_entries(shop, desk.north, "L", {"article": "N-1", "net_price": 8, "min_quantity": 10})
    put_list(shop, desk.north, "LESS", base_code="L", adjustment_percent="-3", audience={"accounts": ["ANNA"]})
    make_promotion(seed, desk.world.north, "TEN", value="10", min_quantity="12", scopes=(("article", "N-1"),))
    make_promotion(seed, desk.world.north, "GIFT", "free_goods", buy_quantity="4", free_quantity="1", priority=5)
    make_promotion(seed, desk.world.north, "SPENT", value="50", budget="1")
    make_promotion(seed, desk.world.north, "OVER", value="90", max_uses=0)
    make_promotion(seed, desk.world.north, "COUPON", value="90", coupon="SECRET")
    make_promotion(seed, desk.world.north, "ORDER", "order_percent", value="5")
    make_promotion(seed, desk.world.north, "THEIRS", value="50", buyer=desk.world.bruno)
    found = [row for row in rows(shop) if row["from_quantity"]]
    assert [(row["article"], row["from_quantity"], row["promotions"]) for row in found] == [
        ("N-1", "1", ""),
        ("N-1", "4", "GIFT"),
        ("N-1", "10", "GIFT"),
        ("N-1", "12", "GIFT TEN"),
        ("N-2", "1", ""),
        ("N-2", "4", "GIFT"),
    ]
    for row in found:
        body = {"lines": [{"article": row["article"], "quantity": row["from_quantity"]}]}
        [line] = call(shop, desk.anna, "POST", "/buying/price-checks", body)["lines"]
        assert (line["unit_price"], line["line_amount"]) == (row["unit_price"].removesuffix("00"), row["line_amount"])
    told = [(item["article"], price) for item in pages(shop, desk.anna, "/buying/prices?") for price in item["prices"]]
    assert [(article, *map(str, price.values())) for article, price in told] == [
        (row["article"], row["from_quantity"], row["unit_price"].removesuffix("00"), row["line_amount"], str(codes))
        for row in found
        for codes in [row["promotions"].split()]
    ]
    assert pages(shop, desk.north, "/selling/prices?account=ANNA&") == pages(shop, desk.anna, "/buying/prices?")


def pages(client: FlaskClient, token: str, path: str) -> list[Any]:
    items, cursor = [], ""
    while True:
        page = call(client, token, "GET", f"{path}limit=2&cursor={cursor}")
        items += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            return items


def test_a_seller_gets_the_file_of_a_buyer_for_a_day_and_with_a_draft(
    shop: FlaskClient, seed: Seed, desk: Desk
) -> None:
    put_entries(shop, desk.north, "L", {"article": "N-1", "net_price": 14, "valid_from": "2999-01-01"})
    number = begin_draft(shop, desk.north, "L", {"article": "N-3", "net_price": 5})
    sign_in(seed, shop, desk.world.people["north"], desk.world.north)
    assert [row[2] for row in prices(rows(shop, THEIRS))] == ["10.0000", "20.0000", ""]
    assert [row[2] for row in prices(rows(shop, f"{THEIRS}&on=2999-01-01"))] == ["14.0000", "20.0000", ""]
    assert [row[2] for row in prices(rows(shop, f"{THEIRS}&list=L&draft={number}"))] == [
        "10.0000",
        "20.0000",
        "5.0000",
    ]
    for wrong in ("?account=NOBODY", "?account=ANNA&on=someday"):
        answer = shop.get(f"/selling/prices/preview/prices.csv{wrong}", follow_redirects=True)
        assert answer.status_code == 422
    call(shop, desk.north, "GET", "/selling/prices?account=NOBODY", status=404)


def test_names_are_in_the_reader_s_language_and_never_formulas(shop: FlaskClient, seed: Seed, desk: Desk) -> None:
    names = {"en": "=Saw()", "de": "Säge"}
    set_names = text("update product set name_en = :en, name_de = :de, brand = '@home' where sku = 'S-1'")
    seed.run(set_names.bindparams(**names))
    first = rows(shop)[0]
    assert (first["name"], first["brand"]) == ("'=Saw()", "'@home")
    assert 'href="/buying/prices.csv"' in shop.get("/buying/catalogue").get_data(as_text=True)


def test_only_quantities_that_can_be_ordered_are_listed(shop: FlaskClient, seed: Seed, desk: Desk) -> None:
    seed.run(text("update article set order_multiple = 6"))
    try:
        tiers: list[dict[str, Any]] = [
            {"article": "N-1", "net_price": price, "min_quantity": 20 + price} for price in (3, 2)
        ]
        put_list(shop, desk.north, "OWN", audience={"accounts": ["ANNA"]})
        put_entries(shop, desk.north, "OWN", *tiers, {"article": "N-3", "net_price": 4, "min_quantity": 8})
        assert prices(rows(shop)) == [
            ("N-1", "6", "10.0000", "60.00"),
            ("N-1", "24", "3.0000", "72.00"),
            ("N-2", "6", "20.0000", "120.00"),
            ("N-3", "12", "4.0000", "48.00"),
        ]
        make_promotion(seed, desk.world.north, "TEN", value="10", min_quantity="10", scopes=(("article", "N-2"),))
        assert prices(rows(shop))[2:4] == [("N-2", "6", "20.0000", "120.00"), ("N-2", "12", "20.0000", "216.00")]
    finally:
        seed.run(text("update article set order_multiple = 1"))

"""`GET /buying/articles`: own prices, availability, search, paging, and the wall around it all."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask.testing import FlaskClient

from tests.factories.catalogue import make_article, make_entry, make_price_list, make_product, make_stock
from tests.factories.organisations import make_token
from tests.factories.placing import sell
from tests.factories.promotions import make_promotion
from tests.factories.seed import Seed
from tests.factories.world import World


def ask(client: FlaskClient, token: str, **query: Any) -> Any:
    """Ask for articles."""
    headers = {"Authorization": f"Bearer {token}"}
    return client.get("/api/v1/buying/articles", query_string=query, headers=headers)


def test_articles_come_with_own_price_and_what_can_be_promised(client: FlaskClient, seed: Seed, world: World) -> None:
    product = make_product(
        seed, world.acme, "S-1", name_en="Saw", name_de="Säge", gtin="4006381333931", category="Tools > Saws"
    )
    saw = sell(seed, world.north, "SAW", "12.50", owner_product=product, min_quantity=10, order_multiple=5)
    make_stock(seed, saw, 7, incoming_quantity=50, incoming_on=date(2026, 12, 24))
    own = make_price_list(seed, world.north, buyer=world.anna)
    make_entry(seed, own, saw, "9.9900", min_quantity=10)
    sell(seed, world.north, "AXE", "3", owner_product=make_product(seed, world.acme, name_en="Axe"))
    make_article(seed, world.north, make_product(seed, world.acme, name_en="Anvil"), "QUOTE")
    answer = ask(client, make_token(seed, world.anna))
    assert (answer.status_code, answer.get_json()) == (
        200,
        {
            "items": [
                {
                    "article": "AXE",
                    "gtin": None,
                    "name": "Axe",
                    "unit_price": "3.00",
                    "currency": "EUR",
                    "available_quantity": None,
                    "available_on": None,
                    "next_tier": None,
                    "promotions": [],
                },
                {
                    "article": "QUOTE",
                    "gtin": None,
                    "name": "Anvil",
                    "unit_price": None,
                    "currency": "EUR",
                    "available_quantity": None,
                    "available_on": None,
                    "next_tier": None,
                    "promotions": [],
                },
                {
                    "article": "SAW",
                    "gtin": "4006381333931",
                    "name": "Saw",
                    "unit_price": "9.99",
                    "currency": "EUR",
                    "available_quantity": 7,
                    "available_on": "2026-12-24",
                    "next_tier": None,
                    "promotions": [],
                },
            ],
            "next_cursor": None,
        },
    )
    [saw_for_bruno] = ask(client, make_token(seed, world.bruno), q="saw").get_json()["items"]
    assert saw_for_bruno["unit_price"] == "12.50"


def test_articles_tell_the_next_price_step_and_what_own_promotions_give(
    client: FlaskClient, seed: Seed, world: World
) -> None:
    saw = sell(seed, world.north, "SAW", "12.50")
    make_entry(seed, make_price_list(seed, world.north, buyer=world.anna), saw, "9", min_quantity=12)
    make_promotion(seed, world.north, "WEEK", value="10", min_quantity="6", name="Saw week")
    make_promotion(seed, world.north, "GIFT", "free_goods", buy_quantity="10", free_quantity="1", priority=200)
    make_promotion(seed, world.north, "ALL", "order_percent", value="2", threshold_amount="500", priority=300)
    make_promotion(seed, world.north, "SECRET", value="50", coupon="HALF")
    make_promotion(seed, world.north, "OTHER", value="50", buyer=world.bruno)
    token = make_token(seed, world.anna)
    [listed] = ask(client, token).get_json()["items"]
    none = {"threshold_amount": "0.00", "buy_quantity": None, "free_quantity": None, "free_article": None}
    week = {"code": "WEEK", "name": "Saw week", "benefit": "percent", "value": "10.00", "min_quantity": 6, **none}
    gift = {"code": "GIFT", "name": "GIFT", "benefit": "free_goods", "value": "0.00", "min_quantity": 1, **none}
    gift |= {"buy_quantity": 10, "free_quantity": 1}
    whole = {"code": "ALL", "name": "ALL", "benefit": "order_percent", "value": "2.00", "min_quantity": 1, **none}
    whole |= {"threshold_amount": "500.00"}
    assert listed["next_tier"] == {"min_quantity": 12, "unit_price": "9.00"}
    assert listed["promotions"] == [week, gift]
    read = client.get("/api/v1/buying/articles/SAW", headers={"Authorization": f"Bearer {token}"}).get_json()
    assert (read["next_tier"], read["promotions"]) == (listed["next_tier"], [week, gift, whole])


def test_an_article_is_read_with_all_that_its_page_shows(client: FlaskClient, seed: Seed, world: World) -> None:
    product = make_product(
        seed,
        world.acme,
        "S-1",
        name_en="Saw",
        description_en="Cuts.",
        description_de="Sägt.",
        gtin="4006381333931",
        brand="Zack",
        category="Tools > Saws",
        attributes={"length_mm": 300},
        packagings={"CS": 12},
    )
    saw = sell(seed, world.north, "SAW", "12.50", owner_product=product, min_quantity=10, order_multiple=5)
    make_stock(seed, saw, 7, incoming_quantity=50, incoming_on=date(2026, 12, 24))
    own = make_price_list(seed, world.north, buyer=world.anna)
    make_entry(seed, own, saw, "9.9900", min_quantity=97)
    headers = {"Authorization": f"Bearer {make_token(seed, world.anna)}"}
    read = client.get("/api/v1/buying/articles/SAW", headers=headers).get_json()
    explanation = read.pop("explanation")
    assert (explanation["price_list"], explanation["min_quantity"]) == ("List ALL", "1.000")
    assert read == {
        "article": "SAW",
        "gtin": "4006381333931",
        "name": "Saw",
        "unit_price": "12.50",
        "currency": "EUR",
        "available_quantity": 7,
        "available_on": "2026-12-24",
        "next_tier": {"min_quantity": 100, "unit_price": "9.99"},
        "promotions": [],
        "description": "Cuts.",
        "brand": "Zack",
        "category": "Tools > Saws",
        "attributes": {"length_mm": 300},
        "base_unit": "EA",
        "min_quantity": 10,
        "order_multiple": 5,
        "backorder": "deny",
        "packagings": [{"unit": "CS", "contains": 12, "gtin": ""}],
        "tiers": [{"min_quantity": 10, "unit_price": "12.50"}, {"min_quantity": 100, "unit_price": "9.99"}],
        "pictures": [],
    }
    german = client.get("/api/v1/buying/articles/SAW", headers={**headers, "Accept-Language": "de"}).get_json()
    assert german["description"] == "Sägt."
    sell(seed, world.south, "FOREIGN")
    assert client.get("/api/v1/buying/articles/FOREIGN", headers=headers).status_code == 404


def test_articles_are_filtered_and_counted_by_category_and_brand(client: FlaskClient, seed: Seed, world: World) -> None:
    for sku, brand, category, on_hand in (
        ("SAW", "Zack", "Tools > Saws", 5),
        ("AXE", "Zack", "Tools > Axes", None),
        ("TAR", "Pech", "Roof", 5),
    ):
        product = make_product(seed, world.acme, sku, brand=brand, category=category)
        sell(seed, world.north, sku, on_hand=on_hand, owner_product=product)
    token = make_token(seed, world.anna)

    def numbers(**query: Any) -> list[str]:
        return [item["article"] for item in ask(client, token, **query).get_json()["items"]]

    assert numbers(brand="Zack") == ["AXE", "SAW"]
    assert numbers(available="true") == ["SAW", "TAR"]
    assert numbers(brand="Zack", available="true", category="Tools") == ["SAW"]
    headers = {"Authorization": f"Bearer {token}"}
    counts = client.get("/api/v1/buying/article-counts", headers=headers).get_json()
    assert counts["articles"] == 3
    assert sorted((row["category"], row["name"], row["articles"]) for row in counts["categories"]) == [
        ("Roof", "Roof", 1),
        ("Tools", "Tools", 2),
    ]
    assert sorted((row["brand"], row["articles"]) for row in counts["brands"]) == [("Pech", 1), ("Zack", 2)]
    tools = client.get("/api/v1/buying/article-counts?category=Tools", headers=headers).get_json()
    assert sorted((row["category"], row["articles"]) for row in tools["categories"]) == [
        ("Tools > Axes", 1),
        ("Tools > Saws", 1),
    ]

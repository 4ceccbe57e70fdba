"""`GET /buying/articles`: own prices, availability, search, paging, and the wall around it all."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask.testing import FlaskClient

from tests.factories.catalogue import make_article, make_entry, make_price_list, make_product, make_stock
from tests.factories.organisations import make_token
from tests.factories.placing import sell
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
                },
                {
                    "article": "QUOTE",
                    "gtin": None,
                    "name": "Anvil",
                    "unit_price": None,
                    "currency": "EUR",
                    "available_quantity": None,
                    "available_on": None,
                },
                {
                    "article": "SAW",
                    "gtin": "4006381333931",
                    "name": "Saw",
                    "unit_price": "9.99",
                    "currency": "EUR",
                    "available_quantity": 7,
                    "available_on": "2026-12-24",
                },
            ],
            "next_cursor": None,
        },
    )
    [saw_for_bruno] = ask(client, make_token(seed, world.bruno), q="saw").get_json()["items"]
    assert saw_for_bruno["unit_price"] == "12.50"

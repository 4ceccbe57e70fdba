"""The seller's catalogue over HTTP: lists of articles and products, and pictures."""

from __future__ import annotations

import base64
import io
from typing import Any

from flask.testing import FlaskClient
from PIL import Image

from tests.factories.calls import call, problem
from tests.factories.catalogue import make_article, make_product
from tests.factories.organisations import make_token
from tests.factories.placing import sell
from tests.factories.seed import Seed
from tests.factories.world import World


def walked(client: FlaskClient, token: str, path: str) -> list[Any]:
    """Give all items of a list, read two at a time."""
    items, cursor = [], ""
    for _ in range(20):
        page = call(client, token, "GET", f"{path}{'&' if '?' in path else '?'}limit=2&cursor={cursor}")
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items
    raise AssertionError("the list has no end")


def test_articles_are_listed_with_their_settings(client: FlaskClient, seed: Seed, world: World) -> None:
    saw = make_product(
        seed, world.acme, "SAW-P", name_en="Saw", name_de="Säge", gtin="4006381333931", brand="Zack", category="Tools"
    )
    make_article(seed, world.north, saw, "b-2", min_quantity=5, order_multiple="2.5", backorder="allow")
    make_article(seed, world.north, article_number="A-1", status="inactive")
    make_article(seed, world.north, article_number="C-3")
    make_article(seed, world.south, saw, "FOREIGN")
    token, path = make_token(seed, world.north), "/selling/articles"
    every = walked(client, token, path)
    assert [row["article"] for row in every] == ["A-1", "b-2", "C-3"]
    assert every[1] == {
        "article": "b-2",
        "sku": "SAW-P",
        "owner": "ACME",
        "name_en": "Saw",
        "name_de": "Säge",
        "gtin": "4006381333931",
        "brand": "Zack",
        "category": "Tools",
        "base_unit": "EA",
        "min_quantity": 5,
        "order_multiple": 2.5,
        "backorder": "allow",
        "status": "active",
    }
    assert call(client, token, "GET", f"{path}/b-2") == every[1]
    for query, expected in {
        "q=zack": ["b-2"],
        "q=4006381333931": ["b-2"],
        "status=inactive": ["A-1"],
        "q=x_": [],
    }.items():
        assert [row["article"] for row in call(client, token, "GET", f"{path}?{query}")["items"]] == expected


def test_products_are_listed_for_those_who_may_list_them(client: FlaskClient, seed: Seed, world: World) -> None:
    saw = make_product(seed, world.acme, "SAW", name_en="Saw", brand="Zack")
    make_product(seed, world.acme, "HIDDEN", status="inactive")
    make_product(seed, world.north, "OWN", status="inactive")
    make_product(seed, world.acme, "AXE")
    make_product(seed, world.south, "FOREIGN")
    for number in ("S-2", "S-1"):
        make_article(seed, world.north, saw, number)
    token, path = make_token(seed, world.north), "/selling/products"
    every = walked(client, token, path)
    assert [(row["sku"], row["owner"], row["is_own"], row["articles"]) for row in every] == [
        ("AXE", "ACME", False, []),
        ("OWN", "NORTH", True, []),
        ("SAW", "ACME", False, ["S-1", "S-2"]),
    ]
    assert every[2] == {
        "sku": "SAW",
        "owner": "ACME",
        "owner_name": world.acme.name,
        "is_own": False,
        "gtin": "",
        "name_en": "Saw",
        "name_de": "Produkt SAW",
        "brand": "Zack",
        "category": "",
        "base_unit": "EA",
        "status": "active",
        "picture": "",
        "articles": ["S-1", "S-2"],
    }
    for query, expected in {
        "own=true": ["OWN"],
        "unlisted=true": ["AXE", "OWN"],
        "q=zack": ["SAW"],
        "status=inactive": ["OWN"],
    }.items():
        assert [row["sku"] for row in call(client, token, "GET", f"{path}?{query}")["items"]] == expected


def test_a_picture_is_set_fetched_by_either_side_and_taken_away(client: FlaskClient, seed: Seed, world: World) -> None:
    lamp = make_product(seed, world.north, "LAMP")
    sell(seed, world.north, "LAMP-1", owner_product=lamp)
    drawn = io.BytesIO()
    Image.new("RGB", (2, 2), "red").save(drawn, "PNG")
    token, buyer = make_token(seed, world.north), make_token(seed, world.anna)
    path = "/selling/products/LAMP/picture"
    digest = call(client, token, "PUT", path, {"content": base64.b64encode(drawn.getvalue()).decode()})["picture"]
    own = call(client, token, "GET", f"/selling/pictures/{digest}")
    assert own["content_type"] == "image/png"
    assert Image.open(io.BytesIO(base64.b64decode(own["content"]))).getpixel((0, 0)) == (255, 0, 0)
    assert call(client, buyer, "GET", "/buying/articles/LAMP-1")["pictures"] == [digest]
    assert call(client, buyer, "GET", f"/buying/pictures/{digest}") == own
    foreign = call(client, make_token(seed, world.south), "GET", f"/selling/pictures/{digest}", status=404)
    assert problem(foreign) == "not-found"
    for _ in range(2):
        assert call(client, token, "DELETE", path)["picture"] == ""
    assert problem(call(client, token, "GET", f"/selling/pictures/{digest}", status=404)) == "not-found"
    assert problem(call(client, token, "DELETE", "/selling/products/NONE/picture", status=404)) == "not-found"

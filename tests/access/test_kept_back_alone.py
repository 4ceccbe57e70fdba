"""What a manufacturer keeps back, with one wall standing at a time: the policies without the queries, and the other way round."""

from __future__ import annotations

import base64
from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.permissions import Capacity
from tests.access.test_query_layer_alone import without_row_security
from tests.access.test_row_security_alone import acting as acting_in_sql
from tests.factories.catalogue import make_product
from tests.factories.organisations import make_token, sign_in
from tests.factories.placing import acting
from tests.factories.seed import Seed
from tests.factories.world import World

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
SELLS, BUYS, OWNS = Capacity.SELLER, Capacity.BUYER, Capacity.BRAND_OWNER
EDGES = {"acme": (SELLS, OWNS), "zenit": (SELLS, OWNS), "west": (SELLS, BUYS), "dora": (BUYS,)}


@pytest.fixture
def digest(client: FlaskClient, seed: Seed, world: World) -> str:
    """Let acme make a draft with a picture, which it has never offered; give the picture's digest."""
    make_product(seed, world.acme, "DRAFT", name_en="Secret hammer", category="Robots > Secret", status="inactive")
    assert base64.b64decode(PIXEL).startswith(b"\x89PNG")
    headers = {"Authorization": f"Bearer {make_token(seed, world.acme)}"}
    answer = client.put("/api/v1/selling/products/DRAFT/picture", json={"content": PIXEL}, headers=headers)
    return str(answer.get_json()["picture"])


def read(app: Flask, world: World, code: str, capacity: Capacity) -> tuple[int, int]:
    """Count drafts and their pictures by statements that name no tenant."""
    with acting(app, getattr(world, code), capacity) as principal:
        known = principal
    with acting_in_sql(app, known) as connection:
        drafts = connection.execute("select count(*) as n from product where sku = 'DRAFT'").fetchone()
        pictures = connection.execute("select count(*) as n from product_picture").fetchone()
    assert drafts is not None
    assert pictures is not None
    return drafts["n"], pictures["n"]


def test_the_policies_alone_keep_it_in_its_owners_channel(app: Flask, world: World, digest: str) -> None:
    """Below the owner the queries decide (docs/security.md); everybody else sees nothing of it, whatever is asked."""
    seen = {
        (code, capacity.value): read(app, world, code, capacity)
        for code, capacities in EDGES.items()
        for capacity in capacities
    }
    owner = {("acme", "seller"): (1, 1), ("acme", "brand_owner"): (1, 1)}
    strangers = {
        ("zenit", "seller"),
        ("zenit", "brand_owner"),
        ("west", "seller"),
        ("west", "buyer"),
        ("dora", "buyer"),
    }
    assert {edge: found for edge, found in seen.items() if edge in owner} == owner
    assert {edge for edge, found in seen.items() if found == (0, 0)} >= strangers


def test_the_keys_and_policies_alone_let_no_stranger_list_it(app: Flask, seed: Seed, world: World, digest: str) -> None:
    [row] = seed.run(text("select owner_id, id from product where sku = 'DRAFT'"))
    with acting(app, world.west, Capacity.SELLER) as principal:
        stranger = principal
    with acting_in_sql(app, stranger) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            "insert into article (seller_id, article_number, owner_id, product_id) values (%s, 'X', %s, %s)",
            (world.west.id, row.owner_id, row.id),
        )


def test_the_queries_alone_keep_it_back(
    app: Flask, seed: Seed, world: World, digest: str, look: Callable[[], list[bool]]
) -> None:
    with without_row_security(app):
        assert read(app, world, "north", Capacity.SELLER) == (1, 1)
        assert look() == [False] * 6
        seed.run(text("update product set status = 'active' where sku = 'DRAFT'"))
        assert look() == [True] * 6


@pytest.fixture
def look(app: Flask, seed: Seed, world: World, digest: str) -> Callable[[], list[bool]]:
    """Give what tells where the draft shows below its owner: range, listing form, figures, pictures, the API."""
    seller = sign_in(seed, app.test_client(), world.people["north"], world.north)
    buyer = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    form = {"article": "10-1", "sku": "DRAFT", "min_quantity": "", "order_multiple": "1"}

    def asked() -> list[bool]:
        listing = seller.post("/selling/catalogue/articles/new", data=form).get_data(as_text=True)
        return [
            "Secret hammer" in seller.get("/selling/catalogue/products").get_data(as_text=True),
            "There is no such product that you may list." not in listing,
            "Robots" in seller.get("/selling/figures/").get_data(as_text=True),
            *(browser.get(f"/pictures/{digest}").status_code == 200 for browser in (seller, buyer)),
            "DRAFT" in app.test_client().get("/api/v1/selling/products", headers=headers).get_data(as_text=True),
        ]

    return asked

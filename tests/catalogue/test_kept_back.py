"""What an owner keeps back: a draft, or what it does not offer any more."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.factories.catalogue import make_product
from tests.factories.organisations import make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


def test_what_an_owner_keeps_back_is_not_there_for_those_below(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    make_product(seed, world.acme, "DRAFT", name_en="Secret hammer")
    token = make_token(seed, world.acme)
    body = {"content": PIXEL}
    picture = client.put(
        "/api/v1/selling/products/DRAFT/picture", json=body, headers={"Authorization": f"Bearer {token}"}
    )
    digest = picture.get_json()["picture"]
    seed.run(text("update product set status = 'inactive' where sku = 'DRAFT'"))
    form = {"article": "10-1", "sku": "DRAFT", "min_quantity": "1", "order_multiple": "1"}

    def seen() -> list[bool]:
        listing = seller.post("/selling/catalogue/articles/new", data=form).get_data(as_text=True)
        return [
            "Secret hammer" in seller.get("/selling/catalogue/products").get_data(as_text=True),
            "There is no such product that you may list." not in listing,
            *(browser.get(f"/pictures/{digest}").status_code == 200 for browser in (seller, buyer)),
        ]

    seller = sign_in(seed, app.test_client(), world.people["north"], world.north)
    buyer = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    owner = sign_in(seed, app.test_client(), world.people["acme"], world.acme)
    assert seen() == [False, False, False, False]
    assert "Secret hammer" in owner.get("/selling/catalogue/products").get_data(as_text=True)
    assert owner.get(f"/pictures/{digest}").status_code == 200
    # Once it was offered and is listed, it stays what it was for who trades it, even when its owner ends it.
    seed.run(text("update product set status = 'active' where sku = 'DRAFT'"))
    assert seen() == [True, True, True, True]
    seed.run(text("update product set status = 'inactive' where sku = 'DRAFT'"))
    assert [seen()[at] for at in (0, 2, 3)] == [True, True, True]

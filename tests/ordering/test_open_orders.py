"""What stopping or suspending a buyer leaves behind is counted before it is done."""

from __future__ import annotations

import html

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.placing import place, sell
from tests.factories.seed import Seed
from tests.factories.world import World


def test_stopping_and_suspending_name_the_open_orders_they_leave(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    north = sign_in(seed, app.test_client(), world.people["north"], world.north)

    def asked() -> str:
        return html.unescape(north.get("/selling/accounts/ANNA/").get_data(as_text=True))

    assert asked().count("No order is open.") == 3, "stopping, suspending, closing"
    sell(seed, world.north, "SAW", on_hand=10)
    for number, buyer in enumerate((world.anna, world.branch, world.branch, world.bruno)):
        place(client, make_token(seed, buyer), [("SAW", 1)], key=f"key-{number}")
    page = asked()
    stop, suspend = page.index('id="stop"'), page.index('id="suspend"')
    assert "1 open order goes on: you can still confirm, ship or cancel it." in page[stop:suspend]
    assert "3 open orders go on: you can still confirm, ship or cancel them." in page[suspend:]
    seed.run(text("update sales_order set status = 'shipped' where buyer_id = :id"), {"id": world.anna.id})
    assert "2 open orders go on" in asked()
    viewer = make_person(seed, "viewer@example.com", (world.north, "viewer"))
    seen = sign_in(seed, app.test_client(), viewer, world.north).get("/selling/accounts/ANNA/")
    assert (seen.status_code, "open order" in seen.get_data(as_text=True)) == (200, False)

"""The life of an order: confirmed, shipped in parts, delivered, cancelled; quantities and stock always add up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.ordering.errors import LinesRefused, OrderNotReady, OutOfStock
from portal.ordering.service.order_life import (
    ShipLine,
    ShipOrder,
    cancel_order,
    confirm_order,
    deliver_order,
    ship_order,
)
from portal.ordering.service.own_acts import cancel_own_order, confirm_own_receipt
from tenants.errors import Conflict, NotFound, PermissionDenied
from tenants.permissions import Capacity
from tests.factories.catalogue import make_stock, make_warehouse
from tests.factories.organisations import make_token, sign_in
from tests.factories.placing import acting, check_ledgers, lines, place, sell, status, stock
from tests.factories.seed import Seed
from tests.factories.world import World

SELLER, BUYER = Capacity.SELLER, Capacity.BUYER


def kinds(seed: Seed) -> list[tuple[str, str]]:
    """Give (event, actor) of every step."""
    return [
        (row.kind, row.actor_name) for row in seed.run(text("select kind, actor_name from order_event order by id"))
    ]


def outbox(seed: Seed) -> list[str]:
    """Give the events in the outbox."""
    return [row.kind for row in seed.run(text("select kind from outbox_event order by id"))]


def test_an_order_goes_from_placed_to_delivered(app: Flask, client: FlaskClient, seed: Seed, world: World) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=10)
    number = place(client, make_token(seed, world.anna), [("SAW", 6)])
    with acting(app, world.north, SELLER) as principal:
        confirm_order(principal, number)
    assert status(seed, number) == "confirmed"
    with acting(app, world.north, SELLER) as principal:
        shipped = ship_order(principal, ShipOrder(number, (ShipLine(1, Decimal(2)),), tracking_code="T1"))
    assert (shipped.shipment_number, shipped.status) == (f"{number}-1", "partly_shipped")
    assert lines(seed, number) == [(6, 0, 2, 4)]
    assert stock(seed, saw) == [("MAIN", 8, 4)]
    with acting(app, world.north, SELLER) as principal:
        assert ship_order(principal, ShipOrder(number)).shipment_number == f"{number}-2"
    assert (status(seed, number), lines(seed, number)) == ("shipped", [(6, 0, 6, 0)])
    assert stock(seed, saw) == [("MAIN", 4, 0)]
    with acting(app, world.anna, BUYER) as principal:
        confirm_own_receipt(principal, number)
    assert status(seed, number) == "delivered"
    assert kinds(seed) == [
        ("placed", "Test client"),
        ("confirmed", "Tester"),
        ("shipped", "Tester"),
        ("shipped", "Tester"),
        ("delivered", "Tester"),
    ]
    assert outbox(seed) == ["OrderPlaced", "OrderConfirmed", "OrderShipped", "OrderShipped", "OrderDelivered"]
    check_ledgers(seed)


def test_a_buyer_cancels_only_before_the_confirmation(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=10)
    token = make_token(seed, world.anna)
    first, second = place(client, token, [("SAW", 6)], "1"), place(client, token, [("SAW", 4)], "2")
    with acting(app, world.anna, BUYER) as principal:
        cancel_own_order(principal, first)
    assert (status(seed, first), lines(seed, first)) == ("cancelled", [(6, 6, 0, 0)])
    assert stock(seed, saw) == [("MAIN", 10, 4)]
    with acting(app, world.north, SELLER) as principal:
        confirm_order(principal, second)
    with pytest.raises(OrderNotReady), acting(app, world.anna, BUYER) as principal:
        cancel_own_order(principal, second)
    assert status(seed, second) == "confirmed"
    assert outbox(seed)[-2:] == ["OrderCancelled", "OrderConfirmed"]


def test_the_seller_cancels_any_open_rest(app: Flask, client: FlaskClient, seed: Seed, world: World) -> None:
    saw, axe = sell(seed, world.north, "SAW", on_hand=10), sell(seed, world.north, "AXE", on_hand=10)
    number = place(client, make_token(seed, world.anna), [("SAW", 6), ("AXE", 3)])
    with acting(app, world.north, SELLER) as principal:
        ship_order(principal, ShipOrder(number, (ShipLine(1, Decimal(2)),)))
        cancel_order(principal, number, {1: Decimal(1)})
    assert (status(seed, number), lines(seed, number)) == ("partly_shipped", [(6, 1, 2, 3), (3, 0, 0, 3)])
    with acting(app, world.north, SELLER) as principal:
        assert cancel_order(principal, number, reason="discontinued") == "shipped"
    assert lines(seed, number) == [(6, 4, 2, 0), (3, 3, 0, 0)]
    assert (stock(seed, saw), stock(seed, axe)) == ([("MAIN", 8, 0)], [("MAIN", 10, 0)])
    with pytest.raises(OrderNotReady), acting(app, world.north, SELLER) as principal:
        cancel_order(principal, number)
    check_ledgers(seed)


def test_a_released_reservation_goes_to_who_waits_longest(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=5, backorder="allow")
    first = place(client, make_token(seed, world.anna), [("SAW", 5)])
    second = place(client, make_token(seed, world.bruno), [("SAW", 3)])
    third = place(client, make_token(seed, world.sub), [("SAW", 3)])
    assert lines(seed, second) == [(3, 0, 0, 0)]
    with acting(app, world.anna, BUYER) as principal:
        cancel_own_order(principal, first)
    assert (lines(seed, second), lines(seed, third)) == ([(3, 0, 0, 3)], [(3, 0, 0, 2)])
    assert stock(seed, saw) == [("MAIN", 5, 5)]
    with acting(app, world.north, SELLER) as principal:
        cancel_order(principal, second, {1: Decimal(2)})
    assert (lines(seed, second), lines(seed, third)) == ([(3, 2, 0, 1)], [(3, 0, 0, 3)])
    check_ledgers(seed)


def test_shipping_takes_from_the_warehouse_that_was_chosen(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=5)
    make_stock(seed, saw, 4, make_warehouse(seed, world.north, "SOUTH"))
    number = place(client, make_token(seed, world.anna), [("SAW", 5)])
    assert stock(seed, saw) == [("MAIN", 5, 5), ("SOUTH", 4, 0)]
    with acting(app, world.north, SELLER) as principal:
        ship_order(principal, ShipOrder(number, (ShipLine(1, Decimal(3), "SOUTH"),)))
    # What left from SOUTH is no longer set aside in MAIN.
    assert stock(seed, saw) == [("MAIN", 5, 2), ("SOUTH", 1, 0)]
    assert lines(seed, number) == [(5, 0, 3, 2)]
    with pytest.raises(OutOfStock), acting(app, world.north, SELLER) as principal:
        ship_order(principal, ShipOrder(number, (ShipLine(1, Decimal(1), "SOUTH"), ShipLine(1, Decimal(1), "SOUTH"))))
    check_ledgers(seed)


def test_one_reservation_is_ended_by_several_parts_of_one_shipment(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=6)
    make_stock(seed, saw, 4, make_warehouse(seed, world.north, "SOUTH"))
    number = place(client, make_token(seed, world.anna), [("SAW", 6)])
    # What SOUTH gives ends a part of what MAIN holds, and MAIN itself gives twice.
    parts = (ShipLine(1, Decimal(3), "SOUTH"), ShipLine(1, Decimal(1), "MAIN"), ShipLine(1, Decimal(2), "MAIN"))
    with acting(app, world.north, SELLER) as principal:
        assert ship_order(principal, ShipOrder(number, parts)).status == "shipped"
    assert (lines(seed, number), stock(seed, saw)) == ([(6, 0, 6, 0)], [("MAIN", 3, 0), ("SOUTH", 1, 0)])
    check_ledgers(seed)
    with acting(app, world.north, SELLER) as principal:
        assert deliver_order(principal, number) == "delivered"


def test_goods_that_a_count_did_not_find_cannot_be_shipped(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=5)
    number = place(client, make_token(seed, world.anna), [("SAW", 4)])
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    levels = {"levels": [{"warehouse": "MAIN", "article": "SAW", "on_hand": 3}]}
    assert client.put("/api/v1/selling/stock", json=levels, headers=headers).status_code == 200
    assert stock(seed, saw) == [("MAIN", 3, 4)]
    with pytest.raises(OutOfStock) as refused, acting(app, world.north, SELLER) as principal:
        ship_order(principal, ShipOrder(number))
    assert refused.value.details["lines"][0]["available_quantity"] == "3.000"
    with acting(app, world.north, SELLER) as principal:
        ship_order(principal, ShipOrder(number, (ShipLine(1, Decimal(3)),)))
    check_ledgers(seed)


def test_more_than_is_open_is_refused(app: Flask, client: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=10)
    number = place(client, make_token(seed, world.anna), [("SAW", 6)])
    for wrong in (
        (ShipLine(1, Decimal(7)),),
        (ShipLine(2, Decimal(1)),),
        (ShipLine(1, Decimal(4)), ShipLine(1, Decimal(3))),
    ):
        with pytest.raises(LinesRefused), acting(app, world.north, SELLER) as principal:
            ship_order(principal, ShipOrder(number, wrong))
    for quantity in (Decimal(7), Decimal(0), Decimal(-1)):
        with pytest.raises(LinesRefused), acting(app, world.north, SELLER) as principal:
            cancel_order(principal, number, {1: quantity})
    assert lines(seed, number) == [(6, 0, 0, 6)]


def test_nobody_else_acts_on_an_order(app: Flask, client: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=10)
    number = place(client, make_token(seed, world.anna), [("SAW", 6)])
    for other in (world.south, world.acme, world.sub, world.west):
        for act in (confirm_order, deliver_order, cancel_order):
            with pytest.raises(NotFound), acting(app, other, SELLER) as principal:
                act(principal, number)
    for other in (world.bruno, world.branch, world.sub):
        with pytest.raises(NotFound), acting(app, other, BUYER) as principal:
            cancel_own_order(principal, number)
    with pytest.raises(PermissionDenied), acting(app, world.anna, BUYER) as principal:
        confirm_order(principal, number)
    with pytest.raises(PermissionDenied), acting(app, world.north, SELLER) as principal:
        cancel_own_order(principal, number)
    assert status(seed, number) == "placed"


def test_shipments_by_api(client: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=10)
    number = place(client, make_token(seed, world.anna), [("SAW", 6)])
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}

    def ship(body: dict[str, Any]) -> Any:
        return client.post(f"/api/v1/selling/orders/{number}/shipments", json=body, headers=headers)

    answer = ship({"lines": [{"line": 1, "quantity": "2"}], "shipment_number": "LS 1", "tracking_code": "T"})
    assert answer.status_code == 201
    body = answer.get_json()
    assert (body["shipment_number"], body["status"], body["tracking_code"]) == ("LS 1", "partly_shipped", "T")
    assert body["lines"] == [{"line": 1, "article": "SAW", "quantity": 2}]
    # A repeat with the seller's own number does not ship twice.
    again = ship({"lines": [{"line": 1, "quantity": "2"}], "shipment_number": "LS 1"})
    assert (again.status_code, again.get_json()["type"]) == (409, "/problems/conflict")
    assert ship({"lines": [{"line": 1, "quantity": 9}]}).status_code == 422
    assert ship({}).get_json()["status"] == "shipped"
    assert ship({}).status_code == 409
    assert lines(seed, number) == [(6, 0, 6, 0)]


def test_a_used_shipment_number_is_a_conflict(app: Flask, client: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=10)
    token = make_token(seed, world.anna)
    first, second = place(client, token, [("SAW", 1)], "1"), place(client, token, [("SAW", 1)], "2")
    with acting(app, world.north, SELLER) as principal:
        ship_order(principal, ShipOrder(first, shipment_number="LS 1"))
    with pytest.raises(Conflict), acting(app, world.north, SELLER) as principal:
        ship_order(principal, ShipOrder(second, shipment_number="LS 1"))


def test_what_a_buyer_does_with_an_order_is_in_its_own_log(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    """Also of an organisation that sells as well, whose settings it sees as a seller."""
    sell(seed, world.north, "SAW", "2.50", on_hand=10)
    token = make_token(seed, world.sub)
    first = place(client, token, [("SAW", 2)], key="first")
    second = place(client, token, [("SAW", 1)], key="second")
    assert place(client, token, [("SAW", 1)], key="second") == second
    with acting(app, world.sub, Capacity.BUYER) as principal:
        cancel_own_order(principal, first)
    seed.run(text("update sales_order set status = 'shipped' where order_number = :number"), {"number": second})
    with acting(app, world.sub, Capacity.BUYER) as principal:
        confirm_own_receipt(principal, second)
    rows = seed.run(
        text("select action, subject, after from audit_entry where organisation_id = :own order by at"),
        {"own": world.sub.id},
    )
    assert [tuple(row) for row in rows] == [
        ("order.placed", first, {"lines": 1, "total": "5.00", "currency": "EUR"}),
        ("order.placed", second, {"lines": 1, "total": "2.50", "currency": "EUR"}),
        ("order.cancelled", first, None),
        ("order.delivered", second, None),
    ]
    browser = sign_in(seed, app.test_client(), world.people["sub"], world.sub)
    page = browser.get("/organisation/audit?action=order.").get_data(as_text=True)
    assert [page.count(word) for word in ("Order placed", "Order cancelled", "Order delivered")] == [2, 1, 1]
    assert (page.count(first), page.count(second)) == (2, 2)

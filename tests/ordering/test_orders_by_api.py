"""What becomes of an order, over HTTP: both sides read it with its history; the seller and the buyer act on it."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database import count_statements, db
from tests.factories.calls import call, problem
from tests.factories.catalogue import make_product
from tests.factories.organisations import make_token
from tests.factories.placing import check_ledgers, lines, place, sell, status, stock
from tests.factories.seed import Seed
from tests.factories.world import World


def steps(answer: Any) -> list[tuple[Any, ...]]:
    """Give (kind, by, shipment number, reason, lines) of an order's history."""
    return [
        (
            step["kind"],
            step["by"],
            step["shipment_number"],
            step["reason"],
            [(line["line"], line["quantity"]) for line in step["lines"]],
        )
        for step in answer["history"]
    ]


def test_an_order_received_is_read_with_everything_its_page_shows(
    client: FlaskClient, seed: Seed, world: World
) -> None:
    sell(seed, world.north, "SAW", "2.00", on_hand=4, backorder="allow")
    buyer, seller = make_token(seed, world.anna), make_token(seed, world.north)
    number = place(client, buyer, [("SAW", 6)], purchase_order_number="PO 7")
    body = {"lines": [{"line": 1, "quantity": 1}], "shipment_number": "S-1", "tracking_code": "T1"}
    call(client, seller, "POST", f"/selling/orders/{number}/shipments", body, status=201)
    received = call(client, seller, "GET", f"/selling/orders/{number}")
    [line] = received.pop("lines")
    explanation = line.pop("explanation")
    assert (explanation["decided"]["list"]["code"], explanation["lost_lists"]) == ("ALL", [])
    assert line == {
        "line": 1,
        "article": "SAW",
        "quantity": 6,
        "cancelled_quantity": 0,
        "shipped_quantity": 1,
        "open_quantity": 5,
        "waiting_quantity": 2,
        "unit_price": "2.00",
        "line_amount": "12.00",
        "net_amount": "12.00",
        "cause_line": None,
        "stock": [{"warehouse": "MAIN", "allocated_quantity": 3, "free_quantity": 0, "on_hand": 3}],
    }
    shipped_on = received["shipments"][0].pop("shipped_on")
    assert received["shipments"] == [
        {"shipment_number": "S-1", "tracking_code": "T1", "lines": [{"line": 1, "article": "SAW", "quantity": 1}]}
    ]
    assert steps(received) == [
        ("placed", "Test client", None, None, []),
        ("shipped", "Test client", "S-1", None, [(1, 1)]),
    ]
    assert (received["status"], received["buyer"], received["purchase_order_number"], received["placed_by"]) == (
        "partly_shipped",
        "ANNA",
        "PO 7",
        "Test client",
    )
    assert (received["total"], received["ship_to"]["city"], shipped_on) == ("12.00", "Berlin", received["placed_on"])
    own = call(client, buyer, "GET", f"/buying/orders/{number}")
    assert (own["history"], own["ship_to"]) == (received["history"], received["ship_to"])
    assert own["shipments"][0]["lines"] == [{"line": 1, "article": "SAW", "quantity": 1}]
    assert not {"buyer", "customer_number"} & set(own)
    assert "stock" not in own["lines"][0]


def test_the_sellers_explanation_is_not_told_to_the_buyer(client: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", "2.00", on_hand=4)
    buyer, seller = make_token(seed, world.anna), make_token(seed, world.north)
    number = place(client, buyer, [("SAW", 1)])
    own = call(client, buyer, "GET", f"/buying/orders/{number}")["lines"][0]["explanation"]
    received = call(client, seller, "GET", f"/selling/orders/{number}")["lines"][0]["explanation"]
    assert "lost_entries" in received
    assert "lost_entries" not in own


def test_a_seller_confirms_ships_and_delivers(client: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=10)
    number, seller = place(client, make_token(seed, world.anna), [("SAW", 6)]), make_token(seed, world.north)
    path = f"/selling/orders/{number}"
    early = call(client, seller, "POST", f"{path}/deliveries", status=409)
    assert (problem(early), early["order_status"]) == ("order-not-ready", "placed")
    assert call(client, seller, "POST", f"{path}/confirmations", status=201) == {
        "order_number": number,
        "status": "confirmed",
    }
    again = call(client, seller, "POST", f"{path}/confirmations", status=409)
    assert (problem(again), again["order_status"]) == ("order-not-ready", "confirmed")
    call(client, seller, "POST", f"{path}/shipments", {}, status=201)
    assert call(client, seller, "POST", f"{path}/deliveries", status=201)["status"] == "delivered"
    assert status(seed, number) == "delivered"
    log = seed.run(
        text("select action from audit_entry where organisation_id = :own order by at, id"), {"own": world.north.id}
    )
    assert sorted(row.action for row in log) == ["order.confirmed", "order.delivered", "order.shipped"]


def test_a_seller_cancels_lines_or_all_that_is_open(client: FlaskClient, seed: Seed, world: World) -> None:
    saw, axe = sell(seed, world.north, "SAW", on_hand=10), sell(seed, world.north, "AXE", on_hand=10)
    buyer, seller = make_token(seed, world.anna), make_token(seed, world.north)
    number = place(client, buyer, [("SAW", 6), ("AXE", 4)])
    path = f"/selling/orders/{number}/cancellations"
    body = {"lines": [{"line": 2}], "reason": "out of the range"}
    assert call(client, seller, "POST", path, body, status=201) == {"order_number": number, "status": "placed"}
    assert (lines(seed, number), stock(seed, axe)) == ([(6, 0, 0, 6), (4, 4, 0, 0)], [("MAIN", 10, 0)])
    again = call(client, seller, "POST", path, body, status=422)
    assert (problem(again), again["errors"][0]["line"]) == ("lines-refused", 2)
    unknown = call(client, seller, "POST", path, {"lines": [{"line": 3}]}, status=422)
    assert unknown["errors"] == [{"line": 3, "detail": "No such line."}]
    assert call(client, seller, "POST", path, {}, status=201)["status"] == "cancelled"
    assert (lines(seed, number), stock(seed, saw)) == ([(6, 6, 0, 0), (4, 4, 0, 0)], [("MAIN", 10, 0)])
    over = call(client, seller, "POST", path, {}, status=409)
    assert (problem(over), over["order_status"]) == ("order-not-ready", "cancelled")
    told = steps(call(client, buyer, "GET", f"/buying/orders/{number}"))
    assert told[1:] == [
        ("cancelled", "Test client", None, "out of the range", [(2, 4)]),
        ("cancelled", "Test client", None, None, [(1, 6)]),
    ]
    check_ledgers(seed)


def test_a_buyer_cancels_until_the_seller_confirmed(client: FlaskClient, seed: Seed, world: World) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=10)
    buyer, seller = make_token(seed, world.anna), make_token(seed, world.north)
    number = place(client, buyer, [("SAW", 6)])
    cancelled = call(client, buyer, "POST", f"/buying/orders/{number}/cancellations", status=201)
    assert cancelled == {"order_number": number, "status": "cancelled"}
    assert (status(seed, number), stock(seed, saw)) == ("cancelled", [("MAIN", 10, 0)])
    late = place(client, buyer, [("SAW", 1)], key="key-2")
    call(client, seller, "POST", f"/selling/orders/{late}/confirmations", status=201)
    refused = call(client, buyer, "POST", f"/buying/orders/{late}/cancellations", status=409)
    assert problem(refused) == "order-not-ready"
    log = seed.run(text("select subject from audit_entry where action = 'order.cancelled'"))
    assert [row.subject for row in log] == [number]


def test_a_buyer_notes_that_an_order_arrived(client: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=10)
    buyer, seller = make_token(seed, world.anna), make_token(seed, world.north)
    number = place(client, buyer, [("SAW", 6)])
    path = f"/buying/orders/{number}/receipts"
    assert problem(call(client, buyer, "POST", path, status=409)) == "order-not-ready"
    call(client, seller, "POST", f"/selling/orders/{number}/shipments", {}, status=201)
    assert call(client, buyer, "POST", path, status=201) == {"order_number": number, "status": "delivered"}
    assert problem(call(client, buyer, "POST", path, status=409)) == "order-not-ready"


def test_orders_are_found_by_what_the_lists_filter(client: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=10)
    anna, bruno, seller = (make_token(seed, each) for each in (world.anna, world.bruno, world.north))
    first = place(client, anna, [("SAW", 1)], purchase_order_number="SPRING-1")
    second = place(client, bruno, [("SAW", 1)])
    call(client, seller, "POST", f"/selling/orders/{second}/confirmations", status=201)

    def found(token: str, path: str) -> list[str]:
        return sorted(item["order_number"] for item in call(client, token, "GET", path)["items"])

    assert found(seller, "/selling/orders?status=confirmed,shipped") == [second]
    assert found(seller, "/selling/orders?status=placed,confirmed") == sorted([first, second])
    assert found(seller, "/selling/orders?buyer=BRUNO") == [second]
    assert found(seller, "/selling/orders?q=spring") == [first]
    assert found(anna, "/buying/orders?q=spring&status=placed") == [first]
    today = call(client, anna, "GET", f"/buying/orders/{first}")["placed_on"]
    assert found(anna, f"/buying/orders?from={today}&to={today}") == [first]
    assert found(anna, "/buying/orders?to=2001-01-01") == []
    for nothing in ("lost", "placed,lost", ""):
        wrong = call(client, anna, "GET", f"/buying/orders?status={nothing}", status=422)
        assert wrong["errors"][0]["parameter"] == "status"


def test_open_orders_are_counted_by_status_for_their_seller_alone(
    client: FlaskClient, seed: Seed, world: World
) -> None:
    sell(seed, world.north, "SAW", "2.00", on_hand=100)
    buyer, seller, other = (make_token(seed, who) for who in (world.anna, world.north, world.south))
    numbers = [place(client, buyer, [("SAW", 1)], key) for key in ("a", "b", "c")]
    call(client, seller, "POST", f"/selling/orders/{numbers[0]}/confirmations", status=201)
    call(client, seller, "POST", f"/selling/orders/{numbers[1]}/cancellations", {}, status=201)
    counted = call(client, seller, "GET", "/selling/order-counts")
    assert [(each["status"], each["orders"]) for each in counted["counts"]] == [
        ("placed", 1),
        ("confirmed", 1),
        ("partly_shipped", 0),
    ]
    assert {each["orders"] for each in call(client, other, "GET", "/selling/order-counts")["counts"]} == {0}


def test_articles_that_orders_wait_for_are_listed(client: FlaskClient, seed: Seed, world: World) -> None:
    anna, bruno, seller = (make_token(seed, each) for each in (world.anna, world.bruno, world.north))
    saw = make_product(seed, world.acme, "SAW-P", name_en="Saw")
    sell(seed, world.north, "SAW", on_hand=1, backorder="allow", owner_product=saw)
    sell(seed, world.north, "AXE", backorder="allow")
    sell(seed, world.north, "TAR", on_hand=9)
    place(client, anna, [("SAW", 3), ("TAR", 9)])
    place(client, bruno, [("SAW", 4), ("AXE", 2)])
    expected = {"warehouse": "MAIN", "article": "SAW", "quantity": 40, "expected_on": "2027-01-04"}
    call(client, seller, "PUT", "/selling/expected-stock", expected)
    first = call(client, seller, "GET", "/selling/waiting-articles?limit=1")
    rest = call(client, seller, "GET", f"/selling/waiting-articles?limit=1&cursor={first['next_cursor']}")
    assert [(row["article"], row["quantity"], row["orders"], row["incoming_on"]) for row in first["items"]] == [
        ("AXE", 2, 1, None)
    ]
    assert rest == {
        "items": [
            {
                "article": "SAW",
                "name": "Saw",
                "base_unit": "EA",
                "quantity": 6,
                "orders": 2,
                "incoming_on": "2027-01-04",
            }
        ],
        "next_cursor": None,
    }


def test_a_long_order_is_read_in_as_few_statements_as_a_short_one(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    for number in range(12):
        sell(seed, world.north, f"SAW-{number}", on_hand=10)
    buyer, seller = make_token(seed, world.anna), make_token(seed, world.north)
    short = place(client, buyer, [("SAW-0", 1)])
    long = place(client, buyer, [(f"SAW-{number}", 1) for number in range(12)], key="key-2")
    with app.app_context():
        engine = db.engine
    counts = []
    for each in (short, long):
        with count_statements(engine) as counter:
            call(client, seller, "GET", f"/selling/orders/{each}")
        counts.append(len(counter.statements))
    # Token with principal; the order and its lines, history, shipments, explanations, stock.
    assert counts == [7, 7]

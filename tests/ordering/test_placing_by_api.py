"""Placing orders over HTTP: exactly once, all or nothing, priced and taken from stock in one transaction."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, text

from tenants.database import count_statements, db
from tests.factories.catalogue import make_article, make_entry, make_price_list, make_stock, make_warehouse
from tests.factories.organisations import make_organisation, make_token
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def shelf(seed: Seed, world: World) -> dict[str, Row[Any]]:
    """Give north's articles: `nail` in two warehouses, `board` that may be backordered, `glue` without a price."""
    price_list = make_price_list(seed, world.north, "BASE")
    nail = make_article(seed, world.north, article_number="NAIL", min_quantity=10, order_multiple=5)
    board = make_article(seed, world.north, article_number="BOARD", backorder="allow")
    glue = make_article(seed, world.north, article_number="GLUE")
    make_entry(seed, price_list, nail, "0.1250")
    make_entry(seed, price_list, nail, "0.1000", min_quantity=100)
    make_entry(seed, price_list, board, "12.3450")
    east, west = make_warehouse(seed, world.north, "EAST"), make_warehouse(seed, world.north, "WEST")
    make_stock(seed, nail, 40, west)
    make_stock(seed, nail, 60, east)
    make_stock(seed, board, 3, west)
    make_stock(seed, glue, 5, west)
    return {"nail": nail, "board": board, "glue": glue, "east": east, "west": west}


def order(client: FlaskClient, token: str, lines: list[tuple[str, Any]], key: str = "key-1", **more: Any) -> Any:
    """Send an order."""
    body = {"lines": [{"article": article, "quantity": quantity} for article, quantity in lines], **more}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    return client.post("/api/v1/buying/orders", json=body, headers=headers)


def stock(seed: Seed, article: Row[Any]) -> list[tuple[Any, ...]]:
    """Give (warehouse, on hand, reserved) of an article."""
    rows = seed.run(
        text(
            "select w.code, s.on_hand, s.reserved_quantity from stock_level s"
            " join warehouse w on w.seller_id = s.seller_id and w.id = s.warehouse_id"
            " where s.seller_id = :seller and s.article_id = :article order by w.code"
        ),
        {"seller": article.seller_id, "article": article.id},
    )
    return [tuple(row) for row in rows]


def test_an_order_is_priced_stored_and_allocated(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    token = make_token(seed, world.anna)
    answer = order(
        client, token, [("NAIL", 75), ("BOARD", "5")], purchase_order_number="PO 7", requested_on="2027-01-04"
    )
    assert answer.status_code == 201
    body = answer.get_json()
    number = body.pop("order_number")
    assert len(number) == 9
    assert body == {
        "status": "placed",
        "currency": "EUR",
        "total": "71.11",
        "purchase_order_number": "PO 7",
        "requested_on": "2027-01-04",
        "lines": [
            {
                "line": 1,
                "article": "NAIL",
                "quantity": 75,
                "unit_price": "0.125",
                "line_amount": "9.38",
                "net_amount": "9.38",
                "cause_line": None,
                "reward": None,
            },
            {
                "line": 2,
                "article": "BOARD",
                "quantity": 5,
                "unit_price": "12.345",
                "line_amount": "61.73",
                "net_amount": "61.73",
                "cause_line": None,
                "reward": None,
            },
        ],
    }
    # Warehouses give in the order of their codes.
    assert stock(seed, shelf["nail"]) == [("EAST", 60, 60), ("WEST", 40, 15)]
    assert stock(seed, shelf["board"]) == [("WEST", 3, 3)]
    [event] = seed.run(text("select kind, payload, actor from outbox_event"))
    [row] = seed.run(text("select id, placed_on, ship_to, total, line_count from sales_order"))
    assert event.kind == "OrderPlaced"
    assert event.payload == {
        "order_id": row.id,
        "order_number": number,
        "buyer_id": world.anna.id,
        "placed_on": row.placed_on.isoformat(),
    }
    assert (row.total, row.line_count, row.ship_to["city"]) == (Decimal("71.11"), 2, "Berlin")
    [placed] = seed.run(text("select kind, actor, actor_name from order_event"))
    assert (placed.kind, placed.actor, placed.actor_name) == ("placed", event.actor, "Test client")
    explanations = seed.run(text("select explanation from order_line order by line"))
    assert [row.explanation["price_list"] for row in explanations] == ["List BASE", "List BASE"]
    reasons = seed.run(text("select explanation from order_line_explanation order by line"))
    assert reasons[0].explanation["lost_entries"][0]["reason"] == "quantity-too-small"


def test_an_own_order_is_read_back_and_listed(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    token = make_token(seed, world.anna)
    number = order(client, token, [("BOARD", 5)]).get_json()["order_number"]
    headers = {"Authorization": f"Bearer {token}"}
    body = client.get(f"/api/v1/buying/orders/{number}", headers=headers).get_json()
    [line] = body["lines"]
    assert (line["open_quantity"], line["waiting_quantity"], line["shipped_quantity"]) == (5, 2, 0)
    assert line["explanation"]["price_list"] == "List BASE"
    page = client.get("/api/v1/buying/orders?limit=1", headers=headers).get_json()
    assert [item["order_number"] for item in page["items"]] == [number]
    assert page["next_cursor"] is None
    seller = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    [received] = client.get("/api/v1/selling/orders", headers=seller).get_json()["items"]
    assert (received["order_number"], received["buyer"]) == (number, "ANNA")


def test_a_foreign_order_looks_like_a_missing_one(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    number = order(client, make_token(seed, world.anna), [("BOARD", 1)]).get_json()["order_number"]
    for other in (world.bruno, world.branch, world.clara, world.shop_west):
        headers = {"Authorization": f"Bearer {make_token(seed, other)}", "X-Request-ID": "same"}
        foreign = client.get(f"/api/v1/buying/orders/{number}", headers=headers)
        missing = client.get("/api/v1/buying/orders/ZZZZ-ZZZZ", headers=headers)
        assert foreign.status_code == missing.status_code == 404
        shown, absent = foreign.get_json(), missing.get_json()
        shown.pop("request_id"), absent.pop("request_id")
        assert shown == absent


def test_a_repeat_gets_the_same_bytes_for_ever(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    token = make_token(seed, world.anna)
    first = order(client, token, [("NAIL", 100)])
    # Neither the empty stock nor a withdrawn article changes what a repeat is told.
    seed.run(text("update article set status = 'inactive'"))
    again = order(client, token, [("NAIL", 100)])
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(seed.run(text("select 1 from sales_order"))) == 1


def test_another_request_under_the_same_key_is_refused(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    token = make_token(seed, world.anna)
    order(client, token, [("NAIL", 10)])
    refused = order(client, token, [("NAIL", 15)])
    assert (refused.status_code, refused.get_json()["type"]) == (422, "/problems/idempotency-key-reused")
    # A key belongs to its client alone.
    assert order(client, make_token(seed, world.bruno), [("NAIL", 15)]).status_code == 201
    # Nor is what cannot be ordered any more answered with what the key ordered before.
    seed.run(text("update article set status = 'inactive'"))
    gone = order(client, token, [("NAIL", 15)])
    assert (gone.status_code, gone.get_json()["type"]) == (422, "/problems/idempotency-key-reused")


def test_short_stock_refuses_the_whole_order_and_names_the_lines(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    token = make_token(seed, world.anna)
    refused = order(client, token, [("BOARD", 1), ("NAIL", 80), ("NAIL", 25)])
    assert refused.status_code == 409
    body = refused.get_json()
    assert body["type"] == "/problems/out-of-stock"
    assert body["lines"] == [{"line": 3, "article": "NAIL", "quantity": 25, "available_quantity": 20.0}]
    for table in ("sales_order", "order_line", "allocation", "outbox_event", "order_event"):
        assert seed.run(text(f"select 1 from {table}")) == []
    assert stock(seed, shelf["nail"]) == [("EAST", 60, 0), ("WEST", 40, 0)]
    # Refusals are not stored: the same key may be sent again once there is stock.
    seed.run(text("update stock_level set on_hand = 1000"))
    assert order(client, token, [("BOARD", 1), ("NAIL", 80), ("NAIL", 25)]).status_code == 201


def test_stock_comes_from_the_first_warehouse_by_code_while_it_has_enough(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    make_stock(seed, shelf["nail"], 20, make_warehouse(seed, world.north, "ALPHA"))
    token = make_token(seed, world.anna)
    assert order(client, token, [("BOARD", 2), ("NAIL", 15)], key="enough").status_code == 201
    assert stock(seed, shelf["nail"]) == [("ALPHA", 20, 15), ("EAST", 60, 0), ("WEST", 40, 0)]
    assert stock(seed, shelf["board"]) == [("WEST", 3, 2)]
    assert order(client, token, [("BOARD", 2), ("NAIL", 15)], key="more").status_code == 201
    assert stock(seed, shelf["nail"]) == [("ALPHA", 20, 20), ("EAST", 60, 10), ("WEST", 40, 0)]
    assert stock(seed, shelf["board"]) == [("WEST", 3, 3)]


def test_the_same_article_twice_stays_two_lines(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    body = order(client, make_token(seed, world.anna), [("NAIL", 70), ("NAIL", 30)]).get_json()
    assert [(line["line"], line["quantity"]) for line in body["lines"]] == [(1, 70), (2, 30)]
    assert stock(seed, shelf["nail"]) == [("EAST", 60, 60), ("WEST", 40, 40)]


@pytest.mark.parametrize(
    ("line", "reason", "nearest"),
    [
        (("NAIL", 5), "quantity", "10"),
        (("NAIL", 13), "quantity", "15"),
        (("NOTHING", 1), "unknown-article", None),
        (("GLUE", 1), "price-on-request", None),
    ],
)
def test_lines_that_cannot_be_ordered_are_named(
    client: FlaskClient,
    seed: Seed,
    world: World,
    shelf: dict[str, Row[Any]],
    line: tuple[str, int],
    reason: str,
    nearest: str | None,
) -> None:
    refused = order(client, make_token(seed, world.anna), [("BOARD", 1), line])
    assert (refused.status_code, refused.get_json()["type"]) == (422, "/problems/lines-refused")
    [error] = refused.get_json()["errors"]
    assert (error["line"], error["article"], error["reason"], error.get("nearest")) == (2, line[0], reason, nearest)


def test_an_article_whose_product_ended_is_not_offered(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    ended = {"owner": shelf["board"].owner_id, "product": shelf["board"].product_id}
    seed.run(text("update product set status = 'inactive' where owner_id = :owner and id = :product"), ended)
    refused = order(client, make_token(seed, world.anna), [("BOARD", 1)])
    assert (refused.status_code, refused.get_json()["errors"][0]["reason"]) == (422, "unknown-article")


def test_an_amount_too_large_to_be_kept_is_refused_by_its_line(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    seed.run(text("update price_entry set net_price = 250000 where article_id = :id"), {"id": shelf["board"].id})
    token = make_token(seed, world.anna)
    refused = order(client, token, [("NAIL", 10), ("BOARD", 4_000_000)])
    assert (refused.status_code, refused.get_json()["type"]) == (422, "/problems/lines-refused")
    [error] = refused.get_json()["errors"]
    assert (error["pointer"], error["line"], error["reason"]) == ("#/lines/1/quantity", 2, "quantity")
    assert order(client, token, [("BOARD", 3_999_999)], key="key-2").get_json()["total"] == "999999750000.00"


def test_a_closed_account_cannot_order(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    token = make_token(seed, world.anna)
    seed.run(text("update trading_account set status = 'inactive' where buyer_id = :id"), {"id": world.anna.id})
    assert order(client, token, [("BOARD", 1)]).status_code == 403


def test_an_order_takes_few_statements(
    app: Flask, client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    token = make_token(seed, world.anna)
    order(client, token, [("BOARD", 1)], key="warm")
    with app.app_context():
        engine = db.engine
    with count_statements(engine) as counter:
        assert order(client, token, [("NAIL", 10), ("BOARD", 1)] * 3, key="counted").status_code == 201
    # Token with principal; articles, price lists and entries; the order.
    assert len(counter.statements) == 3, counter.statements


def test_one_level_up_works_the_same(client: FlaskClient, seed: Seed, world: World) -> None:
    """A wholesaler orders from the manufacturer, and a sub-distributor from its wholesaler."""
    for seller, buyer in ((world.acme, world.north), (world.north, world.sub)):
        article = make_article(seed, seller, article_number="SAME")
        make_entry(seed, make_price_list(seed, seller), article, 3)
        make_stock(seed, article, 5)
        assert order(client, make_token(seed, buyer), [("SAME", 5)]).get_json()["total"] == "15.00"
        assert stock(seed, article) == [("MAIN", 5, 5)]


def test_parallel_requests_with_one_key_place_one_order(
    app: Flask, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    token = make_token(seed, world.anna)
    seed.run(text("update stock_level set on_hand = 100000"))

    def send(key: str) -> tuple[int, bytes]:
        while True:
            answer = order(app.test_client(), token, [("NAIL", 10)], key=key)
            if answer.status_code != 409:
                return answer.status_code, answer.data
            assert json.loads(answer.data)["type"] == "/problems/in-progress"

    keys = [f"key-{number % 12}" for number in range(72)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, keys))
    assert {status for status, _ in answers} == {201}
    by_key = {key: {body for sent, (_, body) in zip(keys, answers, strict=True) if sent == key} for key in keys}
    assert all(len(bodies) == 1 for bodies in by_key.values())
    assert len(seed.run(text("select 1 from sales_order"))) == 12


def test_another_organisation_never_sees_the_orders(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    order(client, make_token(seed, world.anna), [("BOARD", 1)])
    outsider = make_organisation(seed, "OUT", "wholesaler", world.acme)
    for path, viewer in (
        ("buying", world.bruno),
        ("selling", world.south),
        ("selling", outsider),
        ("selling", world.acme),
    ):
        headers = {"Authorization": f"Bearer {make_token(seed, viewer)}"}
        assert client.get(f"/api/v1/{path}/orders", headers=headers).get_json()["items"] == []


def test_a_past_order_becomes_a_basket_at_todays_prices(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    token = make_token(seed, world.anna)
    number = order(client, token, [("NAIL", 20), ("BOARD", 2)]).get_json()["order_number"]
    seed.run(text("update price_entry set net_price = 13 where net_price = 12.345"))
    seed.run(text("update article set status = 'inactive' where article_number = 'NAIL'"))
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.post(f"/api/v1/buying/orders/{number}/reorder", headers=headers)
    assert answer.status_code == 201
    assert answer.get_json() == {
        "currency": "EUR",
        "lines": [{"article": "BOARD", "quantity": 2, "unit_price": "13.00", "line_amount": "26.00"}],
        "total": "26.00",
        "changes": [
            {
                "article": "NAIL",
                "reason": "not-offered",
                "old_unit_price": None,
                "new_unit_price": None,
                "old_quantity": 20,
                "new_quantity": None,
            },
            {
                "article": "BOARD",
                "reason": "price",
                "old_unit_price": "12.345",
                "new_unit_price": "13.00",
                "old_quantity": None,
                "new_quantity": None,
            },
        ],
    }
    assert client.post("/api/v1/buying/orders/ZZZZ-ZZZZ/reorder", headers=headers).status_code == 404
    other = {"Authorization": f"Bearer {make_token(seed, world.bruno)}"}
    assert client.post(f"/api/v1/buying/orders/{number}/reorder", headers=other).status_code == 404


def test_a_person_may_order_only_with_the_permission(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    token = make_token(seed, world.anna, "buying:read")
    assert order(client, token, [("BOARD", 1)]).status_code == 403
    assert order(client, make_token(seed, world.acme), [("BOARD", 1)]).status_code in {401, 403, 404}


def test_an_order_with_a_coupon_is_refused_by_its_place_and_can_be_sent_without(
    client: FlaskClient, seed: Seed, world: World, shelf: dict[str, Row[Any]]
) -> None:
    token = make_token(seed, world.anna)
    refused = order(client, token, [("BOARD", 1)], coupons=["SPRING"])
    assert (refused.status_code, refused.get_json()["type"]) == (422, "/problems/coupons-refused")
    assert refused.get_json()["errors"] == [{"pointer": "#/coupons/0", "detail": "This coupon is not valid."}]
    assert seed.run(text("select 1 from sales_order")) == []
    assert order(client, token, [("BOARD", 1)]).status_code == 201

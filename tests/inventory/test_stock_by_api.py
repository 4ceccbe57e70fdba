"""Stock over HTTP: levels and their ledger are read, counts tried, receipts added once, warehouses opened."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.factories.calls import call, problem
from tests.factories.catalogue import make_product, make_warehouse
from tests.factories.organisations import make_token
from tests.factories.placing import check_ledgers, lines, place, sell, stock
from tests.factories.seed import Seed
from tests.factories.world import World


def shown(page: Any) -> list[tuple[Any, ...]]:
    """Give (article, warehouse, on hand, reserved, available) of a page of levels."""
    return [
        (row["article"], row["warehouse"], row["on_hand"], row["reserved_quantity"], row["available_quantity"])
        for row in page["items"]
    ]


def test_levels_are_listed_found_and_paged(client: FlaskClient, seed: Seed, world: World) -> None:
    saw = make_product(seed, world.acme, "SAW-P", name_en="Saw", gtin="4006381333931")
    sell(seed, world.north, "SAW", on_hand=10, owner_product=saw)
    sell(seed, world.north, "AXE", on_hand=3)
    sell(seed, world.north, "TAR")
    sell(seed, world.south, "FOREIGN", on_hand=1)
    token = make_token(seed, world.north)
    place(client, make_token(seed, world.anna), [("SAW", 4), ("AXE", 3)])
    make_warehouse(seed, world.north, "EAST")
    call(client, token, "PUT", "/selling/stock", {"levels": [{"warehouse": "EAST", "article": "SAW", "on_hand": 2}]})
    every = call(client, token, "GET", "/selling/stock")
    assert shown(every) == [("AXE", "MAIN", 3, 3, 0), ("SAW", "EAST", 2, 0, 2), ("SAW", "MAIN", 10, 4, 6)]
    assert every["items"][1] == {
        "warehouse": "EAST",
        "article": "SAW",
        "name": "Saw",
        "base_unit": "EA",
        "on_hand": 2,
        "reserved_quantity": 0,
        "available_quantity": 2,
        "incoming_quantity": None,
        "incoming_on": None,
    }
    first = call(client, token, "GET", "/selling/stock?limit=2")
    rest = call(client, token, "GET", f"/selling/stock?limit=2&cursor={first['next_cursor']}")
    assert (shown(first) + shown(rest), rest["next_cursor"]) == (shown(every), None)
    for query, expected in {
        "q=aw": ["EAST", "MAIN"],
        "q=4006381333931&warehouse=EAST": ["EAST"],
        "empty=true": ["MAIN"],
        "warehouse=NONE": [],
    }.items():
        assert [row["warehouse"] for row in call(client, token, "GET", f"/selling/stock?{query}")["items"]] == expected
    of_saw = call(client, token, "GET", "/selling/articles/SAW/stock")
    assert shown(of_saw) == [("SAW", "EAST", 2, 0, 2), ("SAW", "MAIN", 10, 4, 6)]
    second = call(client, token, "GET", "/selling/articles/SAW/stock?limit=1")["next_cursor"]
    assert shown(call(client, token, "GET", f"/selling/articles/SAW/stock?cursor={second}")) == shown(of_saw)[1:]
    assert shown(call(client, token, "GET", "/selling/articles/TAR/stock")) == []
    assert problem(call(client, token, "GET", "/selling/articles/FOREIGN/stock", status=404)) == "not-found"


def test_the_ledger_explains_the_level(client: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=10)
    token = make_token(seed, world.north)
    receipt = {"warehouse": "MAIN", "article": "SAW", "quantity": "2.5", "reference": "note 9"}
    assert call(client, token, "POST", "/selling/stock-receipts", receipt, status=201, key="r-1") == {
        **receipt,
        "quantity": 2.5,
    }
    level = {"warehouse": "MAIN", "article": "SAW", "on_hand": 7, "reference": "stocktaking"}
    call(client, token, "PUT", "/selling/stock", {"levels": [level]})
    path = "/selling/articles/SAW/stock-movements"
    movements = call(client, token, "GET", path)["items"]
    assert [
        (row["kind"], row["quantity"], row["on_hand"], row["warehouse"], row["reference"]) for row in movements
    ] == [
        ("count", -5.5, 7, "MAIN", "stocktaking"),
        ("receipt", 2.5, 12.5, "MAIN", "note 9"),
        ("count", 10, 10, "MAIN", "opening stock"),
    ]
    newest = call(client, token, "GET", f"{path}?limit=1")
    older = call(client, token, "GET", f"{path}?limit=9&cursor={newest['next_cursor']}")
    assert newest["items"] + older["items"] == movements
    assert problem(call(client, token, "GET", "/selling/articles/NONE/stock-movements", status=404)) == "not-found"
    [(subject, after)] = seed.run(text("select subject, after from audit_entry where action = 'stock.received'"))
    assert (subject, after) == ("SAW", {"warehouse": "MAIN", "quantity": "2.5", "reference": "note 9"})


def test_a_count_can_be_tried(client: FlaskClient, seed: Seed, world: World) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=1, backorder="allow")
    number = place(client, make_token(seed, world.anna), [("SAW", 3)])
    token = make_token(seed, world.north)
    body = {"levels": [{"warehouse": "MAIN", "article": "SAW", "on_hand": 9}]}
    would = {"changed": 1, "unchanged": 0, "lines_served": 1}
    assert call(client, token, "PUT", "/selling/stock?dry_run=true", body) == would
    assert (stock(seed, saw), lines(seed, number)) == ([("MAIN", 1, 1)], [(3, 0, 0, 1)])
    assert seed.run(text("select 1 from audit_entry where action = 'stock.counted'")) == []
    assert call(client, token, "PUT", "/selling/stock", body) == would
    assert (stock(seed, saw), lines(seed, number)) == ([("MAIN", 9, 3)], [(3, 0, 0, 3)])


def test_a_receipt_counts_once_for_each_key(client: FlaskClient, seed: Seed, world: World) -> None:
    saw, axe = sell(seed, world.north, "SAW", on_hand=1), sell(seed, world.north, "AXE", on_hand=1)
    token, path = make_token(seed, world.north), "/selling/stock-receipts"
    body = {"warehouse": "MAIN", "article": "SAW", "quantity": 4}

    def send(sent: dict[str, Any], key: str, by: str = token) -> Any:
        headers = {"Authorization": f"Bearer {by}", "Idempotency-Key": key}
        return client.post(f"/api/v1{path}", json=sent, headers=headers)

    first, again = send(body, "r-1"), send({**body, "quantity": "4.0"}, "r-1")
    assert (first.status_code, again.status_code, first.data) == (201, 201, again.data)
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    for other in ({**body, "quantity": 5}, {**body, "article": "AXE"}, {**body, "reference": "x"}):
        refused = send(other, "r-1")
        assert (refused.status_code, problem(refused.get_json())) == (422, "idempotency-key-reused")
    assert (stock(seed, saw), stock(seed, axe)) == ([("MAIN", 5, 0)], [("MAIN", 1, 0)])
    # Another key, and the same key of another client, are other receipts.
    assert send(body, "r-2").status_code == send(body, "r-1", make_token(seed, world.north)).status_code == 201
    assert stock(seed, saw) == [("MAIN", 13, 0)]
    assert problem(call(client, token, "POST", path, body, status=400)) == "idempotency-key-missing"
    unknown = call(client, token, "POST", path, {**body, "warehouse": "ELSEWHERE"}, status=422, key="r-3")
    assert [(error["pointer"], error["reason"]) for error in unknown["errors"]] == [
        ("#/warehouse", "unknown-warehouse")
    ]
    check_ledgers(seed)


def test_two_receipts_under_one_key_at_the_same_time_are_one(app: Flask, seed: Seed, world: World) -> None:
    for article in ("SAW", "AXE"):
        sell(seed, world.north, article, on_hand=1)
    token = make_token(seed, world.north)
    together = threading.Barrier(2)
    statuses = []

    def send(article: str) -> None:
        body = {"warehouse": "MAIN", "article": article, "quantity": 4}
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "same"}
        client = app.test_client()
        together.wait(timeout=10)
        statuses.append(client.post("/api/v1/selling/stock-receipts", json=body, headers=headers).status_code)

    threads = [threading.Thread(target=send, args=(article,)) for article in ("SAW", "AXE")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(statuses) == [201, 422]
    assert len(seed.run(text("select 1 from stock_movement where kind = 'receipt'"))) == 1
    check_ledgers(seed)


def test_what_is_expected_is_said_and_taken_back(client: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=1)
    seller, buyer = make_token(seed, world.north), make_token(seed, world.anna)
    path = "/selling/expected-stock"
    body: dict[str, Any] = {"warehouse": "MAIN", "article": "SAW", "quantity": 40, "expected_on": "2027-01-04"}
    level = call(client, seller, "PUT", path, body)
    assert (level["on_hand"], level["incoming_quantity"], level["incoming_on"]) == (1, 40, "2027-01-04")
    [article] = call(client, buyer, "GET", "/buying/articles")["items"]
    assert article["available_on"] == "2027-01-04"
    half = call(client, seller, "PUT", path, {**body, "expected_on": None}, status=422)
    assert (problem(half), half["errors"][0]["reason"]) == ("invalid-input", "incomplete")
    level = call(client, seller, "PUT", path, {**body, "quantity": None, "expected_on": None})
    assert (level["incoming_quantity"], level["incoming_on"]) == (None, None)
    unknown = call(client, seller, "PUT", path, {**body, "article": "NONE"}, status=422)
    assert unknown["errors"][0]["pointer"] == "#/article"
    assert len(seed.run(text("select 1 from audit_entry where action = 'stock.expected'"))) == 2


def test_warehouses_are_opened_and_listed(client: FlaskClient, seed: Seed, world: World) -> None:
    make_warehouse(seed, world.south, "THEIRS")
    token, path = make_token(seed, world.north), "/selling/warehouses"
    opened = call(client, token, "POST", path, {"code": "SÜD", "name": " South "}, status=201)
    assert opened == {"code": "SÜD", "name": "South", "postal_code": "", "country": ""}
    call(client, token, "POST", path, {"code": "EAST"}, status=201)
    taken = call(client, token, "POST", path, {"code": "EAST"}, status=409)
    assert problem(taken) == "conflict"
    wrong = call(client, token, "POST", path, {"code": " EAST"}, status=422)
    assert wrong["errors"][0]["pointer"] == "#/code"
    listed = call(client, token, "GET", path)
    assert [row["code"] for row in listed["items"]] == ["EAST", "SÜD"]
    first = call(client, token, "GET", f"{path}?limit=1")
    rest = call(client, token, "GET", f"{path}?limit=1&cursor={first['next_cursor']}")
    assert (first["items"] + rest["items"], rest["next_cursor"]) == (listed["items"], None)
    log = seed.run(text("select subject from audit_entry where action = 'warehouse.opened' order by at, id"))
    assert sorted(row.subject for row in log) == ["EAST", "SÜD"]

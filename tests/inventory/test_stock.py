"""Stock: the ledger explains every level, and what arrives serves who waits longest."""

from __future__ import annotations

import io
import re
import threading
import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.inventory.queries import Availability, find_available, list_levels, list_movements
from portal.inventory.service import CountedLevel, add_warehouse, receive_stock, set_incoming, set_levels
from tenants.errors import Conflict, InvalidInput, PermissionDenied
from tenants.permissions import Capacity
from tests.factories.catalogue import make_warehouse
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.placing import acting, check_ledgers, lines, place, sell, stock
from tests.factories.seed import Seed
from tests.factories.spreadsheets import workbook
from tests.factories.world import World


def put(client: FlaskClient, token: str, levels: list[tuple[str, str, Any]]) -> Any:
    """Send levels."""
    body = {"levels": [{"warehouse": w, "article": a, "on_hand": n} for w, a, n in levels]}
    return client.put("/api/v1/selling/stock", json=body, headers={"Authorization": f"Bearer {token}"})


def test_levels_are_set_and_the_ledger_keeps_the_difference(client: FlaskClient, seed: Seed, world: World) -> None:
    saw, axe = sell(seed, world.north, "SAW", on_hand=10), sell(seed, world.north, "AXE")
    token = make_token(seed, world.north)
    answer = put(client, token, [("MAIN", "SAW", 7), ("MAIN", "AXE", "2.5")])
    assert (answer.status_code, answer.get_json()) == (200, {"changed": 2, "unchanged": 0, "lines_served": 0})
    assert put(client, token, [("MAIN", "SAW", 7)]).get_json() == {"changed": 0, "unchanged": 1, "lines_served": 0}
    assert (stock(seed, saw), stock(seed, axe)) == ([("MAIN", 7, 0)], [("MAIN", Decimal("2.5"), 0)])
    movements = seed.run(text("select kind, quantity from stock_movement order by id"))
    assert [tuple(row) for row in movements] == [("count", 10), ("count", -3), ("count", Decimal("2.5"))]
    check_ledgers(seed)


def test_bad_rows_are_named_and_nothing_is_changed(client: FlaskClient, seed: Seed, world: World) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=10)
    sell(seed, world.south, "FOREIGN", on_hand=10)
    rows = [("MAIN", "SAW", 1), ("MAIN", "FOREIGN", 1), ("ELSEWHERE", "SAW", 1), ("MAIN", "SAW", 2)]
    answer = put(client, make_token(seed, world.north), rows)
    assert answer.status_code == 422
    errors = [(error["row"], error["reason"]) for error in answer.get_json()["errors"]]
    assert errors == [(2, "unknown-article"), (3, "unknown-warehouse"), (4, "twice")]
    assert stock(seed, saw) == [("MAIN", 10, 0)]


def test_arriving_stock_serves_the_oldest_backorders(app: Flask, client: FlaskClient, seed: Seed, world: World) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=1, backorder="allow")
    first = place(client, make_token(seed, world.anna), [("SAW", 3)])
    second = place(client, make_token(seed, world.bruno), [("SAW", 4)])
    with acting(app, world.north, Capacity.SELLER) as principal:
        change = receive_stock(principal, "MAIN", "SAW", Decimal(4), "delivery note 9")
    assert (change.changed, change.lines_served) == (1, 2)
    assert (lines(seed, first), lines(seed, second)) == ([(3, 0, 0, 3)], [(4, 0, 0, 2)])
    assert stock(seed, saw) == [("MAIN", 5, 5)]
    # Stock may come in another warehouse as well.
    make_warehouse(seed, world.north, "SECOND")
    assert put(client, make_token(seed, world.north), [("SECOND", "SAW", 5)]).get_json()["lines_served"] == 1
    assert stock(seed, saw) == [("MAIN", 5, 5), ("SECOND", 5, 2)]
    check_ledgers(seed)


def test_a_buyer_sees_what_can_be_promised_and_nothing_else(app: Flask, seed: Seed, world: World) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=10)
    with acting(app, world.north, Capacity.SELLER) as principal:
        set_incoming(principal, "MAIN", "SAW", Decimal(5), date(2027, 1, 8))
    with acting(app, world.anna, Capacity.BUYER) as principal:
        assert find_available(principal, [saw.id])[saw.id] == Availability(Decimal(10), Decimal(5), date(2027, 1, 8))
        with pytest.raises(PermissionDenied):
            list_levels(principal, limit=10)
        with pytest.raises(PermissionDenied):
            set_levels(principal, [CountedLevel("MAIN", "SAW", Decimal(1))])
    with acting(app, world.clara, Capacity.BUYER) as principal:
        assert find_available(principal, [saw.id]) == {}


def test_movements_tell_the_level_each_left_behind(app: Flask, seed: Seed, world: World) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=10)
    with acting(app, world.north, Capacity.SELLER) as principal:
        receive_stock(principal, "MAIN", "SAW", Decimal(4), "LS 7")
        set_levels(principal, [CountedLevel("MAIN", "SAW", Decimal(12), "broken")])
        rows = list_movements(principal, saw.id, limit=2)
    assert [(row.kind, row.quantity, row.on_hand, row.reference) for row in rows] == [
        ("count", -2, 12, "broken"),
        ("receipt", 4, 14, "LS 7"),
        ("count", 10, 10, "opening stock"),
    ]


def test_levels_are_listed_searched_and_paged(app: Flask, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=10)
    sell(seed, world.north, "AXE", on_hand=0)
    sell(seed, world.south, "OTHER", on_hand=3)
    with acting(app, world.north, Capacity.SELLER) as principal:
        assert [row.article_number for row in list_levels(principal, limit=10)] == ["AXE", "SAW"]
        assert [row.article_number for row in list_levels(principal, words="sa", limit=10)] == ["SAW"]
        assert [row.article_number for row in list_levels(principal, only_empty=True, limit=10)] == ["AXE"]
        assert [row.article_number for row in list_levels(principal, after=("AXE", "MAIN"), limit=10)] == ["SAW"]
        assert len(list_levels(principal, limit=1)) == 2


def test_a_warehouse_code_is_used_once(app: Flask, seed: Seed, world: World) -> None:
    with acting(app, world.north, Capacity.SELLER) as principal:
        add_warehouse(principal, "NEW", "New hall")
        with pytest.raises(Conflict):
            add_warehouse(principal, "NEW", "Other hall")


def test_wrong_receipts_and_expectations_are_refused(app: Flask, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=1)
    with acting(app, world.north, Capacity.SELLER) as principal:
        for quantity in (Decimal(0), Decimal(-1)):
            with pytest.raises(InvalidInput):
                receive_stock(principal, "MAIN", "SAW", quantity)
        for incoming in ((Decimal(1), None), (None, date(2027, 1, 1)), (Decimal(0), date(2027, 1, 1))):
            with pytest.raises(InvalidInput):
                set_incoming(principal, "MAIN", "SAW", *incoming)


def test_two_who_open_a_warehouse_at_once_get_one_and_a_refusal(app: Flask, seed: Seed, world: World) -> None:
    with acting(app, world.north, Capacity.SELLER) as first:
        add_warehouse(first, "NEW", "New hall")
        refused: list[Exception] = []
        other = threading.Thread(target=_open_too, args=(app, world, refused), daemon=True)
        other.start()
        _wait_for_a_lock(seed)
    other.join(timeout=10)
    assert [type(error) for error in refused] == [Conflict]
    assert seed.run(text("select count(*) from warehouse where code = 'NEW'"))[0][0] == 1


def _open_too(app: Flask, world: World, refused: list[Exception]) -> None:
    try:
        with acting(app, world.north, Capacity.SELLER) as principal:
            add_warehouse(principal, "NEW", "Other hall")
    except Exception as error:  # noqa: BLE001 - the test says which one it must be
        refused.append(error)


def _wait_for_a_lock(seed: Seed) -> None:
    """Wait until the other transaction waits for this one, ten seconds at most."""
    for _ in range(200):
        if seed.run(text("select 1 from pg_locks where not granted")):
            return
        time.sleep(0.05)
    pytest.fail("nobody waits")


def test_a_receipt_sent_twice_arrives_once(client: FlaskClient, seed: Seed, world: World) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=10)
    browser = sign_in(seed, client, world.people["north"], world.north)
    page = browser.get("/selling/stock/articles/SAW").get_data(as_text=True)
    found = re.search(r'name="idempotency_key" value="([^"]+)"', page)
    assert found is not None
    form = {"act": "receipt", "warehouse": "MAIN", "quantity": "4", "reason": "LS 7", "idempotency_key": found[1]}
    for _ in range(2):
        assert browser.post("/selling/stock/articles/SAW", data=form).status_code == 303
    assert "This form was sent before" in browser.get("/selling/stock/articles/SAW").get_data(as_text=True)
    # Going back to the form and changing it is no second receipt either; a new form is.
    browser.post("/selling/stock/articles/SAW", data={**form, "quantity": "5"})
    assert stock(seed, saw) == [("MAIN", 14, 0)]
    browser.post("/selling/stock/articles/SAW", data={**form, "idempotency_key": "another"})
    assert stock(seed, saw) == [("MAIN", 18, 0)]
    check_ledgers(seed)


def test_an_article_number_may_hold_a_slash(client: FlaskClient, seed: Seed, world: World) -> None:
    saw = sell(seed, world.north, "SAW/12", on_hand=10)
    browser = sign_in(seed, client, world.people["north"], world.north)
    assert '<a href="/selling/stock/articles/SAW/12">' in browser.get("/selling/stock").get_data(as_text=True)
    form = {"act": "count", "warehouse": "MAIN", "quantity": "4"}
    assert browser.post("/selling/stock/articles/SAW/12", data=form).status_code == 303
    assert stock(seed, saw) == [("MAIN", 4, 0)]


def test_counts_come_from_a_spreadsheet_in_the_readers_numbers(client: FlaskClient, seed: Seed, world: World) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=10)
    german = make_person(seed, "lager@example.com", (world.north, "warehouse"), locale="de")
    browser = sign_in(seed, client, german, world.north)
    file = workbook([["warehouse", "article", "name", "on_hand"], ["MAIN", "SAW", "Säge", 12.5]])
    data = {"file": (io.BytesIO(file), "zaehlung.xlsx"), "act": "check"}
    page = browser.post("/selling/stock/counts", data=data).get_data(as_text=True)
    assert "MAIN\tSAW\tSäge\t12,5" in page
    assert "1 Bestand ändert sich" in page
    assert stock(seed, saw) == [("MAIN", 10, 0)]
    text_of_box = "warehouse\tarticle\tname\ton_hand\nMAIN\tSAW\tSäge\t12,5\n"
    assert browser.post("/selling/stock/counts", data={"text": text_of_box, "act": "take"}).status_code == 303
    assert stock(seed, saw) == [("MAIN", Decimal("12.5"), 0)]
    rows = [["MAIN", f"A-{number}", 1] for number in range(10_002)]
    refused = browser.post("/selling/stock/counts", data={"file": (io.BytesIO(workbook(rows)), "zaehlung.xlsx")})
    assert refused.status_code == 422
    assert "Die Datei hat zu viele Zeilen: 10.000 passen auf einmal." in refused.get_data(as_text=True)


def test_counts_receipts_and_what_is_expected_are_in_the_log(app: Flask, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=10)
    with acting(app, world.north, Capacity.SELLER) as principal:
        set_levels(principal, [CountedLevel("MAIN", "SAW", Decimal(12))])
        receive_stock(principal, "MAIN", "SAW", Decimal("2.5"), "LS 7")
        set_incoming(principal, "MAIN", "SAW", Decimal(5), date(2027, 1, 8))
        set_incoming(principal, "MAIN", "SAW", None, None)
    rows = seed.run(text("select action, subject, after from audit_entry order by action, after ->> 'day' nulls last"))
    assert [tuple(row) for row in rows] == [
        ("stock.counted", "SAW", {"changed": 1, "unchanged": 0}),
        ("stock.expected", "SAW", {"warehouse": "MAIN", "quantity": "5", "day": "2027-01-08"}),
        ("stock.expected", "SAW", {"warehouse": "MAIN"}),
        ("stock.received", "SAW", {"warehouse": "MAIN", "quantity": "2.5", "reference": "LS 7"}),
    ]

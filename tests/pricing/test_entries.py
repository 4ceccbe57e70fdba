"""Putting prices into lists by API: all or nothing, every bad row named, live at once, noted with before and after."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database import count_statements, db
from tests.factories.catalogue import make_article, make_price_list, make_product
from tests.factories.organisations import make_token
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.pricing.calls import call, price, put_entries, put_list

EVERYONE = {"everyone": True}


@pytest.fixture
def north(client: FlaskClient, seed: Seed, world: World) -> str:
    """Give north's token; it has the articles N-1 to N-3 (the last one inactive) and the empty list L for everyone."""
    for number in (1, 2, 3):
        product = make_product(seed, world.acme, sku=f"S-{number}")
        status = "inactive" if number == 3 else "active"
        make_article(seed, world.north, product, article_number=f"N-{number}", status=status)
    make_article(seed, world.south, article_number="SOUTH-1")
    token = make_token(seed, world.north)
    put_list(client, token, "L", audience=EVERYONE)
    return token


def entries(client: FlaskClient, token: str, code: str = "L", **query: Any) -> list[tuple[Any, ...]]:
    page = "&".join(f"{name}={value}" for name, value in query.items())
    items = call(client, token, "GET", f"/selling/price-lists/{code}/entries?{page}")["items"]
    return [tuple(item.values()) for item in items]


def test_puts_are_upserts_that_tell_what_they_did(client: FlaskClient, north: str) -> None:
    first = put_entries(
        client,
        north,
        "L",
        {"article": "N-1", "net_price": "10.5"},
        {"article": "N-1", "net_price": 9, "min_quantity": "12"},
        {"article": "N-3", "net_price": 0, "valid_from": "2026-01-01", "valid_to": "2026-01-01"},
    )
    assert first == {"created": 3, "changed": 0, "removed": 0, "unchanged": 0, "dry_run": False}
    second = put_entries(
        client,
        north,
        "L",
        {"article": "N-1", "net_price": "10.50", "min_quantity": "1.000"},
        {"article": "N-1", "net_price": "8.1234", "min_quantity": 12, "valid_to": "2030-01-01"},
        {"article": "N-2", "net_price": "7"},
    )
    assert second == {"created": 1, "changed": 1, "removed": 0, "unchanged": 1, "dry_run": False}
    assert entries(client, north) == [
        ("N-1", 1, "10.50", None, None),
        ("N-1", 12, "8.1234", None, "2030-01-01"),
        ("N-2", 1, "7.00", None, None),
        ("N-3", 1, "0.00", "2026-01-01", "2026-01-01"),
    ]


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"article": "nope"}, "article", "unknown-article"),
        ({"article": "SOUTH-1"}, "article", "unknown-article"),
        ({"article": ""}, "article", "missing"),
        ({"article": "x" * 101}, "article", "unknown-article"),
        ({"net_price": "-0.01"}, "net_price", "negative"),
        ({"net_price": -1}, "net_price", "negative"),
        ({"net_price": None}, "net_price", "missing"),
        ({"net_price": "NaN"}, "net_price", "not-a-number"),
        ({"net_price": "Infinity"}, "net_price", "not-a-number"),
        ({"net_price": "1e3"}, "net_price", "not-a-number"),
        ({"net_price": "1,5"}, "net_price", "not-a-number"),
        ({"net_price": True}, "net_price", "not-a-number"),
        ({"net_price": "0.00001"}, "net_price", "too-many-decimals"),
        ({"net_price": 0.00001}, "net_price", "too-many-decimals"),
        ({"net_price": "1000000000"}, "net_price", "too-large"),
        ({"net_price": 10**30}, "net_price", "too-large"),
        ({"min_quantity": 0}, "min_quantity", "not-positive"),
        ({"min_quantity": "0.000"}, "min_quantity", "not-positive"),
        ({"min_quantity": -3}, "min_quantity", "not-positive"),
        ({"min_quantity": "1.0001"}, "min_quantity", "too-many-decimals"),
        ({"min_quantity": "10000000"}, "min_quantity", "too-large"),
        ({"valid_from": "2026-02-30"}, "valid_from", "not-a-day"),
        ({"valid_from": "01.12.2026"}, "valid_from", "not-a-day"),
        ({"valid_to": "9999-01-01"}, "valid_to", "not-a-day"),
        ({"valid_from": "2026-02-02", "valid_to": "2026-02-01"}, "valid_to", "ends-before-start"),
    ],
)
def test_a_bad_row_is_named_by_row_column_and_reason_and_nothing_is_taken(
    client: FlaskClient, north: str, cells: dict[str, Any], column: str, reason: str
) -> None:
    good = {"article": "N-1", "net_price": "5"}
    problem = put_entries(client, north, "L", good, {"article": "N-2", "net_price": "5", **cells}, status=422)
    assert problem["type"] == "/problems/bad-rows"
    [error] = problem["errors"]
    assert (error["row"], error["column"], error["reason"]) == (2, column, reason)
    assert error["pointer"] == f"#/entries/1/{column}"
    assert entries(client, north) == []


def test_every_bad_row_is_named_at_once_and_a_repeated_one_too(client: FlaskClient, north: str) -> None:
    problem = put_entries(
        client,
        north,
        "L",
        {"article": "N-1", "net_price": "x", "min_quantity": 0},
        {"article": "N-2", "net_price": 1},
        {"article": "gone", "net_price": 1},
        {"article": "N-2", "net_price": 2, "min_quantity": "1.0"},
        {"article": "N-2", "net_price": 2, "valid_from": "2026-01-01"},
        status=422,
    )
    assert [(error["row"], error["column"], error["reason"]) for error in problem["errors"]] == [
        (1, "min_quantity", "not-positive"),
        (1, "net_price", "not-a-number"),
        (3, "article", "unknown-article"),
        (4, "article", "twice"),
    ]


def test_a_dry_run_says_the_same_and_changes_nothing(client: FlaskClient, north: str) -> None:
    path = "/selling/price-lists/L/entries?dry_run=true"
    body = {"entries": [{"article": "N-1", "net_price": "5"}]}
    assert call(client, north, "PUT", path, body) == {
        "created": 1,
        "changed": 0,
        "removed": 0,
        "unchanged": 0,
        "dry_run": True,
    }
    assert entries(client, north) == []
    assert call(client, north, "PUT", path, {"entries": [{"article": "?", "net_price": 1}]}, 422)["errors"]


def test_entries_are_taken_out_by_their_key_and_a_missing_one_stops_all(client: FlaskClient, north: str) -> None:
    put_entries(
        client, north, "L", {"article": "N-1", "net_price": 1}, {"article": "N-1", "net_price": 2, "min_quantity": 5}
    )
    path = "/selling/price-lists/L/removed-entries"
    body = {"entries": [{"article": "N-1"}, {"article": "N-1", "min_quantity": 6}]}
    [error] = call(client, north, "POST", path, body, 422)["errors"]
    assert (error["row"], error["reason"]) == (2, "no-such-entry")
    assert call(client, north, "POST", path, {"entries": [{"article": "N-1"}]})["removed"] == 1
    assert entries(client, north) == [("N-1", 5, "2.00", None, None)]


def test_ten_thousand_entries_take_as_many_statements_as_one(app: Flask, client: FlaskClient, north: str) -> None:
    def statements(count: int) -> int:
        rows = [{"article": f"N-{1 + n % 2}", "net_price": "1", "min_quantity": n + 1} for n in range(count)]
        with app.app_context():
            engine = db.engine
        with count_statements(engine) as counted:
            put_entries(client, north, "L", *rows)
        return len(counted.statements)

    few = statements(2)
    assert statements(10_000) == few
    problem = put_entries(client, north, "L", *({"article": "N-1", "net_price": 1} for _ in range(10_001)), status=422)
    assert problem["type"] == "/problems/invalid-request"


def test_the_list_pages_by_cursor_and_finds_by_article(client: FlaskClient, north: str) -> None:
    put_entries(
        client,
        north,
        "L",
        *({"article": f"N-{n}", "net_price": n, "min_quantity": q} for n in (1, 2) for q in (1, 2, 3)),
    )
    seen: list[tuple[str, int]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = call(client, north, "GET", f"/selling/price-lists/L/entries?limit=4&cursor={cursor}")
        seen += [(item["article"], item["min_quantity"]) for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [(f"N-{n}", q) for n in (1, 2) for q in (1, 2, 3)]
    assert [row[0] for row in entries(client, north, q="N-2")] == ["N-2"] * 3
    assert call(client, north, "GET", "/selling/price-lists/L/entries?cursor=forged", status=422)["type"].endswith(
        "invalid-cursor"
    )


def test_a_change_is_live_for_the_buyers_next_request(
    client: FlaskClient, seed: Seed, world: World, north: str
) -> None:
    anna = make_token(seed, world.anna)
    assert price(client, anna, "N-1")[1] is None
    for amount in ("5.00", "4.99", "0.00"):
        put_entries(client, north, "L", {"article": "N-1", "net_price": amount})
        assert price(client, anna, "N-1")[1] == amount
    put_list(client, north, "OWN", audience={"accounts": ["ANNA"]})
    put_entries(client, north, "OWN", {"article": "N-1", "net_price": "3"})
    assert price(client, anna, "N-1")[1] == "3.00"
    put_list(client, north, "OWN", active=False)
    assert price(client, anna, "N-1")[1] == "0.00"


def test_what_one_buyer_sees_does_not_move_with_anothers_prices(
    client: FlaskClient, seed: Seed, world: World, north: str
) -> None:
    put_entries(client, north, "L", {"article": "N-1", "net_price": "5"}, {"article": "N-2", "net_price": "6"})
    anna = {"Authorization": f"Bearer {make_token(seed, world.anna)}"}
    body = {"lines": [{"article": number, "quantity": 3} for number in ("N-1", "N-2", "N-3")]}

    def seen() -> list[Any]:
        answers = [
            client.post("/api/v1/buying/price-checks", json=body, headers=anna),
            client.get("/api/v1/buying/articles", headers=anna),
        ]
        kept = [
            {name: value for name, value in answer.headers.items() if name not in {"X-Request-ID", "Date"}}
            | {"status": str(answer.status_code)}
            for answer in answers
        ]
        texts = [
            {**(answer.get_json() or {}), "request_id": ""} if answer.is_json else answer.text for answer in answers
        ]
        return [[{**each, "X-Request-Id": ""} for each in kept], texts]

    before = seen()
    put_list(client, north, "CANARY-LIST", name="CANARY-NAME", audience={"accounts": ["BRUNO"]}, priority=-9)
    put_entries(
        client, north, "CANARY-LIST", {"article": "N-1", "net_price": "1.2345"}, {"article": "N-3", "net_price": 2}
    )
    assert price(client, make_token(seed, world.bruno), "N-1")[1] == "1.2345"
    after = seen()
    assert _without_clocks(after) == _without_clocks(before)
    assert "CANARY" not in str(after)
    assert "1.2345" not in str(after)


def _without_clocks(seen: list[Any]) -> list[Any]:
    headers, texts = seen
    moving = ("ratelimit", "request-id")
    return [
        [
            {name: value for name, value in each.items() if not any(word in name.lower() for word in moving)}
            for each in headers
        ],
        texts,
    ]


def test_every_act_is_noted_with_before_and_after(client: FlaskClient, seed: Seed, north: str) -> None:
    put_entries(client, north, "L", {"article": "N-1", "net_price": 5})
    put_entries(client, north, "L", {"article": "N-1", "net_price": "4.5"}, {"article": "N-2", "net_price": 1})
    put_list(client, north, "L", name="New name", audience={"groups": [], "accounts": ["BRUNO"]})
    call(client, north, "PUT", "/selling/pricing-policy", {"price_strategy": "lowest"})
    rows = seed.run(text("select action, subject, before, after from audit_entry where action like 'price%'"))
    noted = {(row.action, row.subject): (row.before, row.after) for row in rows}
    assert noted["price_entries.changed", "L"] in [
        (
            {"entries": [], "currency": "EUR"},
            {"entries": [["N-1", "1", None, None, "5"]], "currency": "EUR"},
        ),
        (
            {"entries": [["N-1", "1", None, None, "5"]], "currency": "EUR"},
            {"entries": [["N-1", "1", None, None, "4.5"], ["N-2", "1", None, None, "1"]], "currency": "EUR"},
        ),
    ]
    assert noted["price_list.changed", "L"][0]["name"] == ""
    assert noted["price_list.changed", "L"][1]["name"] == "New name"
    assert not {"id", "base_name"} & set(noted["price_list.changed", "L"][1])
    assert noted["price_strategy.chosen", ""] == ({"strategy": "first"}, {"strategy": "lowest"})
    assert sum(row.action == "price_list.assigned" for row in rows) == 2


def test_foreign_lists_are_missing_ones_and_writing_needs_the_scope(
    client: FlaskClient, seed: Seed, world: World, north: str
) -> None:
    make_price_list(seed, world.south, "SOUTHS")
    body = {"entries": [{"article": "N-1", "net_price": 1}]}
    answers = [
        {**call(client, north, "PUT", f"/selling/price-lists/{code}/entries", body, 404), "request_id": ""}
        for code in ("SOUTHS", "none")
    ]
    assert answers[0] == answers[1]
    reading = make_token(seed, world.north, "selling:read")
    call(client, reading, "PUT", "/selling/price-lists/L/entries", body, 403)
    call(client, reading, "GET", "/selling/price-lists/L/entries")
    call(client, make_token(seed, world.anna), "GET", "/selling/price-lists/L/entries", None, 401)


def test_assignments_refuse_what_is_unknown_and_count_whom_they_reach(
    client: FlaskClient, seed: Seed, world: World, north: str
) -> None:
    path = "/selling/price-lists/L/assignments"
    problem = call(client, north, "PUT", path, {"groups": ["NONE"], "accounts": ["CLARA", "ANNA"]}, 422)
    assert [(error["reason"], error["value"]) for error in problem["errors"]] == [
        ("unknown-group", "NONE"),
        ("unknown-account", "CLARA"),
    ]
    assert call(client, north, "GET", path) == {"everyone": True, "groups": [], "accounts": [], "buyers": 4}
    put_list(client, north, "D", base_code="L", audience={"accounts": ["BRUNO"]})
    answer = call(client, north, "PUT", path, {"accounts": ["ANNA"]})
    assert answer == {"everyone": False, "groups": [], "accounts": ["ANNA"], "buyers": 2}


def test_the_prices_of_an_article_are_shown_list_by_list_without_a_query_in_a_loop(
    app: Flask, client: FlaskClient, north: str
) -> None:
    put_entries(
        client, north, "L", {"article": "N-1", "net_price": 10}, {"article": "N-1", "net_price": 8, "min_quantity": 6}
    )
    put_list(client, north, "D", base_code="L", adjustment_percent="-10", audience={"accounts": ["ANNA"]})
    with app.app_context():
        engine = db.engine

    def count() -> int:
        with count_statements(engine) as counted:
            call(client, north, "GET", "/selling/article-prices?article=N-1")
        return len(counted.statements)

    items = call(client, north, "GET", "/selling/article-prices?article=N-1")["items"]
    assert [(item["price_list"], item["buyers"], item["tiers"]) for item in items] == [
        (
            "D",
            1,
            [{"min_quantity": 1, "unit_price": "9.00"}, {"min_quantity": 6, "unit_price": "7.20"}],
        ),
        (
            "L",
            4,
            [{"min_quantity": 1, "unit_price": "10.00"}, {"min_quantity": 6, "unit_price": "8.00"}],
        ),
    ]
    few = count()
    for number in range(20):
        put_list(client, north, f"M-{number}", base_code="L")
    assert count() == few
    assert call(client, north, "GET", "/selling/article-prices?article=none", status=404)["status"] == 404


def test_lists_are_found_and_read_and_prices_ahead_are_told_apart(
    client: FlaskClient, north: str, world: World
) -> None:
    put_list(client, north, "SUMMER", name="Sunny prices", priority=7)
    found = call(client, north, "GET", "/selling/price-lists?q=sunny")["items"]
    assert [each["code"] for each in found] == ["SUMMER"]
    assert call(client, north, "GET", "/selling/price-lists/SUMMER") == found[0]
    assert found[0]["priority"] == 7
    missing = call(client, north, "GET", "/selling/price-lists/WINTER", status=404)
    assert missing["type"] == "/problems/not-found"
    put_entries(
        client,
        north,
        "L",
        {"article": "N-1", "net_price": "1"},
        {"article": "N-1", "net_price": "2", "valid_from": "2999-01-01"},
    )
    assert entries(client, north, ahead="true") == [("N-1", 1, "2.00", "2999-01-01", None)]
    assert len(entries(client, north)) == 2


def test_a_list_and_its_audience_can_be_tried(client: FlaskClient, seed: Seed, north: str, world: World) -> None:
    before = call(client, north, "GET", "/selling/price-lists/L")
    tried = call(
        client, north, "PUT", "/selling/price-lists?dry_run=true", {"price_lists": [{"code": "L", "priority": 7}]}
    )
    assert tried["price_lists"][0]["priority"] == 7
    assert call(client, north, "GET", "/selling/price-lists/L") == before
    path = "/selling/price-lists/L/assignments"
    for_anna = {"everyone": False, "groups": [], "accounts": ["ANNA"]}
    every = call(client, north, "GET", path)
    assert call(client, north, "PUT", f"{path}?dry_run=true", for_anna) == {**for_anna, "buyers": 1}
    assert call(client, north, "GET", path) == every
    wrong = {**for_anna, "accounts": ["NOBODY"]}
    assert call(client, north, "PUT", f"{path}?dry_run=true", wrong, 422)["errors"][0]["reason"] == "unknown-account"
    assert seed.run(text("select 1 from audit_entry where action = 'price_list.changed'")) == []
    assert call(client, north, "PUT", path, for_anna) == {**for_anna, "buyers": 1}

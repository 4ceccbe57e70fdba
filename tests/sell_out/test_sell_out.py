"""Retailers report what they sold: booked once, corrected by a later report, unknown GTINs kept aside."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.catalogue.models import Packaging
from portal.core.worker import worker_engine
from portal.sell_out.rules import BadCell, ReportedRow, RowProblem, read_list
from portal.sell_out.service import take_kept_aside
from tests.factories.catalogue import make_article, make_product
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

HAMMER, CASE, NAIL = "4006381333931", "96385074", "4012345678901"
Ask = Callable[..., Any]


@pytest.fixture
def hammer(seed: Seed, world: World) -> Any:
    """Let north list acme's hammer, of which a case holds six."""
    product = make_product(seed, world.acme, sku="HAMMER", gtin=HAMMER, name_en="Hammer", name_de="Hammer")
    seed.add(Packaging, owner_id=world.acme.id, product_id=product.id, unit="CASE", contains=6, gtin=CASE)
    make_article(seed, world.north, product)
    return product


@pytest.fixture
def ask(client: FlaskClient, seed: Seed) -> Ask:
    """Give a function that asks as an organisation's program."""

    def run(
        organisation: Any, area: str, rows: list[dict[str, Any]] | None = None, path: str = "", **query: str
    ) -> Any:
        headers = {"Authorization": f"Bearer {make_token(seed, organisation, f'{area}:read', f'{area}:write')}"}
        url = f"/api/v1/{area}/sell-out{path}"
        if rows is None:
            return client.get(url, query_string=query, headers=headers).get_json()
        return client.post(url, query_string=query, headers=headers, json={"rows": rows})

    return run


def sold(gtin: str, quantity: Any, sold_on: str = "2026-09-01", **more: str) -> dict[str, Any]:
    return {"gtin": gtin, "sold_on": sold_on, "quantity": quantity, **more}


def events(seed: Seed) -> list[tuple[Any, ...]]:
    rows = seed.run(text("select seller_id, payload from outbox_event where kind = 'SellOutReported' order by id"))
    return [tuple(row) for row in rows]


def test_a_report_is_booked_once_and_a_later_one_corrects_it(ask: Ask, seed: Seed, world: World, hammer: Any) -> None:
    rows = [sold(HAMMER, 3), sold(CASE, 2), sold(HAMMER, "1.5", "2026-09-02")]
    assert ask(world.anna, "buying", rows, dry_run="true").get_json()["created"] == 3
    assert ask(world.anna, "buying")["items"] == []
    first = ask(world.anna, "buying", rows).get_json()
    assert first == {"created": 3, "changed": 0, "unchanged": 0, "unknown": [], "dry_run": False}
    again = ask(world.anna, "buying", rows).get_json()
    assert again == {"created": 0, "changed": 0, "unchanged": 3, "unknown": [], "dry_run": False}
    # The wholesaler corrects two days; more came back than was sold.
    corrected = [sold(HAMMER, -1, retailer="ANNA"), sold(CASE, 0, retailer="ANNA")]
    assert ask(world.north, "selling", corrected).get_json()["changed"] == 2
    found = ask(world.north, "selling", retailer="ANNA")["items"]
    assert [
        (row["sold_on"], row["gtin"], row["product"], row["quantity"], row["units"], row["former_quantities"])
        for row in found
    ] == [
        ("2026-09-02", "04006381333931", "HAMMER", 1.5, 1.5, []),
        ("2026-09-01", "00000096385074", "HAMMER", 0, 0, [2]),
        ("2026-09-01", "04006381333931", "HAMMER", -1, -1, [3]),
    ]
    assert [row["source"] for row in found] == ["retailer", "wholesaler", "wholesaler"]
    assert events(seed) == [
        (world.north.id, {"from": "2026-09-01", "to": "2026-09-02", "buyers": [world.anna.id]}),
        (world.north.id, {"from": "2026-09-01", "to": "2026-09-01", "buyers": [world.anna.id]}),
    ]
    entries = seed.run(text("select after from audit_entry where action = 'sell_out.reported' order by at, id"))
    assert [row.after for row in entries] == [
        {"created": 3, "changed": 0, "kept_aside": 0},
        {"created": 0, "changed": 2, "kept_aside": 0},
    ]


def test_one_bad_row_and_none_is_booked_each_named(ask: Ask, world: World, hammer: Any) -> None:
    rows = [
        sold(HAMMER, 1, retailer="ANNA"),
        sold("4006381333932", 1, retailer="ANNA"),
        sold(HAMMER, "x", "2999-01-01", retailer="ANNA"),
        sold(HAMMER, 1, retailer="CLARA"),
        sold(HAMMER, 2, retailer="ANNA"),
    ]
    refused = ask(world.north, "selling", rows)
    assert refused.status_code == 422
    assert [(error["row"], error["column"], error["reason"]) for error in refused.get_json()["errors"]] == [
        (2, "gtin", "no-gtin"),
        (3, "sold_on", "ahead"),
        (3, "quantity", "no-quantity"),
        (4, "retailer", "no-retailer"),
        (5, "gtin", "twice"),
    ]
    assert ask(world.north, "selling")["items"] == []


def test_an_unknown_gtin_is_kept_aside_and_taken_once_a_product_bears_it(
    app: Flask, ask: Ask, seed: Seed, world: World, hammer: Any
) -> None:
    done = ask(world.anna, "buying", [sold(HAMMER, 1), sold(NAIL, 4)]).get_json()
    assert done["unknown"] == [{"row": 2, "gtin": f"0{NAIL}"}]
    assert [row["gtin"] for row in ask(world.anna, "buying", unknown="true")["items"]] == [f"0{NAIL}"]
    make_product(seed, world.zenit, sku="NOT-OURS", gtin=NAIL)
    engine = worker_engine(app)
    with engine.begin() as connection:
        assert take_kept_aside(connection) == 0
    nail = make_product(seed, world.acme, sku="NAIL")
    seed.add(Packaging, owner_id=world.acme.id, product_id=nail.id, unit="CASE", contains=99_999_999_999, gtin=NAIL)
    ask(world.anna, "buying", [sold(NAIL, "999999999", "2026-09-02")])
    with engine.begin() as connection:
        assert take_kept_aside(connection) == 0
    ask(world.anna, "buying", [sold(NAIL, 0, "2026-09-02")])
    seed.run(text("update packaging set contains = 1, unit = 'BAG' where gtin = :gtin"), {"gtin": NAIL})
    with engine.begin() as connection:
        assert take_kept_aside(connection) == 1
        assert take_kept_aside(connection) == 0
    engine.dispose()
    assert ask(world.anna, "buying", unknown="true")["items"] == []
    found = ask(world.anna, "buying", path="/products", days="730")
    assert [(row["product"], row["units"]) for row in found["items"]] == [("NAIL", 4), ("HAMMER", 1)]
    assert len(events(seed)) == 4


def test_a_wholesaler_sees_how_many_report_and_nobody_sees_anothers(ask: Ask, world: World, hammer: Any) -> None:
    ask(world.anna, "buying", [sold(HAMMER, 2), sold(CASE, 1, "2026-09-03")])
    ask(world.bruno, "buying", [sold(HAMMER, 5, "2026-09-02")])
    found = ask(world.north, "selling", path="/products", days="730")
    assert [(row["product"], row["units"], row["retailers"], row["newest_on"]) for row in found["items"]] == [
        ("HAMMER", 13, 2, "2026-09-03")
    ]
    assert (found["reporting"], found["retailers"], found["as_of"]) == (2, 3, "2026-09-03")
    assert [row["quantity"] for row in ask(world.bruno, "buying")["items"]] == [5]
    assert ask(world.clara, "buying")["items"] == []
    assert ask(world.south, "selling")["items"] == []
    page = ask(world.north, "selling", limit="1")
    assert [row["sold_on"] for row in page["items"]] == ["2026-09-03"]
    after = ask(world.north, "selling", limit="5", cursor=page["next_cursor"])
    assert [row["sold_on"] for row in after["items"]] == ["2026-09-02", "2026-09-01"]


def test_the_screen_checks_first_and_then_books(client: FlaskClient, seed: Seed, world: World, hammer: Any) -> None:
    person = make_person(seed, "till@example.com", (world.anna, "buyer"))
    sign_in(seed, client, person, world.anna)
    upload = {"file": (io.BytesIO(f"EAN;Datum;Menge\n{HAMMER};01.09.2026;3\n{NAIL};02.09.2026;1".encode()), "t.csv")}
    checked = client.post("/buying/sell-out/", data={**upload, "act": "check"})
    assert checked.status_code == 200
    assert "2 rows are new." in checked.text
    assert f"0{NAIL}" in checked.text
    rows = f"EAN;Datum;Menge\n{HAMMER};01.09.2026;3"
    assert client.post("/buying/sell-out/", data={"text": rows, "act": "take"}).status_code == 303
    page = client.get("/buying/sell-out/")
    assert "1 row is new." in page.text
    assert "04006381333931" in page.text
    bad = client.post("/buying/sell-out/", data={"text": f"{HAMMER};2026-09-01;1,2345", "act": "take"})
    assert bad.status_code == 422
    assert "Row 1: “1,2345” is not a plain number with up to 3 decimals." in bad.text
    many = client.post("/buying/sell-out/", data={"text": "x;x;x\n" * 3_400, "act": "check"})
    assert ("needs you" in many.text or "need you" in many.text, "too many rows" in many.text) == (True, False)


def test_a_viewer_reads_and_does_not_report(client: FlaskClient, seed: Seed, world: World) -> None:
    viewer = make_person(seed, "viewer@example.com", (world.anna, "viewer"))
    sign_in(seed, client, viewer, world.anna)
    assert client.get("/buying/sell-out/").status_code == 200
    assert client.post("/buying/sell-out/", data={"text": "", "act": "take"}).status_code == 403


@pytest.mark.parametrize(
    ("content", "mark", "expected"),
    [
        (f"gtin,sold_on,quantity\n{HAMMER},2026-09-01,1.5", ",", Decimal("1.5")),
        (f"EAN;Tag;Anzahl\n{HAMMER};1.9.2026;1,5", ",", Decimal("1.5")),
        (f"EAN;Tag;Anzahl\n{HAMMER};1.9.2026;1.500", ",", None),
        ([["ean", "date", "qty"], [int(HAMMER), "2026-09-01 00:00:00", 2.5]], ".", Decimal("2.5")),
    ],
)
def test_lists_are_read_as_they_come(content: Any, mark: str, expected: Decimal | None) -> None:
    good, bad = read_list(content, date(2026, 9, 2), mark, is_own=True)
    if expected is None:
        assert bad == [BadCell(2, "quantity", RowProblem.NO_QUANTITY, "1.500")]
    else:
        assert good == [ReportedRow(2, "", f"0{HAMMER}", date(2026, 9, 1), expected)]

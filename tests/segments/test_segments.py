"""Segments: a rule holds exactly whom it says, read anew each time; changed with a trace; nobody else's business."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.analytics.models import SalesRhythm
from portal.analytics.rules import Rhythm
from portal.segments.rules import OrderRhythm, rhythms_of
from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, make_price_group, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import build_world

pytestmark = pytest.mark.shared_database

PATH = "/api/v1/selling/segments"


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    return {}


@pytest.fixture
def shops(seed: Seed, known: dict[str, Any]) -> dict[str, Any]:
    """Anna bought whisky and orders as usual, Bruno slows down, Late never ordered; Anna and Late are GOLD."""
    if not known:
        world = build_world(seed)
        late = make_organisation(seed, "LATE", "retailer", world.north)
        make_organisation(seed, "GONE", "retailer", world.north, status="inactive")
        make_price_group(seed, world.north.id, "GOLD", world.anna, late)
        [(today,)] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date"))
        goods = {
            name: make_article(
                seed, world.north, make_product(seed, world.acme, category=f"Spirits > {name}"), f"A-{name}"
            )
            for name in ("Whisky", "Gin")
        }
        for buyer, name, days_ago in ((world.anna, "Whisky", 5), (world.bruno, "Whisky", 40), (world.bruno, "Gin", 20)):
            make_history(seed, world.north, buyer, today - timedelta(days=days_ago), (goods[name], 2, "10.00"))
        for buyer, days_ago in ((world.anna, 5), (world.bruno, 20)):
            seed.add(
                SalesRhythm,
                seller_id=world.north.id,
                buyer_id=buyer.id,
                first_on=today - timedelta(days=300),
                last_on=today - timedelta(days=days_ago),
                order_days=10,
                usual_days=10,
                amount=100,
                order_count=10,
            )
        known |= {"world": world, "headers": {"Authorization": f"Bearer {make_token(seed, world.north)}"}}
    return known


def held(client: FlaskClient, shops: dict[str, Any], code: str, **rule: Any) -> list[str]:
    """Make a segment and give who is in it; its count says the same."""
    made = client.post(PATH, json={"code": code, "name": code, **rule}, headers=shops["headers"])
    assert made.status_code == 201, made.data
    members = client.get(f"{PATH}/{code}/accounts", headers=shops["headers"]).get_json()["items"]
    assert made.get_json()["account_count"] == len(members)
    return [each["code"] for each in members]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, ["ANNA", "BRANCH", "BRUNO", "LATE", "SUB"]),
        ({"groups": ["GOLD"]}, ["ANNA", "LATE"]),
        ({"groups": ["GOLD"], "accounts": ["BRUNO"]}, ["ANNA", "BRUNO", "LATE"]),
        ({"rhythms": ["slowing"]}, ["BRUNO"]),
        ({"rhythms": ["due"]}, ["BRUNO"]),
        ({"rhythms": ["active"]}, ["ANNA"]),
        ({"groups": ["GOLD"], "rhythms": ["silent", "active"]}, ["ANNA", "LATE"]),
        ({"rhythms": ["silent"], "groups": ["GOLD"]}, ["LATE"]),
        ({"category": "Spirits", "category_days": 90}, ["ANNA", "BRUNO"]),
        ({"category": "Spirits > Whisky", "category_days": 30}, ["ANNA"]),
        ({"category": "Spirits > Whisky", "category_days": 41, "rhythms": ["slowing"]}, ["BRUNO"]),
        (
            {"category": "Spirits > Whisky", "category_days": 30, "bought": False, "accounts": ["BRUNO", "ANNA"]},
            ["BRUNO"],
        ),
    ],
)
def test_a_segment_holds_exactly_whom_its_rule_says(
    client: FlaskClient, shops: dict[str, Any], rule: dict[str, Any], expected: list[str]
) -> None:
    code = f"S-{abs(hash(str(rule)))}"
    assert held(client, shops, code, **rule) == expected


def test_what_a_rule_cannot_be_is_told_at_its_field(client: FlaskClient, shops: dict[str, Any]) -> None:
    held(client, shops, "TAKEN")
    body = {"code": "TAKEN", "name": " ", "groups": ["NONE"], "accounts": ["CLARA"], "category": "Cheese"}
    refused = client.post(PATH, json=body, headers=shops["headers"])
    assert refused.status_code == 422
    assert {(each["field"], each["reason"]) for each in refused.get_json()["errors"]} == {
        ("code", "taken"),
        ("name", "missing"),
        ("groups", "unknown-group"),
        ("accounts", "unknown-account"),
        ("category", "unknown-category"),
    }


def test_a_segment_is_changed_and_removed_with_a_trace_and_keeps_its_price_group(
    client: FlaskClient, seed: Seed, shops: dict[str, Any]
) -> None:
    world, headers = shops["world"], shops["headers"]
    held(client, shops, "WIN", groups=["GOLD"])
    kept = client.delete("/api/v1/selling/price-groups/GOLD", headers=headers)
    assert (kept.status_code, "WIN" in kept.get_json()["segments"]) == (409, True)
    changed = client.put(f"{PATH}/WIN", json={"name": "Win back", "rhythms": ["slowing"]}, headers=headers)
    assert (changed.get_json()["groups"], changed.get_json()["account_count"]) == ([], 1)
    south = {"Authorization": f"Bearer {make_token(seed, world.south)}"}
    assert client.get(f"{PATH}/WIN", headers=south).status_code == 404
    assert client.delete(f"{PATH}/WIN", headers=headers).status_code == 204
    assert client.get(f"{PATH}/WIN", headers=headers).status_code == 404
    actions = [row.action for row in seed.run(text("select action from audit_entry where subject = 'WIN' order by at"))]
    assert actions == ["segment.created", "segment.changed", "segment.removed"]


def test_the_screens_show_rule_count_and_members_and_refuse_at_the_field(
    client: FlaskClient, seed: Seed, shops: dict[str, Any]
) -> None:
    world = shops["world"]
    browser = sign_in(seed, client, world.people["north"], world.north)
    refused = browser.post("/selling/segments/new", data={"name": "Whisky", "code": "S/1", "category_days": "x"})
    assert refused.status_code == 422
    assert "This is not a number." in refused.text
    typed = {"name": "No whisky", "code": "NW", "category": "Spirits > Whisky", "bought": "no", "category_days": "30"}
    assert browser.post("/selling/segments/new", data={**typed, "accounts": "BRUNO\nANNA"}).status_code == 302
    page = browser.get("/selling/segments/NW").text
    assert "no Whisky bought within 30 days" in page
    assert "BRUNO" in page
    assert ">ANNA<" not in page
    assert "No whisky" in browser.get("/selling/segments/").text


@pytest.mark.parametrize(
    ("silent", "expected"),
    [
        (9, {OrderRhythm.ACTIVE}),
        (10, {OrderRhythm.ACTIVE, OrderRhythm.DUE}),
        (15, {OrderRhythm.ACTIVE, OrderRhythm.DUE}),
        (16, {OrderRhythm.SLOWING, OrderRhythm.DUE}),
        (91, {OrderRhythm.LAPSED}),
    ],
)
def test_an_account_is_due_from_the_day_on_which_its_order_is_expected(silent: int, expected: set[OrderRhythm]) -> None:
    today = date(2026, 11, 22)
    rhythm = Rhythm(date(2026, 1, 1), today - timedelta(days=silent), 12, 10)  # type: ignore[arg-type] # days
    assert rhythms_of(rhythm, today) == expected

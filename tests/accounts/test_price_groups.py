"""Price groups: made, renamed, removed only when nothing uses them; several accounts moved at once, and priced anew at once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database import count_statements, db
from tests.factories.audit import LOG
from tests.factories.catalogue import make_article, make_entry, make_price_list
from tests.factories.organisations import (
    make_organisation,
    make_price_group,
    make_token,
    sign_in,
)
from tests.factories.promotions import make_promotion
from tests.factories.seed import Seed
from tests.factories.world import World

GROUPS = "/api/v1/selling/price-groups"
MOVES = "/api/v1/selling/price-group-moves"


@pytest.fixture
def north(seed: Seed, world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(seed, world.north)}"}


def groups_of(seed: Seed, world: World) -> dict[str, str | None]:
    rows = seed.run(
        text(
            "select o.code, t.price_group from trading_account t join organisation o on o.id = t.buyer_id"
            " where t.seller_id = :seller"
        ),
        {"seller": world.north.id},
    )
    return {row.code: row.price_group for row in rows}


def log(seed: Seed) -> list[tuple[Any, ...]]:
    rows = seed.run(text(f"select action, subject, before, after from {LOG} where not refused order by at, subject"))
    return [tuple(row) for row in rows]


def test_a_group_is_made_renamed_and_removed_once_nothing_uses_it(
    client: FlaskClient, seed: Seed, world: World, north: dict[str, str]
) -> None:
    assert client.put(f"{GROUPS}/A%2FB", json={"name": "Gold"}, headers=north).get_json() == {
        "code": "A/B",
        "name": "Gold",
        "accounts": 0,
    }
    assert client.put(f"{GROUPS}/A%2FB", json={"name": "Best"}, headers=north).get_json()["name"] == "Best"
    make_price_list(seed, world.north, "L-1", price_group="A/B")
    make_promotion(seed, world.north, "P-1", price_group="A/B")
    client.post(MOVES, json={"accounts": ["ANNA"], "price_group": "A/B"}, headers=north)
    assert client.get(f"{GROUPS}/A%2FB", headers=north).get_json() == {
        "code": "A/B",
        "name": "Best",
        "accounts": 1,
        "price_lists": ["L-1"],
        "promotions": ["P-1"],
        "segments": [],
    }
    refused = client.delete(f"{GROUPS}/A%2FB", headers=north)
    assert refused.status_code == 409
    problem = refused.get_json()
    assert (problem["type"].rpartition("/")[2], problem["accounts"]) == ("price-group-in-use", 1)
    assert (problem["price_lists"], problem["promotions"]) == (["L-1"], ["P-1"])
    client.post(MOVES, json={"accounts": ["ANNA"], "price_group": None}, headers=north)
    seed.run(text("delete from price_assignment"))
    seed.run(text("delete from promotion_audience"))
    assert client.delete(f"{GROUPS}/A%2FB", headers=north).status_code == 204
    assert client.delete(f"{GROUPS}/A%2FB", headers=north).status_code == 404
    assert log(seed) == [
        ("price_group.created", "A/B", None, {"name": "Gold"}),
        ("price_group.renamed", "A/B", {"name": "Gold"}, {"name": "Best"}),
        ("account.terms_changed", "ANNA", {"price_group": None}, {"price_group": "A/B"}),
        ("account.terms_changed", "ANNA", {"price_group": "A/B"}, {"price_group": None}),
        ("price_group.removed", "A/B", {"name": "Best"}, None),
    ]


def test_many_accounts_move_at_once_or_none_and_pay_the_groups_price_with_the_next_request(
    client: FlaskClient, seed: Seed, world: World, north: dict[str, str]
) -> None:
    article = make_article(seed, world.north, article_number="N-1")
    make_price_group(seed, world.north.id, "GOLD")
    for code, price, group in (("ALL", "10.00", None), ("CHEAP", "8.00", "GOLD")):
        audience = {"price_group": group} if group else {}
        make_entry(seed, make_price_list(seed, world.north, code, **audience), article, price)
    anna = {"Authorization": f"Bearer {make_token(seed, world.anna)}"}

    def pays() -> str:
        checked = client.post(
            "/api/v1/buying/price-checks", json={"lines": [{"article": "N-1", "quantity": 1}]}, headers=anna
        )
        return str(checked.get_json()["lines"][0]["unit_price"])

    assert pays() == "10.00"
    answer = client.post(MOVES, json={"accounts": ["ANNA", "CLARA", "NOBODY"], "price_group": "GOLD"}, headers=north)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == ["#/accounts/1", "#/accounts/2"]
    answer = client.post(MOVES, json={"accounts": ["ANNA"], "price_group": "SILVER"}, headers=north)
    assert answer.get_json()["type"].rpartition("/")[2] == "unknown-price-group"
    assert set(groups_of(seed, world).values()) == {None}
    sent = {"accounts": ["ANNA", "BRUNO", "ANNA"], "price_group": "GOLD"}
    assert client.post(MOVES, json=sent, headers=north).get_json() == {"moved": 2, "unchanged": 0}
    assert client.post(MOVES, json=sent, headers=north).get_json() == {"moved": 0, "unchanged": 2}
    assert {code for code, group in groups_of(seed, world).items() if group} == {"ANNA", "BRUNO"}
    assert pays() == "8.00"


def test_another_sellers_group_is_as_if_it_were_not_there(
    client: FlaskClient, seed: Seed, world: World, north: dict[str, str]
) -> None:
    make_price_group(seed, world.south.id, "SECRET")
    foreign, missing = (client.get(f"{GROUPS}/{code}", headers=north) for code in ("SECRET", "NONE"))
    assert foreign.status_code == missing.status_code == 404
    assert client.put(f"{GROUPS}/SECRET", json={"name": "Ours"}, headers=north).status_code == 200
    found = seed.run(text("select seller_id, name from price_group where code = 'SECRET' order by seller_id"))
    assert [tuple(row) for row in found] == sorted([(world.north.id, "Ours"), (world.south.id, "Secret")])


def test_by_screen_groups_are_made_filled_emptied_and_removed(client: FlaskClient, seed: Seed, world: World) -> None:
    sign_in(seed, client, world.people["north"], world.north)
    start = "/selling/accounts/price-groups/"
    assert "No price groups yet" in client.get(start).get_data(as_text=True)
    made = client.post(start, data={"name": "Gold customers", "code": "GOLD"})
    assert (made.status_code, made.location) == (302, f"{start}of/GOLD")
    taken = client.post(start, data={"name": "Other", "code": "GOLD"})
    assert taken.status_code == 422
    assert "You have a price group of this code already." in taken.get_data(as_text=True)
    assert 'value="ANNA"' in client.get(f"{start}accounts?into=GOLD").get_data(as_text=True)
    none = client.post(f"{start}accounts", data={"target": "GOLD"}, follow_redirects=True)
    assert "Please tick the accounts to move." in none.get_data(as_text=True)
    moved = client.post(
        f"{start}accounts", data={"target": "GOLD", "account": ["ANNA", "BRUNO"]}, follow_redirects=True
    ).get_data(as_text=True)
    assert "2 accounts moved." in moved
    assert 'value="ANNA"' not in client.get(f"{start}accounts?into=GOLD").get_data(as_text=True)
    kept = client.post(f"{start}remove/GOLD", follow_redirects=True).get_data(as_text=True)
    assert "The price group stays" in kept
    renamed = client.post(f"{start}name/GOLD", data={"name": "Best"}, follow_redirects=True).get_data(as_text=True)
    assert "<h1" in renamed
    assert "is now called Best" in renamed
    client.post(f"{start}accounts", data={"group": "GOLD", "target": "", "account": ["ANNA", "BRUNO"]})
    assert client.post(f"{start}remove/GOLD").location == start
    assert set(groups_of(seed, world).values()) == {None}


def test_a_group_of_many_accounts_takes_as_many_statements_as_one_of_few(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    sign_in(seed, client, world.people["north"], world.north)
    make_price_group(seed, world.north.id, "GOLD", world.anna)

    def statements() -> int:
        with app.app_context(), count_statements(db.engine) as counted:
            assert client.get("/selling/accounts/price-groups/of/GOLD").status_code == 200
        return len(counted.statements)

    few = statements()
    for number in range(12):
        make_organisation(seed, f"MANY{number}", "retailer", world.north)
    seed.run(text("update trading_account set price_group = 'GOLD' where seller_id = :own"), {"own": world.north.id})
    assert statements() == few

"""Promotions as their seller writes them, by API and on screen."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text

from portal.promotions.service.promotions import new_coupon
from tests.factories.organisations import make_price_group, make_token, sign_in
from tests.factories.placing import place, sell
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.promotions.test_price_checks import check

PATH = "/api/v1/selling/promotions"


def put(client: FlaskClient, token: str, *promotions: dict[str, Any], status: int = 200) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.put(PATH, json={"promotions": list(promotions)}, headers=headers)
    assert answer.status_code == status, answer.data
    return answer.get_json()


def test_a_promotion_is_live_at_once_for_whom_it_is_and_gone_when_it_ends(
    client: FlaskClient, seed: Seed, world: World
) -> None:
    sell(seed, world.north, "N-1", "10.00")
    make_price_group(seed, world.north.id, "GOLD", world.anna)
    seller, anna, bruno = (make_token(seed, who) for who in (world.north, world.anna, world.bruno))
    wanted = {"code": "TEN", "benefit": "percent", "value": "10", "articles": ["N-1"], "groups": ["GOLD"]}
    [saved] = put(client, seller, wanted)["promotions"]
    assert (saved["value"], saved["priority"], saved["groups"], saved["used_count"]) == ("10.00", 100, ["GOLD"], 0)
    assert [check(client, token, ("N-1", 1))["total"] for token in (anna, bruno)] == ["9.00", "10.00"]
    put(client, seller, {**wanted, "value": "20", "groups": [], "accounts": ["BRUNO"]})
    assert [check(client, token, ("N-1", 1))["total"] for token in (anna, bruno)] == ["10.00", "8.00"]
    headers = {"Authorization": f"Bearer {seller}"}
    ended = client.post(f"{PATH}/TEN/endings", json={}, headers=headers)
    assert ended.status_code == 201
    assert check(client, bruno, ("N-1", 1))["total"] == "10.00"
    assert client.get(PATH, headers=headers).get_json()["items"] == [ended.get_json()]


def test_a_cap_set_later_counts_what_was_taken_before(client: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.north, "N-1", "10.00", on_hand=100)
    seller, anna = make_token(seed, world.north), make_token(seed, world.anna)
    wanted = {"code": "TEN", "benefit": "percent", "value": "10", "all_articles": True, "everyone": True}
    put(client, seller, wanted)
    place(client, anna, [("N-1", 3)])
    [capped] = put(client, seller, {**wanted, "max_uses": 1})["promotions"]
    assert (capped["used_count"], capped["spent_amount"]) == (1, "3.00")
    assert check(client, anna, ("N-1", 1))["total"] == "10.00"


def test_what_is_wrong_is_named_by_promotion_and_field_and_nothing_is_written(
    client: FlaskClient, seed: Seed, world: World
) -> None:
    right = {"code": "OK", "benefit": "percent", "value": "5"}
    wrong = {
        "code": "BAD",
        "benefit": "mix",
        "value": "100.01",
        "articles": ["nope"],
        "groups": ["NONE"],
        "accounts": ["CLARA"],
        "valid_from": "2026-02-01",
        "valid_to": "2026-01-01",
    }
    answer = put(client, make_token(seed, world.north), right, wrong, status=422)
    assert [(error["pointer"], error["reason"]) for error in answer["errors"]] == [
        ("#/promotions/1/valid_to", "ends-before-start"),
        ("#/promotions/1/value", "more-than-hundred"),
        ("#/promotions/1/articles", "unknown-article"),
        ("#/promotions/1/groups", "unknown-group"),
        ("#/promotions/1/accounts", "unknown-account"),
    ]
    assert seed.run(text("select * from promotion")) == []


def test_a_made_coupon_has_80_random_bits_and_stays(client: FlaskClient, seed: Seed, world: World) -> None:
    assert len({new_coupon() for _ in range(100)}) == 100
    assert len(new_coupon().replace("-", "")) == 16
    seller = make_token(seed, world.north)
    wanted = {"code": "C", "benefit": "percent", "value": "5", "make_coupon": True}
    first = put(client, seller, wanted)["promotions"][0]["coupon"]
    assert put(client, seller, {**wanted, "value": "6"})["promotions"][0]["coupon"] == first


def test_windows_of_all_promotions_are_noted_beside_the_strategy(client: FlaskClient, seed: Seed, world: World) -> None:
    seller = make_token(seed, world.north)
    one = {"code": "A", "benefit": "percent", "value": "5", "valid_from": "2026-01-01", "valid_to": "2026-02-01"}
    other = {"code": "B", "benefit": "percent", "value": "5", "valid_from": "2026-03-01", "valid_to": "2026-04-01"}
    put(client, seller, one, other)
    [row] = seed.run(text("select promoted_from, promoted_to from pricing_policy"))
    assert tuple(row) == (date(2026, 1, 1), date(2026, 4, 1))


def test_a_promotion_typed_on_screen_keeps_what_is_no_number_and_says_so_at_the_field(
    client: FlaskClient, seed: Seed, world: World
) -> None:
    sign_in(seed, client, world.people["north"], world.north)
    for typed in ("-", "\N{MINUS SIGN}", "ten"):
        page = client.post("/selling/promotions/new", data={"code": "TEN", "benefit": "percent", "value": typed})
        assert page.status_code == 422
        assert f'name="value" type="text" value="{typed}"' in page.text
        assert '<a href="#value">Percent or amount: This is not a number.</a>' in page.text

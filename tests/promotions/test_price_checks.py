"""Price checks by API: the right list decides, live at once, and each side sees no more than it may."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.pricing.models import PricingPolicy
from portal.promotions.api.price_checks import PriceCheckAnswer
from tests.factories.catalogue import make_article, make_entry, make_price_list, make_product
from tests.factories.organisations import make_price_group, make_token
from tests.factories.seed import Seed
from tests.factories.world import World


def check(
    client: FlaskClient, token: str, *lines: tuple[str, Any], area: str = "buying", **more: Any
) -> dict[str, Any]:
    """Send a price check and give the answer."""
    body = {"lines": [{"article": article, "quantity": quantity} for article, quantity in lines], **more}
    answer = client.post(f"/api/v1/{area}/price-checks", json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    data: dict[str, Any] = answer.get_json()
    return data


@pytest.fixture
def article(seed: Seed, world: World) -> Any:
    """Give an article of north with a default price of 10 and 8 from 12 pieces."""
    product = make_product(seed, world.acme, sku="HAM-1")
    row = make_article(seed, world.north, product, article_number="N-1")
    everyone = make_price_list(seed, world.north, "LIST", name="Standard")
    make_entry(seed, everyone, row, "10.00")
    make_entry(seed, everyone, row, "8.00", min_quantity="12")
    return row


def test_the_tier_of_the_quantity_decides(client: FlaskClient, seed: Seed, world: World, article: Any) -> None:
    answer = check(client, make_token(seed, world.anna), ("N-1", "1"), ("N-1", 12), ("N-1", "2.5"))
    assert [line["unit_price"] for line in answer["lines"]] == ["10.00", "8.00", "10.00"]
    assert [line["line_amount"] for line in answer["lines"]] == ["10.00", "96.00", "25.00"]
    assert answer["total"] == "131.00"
    assert answer["currency"] == "EUR"


def test_unknown_and_unpriced_lines_keep_their_place_with_a_reason(
    client: FlaskClient, seed: Seed, world: World, article: Any
) -> None:
    make_article(seed, world.north, make_product(seed, world.acme, sku="X"), article_number="N-2")
    answer = check(client, make_token(seed, world.anna), ("nope", 1), ("N-2", 1), ("N-1", 1))
    assert [line["reason"] for line in answer["lines"]] == ["unknown-article", "price-on-request", None]
    assert [line["unit_price"] for line in answer["lines"]] == [None, None, "10.00"]
    assert answer["total"] == "10.00"


def test_a_group_list_beats_everyone_and_other_groups_notice_nothing(
    client: FlaskClient, seed: Seed, world: World, article: Any
) -> None:
    group = make_price_group(seed, world.north.id, "GOLD", world.anna)
    anna, bruno = make_token(seed, world.anna), make_token(seed, world.bruno)
    before = check(client, bruno, ("N-1", 1))
    gold = make_price_list(seed, world.north, "GOLD", audience="group", price_group=group, name="Gold")
    make_entry(seed, gold, article, "7.77")
    assert check(client, anna, ("N-1", 1))["lines"][0]["unit_price"] == "7.77"
    assert check(client, anna, ("N-1", 1))["lines"][0]["price_list"] == "Gold"
    assert check(client, bruno, ("N-1", 1)) == before


def test_the_lowest_strategy_compares_all_lists(client: FlaskClient, seed: Seed, world: World, article: Any) -> None:
    own = make_price_list(seed, world.north, "OWN", buyer=world.anna)
    make_entry(seed, own, article, "12.00")
    token = make_token(seed, world.anna)
    assert check(client, token, ("N-1", 1))["lines"][0]["unit_price"] == "12.00"
    seed.add(PricingPolicy, seller_id=world.north.id, price_strategy="lowest")
    assert check(client, token, ("N-1", 1))["lines"][0]["unit_price"] == "10.00"


def test_a_derived_list_adjusts_its_base_which_is_assigned_to_nobody(
    client: FlaskClient, seed: Seed, world: World, article: Any
) -> None:
    base = make_price_list(seed, world.north, "COST", audience=None)
    make_entry(seed, base, article, "3.333")
    make_price_list(
        seed, world.north, "DERIVED", buyer=world.anna, base_list_id=base.id, adjustment_percent=Decimal(50), decimals=2
    )
    line = check(client, make_token(seed, world.anna), ("N-1", 3))["lines"][0]
    assert (line["unit_price"], line["line_amount"]) == ("5.00", "15.00")


def test_the_seller_asks_for_a_buyer_on_any_day_and_sees_the_losers(
    client: FlaskClient, seed: Seed, world: World, article: Any
) -> None:
    own = make_price_list(seed, world.north, "OWN", buyer=world.anna, valid_from=date(2030, 1, 1))
    make_entry(seed, own, article, "5.00")
    token = make_token(seed, world.north)
    today = check(client, token, ("N-1", 1), area="selling", account="ANNA")["lines"][0]
    later = check(client, token, ("N-1", 1), area="selling", account="ANNA", on="2030-01-01")["lines"][0]
    assert (today["unit_price"], today["price_list"]) == ("10.00", "LIST")
    assert (later["unit_price"], later["price_list"]) == ("5.00", "OWN")
    assert [lost["code"] for lost in later["explanation"]["lost_lists"]] == ["LIST"]


def test_another_sellers_account_is_as_missing_as_a_made_up_one(
    client: FlaskClient, seed: Seed, world: World, article: Any
) -> None:
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    answers = []
    for account in ("nobody", "CLARA", "DORA", "NORTH"):
        body = {"account": account, "lines": [{"article": "N-1", "quantity": 1}]}
        answer = client.post("/api/v1/selling/price-checks", json=body, headers=headers)
        answers.append((answer.status_code, {**answer.get_json(), "request_id": ""}))
    assert answers[0][0] == 404
    assert answers == [answers[0]] * 4


def test_the_buyers_explanation_never_names_other_lists(
    client: FlaskClient, seed: Seed, world: World, article: Any
) -> None:
    make_entry(seed, make_price_list(seed, world.north, "SECRET-LIST", buyer=world.bruno), article, "1.23")
    answer = check(client, make_token(seed, world.anna), ("N-1", 1))
    assert "SECRET" not in str(answer)
    assert set(answer["lines"][0]["explanation"]) == {
        "price_list",
        "min_quantity",
        "valid_from",
        "valid_to",
        "unit_price",
    }


def test_a_scheduled_entry_waits_for_its_day_by_the_databases_clock(
    client: FlaskClient, seed: Seed, world: World, article: Any
) -> None:
    token = make_token(seed, world.anna)
    seed.run(
        text(
            "insert into price_entry (seller_id, price_list_id, article_id, min_quantity, valid_from, net_price)"
            " select seller_id, price_list_id, article_id, 1, (now() at time zone 'Europe/Berlin')::date + shift, price"
            " from price_entry, (values (0, 9.00), (1, 1.00)) change (shift, price) where min_quantity = 1"
        )
    )
    assert check(client, token, ("N-1", 1))["lines"][0]["unit_price"] == "9.00"


def test_each_coupon_is_answered_and_changes_no_price(
    client: FlaskClient, seed: Seed, world: World, article: Any
) -> None:
    refused = [{"coupon": coupon, "valid": False, "detail": "This coupon is not valid."} for coupon in ("SPRING", " x")]
    bought = check(client, make_token(seed, world.anna), ("N-1", 1), coupons=["SPRING", " x"])
    assert (bought["coupons"], bought["total"]) == (refused, "10.00")
    token = make_token(seed, world.north)
    sold = check(client, token, ("N-1", 1), area="selling", account=world.anna.code, coupons=["SPRING"])
    assert (sold["coupons"], sold["total"]) == (refused[:1], "10.00")
    assert check(client, token, ("N-1", 1), area="selling", account=world.anna.code)["coupons"] == []


@pytest.mark.parametrize("area", ["buying", "selling"])
def test_the_written_answer_is_byte_for_byte_what_the_documented_model_prints(
    client: FlaskClient, seed: Seed, world: World, article: Any, area: str
) -> None:
    """Price checks write their lines as plain values, past the model that the document is made of."""
    [everyone] = seed.run(text("select id from price_list where code = 'LIST'"))
    for number, amount in (
        ("N-3", "8.1250"),
        ("N-4", "8.5555"),
        ("N-5", "0.0001"),
        ("Ü-6", "123456789.50"),
        ("N-7", "0"),
    ):
        row = make_article(seed, world.north, make_product(seed, world.acme, sku=number), article_number=number)
        make_entry(seed, everyone, row, amount)
    make_article(seed, world.north, make_product(seed, world.acme, sku="X"), article_number="N-2")
    quantities = [("N-1", 12), ("N-1", "2.5"), ("N-2", 1), ("nope", "0.125"), ("N-3", 3), ("N-4", 1), ("N-5", 20_000)]
    lines = [*quantities, ("Ü-6", "9999999.999"), ("N-7", 1)]
    body: dict[str, Any] = {"lines": [{"article": name, "quantity": quantity} for name, quantity in lines]}
    body["coupons"] = ["NONE"]
    token = make_token(seed, world.anna)
    if area == "selling":
        token, body["account"] = make_token(seed, world.north), world.anna.code
    answer = client.post(f"/api/v1/{area}/price-checks", json=body, headers={"Authorization": f"Bearer {token}"})
    written = answer.get_data(as_text=True)
    assert PriceCheckAnswer.model_validate_json(written).model_dump_json() == written
    prices = [line["unit_price"] for line in answer.get_json()["lines"]]
    assert prices == ["8.00", "10.00", None, None, "8.125", "8.5555", "0.0001", "123456789.50", "0.00"]

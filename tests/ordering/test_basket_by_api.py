"""The basket over HTTP: a program's own list on the server, ordered once, at the prices it was shown."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database import count_statements, db
from tests.factories.calls import call, problem
from tests.factories.catalogue import make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_token, sign_in
from tests.factories.placing import check_ledgers, lines, place, sell
from tests.factories.promotions import make_promotion
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.ordering.test_basket import enter, grid

BASKET = "/buying/basket"


@pytest.fixture
def token(seed: Seed, world: World) -> str:
    """Give anna's program; north offers saws, nails by the ten, and glue, of which there is little."""
    saw = make_product(seed, world.acme, "SAW-P", gtin="4006381333931", packagings={"CS": 12}, name_en="Saw")
    sell(seed, world.north, "SAW", "12.50", on_hand=100, owner_product=saw)
    nail, glue = (make_product(seed, world.acme, name, name_en=name.title()) for name in ("NAIL", "GLUE"))
    sell(seed, world.north, "NAIL", "0.10", on_hand=1000, owner_product=nail, min_quantity=10, order_multiple=10)
    sell(seed, world.north, "GLUE", "3.00", on_hand=2, owner_product=glue)
    return make_token(seed, world.anna)


def put(client: FlaskClient, token: str, *wanted: tuple[str, Any], status: int = 200, **more: Any) -> Any:
    """Set quantities."""
    body = {"lines": [{"article": article, "quantity": quantity} for article, quantity in wanted], **more}
    return call(client, token, "PATCH", BASKET, body, status=status)


def held(answer: Any) -> list[tuple[str, Any]]:
    """Give (article, quantity) of a basket."""
    return [(line["article"], line["quantity"]) for line in answer["lines"]]


def test_lines_are_set_and_told_at_own_prices(client: FlaskClient, token: str) -> None:
    empty: dict[str, Any] = {
        "currency": "EUR",
        "lines": [],
        "order_discount": "0.00",
        "total": "0.00",
        "purchase_order_number": "",
        "requested_on": None,
        "coupons": [],
        "rewards": [],
        "points_to_earn": None,
        "question": None,
        "alone_limit": None,
    }
    assert call(client, token, "GET", BASKET) == empty
    answer = put(
        client, token, ("SAW", 2), ("NAIL", "15"), ("GLUE", 5), purchase_order_number="PO 7", requested_on="2027-01-04"
    )
    assert answer == {
        "currency": "EUR",
        "lines": [
            {
                "article": "SAW",
                "name": "Saw",
                "quantity": 2,
                "unit_price": "12.50",
                "line_amount": "25.00",
                "available_quantity": 100,
                "available_on": None,
                "problem": None,
                "question": None,
            },
            {
                "article": "NAIL",
                "name": "Nail",
                "quantity": 15,
                "unit_price": "0.10",
                "line_amount": "1.50",
                "available_quantity": 1000,
                "available_on": None,
                "problem": {"reason": "quantity", "detail": "Only in steps of 10\xa0pieces.", "nearest": 20},
                "question": None,
            },
            {
                "article": "GLUE",
                "name": "Glue",
                "quantity": 5,
                "unit_price": "3.00",
                "line_amount": "15.00",
                "available_quantity": 2,
                "available_on": None,
                "problem": {"reason": "out-of-stock", "detail": "Only 2\xa0pieces available.", "nearest": 2},
                "question": None,
            },
        ],
        "order_discount": "0.00",
        "total": "41.50",
        "purchase_order_number": "PO 7",
        "requested_on": "2027-01-04",
        "coupons": [],
        "rewards": [],
        "points_to_earn": None,
        "question": None,
        "alone_limit": None,
    }
    assert call(client, token, "GET", BASKET) == answer
    # What is not named stays; the same change again changes nothing.
    for _ in range(2):
        answer = put(client, token, ("NAIL", 20), removed=["GLUE", "NOT-THERE"])
        assert (held(answer), answer["total"], answer["purchase_order_number"]) == (
            [("SAW", 2), ("NAIL", 20)],
            "27.00",
            "PO 7",
        )
    assert put(client, token, purchase_order_number=None)["requested_on"] == "2027-01-04"
    assert call(client, token, "GET", BASKET)["purchase_order_number"] == ""
    assert call(client, token, "DELETE", BASKET) == empty
    assert call(client, token, "GET", BASKET) == empty


def test_far_more_than_ever_is_asked_about_and_can_be_ordered(
    client: FlaskClient, seed: Seed, world: World, token: str
) -> None:
    [saw] = seed.run(text("select * from article where article_number = 'SAW'"))
    [nail] = seed.run(text("select * from article where article_number = 'NAIL'"))
    seed.run(text("update article set backorder = 'allow'"))
    for day, total in ((1, 10), (2, 99), (3, 20), (4, -500)):
        make_history(seed, world.north, world.anna, date(2026, 1, day), (nail, total, 1))
    make_history(seed, world.north, world.bruno, date(2026, 1, 1), (nail, 1, 1))
    assert put(client, token, ("SAW", 4000))["question"] is None
    make_history(seed, world.north, world.anna, date(2026, 1, 5), (saw, 2, "10.00"))
    assert put(client, token, ("SAW", 4000))["question"] is None
    make_history(seed, world.north, world.anna, date(2026, 1, 6), (nail, 100, 1))
    usual, far = put(client, token, ("SAW", 80)), put(client, token, ("SAW", 201))
    assert (usual["total"], usual["question"], usual["lines"][0]["question"]) == ("1000.00", None, None)
    assert (far["question"], far["lines"][0]["question"]) == (
        "More than 10 times your largest order so far. Really so much?",
        "More than 100 times as much as usual. Really so much?",
    )
    sign_in(seed, client, world.people["anna"], world.anna)
    enter(client, "SAW;80")
    assert "largest order" not in client.get("/buying/basket").text
    fields = {name: "81" if name.startswith("quantity-") else value for name, value in grid(client).items()}
    quote = client.post("/buying/basket/quote", data=fields).get_json()
    question = '<p class="grid-question">More than 10 times your largest order so far. Really so much?</p>'
    assert question in quote["totals"]
    assert question in client.get("/buying/order-pad").text
    assert client.post("/buying/basket", data={**grid(client), "act": "order"}).status_code == 303
    call(client, token, "POST", f"{BASKET}/orders", {}, key="far", status=201)


def test_an_article_sent_twice_gets_the_sum(client: FlaskClient, token: str) -> None:
    assert held(put(client, token, ("SAW", 2), ("SAW", "0.5"))) == [("SAW", 2.5)]


def test_articles_not_offered_refuse_the_whole_change(
    client: FlaskClient, seed: Seed, world: World, token: str
) -> None:
    sell(seed, world.south, "FOREIGN", "1.00")
    seed.run(text("update article set status = 'inactive' where article_number = 'GLUE'"))
    refused = put(client, token, ("SAW", 1), ("FOREIGN", 1), ("GLUE", 1), status=422)
    assert problem(refused) == "lines-refused"
    assert [(error["pointer"], error["reason"]) for error in refused["errors"]] == [
        ("#/lines/1/article", "unknown-article"),
        ("#/lines/2/article", "unknown-article"),
    ]
    assert held(call(client, token, "GET", BASKET)) == []


def test_a_basket_takes_as_many_lines_as_an_order(
    client: FlaskClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.ordering.api.basket.MOST_LINES", 2)
    put(client, token, ("SAW", 1), ("NAIL", 10))
    refused = put(client, token, ("GLUE", 1), status=422)
    assert (problem(refused), refused["detail"]) == (
        "lines-refused",
        "The basket would have 3 lines; 2 are the most.",
    )
    assert held(call(client, token, "GET", BASKET)) == [("SAW", 1), ("NAIL", 10)]


def test_the_basket_is_ordered_once_and_then_empty(client: FlaskClient, seed: Seed, token: str) -> None:
    put(client, token, ("SAW", 2), ("NAIL", 20), purchase_order_number="PO 7", requested_on="2027-01-04")
    placed = call(client, token, "POST", f"{BASKET}/orders", {}, status=201, key="one")
    assert (placed["total"], placed["purchase_order_number"], placed["requested_on"]) == ("27.00", "PO 7", "2027-01-04")
    assert [(line["article"], line["quantity"], line["net_amount"]) for line in placed["lines"]] == [
        ("SAW", 2, "25.00"),
        ("NAIL", 20, "2.00"),
    ]
    left = call(client, token, "GET", BASKET)
    assert (left["lines"], left["purchase_order_number"], left["requested_on"]) == ([], "", None)
    # The answer that got lost is asked for again, and what is in the basket by then stays there.
    put(client, token, ("SAW", 1))
    assert call(client, token, "POST", f"{BASKET}/orders", {}, status=201, key="one") == placed
    assert held(call(client, token, "GET", BASKET)) == [("SAW", 1)]
    other = {"purchase_order_number": "another"}
    refused = call(client, token, "POST", f"{BASKET}/orders", other, status=422, key="one")
    assert problem(refused) == "idempotency-key-reused"
    assert len(seed.run(text("select 1 from sales_order"))) == 1
    second = call(client, token, "POST", f"{BASKET}/orders", other, status=201, key="two")
    assert (second["total"], second["purchase_order_number"]) == ("12.50", "another")
    [source] = seed.run(text("select distinct source from sales_order"))
    assert source == ("api",)
    check_ledgers(seed)


def test_two_orders_of_one_basket_at_the_same_time_are_one(
    app: Flask, client: FlaskClient, seed: Seed, token: str
) -> None:
    put(client, token, ("SAW", 2))
    together = threading.Barrier(2)
    statuses = []

    def send(key: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        sender = app.test_client()
        together.wait(timeout=10)
        statuses.append(sender.post(f"/api/v1{BASKET}/orders", json={}, headers=headers).status_code)

    threads = [threading.Thread(target=send, args=(key,)) for key in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(statuses) == [201, 422]
    assert len(seed.run(text("select 1 from sales_order"))) == 1
    check_ledgers(seed)


def test_an_empty_basket_and_a_basket_with_coupons_are_not_ordered(client: FlaskClient, token: str) -> None:
    refused = call(client, token, "POST", f"{BASKET}/orders", {}, status=422, key="one")
    assert (problem(refused), refused["detail"]) == ("lines-refused", "The basket is empty.")
    put(client, token, ("SAW", 1))
    refused = call(client, token, "POST", f"{BASKET}/orders", {"coupons": ["SAVE"]}, status=422, key="one")
    assert (problem(refused), refused["errors"][0]["pointer"]) == ("coupons-refused", "#/coupons/0")
    missing = call(client, token, "POST", f"{BASKET}/orders", {}, status=400)
    assert problem(missing) == "idempotency-key-missing"


def test_prices_that_were_not_shown_are_asked_about(client: FlaskClient, seed: Seed, token: str) -> None:
    put(client, token, ("SAW", 2))
    seed.run(text("update price_entry set net_price = 13 where net_price = 12.5"))
    refused = call(client, token, "POST", f"{BASKET}/orders", {}, status=409, key="one")
    assert (problem(refused), refused["lines"]) == (
        "prices-changed",
        [{"line": 1, "article": "SAW", "old_unit_price": "12.5000", "new_unit_price": "13.0000"}],
    )
    # Reading shows today's price, but only a change of the basket takes note of what was shown.
    assert call(client, token, "GET", BASKET)["total"] == "26.00"
    assert call(client, token, "POST", f"{BASKET}/orders", {}, status=409, key="one")["status"] == 409
    assert put(client, token)["total"] == "26.00"
    assert call(client, token, "POST", f"{BASKET}/orders", {}, status=201, key="one")["total"] == "26.00"
    put(client, token, ("SAW", 1))
    seed.run(text("update price_entry set net_price = 14 where net_price = 13"))
    placed = call(client, token, "POST", f"{BASKET}/orders", {"at_any_price": True}, status=201, key="two")
    assert placed["total"] == "14.00"


def test_lines_that_cannot_be_ordered_are_named_and_stay(client: FlaskClient, seed: Seed, token: str) -> None:
    put(client, token, ("SAW", 1), ("NAIL", 15))
    refused = call(client, token, "POST", f"{BASKET}/orders", {}, status=422, key="one")
    assert refused["errors"] == [
        {
            "line": 2,
            "article": "NAIL",
            "reason": "quantity",
            "detail": "At least 10, in steps of 10.",
            "nearest": "20",
        }
    ]
    put(client, token, ("GLUE", 3), removed=["NAIL"])
    refused = call(client, token, "POST", f"{BASKET}/orders", {}, status=409, key="one")
    assert (problem(refused), refused["lines"][0]["article"]) == ("out-of-stock", "GLUE")
    assert held(call(client, token, "GET", BASKET)) == [("SAW", 1), ("GLUE", 3)]
    assert seed.run(text("select 1 from sales_order")) == []


def test_each_program_and_each_person_has_a_basket_of_its_own(
    client: FlaskClient, seed: Seed, world: World, token: str
) -> None:
    put(client, token, ("SAW", 2))
    for other in (make_token(seed, world.anna), make_token(seed, world.bruno)):
        assert held(call(client, other, "GET", BASKET)) == []
    browser = client.application.test_client()
    sign_in(seed, browser, world.people["anna"], world.anna)
    assert "SAW" not in browser.get("/buying/basket").get_data(as_text=True)
    number = place(client, token, [("NAIL", 10)])
    # A reorder puts its lines into the same basket.
    again = call(client, token, "POST", f"/buying/orders/{number}/reorder", status=201)
    assert again["lines"] == [{"article": "NAIL", "quantity": 10, "unit_price": "0.10", "line_amount": "1.00"}]
    assert held(call(client, token, "GET", BASKET)) == [("SAW", 2), ("NAIL", 10)]
    ordered = call(client, token, "POST", f"{BASKET}/orders", {}, status=201, key="both")["order_number"]
    assert lines(seed, ordered) == [(2, 0, 0, 2), (10, 0, 0, 10)]


def test_order_text_is_read_as_the_order_pad_reads_it(
    client: FlaskClient, seed: Seed, world: World, token: str
) -> None:
    entered = "SAW 3\n4006381333931;2 cases\nNAIL\nUNKNOWN 5"
    answer = call(client, token, "POST", "/buying/order-texts", {"text": entered})
    assert answer == {
        "lines": [
            {"article": "SAW", "quantity": 3},
            {"article": "SAW", "quantity": 24},
            {"article": "NAIL", "quantity": 10},
        ],
        "unread": [{"text": "UNKNOWN 5", "detail": "No article with the number or GTIN “UNKNOWN”."}],
    }
    assert held(call(client, token, "GET", BASKET)) == []
    assert held(call(client, token, "PATCH", BASKET, {"lines": answer["lines"]})) == [("SAW", 27), ("NAIL", 10)]
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "de"}
    german = client.post("/api/v1/buying/order-texts", json={"text": "SAW 1.000,5"}, headers=headers)
    assert german.get_json()["lines"] == [{"article": "SAW", "quantity": 1000.5}]
    too_many = call(client, token, "POST", "/buying/order-texts", {"text": "SAW 1\n" * 5001}, status=422)
    assert problem(too_many) == "invalid-input"


def test_a_long_basket_costs_no_more_statements_than_a_short_one(
    app: Flask, client: FlaskClient, seed: Seed, world: World, token: str
) -> None:
    for number in range(20):
        sell(seed, world.north, f"BULK-{number}", "1.00", on_hand=5)
    with app.app_context():
        engine = db.engine
    counts = []
    for many in (1, 20):
        call(client, token, "DELETE", BASKET)
        with count_statements(engine) as counter:
            put(client, token, *((f"BULK-{number}", 1) for number in range(many)))
            call(client, token, "GET", BASKET)
            call(client, token, "POST", f"{BASKET}/orders", {}, status=201, key=f"key-{many}")
        counts.append(len(counter.statements))
    assert counts[0] == counts[1], counts


def test_coupons_kept_with_the_basket_count_when_it_is_shown_and_ordered(
    client: FlaskClient, seed: Seed, world: World, token: str
) -> None:
    make_promotion(seed, world.north, "SPRING", value="10", coupon="SPRING")
    shown = put(client, token, ("SAW", 2), coupons=["spring", "made-up"])
    assert (shown["total"], shown["coupons"]) == (
        "22.50",
        [
            {"coupon": "spring", "valid": True, "detail": None},
            {"coupon": "made-up", "valid": False, "detail": "This coupon is not valid."},
        ],
    )
    placed = call(client, token, "POST", f"{BASKET}/orders", {}, status=201, key="one")
    assert placed["total"] == "22.50"
    assert call(client, token, "GET", BASKET)["coupons"] == []

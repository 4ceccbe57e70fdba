"""Orders under promotions: free goods and shares stored with their reasons, caps taken once and given back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import text

from portal.ordering.service.order_life import cancel_order
from tenants.permissions import Capacity
from tests.factories.organisations import make_token, sign_in
from tests.factories.placing import acting, check_ledgers, place, sell, send_order
from tests.factories.promotions import make_promotion, uses
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def drill(seed: Seed, world: World) -> Any:
    return sell(seed, world.north, "N-1", "10.00", on_hand=10_000)


def stored(seed: Seed, number: str) -> list[tuple[Any, ...]]:
    rows = seed.run(
        text(
            "select l.article_number, l.ordered_quantity, l.unit_price, l.line_amount, l.net_amount, l.cause_line"
            " from order_line l join sales_order o on o.id = l.order_id where o.order_number = :number order by l.line"
        ),
        {"number": number},
    )
    return [tuple(row) for row in rows]


def test_free_goods_become_lines_that_name_their_cause_and_discounts_are_stored_by_line(
    client: FlaskClient, seed: Seed, world: World, drill: Any
) -> None:
    hose = sell(seed, world.north, "N-2", "2.50", on_hand=1)
    make_promotion(seed, world.north, "LINE", value="10", name="Tool week")
    make_promotion(seed, world.north, "ORDER", "order_amount", value="1")
    make_promotion(
        seed, world.north, "GIFT", "free_goods", buy_quantity="2", free_quantity="1", free_article_id=hose.id
    )
    answer = send_order(client, make_token(seed, world.anna), [("N-1", 4), ("N-1", 1)]).get_json()
    assert stored(seed, answer["order_number"]) == [
        ("N-1", 4, 10, 36, Decimal("35.20"), None),
        ("N-1", 1, 10, 9, Decimal("8.80"), None),
        ("N-2", 2, 0, 0, 0, 1),
    ]
    assert [(line["article"], line["net_amount"], line["cause_line"]) for line in answer["lines"]] == [
        ("N-1", "35.20", None),
        ("N-1", "8.80", None),
        ("N-2", "0.00", 1),
    ]
    assert answer["total"] == "44.00"
    reasons = seed.run(text("select explanation from order_line order by line"))
    assert [each["name"] for each in reasons[0].explanation["promotions"]] == ["GIFT", "Tool week"]
    assert reasons[2].explanation == {"free_with_line": 1, "promotion": "GIFT", "name": "GIFT"}
    check_ledgers(seed)


def test_either_sides_page_of_the_order_names_promotions_and_the_sellers_what_lost(
    client: FlaskClient, seed: Seed, world: World, drill: Any
) -> None:
    make_promotion(seed, world.north, "LINE", value="10", name="Tool week")
    make_promotion(seed, world.north, "BIG", value="50", name="Dozens", min_quantity="12")
    make_promotion(seed, world.north, "GIFT", "free_goods", buy_quantity="2", free_quantity="1", name="One more")
    number = place(client, make_token(seed, world.anna), [("N-1", 2)])
    pages = {}
    for code, path in (("anna", f"/buying/orders/{number}"), ("north", f"/selling/orders/{number}")):
        sign_in(seed, client, world.people[code], getattr(world, code))
        pages[code] = client.get(path).get_data(as_text=True)
        assert "Tool week" in pages[code]
        assert "One more" in pages[code]
    assert "Dozens" not in pages["anna"]
    assert "Dozens" in pages["north"]
    assert "The quantity is too small." in pages["north"]
    assert "Comes free with line 1: One more" in pages["north"]


def test_caps_are_taken_with_the_order_and_given_back_by_either_sides_cancellation(
    app: Flask, client: FlaskClient, seed: Seed, world: World, drill: Any
) -> None:
    offered = make_promotion(seed, world.north, "TWICE", value="10", max_uses=2, budget="10")
    token = make_token(seed, world.anna)
    first = place(client, token, [("N-1", 5)], "one")
    second = place(client, token, [("N-1", 5)], "two")
    assert uses(seed, offered) == (2, Decimal(10), 2)
    third = send_order(client, token, [("N-1", 5)], "three").get_json()
    assert third["total"] == "50.00"
    client.post(f"/api/v1/buying/orders/{first}/cancellations", json={}, headers={"Authorization": f"Bearer {token}"})
    assert uses(seed, offered) == (1, Decimal(5), 1)
    with acting(app, world.north, Capacity.SELLER) as seller:
        cancel_order(seller, second)
    assert uses(seed, offered) == (0, Decimal(0), 0)
    assert send_order(client, token, [("N-1", 5)], "four").get_json()["total"] == "45.00"


def test_uses_of_one_account_do_not_count_for_another(
    client: FlaskClient, seed: Seed, world: World, drill: Any
) -> None:
    make_promotion(seed, world.north, "ONCE", value="10", max_uses_per_account=1)
    anna, bruno = make_token(seed, world.anna), make_token(seed, world.bruno)
    totals = [
        send_order(client, token, [("N-1", 1)], key).get_json()["total"]
        for token, key in ((anna, "1"), (anna, "2"), (bruno, "1"))
    ]
    assert totals == ["9.00", "10.00", "9.00"]


def test_a_coupon_that_gives_nothing_refuses_the_order_and_one_that_counts_is_taken(
    client: FlaskClient, seed: Seed, world: World, drill: Any
) -> None:
    offered = make_promotion(seed, world.north, "SPRING", value="10", coupon="SPRING", max_uses=1)
    token = make_token(seed, world.anna)
    refused = send_order(client, token, [("N-1", 1)], coupons=["SPRING", "made-up"])
    assert refused.status_code == 422
    assert refused.get_json()["errors"] == [{"pointer": "#/coupons/1", "detail": "This coupon is not valid."}]
    assert send_order(client, token, [("N-1", 1)], coupons=["spring "]).get_json()["total"] == "9.00"
    assert uses(seed, offered)[0] == 1
    used_up = send_order(client, token, [("N-1", 1)], "again", coupons=["SPRING"]).get_json()
    assert used_up["errors"] == [{"pointer": "#/coupons/0", "detail": "This coupon is not valid."}]


def test_repeats_of_an_order_whose_coupon_it_used_up_itself_are_no_tries(
    app: Flask, client: FlaskClient, seed: Seed, world: World, drill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = FixedWindowRateLimiter(MemoryStorage())
    monkeypatch.setitem(app.extensions, "rate_limits", limiter)

    def left() -> int:
        return limiter.get_window_stats(parse("60/hour"), "coupons", str(world.anna.id)).remaining

    make_promotion(seed, world.north, "SPRING", value="10", coupon="SPRING", max_uses=1)
    token = make_token(seed, world.anna)
    answers = [send_order(client, token, [("N-1", 1)], coupons=["SPRING"]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.get_json()["order_number"] for answer in answers}) == 1
    assert left() == 60
    assert send_order(client, token, [("N-1", 1)], "another", coupons=["SPRING"]).status_code == 422
    assert left() == 59


def test_racing_orders_never_overdraw_a_cap_or_a_budget(app: Flask, seed: Seed, world: World, drill: Any) -> None:
    counted = make_promotion(seed, world.north, "COUNT", value="10", max_uses=7)
    spent = make_promotion(seed, world.north, "SPEND", "amount", value="1", budget="11")
    token = make_token(seed, world.anna)

    def order(number: int) -> str:
        answer = send_order(app.test_client(), token, [("N-1", 2)], f"race-{number}")
        assert answer.status_code == 201, answer.data
        total: str = answer.get_json()["total"]
        return total

    with ThreadPoolExecutor(8) as clients:
        totals = list(clients.map(order, range(16), timeout=120))
    assert uses(seed, counted)[0] == 7
    assert uses(seed, spent)[1] == Decimal(10)
    given = sum(20 - Decimal(total) for total in totals)
    assert given == uses(seed, counted)[1] + uses(seed, spent)[1]
    check_ledgers(seed)

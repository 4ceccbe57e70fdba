"""Promotions at the edges of an order: ordered again, cancelled in part, and more free goods than an order holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.ordering.service.order_life import cancel_order
from tenants.permissions import Capacity
from tests.factories.calls import call, problem
from tests.factories.organisations import make_token
from tests.factories.placing import acting, check_ledgers, lines, place, sell, send_order, status, stock
from tests.factories.promotions import make_promotion, uses
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.promotions.test_price_checks import check

BASKET = "/buying/basket"


@pytest.fixture
def saw(seed: Seed, world: World) -> Any:
    return sell(seed, world.north, "SAW", "10.00", on_hand=100)


@pytest.fixture
def token(seed: Seed, world: World, saw: Any) -> str:
    return make_token(seed, world.anna)


def test_a_reorder_shows_what_promotions_give_and_is_ordered_at_that(
    client: FlaskClient, seed: Seed, world: World, token: str
) -> None:
    sell(seed, world.north, "AXE", "10.00", on_hand=100)
    number = place(client, token, [("SAW", 4)], "past")
    offered = make_promotion(seed, world.north, "TEN", value="10")
    make_promotion(seed, world.north, "TWO", "order_amount", value="2")
    call(client, token, "PATCH", BASKET, {"lines": [{"article": "SAW", "quantity": 1}]})
    again = call(client, token, "POST", f"/buying/orders/{number}/reorder", status=201)
    assert again["lines"] == [{"article": "SAW", "quantity": 4, "unit_price": "10.00", "line_amount": "36.00"}]
    assert again["total"] == "34.00"
    assert call(client, token, "POST", f"{BASKET}/orders", {}, status=201, key="one")["total"] == "34.00"
    # The first thing in a basket: what was shown counts just the same.
    call(client, token, "POST", f"/buying/orders/{number}/reorder", status=201)
    seed.run(text("update promotion set value = 5 where id = :id"), {"id": offered.id})
    assert problem(call(client, token, "POST", f"{BASKET}/orders", {}, status=409, key="two")) == "prices-changed"


def test_a_gift_goes_with_the_line_that_caused_it(
    app: Flask, client: FlaskClient, seed: Seed, world: World, saw: Any, token: str
) -> None:
    gift = make_promotion(
        seed, world.north, "GIFT", "free_goods", buy_quantity="2", free_quantity="1", max_uses=5, budget="100"
    )
    number = place(client, token, [("SAW", 2), ("SAW", 4)])
    assert lines(seed, number) == [(2, 0, 0, 2), (4, 0, 0, 4), (1, 0, 0, 1), (2, 0, 0, 2)]
    with acting(app, world.north, Capacity.SELLER) as seller:
        cancel_order(seller, number, {1: Decimal(2), 2: Decimal(3)})
    assert lines(seed, number) == [(2, 2, 0, 0), (4, 3, 0, 1), (1, 1, 0, 0), (2, 0, 0, 2)]
    assert (status(seed, number), uses(seed, gift)[0]) == ("placed", 1)
    with acting(app, world.north, Capacity.SELLER) as seller:
        cancel_order(seller, number, {2: Decimal(1), 4: Decimal(1)})
    assert lines(seed, number)[3] == (2, 2, 0, 0)
    assert (status(seed, number), uses(seed, gift)) == ("cancelled", (0, Decimal(0), 0))
    assert stock(seed, saw) == [("MAIN", 100, 0)]
    check_ledgers(seed)


@pytest.mark.parametrize(
    ("free", "price"), [("20000", "10.00"), ("10000", "200.00")], ids=["too many", "worth too much"]
)
def test_more_free_goods_than_an_order_holds_refuse_their_line_alike_everywhere(
    client: FlaskClient, seed: Seed, world: World, token: str, free: str, price: str
) -> None:
    sell(seed, world.north, "NAIL", price, on_hand=9_999_999)
    make_promotion(
        seed,
        world.north,
        "FLOOD",
        "free_goods",
        buy_quantity="1",
        free_quantity=free,
        scopes=(("article", "NAIL"),),
    )
    checked = check(client, token, ("SAW", 1), ("NAIL", 9_999_999))
    assert [(line["net_amount"], line["reason"]) for line in checked["lines"]] == [
        ("10.00", None),
        (None, "too-much-free"),
    ]
    assert (checked["total"], checked["free_goods"]) == ("10.00", [])
    wanted = [{"article": "SAW", "quantity": 1}, {"article": "NAIL", "quantity": 9_999_999}]
    basket = call(client, token, "PATCH", BASKET, {"lines": wanted})
    reason = "More would come free with this quantity than an order holds."
    assert [line["problem"] for line in basket["lines"]] == [
        None,
        {"reason": "quantity", "detail": reason, "nearest": None},
    ]
    refused = send_order(client, token, [("SAW", 1), ("NAIL", 9_999_999)])
    assert refused.status_code == 422
    assert refused.get_json()["errors"] == [
        {"pointer": "#/lines/1/quantity", "line": 2, "article": "NAIL", "reason": "quantity", "detail": reason}
    ]
    assert send_order(client, token, [("SAW", 1), ("NAIL", 2)], "fits").status_code == 201


def test_what_a_promotion_gave_is_added_up_whatever_it_comes_to(
    client: FlaskClient, seed: Seed, world: World, token: str
) -> None:
    """A cap on uses alone bounds no money: after a hundred of the largest orders the next one is still placed."""
    sell(seed, world.north, "CRANE", "90000.00", on_hand=9_999_999)
    half = make_promotion(seed, world.north, "HALF", value="50", max_uses=1000)
    seed.run(text("update promotion set spent_amount = 99999999999999 where id = :id"), {"id": half.id})
    place(client, token, [("CRANE", 9_999_999)])
    [(spent,)] = seed.run(text("select spent_amount from promotion where id = :id"), {"id": half.id})
    assert spent == Decimal(99_999_999_999_999) + Decimal(449_999_955_000)

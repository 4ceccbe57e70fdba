"""The basket under promotions, without script: what they give is shown, and asked about again when it changed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import text

from tests.factories.organisations import sign_in
from tests.factories.placing import sell
from tests.factories.promotions import make_promotion
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.ordering.test_basket import basket, enter, grid, orders


@pytest.fixture
def browser(client: FlaskClient, seed: Seed, world: World) -> FlaskClient:
    """Give anna's browser, four saws at 10.00 in the basket."""
    sign_in(seed, client, world.people["anna"], world.anna)
    sell(seed, world.north, "SAW", "10.00", on_hand=100)
    enter(client, "SAW;4")
    return client


@pytest.fixture
def limiter(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FixedWindowRateLimiter:
    """Give the counter of coupons, switched on."""
    counter = FixedWindowRateLimiter(MemoryStorage())
    monkeypatch.setitem(app.extensions, "rate_limits", counter)
    return counter


def tries(limiter: FixedWindowRateLimiter, world: World) -> int:
    """Give how many of anna's coupons were counted."""
    return 60 - limiter.get_window_stats(parse("60/hour"), "coupons", str(world.anna.id)).remaining


def send(browser: FlaskClient, fields: dict[str, str], **more: str) -> Any:
    return browser.post("/buying/basket", data={**fields, "act": "order", **more})


def test_what_promotions_give_is_shown_and_ordered_as_shown(browser: FlaskClient, seed: Seed, world: World) -> None:
    make_promotion(seed, world.north, "TEN", value="10", name="Tool week")
    make_promotion(seed, world.north, "FIVE", "order_amount", value="5", name="Welcome")
    make_promotion(seed, world.north, "MORE", value="50", min_quantity="12", name="Dozen")
    make_promotion(seed, world.north, "GIFT", "free_goods", buy_quantity="4", free_quantity="1", name="One more")
    page = browser.get("/buying/basket").get_data(as_text=True)
    for shown in ("Tool week: -€4.00", "One more: 1 × SAW free", "Dozen: -50% from 12", "Welcome", "€31.00"):
        assert shown.replace("-", "\N{MINUS SIGN}") in page or shown in page, shown
    fields = grid(browser)
    assert fields["shown_offer"] == "31.00;SAW=1"
    assert send(browser, fields).status_code == 303
    assert orders(seed) == [(31, 2, "")]


def test_what_a_larger_order_would_bring_stands_once_with_what_is_missing(
    browser: FlaskClient, seed: Seed, world: World
) -> None:
    sell(seed, world.north, "AXE", "20.00", on_hand=100)
    enter(browser, "AXE;1")
    make_promotion(seed, world.north, "FROM-100", "order_percent", value="2", threshold_amount="100", name="Big order")
    make_promotion(
        seed,
        world.north,
        "AXES",
        "order_amount",
        value="5",
        threshold_amount="50",
        name="Axes",
        scopes=(("article", "AXE"),),
    )
    texts = re.findall(r'<(?:p|small) class="grid-promotion">(.*?)</', browser.get("/buying/basket").text)
    texts = [re.sub(r"<[^>]*>", "", each).replace("\N{MINUS SIGN}", "-") for each in texts]
    assert texts == [
        "Big order: -2% off the order from €100.00, €40.00 to go",
        "Axes: -€5.00 off the order from €50.00, €30.00 to go",
    ]
    make_promotion(seed, world.north, "HALF", value="50", name="Half", scopes=(("article", "SAW"),))
    page = browser.get("/buying/basket").text
    assert page.count("€60.00 to go") == 1


def test_the_bar_has_the_sum_that_is_charged_or_says_that_it_is_before_promotions(
    browser: FlaskClient, seed: Seed, world: World
) -> None:
    def bar(path: str) -> str:
        [found] = re.findall(r"data-basket-total>(.*?)</a>", browser.get(path).text, re.DOTALL)
        return re.sub(r"<[^>]*>", "", found).strip()

    assert [bar(path) for path in ("/buying/basket", "/buying/orders")] == ["€40.00", "€40.00"]
    make_promotion(seed, world.north, "TEN", value="10")
    assert bar("/buying/orders") == "€40.00 before promotions"
    assert [bar(path) for path in ("/buying/basket", "/buying/order-pad")] == ["€36.00", "€36.00"]
    fields = grid(browser)
    fields = {name: "5" if name.startswith("quantity-") else value for name, value in fields.items()}
    told = browser.post("/buying/basket/quote", data=fields).get_json()["basket"]
    assert (told["count"], re.sub(r"<[^>]*>", "", told["total"])) == (1, "€45.00")
    seed.run(text("update pricing_policy set promoted_to = (now() at time zone 'Europe/Berlin')::date"))
    assert bar("/buying/orders") == "€50.00"


def test_a_promotion_that_ran_out_or_began_meanwhile_is_asked_about(
    browser: FlaskClient, seed: Seed, world: World
) -> None:
    promotion = make_promotion(seed, world.north, "TEN", value="10", max_uses=1)
    fields = grid(browser)
    seed.run(text("update promotion set used_count = 1 where id = :id"), {"id": promotion.id})
    asked = send(browser, fields)
    page = asked.get_data(as_text=True)
    assert asked.status_code == 409
    assert "prices or promotions of" in page
    assert "€40.00" in page
    assert orders(seed) == []
    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert browser.post("/buying/basket/confirmed", data=again).status_code == 303
    assert orders(seed) == [(40, 1, "")]


def test_a_coupon_is_kept_with_the_basket_and_says_so_when_it_gives_nothing(
    browser: FlaskClient, seed: Seed, world: World
) -> None:
    make_promotion(seed, world.north, "SPRING", value="25", coupon="SPRING-26")
    fields = grid(browser)
    browser.post("/buying/basket", data={**fields, "act": "recalculate", "coupons": "spring-26, nothing"})
    page = browser.get("/buying/basket").get_data(as_text=True)
    assert "€30.00" in page
    assert "nothing: This coupon is not valid." in page
    ordered = send(browser, grid(browser), coupons="spring-26, nothing")
    assert ordered.status_code == 303
    assert orders(seed) == [(30, 1, "")]
    assert seed.run(text("select coupons from basket")) == [([],)]


@pytest.mark.usefixtures("limiter")
def test_coupons_are_not_found_by_trying(browser: FlaskClient) -> None:
    fields = grid(browser)
    tried = [
        browser.post(
            "/buying/basket",
            data={**fields, "act": "recalculate", "coupons": ",".join(f"try-{turn}-{number}" for number in range(20))},
        ).status_code
        for turn in range(4)
    ]
    assert tried == [303, 303, 303, 429]


TOO_MANY = "There were too many attempts. Please wait 60 min and try again."


def test_after_too_many_coupons_the_page_says_so_at_the_field_and_keeps_what_was_typed(
    browser: FlaskClient, seed: Seed, world: World, limiter: FixedWindowRateLimiter
) -> None:
    limiter.hit(parse("60/hour"), "coupons", str(world.anna.id), cost=60)
    enter(browser, "AWL many")
    [quantity] = [name for name in grid(browser) if name.startswith("quantity-")]
    for act, number in (("recalculate", "PO-1"), ("order", "PO-2")):
        typed = {"coupons": "one-more", "purchase_order_number": number, quantity: "7"}
        refused = browser.post("/buying/basket", data={**grid(browser), **typed, "act": act})
        assert refused.status_code == 429
        assert 3590 <= int(refused.headers["Retry-After"]) <= 3600
        assert 'name="coupons" type="text" value="one-more"' in refused.text
        assert TOO_MANY in refused.text
        assert f'value="{number}"' in refused.text
        assert 'value="AWL many" data-raw' in refused.text
        assert basket(seed) == [("SAW", 7)]
    assert seed.run(text("select coupons, unread_lines from basket")) == [([], ["AWL many"])]
    assert orders(seed) == []
    # Without the coupon it goes.
    assert send(browser, grid(browser)).status_code == 303


@pytest.mark.parametrize("at", ["basket", "basket/confirmed"])
def test_prices_changed_after_too_many_coupons_tells_of_no_coupon(
    browser: FlaskClient, seed: Seed, world: World, limiter: FixedWindowRateLimiter, at: str
) -> None:
    make_promotion(seed, world.north, "SPRING", value="25", coupon="SPRING-26")
    fields = grid(browser) | {"article-1": "SAW", "base-1": "4", "shown_price-1": "10.00"}
    seed.run(text("update price_entry set net_price = 11"))
    limiter.hit(parse("60/hour"), "coupons", str(world.anna.id), cost=60)
    answer = browser.post(f"/buying/{at}", data={**fields, "act": "order", "coupons": "SPRING-26"})
    assert answer.status_code == 429
    assert TOO_MANY in answer.text
    assert "33.00" not in answer.text


def test_lines_that_wait_are_kept_while_the_ready_ones_are_asked_about_or_ordered(
    browser: FlaskClient, seed: Seed, world: World
) -> None:
    sell(seed, world.north, "AXE", "5.00", on_hand=100)
    sell(seed, world.north, "RARE", "1.00", on_hand=1, min_quantity=2)
    enter(browser, "AXE;3\nRARE;1\nAWL many\n99-9999 2")
    fields = grid(browser)
    axe = next(name for name, value in fields.items() if value == "AXE").replace("article-", "quantity-")
    fields |= {axe: "a few", "shown_total": "40.00"}
    seed.run(text("update price_entry set net_price = 11 where net_price = 10"))
    page = send(browser, {**fields, "shown_total": "44.00"})
    assert (page.status_code, "Price now" in page.text) == (409, True)
    left = ["AWL many", "99-9999 2", "AXE\ta few"]
    assert seed.run(text("select unread_lines from basket")) == [(left,)]
    assert basket(seed) == [("SAW", 4), ("RARE", 1)]
    assert send(browser, grid(browser)).status_code == 303
    assert basket(seed) == [("RARE", 1)]
    assert seed.run(text("select unread_lines from basket")) == [(left,)]
    assert [total for total, *_ in orders(seed)] == [44]


def test_a_mistyped_coupon_orders_nothing_and_loses_nothing_that_was_typed(
    browser: FlaskClient, seed: Seed, world: World, limiter: FixedWindowRateLimiter
) -> None:
    make_promotion(seed, world.north, "SPRING", value="25", coupon="SPRING-26")
    fields = grid(browser)
    [quantity] = [name for name in fields if name.startswith("quantity-")]
    refused = send(browser, fields, coupons="sprong-26", purchase_order_number="PO-7", **{quantity: "6"})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 409
    assert "Nothing was ordered: a coupon is not valid." in page
    assert "sprong-26: This coupon is not valid." in page
    assert orders(seed) == []
    assert basket(seed) == [("SAW", 6)]
    assert 'value="PO-7"' in page
    assert tries(limiter, world) == 1
    # Once it was shown that it gives nothing, the order goes.
    assert send(browser, grid(browser), coupons="sprong-26").status_code == 303
    assert [total for total, *_ in orders(seed)] == [60]
    assert tries(limiter, world) == 1


def test_a_mistyped_coupon_is_refused_beside_a_line_that_waits_and_what_was_typed_is_kept(
    browser: FlaskClient, seed: Seed, world: World, limiter: FixedWindowRateLimiter
) -> None:
    sell(seed, world.north, "RARE", "10.00", on_hand=1, min_quantity=2)
    enter(browser, "RARE;1")
    fields = grid(browser)
    refused = send(browser, fields, coupons="made-up", shown_offer="", shown_waiting="0")
    page = refused.get_data(as_text=True)
    assert refused.status_code == 409
    assert "made-up: This coupon is not valid." in page
    assert orders(seed) == []
    assert basket(seed) == [("SAW", 4), ("RARE", 1)]
    assert tries(limiter, world) == 1


def test_the_page_about_changed_prices_says_which_coupon_gives_nothing(
    browser: FlaskClient, seed: Seed, world: World
) -> None:
    fields = grid(browser)
    seed.run(text("update price_entry set net_price = 11"))
    asked = send(browser, fields, coupons="made-up")
    assert asked.status_code == 409
    assert "made-up: This coupon is not valid." in asked.get_data(as_text=True)


def test_coupons_are_not_found_by_trying_on_the_page_about_changed_prices(
    browser: FlaskClient, seed: Seed, world: World, limiter: FixedWindowRateLimiter
) -> None:
    make_promotion(seed, world.north, "SPRING", value="25", coupon="SPRING-26")
    form = {"article-1": "SAW", "base-1": "4", "shown_price-1": "10.00", "shown_offer": ""}

    def confirm(coupons: str) -> int:
        answer = browser.post(
            "/buying/basket/confirmed", data={**form, "idempotency_key": f"{coupons[:20]:_<24}", "coupons": coupons}
        )
        return answer.status_code

    too_many = ",".join(f"all-{number}" for number in range(21))
    assert confirm(too_many) == 409
    assert tries(limiter, world) == 0
    lists = [",".join(f"try-{turn}-{number}" for number in range(20)) for turn in range(3)]
    assert [confirm(coupons) for coupons in lists] == [409, 409, 409]
    assert tries(limiter, world) == 60
    assert confirm("SPRING-26") == 429
    assert orders(seed) == []
    assert basket(seed) == [("SAW", 4)]

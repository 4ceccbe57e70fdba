"""The restock list is on the home page, filled in, and one click orders it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database import count_statements, db
from tests.factories.catalogue import make_article, make_entry, make_price_list, make_stock
from tests.factories.orders import make_history
from tests.factories.organisations import sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

FRAGMENT = {"X-Fragment": "confirmation"}


@pytest.fixture
def shop(client: FlaskClient, seed: Seed, world: World) -> FlaskClient:
    """Give anna's browser; she buys milk (12) and bread (3) every week."""
    [(today,)] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date"))
    prices = make_price_list(seed, world.north)
    for number, quantity, price in (("MILK", 12, "1.10"), ("BREAD", 3, "2.00")):
        article = make_article(seed, world.north, article_number=number)
        make_entry(seed, prices, article, price)
        make_stock(seed, article, 1000)
        for week in range(1, 11):
            placed_on = date.fromisoformat(str(today)) - timedelta(days=7 * week)
            make_history(seed, world.north, world.anna, placed_on, (article, quantity, price))
    return sign_in(seed, client, world.people["anna"], world.anna)


def form_of(html: str) -> dict[str, str]:
    """Give the fields of the grid's form as a browser would post them."""
    form = html[html.index('<form class="grid"') :]
    form = form[: form.index("</form>")]
    fields = dict(re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', form))
    return {**fields, "act": "order"}


def placed(seed: Seed) -> list[Any]:
    """Give what was ordered in the portal."""
    return list(
        seed.run(
            text(
                "select l.article_number, l.ordered_quantity, l.unit_price from order_line l join sales_order o"
                " on o.seller_id = l.seller_id and o.id = l.order_id where o.source = 'portal' order by 1"
            )
        )
    )


def test_one_click_on_the_home_page_orders_the_usual(shop: FlaskClient, seed: Seed) -> None:
    home = shop.get("/buying/").get_data(as_text=True)
    assert "bought 10 times" in home
    answer = shop.post("/buying/restock", data=form_of(home))
    assert answer.status_code == 303
    confirmation = shop.get(answer.location)
    assert confirmation.status_code == 200
    assert placed(seed) == [("BREAD", Decimal(3), Decimal(2)), ("MILK", Decimal(12), Decimal("1.1"))]


def test_a_script_gets_the_confirmation_with_the_order_and_again_when_it_sends_again(
    shop: FlaskClient, seed: Seed
) -> None:
    form = form_of(shop.get("/buying/restock").get_data(as_text=True))
    first, second = (shop.post("/buying/restock", data=form, headers=FRAGMENT) for _ in range(2))
    page = shop.get(first.location).get_data(as_text=True)
    for answer in (first, second):
        part = answer.get_data(as_text=True)
        assert (answer.status_code, answer.location) == (201, first.location)
        assert "<html" not in part
        assert 'class="nav' not in part
        [title] = re.findall(r'^<div data-title="([^"]+)">', part)
        assert f"<title>{title}</title>" in page
        content = page[page.index('<div class="page-inner') : page.index("</main>")].strip()
        assert without_tokens(content) in without_tokens(part)
    assert len(placed(seed)) == 2


def without_tokens(html: str) -> str:
    """Leave out what is new in each answer."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", html)


def test_a_script_whose_order_needs_an_answer_gets_the_page_that_asks(shop: FlaskClient, seed: Seed) -> None:
    form = form_of(shop.get("/buying/restock").get_data(as_text=True))
    seed.run(text("update price_entry set net_price = 1.25 where net_price = 1.10"))
    answer = shop.post("/buying/restock", data=form, headers=FRAGMENT)
    assert answer.status_code == 409
    assert "</html>" in answer.get_data(as_text=True)
    assert placed(seed) == []


def test_sending_the_form_twice_orders_once(shop: FlaskClient, seed: Seed) -> None:
    form = form_of(shop.get("/buying/restock").get_data(as_text=True))
    first, second = (shop.post("/buying/restock", data=form) for _ in range(2))
    assert first.location == second.location
    assert len(placed(seed)) == 2


def test_a_changed_price_is_asked_about_with_both_prices(shop: FlaskClient, seed: Seed) -> None:
    form = form_of(shop.get("/buying/restock").get_data(as_text=True))
    seed.run(text("update price_entry set net_price = 1.25 where net_price = 1.10"))
    answer = shop.post("/buying/restock", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert placed(seed) == []
    old_and_new = re.findall(r"<(del|strong)>.*?value=\"([0-9.]+)\"", page)
    assert ("del", "1.10") in old_and_new
    assert ("strong", "1.25") in old_and_new


def test_the_way_back_from_changed_prices_keeps_what_was_typed(shop: FlaskClient, seed: Seed) -> None:
    form = form_of(shop.get("/buying/restock").get_data(as_text=True))
    milk = next(name.partition("-")[2] for name, value in form.items() if value == "MILK")
    seed.run(text("update price_entry set net_price = 1.25 where net_price = 1.10"))
    asked = shop.post("/buying/restock", data={**form, f"quantity-{milk}": "36"}).get_data(as_text=True)
    fields = dict(re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', asked))
    back = re.search(r'formaction="([^"]+)" name="act" value="([^"]+)"', asked)
    assert back is not None
    page = shop.post(back[1], data={**fields, "act": back[2]}).get_data(as_text=True)
    kept = form_of(page)
    assert sorted(value for name, value in kept.items() if name.startswith("quantity-")) == ["3", "36"]
    assert "1.25" in page
    assert placed(seed) == []


def test_what_is_typed_and_cannot_be_ordered_stays_in_its_field(shop: FlaskClient, seed: Seed) -> None:
    form = form_of(shop.get("/buying/restock").get_data(as_text=True))
    milk = next(name.partition("-")[2] for name, value in form.items() if value == "MILK")
    answer = shop.post("/buying/restock", data={**form, f"quantity-{milk}": "a dozen"})
    assert answer.status_code == 409
    assert 'value="a dozen"' in answer.get_data(as_text=True)
    assert placed(seed) == []


def test_the_list_takes_at_most_ten_statements(shop: FlaskClient, app: Flask) -> None:
    shop.get("/buying/restock")
    with app.app_context():
        counter = count_statements(db.engine)
    with counter:
        assert shop.get("/buying/restock").status_code == 200
    assert len(counter.statements) <= 10, counter.statements


def test_a_shop_without_history_is_shown_the_ways_to_its_first_order(
    client: FlaskClient, seed: Seed, world: World
) -> None:
    shop = sign_in(seed, client, world.people["bruno"], world.bruno)
    for address in ("/buying/", "/buying/restock"):
        page = shop.get(address).get_data(as_text=True)
        assert "Begin with your first order" in page
        main = page[page.index("<main") :]
        assert 'href="/buying/order-pad"' in main
        assert 'href="/buying/catalogue"' in main
        assert f"Articles of {world.north.name}" in main


def test_after_the_usual_order_the_list_is_calm_and_says_when_the_next_is_due(shop: FlaskClient, seed: Seed) -> None:
    shop.post("/buying/restock", data=form_of(shop.get("/buying/restock").get_data(as_text=True)))
    [(today,)] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date"))
    due = date.fromisoformat(str(today)) + timedelta(days=7)
    for address in ("/buying/", "/buying/restock"):
        page = shop.get(address).get_data(as_text=True)
        assert "Nothing is due" in page
        assert f"Your next usual order is due about {due.day} {due:%b %Y}." in page
        assert '<form class="grid"' not in page


def test_a_list_of_too_many_lines_is_refused_whole(
    shop: FlaskClient, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.ordering.views.placing.MOST_LINES", 1)
    refused = shop.post("/buying/restock", data=form_of(shop.get("/buying/restock").get_data(as_text=True)))
    assert refused.status_code == 409
    assert "one order takes at most 1,000 lines" in refused.get_data(as_text=True)
    assert placed(seed) == []

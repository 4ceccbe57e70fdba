"""The catalogue as a buyer sees it: own prices, honest availability, few statements, and the way into the basket."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database import count_statements, db
from tests.factories.catalogue import make_article, make_entry, make_price_list, make_product, make_stock
from tests.factories.organisations import sign_in
from tests.factories.placing import sell
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def buyer(client: FlaskClient, seed: Seed, world: World) -> FlaskClient:
    """Give a browser in which anna's administrator is signed in, and something to look at."""
    product = make_product(
        seed,
        world.acme,
        "S-1",
        name_de="Säge",
        name_en="Saw",
        description_de="Für Holz.",
        category="Tools > Saws",
        brand="Tannhart",
        gtin="4006381333931",
        attributes={"length_mm": 300},
        packagings={"CS": 12},
    )
    saw = sell(seed, world.north, "SAW/1", "12.50", owner_product=product, min_quantity=10, order_multiple=5)
    make_stock(seed, saw, 7, incoming_quantity=50, incoming_on=date(2026, 12, 24))
    own = make_price_list(seed, world.north, "SPECIAL", buyer=world.anna)
    make_entry(seed, own, saw, "9.90", min_quantity=10)
    make_entry(seed, own, saw, "9.50", min_quantity=50)
    make_article(seed, world.north, make_product(seed, world.acme, name_en="Anvil", name_de=""), "QUOTE")
    seed.run(
        text(
            "insert into category_name (owner_id, path, name_en, name_de) values (:owner, 'Tools', 'Tools', 'Werkzeug')"
        ),
        {"owner": world.acme.id},
    )
    return sign_in(seed, client, world.people["anna"], world.anna)


def page(client: FlaskClient, path: str, language: str = "en", status: int = 200) -> str:
    """Give a page's text."""
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_the_list_shows_own_price_next_tier_packaging_and_availability(buyer: FlaskClient) -> None:
    html = page(buyer, "/buying/catalogue")
    for shown in (
        'value="9.90"',
        "from 50: ",
        'value="9.50"',
        "only 7\N{NO-BREAK SPACE}pieces left",
        "more on 24 Dec",
        "1\N{NO-BREAK SPACE}case\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}12\N{NO-BREAK SPACE}pieces",
        "price on request",
        "2 articles",
        'name="quantity" value="10"',
    ):
        assert shown in html, shown
    assert "12.50" not in html
    assert "Werkzeug" not in html


def test_names_categories_and_numbers_follow_the_reader(buyer: FlaskClient, seed: Seed, world: World) -> None:
    seed.run(text("update user_account set locale = 'de'"))
    html = page(buyer, "/buying/catalogue", "de")
    for shown in ("Säge", "Werkzeug", "9,90", "nur noch 7\N{NO-BREAK SPACE}Stück", "Preis auf Anfrage", "Anvil"):
        assert shown in html, shown


def test_the_product_page_tells_everything_and_why(buyer: FlaskClient) -> None:
    html = page(buyer, "/buying/catalogue/SAW/1")
    for shown in ("4006381333931", "Für Holz.", "Length", "300", "List SPECIAL", "Why this price?", 'value="9.50"'):
        assert shown in html, shown
    assert "List ALL" not in html
    assert "12.50" not in html
    assert "This article cannot be ordered here yet" in page(buyer, "/buying/catalogue/QUOTE")


def test_what_is_foreign_hidden_or_missing_looks_the_same(buyer: FlaskClient, seed: Seed, world: World) -> None:
    sell(seed, world.south, "SOUTH")
    make_article(seed, world.north, article_number="OLD", status="inactive")
    pages = [page(buyer, f"/buying/catalogue/{number}", status=404) for number in ("SOUTH", "OLD", "NONE")]
    assert len({re.sub(r"[0-9a-f]{16}|csrf.*", "", html) for html in pages}) == 1
    assert "SOUTH" not in page(buyer, "/buying/catalogue?q=SOUTH").partition("<table")[2]


def test_articles_go_into_the_basket_and_one_stays_where_one_was(buyer: FlaskClient, seed: Seed) -> None:
    seed.run(text("update stock_level set on_hand = 500"))
    form = {"article": "SAW/1", "quantity": "20", "unit": "base", "next": "/buying/catalogue?q=saw#a1"}
    answer = buyer.post("/buying/catalogue", data=form)
    assert (answer.status_code, answer.location) == (303, "/buying/catalogue?q=saw#a1")
    assert "of “Saw” added to the basket." in page(buyer, "/buying/catalogue")
    buyer.post("/buying/catalogue", data={**form, "quantity": "5", "unit": "packaging"})
    assert [row.quantity for row in seed.run(text("select quantity from basket_line"))] == [80]


@pytest.mark.parametrize("typed", ["", "0", "3", "12", "abc", "-5", "99999999999"])
def test_a_wrong_quantity_is_asked_about_and_stays_as_typed(buyer: FlaskClient, seed: Seed, typed: str) -> None:
    answer = buyer.post("/buying/catalogue", data={"article": "SAW/1", "quantity": typed})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in html
    assert f'id="quantity" value="{typed or "0"}"' in html
    assert seed.run(text("select * from basket_line")) == []


def test_search_finds_suggests_and_ends(buyer: FlaskClient, seed: Seed) -> None:
    assert "SAW/1" in page(buyer, "/buying/catalogue?q=4006381333931")
    seed.run(text("update product set name_de = 'Japansäge' where sku = 'S-1'"))
    assert "SAW/1" in page(buyer, "/buying/catalogue?q=s%C3%A4ge&category=Tools")
    assert "SAW/1" in page(buyer, "/buying/catalogue?q=saege")
    assert "Did you mean “anvil”?" in page(buyer, "/buying/catalogue?q=anwil")
    assert "No article fits" in page(buyer, "/buying/catalogue?brand=Nobody")
    page(buyer, "/buying/catalogue?cursor=forged", status=422)


def test_pages_link_on_by_cursor(buyer: FlaskClient, seed: Seed, world: World) -> None:
    for number in range(30):
        sell(seed, world.north, f"N-{number:02}")
    first = page(buyer, "/buying/catalogue?sort=article")
    link = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = page(buyer, link)
    assert ("N-23" in first, "N-24" in first, "N-24" in second, "SAW/1" in second) == (True, False, True, True)


def test_a_page_takes_few_statements_however_many_rows(
    app: Flask, buyer: FlaskClient, seed: Seed, world: World
) -> None:
    for number in range(24):
        sell(seed, world.north, f"N-{number:02}", on_hand=5)
    with app.app_context():
        engine = db.engine
    counts: dict[str, Any] = {}
    for path in ("/buying/catalogue", "/buying/catalogue?q=product", "/buying/catalogue/N-01"):
        page(buyer, path)
        with count_statements(engine) as counter:
            page(buyer, path)
        counts[path] = len(counter.statements)
    assert counts == {"/buying/catalogue": 6, "/buying/catalogue?q=product": 6, "/buying/catalogue/N-01": 5}

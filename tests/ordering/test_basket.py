"""Basket and order pad in the browser, without script: nothing typed is lost, one click places one order."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.ordering.grid import row_key
from tenants.database import count_statements, db
from tests.factories.catalogue import make_product
from tests.factories.organisations import sign_in
from tests.factories.placing import check_ledgers, sell
from tests.factories.seed import Seed
from tests.factories.spreadsheets import workbook
from tests.factories.world import World

GTIN = "4006381333931"


@pytest.fixture
def browser(client: FlaskClient, seed: Seed, world: World) -> FlaskClient:
    """Give anna's browser; north offers a saw, nails by the box of ten, and glue that is out of stock."""
    sign_in(seed, client, world.people["anna"], world.anna)
    saw = make_product(seed, world.acme, "SAW-P", gtin=GTIN, packagings={"CS": 12})
    sell(seed, world.north, "SAW", "12.50", on_hand=100, owner_product=saw)
    sell(seed, world.north, "00123", "0.10", on_hand=1000, min_quantity=10, order_multiple=10)
    sell(seed, world.north, "GLUE", "3.00", on_hand=2)
    return client


def enter(browser: FlaskClient, lines: str, **more: Any) -> str:
    """Enter lines as the script does and give the rows of the answer."""
    answer = browser.post("/buying/basket/lines", data={"lines": lines, **more}, headers={"X-Fragment": "order-rows"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def grid(browser: FlaskClient, path: str = "/buying/basket") -> dict[str, str]:
    """Give the grid's form as a browser would post it."""
    page = browser.get(path).get_data(as_text=True)
    form = page[page.index('id="basket"') :]
    fields = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form[: form.index("</form>")]))
    for key, chosen in re.findall(r'name="unit-([0-9a-f]+)".*?<option value="(\w+)" selected', form, re.DOTALL):
        fields[f"unit-{key}"] = chosen
    return fields


def basket(seed: Seed) -> list[tuple[Any, ...]]:
    """Give (article, quantity) of the basket."""
    statement = (
        "select a.article_number, l.quantity from basket_line l"
        " join article a on a.seller_id = l.seller_id and a.id = l.article_id order by l.id"
    )
    return [tuple(row) for row in seed.run(text(statement))]


def orders(seed: Seed) -> list[tuple[Any, ...]]:
    """Give (total, lines, purchase order number) of all orders."""
    rows = seed.run(text("select total, line_count, purchase_order_number from sales_order order by id"))
    return [tuple(row) for row in rows]


def test_entered_lines_are_added_and_what_fails_stays(browser: FlaskClient, seed: Seed) -> None:
    rows = enter(browser, f"SAW;2\n{GTIN};1\n123;20\nNOTHING;4\nGLUE;x\n1.23E+12;1")
    # Both codes of the saw are one line of the basket; the lost zeros of 00123 are found again.
    assert 'data-read="6" data-added="3" data-waiting="3"' in rows
    assert basket(seed) == [("SAW", 3), ("00123", 20)]
    page = browser.get("/buying/order-pad").get_data(as_text=True)
    for raw in ("NOTHING;4", "GLUE;x", "1.23E+12;1"):
        assert f'value="{raw}"' in page
    assert "No article with the number or GTIN" in page
    assert "The quantity is missing." in page


def test_a_corrected_line_takes_the_place_of_the_wrong_one(browser: FlaskClient, seed: Seed) -> None:
    enter(browser, "NOTHING;4\nGLUE;x")
    enter(browser, "GLUE;1", replace=f"u0-{row_key('GLUE;x')}")
    assert basket(seed) == [("GLUE", 1)]
    [row] = seed.run(text("select unread_lines from basket"))
    assert row.unread_lines == ["NOTHING;4"]


def test_units_and_not_allowed_quantities(browser: FlaskClient, seed: Seed) -> None:
    rows = enter(browser, "SAW;2 Karton\n00123;15\nGLUE;5")
    assert basket(seed) == [("SAW", 24), ("00123", 15), ("GLUE", 5)]
    assert 'data-read="3" data-added="1" data-waiting="2"' in rows
    assert "Only in steps of" in rows
    assert "available." in rows


def test_an_order_is_placed_from_the_basket_once(browser: FlaskClient, seed: Seed) -> None:
    enter(browser, "SAW;2\n123;20")
    form = {**grid(browser), "act": "order", "purchase_order_number": "PO 9", "requested_on": "2027-02-01"}
    answer = browser.post("/buying/basket", data=form)
    assert answer.status_code == 303
    page = browser.get(answer.location).get_data(as_text=True)
    assert "Thank you." in page
    assert orders(seed) == [(Decimal("27.00"), 2, "PO 9")]
    assert basket(seed) == []
    # A second click, or going back and sending the same form, shows the same order.
    assert browser.post("/buying/basket", data=form).location == answer.location
    assert len(orders(seed)) == 1
    check_ledgers(seed)


def test_without_script_typed_quantities_are_kept_and_priced(browser: FlaskClient, seed: Seed) -> None:
    enter(browser, "SAW;2\n123;20")
    saw, nails = row_key("SAW"), row_key("00123")
    form = {**grid(browser), f"quantity-{saw}": "3", f"unit-{saw}": "packaging", f"quantity-{nails}": "abc"}
    answer = browser.post("/buying/basket", data={**form, "act": "recalculate"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert basket(seed) == [("SAW", 36), ("00123", 20)]
    assert 'value="abc"' in page
    assert "This is not a quantity" in page
    # A line that needs a hand stops the order, and nothing typed is lost.
    refused = browser.post("/buying/basket", data={**form, "act": "order"})
    assert refused.status_code == 409
    assert 'value="abc"' in refused.get_data(as_text=True)
    assert orders(seed) == []


def test_lines_that_wait_stay_when_the_button_named_the_others(browser: FlaskClient, seed: Seed) -> None:
    enter(browser, "SAW;2\nGLUE;5")
    form = {**grid(browser), "act": "order"}
    assert Decimal(form["shown_total"]) == 25
    assert browser.post("/buying/basket", data=form).status_code == 303
    assert orders(seed) == [(Decimal("25.00"), 1, "")]
    assert basket(seed) == [("GLUE", 5)]


def test_changed_prices_are_shown_side_by_side_and_asked_about(browser: FlaskClient, seed: Seed) -> None:
    enter(browser, "SAW;2\n123;20")
    form = {**grid(browser), "act": "order", "purchase_order_number": "PO 9"}
    seed.run(text("update price_entry set net_price = 14.2 where net_price = 12.5"))
    asked = browser.post("/buying/basket", data=form)
    page = asked.get_data(as_text=True)
    assert asked.status_code == 409
    assert "<del>" in page
    assert 'value="12.50"' in page
    assert 'value="14.20"' in page
    assert "1 further line is unchanged." in page
    assert "Order 2 lines at the new prices, €30.40" in page
    assert orders(seed) == []
    assert basket(seed) == [("SAW", 2), ("00123", 20)]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    done = browser.post("/buying/basket/confirmed", data=fields)
    assert done.status_code == 303
    assert orders(seed) == [(Decimal("30.40"), 2, "PO 9")]


def test_stock_sold_in_the_meantime_is_told_at_its_line(browser: FlaskClient, seed: Seed) -> None:
    enter(browser, "SAW;2\nGLUE;2")
    form = {**grid(browser), "act": "order"}
    seed.run(text("update stock_level set reserved_quantity = 2 where on_hand = 2"))
    refused = browser.post("/buying/basket", data=form)
    assert refused.status_code == 409
    page = refused.get_data(as_text=True)
    assert "some articles were sold in the meantime" in page
    assert "Not in stock, and not delivered later." in page
    assert orders(seed) == []
    assert basket(seed) == [("SAW", 2), ("GLUE", 2)]


def test_the_quote_keeps_what_is_typed(browser: FlaskClient, seed: Seed) -> None:
    enter(browser, "SAW;2\nGLUE;1")
    saw, glue = row_key("SAW"), row_key("GLUE")
    form = grid(browser) | {f"quantity-{saw}": "4", f"quantity-{glue}": "0"}
    answer = browser.post("/buying/basket/quote", data=form).get_json()
    assert (answer["total"], answer["lines_ordered"]) == ("50.00", 1)
    assert "Order 1 line" in answer["act"]
    assert basket(seed) == [("SAW", 4)]


def test_a_spreadsheet_is_read_in_a_process_of_its_own(
    browser: FlaskClient, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.core.uploads.MOST_BYTES", 100_000)
    file = workbook([("Artikel", "Menge"), ("SAW", 3), (123, 20.0), ("NOTHING", 1)])
    answer = browser.post(
        "/buying/basket/lines",
        data={"file": (io.BytesIO(file), "list.xlsx")},
        headers={"X-Fragment": "order-rows"},
    )
    assert 'data-read="3" data-added="2" data-waiting="1"' in answer.get_data(as_text=True)
    assert basket(seed) == [("SAW", 3), ("00123", 20)]
    for broken in (b"PK\x03\x04 no archive", b"\xd0\xcf\x11\xe0 old", b"\x00\x01\x02", b"x" * 100_001):
        refused = browser.post("/buying/basket/lines", data={"file": (io.BytesIO(broken), "list.xlsx")})
        assert refused.status_code == 303
    assert basket(seed) == [("SAW", 3), ("00123", 20)]


def test_five_hundred_lines_take_no_statement_a_line(
    app: Flask, browser: FlaskClient, seed: Seed, world: World
) -> None:
    seed.run(
        text(
            "insert into article (seller_id, article_number, owner_id, product_id)"
            " select seller_id, 'N-' || n, owner_id, product_id from article, generate_series(1, 500) n"
            " where article_number = 'SAW'"
        )
    )
    with app.app_context():
        engine = db.engine
    with count_statements(engine) as counter:
        rows = enter(browser, "\n".join(f"N-{n};2" for n in range(1, 501)))
    assert 'data-read="500"' in rows
    assert len(counter.statements) <= 20, counter.statements
    with count_statements(engine) as counter:
        assert browser.get("/buying/basket").status_code == 200
    assert len(counter.statements) <= 9, counter.statements


def test_pages_stay_within_eight_statements(app: Flask, browser: FlaskClient, seed: Seed, world: World) -> None:
    enter(browser, "SAW;2\n123;20")
    number = (
        browser.post("/buying/basket", data={**grid(browser), "act": "order"}).location.split("/")[-1].split("?")[0]
    )
    enter(browser, "SAW;2\n123;20")
    grid(browser)
    with app.app_context():
        engine = db.engine
    for path in ("/buying/basket", "/buying/order-pad", "/buying/orders", f"/buying/orders/{number}"):
        with count_statements(engine) as counter:
            assert browser.get(path).status_code == 200
        assert len(counter.statements) <= 8, (path, counter.statements)
    # The last page answers every order: the order with its events in one statement, its lines in another, and no third.
    asked = [
        statement for statement in counter.statements if re.search(r"(order_|order_line|shipment|sales_)", statement)
    ]
    assert [re.findall(r"from (sales_order|order_line|shipment) ", statement) for statement in asked] == [
        ["sales_order"],
        ["order_line"],
    ]


def test_each_person_has_a_basket_of_its_own(app: Flask, browser: FlaskClient, seed: Seed, world: World) -> None:
    enter(browser, "SAW;2")
    other = sign_in(seed, app.test_client(), world.people["bruno"], world.bruno)
    assert "The basket is empty" in other.get("/buying/basket").get_data(as_text=True)
    foreign = sign_in(seed, app.test_client(), world.people["clara"], world.clara)
    answer = enter(foreign, "SAW;2")
    assert 'data-added="0" data-waiting="1"' in answer


def test_a_past_order_is_ordered_again_at_todays_prices(browser: FlaskClient, seed: Seed) -> None:
    enter(browser, "SAW;2\nGLUE;2\n123;20")
    location = browser.post("/buying/basket", data={**grid(browser), "act": "order"}).location
    number = location.split("/")[-1].split("?")[0]
    seed.run(text("update price_entry set net_price = 14 where net_price = 12.5"))
    seed.run(text("update article set order_multiple = 50, min_quantity = 50 where article_number = '00123'"))
    answer = browser.post(f"/buying/orders/{number}/reorder", follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert basket(seed) == [("SAW", 2), ("GLUE", 2), ("00123", 50)]
    assert "SAW: €12.50 before, €14.00 now." in page
    assert "GLUE: only 0 available." in page
    browser.post(f"/buying/orders/{number}/reorder")
    assert basket(seed) == [("SAW", 2), ("GLUE", 2), ("00123", 50)]


def test_a_forged_quantity_beyond_any_store_is_refused(browser: FlaskClient, seed: Seed) -> None:
    form = {"article-1": "SAW", "base-1": "1e30", "shown_price-1": "12.50", "idempotency_key": "a-key"}
    refused = browser.post("/buying/basket/confirmed", data=form)
    assert (refused.status_code, seed.run(text("select 1 from sales_order"))) == (409, [])


def test_quantities_beyond_any_store_are_kept_as_the_largest_one(browser: FlaskClient, seed: Seed) -> None:
    for _ in range(2):
        enter(browser, "SAW;99999999999 CS")
    assert basket(seed) == [("SAW", Decimal("99999999999.999"))]
    enter(browser, "GLUE;90000000000")
    enter(browser, "GLUE;90000000000")
    assert basket(seed)[1] == ("GLUE", Decimal("99999999999.999"))
    page = browser.post("/buying/basket", data={**grid(browser), "act": "order"})
    assert (page.status_code, seed.run(text("select 1 from sales_order"))) == (409, [])


def form_key(browser: FlaskClient, path: str) -> str:
    """Give the key of the first form on the page that has one."""
    found = re.search(r'name="idempotency_key" value="([^"]+)"', browser.get(path).get_data(as_text=True))
    assert found is not None
    return found[1]


def test_lines_sent_twice_are_added_once(browser: FlaskClient, seed: Seed) -> None:
    form = {"lines": "SAW;2\nNOTHING;4", "idempotency_key": form_key(browser, "/buying/order-pad")}
    first, second = (browser.post("/buying/basket/lines", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert basket(seed) == [("SAW", 2)]
    assert seed.run(text("select unread_lines from basket"))[0][0] == ["NOTHING;4"]
    page = browser.get("/buying/order-pad").get_data(as_text=True)
    assert "2 read, 1 added, 1 needs you" in page
    assert "These lines were sent before. Nothing was added again." in page
    # The script is answered with the rows as they are; other lines from the page somebody went back to are added.
    assert 'data-read="2" data-added="1"' in enter(browser, form["lines"], idempotency_key=form["idempotency_key"])
    enter(browser, "SAW;3", idempotency_key=form["idempotency_key"])
    assert basket(seed) == [("SAW", 5)]


def test_an_article_put_into_the_basket_twice_by_one_form_is_there_once(browser: FlaskClient, seed: Seed) -> None:
    for path in ("/buying/catalogue", "/buying/catalogue/SAW"):
        browser.post("/buying/basket/empty")
        form = {"article": "SAW", "quantity": "2", "idempotency_key": form_key(browser, path)}
        for _ in range(2):
            assert browser.post("/buying/catalogue", data=form).status_code == 303
        assert basket(seed) == [("SAW", 2)]
        assert "Nothing was added again." in browser.get("/buying/catalogue").get_data(as_text=True)
        browser.post("/buying/catalogue", data={**form, "quantity": "3"})
        browser.post("/buying/catalogue", data={**form, "article": "GLUE"})
        assert basket(seed) == [("SAW", 5), ("GLUE", 2)]


def test_the_basket_remembers_the_last_fifty_forms(browser: FlaskClient, seed: Seed) -> None:
    for number in range(52):
        enter(browser, "SAW;1", idempotency_key=f"key-{number}")
    [row] = seed.run(text("select cardinality(entered_keys) as kept from basket"))
    assert (row.kept, basket(seed)) == (50, [("SAW", 52)])
    enter(browser, "SAW;1", idempotency_key="key-51")
    assert basket(seed) == [("SAW", 52)]


def test_the_same_article_by_the_case_and_loose_is_the_sum(browser: FlaskClient, seed: Seed) -> None:
    form = {
        "article-a": "SAW", "quantity-a": "1", "unit-a": "packaging", "shown_price-a": "12.50",
        "article-b": "SAW", "quantity-b": "3", "unit-b": "base", "shown_price-b": "12.50",
    }  # fmt: skip
    browser.post("/buying/basket", data={**form, "act": "recalculate"})
    assert basket(seed) == [("SAW", 15)]
    browser.post("/buying/basket", data={**form, "remove-b": ""})
    assert basket(seed) == [("SAW", 12)]
    placed = browser.post("/buying/basket", data={**form, "act": "order", "idempotency_key": "once"})
    assert placed.status_code == 303
    ordered = seed.run(text("select ordered_quantity from order_line order by line"))
    assert [row.ordered_quantity for row in ordered] == [12, 3]


def test_too_long_a_text_is_refused_and_kept(browser: FlaskClient, seed: Seed) -> None:
    long = "SAW;2\n" * 170_000
    refused = browser.post("/buying/basket/lines", data={"lines": long})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Please enter at most 1,000,000 characters at once. Nothing was added." in page
    assert page.count("SAW;2\n") >= 170_000
    scripted = browser.post("/buying/basket/lines", data={"lines": long}, headers={"X-Fragment": "order-rows"})
    assert (scripted.status_code, scripted.content_type) == (422, "text/plain; charset=utf-8")
    assert scripted.get_data(as_text=True).startswith("Please enter at most 1,000,000 characters")
    many = browser.post("/buying/basket/lines", data={"lines": "SAW;1\n" * 5001})
    assert (many.status_code, "Please enter at most 5,000 lines at once." in many.get_data(as_text=True)) == (422, True)
    assert basket(seed) == []


def test_an_order_of_too_many_lines_is_refused_whole(
    browser: FlaskClient, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.ordering.views.placing.MOST_LINES", 1)
    enter(browser, "SAW;2\nGLUE;1")
    refused = browser.post("/buying/basket", data={**grid(browser), "act": "order"})
    assert refused.status_code == 409
    assert "one order takes at most 1,000 lines" in refused.get_data(as_text=True)
    assert (orders(seed), basket(seed)) == ([], [("SAW", 2), ("GLUE", 1)])


def test_a_spreadsheet_of_too_many_rows_is_refused_whole(browser: FlaskClient, seed: Seed) -> None:
    rows = [("Artikel", "Menge"), *(("SAW", 1) for _ in range(5001))]
    file = {"file": (io.BytesIO(workbook(rows)), "list.xlsx")}
    refused = browser.post("/buying/basket/lines", data=file, headers={"X-Fragment": "order-rows"})
    assert refused.status_code == 422
    assert refused.get_data(as_text=True) == "The file has too many rows: 5,000 fit at once. Nothing was read."
    assert basket(seed) == []

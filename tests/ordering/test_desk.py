"""The order desk in the browser: confirm, ship from chosen warehouses, cancel; what was typed is kept when refused."""

from __future__ import annotations

import email
import email.message
import email.policy
import re
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.core.outbox import Event
from portal.ordering.jobs import mail_order
from tenants.database import count_statements, db
from tenants.permissions import Capacity
from tests.factories.catalogue import make_product, make_stock, make_warehouse
from tests.factories.orders import make_history
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.placing import acting, check_ledgers, lines, place, sell, status, stock
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def order(client: FlaskClient, seed: Seed, world: World) -> str:
    """Give the number of an order at north: 6 saws, stock in two warehouses; the client is signed in as north."""
    saw = sell(seed, world.north, "SAW", "12.50", on_hand=4)
    make_stock(seed, saw, 9, make_warehouse(seed, world.north, "SOUTH"))
    number = place(client, make_token(seed, world.anna), [("SAW", 6)], purchase_order_number="PO 5")
    sign_in(seed, client, world.people["north"], world.north)
    return number


def test_an_order_is_confirmed_shipped_and_delivered(client: FlaskClient, seed: Seed, order: str) -> None:
    page = client.get(f"/selling/orders/{order}").get_data(as_text=True)
    assert "Confirm order" in page
    assert client.post(f"/selling/orders/{order}/confirm").status_code == 303
    assert status(seed, order) == "confirmed"
    picks = dict(re.findall(r'name="((?:pick|place)-[0-9-]+)"[^>]* value="([^"]*)"', page))
    # Four are set aside in one and two in the other, which can give all six.
    assert picks == {"place-1-1": "MAIN", "pick-1-1": "", "place-1-2": "SOUTH", "pick-1-2": "6"}
    chosen = {**picks, "pick-1-1": "", "pick-1-2": "5", "tracking_code": "T 77"}
    assert client.post(f"/selling/orders/{order}/ship", data=chosen).status_code == 303
    assert lines(seed, order) == [(6, 0, 5, 1)]
    page = client.get(f"/selling/orders/{order}").get_data(as_text=True)
    assert "Partly shipped" in page
    assert "T 77" in page
    assert client.post(f"/selling/orders/{order}/ship", data={"pick-1-1": "1", "place-1-1": "MAIN"}).status_code == 303
    assert client.post(f"/selling/orders/{order}/deliver").status_code == 303
    assert status(seed, order) == "delivered"
    check_ledgers(seed)


def test_a_ship_form_sent_twice_ships_once(client: FlaskClient, seed: Seed, order: str) -> None:
    page = client.get(f"/selling/orders/{order}").get_data(as_text=True)
    known = re.findall(r'name="shipments_before" value="([0-9]+)"', page)
    assert known == ["0"]
    form = {"place-1-1": "MAIN", "pick-1-1": "2", "shipments_before": known[0]}
    answers = [client.post(f"/selling/orders/{order}/ship", data=form).status_code for _ in range(2)]
    assert answers == [303, 409]
    assert lines(seed, order) == [(6, 0, 2, 4)]


def test_a_callers_own_number_does_not_stop_the_orders_numbering(
    client: FlaskClient, seed: Seed, world: World, order: str
) -> None:
    other = place(client, make_token(seed, world.anna), [("SAW", 1)])
    path, headers = "/api/v1/selling/orders/{}/shipments", {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    taken = {"shipment_number": f"{order}-1"}
    assert client.post(path.format(other), json=taken, headers=headers).status_code == 201
    part = {"lines": [{"line": 1, "quantity": 1}]}
    shipped = client.post(path.format(order), json=part, headers=headers)
    assert (shipped.status_code, shipped.get_json()["shipment_number"]) == (201, f"{order}-2")
    again = client.post(path.format(order), json={**part, **taken}, headers=headers)
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("form", "code", "told"),
    [
        ({"pick-1-1": "abc", "place-1-1": "MAIN"}, 422, "This is not a quantity"),
        ({"pick-1-1": "5", "place-1-1": "MAIN"}, 409, "The warehouse holds only 4"),
        ({"pick-1-1": "7", "place-1-1": "MAIN"}, 409, "Only 6 is open."),
        ({"pick-1-1": ""}, 422, "please enter at least one quantity"),
    ],
)
def test_wrong_quantities_are_told_at_their_place_and_kept(
    client: FlaskClient, seed: Seed, order: str, form: dict[str, str], code: int, told: str
) -> None:
    answer = client.post(f"/selling/orders/{order}/ship", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == code
    assert told in page
    assert f'value="{form["pick-1-1"]}"' in page
    assert lines(seed, order) == [(6, 0, 0, 6)]


def test_the_open_rest_is_cancelled_with_a_reason(client: FlaskClient, seed: Seed, order: str) -> None:
    client.post(f"/selling/orders/{order}/cancel", data={"reason": "discontinued", "line": "1"})
    assert (status(seed, order), lines(seed, order)) == ("cancelled", [(6, 6, 0, 0)])
    page = client.get(f"/selling/orders/{order}").get_data(as_text=True)
    assert "discontinued" in page
    again = client.post(f"/selling/orders/{order}/confirm")
    assert again.status_code == 409
    assert "the order is “Cancelled” by now" in again.get_data(as_text=True)


def test_buyer_and_seller_read_the_same_lines_and_deliveries(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    product = make_product(seed, world.north, name_en="Axe")
    sell(seed, world.north, "AXE-1", "3.50", on_hand=5, backorder="allow", owner_product=product)
    order = place(client, make_token(seed, world.anna), [("AXE-1", 9)])
    sign_in(seed, client, world.people["north"], world.north)
    ship = {"shipment_number": "D-1", "pick-1-1": "2", "place-1-1": "MAIN", "shipments_before": "0"}
    assert client.post(f"/selling/orders/{order}/ship", data=ship).status_code == 303
    buyer = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    tables = []
    for browser, path in ((client, f"/selling/orders/{order}"), (buyer, f"/buying/orders/{order}")):
        page = browser.get(path).get_data(as_text=True)
        tables.append((cells(page, "Lines"), cells(page, "Deliveries")))
    assert tables[0] == tables[1]
    assert tables[0][0] == ["1", "Axe AXE-1", "9 pieces", "2", "7 4 waiting for stock", "€3.50List ALL", "€31.50"]
    assert tables[0][1][0] == "D-1"
    assert tables[0][1][3:] == ["Axe", "2 pieces"]


def cells(page: str, caption: str) -> list[str]:
    """Give the texts of a table's cells, without its head and foot."""
    table = page.partition(f">{caption}</caption>")[2].partition("<tbody>")[2].partition("</tbody>")[0]
    found = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", table, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", cell).replace("\N{NO-BREAK SPACE}", " ").split()) for cell in found]


def test_why_a_price_holds_is_told_to_the_seller_alone(
    app: Flask, client: FlaskClient, seed: Seed, world: World, order: str
) -> None:
    assert "Why these prices" in client.get(f"/selling/orders/{order}").get_data(as_text=True)
    buyer = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    page = buyer.get(f"/buying/orders/{order}").get_data(as_text=True)
    assert "Why these prices" not in page
    assert "List ALL" in page


def test_the_list_is_filtered_and_exported(client: FlaskClient, seed: Seed, world: World, order: str) -> None:
    other = place(client, make_token(seed, world.bruno), [("SAW", 1)], purchase_order_number="=1+1")
    for query, found in (
        ("status=placed", {order, other}),
        ("status=open&buyer=ANNA", {order}),
        ("q=PO+5", {order}),
        ("to=2020-01-01", set()),
        ("status=shipped", set()),
        ("status=nonsense&from=x", {order, other}),
    ):
        page = client.get(f"/selling/orders?{query}").get_data(as_text=True)
        assert {number for number in (order, other) if number in page} == found, query
    table = client.get("/selling/orders.csv?buyer=BRUNO").get_data(as_text=True).splitlines()
    assert len(table) == 2
    # What a spreadsheet would take for a formula is made text.
    assert table[1].startswith(other)
    assert "'=1+1" in table[1]
    assert table[1].endswith("BRUNO,BRUNO name")


def test_who_ships_does_not_confirm_or_cancel(
    app: Flask, client: FlaskClient, seed: Seed, world: World, order: str
) -> None:
    packer = make_person(seed, "packer@example.com", (world.north, "warehouse"))
    browser = sign_in(seed, app.test_client(), packer, world.north)
    page = browser.get(f"/selling/orders/{order}").get_data(as_text=True)
    assert "Confirm order" not in page
    assert "Ship these quantities" in page
    assert browser.post(f"/selling/orders/{order}/confirm").status_code == 403
    assert browser.post(f"/selling/orders/{order}/cancel").status_code == 403
    assert browser.post(f"/selling/orders/{order}/ship", data={"pick-1-1": "4", "place-1-1": "MAIN"}).status_code == 303


def test_desk_pages_stay_within_their_statements(app: Flask, client: FlaskClient, order: str) -> None:
    with app.app_context():
        engine = db.engine
    client.get("/selling/orders")
    for path, most in (("/selling/orders", 8), (f"/selling/orders/{order}", 9), ("/selling/stock", 8)):
        with count_statements(engine) as counter:
            assert client.get(path).status_code == 200
        assert len(counter.statements) <= most, (path, counter.statements)


def test_the_home_page_names_what_waits(client: FlaskClient, seed: Seed, world: World, order: str) -> None:
    sell(seed, world.north, "AXE", on_hand=0, backorder="allow")
    place(client, make_token(seed, world.anna), [("AXE", 3)], "2")
    page = client.get("/selling/").get_data(as_text=True)
    assert "Orders to confirm" in page
    assert "Orders wait for 1 article." in page


def test_mails_go_to_the_other_side(app: Flask, client: FlaskClient, seed: Seed, world: World, order: str) -> None:

    seed.run(text("update organisation set email = lower(code) || '@example.com', locale = 'de'"))
    client.post(f"/selling/orders/{order}/confirm")
    events = seed.run(text("select id, kind, seller_id, payload, actor, occurred_at from outbox_event order by id"))
    with acting(app, world.north, Capacity.SELLER) as principal:
        for row in events:
            mail_order(principal, Event(*row))
    mails = newest_mails(app)
    assert sorted((mail["To"], mail["Subject"]) for mail in mails) == [
        ("anna@example.com", f"Ihre Bestellung {order} ist bestätigt"),
        ("north@example.com", f"Bestellung {order} von ANNA name"),
    ]


def test_names_stand_in_mails_as_they_are_written(
    app: Flask, client: FlaskClient, seed: Seed, world: World, order: str
) -> None:
    name = 'Anna & "Söhne" <B.V.>'
    seed.run(text("update organisation set email = lower(code) || '@example.com'"))
    seed.run(text("update organisation set name = :name where id = :id"), {"name": name, "id": world.anna.id})
    events = seed.run(text("select id, kind, seller_id, payload, actor, occurred_at from outbox_event order by id"))
    with acting(app, world.north, Capacity.SELLER) as principal:
        mail_order(principal, Event(*events[0]))
    mail = newest_mails(app)[-1]
    assert mail["Subject"] == f"Order {order} from {name}"
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert f"An order from {name} to NORTH name has come in." in plain.get_content()
    assert "Anna &amp; &#34;Söhne&#34; &lt;B.V.&gt; to NORTH name has come in." in page.get_content()


def newest_mails(app: Flask) -> list[email.message.EmailMessage]:
    """Give the two newest mails."""
    folder = app.extensions["settings"].instance / "mail"
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    ][-2:]


def test_a_buyer_that_moved_to_another_seller_still_hears_of_its_order(
    app: Flask, client: FlaskClient, seed: Seed, world: World, order: str
) -> None:
    """It has no address of its own: the mail goes to who manages it. Its screens are its new seller's, so no link."""
    seed.run(text("update organisation set seller_id = :new, parent_id = :new, owner_ids = :owners where id = :id"),
             {"new": world.south.id, "owners": [*world.south.owner_ids, world.anna.id], "id": world.anna.id})  # fmt: skip
    seed.run(text("update organisation set email = 'desk@north.example' where id = :id"), {"id": world.north.id})
    client.post(f"/selling/orders/{order}/confirm")
    events = seed.run(text("select id, kind, seller_id, payload, actor, occurred_at from outbox_event order by id"))
    with acting(app, world.north, Capacity.SELLER) as principal:
        for row in events:
            mail_order(principal, Event(*row))
    to_seller, to_buyer = sorted(newest_mails(app), key=lambda mail: mail["To"] != "desk@north.example")
    assert (to_seller["To"], to_seller["Subject"]) == ("desk@north.example", f"Order {order} from ANNA name")
    assert (to_buyer["To"], to_buyer["Subject"]) == ("anna@example.com", f"Your order {order} is confirmed")
    texts = [mail.get_body(("plain",)) for mail in (to_seller, to_buyer)]
    assert ["/orders/" in body.get_content() for body in texts if body] == [True, False]


def test_another_sellers_order_has_no_contact(app: Flask, seed: Seed, world: World, order: str) -> None:
    [(order_id,)] = seed.run(text("select id from sales_order where order_number = :number"), {"number": order})
    for seller, expected in ((world.north, 1), (world.south, 0)):
        with acting(app, seller, Capacity.SELLER):
            found = db.session.execute(text("select count(*) from order_contact(:id)"), {"id": order_id}).scalar_one()
        assert found == expected


def test_stock_is_counted_received_and_expected(client: FlaskClient, seed: Seed, world: World) -> None:
    saw = sell(seed, world.north, "SAW", on_hand=4)
    sign_in(seed, client, world.people["north"], world.north)
    address = "/selling/stock/articles/SAW"
    for form, code in (
        ({"act": "count", "warehouse": "MAIN", "quantity": "7", "reason": "found"}, 303),
        ({"act": "receipt", "warehouse": "MAIN", "quantity": "1,000.5"}, 303),
        ({"act": "incoming", "warehouse": "MAIN", "quantity": "5", "expected_on": "2027-01-04"}, 303),
        ({"act": "incoming", "warehouse": "MAIN", "quantity": "5"}, 422),
        ({"act": "receipt", "warehouse": "MAIN", "quantity": "-1"}, 422),
        ({"act": "count", "warehouse": "NONE", "quantity": "1"}, 422),
    ):
        assert client.post(address, data=form).status_code == code, form
    assert stock(seed, saw) == [("MAIN", Decimal("1007.5"), 0)]
    page = client.get(address).get_data(as_text=True)
    assert "found" in page
    assert "4 Jan 2027" in page
    assert client.get("/selling/stock/articles/NONE").status_code == 404
    check_ledgers(seed)


def test_pasted_counts_are_tried_first(client: FlaskClient, seed: Seed, world: World) -> None:
    saw, axe = sell(seed, world.north, "SAW", on_hand=4), sell(seed, world.north, "AXE", on_hand=1)
    sign_in(seed, client, world.people["north"], world.north)
    wrong = client.post("/selling/stock/counts", data={"text": "MAIN;SAW;9\nMAIN;NONE;1\nMAIN;AXE;x", "act": "take"})
    assert wrong.status_code == 422
    assert "Row 3: warehouse, article and quantity are needed." in wrong.get_data(as_text=True)
    text_ = "warehouse;article;name;on_hand\nMAIN;SAW;Saw;9\nMAIN;AXE;Axe;1"
    tried = client.post("/selling/stock/counts", data={"text": text_, "act": "check"})
    assert "1 level changes; 1 stays as it is." in tried.get_data(as_text=True)
    assert stock(seed, saw) == [("MAIN", 4, 0)]
    assert client.post("/selling/stock/counts", data={"text": text_, "act": "take"}).status_code == 303
    assert (stock(seed, saw), stock(seed, axe)) == ([("MAIN", 9, 0)], [("MAIN", 1, 0)])
    exported = client.get("/selling/stock.csv").get_data(as_text=True).splitlines()
    assert exported[1].startswith("MAIN,AXE,")


def test_order_numbers_of_old_systems_may_contain_slashes(client: FlaskClient, seed: Seed, world: World) -> None:
    article = sell(seed, world.north, "SAW")
    make_history(seed, world.north, world.anna, date(2026, 3, 2), (article, 2, "12.50"), order_number="2026/03/0815")
    sign_in(seed, client, world.people["anna"], world.anna)
    listed = client.get("/buying/orders").get_data(as_text=True)
    [address] = re.findall(r'href="(/buying/orders/2026[^"]+)"', listed)[:1]
    assert "2026/03/0815" in client.get(address).get_data(as_text=True)
    answer = client.get(
        "/api/v1/buying/orders/2026%2F03%2F0815",
        headers={"Authorization": f"Bearer {make_token(seed, world.anna)}"},
    )
    assert (answer.status_code, answer.get_json()["order_number"]) == (200, "2026/03/0815")

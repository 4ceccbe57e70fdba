"""Framework agreements: own prices for one account, what is called off counted exactly, warnings once, nobody else's business."""

from __future__ import annotations

import base64
import io
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.agreements.service.warnings import ENDING, NEARLY_USED, warn_of_ends
from portal.core.dispatcher import drain
from portal.core.mail import mail_folder
from portal.core.worker import run_handler, worker_engine
from portal.ordering.service.order_life import cancel_order
from tenants.database import count_statements, db
from tenants.permissions import Capacity
from tests.factories.organisations import make_token, sign_in
from tests.factories.placing import acting, place, sell
from tests.factories.seed import Seed
from tests.factories.world import World

PATH = "/api/v1/selling/agreements"
OWN = "/api/v1/buying/agreements"


@pytest.fixture
def north(seed: Seed, world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(seed, world.north)}"}


@pytest.fixture
def anna(seed: Seed, world: World) -> str:
    return make_token(seed, world.anna)


def days(seed: Seed) -> tuple[str, str, str]:
    """Give yesterday, today and the day after tomorrow as the sellers' day is."""
    [row] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date"))
    today: date = row[0]
    return tuple(str(today + timedelta(days=each)) for each in (-1, 0, 2))  # type: ignore[return-value] # three


def make(client: FlaskClient, headers: dict[str, str], seed: Seed, status: int = 201, **more: Any) -> Any:
    begin, _, end = days(seed)
    body = {
        "code": "FA-1",
        "name": "Year 2026",
        "account": "ANNA",
        "valid_from": begin,
        "valid_to": end,
        "agreed_quantity": 10,
        "warn_days": 0,
        **more,
    }
    answer = client.post(PATH, json=body, headers=headers)
    assert answer.status_code == status, answer.data
    return answer.get_json()


def price(client: FlaskClient, headers: dict[str, str], article: str, net_price: str, code: str = "FA-1") -> None:
    body = {"entries": [{"article": article, "net_price": net_price}]}
    answer = client.put(f"/api/v1/selling/price-lists/{code}/entries", json=body, headers=headers)
    assert answer.status_code == 200, answer.data


def read(client: FlaskClient, headers: dict[str, str], code: str = "FA-1", path: str = PATH) -> Any:
    answer = client.get(f"{path}/{code}", headers=headers)
    assert answer.status_code == 200, answer.data
    return answer.get_json()


def test_its_prices_are_that_buyers_alone_and_each_line_at_them_is_called_off_until_cancelled(
    app: Flask, client: FlaskClient, seed: Seed, world: World, north: dict[str, str], anna: str
) -> None:
    sell(seed, world.north, "N-1", "10.00", on_hand=100)
    sell(seed, world.north, "N-2", "5.00", on_hand=100)
    made = make(client, north, seed)
    assert (made["state"], made["agreed_quantity"], made["called_quantity"]) == ("running", 10, 0)
    price(client, north, "N-1", "8.50")
    audience = client.get("/api/v1/selling/price-lists/FA-1/assignments", headers=north).get_json()
    assert (audience["accounts"], audience["everyone"], audience["groups"]) == (["ANNA"], False, [])
    bruno = make_token(seed, world.bruno)
    place(client, bruno, [("N-1", 9)], "other")
    first = place(client, anna, [("N-1", 3), ("N-2", 4)], "one")
    place(client, anna, [("N-1", 2)], "two")
    now = read(client, north)
    assert (now["called_quantity"], now["called_amount"], now["order_count"]) == (5, "42.50", 2)
    with acting(app, world.north, Capacity.SELLER) as principal:
        cancel_order(principal, first, {1: Decimal(2)})
    assert read(client, north)["called_amount"] == "25.50"
    with acting(app, world.north, Capacity.SELLER) as principal:
        cancel_order(principal, first)
    own = read(client, {"Authorization": f"Bearer {anna}"}, path=OWN)
    assert (own["called_quantity"], own["called_amount"]) == (2, "17.00")
    rows = client.get(f"{PATH}/FA-1/call-offs", headers=north).get_json()["items"]
    assert sorted((row["article_number"], row["quantity"], row["amount"]) for row in rows) == [
        ("N-1", 0, "0.00"),
        ("N-1", 2, "17.00"),
    ]


def test_only_its_two_sides_see_it_and_only_before_it_begins_is_it_changed(
    client: FlaskClient, seed: Seed, world: World, north: dict[str, str], anna: str
) -> None:
    _, today, end = days(seed)
    make(client, north, seed)
    make(client, north, seed, code="FA-2", valid_from=end, valid_to="2999-01-01")
    for who in (world.bruno, world.clara):
        other = {"Authorization": f"Bearer {make_token(seed, who)}"}
        assert client.get(f"{OWN}/FA-1", headers=other).status_code == 404
        assert client.get(OWN, headers=other).get_json()["items"] == []
    assert (
        client.get(f"{PATH}/FA-1", headers={"Authorization": f"Bearer {make_token(seed, world.south)}"}).status_code
        == 404
    )
    body = {"name": "Year 2027", "valid_from": end, "valid_to": "2998-01-01", "agreed_amount": "900.00"}
    refused = client.put(f"{PATH}/FA-1", json=body, headers=north)
    assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/agreement-begun")
    assert client.put(f"{PATH}/FA-2", json=body, headers=north).get_json()["agreed_amount"] == "900.00"
    price_list = client.get("/api/v1/selling/price-lists/FA-2", headers=north).get_json()
    assert (price_list["name"], price_list["valid_from"], price_list["valid_to"]) == ("Year 2027", end, "2998-01-01")
    ended = client.post(f"{PATH}/FA-1/endings", json={}, headers=north).get_json()
    assert (ended["state"], ended["valid_to"]) == ("ended", today)
    assert client.get("/api/v1/selling/price-lists/FA-1", headers=north).get_json()["valid_to"] == today
    own = client.get(f"{OWN}?state=ahead", headers={"Authorization": f"Bearer {anna}"}).get_json()
    assert [row["code"] for row in own["items"]] == ["FA-2"]


def test_what_is_wrong_is_named_by_field_and_nothing_is_written(
    client: FlaskClient, seed: Seed, world: World, north: dict[str, str]
) -> None:
    begin, today, _ = days(seed)
    wrong = {"account": "CLARA", "valid_from": begin, "valid_to": today, "agreed_amount": "1.00", "code": "FA-9"}
    answer = make(client, north, seed, 422, **wrong)
    assert [(error["field"], error["reason"]) for error in answer["errors"]] == [
        ("agreed_quantity", "one-measure"),
        ("agreed_amount", "one-measure"),
        ("account", "unknown-account"),
    ]
    [error] = make(client, north, seed, 422, valid_from=begin, valid_to=today)["errors"]
    assert (error["field"], error["reason"]) == ("valid_to", "is-over")
    make(client, north, seed)
    [error] = make(client, north, seed, 422)["errors"]
    assert (error["field"], error["reason"]) == ("code", "taken")
    assert len(seed.run(text("select * from framework_agreement"))) == 1
    assert seed.run(text("select code from price_list")) == [("FA-1",)]


def test_both_sides_are_warned_once_by_mail_and_on_their_home_pages(
    app: Flask, client: FlaskClient, seed: Seed, world: World, north: dict[str, str], anna: str
) -> None:
    sell(seed, world.north, "N-1", "10.00", on_hand=100)
    make(client, north, seed, warn_percent=50)
    price(client, north, "N-1", "8.00")
    assert ordered_and_told(app, client, anna, 4) == []
    assert ordered_and_told(app, client, anna, 1) == [NEARLY_USED]
    assert ordered_and_told(app, client, anna, 3) == []
    assert ends_told(app) == []
    seed.run(text("update framework_agreement set warn_days = 5"))
    assert ends_told(app) == [ENDING]
    assert ends_told(app) == []
    mails = [path.read_text() for path in mail_folder(app.extensions["settings"]).iterdir()]
    assert len([mail for mail in mails if "/agreements/FA-1" in mail]) == 4
    for person, organisation, address in (("north", world.north, "/selling/"), ("anna", world.anna, "/buying/")):
        page = sign_in(seed, app.test_client(), world.people[person], organisation).get(address).text
        assert "Agreements to see to" in page
        assert re.search(r"Only 2\sbase units left\.", page)


def ordered_and_told(app: Flask, client: FlaskClient, token: str, quantity: int) -> list[str]:
    """Order so much and give which warnings the worker sent."""
    place(client, token, [("N-1", quantity)], f"key-{quantity}")
    return told(app)


def ends_told(app: Flask) -> list[str]:
    """Let the worker look for ends and give which warnings it sent."""
    engine = worker_engine(app)
    with engine.begin() as connection:
        warn_of_ends(connection)
    engine.dispose()
    return told(app)


def told(app: Flask) -> list[str]:
    engine = worker_engine(app)
    drain(engine)
    with engine.begin() as connection:
        rows = connection.execute(
            text("delete from procrastinate_jobs where task_name = 'handle_event' returning args")
        )
        jobs = [row.args for row in rows if row.args["handler"] == "mail_agreement"]
    engine.dispose()
    for job in jobs:
        run_handler(app, job["handler"], job["event"])
    return [job["event"]["kind"] for job in jobs]


def test_the_contract_is_shared_with_the_buyer_and_stays_while_it_is_attached(
    app: Flask, client: FlaskClient, seed: Seed, world: World, north: dict[str, str]
) -> None:
    make(client, north, seed)
    content = b"%PDF-1.7 contract"
    body = {"content": base64.b64encode(content).decode()}
    digest = client.put(f"{PATH}/FA-1/document", json=body, headers=north).get_json()["document_digest"]
    anna = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    assert digest in anna.get("/buying/agreements/FA-1").text
    assert anna.get(f"/buying/addresses/documents/{digest}").data == content
    desk = sign_in(seed, app.test_client(), world.people["north"], world.north)
    for wrong in (b"", b"text"):
        page = desk.post("/selling/agreements/FA-1/document", data={"file": (io.BytesIO(wrong), "a.pdf")})
        assert page.status_code == 422
    form = {"file": (io.BytesIO(b"%PDF-1.7 second"), "a.pdf")}
    assert desk.post("/selling/agreements/FA-1/document", data=form).status_code == 302
    second = read(client, north)["document_digest"]
    assert second != digest
    refused = client.delete(f"/api/v1/selling/accounts/ANNA/documents/{second}", headers=north)
    assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/document-in-use")
    assert (
        "The document stays"
        in desk.post(f"/selling/accounts/ANNA/documents/{second}/remove", follow_redirects=True).text
    )
    assert client.delete(f"/api/v1/selling/accounts/ANNA/documents/{digest}", headers=north).status_code == 204


def test_the_screens_make_change_and_end_an_agreement_and_keep_what_was_typed(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    desk = sign_in(seed, app.test_client(), world.people["north"], world.north)
    form = {"code": "FA-1", "name": "Year", "account": "ANNA", "valid_from": "2998-01-01", "valid_to": "soon"}
    page = desk.post("/selling/agreements/new", data=form)
    assert (page.status_code, 'value="soon"' in page.text) == (422, True)
    form |= {"valid_to": "2999-01-01", "agreed_amount": "1200.50"}
    assert desk.post("/selling/agreements/new", data=form).status_code == 302
    assert desk.post("/selling/agreements/FA-1/edit", data={**form, "name": "Years"}).status_code == 302
    for number in range(2, 5):
        desk.post("/selling/agreements/new", data={**form, "code": f"FA-{number}"})
    with app.app_context():
        engine = db.engine
    with count_statements(engine) as counter:
        page = desk.get("/selling/agreements/")
    assert "Years" in page.text
    assert len(counter.statements) == few(desk, engine)
    assert desk.post("/selling/agreements/FA-1/end").status_code == 302
    assert "Ended" in desk.get("/selling/agreements/FA-1").text
    assert desk.get("/selling/agreements/FA-1/edit").status_code == 302


def few(desk: FlaskClient, engine: Any) -> int:
    """Give how many statements the list of one agreement takes: as many as that of several."""
    with count_statements(engine) as counter:
        desk.get("/selling/agreements/?q=Years")
    return len(counter.statements)

"""Co-funding: offered, answered within its bounds, booked to the cent by order lines, claimed and settled; walls between both sides."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from portal.core.dispatcher import drain
from portal.core.worker import worker_engine
from portal.ordering.service.order_life import ShipLine, ShipOrder, cancel_order, ship_order
from tenants.database import db
from tenants.permissions import Capacity
from tests.factories.catalogue import make_product
from tests.factories.organisations import make_token, sign_in
from tests.factories.placing import acting, place, sell
from tests.factories.seed import Seed
from tests.factories.world import World

BRAND, SELLING = "/api/v1/brand/funding", "/api/v1/selling/funding"
OFFER = {
    "code": "SPRING",
    "name": "Spring",
    "valid_from": "2020-01-01",
    "valid_to": "2999-01-01",
    "funding_amount": "0.3350",
    "budget": "5.00",
    "wholesalers": ["NORTH", "SOUTH"],
    "products": ["SAW"],
    "material": "Saw more.",
}
ACCEPT = {
    "code": "SPRING-10",
    "benefit": "percent",
    "value": "17.31",
    "valid_from": "2020-01-01",
    "valid_to": "2999-01-01",
    "everyone": True,
}


@pytest.fixture
def acme(seed: Seed, world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(seed, world.acme)}"}


@pytest.fixture
def north(seed: Seed, world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(seed, world.north)}"}


@pytest.fixture
def goods(seed: Seed, world: World) -> None:
    """Make a saw of acme's that north sells, and something of north's own."""
    saw = make_product(seed, world.acme, "SAW")
    sell(seed, world.north, "N-SAW", "10.00", on_hand=100, owner_product=saw)
    sell(seed, world.north, "N-OWN", "10.00", on_hand=100)


def send(client: FlaskClient, headers: dict[str, str], path: str, body: Any, status: int = 201) -> Any:
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code == status, answer.data
    return answer.get_json()


def offer(client: FlaskClient, headers: dict[str, str]) -> dict[str, Any]:
    path = f"{BRAND}/SPRING/wholesalers/NORTH"
    found: dict[str, Any] = client.get(path, headers=headers).get_json()
    return found


def seen(answer: Any) -> tuple[str, str | None]:
    """Give what an answer shows, without the numbers that each request has of its own, and its ETag."""
    body = answer.text.replace(answer.headers["X-Request-Id"], "")
    return re.sub(r"""(csrf[_-]token["'][^>]*?|data-csrf[^=]*=)["'][^"']*["']""", "", body), answer.headers.get("ETag")


def work(app: Flask) -> None:
    engine = worker_engine(app)
    drain(engine)
    engine.dispose()


@pytest.mark.usefixtures("goods")
def test_units_sold_under_the_promotion_accrue_to_the_cent_up_to_the_budget_and_are_claimed_once_shipped(
    app: Flask, client: FlaskClient, seed: Seed, world: World, acme: dict[str, str], north: dict[str, str]
) -> None:
    send(client, acme, BRAND, OFFER)
    send(client, north, f"{SELLING}/SPRING/acceptances", ACCEPT)
    anna = make_token(seed, world.anna)
    first = place(client, anna, [("N-SAW", 3), ("N-OWN", 5)], "one")
    second = place(client, anna, [("N-SAW", 20)], "two")
    work(app)
    work(app)
    assert (offer(client, acme)["units"], offer(client, acme)["accrued_amount"]) == (23, "5.00")
    entries = client.get(f"{SELLING}/SPRING/entries", headers=north).get_json()["items"]
    booked = [(row["order_number"], row["kind"], row["units"], row["amount"]) for row in entries]
    assert booked == [(second, "accrued", 20, "3.99"), (first, "accrued", 3, "1.01")]
    send(client, north, f"{SELLING}/SPRING/claims", {}, 409)
    with acting(app, world.north, Capacity.SELLER) as principal:
        ship_order(principal, ShipOrder(first, (ShipLine(1, Decimal(1)),)))
        cancel_order(principal, first)
        cancel_order(principal, second, {1: Decimal(10)})
    work(app)
    now = offer(client, acme)
    assert (now["units"], now["accrued_amount"], now["released_amount"]) == (11, "3.69", "0.34")
    made = send(client, north, f"{SELLING}/SPRING/claims", {"reference": "C-1"})
    assert (made["number"], made["amount"], made["state"]) == (1, "0.34", "claimed")
    send(client, north, f"{SELLING}/SPRING/claims", {}, 409)
    steps = f"{BRAND}/SPRING/wholesalers/NORTH/claims/1/steps"
    send(client, acme, steps, {"step": "settled"}, 409)
    for step in ("approved", "settled"):
        assert send(client, acme, steps, {"step": step})["state"] == step
    assert offer(client, acme)["settled_amount"] == "0.34"
    send(client, north, f"{SELLING}/SPRING/claims/1/withdrawals", {}, 409)
    send(client, acme, steps, {"step": "reversed"})
    assert send(client, north, f"{SELLING}/SPRING/claims", {})["number"] == 2


@pytest.mark.usefixtures("goods")
def test_an_offer_is_accepted_within_its_bounds_declined_or_taken_back_and_once(
    client: FlaskClient, seed: Seed, world: World, acme: dict[str, str], north: dict[str, str]
) -> None:
    wrong = {**OFFER, "wholesalers": ["NORTH", "WEST"], "products": ["SAW", "NONE"], "valid_to": "2019-01-01"}
    answer = send(client, acme, BRAND, wrong, 422)
    assert [(error["field"], error["reason"]) for error in answer["errors"]] == [
        ("valid_to", "ends-before-start"),
        ("wholesalers", "unknown-wholesaler"),
        ("products", "unknown-product"),
    ]
    assert [row["wholesaler"] for row in send(client, acme, BRAND, OFFER)["offers"]] == ["NORTH", "SOUTH"]
    outside = {**ACCEPT, "valid_from": "2019-12-31", "articles": ["N-OWN"]}
    answer = send(client, north, f"{SELLING}/SPRING/acceptances", outside, 422)
    assert [error["field"] for error in answer["errors"]] == ["valid_from", "articles"]
    south = {"Authorization": f"Bearer {make_token(seed, world.south)}"}
    answer = send(client, south, f"{SELLING}/SPRING/acceptances", {**ACCEPT, "everyone": False}, 422)
    assert [error["reason"] for error in answer["errors"]] == ["none-listed", "missing"]
    send(client, south, f"{SELLING}/SPRING/refusals", {"answer": "Not this year"})
    send(client, south, f"{SELLING}/SPRING/acceptances", ACCEPT, 409)
    states = {row["wholesaler"]: row["state"] for row in client.get(BRAND, headers=acme).get_json()["items"]}
    assert states == {"NORTH": "proposed", "SOUTH": "declined"}
    send(client, acme, f"{BRAND}/SPRING/wholesalers/NORTH/withdrawals", {})
    send(client, north, f"{SELLING}/SPRING/acceptances", ACCEPT, 409)
    assert seed.run(text("select * from promotion")) == []


@pytest.mark.usefixtures("goods")
def test_an_offer_that_has_ended_is_not_accepted(
    client: FlaskClient, seed: Seed, acme: dict[str, str], north: dict[str, str]
) -> None:
    send(client, acme, BRAND, OFFER)
    seed.run(text("update funding_offer set valid_to = '2021-01-01'"))
    answer = send(client, north, f"{SELLING}/SPRING/acceptances", {**ACCEPT, "valid_to": "2021-01-01"}, 422)
    assert [error["reason"] for error in answer["errors"]] == ["offer-ended"]


@pytest.mark.usefixtures("goods")
def test_the_brand_owner_learns_units_and_accruals_and_nothing_of_discount_price_promotion_order_or_customer(
    app: Flask, client: FlaskClient, seed: Seed, world: World, acme: dict[str, str], north: dict[str, str]
) -> None:
    send(client, acme, BRAND, OFFER)
    accept = {**ACCEPT, "code": "SECRET-CODE", "name": "Secret name", "accounts": ["ANNA"], "everyone": False}
    send(client, north, f"{SELLING}/SPRING/acceptances", accept)
    number = place(client, make_token(seed, world.anna), [("N-SAW", 4)])
    work(app)
    with acting(app, world.north, Capacity.SELLER) as principal:
        ship_order(principal, ShipOrder(number))
    work(app)
    send(client, north, f"{SELLING}/SPRING/claims", {})
    work(app)
    owner = sign_in(seed, app.test_client(), world.people["acme"], world.acme)
    pages = [
        owner.get(path).text
        for path in ("/brand/", "/brand/funding/", "/brand/funding/SPRING/NORTH", "/brand/funding/new")
    ]
    pages += [
        client.get(path, headers=acme).text
        for path in (BRAND, f"{BRAND}/SPRING/wholesalers/NORTH", f"{BRAND}/SPRING/wholesalers/NORTH/claims")
    ]
    assert "1.34" in pages[2]
    for secret in ("17.31", "17,31", "SECRET-CODE", "Secret name", number, world.anna.name, "33.08", "8.27"):
        assert not [page for page in pages if secret in page], secret
    own = sign_in(seed, app.test_client(), world.people["north"], world.north)
    assert number in own.get("/selling/funding/SPRING").text
    assert own.get("/selling/funding/").status_code == 200
    asked = ("/brand/funding/", "/brand/funding/SPRING/NORTH")
    before = [seen(client.get(path, headers=acme)) for path in (BRAND, f"{BRAND}/SPRING/wholesalers/NORTH")]
    screens = [seen(owner.get(path)) for path in asked]
    seed.run(text("update promotion set value = 40, name = 'Other name', priority = 7"))
    seed.run(
        text("update price_entry set net_price = net_price * 3 where seller_id = :north"), {"north": world.north.id}
    )
    work(app)
    assert [seen(client.get(path, headers=acme)) for path in (BRAND, f"{BRAND}/SPRING/wholesalers/NORTH")] == before
    assert [seen(owner.get(path)) for path in asked] == screens
    for table in ("funding_entry", "funding_promotion", "promotion", "order_line"):
        [row] = seed.run(
            text("select has_any_column_privilege('portal_brand_owner', :table, 'select') as may"), {"table": table}
        )
        assert row.may is False


@pytest.mark.usefixtures("goods")
def test_the_screens_offer_accept_claim_and_settle(app: Flask, client: FlaskClient, seed: Seed, world: World) -> None:
    owner = sign_in(seed, app.test_client(), world.people["acme"], world.acme)
    desk = sign_in(seed, app.test_client(), world.people["north"], world.north)
    form = {**OFFER, "products": "SAW", "budget": "soon"}
    page = owner.post("/brand/funding/new", data=form)
    assert (page.status_code, 'value="soon"' in page.text) == (422, True)
    assert owner.post("/brand/funding/new", data={**form, "budget": "100"}).status_code == 302
    assert "Spring" in desk.get("/selling/").text
    accept = {**ACCEPT, "articles": "N-SAW", "everyone": "y", "valid_from": "2019-01-01"}
    assert "This lies outside the offer." in desk.post("/selling/funding/SPRING/accept", data=accept).text
    assert desk.post("/selling/funding/SPRING/accept", data={**accept, "valid_from": "2020-01-01"}).status_code == 302
    number = place(client, make_token(seed, world.anna), [("N-SAW", 4)])
    with acting(app, world.north, Capacity.SELLER) as principal:
        ship_order(principal, ShipOrder(number))
    work(app)
    assert desk.post("/selling/funding/SPRING/claims").status_code == 302
    assert "Claims to see to" in owner.get("/brand/").text
    assert owner.post("/brand/funding/SPRING/NORTH/claims/1", data={"step": "approved"}).status_code == 302
    assert owner.post("/brand/funding/SPRING/NORTH/claims/1", data={"step": "withdrawn"}).status_code == 422
    assert "Approved" in desk.get("/selling/funding/SPRING").text
    ledger = list(csv.reader(desk.get("/selling/funding/SPRING/ledger.csv").text.splitlines()))
    assert [row[:3] + row[4:] for row in ledger[1:]] == [
        ["SPRING", number, "1", "released", "0.000", "1.3400", "EUR"],
        ["SPRING", number, "1", "accrued", "4.000", "1.3400", "EUR"],
    ]
    north, south = csv.DictReader(owner.get("/brand/funding/offers.csv").text.removeprefix("\ufeff").splitlines())
    assert (north["wholesaler"], north["units"], north["accrued_amount"]) == ("NORTH", "4.000", "1.3400")
    assert (south["wholesaler"], south["state"], south["units"]) == ("SOUTH", "proposed", "0.000")
    assert number not in owner.get("/brand/funding/offers.csv").text
    assert "Of it claimed" in owner.get("/brand/funding/").text


@pytest.mark.usefixtures("goods")
def test_offers_add_up_over_wholesalers_for_the_owner_and_alone_for_each(
    app: Flask, client: FlaskClient, seed: Seed, world: World, acme: dict[str, str], north: dict[str, str]
) -> None:
    for code in ("SPRING", "SUMMER"):
        send(client, acme, BRAND, {**OFFER, "code": code})
        send(client, north, f"{SELLING}/{code}/acceptances", {**ACCEPT, "code": f"OWN-{code}"})
    place(client, make_token(seed, world.anna), [("N-SAW", 3)])
    work(app)
    totals = {
        who: client.get(f"/api/v1/{who}/funding-totals", headers=headers).get_json()["totals"]
        for who, headers in (("brand", acme), ("selling", north))
    }
    offers = client.get(BRAND, headers=acme).get_json()["items"]
    [total] = totals["brand"]
    assert totals["selling"] == [total]
    assert (total["currency"], total["accepted"]) == ("EUR", 2)
    assert total["units"] == sum(each["units"] for each in offers) > 0
    assert Decimal(total["accrued_amount"]) == sum(Decimal(each["accrued_amount"]) for each in offers) > 0
    south = {"Authorization": f"Bearer {make_token(seed, world.south)}"}
    [theirs] = client.get("/api/v1/selling/funding-totals", headers=south).get_json()["totals"]
    assert (theirs["accepted"], theirs["units"], theirs["accrued_amount"]) == (0, 0, "0.00")


@pytest.mark.usefixtures("goods")
def test_either_side_is_told_and_led_there(
    app: Flask, client: FlaskClient, seed: Seed, world: World, acme: dict[str, str], north: dict[str, str]
) -> None:
    send(client, acme, BRAND, OFFER)
    send(client, north, f"{SELLING}/SPRING/acceptances", ACCEPT)
    number = place(client, make_token(seed, world.anna), [("N-SAW", 20)])
    with acting(app, world.north, Capacity.SELLER) as principal:
        ship_order(principal, ShipOrder(number))
    work(app)
    send(client, north, f"{SELLING}/SPRING/claims", {})
    send(client, acme, f"{BRAND}/SPRING/wholesalers/NORTH/claims/1/steps", {"step": "approved", "reference": "P-1"})
    work(app)
    told = seed.run(text("select o.code, n.id, n.kind from notice n join organisation o on o.id = n.organisation_id"))
    kinds = [(row.code, row.kind) for row in told if row.kind.startswith("funding")]
    assert sorted(kinds) == [
        ("ACME", "funding_answered"),
        ("ACME", "funding_claimed"),
        ("NORTH", "funding_claim_answered"),
        ("NORTH", "funding_offered"),
        ("NORTH", "funding_used_up"),
        ("SOUTH", "funding_offered"),
    ]
    places = {"ACME": "/brand/funding/SPRING/NORTH", "NORTH": "/selling/funding/SPRING"}
    for code, kind in (("ACME", "funding_claimed"), ("NORTH", "funding_used_up")):
        own = sign_in(seed, app.test_client(), world.people[code.lower()], getattr(world, code.lower()))
        [row] = [row for row in told if (row.code, row.kind) == (code, kind)]
        assert "Spring" in own.get("/messages").text
        assert own.post(f"/messages/{row.id}/open").location == places[code]


@pytest.mark.usefixtures("goods")
def test_the_database_alone_keeps_a_brand_owner_to_its_own_channel_and_either_side_to_its_own_steps(
    app: Flask, client: FlaskClient, seed: Seed, world: World, acme: dict[str, str]
) -> None:
    send(client, acme, BRAND, OFFER)
    copied = (
        "insert into funding_offer (seller_id, code, owner_id, name, valid_from, valid_to, currency, funding_amount, budget{0})"
        " select {1}, 'FORGED', owner_id, name, valid_from, valid_to, currency, funding_amount, budget{2}"
        " from funding_offer limit 1"
    )
    step = (
        "insert into funding_claim_entry (seller_id, code, number, step, owner_id, kind, amount)"
        f" values ({world.north.id}, 'SPRING', 1, 1, {{0}}, '{{1}}', 1)"
    )
    owner, seller = (world.acme, Capacity.BRAND_OWNER), (world.north, Capacity.SELLER)
    for (organisation, capacity), statement in (
        (owner, copied.format("", world.west.id, "")),
        (owner, copied.format(", state", world.north.id, ", 'accepted'")),
        (owner, "update funding_offer set state = 'accepted'"),
        (owner, "update funding_offer set budget = 1"),
        (owner, step.format(world.acme.id, "claimed")),
        (seller, "update funding_offer set state = 'withdrawn'"),
        (seller, "update funding_offer set accrued_amount = 1"),
        (seller, step.format(world.acme.id, "settled")),
        (seller, step.format(world.zenit.id, "claimed")),
    ):
        with (
            pytest.raises((ProgrammingError, IntegrityError)),
            acting(app, organisation, capacity),
        ):
            db.session.execute(text(statement))
    assert seed.run(text("select * from funding_claim_entry")) == []

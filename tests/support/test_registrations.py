"""Registered units, faults about them, and how many of a product fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.permissions import Role
from tests.factories.catalogue import make_product
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.placing import sell
from tests.factories.seed import Seed
from tests.factories.world import World

OWN, DESK = "/api/v1/buying/registrations", "/api/v1/selling/registrations"
ASKED, RATES = "/api/v1/buying/support-requests", "/api/v1/selling/fault-rates"


@pytest.fixture
def tokens(seed: Seed, world: World) -> dict[str, str]:
    """Let north sell a saw and a drill of acme's, and give tokens."""
    for sku, gtin in (("SAW", "4006381333931"), ("DRILL", "")):
        sell(seed, world.north, f"N-{sku}", "10.00", owner_product=make_product(seed, world.acme, sku, gtin=gtin))
    return {name: make_token(seed, getattr(world, name)) for name in ("anna", "bruno", "north")}


def send(client: FlaskClient, token: str, path: str, body: Any, status: int = 201) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"{len(str(body))}-{abs(hash(str(body)))}"}
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code == status, answer.data
    return answer.get_json()


def read(client: FlaskClient, token: str, path: str) -> Any:
    answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.data
    return answer.get_json()


def unit(serial: str, article: str = "N-SAW", sold_on: str = "") -> dict[str, str]:
    day = sold_on or (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    return {"article": article, "serial_number": serial, "sold_on": day}


def test_a_unit_is_registered_once_by_number_or_gtin_and_anothers_is_not_told(
    client: FlaskClient, tokens: dict[str, str]
) -> None:
    made = send(client, tokens["anna"], OWN, unit("ab 12"))
    assert (made["article_number"], made["serial_number"], made["faults"]) == ("N-SAW", "ab 12", 0)
    again = send(client, tokens["anna"], OWN, unit("AB12", "4006381333931"), 409)
    assert (again["type"].rpartition("/")[2], again["sold_on"]) == ("already-registered", made["sold_on"])
    send(client, tokens["anna"], OWN, unit("AB12", "N-DRILL"))
    send(client, tokens["bruno"], OWN, unit("AB12"))
    assert [row["serial_number"] for row in read(client, tokens["bruno"], OWN)["items"]] == ["AB12"]
    desk = read(client, tokens["north"], DESK)["items"]
    assert [(row["account"], row["article_number"]) for row in desk] == [
        ("BRUNO", "N-SAW"),
        ("ANNA", "N-DRILL"),
        ("ANNA", "N-SAW"),
    ]
    first = read(client, tokens["north"], f"{DESK}?limit=1")
    second = read(client, tokens["north"], f"{DESK}?limit=2&cursor={first['next_cursor']}")
    assert ([row["account"] for row in second["items"]], second["next_cursor"]) == (["ANNA", "ANNA"], None)


def test_what_cannot_be_registered_is_told_at_its_field(client: FlaskClient, tokens: dict[str, str]) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    wrong = send(client, tokens["anna"], OWN, unit(" ", "NONE", ahead), 422)
    assert [(error["field"], error["reason"]) for error in wrong["errors"]] == [
        ("article", "unknown-article"),
        ("serial_number", "missing"),
        ("sold_on", "not-sold-yet"),
    ]
    ask = {"kind": "fault", "subject": "Broken", "text": "Broken", "serial_number": "NONE"}
    wrong = send(client, tokens["anna"], ASKED, ask, 422)
    assert [(error["field"], error["reason"]) for error in wrong["errors"]] == [("serial_number", "unknown-unit")]


def test_the_fault_rate_is_faults_by_units_of_a_year_over_the_own_customers(
    client: FlaskClient, seed: Seed, world: World, tokens: dict[str, str]
) -> None:
    for serial in ("1", "2", "3", "4"):
        send(client, tokens["anna"], OWN, unit(serial))
    send(client, tokens["bruno"], OWN, unit("5", "N-DRILL"))
    old = (datetime.now(UTC) - timedelta(days=400)).date().isoformat()
    send(client, tokens["bruno"], OWN, unit("6", "N-SAW", old))
    fault = {"kind": "fault", "subject": "Broken", "text": "Broken", "serial_number": "2"}
    asked = send(client, tokens["anna"], ASKED, fault)
    assert (asked["article_number"], asked["serial_number"]) == ("N-SAW", "2")
    send(client, tokens["anna"], ASKED, {**fault, "kind": "question"})
    past = send(client, tokens["anna"], ASKED, {**fault, "serial_number": "3"})
    seed.run(
        text("update support_request set opened_at = now() - interval '400 days' where request_number = :number"),
        {"number": past["request_number"]},
    )
    rates = read(client, tokens["north"], RATES)
    assert rates["items"] == [
        {"sku": "SAW", "registered": 4, "faults": 1, "rate": "0.2500"},
        {"sku": "DRILL", "registered": 1, "faults": 0, "rate": "0.0000"},
    ]
    customers = seed.run(text("select count(*) from organisation where seller_id = :north"), {"north": world.north.id})
    assert (rates["customers_registering"], rates["customers"]) == (2, customers[0][0])
    units = {row["serial_number"]: row["faults"] for row in read(client, tokens["anna"], OWN)["items"]}
    assert units == {"1": 0, "2": 1, "3": 1, "4": 0}


@pytest.mark.usefixtures("tokens")
def test_screens_register_and_tell_kindly_what_is_there_already(app: Flask, seed: Seed, world: World) -> None:
    person = make_person(seed, "clerk@anna.example", (world.anna, Role.BUYER))
    anna = sign_in(seed, app.test_client(), person, world.anna)
    assert "No unit is registered yet" in anna.get("/buying/registrations/").text
    assert anna.post("/buying/registrations/", data=unit("77")).status_code == 303
    again = anna.post("/buying/registrations/", data=unit("77"))
    assert (again.status_code, "You have registered this unit already" in again.text) == (422, True)
    manager = make_person(seed, "boss@north.example", (world.north, Role.MANAGER))
    north = sign_in(seed, app.test_client(), manager, world.north)
    assert "77" in north.get("/selling/registrations/").text
    assert "1 of" in north.get("/selling/registrations/faults").text

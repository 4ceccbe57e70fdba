"""An agreement is proposed, answered grant by grant, and takes effect on exactly the days it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from email.message import EmailMessage
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from portal.core.dispatcher import drain
from tenants.database_roles import conninfo
from tenants.permissions import Scope
from tests.factories.agreements import make_proposal
from tests.factories.mails import forget_mails, written_mails
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

MARCH_ON = "from=2026-03-01&to=2026-05-01"
Mails = Callable[[], list[EmailMessage]]


@pytest.fixture
def desk(client: FlaskClient, seed: Seed, world: World) -> FlaskClient:
    """Give north's browser."""
    return sign_in(seed, client, world.people["north"], world.north)


@pytest.fixture
def brand(app: Flask, seed: Seed, world: World) -> FlaskClient:
    """Give acme's browser."""
    return sign_in(seed, app.test_client(), world.people["acme"], world.acme)


@pytest.fixture
def mails(app: Flask, seed: Seed) -> Mails:
    """Run what the worker would run and give the mails it wrote since the last call."""
    forget_mails(app)
    return lambda: written_mails(app, seed)


def bearer(seed: Seed, organisation: Any, *scopes: Scope) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(seed, organisation, *scopes)}"}


def sold(client: FlaskClient, headers: dict[str, str], by: str = "month") -> dict[str, Any]:
    """Ask as acme's program for sell-through of March and April."""
    rows = client.get(f"/api/v1/brand/sell-through?{MARCH_ON}&by={by}", headers=headers).get_json()["rows"]
    return {row[by]: row["units"] for row in rows}


def versions(seed: Seed, world: World) -> list[tuple[Any, ...]]:
    statement = (
        "select version, grants, accepted_on, withdrawn_on, hidden_on from sharing_agreement"
        " where wholesaler_id = :id order by version"
    )
    return [tuple(row) for row in seed.run(text(statement), {"id": world.north.id})]


def today(seed: Seed) -> date:
    found: date = seed.run(text("select (now() at time zone 'Europe/Berlin')::date"))[0][0]
    return found


def test_a_proposal_is_answered_item_by_item_and_what_is_granted_is_shown(
    app: Flask,
    brand: FlaskClient,
    desk: FlaskClient,
    seed: Seed,
    world: World,
    trade: dict[str, Any],
    mails: Mails,
    rebuilt: Callable[[], None],
) -> None:
    reading = bearer(seed, world.acme)
    seed.run(text("update sharing_agreement set grants = '{}'"))
    rebuilt()
    asked = {"grant": ["units", "stock", "identity"], "starts_on": "2026-03-01", "message": "CANARY-WHY"}
    assert brand.post("/brand/agreements/NORTH/propose", data=asked).status_code == 303
    assert sold(brand, reading) == {}, "a proposal shows nothing"
    [mail] = mails()
    assert mail["To"] == "north@example.com"
    told = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Asked for: Units, Identity, Stock" in told
    assert "CANARY-WHY" in told
    assert "/selling/sharing/ACME/proposal" in told

    page = desk.get("/selling/sharing/ACME/proposal").get_data(as_text=True)
    assert "Hammer, Apr 2026, DE-101: 22 units, 4 retailers behind them" in page
    assert "What retailers report as sold." not in page, "what is not asked for is not there to be granted"
    assert "ACME name asks you to share: Units, Identity, Stock." in desk.get("/selling/").get_data(as_text=True)
    answer = {"number": "1", "grant": ["units"], "starts_on": "2026-04-01", "notice_days": "0", "act": "accept"}
    assert desk.post("/selling/sharing/ACME/answer", data=answer).status_code == 303
    [mail] = mails()
    assert mail["To"] == "acme@example.com"
    assert "Granted: Units" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert sold(brand, reading) == {"2026-04": 22}, "March was sold before its first day"
    assert versions(seed, world)[1:] == [(2, ["units"], date(2026, 4, 1), None, None)]
    [proposal] = seed.run(text("select status, version, answered_by from sharing_proposal"))
    assert tuple(proposal)[:2] == ("adapted", 2)

    shown = brand.get("/brand/agreements/NORTH").get_data(as_text=True)
    assert "accepted in part" in shown
    acts = seed.run(text("select action, subject from audit_entry where action like 'sharing_%' order by at, id"))
    assert [tuple(row) for row in acts] == [
        ("sharing_proposal.made", "NORTH"),
        ("sharing_agreement.accepted", "ACME"),
    ]


def test_a_version_is_a_document_in_both_languages_as_it_was_accepted(
    brand: FlaskClient, desk: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    make_proposal(seed, world.acme, world.north, "units", "value", notice_days=30)
    answer = {"number": "1", "grant": ["units", "value"], "act": "accept"}
    desk.post("/selling/sharing/ACME/answer", data=answer)
    for page in (desk.get("/selling/sharing/ACME/versions/2"), brand.get("/brand/agreements/NORTH/versions/2")):
        told = page.get_data(as_text=True)
        assert '<article class="col-lg-6" lang="de">' in told
        assert "Sharing agreement between ACME name and NORTH name" in told
        assert "Datenvereinbarung zwischen ACME name und NORTH name" in told
        assert "30 days later past figures are out of view too" in told
    seed.run(text("update organisation set name = 'Renamed' where id = :id"), {"id": world.acme.id})
    assert "between ACME name and" in desk.get("/selling/sharing/ACME/versions/2").get_data(as_text=True)
    # Version 1 came in with a channel folder, without words: it is put into today's.
    assert "between Renamed and NORTH name" in desk.get("/selling/sharing/ACME/versions/1").get_data(as_text=True)
    assert desk.get("/selling/sharing/ACME/versions/9").status_code == 404
    assert brand.get("/brand/agreements/NORTH/versions/9").status_code == 404


def test_declining_changes_nothing_and_a_proposal_is_answered_once(
    desk: FlaskClient, brand: FlaskClient, seed: Seed, world: World, trade: dict[str, Any], mails: Mails
) -> None:
    make_proposal(seed, world.acme, world.north, "units", "identity")
    before = versions(seed, world)
    declined = {"number": "1", "act": "decline", "grant": ["units"], "reason": "CANARY-NO"}
    desk.post("/selling/sharing/ACME/answer", data=declined)
    assert versions(seed, world) == before
    assert "CANARY-NO" in mails()[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    again = desk.post("/selling/sharing/ACME/answer", data={**declined, "act": "accept"}, follow_redirects=True)
    assert "it was answered or taken back" in again.get_data(as_text=True)
    assert versions(seed, world) == before
    assert "CANARY-NO" in brand.get("/brand/agreements/NORTH").get_data(as_text=True)


def test_a_new_proposal_takes_the_place_of_the_open_one_and_can_be_taken_back(
    brand: FlaskClient, desk: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    brand.post("/brand/agreements/NORTH/propose", data={"grant": "identity"})
    brand.post("/brand/agreements/NORTH/propose", data={"grant": "units"})
    states = seed.run(text("select number, status from sharing_proposal order by 1"))
    assert [tuple(row) for row in states] == [(1, "taken_back"), (2, "open")]
    late = desk.post("/selling/sharing/ACME/answer", data={"number": "1", "grant": "identity", "act": "accept"})
    assert late.status_code == 303
    assert len(versions(seed, world)) == 1, "what was taken back cannot be accepted"
    assert brand.post("/brand/agreements/NORTH/take-back").status_code == 303
    assert desk.get("/selling/sharing/ACME/proposal").status_code == 302
    again = brand.post("/brand/agreements/NORTH/take-back", follow_redirects=True).get_data(as_text=True)
    assert "answered or taken back before" in again


def test_an_answer_stays_within_what_was_proposed(
    desk: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    make_proposal(seed, world.acme, world.north, "units", notice_days=10)
    for answer, told in (
        ({"grant": ["units", "stock"]}, "More was granted than is asked for."),
        ({"starts_on": "2025-12-31"}, "cannot be before the present version began"),
        ({"starts_on": "2031-01-01"}, "nor more than a year ahead"),
        ({"starts_on": "soon"}, "cannot be before the present version began"),
        ({"notice_days": "11"}, "for no more days than proposed"),
    ):
        typed = {"number": "1", "grant": ["units"], "act": "accept", "reason": "CANARY-KEPT", **answer}
        page = desk.post("/selling/sharing/ACME/answer", data=typed)
        shown = page.get_data(as_text=True)
        assert (page.status_code, told in shown, "CANARY-KEPT" in shown) == (422, True, True), answer
    assert len(versions(seed, world)) == 1


def test_a_proposal_asks_for_something_and_within_bounds(brand: FlaskClient, seed: Seed, world: World) -> None:
    for typed, told in (
        ({}, "Choose at least one item to ask for."),
        ({"grant": "units", "notice_days": "91"}, "for 0 to 90 days"),
        ({"grant": "units", "starts_on": "1999-12-31"}, "between 2000 and a year from today"),
    ):
        page = brand.post("/brand/agreements/NORTH/propose", data={**typed, "message": "CANARY-KEPT"})
        assert (page.status_code, told in page.get_data(as_text=True)) == (422, True)
        assert "CANARY-KEPT" in page.get_data(as_text=True), "what was typed is kept"
    assert brand.post("/brand/agreements/WEST/propose", data={"grant": "units"}).status_code == 404


def test_only_administrators_propose_and_answer(
    app: Flask, client: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    make_proposal(seed, world.acme, world.north)
    manager = make_person(seed, "manager@example.com", (world.north, "manager"), (world.acme, "manager"))
    desk = sign_in(seed, client, manager, world.north)
    page = desk.get("/selling/sharing/ACME/proposal").get_data(as_text=True)
    assert "An administrator of your organisation answers." in page
    assert desk.post("/selling/sharing/ACME/answer", data={"number": "1", "act": "decline"}).status_code == 403
    brand = sign_in(seed, app.test_client(), manager, world.acme)
    assert brand.get("/brand/agreements/NORTH").status_code == 200
    assert brand.post("/brand/agreements/NORTH/propose", data={"grant": "units"}).status_code == 403
    assert brand.post("/brand/agreements/NORTH/take-back").status_code == 403


def test_the_wall_lets_a_brand_owner_propose_but_never_agree(app: Flask, seed: Seed, world: World) -> None:
    make_proposal(seed, world.acme, world.north)
    edge = (world.acme.id, world.north.id)
    proposal = (
        "insert into sharing_proposal (brand_owner_id, wholesaler_id, number, grants, proposed_by, status) values"
    )
    agreement = "insert into sharing_agreement (brand_owner_id, wholesaler_id, version, grants, accepted_on) values"
    forbidden = (
        "update sharing_proposal set status = 'accepted', answered_at = now()",
        "update sharing_proposal set version = 1",
        "update sharing_proposal set grants = '{service}'",
        f"{proposal} ({edge[0]}, {edge[1]}, 2, '{{units}}', 'x', 'accepted')",
        f"{proposal} ({world.zenit.id}, {world.west.id}, 1, '{{units}}', 'x', 'open')",
        f"{agreement} ({edge[0]}, {edge[1]}, 9, '{{units}}', '2026-01-01')",
    )
    for statement in forbidden:
        with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
            connection.execute("set local role portal_brand_owner")
            connection.execute(f"set local app.brand_owner_id = '{int(world.acme.id)}'")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
        connection.execute("set local role portal_seller")
        connection.execute(f"set local app.seller_id = '{int(world.south.id)}'")
        assert connection.execute("select * from sharing_proposal").fetchall() == []
        done = connection.execute("update sharing_proposal set status = 'accepted'")
        assert done.rowcount == 0


def test_small_figures_are_gathered_in_the_example_too(
    desk: FlaskClient, seed: Seed, world: World, trade: dict[str, Any], rebuilt: Callable[[], None]
) -> None:
    for shop in trade["shops"][2:]:
        seed.run(text("delete from order_line where buyer_id = :id"), {"id": shop.id})
    rebuilt()
    make_proposal(seed, world.acme, world.north, "units", "activity")
    page = desk.get("/selling/sharing/ACME/proposal").get_data(as_text=True)
    assert "Apr 2026: all under “other”, no product has 3 retailers" in page
    assert "22 units" not in page
    assert page.count("nothing of this is known yet") == 1, "two retailers are no activity to show"


def test_an_answer_recomputes_the_days_from_its_first_one_on_and_no_others(
    desk: FlaskClient, engine: Engine, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    # What is not touched stays as it is, even if it is wrong.
    seed.run(text("update channel_sale set units = 1000"))
    first_of_april = date(2026, 4, 1)
    make_proposal(seed, world.acme, world.north, "units", "stock", starts_on=first_of_april)
    desk.post("/selling/sharing/ACME/answer", data={"number": "1", "grant": ["units", "stock"], "act": "accept"})
    drain(engine)
    assert seed.run(text("select sum(units) from channel_sale"))[0][0] == 7000, "the same days count as before"
    make_proposal(seed, world.acme, world.north, "identity", number=2, starts_on=first_of_april)
    desk.post("/selling/sharing/ACME/answer", data={"number": "2", "grant": "identity", "act": "accept"})
    [event] = seed.run(text("select payload ->> 'from' from outbox_event where kind = 'AgreementAccepted'"))
    assert event[0] == "2026-04-01"
    drain(engine)
    assert [tuple(row) for row in seed.run(text("select month, sum(units) from channel_sale group by 1"))] == [
        (date(2026, 3, 1), 3000)
    ]


def test_after_the_notice_nothing_is_in_view_and_meanwhile_nothing_new(
    desk: FlaskClient, brand: FlaskClient, engine: Engine, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    reading = bearer(seed, world.acme)
    day = today(seed)
    seed.run(text("update sharing_agreement set notice_days = 30 where wholesaler_id = :id"), {"id": world.north.id})
    page = desk.post("/selling/sharing/ACME/withdraw", follow_redirects=True).get_data(as_text=True)
    assert "past figures are out of view on the agreed day" in page
    assert versions(seed, world)[-1] == (2, ["units"], day, day, day + timedelta(days=30))
    for shop in trade["shops"]:
        make_history(seed, world.north, shop, day, (trade["listed"], 5, "5.00"))
    told = {"id": world.north.id, "day": day.isoformat()}
    seed.run(
        text(
            "insert into outbox_event (seller_id, kind, payload) values"
            " (:id, 'HistoryLoaded', jsonb_build_object('from', cast(:day as text), 'to', cast(:day as text)))"
        ),
        told,
    )
    drain(engine)
    assert seed.run(text("select sum(units) from channel_sale"))[0][0] == 82, "today is not covered any more"
    assert sold(brand, reading) == {"2026-03": 60, "2026-04": 22}
    for table in ("sharing_agreement",):
        seed.run(text(f"update {table} set hidden_on = current_date - 1 where version = 2"))
    assert sold(brand, reading) == {}
    assert (
        brand.get("/api/v1/brand/sell-through?by=wholesaler", headers=reading).get_json()["coverage"][
            "wholesalers_shown"
        ]
        == 0
    )


def test_a_version_agreed_for_later_gives_way_to_one_that_begins_before(
    desk: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    day = today(seed)
    make_proposal(seed, world.acme, world.north, "units", "stock", starts_on=day + timedelta(days=60))
    desk.post("/selling/sharing/ACME/answer", data={"number": "1", "grant": ["units", "stock"], "act": "accept"})
    assert versions(seed, world)[0][1:] == (["units"], date(2026, 1, 1), None, None), "today the first one is in force"
    make_proposal(seed, world.acme, world.north, "identity", number=2, starts_on=day)
    desk.post("/selling/sharing/ACME/answer", data={"number": "2", "grant": "identity", "act": "accept"})
    assert versions(seed, world)[1:] == [
        (2, ["units", "stock"], day, day, None),
        (3, ["identity"], day, None, None),
    ]


def test_the_wholesaler_sees_itself_as_the_manufacturer_does(
    desk: FlaskClient, brand: FlaskClient, seed: Seed, world: World, trade: dict[str, Any], rebuilt: Callable[[], None]
) -> None:
    """Cell by cell what the brand owner's own operations say of this wholesaler, also where cells are folded."""
    bright = make_organisation(seed, "S9", "retailer", world.north, postal_code="80331")
    make_history(seed, world.north, bright, date(2026, 4, 9), (trade["listed"], 9, "5.00"))
    rebuilt()
    reading = bearer(seed, world.acme)
    own = bearer(seed, world.north, Scope.SELLING_READ)
    for by in ("month", "category", "product", "region"):
        mirror = desk.get(f"/api/v1/selling/sharing/ACME/seen?{MARCH_ON}&by={by}", headers=own).get_json()
        for measure, path in (("rows", "sell-through"), ("sell_in", "sell-in")):
            address = f"/api/v1/brand/{path}?{MARCH_ON}&by={by},wholesaler"
            rows = brand.get(address, headers=reading).get_json()["rows"]
            of_north = {row[by]: row["units"] for row in rows if row["wholesaler"] == "NORTH"}
            assert {row["key"]: row["units"] for row in mirror[measure]} == of_north, (by, measure)
            assert of_north
    page = desk.get("/selling/sharing/ACME/seen?from=2026-03&to=2026-04&by=product").get_data(as_text=True)
    assert "1 of 1 wholesaler" in page
    assert "your own data, in full" in page, "the manufacturer's own words"
    assert desk.get("/selling/sharing/ZENIT/seen").status_code == 404


def test_the_log_names_person_and_way_and_only_who_was_looked_at(
    app: Flask, desk: FlaskClient, brand: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    brand.get("/brand/channel/?from=2026-03&to=2026-04&by=product")
    brand.get("/brand/channel/channel.csv?from=2026-03&to=2026-04&by=month&wholesaler=NORTH")
    brand.get("/brand/channel/channel.csv?from=2026-03&to=2026-04&by=month&wholesaler=SOUTH")
    assert (
        seed.run(text("select count(*) from sharing_access where wholesaler_id = :id"), {"id": world.south.id})[0][0]
        == 0
    ), "south shares nothing that could be looked at"
    page = desk.get("/selling/sharing/access").get_data(as_text=True)
    assert page.count('data-label="Who"') == 2
    exported = desk.get("/selling/sharing/access?way=export").get_data(as_text=True)
    assert exported.count('data-label="Who"') == 1
    assert "as a file" in exported
    [person] = {row[0] for row in seed.run(text("select distinct actor_name from sharing_access"))}
    assert desk.get(f"/selling/sharing/access?person={person}").get_data(as_text=True).count('data-label="Who"') == 2
    assert "Nobody has looked" in desk.get("/selling/sharing/access?person=nobody").get_data(as_text=True)
    assert "Nobody has looked" in desk.get("/selling/sharing/access?to=2026-01-01").get_data(as_text=True)
    assert desk.get("/selling/sharing/access.csv?way=export").get_data(as_text=True).count("\n") == 2
    own = bearer(seed, world.north, Scope.SELLING_READ)
    api = app.test_client().get("/api/v1/selling/sharing/access?way=screen", headers=own).get_json()["items"]
    assert [row["what"] for row in api] == ["sell-through by month, product; 2026-03-01 to 2026-05-01; screen"]


def test_programs_propose_and_answer_too(client: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]) -> None:
    brand = bearer(seed, world.acme, Scope.BRAND_READ, Scope.BRAND_ADMIN)
    own = bearer(seed, world.north, Scope.SELLING_READ, Scope.SELLING_ADMIN)
    path, body = "/api/v1/brand/agreements/NORTH/proposals", {"grants": ["units", "stock"], "notice_days": 14}
    made = client.post(path, json=body, headers=brand)
    assert made.status_code == 201
    assert made.get_json()["proposals"][0]["status"] == "open"
    assert client.post(path, json={"grants": []}, headers=brand).status_code == 422
    asked = client.get("/api/v1/selling/sharing/ACME/proposal", headers=own).get_json()
    assert asked["proposal"]["grants"] == ["units", "stock"]
    assert (asked["example"]["product"], asked["example"]["units"], asked["example"]["retailers"]) == ("Hammer", 22, 4)
    [waiting] = client.get("/api/v1/selling/sharing/proposals", headers=own).get_json()["items"]
    assert waiting["partner"] == "ACME"
    answer = "/api/v1/selling/sharing/ACME/answer"
    done = client.post(answer, json={"number": 1, "grants": ["units"]}, headers=own).get_json()
    assert [(one["version"], one["grants"], one["in_force"]) for one in done["versions"]] == [
        (2, ["units"], True),
        (1, ["units"], False),
    ]
    over = client.post(answer, json={"number": 1, "grants": ["units"]}, headers=own)
    assert (over.status_code, over.get_json()["type"].rpartition("/")[2]) == (409, "proposal-over")
    [north, south, _sub] = client.get("/api/v1/brand/agreements", headers=brand).get_json()["items"]
    assert (north["code"], north["version"], north["proposal_status"]) == ("NORTH", 2, "adapted")
    assert (south["code"], south["grants"], south["proposal_status"]) == ("SOUTH", [], "")
    text_of = client.get("/api/v1/brand/agreements/NORTH/versions/2", headers=brand).get_json()
    assert text_of == client.get("/api/v1/selling/sharing/ACME/versions/2", headers=own).get_json()
    assert client.post("/api/v1/brand/agreements/NORTH/take-back", headers=brand).status_code == 409
    assert client.get("/api/v1/brand/agreements/WEST", headers=brand).status_code == 404

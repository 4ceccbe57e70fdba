"""What a wholesaler sees of what it shares, and how it stops."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from portal.analytics.jobs import roll_up
from portal.analytics.views.access_words import access_words
from portal.core.dispatcher import drain
from tenants.database_roles import conninfo
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

MONTHS = "from=2026-03&to=2026-04"


@pytest.fixture
def desk(client: FlaskClient, seed: Seed, world: World) -> FlaskClient:
    """Give north's browser."""
    return sign_in(seed, client, world.people["north"], world.north)


def seen(client: FlaskClient, by: str) -> list[tuple[str, str]]:
    """Give what the brand owner is said to see of what is shared."""
    answer = client.get(f"/selling/sharing/ACME/seen.csv?{MONTHS}&by={by}")
    rows = csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    return [(row[by], row["sell_through_units"]) for row in rows if row["sell_through_units"]]


def brand_sees(app: Flask, owner: Any, *by: str) -> list[tuple[Any, ...]]:
    """Ask as the brand owner."""
    with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
        connection.execute("set local role portal_brand_owner")
        connection.execute(f"set local app.brand_owner_id = '{int(owner.id)}'")
        return connection.execute(
            "select month, product, region, units from channel_units('2026-03-01', '2026-05-01', %s)", (list(by),)
        ).fetchall()


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("month", [("2026-03", "60.000"), ("2026-04", "22.000")]),
        ("product", [("HAMMER", "82.000")]),
        ("category", [("Tools > Hammers", "82.000")]),
        ("region", [("DE-101", "82.000")]),
    ],
)
def test_the_wholesaler_sees_what_the_brand_owner_sees(
    desk: FlaskClient, trade: dict[str, Any], by: str, expected: list[tuple[str, str]]
) -> None:
    assert seen(desk, by) == expected


def test_a_wholesaler_sees_nothing_of_another_through_that_function(
    app: Flask, world: World, trade: dict[str, Any]
) -> None:
    with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
        connection.execute("set local role portal_seller")
        connection.execute(f"set local app.seller_id = '{int(world.south.id)}'")
        asked = "select * from shared_units(%s, '2026-03-01', '2026-05-01', '{product}')"
        assert connection.execute(asked, (world.acme.id,)).fetchall() == []
        assert connection.execute("select current_setting('app.brand_owner_id')").fetchone() == ("",)
        connection.execute("set local app.seller_id = ''")
        assert connection.execute(asked, (world.acme.id,)).fetchall() == []


def test_the_page_tells_each_grant_with_an_example(desk: FlaskClient, trade: dict[str, Any]) -> None:
    page = desk.get("/selling/sharing/").get_data(as_text=True)
    assert page.count("> not shared<") + page.count(">not shared<") == 6
    assert "Version 1, since" in page
    assert "Nobody has looked at your figures yet." in page
    german = desk.get("/selling/sharing/", headers={"Accept-Language": "de"}).get_data(as_text=True)
    assert "Wer hingesehen hat" in german


def test_withdrawal_ends_everything_at_once_and_is_audited(
    app: Flask, desk: FlaskClient, engine: Engine, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    assert len(brand_sees(app, world.acme, "product")) == 1
    assert desk.post("/selling/sharing/ACME/withdraw").status_code == 303
    assert brand_sees(app, world.acme, "product") == []
    assert seen(desk, "product") == []
    versions = seed.run(
        text("select version, grants, withdrawn_on = current_date from sharing_agreement where wholesaler_id = :id"),
        {"id": world.north.id},
    )
    assert sorted(versions) == [(1, ["units"], None), (2, ["units"], True)]
    [entry] = seed.run(
        text("select subject, before, after ->> 'version' from audit_entry where action like 'sharing%'")
    )
    assert tuple(entry) == ("ACME", {"grants": ["units"]}, "2")
    [event] = seed.run(text("select kind, seller_id from outbox_event where kind like 'Agreement%'"))
    assert tuple(event) == ("AgreementWithdrawn", world.north.id)
    drain(engine)
    # What was sold before stays recorded under its agreement; what is sold from today on is not written at all.
    assert seed.run(text("select sum(units) from channel_sale"))[0][0] == 82
    assert brand_sees(app, world.acme, "product") == []
    page = desk.post("/selling/sharing/ACME/withdraw", follow_redirects=True).get_data(as_text=True)
    assert "This agreement was withdrawn before." in page
    assert "Withdrawn" in page


def test_a_withdrawal_also_ends_what_was_agreed_for_later(
    app: Flask, desk: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    seed.run(
        text(
            "insert into sharing_agreement (brand_owner_id, wholesaler_id, version, grants, accepted_on)"
            " values (:owner, :wholesaler, 2, '{units}', current_date + 30)"
        ),
        {"owner": world.acme.id, "wholesaler": world.north.id},
    )
    desk.post("/selling/sharing/ACME/withdraw")
    rows = seed.run(text("select version, withdrawn_on <= greatest(accepted_on, current_date) from sharing_agreement a"
                         " where a.wholesaler_id = :id order by 1"), {"id": world.north.id})  # fmt: skip
    assert [tuple(row) for row in rows] == [(1, None), (2, True), (3, True)]
    assert brand_sees(app, world.acme, "product") == []


def test_only_an_administrator_withdraws_and_only_an_own_agreement(
    client: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    manager = make_person(seed, "manager@example.com", (world.north, "manager"))
    assert sign_in(seed, client, manager, world.north).post("/selling/sharing/ACME/withdraw").status_code == 403
    west = sign_in(seed, client, world.people["west"], world.west)
    assert west.post("/selling/sharing/ACME/withdraw").status_code == 404
    assert west.get("/selling/sharing/ACME/seen").status_code == 404


def test_agreements_and_the_log_by_api(client: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]) -> None:
    for by in ("month", "product", "region"):
        path = f"/api/v1/brand/sell-through?from=2026-03-01&to=2026-05-01&by={by}"
        client.get(path, headers={"Authorization": f"Bearer {make_token(seed, world.acme)}"})
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    assert client.get("/api/v1/selling/sharing", headers=headers).get_json() == {
        "items": [
            {
                "brand_owner": "ACME",
                "brand_owner_name": "ACME name",
                "version": 1,
                "grants": ["units"],
                "accepted_on": "2026-01-01",
                "withdrawn_on": None,
                "hidden_on": None,
                "in_force": True,
            }
        ]
    }
    first = client.get("/api/v1/selling/sharing/access?limit=2", headers=headers).get_json()
    rest = client.get(
        f"/api/v1/selling/sharing/access?limit=2&cursor={first['next_cursor']}", headers=headers
    ).get_json()
    assert rest["next_cursor"] is None
    assert [row["what"] for row in [*first["items"], *rest["items"]]] == [
        f"sell-through by {by}; 2026-03-01 to 2026-05-01; API" for by in ("region", "product", "month")
    ]


def test_the_log_is_put_into_words(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        what = "sell-through by month, product; 2026-03-01 to 2026-05-01; wholesaler NORTH; screen"
        assert access_words(what) == (
            "Sell-through by Month, Product; Mar 2026 \N{EN DASH} Apr 2026; Wholesaler NORTH; on screen"
        )
        assert access_words("something else") == "something else"


def test_shipped_days_follow_the_agreement_that_changed(
    app: Flask, engine: Engine, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    """A new version without units from April on takes April away; the event makes the roll-ups follow."""
    from portal.core.outbox import Event

    seed.run(
        text(
            "insert into sharing_agreement (brand_owner_id, wholesaler_id, version, grants, accepted_on) values"
            " (:owner, :wholesaler, 2, '{}', '2026-04-01'), (:owner, :wholesaler, 3, '{units}', '2026-04-03')"
        ),
        {"owner": world.acme.id, "wholesaler": world.north.id},
    )
    [happened] = seed.run(text("select now()"))[0]
    with engine.begin() as connection:
        since = {"from": "2026-04-01"}
        roll_up(connection, [Event(1, "SharingAgreementChanged", world.north.id, since, "loader", happened)])
    rows = seed.run(text("select month, sum(units) from channel_sale group by 1 order by 1"))
    assert [tuple(row) for row in rows] == [(date(2026, 3, 1), 60), (date(2026, 4, 1), 7)]

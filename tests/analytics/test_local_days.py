"""Today is the day where the wholesaler is: agreements begin and end by it, and windows end with its month."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database_roles import conninfo
from tenants.principal import Principal
from tests.factories.organisations import make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def today(seed: Seed, world: World, trade: dict[str, Any]) -> date:
    """Put north where it is another day than in UTC now, and give that day."""
    zones = (
        "case when extract(hour from now() at time zone 'UTC') >= 11 then 'Pacific/Kiritimati' else 'Etc/GMT+12' end"
    )
    seed.run(text(f"update organisation set time_zone = {zones} where id = :id"), {"id": world.north.id})
    [(day, in_utc)] = seed.run(
        text(
            "select (now() at time zone time_zone)::date, (now() at time zone 'UTC')::date from organisation where id = :id"
        ),
        {"id": world.north.id},
    )
    assert abs(day - in_utc) == timedelta(days=1)
    return day  # type: ignore[no-any-return]


def shown(app: Flask, world: World) -> bool:
    """Tell whether acme sees anything."""
    with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
        connection.execute("set local role portal_brand_owner")
        connection.execute(f"set local app.brand_owner_id = '{int(world.acme.id)}'")
        rows = connection.execute("select units from channel_units('2026-03-01', '2026-05-01', '{}')").fetchall()
        return bool(rows)


def covered(client: FlaskClient, seed: Seed, world: World) -> int:
    """Give how many wholesalers are said to share."""
    headers = {"Authorization": f"Bearer {make_token(seed, world.acme)}"}
    answer = client.get("/api/v1/brand/sell-through?from=2026-03-01&to=2026-05-01", headers=headers)
    return int(answer.get_json()["coverage"]["wholesalers_shown"])


def test_an_agreement_is_in_force_through_the_wholesalers_own_days(
    app: Flask, client: FlaskClient, seed: Seed, world: World, today: date
) -> None:
    agreed = text("update sharing_agreement set accepted_on = :first, withdrawn_on = :end where wholesaler_id = :id")
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    for first, end, is_shown in (
        (today, None, True),
        (today + timedelta(days=1), None, False),
        (date(2026, 1, 1), today + timedelta(days=1), True),
        (date(2026, 1, 1), today, False),
    ):
        seed.run(agreed, {"first": first, "end": end, "id": world.north.id})
        assert (shown(app, world), covered(client, seed, world) == 1) == (is_shown, is_shown), (first, end)
        items = client.get("/api/v1/selling/sharing", headers=headers).get_json()["items"]
        assert [item["in_force"] for item in items] == ([] if first > today else [is_shown])


def test_a_look_is_noted_while_the_agreement_is_in_force_there(
    client: FlaskClient, seed: Seed, world: World, today: date
) -> None:
    for first, expected in ((today + timedelta(days=1), 0), (today, 1)):
        seed.run(text("update sharing_agreement set accepted_on = :first"), {"first": first})
        covered(client, seed, world)
        looks = seed.run(text("select count(*) from sharing_access where wholesaler_id = :id"), {"id": world.north.id})
        assert looks == [(expected,)]


def test_a_withdrawal_is_dated_by_the_wholesalers_day(
    client: FlaskClient, seed: Seed, world: World, today: date
) -> None:
    sign_in(seed, client, world.people["north"], world.north).post("/selling/sharing/ACME/withdraw")
    rows = seed.run(text("select accepted_on, withdrawn_on from sharing_agreement where version = 2"))
    assert [tuple(row) for row in rows] == [(today, today)]


def test_the_usual_window_of_the_api_ends_with_the_sellers_own_month(
    client: FlaskClient, seed: Seed, world: World, trade: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seed.run(text("update organisation set time_zone = 'Pacific/Kiritimati' where id = :id"), {"id": world.north.id})

    def on_the_last_of_march_in_utc(principal: Principal) -> date:
        return date(2027, 4, 1) if principal.time_zone == "Pacific/Kiritimati" else date(2027, 3, 31)

    monkeypatch.setattr("portal.analytics.api.window.today_of", on_the_last_of_march_in_utc)
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    rows = client.get("/api/v1/selling/figures", headers=headers).get_json()["items"]
    assert rows == []
    monkeypatch.setattr("portal.analytics.api.window.today_of", lambda _: date(2027, 3, 31))
    rows = client.get("/api/v1/selling/figures", headers=headers).get_json()["items"]
    assert [row["key"] for row in rows] == ["2026-04"]

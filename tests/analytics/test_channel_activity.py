"""How a brand owner sees its wholesalers' retailers: as pseudonyms, by name where that is granted, nothing of fewer than three."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from portal.analytics.jobs import write_next_activity
from portal.analytics.models import SharingAgreement
from tenants.database_roles import conninfo
from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

ACTIVITY = "/api/v1/brand/activity"
# Days before today on which each shop ordered what. A to F ordered in 90 days, D, G and H in the 90 before, E for the first time.
ORDERS: dict[str, dict[str, tuple[int, ...]]] = {
    "A": {"HAMMER": (390, 30, 20, 10), "SAW": (10,), "GLUE": (5,)},
    "B": {"HAMMER": (390, 65, 5), "GLUE": (5,)},
    "C": {"HAMMER": (390, 85, 45), "GLUE": (5,)},
    "D": {"HAMMER": (100,)},
    "E": {"HAMMER": (8,), "NAIL": (8,)},
    "F": {"NAIL": (390, 70)},
    "G": {"HAMMER": (120,)},
    "H": {"HAMMER": (120,)},
}


@pytest.fixture
def today(seed: Seed) -> date:
    """Give north's day."""
    [row] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date as day"))
    day: date = row.day
    return day


@pytest.fixture
def trade(seed: Seed, world: World, today: date) -> dict[str, Any]:
    """Let north's shops order as above; what they order today, return, or buy of other brands is not to count."""
    names = ("HAMMER", "SAW", "NAIL", "GLUE")
    listed = {
        name: make_article(seed, world.north, make_product(seed, world.acme, sku=name, name_en=name.title()))
        for name in names
    }
    soap = make_article(seed, world.north, make_product(seed, world.north, sku="CANARY-SOAP"))
    shops = {
        code: make_organisation(
            seed,
            f"SHOP-{code}",
            "retailer",
            world.north,
            name=f"CANARY-{code}",
            postal_code="10115",
            city=f"Ort {code}",
        )
        for code in ORDERS
    }
    for code, bought in ORDERS.items():
        for name, days in bought.items():
            for day in days:
                make_history(seed, world.north, shops[code], today - timedelta(days=day), (listed[name], 5, 1))
    make_history(seed, world.north, shops["F"], today, (listed["GLUE"], 5, 1))
    make_history(seed, world.north, shops["F"], today - timedelta(days=3), (listed["HAMMER"], -1, 1), (soap, 5, 1))
    return {"listed": listed, "shops": shops}


@pytest.fixture
def agree(seed: Seed, world: World, today: date) -> Callable[..., None]:
    """Give a function that lets north grant acme something from so many days ago on."""

    def run(*grants: str, days_ago: int = 400, **values: Any) -> None:
        edge = {"brand_owner_id": world.acme.id, "wholesaler_id": world.north.id}
        accepted_on = today - timedelta(days=days_ago)
        seed.add(SharingAgreement, **edge, grants=list(grants), accepted_on=accepted_on, **values)

    return run


@pytest.fixture
def measure(engine: Engine, trade: dict[str, Any]) -> Callable[[], int]:
    """Give a function that measures what is due, and tells of how many wholesalers."""

    def run() -> int:
        with engine.begin() as connection:
            return write_next_activity(connection)

    return run


@pytest.fixture
def owner_asks(client: FlaskClient, seed: Seed, world: World) -> Callable[..., list[dict[str, Any]]]:
    """Give a function that asks as acme's program."""
    headers = {"Authorization": f"Bearer {make_token(seed, world.acme, 'brand:read')}"}

    def ask(what: str = "", **query: str) -> list[dict[str, Any]]:
        answer = client.get(f"{ACTIVITY}{what}", query_string=query, headers=headers)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.get_json()["items"]
        return items

    return ask


Asks = Callable[..., list[dict[str, Any]]]


def test_the_measures_of_a_wholesaler(
    agree: Callable[..., None], measure: Callable[[], int], owner_asks: Asks, today: date
) -> None:
    agree("activity")
    assert owner_asks() == []
    assert measure() == 1
    assert measure() == 0
    [found] = owner_asks()
    assert found == {
        "wholesaler": "NORTH",
        "wholesaler_name": "NORTH name",
        "as_of": today.isoformat(),
        "counted_from": (today - timedelta(days=365)).isoformat(),
        "active": 5,
        "new": 1,
        "lapsed": 3,
        "active_retailers": 5,
        # Three products of A, two of B, C and E, one of F.
        "products": 2,
        # Between orders of hammers 10, 10, 40 and 60 days.
        "reorder_days": 25,
        # Hammers of A, B, C and E; glue of A, B and C; nails of E and F; the saw of A.
        "points": 10,
        # Hammers of A, B and C.
        "effective_points": 3,
        # Hammers of D, G and H.
        "lost_points": 3,
        # Nails and the saw.
        "other_products": 2,
        "other_points": 3,
    }


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("30", {"A": "active", "B": "active", "C": "active", "E": "new"}),
        ("60", {"A": "active", "B": "active", "C": "active", "E": "new", **dict.fromkeys("DFGH", "lapsed")}),
        ("90", {"A": "active", "B": "active", "C": "active", "F": "active", "E": "new", **dict.fromkeys("DGH", "lapsed")}),
    ],
)  # fmt: skip
def test_states_by_30_60_and_90_days(
    days: str, expected: dict[str, str], agree: Callable[..., None], measure: Callable[[], int], owner_asks: Asks
) -> None:
    agree("activity", "identity")
    measure()
    found = {row["name"].removeprefix("CANARY-"): row["state"] for row in owner_asks("/retailers", days=days)}
    assert found == expected
    [summed] = owner_asks(days=days)
    states = list(expected.values())
    # New ones are among the active.
    assert (summed["active"], summed["new"], summed["lapsed"]) == (
        *(states.count("active") + states.count("new"), states.count("new")),
        states.count("lapsed"),
    )


def test_numeric_distribution_is_a_share_of_the_active_retailers(
    agree: Callable[..., None], measure: Callable[[], int], owner_asks: Asks
) -> None:
    agree("activity")
    measure()
    found = [(row["sku"], row["retailers"], float(row["share"])) for row in owner_asks("/distribution")]
    assert found == [("GLUE", 3, 0.6), ("HAMMER", 4, 0.8)]


def test_where_fewer_than_three_would_be_left_in_other_the_smallest_product_goes_too(
    agree: Callable[..., None], measure: Callable[[], int], owner_asks: Asks
) -> None:
    # From fifty days ago on nails and saws were bought by A and E alone.
    agree("activity", days_ago=50)
    measure()
    assert [row["sku"] for row in owner_asks("/distribution")] == ["HAMMER"]
    [found] = owner_asks()
    assert (found["points"], found["other_products"], found["other_points"]) == (9, 3, 5)
    # Only A ordered something twice in these days, and nothing was bought before them.
    assert (found["effective_points"], found["lost_points"], found["reorder_days"]) == (None, 0, None)


def test_only_days_that_an_agreement_with_activity_covers_count(
    agree: Callable[..., None], measure: Callable[[], int], owner_asks: Asks, today: date
) -> None:
    agree("units", days_ago=400)
    agree("activity", days_ago=50, version=2)
    measure()
    [found] = owner_asks()
    assert (found["active"], found["lapsed"], found["counted_from"]) == (4, 0, str(today - timedelta(days=50)))
    # Who ordered before those days is not new for all that.
    assert found["new"] == 1


def test_two_retailers_are_too_few(
    agree: Callable[..., None], measure: Callable[[], int], owner_asks: Asks, seed: Seed
) -> None:
    agree("activity", "identity")
    seed.run(text("delete from order_line where buyer_id in (select id from organisation where code > 'SHOP-B')"))
    assert measure() == 1
    assert (owner_asks(), owner_asks("/retailers"), owner_asks("/distribution")) == ([], [], [])


def test_names_and_places_only_where_identity_is_granted_too(
    agree: Callable[..., None], measure: Callable[[], int], owner_asks: Asks
) -> None:
    agree("activity", days_ago=400)
    measure()
    assert {(row["name"], row["place"]) for row in owner_asks("/retailers")} == {(None, None)}
    agree("activity", "identity", days_ago=2, version=2)
    measure()
    assert ("CANARY-A", "10115 Ort A") in {(row["name"], row["place"]) for row in owner_asks("/retailers")}
    agree("activity", days_ago=1, version=3)
    assert {row["name"] for row in owner_asks("/retailers")} == {None}, "before anything is measured again"
    agree("identity", days_ago=0, version=4)
    assert owner_asks("/retailers") == []


def test_who_buys_elsewhere_by_now_is_not_named(
    agree: Callable[..., None], measure: Callable[[], int], owner_asks: Asks, seed: Seed, world: World
) -> None:
    agree("activity", "identity")
    measure()
    assert "CANARY-A" in {row["name"] for row in owner_asks("/retailers")}
    moved = text("update organisation set seller_id = :south, name = 'New name' where code = 'SHOP-A'")
    seed.run(moved, {"south": world.south.id})
    names = [row["name"] for row in owner_asks("/retailers")]
    assert (len(names), names.count(None)) == (8, 1)
    assert not {"CANARY-A", "New name"} & set(names)


def test_pseudonyms_hold_for_one_version_and_are_linked_to_no_other(
    agree: Callable[..., None], measure: Callable[[], int], owner_asks: Asks, seed: Seed
) -> None:
    def pseudonyms() -> set[str]:
        return {row["pseudonym"] for row in owner_asks("/retailers")}

    agree("activity")
    measure()
    first = pseudonyms()
    assert len(first) == 8
    week = "date_trunc('week', (now() at time zone 'Europe/Berlin')::date)::date"
    for newest, due in ((week, 0), (f"{week} - 1", 1)):
        seed.run(text(f"update channel_state set newest_on = {newest} where measure = 'activity'"))
        assert measure() == due, "once a week: what changes in a day would belong together"
    assert pseudonyms() == first
    agree("activity", version=2)
    assert measure() == 1, "a new version is measured at once"
    assert len(pseudonyms()) == 8
    assert not pseudonyms() & first


@pytest.mark.parametrize(("hidden_in", "shown"), [(0, 0), (1, 8)])
def test_after_a_withdrawal_the_last_stays_as_long_as_agreed(
    agree: Callable[..., None],
    measure: Callable[[], int],
    owner_asks: Asks,
    seed: Seed,
    today: date,
    hidden_in: int,
    shown: int,
) -> None:
    agree("activity", "identity")
    measure()
    seed.run(
        text("update sharing_agreement set withdrawn_on = :today, hidden_on = :hidden"),
        {"today": today, "hidden": today + timedelta(days=hidden_in)},
    )
    seed.run(text("update channel_state set newest_on = newest_on - 7 where measure = 'activity'"))
    assert measure() == 0
    assert len(owner_asks("/retailers")) == shown
    assert len(owner_asks()) == bool(shown)


def test_pages_follow_one_another(
    agree: Callable[..., None], measure: Callable[[], int], client: FlaskClient, seed: Seed, world: World
) -> None:
    agree("activity")
    measure()
    headers = {"Authorization": f"Bearer {make_token(seed, world.acme, 'brand:read')}"}
    for what, key in (("/retailers", "pseudonym"), ("/distribution", "sku")):
        first = client.get(ACTIVITY + what, query_string={"limit": 1}, headers=headers).get_json()
        query = {"limit": 100, "cursor": first["next_cursor"]}
        rest = client.get(ACTIVITY + what, query_string=query, headers=headers).get_json()
        keys = [row[key] for row in first["items"] + rest["items"]]
        assert keys == sorted(set(keys))
        assert rest["next_cursor"] is None


def test_the_page_the_files_and_the_log(
    agree: Callable[..., None], measure: Callable[[], int], client: FlaskClient, seed: Seed, world: World
) -> None:
    owner = sign_in(seed, client, world.people["acme"], world.acme)
    assert "No wholesaler shares how its retailers stand yet" in owner.get("/brand/activity/").get_data(as_text=True)
    agree("activity")
    measure()
    page = owner.get("/brand/activity/?days=60").get_data(as_text=True)
    assert "1 of 3 wholesalers" in page
    assert "25 days" in page
    assert "CANARY" not in page
    files = [owner.get(f"/brand/activity/{name}.csv").get_data(as_text=True) for name in ("retailers", "distribution")]
    retailers, distribution = (list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff")))) for file in files)
    assert [row["state"] for row in retailers].count("lapsed") == 3
    assert [(row["product"], row["points"]) for row in distribution] == [("GLUE", "3"), ("HAMMER", "4")]
    agree("activity", "identity", days_ago=0, version=2)
    measure()
    assert "CANARY-A" in owner.get("/brand/activity/").get_data(as_text=True)
    assert "CANARY-SOAP" not in owner.get("/brand/activity/").get_data(as_text=True)
    north = sign_in(seed, client, world.people["north"], world.north)
    log = north.get("/selling/sharing/access").get_data(as_text=True)
    assert (log.count("How retailers stand; on screen"), log.count("How retailers stand; as a file")) == (3, 2)
    assert log.count("Names and places of retailers; on screen") == 2
    seen = north.get("/selling/sharing/ACME/seen").get_data(as_text=True)
    assert "CANARY-A" in seen
    south = sign_in(seed, client, world.people["south"], world.south)
    assert "How retailers stand" not in south.get("/selling/sharing/access").get_data(as_text=True)


def test_the_wholesaler_sees_what_the_brand_owner_sees_of_it(
    agree: Callable[..., None],
    measure: Callable[[], int],
    owner_asks: Asks,
    client: FlaskClient,
    seed: Seed,
    world: World,
) -> None:
    agree("activity", "identity")
    measure()
    headers = {"Authorization": f"Bearer {make_token(seed, world.north, 'selling:read')}"}
    seen = client.get("/api/v1/selling/sharing/ACME/seen", headers=headers).get_json()
    whose = ("wholesaler", "wholesaler_name")
    for mine, theirs in (
        ([seen["activity"]], owner_asks()),
        (seen["retailers"], owner_asks("/retailers")),
        (seen["distribution"], owner_asks("/distribution")),
    ):
        assert mine == [{name: value for name, value in row.items() if name not in whose} for row in theirs]


def test_the_wall(app: Flask, world: World, agree: Callable[..., None], measure: Callable[[], int]) -> None:
    agree("activity", "identity")
    measure()
    owned = ("channel_activities(90)", "channel_retailers(90)", "channel_distributions()")
    shown = ("shown_activities(%s, 90)", "shown_retailers(%s, 90)", "shown_distributions(%s)")
    with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
        connection.execute("set local role portal_brand_owner")
        connection.execute(f"set local app.brand_owner_id = '{int(world.zenit.id)}'")
        for source in owned:
            assert connection.execute(f"select * from {source}").fetchall() == []
        for table in ("channel_activity", "channel_retailer", "channel_distribution"):
            connection.execute("savepoint before")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select * from {table}")
            connection.execute("rollback to before")
        connection.rollback()
        connection.execute("set local role portal_seller")
        for seller in (None, world.south.id):
            if seller:
                connection.execute(f"set local app.seller_id = '{int(seller)}'")
            for source in shown:
                assert connection.execute(f"select * from {source}", (world.acme.id,)).fetchall() == []
        assert connection.execute("select current_setting('app.brand_owner_id')").fetchone() == ("",)

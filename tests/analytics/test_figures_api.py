"""By API: this month, the rhythm of customers, the wholesalers of a channel, what is seen of a seller, and withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.analytics.rules import same_days
from tests.factories.catalogue import make_article
from tests.factories.orders import make_history
from tests.factories.organisations import make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

WINDOW = "from=2026-03-15&to=2026-04-30"


def bearer(seed: Seed, organisation: Any, *scopes: str) -> dict[str, str]:
    """Give the header of a client of the organisation."""
    return {"Authorization": f"Bearer {make_token(seed, organisation, *scopes)}"}


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("month", [("2026-03", 60), ("2026-04", 22)]),
        ("category", [("Tools > Hammers", 82)]),
        ("product", [("HAMMER", 82)]),
        ("region", [("DE-101", 82)]),
    ],
)
def test_a_seller_sees_what_the_brand_owner_sees(
    client: FlaskClient, seed: Seed, world: World, trade: dict[str, Any], by: str, rows: list[tuple[str, int]]
) -> None:
    headers = bearer(seed, world.north, "selling:read")
    answer = client.get(f"/api/v1/selling/sharing/ACME/seen?{WINDOW}&by={by}", headers=headers).get_json()
    assert answer["rows"] == [{"key": key, "units": units} for key, units in rows]
    assert sum(row["units"] for row in answer["sell_in"]) == 100
    theirs = client.get(f"/api/v1/brand/sell-through?{WINDOW}&by={by}", headers=bearer(seed, world.acme)).get_json()
    assert [(row[by], row["units"]) for row in theirs["rows"]] == rows
    for path in ("/ZENIT/seen", "/NOBODY/seen", f"/{world.south.code}/seen"):
        assert client.get(f"/api/v1/selling/sharing{path}", headers=headers).status_code == 404


def test_a_withdrawal_ends_everything_at_once_and_comes_once(
    client: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    path, headers = "/api/v1/selling/sharing/ACME", bearer(seed, world.north, "selling:admin", "selling:read")
    writer = bearer(seed, world.north, "selling:read", "selling:write")
    assert client.post(f"{path}/withdraw", headers=writer).status_code == 403
    done = client.post(f"{path}/withdraw", headers=headers).get_json()
    [(today,)] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date"))
    assert (done["version"], done["grants"], done["withdrawn_on"], done["in_force"]) == (
        *(2, ["units"]),
        *(str(today), False),
    )
    seen = client.get(f"{path}/seen?{WINDOW}&by=product", headers=headers).get_json()
    nothing: dict[str, Any] = {"forecast": [], "stock": [], "activity": None, "retailers": [], "distribution": []}
    own = {"sell_in": [{"key": "HAMMER", "units": 100}]}
    assert seen == {"rows": [], **own, "value": [], "currency": "EUR", **nothing}, "its own data stay"
    theirs = client.get(f"/api/v1/brand/sell-through?{WINDOW}", headers=bearer(seed, world.acme)).get_json()
    assert theirs["rows"] == []
    again = client.post(f"{path}/withdraw", headers=headers)
    assert (again.status_code, again.get_json()["type"]) == (409, "/problems/agreement-ended")
    assert client.post("/api/v1/selling/sharing/ZENIT/withdraw", headers=headers).status_code == 404
    entries = seed.run(text("select subject, actor_name from audit_entry where action = 'sharing_agreement.withdrawn'"))
    assert [tuple(row) for row in entries] == [("ACME", "Test client")]


def test_the_wholesalers_of_a_channel_are_listed_by_code(
    client: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    headers, path = bearer(seed, world.acme, "brand:read"), "/api/v1/brand/wholesalers?limit=2"
    first = client.get(path, headers=headers).get_json()
    rest = client.get(f"{path}&cursor={first['next_cursor']}", headers=headers).get_json()
    assert [*first["items"], *rest["items"]] == [
        {"code": "NORTH", "name": "NORTH name", "shares_units": True},
        {"code": "SOUTH", "name": "SOUTH name", "shares_units": False},
        {"code": "SUB", "name": "SUB name", "shares_units": False},
    ]
    assert rest["next_cursor"] is None


def test_this_month_stands_beside_the_same_days_of_the_month_before(
    client: FlaskClient, seed: Seed, world: World, rebuilt: Callable[[], None]
) -> None:
    [(today,)] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date"))
    this, last, _ = same_days(today)
    article = make_article(seed, world.north)
    make_history(seed, world.north, world.anna, this, (article, 3, "8.00"))
    make_history(seed, world.north, world.anna, last, (article, 1, "8.00"))
    make_history(seed, world.north, world.bruno, last, (article, 1, "4.50"))
    rebuilt()
    assert client.get("/api/v1/selling/figures/month", headers=bearer(seed, world.north)).get_json() == {
        "today": str(today),
        "net_amount": "24.00",
        "net_amount_before": "12.50",
        "orders": 1,
        "orders_before": 2,
        "currency": "EUR",
    }


def test_customers_tell_their_rhythm_as_the_screen_does(
    client: FlaskClient, seed: Seed, world: World, rebuilt: Callable[[], None]
) -> None:
    article = make_article(seed, world.north)
    [(today,)] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date"))
    for ago in (44, 34, 24, 16):
        make_history(seed, world.north, world.anna, today - timedelta(days=ago), (article, 1, "8.00"))
    for ago in (40, 30, 20, 11):
        make_history(seed, world.north, world.bruno, today - timedelta(days=ago), (article, 1, "9.00"))
    make_history(seed, world.north, world.sub, today - timedelta(days=3), (article, 1, "9.00"))
    rebuilt()
    headers, path = bearer(seed, world.north, "selling:read"), "/api/v1/selling/figures/customers"
    anna = {
        "customer": "ANNA",
        "name": "ANNA name",
        "state": "slowing",
        "first_order_on": str(today - timedelta(days=44)),
        "last_order_on": str(today - timedelta(days=16)),
        "order_days": 4,
        "usual_interval_days": 10,
        "expected_on": str(today - timedelta(days=6)),
        "average_order_amount": "8.00",
        "currency": "EUR",
    }
    slowing = client.get(f"{path}?state=slowing", headers=headers).get_json()
    assert slowing == {"items": [anna], "next_cursor": None}
    first = client.get(f"{path}?limit=2", headers=headers).get_json()
    rest = client.get(f"{path}?limit=2&cursor={first['next_cursor']}", headers=headers).get_json()
    assert [
        (row["customer"], row["state"], row["usual_interval_days"]) for row in [*first["items"], *rest["items"]]
    ] == [
        ("ANNA", "slowing", 10),
        ("BRUNO", "active", 10),
        ("SUB", "new", None),
    ]
    assert rest["next_cursor"] is None
    assert client.get(f"{path}?state=gone", headers=headers).status_code == 422
    desk = sign_in(seed, client, world.people["north"], world.north)
    assert "ANNA,ANNA name,slowing" in desk.get("/selling/figures/customers.csv").get_data(as_text=True)


def test_products_are_named_in_the_readers_language(
    client: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    headers = bearer(seed, world.north, "selling:read")
    named = {
        language: client.get(
            f"/api/v1/selling/figures?{WINDOW}&by=product", headers={**headers, "Accept-Language": language}
        ).get_json()["items"][1]["name"]
        for language in ("de", "en")
    }
    assert named == {"de": "=Seife", "en": "=Soap"}

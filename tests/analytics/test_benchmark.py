"""What comes back: each sees its own figures beside those of all, never another's."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from portal.analytics.jobs import rebuild, write_next_benchmarks
from portal.analytics.models import SharingAgreement
from portal.analytics.rules import Part, month_of, pooled
from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        ([10, 10, 10, 10], None),  # too few
        ([10, 10, 10, 10, 20], Decimal(12)),
        ([10, 10, 10, 10, 41], None),  # one above half
        ([1, 1, 1, 30, 33], None),  # the second takes its own away and sees the largest nearly alone
    ],
)
def test_nobodys_own_figure_shows_through_that_of_all(above: list[int], expected: Decimal | None) -> None:
    assert pooled([Part(Decimal(one), Decimal(1)) for one in above]) == expected


@pytest.fixture
def months(seed: Seed) -> tuple[date, date]:
    """Give the last ended month and the same a year before."""
    [row] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date as day"))
    return month_of(row.day, -1), month_of(row.day, -13)


@pytest.fixture
def channel(seed: Seed, world: World, engine: Engine, months: tuple[date, date]) -> dict[str, Any]:
    """Let five wholesalers that share units sell on, each to one shop: 100 hammers each last year, 100, 110, … 140 this year.

    The first shop bought nails for the first time. North has shared for a month only. Of the first wholesaler's six shops one
    alone ordered last year.
    """
    now, before = months
    hammer = make_product(seed, world.acme, sku="HAMMER")
    nail = make_product(seed, world.acme, sku="NAIL")
    sellers = [make_organisation(seed, f"W{n}", "wholesaler", world.acme) for n in range(5)]
    shops = []
    for number, seller in enumerate([*sellers, world.north]):
        listed = make_article(seed, seller, hammer)
        shop = make_organisation(seed, f"W-SHOP-{number}", "retailer", seller)
        shops.append(shop)
        make_history(seed, seller, shop, before, (listed, 100, 2))
        make_history(seed, seller, shop, now, (listed, 100 + 10 * number, 2))
        if number == 0:
            make_history(seed, seller, shop, now + timedelta(days=1), (make_article(seed, seller, nail), 1, 2))
        seed.add(
            SharingAgreement,
            brand_owner_id=world.acme.id,
            wholesaler_id=seller.id,
            grants=["units"],
            accepted_on=now if seller is world.north else date(2020, 1, 1),
        )
    with engine.begin() as connection:
        rebuild(connection, None)
    return {"sellers": sellers, "shops": shops}


def compare(engine: Engine) -> int:
    """Compare until nothing is due; give for how many months."""
    done = 0
    for _ in range(20):
        with engine.begin() as connection:
            found = write_next_benchmarks(connection)
        done += found
        if not found:
            break
    return done


def asked(client: FlaskClient, seed: Seed, organisation: Any, area: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    headers = {"Authorization": f"Bearer {make_token(seed, organisation, f'{area}:read')}"}
    answer = client.get(f"/api/v1/{area}/figures/benchmark", headers=headers)
    assert answer.status_code == 200, answer.text
    return {
        (row["until_on"], row["measure"]): (row["own"], row["common"], row["members"])
        for row in answer.get_json()["items"]
    }


def test_a_wholesaler_beside_the_channel_and_nobody_who_does_not_share(
    client: FlaskClient, seed: Seed, world: World, engine: Engine, channel: dict[str, Any], months: tuple[date, date]
) -> None:
    assert compare(engine) > 0
    assert compare(engine) == 0
    newest = month_of(months[0], 1).isoformat()
    found = asked(client, seed, channel["sellers"][0], "selling")
    # 101 of 100 units; all together 601 of 500. Two products at one shop, one of them new; all together 6 at 5 and 1 of 6.
    assert {measure: row for (until, measure), row in found.items() if until == newest} == {
        "growth": ("0.0100", "0.20", 5),
        "breadth": ("2.0000", "1.20", 5),
        "rhythm": ("1.0000", "1.00", 5),
        # All that is new is one's own: the others have no part in what stands above the line.
        "new_products": ("0.5000", None, 5),
    }
    assert asked(client, seed, world.north, "selling") == {}
    assert asked(client, seed, world.south, "selling") == {}


def test_a_figure_that_stands_is_not_computed_again(
    client: FlaskClient, seed: Seed, engine: Engine, channel: dict[str, Any]
) -> None:
    compare(engine)
    before = asked(client, seed, channel["sellers"][1], "selling")
    seed.run(
        text("update sharing_agreement set withdrawn_on = current_date - 40 where wholesaler_id = :w"),
        {"w": channel["sellers"][2].id},
    )
    with engine.begin() as connection:
        rebuild(connection, None)
    assert compare(engine) == 0
    assert asked(client, seed, channel["sellers"][1], "selling") == before


def test_a_retailer_beside_those_of_its_seller(
    client: FlaskClient, seed: Seed, world: World, engine: Engine, months: tuple[date, date]
) -> None:
    now, before = months
    hammer = make_article(seed, world.north, make_product(seed, world.acme, sku="HAMMER"))
    shops = [make_organisation(seed, f"S{n}", "retailer", world.north) for n in range(5)]
    gone = make_organisation(seed, "GONE", "retailer", world.north, status="inactive")
    for number, shop in enumerate([*shops, gone]):
        make_history(seed, world.north, shop, before, (hammer, 10, 3))
        make_history(seed, world.north, shop, now, (hammer, 10 + number, 3))
        make_history(seed, world.north, shop, now + timedelta(days=2), (hammer, 10, 3))
    with engine.begin() as connection:
        rebuild(connection, None)
    compare(engine)
    newest = month_of(now, 1).isoformat()
    found = asked(client, seed, shops[4], "buying")
    assert {measure: row for (until, measure), row in found.items() if until == newest} == {
        # 24 of 10 at the same price; all together 110 of 50.
        "growth": ("1.4000", "1.20", 5),
        "breadth": ("1.0000", "1.00", 5),
        "rhythm": ("2.0000", "2.00", 5),
        "new_products": ("0.0000", "0.00", 5),
    }
    assert asked(client, seed, world.anna, "buying") == {}
    person = make_person(seed, "shop4@example.com", (shops[4], "buyer"))
    page = sign_in(seed, client, person, shops[4]).get("/buying/benchmark/?measure=rhythm")
    assert page.status_code == 200
    assert "How you compare" in page.text
    assert "+140" in page.text

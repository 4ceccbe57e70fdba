"""The brand owner's figures by API: exact, covered, dated, and noted for the wholesaler."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from portal.analytics.models import SharingAgreement
from portal.analytics.service import Touched, recompute
from portal.core.worker import worker_engine
from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, make_token
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    """Give the worker's engine."""
    engine = worker_engine(app)
    yield engine
    engine.dispose()


@pytest.fixture
def channel(seed: Seed, world: World, engine: Engine) -> World:
    """Sell 100 and 50 hammers in, and 3 x 10 through north in March, 3 x 20 in April; south shares nothing."""
    product = make_product(seed, world.acme, sku="HAMMER", category="Tools")
    own = make_article(seed, world.acme, product)
    listed = make_article(seed, world.north, product)
    make_history(seed, world.acme, world.north, date(2026, 3, 1), (own, 100, 1))
    make_history(seed, world.acme, world.south, date(2026, 3, 1), (own, 50, 1))
    for number in range(3):
        shop = make_organisation(seed, f"S{number}", "retailer", world.north)
        make_history(seed, world.north, shop, date(2026, 3, 31), (listed, 10, 1))
        make_history(seed, world.north, shop, date(2026, 4, 1), (listed, 20, 1))
    seed.add(
        SharingAgreement,
        brand_owner_id=world.acme.id,
        wholesaler_id=world.north.id,
        grants=["units"],
        accepted_on=date(2026, 1, 1),
    )
    with engine.begin() as connection:
        spans = [Touched(seller.id, date(2026, 1, 1), date(2026, 12, 31)) for seller in (world.acme, world.north)]
        recompute(connection, spans)
    return world


def ask(client: FlaskClient, token: str, path: str) -> Any:
    """Ask and give the answer's body."""
    answer = client.get(f"/api/v1/brand/{path}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


@pytest.mark.parametrize("to", ["2026-03-31", "2026-04-01"])
def test_the_last_day_of_a_month_and_the_first_of_the_next_end_the_same_window(
    client: FlaskClient, seed: Seed, channel: World, to: str
) -> None:
    body = ask(client, make_token(seed, channel.acme), f"sell-through?from=2026-03-01&to={to}&by=month,product")
    assert [(row["month"], row["product"], row["units"]) for row in body["rows"]] == [("2026-03", "HAMMER", 30)]


def test_sell_through_tells_its_coverage_and_age(client: FlaskClient, seed: Seed, channel: World) -> None:
    body = ask(client, make_token(seed, channel.acme), "sell-through?from=2026-01-01&to=2027-01-01&by=wholesaler")
    assert [(row["wholesaler"], row["units"]) for row in body["rows"]] == [("NORTH", 90)]
    assert body["coverage"] == {"wholesalers_shown": 1, "wholesalers": 3, "share_of_sell_in": "0.6667"}
    assert body["as_of"] == "2026-04-01"


def test_how_far_figures_reach_is_told_of_those_who_share_alone(
    client: FlaskClient, seed: Seed, channel: World, engine: Engine
) -> None:
    """South's newest day is older; when north shares no longer, its own is news of nobody's business."""
    product = seed.run(text("select * from product where sku = 'HAMMER'"))[0]
    make_history(
        seed, channel.south, channel.clara, date(2026, 2, 7), (make_article(seed, channel.south, product), 1, 1)
    )
    edge = {"brand_owner_id": channel.acme.id, "wholesaler_id": channel.south.id}
    seed.add(SharingAgreement, **edge, grants=["units"], accepted_on=date(2026, 1, 1))
    with engine.begin() as connection:
        recompute(connection, [Touched(channel.south.id, date(2026, 1, 1), date(2026, 12, 31))])
    token = make_token(seed, channel.acme)
    path = "sell-through?from=2026-01-01&to=2026-12-31"
    assert ask(client, token, path)["as_of"] == "2026-04-01"
    withdraw = text("update sharing_agreement set withdrawn_on = :day where wholesaler_id = :id")
    seed.run(withdraw, {"day": date(2026, 6, 1), "id": channel.north.id})
    assert ask(client, token, path)["as_of"] == "2026-02-07"
    seed.run(withdraw, {"day": date(2026, 6, 1), "id": channel.south.id})
    assert ask(client, token, path)["as_of"] is None
    assert ask(client, token, "sell-in?from=2026-01-01&to=2026-12-31")["as_of"] == "2026-03-01"


def test_the_reach_goes_back_with_the_days_that_an_agreement_no_longer_covers(
    seed: Seed, channel: World, engine: Engine
) -> None:
    reach = text("select newest_on from channel_state where measure = 'sell_through'")
    assert seed.run(reach) == [(date(2026, 4, 1),)]
    for day, expected in ((date(2026, 4, 1), [(date(2026, 3, 31),)]), (date(2026, 3, 1), [])):
        seed.run(text("update sharing_agreement set withdrawn_on = :day"), {"day": day})
        with engine.begin() as connection:
            recompute(connection, [Touched(channel.north.id, date(2026, 1, 1), date(2026, 12, 31))])
        assert seed.run(reach) == expected


def test_sell_in_needs_nobodys_consent(client: FlaskClient, seed: Seed, channel: World) -> None:
    body = ask(client, make_token(seed, channel.acme), "sell-in?from=2026-01-01&to=2027-01-01&by=wholesaler")
    assert [(row["wholesaler"], row["units"]) for row in body["rows"]] == [("NORTH", 100), ("SOUTH", 50)]


def test_another_brand_owner_sees_nothing(client: FlaskClient, seed: Seed, channel: World) -> None:
    token = make_token(seed, channel.zenit)
    for path in ("sell-in", "sell-through"):
        assert ask(client, token, f"{path}?from=2026-01-01&to=2027-01-01&by=product")["rows"] == []


def test_every_look_at_shared_data_is_noted_for_the_wholesaler(client: FlaskClient, seed: Seed, channel: World) -> None:
    ask(client, make_token(seed, channel.acme), "sell-through?from=2026-01-01&to=2027-01-01&by=month")
    noted = seed.run(text("select wholesaler_id, actor_name, what from sharing_access"))
    assert noted == [(channel.north.id, "Test client", "sell-through by month; 2026-01-01 to 2027-01-01; API")]


def test_a_window_that_ends_before_it_begins_is_refused(client: FlaskClient, seed: Seed, channel: World) -> None:
    headers = {"Authorization": f"Bearer {make_token(seed, channel.acme)}"}
    answer = client.get("/api/v1/brand/sell-in?from=2026-03-01&to=2026-03-01", headers=headers)
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [{"pointer": "/to", "detail": "must be after `from`"}]

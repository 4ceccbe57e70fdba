"""Restock proposals come from the account's own orders alone and can be ordered as they stand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.factories.catalogue import make_article, make_stock
from tests.factories.orders import make_history
from tests.factories.organisations import make_token
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def today(seed: Seed) -> date:
    """Give the seller's today by the database's clock."""
    [(day,)] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date"))
    return date.fromisoformat(str(day))


def proposals(client: FlaskClient, token: str) -> list[Any]:
    """Ask for proposals."""
    answer = client.get("/api/v1/buying/restock-proposals", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    lines: list[Any] = answer.get_json()["lines"]
    return lines


def test_what_is_bought_every_week_is_proposed_in_its_usual_quantity(
    client: FlaskClient, seed: Seed, world: World, today: date
) -> None:
    milk = make_article(seed, world.north, article_number="MILK", order_multiple=6)
    rare = make_article(seed, world.north, article_number="RARE")
    gone = make_article(seed, world.north, article_number="GONE", status="inactive")
    for article in (milk, rare, gone):
        make_stock(seed, article, 1000)
    for week in range(1, 11):
        make_history(seed, world.north, world.anna, today - timedelta(days=7 * week), (milk, 12, 1), (gone, 12, 1))
    make_history(seed, world.north, world.anna, today - timedelta(days=400), (rare, 1, 1))
    [line] = proposals(client, make_token(seed, world.anna))
    assert (line["article"], line["quantity"]) == ("MILK", 12)
    assert line["habit"] == {
        "times_bought": 10,
        "days_ordered": 11,
        "usual_interval_days": 7,
        "usual_quantity": 12,
        "last_on": (today - timedelta(days=7)).isoformat(),
        "due_on": today.isoformat(),
    }
    assert line["because"].startswith("bought 10 times · every 7 days · usually 12 · last on ")


def test_another_shops_orders_say_nothing(client: FlaskClient, seed: Seed, world: World, today: date) -> None:
    milk = make_article(seed, world.north, article_number="MILK")
    make_stock(seed, milk, 1000)
    for week in range(1, 11):
        make_history(seed, world.north, world.bruno, today - timedelta(days=7 * week), (milk, 12, 1))
    assert proposals(client, make_token(seed, world.anna)) == []
    assert len(proposals(client, make_token(seed, world.bruno))) == 1


def test_what_cannot_be_delivered_is_left_out_unless_it_may_follow(
    client: FlaskClient, seed: Seed, world: World, today: date
) -> None:
    denied = make_article(seed, world.north, article_number="DENIED", backorder="deny")
    allowed = make_article(seed, world.north, article_number="ALLOWED", backorder="allow")
    for week in range(1, 11):
        make_history(seed, world.north, world.anna, today - timedelta(days=7 * week), (denied, 1, 1), (allowed, 1, 1))
    assert [line["article"] for line in proposals(client, make_token(seed, world.anna))] == ["ALLOWED"]


def test_no_more_is_proposed_than_can_be_delivered(client: FlaskClient, seed: Seed, world: World, today: date) -> None:
    short = make_article(seed, world.north, article_number="SHORT", order_multiple=2)
    nearly_gone = make_article(seed, world.north, article_number="NEARLY-GONE", min_quantity=4, order_multiple=2)
    follows = make_article(seed, world.north, article_number="FOLLOWS", backorder="allow")
    for article, on_hand in ((short, 5), (nearly_gone, 3), (follows, 5)):
        make_stock(seed, article, on_hand)
    for week in range(1, 11):
        bought = [(article, 8, 1) for article in (short, nearly_gone, follows)]
        make_history(seed, world.north, world.anna, today - timedelta(days=7 * week), *bought)
    proposed = proposals(client, make_token(seed, world.anna))
    assert [(line["article"], line["quantity"]) for line in proposed] == [("SHORT", 4), ("FOLLOWS", 8)]

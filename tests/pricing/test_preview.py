"""The portal as a retailer on a day: its prices, with a draft as if published, explained; and no write is possible meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import portal.storefront.preview as screen
from portal.storefront.queries import preview_articles
from tenants.database import db
from tests.factories.organisations import sign_in
from tests.factories.seed import Seed
from tests.pricing.calls import begin_draft, call, price, put_entries, put_list
from tests.pricing.conftest import Desk

pytestmark = pytest.mark.shared_database


def previewed(client: FlaskClient, token: str, **query: Any) -> list[tuple[Any, ...]]:
    page = "&".join(f"{name}={value}" for name, value in query.items())
    items = call(client, token, "GET", f"/selling/preview?account=ANNA&{page}")["items"]
    return [(item["article"], item["unit_price_now"], item["unit_price"]) for item in items]


def test_a_seller_sees_what_the_buyer_sees_on_a_day(client: FlaskClient, north: str, anna: str) -> None:
    put_entries(client, north, "L", {"article": "N-1", "net_price": 14, "valid_from": "2999-01-01"})
    put_list(client, north, "OWN", audience={"accounts": ["ANNA"]})
    put_entries(
        client,
        north,
        "OWN",
        {"article": "N-2", "net_price": 18},
        {"article": "N-2", "net_price": 15, "min_quantity": 5},
    )
    assert previewed(client, north) == [("N-1", "10.00", "10.00"), ("N-2", "18.00", "18.00"), ("N-3", None, None)]
    assert [price(client, anna, f"N-{each}")[1] for each in (1, 2, 3)] == ["10.00", "18.00", None]
    assert previewed(client, north, on="2999-01-01", q="N-1") == [("N-1", "14.00", "14.00")]
    [item] = call(client, north, "GET", "/selling/preview?account=ANNA&q=N-2")["items"]
    assert item["tiers"] == [{"min_quantity": 1, "unit_price": "18.00"}, {"min_quantity": 5, "unit_price": "15.00"}]
    assert item["explanation"]["decided"]["list"]["code"] == "OWN"
    call(client, north, "GET", "/selling/preview?account=NOBODY", status=404)


def test_a_draft_is_seen_as_if_published(client: FlaskClient, seed: Seed, desk: Desk, north: str, anna: str) -> None:
    number = begin_draft(client, north, "L", {"article": "N-1", "net_price": 11}, {"article": "N-2"}, name="Autumn")
    assert previewed(client, north, price_list="L", draft=number) == [("N-1", "10.00", "11.00"), ("N-2", "20.00", None)]
    assert price(client, anna, "N-1")[1] == "10.00"
    sign_in(seed, client, desk.world.people["north"], desk.world.north)
    page = client.get(f"/selling/prices/preview/?account=ANNA&list=L&draft={number}")
    assert 'value="11.00"' in page.text
    assert "The draft “Autumn” counts as published" in page.text
    assert client.get("/selling/prices/preview/?account=NOBODY").status_code == 422
    assert client.get("/selling/prices/preview/?account=ANNA&list=L&draft=77").status_code == 404
    assert "Whose portal?" in client.get("/selling/prices/preview/").text


def test_nothing_can_be_written_while_it_is_looked_at(
    client: FlaskClient, seed: Seed, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the page came to call, the server itself refuses."""
    tried: list[str] = []

    def writing(*arguments: Any, **more: Any) -> Any:
        try:
            with db.session.begin_nested():
                db.session.execute(text("update price_entry set net_price = 1"))
        except DBAPIError as error:
            tried.append(str(error))
        return preview_articles(*arguments, **more)

    monkeypatch.setattr(screen, "preview_articles", writing)
    sign_in(seed, client, desk.world.people["north"], desk.world.north)
    assert client.get("/selling/prices/preview/?account=ANNA").status_code == 200
    assert len(tried) == 1
    assert "read-only transaction" in tried[0]

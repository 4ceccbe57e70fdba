"""A pricing manager's desk: made once a module, emptied of prices and their history before each test."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.conftest import Server
from tests.factories.audit import as_administrator
from tests.factories.catalogue import make_article, make_product
from tests.factories.organisations import make_token
from tests.factories.seed import Seed
from tests.factories.world import World, build_world
from tests.pricing.calls import put_entries, put_list

_MADE_BY_TESTS = (
    "basket",
    "price_revision",
    "price_assignment",
    "price_entry",
    "price_list",
    "article_cost",
    "outbox_event",
)


@dataclass(frozen=True, slots=True)
class Desk:
    """North's pricing: the world, its token and that of its buyer anna."""

    world: World
    north: str
    anna: str
    articles: dict[str, int]
    """Ids of N-1 to N-3 by number."""


@pytest.fixture
def desk(app: Flask, client: FlaskClient, seed: Seed, server: Server, request: pytest.FixtureRequest) -> Desk:
    """Give the desk: north's list L for everyone has N-1 at 10, N-2 at 20 as its version 1; N-3 has no price."""
    owner, known = request.module.__name__, app.extensions.get("desk")
    if known is not None and known[0] == owner:
        made: Desk = known[1]
        for table in _MADE_BY_TESTS:
            seed.run(text(f"delete from {table}"))
        as_administrator(app, server.admin_url, "delete from audit_entry")
    else:
        made = _make(seed)
        app.extensions["desk"] = (owner, made)
    put_list(client, made.north, "L", audience={"everyone": True})
    put_entries(client, made.north, "L", {"article": "N-1", "net_price": 10}, {"article": "N-2", "net_price": 20})
    return made


@pytest.fixture
def north(desk: Desk) -> str:
    """Give north's token."""
    return desk.north


@pytest.fixture
def anna(desk: Desk) -> str:
    """Give the token of north's buyer."""
    return desk.anna


def _make(seed: Seed) -> Desk:
    world = build_world(seed)
    articles = {}
    for number in (1, 2, 3):
        product = make_product(seed, world.acme, sku=f"S-{number}")
        articles[f"N-{number}"] = make_article(seed, world.north, product, article_number=f"N-{number}").id
    return Desk(world, make_token(seed, world.north), make_token(seed, world.anna), articles)

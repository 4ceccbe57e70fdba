"""Queries that no route asks with another's ids: each names the tenant itself, with row-level security switched off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.accounts.service.invitations import InvitedInto, Invitee, invite
from portal.analytics.queries.sales import SalesDimension, SalesFilter, list_sales
from portal.ordering.queries.mails import find_order
from portal.ordering.queries.orders import list_picks, list_shipments
from tenants.permissions import Capacity, Role
from tests.access.test_query_layer_alone import without_row_security
from tests.factories.catalogue import make_article
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, make_token, sign_in
from tests.factories.placing import acting, place, sell
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def unwalled(app: Flask, world: World) -> Iterator[None]:
    """Switch the first wall off once the world is made."""
    with without_row_security(app):
        yield


def shipped_order(client: FlaskClient, seed: Seed, world: World) -> Any:
    """Place and ship an order at north and give its row."""
    sell(seed, world.north, "SAW", "12.50", on_hand=9)
    number = place(client, make_token(seed, world.anna), [("SAW", 6)])
    sign_in(seed, client, world.people["north"], world.north)
    client.post(f"/selling/orders/{number}/confirm")
    client.post(f"/selling/orders/{number}/ship", data={"pick-1-1": "4", "place-1-1": "MAIN"})
    return seed.run(text("select id, status from sales_order where order_number = :number"), {"number": number})[0]


@pytest.mark.usefixtures("unwalled")
def test_an_order_is_found_for_its_mails_by_its_seller_alone(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    order = shipped_order(client, seed, world)
    with acting(app, world.north, Capacity.SELLER) as north:
        assert find_order(north, order.id) is not None
    with acting(app, world.south, Capacity.SELLER) as south:
        assert find_order(south, order.id) is None


@pytest.mark.usefixtures("unwalled")
def test_shipments_and_picks_are_read_by_their_seller_alone(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    order = shipped_order(client, seed, world)
    with acting(app, world.north, Capacity.SELLER) as north:
        assert [row.quantity for row in list_shipments(north, order.id)] == [Decimal(4)]
        assert [row.free for row in list_picks(north, order.id)] == [Decimal(3)]
    with acting(app, world.south, Capacity.SELLER) as south:
        assert list_shipments(south, order.id) == []
        assert list_picks(south, order.id) == []


def test_a_customers_code_means_the_sellers_own_customer(app: Flask, seed: Seed, world: World) -> None:
    foreign, own = (make_organisation(seed, "SAME", "retailer", seller) for seller in (world.west, world.north))
    assert foreign.id < own.id
    day = date(2026, 3, 1)
    make_history(seed, world.west, foreign, day, (make_article(seed, world.west), 9, "1.00"))
    make_history(seed, world.north, own, day, (make_article(seed, world.north), 2, "3.00"))
    wanted = SalesFilter(day, date(2026, 4, 1), retailer="SAME")
    with without_row_security(app), acting(app, world.north, Capacity.SELLER) as north:
        rows = list_sales(north, wanted, SalesDimension.PRODUCT).rows
    assert [(row.units, row.amount) for row in rows] == [(Decimal(2), Decimal(6))]


@pytest.mark.usefixtures("unwalled")
def test_a_new_invitation_ends_the_inviters_earlier_one_into_the_same_organisation_alone(
    app: Flask, seed: Seed, world: World
) -> None:
    invitee = Invitee("new@example.com", "New", Role.MANAGER)
    edges = (
        (world.north, Capacity.SELLER, world.anna),
        (world.north, Capacity.SELLER, world.bruno),
        (world.anna, Capacity.BUYER, world.anna),
    )
    for inviter, capacity, into in (*edges, edges[0]):
        with acting(app, inviter, capacity) as principal:
            invite(principal, InvitedInto(into.id, into.name, "en"), invitee)
    rows = seed.run(
        text("select inviting_organisation_id, organisation_id, revoked_at is not null from invitation order by id")
    )
    open_edges = [(inviter.id, into.id, False) for inviter, _, into in edges]
    assert [tuple(row) for row in rows] == [(*open_edges[0][:2], True), *open_edges[1:], open_edges[0]]

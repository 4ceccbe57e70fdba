"""The head office of a chain looks at its branches' orders; branches see neither each other's nor the head office's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, text

from portal.ordering.branch_view import looking_at_branch
from portal.ordering.queries.orders import EVERY_ORDER, list_orders
from tenants.database import db
from tenants.errors import NotFound, PermissionDenied
from tenants.permissions import Capacity, Permission
from tests.factories.organisations import make_organisation, make_person, make_token, sign_in
from tests.factories.placing import acting, place, sell
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def sister(seed: Seed, world: World) -> Row[Any]:
    """Give a second branch of anna."""
    return make_organisation(seed, "SISTER", "retailer", world.anna)


@pytest.fixture
def numbers(app: Flask, seed: Seed, world: World, sister: Row[Any]) -> dict[str, str]:
    """Let anna, both branches and bruno order saws; give the order numbers by organisation."""
    sell(seed, world.north, "SAW", "10.00", on_hand=100)
    client = app.test_client()
    shops = {"ANNA": (world.anna, 1), "BRANCH": (world.branch, 2), "SISTER": (sister, 3), "BRUNO": (world.bruno, 4)}
    return {code: place(client, make_token(seed, shop), [("SAW", count)]) for code, (shop, count) in shops.items()}


def browser(app: Flask, seed: Seed, place: Row[Any], role: str = "viewer") -> FlaskClient:
    person = make_person(seed, f"{role}{seed.number()}@{place.code.lower()}.example", (place, role))
    return sign_in(seed, app.test_client(), person, place)


def test_the_head_office_sees_totals_lists_and_orders_of_its_branches(
    app: Flask, seed: Seed, world: World, numbers: dict[str, str]
) -> None:
    head = browser(app, seed, world.anna)
    branches = head.get("/buying/branches/").get_data(as_text=True)
    assert all(shown in branches for shown in ("BRANCH name", "SISTER name", "20.00", "30.00", "50.00"))
    assert "BRUNO name" not in branches
    listed = head.get("/buying/branches/BRANCH").get_data(as_text=True)
    assert [code for code, number in numbers.items() if number in listed] == ["BRANCH"]
    assert head.get("/buying/branches/BRANCH?status=shipped").get_data(as_text=True).count(numbers["BRANCH"]) == 0
    page = head.get(f"/buying/branches/BRANCH/orders/{numbers['BRANCH']}")
    assert page.status_code == 200
    assert "20.00" in page.get_data(as_text=True)
    # There is nothing to be done there.
    assert '<form method="post" action="/buying/orders' not in page.get_data(as_text=True)
    lines = head.get("/buying/branches/BRANCH/orders.csv").get_data(as_text=True).splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == [numbers["BRANCH"]]
    assert numbers["BRANCH"] not in head.get("/buying/orders").get_data(as_text=True)
    assert "BRANCH name" in head.get("/buying/").get_data(as_text=True)


def test_branches_see_neither_the_head_office_nor_each_other(
    app: Flask, seed: Seed, world: World, numbers: dict[str, str]
) -> None:
    branch = browser(app, seed, world.branch, "admin")
    for code in ("ANNA", "SISTER", "BRUNO", "BRANCH", "NOBODY"):
        paths: tuple[str, ...] = (f"/buying/branches/{code}", f"/buying/branches/{code}/orders.csv")
        paths += tuple(f"/buying/branches/{code}/orders/{number}" for number in numbers.values())
        assert {branch.get(path).status_code for path in paths} == {404}
    seen = "".join(
        branch.get(path).get_data(as_text=True) for path in ("/buying/branches/", "/buying/orders", "/buying/")
    )
    assert [code for code, number in numbers.items() if number in seen] == ["BRANCH"]
    assert "SISTER name" not in seen
    # Nor does one branch's address open another one's order.
    head = browser(app, seed, world.anna)
    assert head.get(f"/buying/branches/BRANCH/orders/{numbers['SISTER']}").status_code == 404
    assert head.get(f"/buying/branches/BRANCH/orders/{numbers['ANNA']}").status_code == 404
    assert head.get(f"/buying/branches/BRUNO/orders/{numbers['BRUNO']}").status_code == 404


def test_the_database_itself_tells_branches_apart(
    app: Flask, seed: Seed, world: World, numbers: dict[str, str]
) -> None:
    """Whatever the portal asks: the function knows who asks, and the policies hold for the branch that is looked at."""
    all_orders, told = (
        text("select count(*) from sales_order"),
        text("select code from branches_of_buyer() order by code"),
    )
    for shop, branches in ((world.anna, ["BRANCH", "SISTER"]), (world.branch, []), (world.bruno, [])):
        with acting(app, shop, Capacity.BUYER):
            assert [row.code for row in db.session.execute(told)] == branches
            assert db.session.execute(all_orders).scalar_one() == 1
    with acting(app, world.anna, Capacity.BUYER) as head:
        with looking_at_branch(head, "BRANCH") as (_branch, looking):
            assert db.session.execute(all_orders).scalar_one() == 1
            assert [row.order_number for row in list_orders(looking, EVERY_ORDER, limit=5)] == [numbers["BRANCH"]]
            assert looking.permissions == {Permission.ORDERS_VIEW}
            with pytest.raises(PermissionDenied):
                looking.require(Permission.ORDERS_PLACE)
        assert [row.order_number for row in list_orders(head, EVERY_ORDER, limit=5)] == [numbers["ANNA"]]
        with pytest.raises(NotFound), looking_at_branch(head, "BRUNO"):
            pass


def test_programs_of_the_head_office_read_the_same(
    client: FlaskClient, seed: Seed, world: World, numbers: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {make_token(seed, world.anna, 'buying:read')}"}
    found = client.get("/api/v1/buying/branches", headers=headers).get_json()
    assert [(row["code"], row["orders"], row["open_orders"], row["total"]) for row in found["branches"]] == [
        ("BRANCH", 1, 1, "20.00"),
        ("SISTER", 1, 1, "30.00"),
    ]
    orders = client.get("/api/v1/buying/branches/SISTER/orders", headers=headers).get_json()
    assert [row["order_number"] for row in orders["items"]] == [numbers["SISTER"]]
    path = f"/api/v1/buying/branches/SISTER/orders/{numbers['SISTER']}"
    assert Decimal(str(client.get(path, headers=headers).get_json()["lines"][0]["quantity"])) == 3
    assert client.get("/api/v1/buying/branches/BRUNO/orders", headers=headers).status_code == 404


def test_a_branch_that_buys_elsewhere_is_no_longer_seen(
    app: Flask, seed: Seed, world: World, numbers: dict[str, str]
) -> None:
    seed.run(
        text(
            "update organisation set seller_id = :south, parent_id = :south, owner_ids = array[root_id, :south, id] where code = 'BRANCH'"
        ),
        {"south": world.south.id},
    )
    head = browser(app, seed, world.anna)
    assert "BRANCH name" not in head.get("/buying/branches/").get_data(as_text=True)
    assert head.get(f"/buying/branches/BRANCH/orders/{numbers['BRANCH']}").status_code == 404


def test_whoever_looks_at_branches_alone_counts_as_present(
    app: Flask, seed: Seed, world: World, numbers: dict[str, str]
) -> None:
    head = browser(app, seed, world.anna)
    seed.run(text("update user_session set last_seen_at = now() - interval '20 minutes'"))
    assert head.get("/buying/branches/BRANCH").status_code == 200
    [seen] = seed.run(text("select max(last_seen_at) > now() - interval '1 minute' as lately from user_session"))
    assert seen.lately

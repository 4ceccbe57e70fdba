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
        text("select code from branches_of_buyer(null) order by code"),
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


def move(client: FlaskClient, seller: str, parent_code: str | None) -> None:
    answer = client.patch(
        "/api/v1/selling/accounts/BRANCH",
        json={"parent_code": parent_code},
        headers={"Authorization": f"Bearer {seller}"},
    )
    assert (answer.status_code, answer.get_json()["parent_code"]) == (200, parent_code)


def test_a_moved_branch_is_seen_by_its_new_head_office_alone_and_an_independent_one_by_nobody(
    app: Flask, seed: Seed, world: World, numbers: dict[str, str]
) -> None:
    """Sessions and tokens stay open meanwhile: each request asks anew whose branch it is."""
    number, seller = numbers["BRANCH"], make_token(seed, world.north)
    shops = {"ANNA": world.anna, "BRUNO": world.bruno}
    browsers = {code: browser(app, seed, shop, "admin") for code, shop in shops.items()}
    tokens = {code: make_token(seed, shop) for code, shop in shops.items()}
    pages = ("BRANCH", "BRANCH/orders.csv", f"BRANCH/orders/{number}")

    def seeing() -> list[str]:
        seen = []
        for code, client in browsers.items():
            headers = {"Authorization": f"Bearer {tokens[code]}"}
            told = [
                *(client.get(f"/buying/branches/{page}").status_code == 200 for page in pages),
                *(
                    "BRANCH name" in client.get(path).get_data(as_text=True)
                    for path in ("/buying/branches/", "/buying/")
                ),
                "BRANCH" in {row["code"] for row in branches(app.test_client(), tokens[code])},
                *(
                    app.test_client().get(f"/api/v1/buying/branches/BRANCH/orders{rest}", headers=headers).status_code
                    == 200
                    for rest in ("", f"/{number}")
                ),
            ]
            assert len(set(told)) == 1, (code, told)
            seen += [code] if told[0] else []
        return seen

    assert seeing() == ["ANNA"]
    move(app.test_client(), seller, "BRUNO")
    assert seeing() == ["BRUNO"]
    move(app.test_client(), seller, None)
    assert seeing() == []
    own = browser(app, seed, world.branch)
    assert own.get(f"/buying/orders/{number}").status_code == 200
    assert own.get(f"/buying/branches/BRANCH/orders/{number}").status_code == 404


def branches(client: FlaskClient, token: str) -> list[dict[str, Any]]:
    """Give the branches that a program is told of."""
    answer = client.get("/api/v1/buying/branches", headers={"Authorization": f"Bearer {token}"})
    rows: list[dict[str, Any]] = answer.get_json()["branches"]
    return rows


def test_what_waits_at_a_moved_branch_waits_for_its_own_approver_and_no_head_offices(
    app: Flask, seed: Seed, world: World, numbers: dict[str, str]
) -> None:
    seed.run(text("insert into approval_rule values (:buyer, 5, false)"), {"buyer": world.branch.id})
    line = {"article-1": "SAW", "quantity-1": "9", "base-1": "9", "shown_price-1": "10.00"}
    asks = browser(app, seed, world.branch, "buyer")
    asked = asks.post("/buying/basket", data={**line, "act": "order", "idempotency_key": "asks"})
    waiting = asked.location.partition("?")[0]
    seller, approver = make_token(seed, world.north), browser(app, seed, world.branch, "approver")
    heads = [browser(app, seed, shop, "admin") for shop in (world.anna, world.bruno)]
    for parent in ("ANNA", "BRUNO", None):
        move(app.test_client(), seller, parent)
        assert [head.get(waiting).status_code for head in heads] == [404, 404]
        assert [head.post(f"{waiting}/approve").status_code for head in heads] == [404, 404]
        assert waiting.rpartition("/")[2] not in "".join(head.get("/buying/approvals/").text for head in heads)
        assert approver.get(waiting).status_code == 200
    assert seed.run(text("select state from order_request"))[0][0] == "waiting"


def test_people_of_the_old_head_office_have_no_place_at_a_moved_branch_and_its_seller_still_acts_for_it(
    app: Flask, seed: Seed, world: World, numbers: dict[str, str]
) -> None:
    """Nothing of a head office's people is inherited, before or after: neither seats nor rights nor acting in its name."""
    seller = make_token(seed, world.north)
    boss = make_person(seed, "boss@anna.example", (world.anna, "admin"))
    manager = make_person(seed, "manager@north.example", (world.north, "manager"))
    sells = sign_in(seed, app.test_client(), manager, world.north)
    assert sells.post("/selling/accounts/BRANCH/act", data={"reason": "By phone"}).location == "/buying/"
    for parent in ("ANNA", "BRUNO", None):
        move(app.test_client(), seller, parent)
        # A session that names the branch has no place there: it works where the person has one.
        claims = sign_in(seed, app.test_client(), boss, world.branch)
        assert claims.get(f"/buying/orders/{numbers['BRANCH']}").status_code == 404
        assert claims.get("/organisation/people/").text.count("branch@example.com") == 0
        head = sign_in(seed, app.test_client(), boss, world.anna)
        assert head.post("/selling/accounts/BRANCH/act", data={"reason": "Chain"}).status_code == 404
        assert head.post("/switch", data={"choice": f"{world.anna.slug}:buyer"}).status_code == 302
        assert head.post("/switch", data={"choice": f"{world.branch.slug}:buyer"}).status_code == 404
        assert "You act for BRANCH name" in sells.get("/buying/").text
    members = "select count(*) from membership where organisation_id = :branch"
    assert seed.run(text(members), {"branch": world.branch.id})[0][0] == 1

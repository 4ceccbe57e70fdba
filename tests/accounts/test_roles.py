"""Roles made of permissions: never more than one has oneself, in force at once, removed only with a successor."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.accounts.permission_words import PERMISSION_WORDS
from portal.web.api.operations import OPERATIONS
from portal.web.screens import declarations
from tenants.permissions import KIND_PERMISSIONS, SCOPE_CAPACITY, Capacity, Permission, Scope
from tests.accounts.conftest import Mails, link_in
from tests.factories.audit import LOG
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.programs import make_personal_token
from tests.factories.seed import Seed
from tests.factories.world import World

ROLES = "/organisation/people/roles/"
API = "/api/v1/selling"
DESK = {"name": "Telephone desk", "like_role": "buyer", "permission": ["accounts:view", "orders:view", "orders:manage"]}


@pytest.fixture
def boss(app: Flask, seed: Seed, world: World) -> FlaskClient:
    return sign_in(seed, app.test_client(), world.people["north"], world.north)


@pytest.fixture
def program(seed: Seed, world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(seed, world.north)}"}


def member(app: Flask, seed: Seed, world: World, role: str = "viewer") -> tuple[Any, FlaskClient]:
    person = make_person(seed, "desk@north.example", (world.north, role))
    return person, sign_in(seed, app.test_client(), person, world.north)


def place_of(seed: Seed, person: Any) -> tuple[str, str | None]:
    [row] = seed.run(text("select role, own_role from membership where user_id = :id"), {"id": person.id})
    return row.role, row.own_role


def log(seed: Seed) -> list[tuple[Any, ...]]:
    statement = f"select action, subject, before, after from {LOG} where not refused and action like :of order by at"
    return [tuple(row) for row in seed.run(text(statement), {"of": "%role%"})]


def test_a_role_may_what_it_lists_and_a_change_holds_with_the_next_request_of_person_and_token(
    app: Flask, client: FlaskClient, seed: Seed, world: World, boss: FlaskClient
) -> None:
    person, desk = member(app, seed, world)
    token = make_personal_token(seed, world.north, person, Scope.SELLING_READ, Scope.SELLING_WRITE)[1]
    headers = {"Authorization": f"Bearer {token}"}
    assert boss.post(f"{ROLES}new", data={**DESK, "code": "DESK"}).location == ROLES
    assert desk.get("/selling/prices/").status_code == 200
    boss.post(f"/organisation/people/{person.id}/role", data={"role": "DESK"})
    assert place_of(seed, person) == ("buyer", "DESK")
    assert [desk.get(path).status_code for path in ("/selling/prices/", "/selling/accounts/")] == [403, 200]
    assert client.get(f"{API}/price-lists", headers=headers).status_code == 403
    assert client.get(f"{API}/accounts", headers=headers).status_code == 200
    boss.post(f"{ROLES}of/DESK", data={**DESK, "permission": ["prices:view"], "like_role": "viewer"})
    assert [desk.get(path).status_code for path in ("/selling/prices/", "/selling/accounts/")] == [200, 403]
    assert client.get(f"{API}/price-lists", headers=headers).status_code == 200
    assert client.get(f"{API}/accounts", headers=headers).status_code == 403
    assert place_of(seed, person) == ("viewer", "DESK")
    first = {"name": "Telephone desk", "like_role": "buyer", "permissions": sorted(DESK["permission"])}
    assert log(seed) == [
        ("role.created", "DESK", None, first),
        ("person.role_changed", "desk@north.example", {"role": "viewer"}, {"role": "DESK"}),
        ("role.changed", "DESK", first, {**first, "like_role": "viewer", "permissions": ["prices:view"]}),
    ]


def test_nobody_makes_changes_gives_or_removes_a_role_that_may_more_than_his_own(
    app: Flask, seed: Seed, world: World, boss: FlaskClient
) -> None:
    person, staff = member(app, seed, world)
    rights = ["people:view", "people:manage", "orders:view"]
    boss.post(f"{ROLES}new", data={"code": "STAFF", "name": "Staff", "like_role": "viewer", "permission": rights})
    boss.post(f"{ROLES}new", data={**DESK, "code": "DESK"})
    boss.post(f"/organisation/people/{person.id}/role", data={"role": "STAFF"})
    other = make_person(seed, "other@north.example", (world.north, "warehouse"))
    more = {"name": "Staff", "like_role": "viewer", "permission": [*rights, "prices:manage"]}
    refused = staff.post(f"{ROLES}of/STAFF", data=more)
    assert refused.status_code == 422
    assert "You cannot make a role that may do more than your own." in refused.get_data(as_text=True)
    assert staff.post(f"{ROLES}of/DESK", data={"name": "D", "like_role": "viewer"}).status_code == 422
    assert staff.post(f"{ROLES}new", data={**more, "code": "MORE"}).status_code == 422
    staff.post(f"{ROLES}remove/DESK")
    for role in ("DESK", "admin", "viewer"):
        staff.post(f"/organisation/people/{person.id}/role", data={"role": role})
    staff.post(f"/organisation/people/{other.id}/role", data={"role": "STAFF"})
    staff.post(f"/organisation/people/{other.id}/deactivate")
    assert place_of(seed, person) == ("viewer", "STAFF")
    assert place_of(seed, other) == ("warehouse", None)
    assert seed.run(text("select code from own_role order by code")) == [("DESK",), ("STAFF",)]
    less = {"name": "Clerk", "like_role": "viewer", "permission": ["orders:view"], "code": "CLERK"}
    assert staff.post(f"{ROLES}new", data=less).location == ROLES


def test_a_role_that_somebody_has_goes_only_with_a_successor_which_all_of_them_get(
    app: Flask, client: FlaskClient, seed: Seed, world: World, boss: FlaskClient, program: dict[str, str]
) -> None:
    person, desk = member(app, seed, world)
    body = {"name": "Desk", "permissions": ["orders:view", "accounts:view"]}
    for code in ("DESK", "NEXT"):
        assert client.put(f"{API}/roles/{code}", json=body, headers=program).status_code == 200
    boss.post(f"/organisation/people/{person.id}/role", data={"role": "DESK"})
    invitee = {"email": "new@north.example", "role": "DESK"}
    assert client.post(f"{API}/invitations", json=invitee, headers=program).get_json()["own_role"] == "DESK"
    refused = client.delete(f"{API}/roles/DESK", headers=program)
    assert (refused.status_code, refused.get_json()["people"], refused.get_json()["invitations"]) == (409, 1, 1)
    assert client.delete(f"{API}/roles/DESK?successor=DESK", headers=program).status_code == 409
    unknown = client.delete(f"{API}/roles/DESK?successor=NOBODY", headers=program)
    assert unknown.get_json()["type"].rpartition("/")[2] == "unknown-role"
    assert client.delete(f"{API}/roles/DESK?successor=admin", headers=program).status_code == 403
    assert "please choose the one that follows it" in boss.post(f"{ROLES}remove/DESK", follow_redirects=True).text
    assert client.delete(f"{API}/roles/DESK?successor=NEXT", headers=program).status_code == 204
    assert place_of(seed, person) == ("viewer", "NEXT")
    found = client.get(f"{API}/people", headers=program).get_json()["items"]
    assert [row["own_role"] for row in found if row["email"] == person.email] == ["NEXT"]
    [invited] = client.get(f"{API}/invitations", headers=program).get_json()["items"]
    assert invited["own_role"] == "NEXT"
    boss.post(f"{ROLES}remove/NEXT", data={"successor": "warehouse"})
    assert place_of(seed, person) == ("warehouse", None)
    assert desk.get("/selling/accounts/").status_code == 403


def test_no_token_of_an_administrator_makes_administrators_or_their_equals(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    person, _ = member(app, seed, world)
    token = make_personal_token(seed, world.north, world.people["north"], Scope.SELLING_ADMIN)[1]
    headers = {"Authorization": f"Bearer {token}"}
    body = {"name": "Desk", "permissions": ["orders:view"]}
    assert client.put(f"{API}/roles/DESK", json=body, headers=headers).status_code == 200
    assert client.patch(f"{API}/people/{person.email}", json={"role": "DESK"}, headers=headers).status_code == 200
    everything = {"name": "All", "permissions": sorted(KIND_PERMISSIONS["wholesaler"])}
    assert client.put(f"{API}/roles/ALL", json=everything, headers=headers).status_code == 403
    assert client.delete(f"{API}/roles/DESK?successor=admin", headers=headers).status_code == 403
    assert place_of(seed, person) == ("viewer", "DESK")


def test_who_accepts_an_invitation_has_the_own_role_and_only_of_the_own_organisation(
    app: Flask, client: FlaskClient, seed: Seed, world: World, boss: FlaskClient, mails: Mails
) -> None:
    boss.post(f"{ROLES}new", data={**DESK, "code": "DESK"})
    boss.post("/organisation/people/invitations", data={"email": "new@x.example", "name": "New", "role": "DESK"})
    path, token = link_in(mails()[-1])
    visitor = app.test_client()
    assert "Telephone desk" in visitor.get(path, query_string={"token": token}).get_data(as_text=True)
    visitor.post(path, data={"token": token, "name": "New", "password": "correct horse battery staple"})
    assert visitor.get("/selling/accounts/").status_code == 200
    assert visitor.get("/selling/prices/").status_code == 403
    other = sign_in(seed, app.test_client(), world.people["south"], world.south)
    assert other.get(f"{ROLES}of/DESK").status_code == 404
    assert "DESK" not in other.get(ROLES).get_data(as_text=True)
    into_shop = boss.post("/selling/accounts/ANNA/invitations", data={"email": "x@x.example", "role": "DESK"})
    assert into_shop.status_code == 422
    [row] = seed.run(text("select r.code from membership m join own_role r on r.code = m.own_role"))
    assert row.code == "DESK"


def test_codes_of_built_in_roles_and_permissions_of_no_use_here_are_refused(
    client: FlaskClient, seed: Seed, world: World, program: dict[str, str]
) -> None:
    shop = {"Authorization": f"Bearer {make_token(seed, world.anna)}"}
    body = {"name": "Any", "permissions": ["orders:view"]}
    path = "/api/v1/buying/roles"
    taken = client.put(f"{path}/viewer", json=body, headers=shop)
    assert (taken.status_code, taken.get_json()["field"]) == (422, "code")
    useless = client.put(f"{path}/X", json={**body, "permissions": ["prices:manage"]}, headers=shop)
    assert (useless.status_code, useless.get_json()["field"]) == (422, "permissions")
    like = client.put(f"{path}/X", json={**body, "like_role": "admin"}, headers=shop)
    assert (like.status_code, like.get_json()["field"]) == (422, "like_role")
    high = client.put(f"{path}/X", json={**body, "permissions": ["people:manage"]}, headers=shop)
    assert (high.status_code, high.get_json()["type"].rpartition("/")[2]) == (403, "role-too-high")
    assert client.put(f"{path}/BUY", json=body, headers=shop).status_code == 200
    own = [row for row in client.get(path, headers=shop).get_json()["roles"] if not row["is_built_in"]]
    assert own == [
        {
            "code": "BUY",
            "name": "Any",
            "is_built_in": False,
            "like_role": "viewer",
            "permissions": ["orders:view"],
            "people": 0,
        }
    ]
    admin = client.patch("/api/v1/selling/people/nobody@x.example", json={"role": "admin"}, headers=program)
    assert admin.status_code == 404


def test_a_second_factor_demanded_of_administrators_is_demanded_of_who_manages_by_an_own_role(
    app: Flask, seed: Seed, world: World, boss: FlaskClient
) -> None:
    person, staff = member(app, seed, world)
    boss.post(f"{ROLES}new", data={"code": "S", "name": "S", "like_role": "viewer", "permission": ["people:manage"]})
    seed.run(
        text("insert into sign_in_policy (organisation_id, second_factor) values (:own, 'administrators')"),
        {"own": world.north.id},
    )
    assert staff.get("/organisation/").status_code == 200
    seed.run(text("update membership set own_role = 'S' where user_id = :id"), {"id": person.id})
    assert re.search("second-factor", staff.get("/organisation/people/").location)


def test_each_kind_of_organisation_makes_roles_of_what_there_is_to_be_done_in_it(app: Flask) -> None:
    """A screen or operation of a capacity needs nothing that the roles of such organisations could not have."""
    needed: dict[Capacity, set[Permission]] = {capacity: set() for capacity in Capacity}
    for screen in declarations(app).values():
        for capacity in [screen.capacity] if screen.capacity else Capacity:
            needed[capacity] |= {screen.permission} if screen.permission else set()
    for each in OPERATIONS.by_name.values():
        needed[SCOPE_CAPACITY[each.scope]].add(each.permission)
    shared = {screen.permission for screen in declarations(app).values() if screen.capacity is None}
    assert needed[Capacity.BUYER] - KIND_PERMISSIONS["retailer"] <= shared
    assert KIND_PERMISSIONS["retailer"] <= needed[Capacity.BUYER]
    assert KIND_PERMISSIONS["wholesaler"] == (needed[Capacity.SELLER] | needed[Capacity.BUYER]) - {
        Permission.CHANNEL_VIEW,
        Permission.OPERATIONS_MANAGE,
    }
    assert KIND_PERMISSIONS["manufacturer"] == needed[Capacity.SELLER] | needed[Capacity.BRAND_OWNER]
    assert set(PERMISSION_WORDS) == set(Permission)
    assert {SCOPE_CAPACITY[scope] for scope in Scope} == set(Capacity)

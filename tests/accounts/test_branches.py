"""Shops moved between the chains of one seller: what hangs below comes along, the old chain has no hold on them left."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.authentication import build_principal
from tenants.database import act_as, db
from tenants.database_roles import conninfo
from tenants.permissions import Capacity, Scope
from tests.factories.audit import LOG
from tests.factories.organisations import make_organisation, make_person, make_token, sign_in
from tests.factories.programs import make_personal_token
from tests.factories.seed import Seed
from tests.factories.world import World

PLACE = "/selling/accounts/BRANCH/place"
API = "/api/v1/selling/accounts"


@pytest.fixture
def boss(app: Flask, seed: Seed, world: World) -> FlaskClient:
    return sign_in(seed, app.test_client(), world.people["north"], world.north)


@pytest.fixture
def program(seed: Seed, world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(seed, world.north)}"}


def paths(seed: Seed) -> dict[str, str]:
    """Give where each retailer hangs, by code: the codes from the top."""
    rows = seed.run(
        text(
            "select o.code, p.code as parent, (select string_agg(a.code, ' ' order by x.place)"
            " from unnest(o.owner_ids) with ordinality x (id, place) join organisation a on a.id = x.id) as path"
            " from organisation o join organisation p on p.id = o.parent_id where o.kind = 'retailer'"
        )
    )
    assert all(row.path.split()[-2] == row.parent for row in rows)
    return {row.code: row.path for row in rows}


def kind_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"].rpartition("/")[2]


def test_a_branch_goes_with_its_branches_and_only_the_new_chain_has_a_hold_on_it(
    app: Flask, seed: Seed, world: World, boss: FlaskClient
) -> None:
    make_organisation(seed, "KIOSK", "retailer", world.branch)
    branch = sign_in(seed, app.test_client(), world.people["branch"], world.branch)
    page = boss.get(PLACE).get_data(as_text=True)
    assert ("BRUNO name (BRUNO)" in page, "KIOSK name (KIOSK)" in page, "1 person, 1 branch" in page) == (
        True,
        False,
        True,
    )
    before = paths(seed)
    said = boss.post(PLACE, data={"parent_code": "BRUNO"}, follow_redirects=True).get_data(as_text=True)
    assert "BRANCH name is a branch of BRUNO." in said
    moved = {"BRANCH": "ACME NORTH BRUNO BRANCH", "KIOSK": "ACME NORTH BRUNO BRANCH KIOSK"}
    assert paths(seed) == {**before, **moved}
    assert branch.get("/buying/").status_code == 200
    boss.post("/selling/accounts/ANNA/close")
    assert branch.get("/buying/").status_code == 200
    boss.post("/selling/accounts/BRUNO/state", data={"state": "suspended"})
    assert branch.get("/buying/").status_code == 302
    rows = seed.run(text(f"select action, subject, before, after from {LOG} where action = 'account.moved'"))
    assert [tuple(row) for row in rows] == [("account.moved", "BRANCH", {"branch_of": "ANNA"}, {"branch_of": "BRUNO"})]
    log = boss.get("/organisation/audit").get_data(as_text=True)
    assert ("Account moved" in log, "Branch of" in log) == (True, True)


def test_programs_move_shops_and_make_them_independent_and_terms_people_and_account_stay(
    client: FlaskClient, seed: Seed, world: World, program: dict[str, str]
) -> None:
    before = client.get(f"{API}/BRANCH", headers=program).get_json()
    independent = client.patch(f"{API}/BRANCH", json={"parent_code": None}, headers=program).get_json()
    assert independent == {**before, "parent_code": None}
    assert paths(seed)["BRANCH"] == "ACME NORTH BRANCH"
    again = client.patch(f"{API}/BRANCH", json={"parent_code": None, "city": "Kiel"}, headers=program).get_json()
    assert again == {**independent, "city": "Kiel"}
    back = client.patch(f"{API}/BRANCH", json={"parent_code": "ANNA"}, headers=program).get_json()
    assert back == {**before, "city": "Kiel"}
    [count] = seed.run(text(f"select count(*) from {LOG} where action = 'account.moved'"))
    assert count == (2,)


def test_no_circle_no_sub_distributor_no_closed_chain_and_nobody_elses_shop(
    client: FlaskClient, seed: Seed, world: World, boss: FlaskClient, program: dict[str, str]
) -> None:
    before = paths(seed)

    def moved(code: str, parent: str) -> tuple[int, str]:
        return kind_of(client.patch(f"{API}/{code}", json={"parent_code": parent}, headers=program))

    assert moved("ANNA", "BRANCH") == moved("ANNA", "ANNA") == moved("SUB", "ANNA") == (422, "cannot-move")
    assert moved("ANNA", "CLARA") == moved("ANNA", "SUB") == moved("ANNA", "NOBODY") == (422, "unknown-shop")
    assert moved("CLARA", "ANNA") == moved("NOBODY", "ANNA") == (404, "not-found")
    client.patch(f"{API}/BRUNO", json={"status": "closed"}, headers=program)
    assert moved("BRANCH", "BRUNO") == (422, "cannot-move")
    refused = boss.post(PLACE, data={"parent_code": "CLARA"})
    assert (refused.status_code, "It cannot be a branch of this shop." in refused.text) == (422, True)
    assert paths(seed) == before


def test_the_database_alone_refuses_foreign_shops_and_circles(app: Flask, seed: Seed, world: World) -> None:
    before = paths(seed)
    refused = [
        *((world.south, shop, parent) for shop in (world.branch, world.clara) for parent in (world.bruno, world.anna)),
        (world.south, world.branch, world.south),
        *(
            (world.north, world.anna, parent)
            for parent in (world.branch, world.anna, world.clara, world.sub, world.acme)
        ),
        *((world.north, shop, world.bruno) for shop in (world.sub, world.clara, world.north)),
    ]
    for seller, shop, parent in refused:
        with app.app_context():
            principal = build_principal(
                seller.id, Capacity.SELLER, permissions=frozenset(), actor="job", actor_name="test"
            )
            assert principal is not None
            act_as(principal)
            moved = db.session.execute(text("select move_shop(:shop, :parent)"), {"shop": shop.id, "parent": parent.id})
            assert moved.scalar_one() is False, (seller.code, shop.code, parent.code)
            db.session.commit()
    assert paths(seed) == before


def test_of_two_moves_at_once_that_would_close_a_circle_one_is_refused_and_a_new_branch_comes_along(
    app: Flask, client: FlaskClient, seed: Seed, world: World, program: dict[str, str]
) -> None:
    lock = "select pg_advisory_xact_lock(hashtextextended('branches', %s))"
    acts = (
        lambda: client.patch(f"{API}/ANNA", json={"parent_code": "BRUNO"}, headers=program),
        lambda: app.test_client().patch(f"{API}/BRUNO", json={"parent_code": "ANNA"}, headers=program),
        lambda: app.test_client().post(
            API, json={"name": "New", "code": "NEW", "parent_code": "BRANCH"}, headers=program
        ),
    )
    with psycopg.connect(conninfo(app.extensions["role_urls"].loader)) as first, ThreadPoolExecutor(3) as others:
        first.execute(lock, (world.north.id,))
        started = [others.submit(act) for act in acts]
        until = time.monotonic() + 20
        waiting = "select count(*) from pg_locks where not granted"
        while first.execute(waiting).fetchone() != (len(acts),) and time.monotonic() < until:
            time.sleep(0.01)
        first.commit()
        answers = [each.result().status_code for each in started]
    assert (sorted(answers[:2]), answers[2]) == ([200, 422], 201)
    below = "BRUNO ANNA" if answers[0] == 200 else "ANNA"
    assert paths(seed)["NEW"] == f"ACME NORTH {below} BRANCH NEW"


def test_who_works_in_the_old_chain_too_has_no_seat_token_or_program_left_in_a_moved_branch(
    app: Flask, client: FlaskClient, seed: Seed, world: World, boss: FlaskClient, program: dict[str, str]
) -> None:
    kiosk = make_organisation(seed, "KIOSK", "retailer", world.branch)
    owner = make_person(seed, "owner@anna.example", (world.anna, "admin"), (world.branch, "admin"), (kiosk, "buyer"))
    both = sign_in(seed, app.test_client(), owner, world.branch)
    personal = make_personal_token(seed, world.branch, owner, Scope.BUYING_READ)[1]
    tokens = [personal, make_token(seed, world.branch), make_token(seed, kiosk)]

    def answers() -> list[int]:
        own = "/api/v1/buying/organisation"
        return [client.get(own, headers={"Authorization": f"Bearer {token}"}).status_code for token in tokens]

    boss.post("/selling/accounts/BRANCH/invitations", data={"email": "anna@example.com", "role": "viewer"})
    boss.post("/selling/accounts/BRANCH/invitations", data={"email": "new@branch.example", "role": "viewer"})
    assert answers() == [200, 200, 200]
    assert "loses the seat here" in boss.get(PLACE).get_data(as_text=True)
    client.patch(f"{API}/BRANCH", json={"parent_code": "BRUNO"}, headers=program)
    assert answers() == [401, 401, 401]
    seats = (
        "select o.code || ' ' || u.email as seat from membership m join organisation o on o.id = m.organisation_id"
        " join user_account u on u.id = m.user_id where m.status = 'active' and o.code in ('ANNA', 'BRANCH', 'KIOSK')"
    )
    left = {row.seat for row in seed.run(text(seats))}
    assert left == {"ANNA anna@example.com", "ANNA owner@anna.example", "BRANCH branch@example.com"}
    assert both.get("/buying/orders").status_code == 302
    opened = seed.run(text("select email from invitation where revoked_at is null"))
    assert [row.email for row in opened] == ["new@branch.example"]
    told = seed.run(text("select payload - 'buyer_id' as facts from outbox_event where kind = 'BranchMoved'"))
    assert [row.facts for row in told] == [{"code": "BRANCH", "from_code": "ANNA", "to_code": "BRUNO"}]
    [noted] = seed.run(text(f"select after from {LOG} where action = 'account.moved'"))
    assert noted.after == {"branch_of": "BRUNO", "seats_ended": 2}
    client.patch(f"{API}/BRANCH", json={"parent_code": "ANNA"}, headers=program)
    assert {row.seat for row in seed.run(text(seats))} == left

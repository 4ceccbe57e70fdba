"""Acting on behalf of a retailer: how it begins, what it shows, and everything that ends it at once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.authentication import build_principal
from tenants.database import act_as, db
from tenants.permissions import Capacity, Permission
from tests.factories.audit import LOG
from tests.factories.organisations import make_organisation, make_person, sign_in
from tests.factories.placing import sell
from tests.factories.seed import Seed
from tests.factories.world import World

ACT = "/selling/accounts/ANNA/act"


@pytest.fixture
def pia(app: Flask, world: World, seed: Seed) -> FlaskClient:
    """Give the browser of north's manager Pia."""
    person = make_person(seed, "pia@example.com", (world.north, "manager"), name="Pia Petersen")
    return sign_in(seed, app.test_client(), person, world.north)


def begin(client: FlaskClient, reason: str = "Order by telephone") -> Any:
    return client.post(ACT, data={"reason": reason})


def acts(client: FlaskClient) -> bool:
    return "You act for ANNA name" in client.get("/buying/").get_data(as_text=True)


def test_who_acts_sees_it_on_every_page_and_ends_it(pia: FlaskClient, seed: Seed) -> None:
    assert "Act for this shop" in pia.get("/selling/accounts/ANNA/").get_data(as_text=True)
    assert "30 minutes" in pia.get(ACT).get_data(as_text=True)
    assert begin(pia, "").status_code == 422
    assert not acts(pia)
    assert begin(pia).headers["Location"] == "/buying/"
    page = pia.get("/buying/catalogue").get_data(as_text=True)
    assert "You act for ANNA name" in page
    assert "Reason: Order by telephone" in page
    assert "Pia Petersen (NORTH name)" in page
    assert pia.get("/").headers["Location"] == "/buying/"
    assert pia.get("/selling/orders").status_code == 404
    assert pia.post("/organisation/acting/end").headers["Location"] == "/selling/accounts/ANNA/"
    assert pia.get("/selling/orders").status_code == 200
    assert seed.run(text("select ended_at <= now() from acting_session"))[0][0] is True
    assert pia.post("/organisation/acting/end").status_code == 404


def test_both_logs_name_both_and_the_retailers_administrators_are_told(
    app: Flask, pia: FlaskClient, world: World, seed: Seed
) -> None:
    begin(pia)
    assert pia.get("/organisation/people/").status_code == 403
    assert pia.get("/your-account/").status_code == 403
    pia.post("/organisation/acting/end")
    rows = seed.run(
        text(f"select organisation_id, action, subject, refused, actor from {LOG} order by at, organisation_id, action")
    )
    person = seed.run(text("select id from user_account where email = 'pia@example.com'"))[0][0]
    both = sorted([world.north.id, world.anna.id])
    assert [tuple(row) for row in rows] == [
        *((own, "acting.began", "ANNA", False, f"user:{person}") for own in both),
        (world.anna.id, "screen.refused", "GET /organisation/people/", True, f"user:{person}"),
        (world.anna.id, "screen.refused", "GET /your-account/", True, f"user:{person}"),
        *((own, "acting.ended", "ANNA", False, f"user:{person}") for own in both),
    ]
    anna = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    log = anna.get("/organisation/audit?person=petersen").get_data(as_text=True)
    assert "Pia Petersen" in log
    assert "on behalf of you, from NORTH name" in log
    seen = anna.get("/organisation/acting").get_data(as_text=True)
    assert all(words in seen for words in ("Pia Petersen", "NORTH name", "Order by telephone"))
    bruno = sign_in(seed, app.test_client(), world.people["bruno"], world.bruno)
    assert "Petersen" not in bruno.get("/organisation/acting").get_data(as_text=True)
    assert "Pia Petersen" in pia.get("/organisation/acting").get_data(as_text=True)
    events = seed.run(
        text("select payload ->> 'email', payload ->> 'person' from outbox_event where kind = 'ActingBegan'")
    )
    assert [tuple(row) for row in events] == [("anna@example.com", "Pia Petersen")]


@pytest.mark.parametrize(
    "loss",
    [
        "update acting_session set ends_at = now()",
        "update membership set role = 'buyer' where user_id = (select id from user_account where name = 'Pia Petersen')",
        "update membership set status = 'inactive' where user_id = (select id from user_account where name = 'Pia Petersen')",
        "update organisation set status = 'inactive' where code = 'ANNA'",
        "update organisation set seller_id = (select id from organisation where code = 'SOUTH') where code = 'ANNA'",
    ],
)
def test_its_end_counts_at_once_and_nothing_more_is_done_in_any_name(
    pia: FlaskClient, world: World, seed: Seed, loss: str
) -> None:
    begin(pia)
    assert acts(pia)
    seed.run(text(loss))
    answer = pia.post("/buying/basket/empty")
    assert answer.status_code in {302, 401}
    assert not acts(pia)
    assert seed.run(text("select count(*) from basket"))[0][0] == 0


def test_suspending_the_wholesaler_ends_it(pia: FlaskClient, seed: Seed) -> None:
    begin(pia)
    seed.run(text("update organisation set status = 'inactive' where code = 'NORTH'"))
    assert not acts(pia)
    assert pia.get("/buying/").status_code in {302, 404}


@pytest.mark.parametrize("way", ["/sign-out", "/switch"])
def test_signing_out_and_switching_end_it(pia: FlaskClient, world: World, seed: Seed, way: str) -> None:
    begin(pia)
    pia.post(way, data={"choice": f"{world.north.slug}:seller"})
    assert not acts(pia)
    assert seed.run(text("select ended_at is not null from acting_session"))[0][0] is True
    assert len(seed.run(text("select 1 from audit_entry where action = 'acting.ended'"))) == 2


def test_it_asks_who_it_is_when_the_last_proof_is_old(pia: FlaskClient, seed: Seed) -> None:
    seed.run(text("update user_session set proven_at = now() - interval '1 hour'"))
    answer = begin(pia)
    assert (answer.status_code, "What you entered was kept." in answer.get_data(as_text=True)) == (401, True)
    assert seed.run(text("select count(*) from acting_session"))[0][0] == 0


@pytest.mark.parametrize(("role", "status"), [("admin", 302), ("manager", 302), ("buyer", 403), ("viewer", 403)])
def test_the_permission_decides(app: Flask, world: World, seed: Seed, role: str, status: int) -> None:
    person = make_person(seed, "pia@example.com", (world.north, role))
    assert begin(sign_in(seed, app.test_client(), person, world.north)).status_code == status


@pytest.mark.parametrize("code", ["SUB", "CLARA", "DORA", "NOBODY", "BRANCH", "GONE"])
def test_own_retailers_alone(pia: FlaskClient, world: World, seed: Seed, code: str) -> None:
    make_organisation(seed, "GONE", "retailer", world.north, status="inactive")
    wanted = 302 if code == "BRANCH" else 404
    assert pia.post(f"/selling/accounts/{code}/act", data={"reason": "x"}).status_code == wanted


def test_the_database_itself_lets_nobody_act_for_anothers_retailer(app: Flask, world: World, seed: Seed) -> None:
    person = make_person(seed, "pia@example.com", (world.north, "manager"))
    sign_in(seed, app.test_client(), person, world.north)
    session = seed.run(text("select max(id) from user_session"))[0][0]
    with app.app_context():
        principal = build_principal(
            world.north.id, Capacity.SELLER, permissions=frozenset(Permission), actor="user:1", actor_name="Pia"
        )
        act_as(principal)
        began = [
            db.session.execute(
                text("select begin_acting(:own, :user, :session, 'x', 30, '{}')"),
                {"own": row.id, "user": person.id, "session": session},
            ).scalar_one()
            for row in (world.clara, world.sub, world.dora)
        ]
        db.session.rollback()
    assert began == [False, False, False]


def test_an_order_in_the_retailers_name_bears_both_names(pia: FlaskClient, world: World, seed: Seed) -> None:
    sell(seed, world.north, "A-1", on_hand=10)
    begin(pia)
    form = {"article-1": "A-1", "quantity-1": "2", "idempotency_key": "on-behalf", "act": "order"}
    answer = pia.post("/buying/basket", data=form)
    assert answer.status_code in {302, 303}
    [order] = seed.run(
        text(
            "select o.seller_id, o.buyer_id, e.actor_name from sales_order o"
            " join order_event e on e.seller_id = o.seller_id and e.order_id = o.id and e.kind = 'placed'"
        )
    )
    assert tuple(order) == (world.north.id, world.anna.id, "Pia Petersen (NORTH name)")
    [noted] = seed.run(
        text(
            "select e.organisation_id, e.actor_organisation_id, e.acted_as, e.actor = 'user:' || u.id"
            " from audit_entry e, user_account u where e.action = 'order.placed' and u.name = 'Pia Petersen'"
        )
    )
    assert tuple(noted) == (world.anna.id, world.north.id, "buyer", True)
    assert "Pia Petersen (NORTH name)" in pia.get(answer.headers["Location"]).get_data(as_text=True)

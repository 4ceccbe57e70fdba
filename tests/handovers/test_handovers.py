"""Handing a shop over: three agree, nothing of the former terms and no former right comes along."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database_roles import conninfo
from tenants.permissions import Scope
from tests.factories.audit import LOG
from tests.factories.organisations import make_organisation, make_person, make_token, sign_in
from tests.factories.placing import place, sell
from tests.factories.programs import make_personal_token
from tests.factories.seed import Seed
from tests.factories.world import World

API = "/api/v1/selling/handovers"
OWN = "/buying/handover/"


@pytest.fixture
def clients(app: Flask, seed: Seed, world: World) -> dict[str, FlaskClient]:
    """Give a signed-in administrator of each, by the organisation's code in lower case."""
    names = ("north", "south", "anna", "branch", "bruno")
    return {name: sign_in(seed, app.test_client(), world.people[name], getattr(world, name)) for name in names}


def bearer(seed: Seed, organisation: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(seed, organisation)}"}


def propose(clients: dict[str, FlaskClient], world: World, receiver: str = "") -> Any:
    slug = receiver or world.south.slug
    return clients["north"].post("/selling/handovers/new/ANNA", data={"receiver": slug})


def key_of(seed: Seed) -> str:
    [row] = seed.run(text("select key from handover where ended_at is null"))
    return str(row.key)


def agreed(clients: dict[str, FlaskClient], seed: Seed, world: World) -> str:
    assert propose(clients, world).status_code == 302
    key = key_of(seed)
    assert clients["anna"].post(f"{OWN}{key}/consent").status_code == 302
    return key


def states(seed: Seed) -> list[str]:
    return [row.outcome for row in seed.run(text("select outcome from handover order by proposed_at, key"))]


def test_a_shop_goes_with_branches_people_and_limits_and_nothing_of_the_former_terms(
    app: Flask, client: FlaskClient, seed: Seed, world: World, clients: dict[str, FlaskClient]
) -> None:
    make_person(seed, "both@north.example", (world.north, "buyer"), (world.anna, "admin"))
    sell(seed, world.north, "N-1", "10.00", on_hand=5)
    number = place(client, make_token(seed, world.anna), [("N-1", 2)])
    for statement in (
        "insert into approval_rule (organisation_id, places_up_to) values (:anna, 7)",
        "insert into sign_in_policy (organisation_id, second_factor) values (:anna, 'optional')",
        """insert into account_address (seller_id, buyer_id, key, name, city, is_usual)
        values (:north, :anna, 'yard', 'Yard', 'Kiel', true)""",
        """update trading_account set credit_limit = 777, payment_terms_days = 77, customer_number = 'K-77'
        where seller_id = :north and buyer_id = :anna""",
    ):
        seed.run(text(statement), {"anna": world.anna.id, "north": world.north.id})
    asked = clients["north"].get("/selling/handovers/new/ANNA").text
    assert ("1 open order goes on" in asked, "Its branch comes along." in asked) == (True, True)
    propose(clients, world)
    key = key_of(seed)
    assert "ANNA name" not in clients["south"].get("/selling/handovers/").text
    assert "SOUTH name" in clients["anna"].get("/buying/").text
    clients["anna"].post(f"{OWN}{key}/consent")
    page = clients["south"].get(f"/selling/handovers/{key}/take-over").text
    assert ("ANNA name" in page, "BRANCH name" in page, "K-77" in page, "777" in page) == (True, True, False, False)
    taken = (
        clients["south"]
        .post(
            f"/selling/handovers/{key}/take-over",
            data={"customer_number": "S-1", "price_group": "B", "payment_terms_days": "14", "credit_limit": "50"},
            follow_redirects=True,
        )
        .text
    )
    assert "ANNA name is your customer now." in taken
    south = bearer(seed, world.south)
    rows = {row["name"]: row for row in client.get("/api/v1/selling/accounts", headers=south).get_json()["items"]}
    anna, branch = rows["ANNA name"], rows["BRANCH name"]
    terms = ("customer_number", "price_group", "payment_terms_days", "credit_limit", "status", "people")
    assert [anna[name] for name in terms] == ["S-1", "B", 14, "50.00", "active", 1]
    assert [branch[name] for name in terms] == ["", "B", 14, "50.00", "active", 1]
    assert branch["parent_code"] == anna["code"] != "ANNA"
    assert client.get(f"/api/v1/selling/orders/{number}", headers=south).status_code == 404
    carried = seed.run(
        text(
            "select r.places_up_to::text as most, a.name, a.key <> 'yard' as is_new from organisation o"
            " join approval_rule r on r.organisation_id = o.id join account_address a on a.buyer_id = o.id"
            " where o.code = :code"
        ),
        {"code": anna["code"]},
    )
    assert [tuple(row) for row in carried] == [("7.0000", "Yard", True)]
    north = bearer(seed, world.north)
    former = client.get("/api/v1/selling/accounts/ANNA", headers=north).get_json()
    assert (former["status"], former["customer_number"], former["open_orders"], former["people"]) == (
        "closed",
        "K-77",
        1,
        0,
    )
    assert client.get(f"/api/v1/selling/orders/{number}", headers=north).status_code == 200
    assert [client.get(API, headers=each).get_json()["items"][0]["state"] for each in (north, south)] == [
        "handed_over"
    ] * 2
    logs = (
        f"select o.code, action from {LOG} join organisation o on o.id = organisation_id where action like 'handover.%'"
    )
    noted = sorted((row.code, row.action) for row in seed.run(text(logs)))
    assert noted == [
        *(("ANNA", f"handover.{each}") for each in ("consented", "proposed", "taken_over")),
        *(("NORTH", f"handover.{each}") for each in ("consented", "proposed", "taken_over")),
        *(("SOUTH", f"handover.{each}") for each in ("consented", "taken_over")),
    ]
    told = seed.run(
        text(
            "select s.code from outbox_event e join organisation s on s.id = e.seller_id where e.kind = 'AccountHandedOver'"
        )
    )
    assert sorted(row.code for row in told) == ["NORTH", "NORTH", "SOUTH"]


def test_no_former_way_in_is_left_and_people_work_at_the_new_supplier_alone(
    app: Flask, client: FlaskClient, seed: Seed, world: World, clients: dict[str, FlaskClient]
) -> None:
    make_person(seed, "both@north.example", (world.north, "buyer"), (world.anna, "admin"))
    tokens = [
        make_token(seed, world.anna),
        make_personal_token(seed, world.anna, world.people["anna"], Scope.BUYING_READ)[1],
    ]
    clients["north"].post("/selling/accounts/ANNA/invitations", data={"email": "late@anna.example", "role": "admin"})
    key = agreed(clients, seed, world)
    assert client.post(f"{API}/{key}/account", json={}, headers=bearer(seed, world.south)).status_code == 201
    own = "/api/v1/buying/organisation"
    assert [client.get(own, headers={"Authorization": f"Bearer {each}"}).status_code for each in tokens] == [401, 401]
    assert [clients[name].get("/buying/").status_code for name in ("anna", "branch")] == [302, 302]
    seats = (
        "select s.code as seller, u.email from membership m join organisation o on o.id = m.organisation_id"
        " join organisation s on s.id = o.seller_id join user_account u on u.id = m.user_id"
        " where m.status = 'active' and o.name in ('ANNA name', 'BRANCH name')"
    )
    found = sorted((row.seller, row.email) for row in seed.run(text(seats)))
    assert found == [("SOUTH", "anna@example.com"), ("SOUTH", "branch@example.com")]
    assert seed.run(text("select id from invitation where revoked_at is null")) == []
    [new] = seed.run(
        text("select * from organisation where name = 'ANNA name' and seller_id = :south"), {"south": world.south.id}
    )
    again = sign_in(seed, app.test_client(), world.people["anna"], new)
    assert again.get("/buying/").status_code == 200
    assert client.post(f"{API}/{key}/account", json={}, headers=bearer(seed, world.south)).status_code == 409


def test_each_says_only_what_is_its_own_to_say_and_nobody_of_a_wholesaler_consents(
    app: Flask, client: FlaskClient, seed: Seed, world: World, clients: dict[str, FlaskClient]
) -> None:
    heads = {code: bearer(seed, getattr(world, code)) for code in ("north", "south", "sub", "bruno")}
    made = client.post(API, json={"account": "ANNA", "receiver": world.south.slug}, headers=heads["north"])
    key = made.get_json()["key"]
    assert (made.status_code, made.get_json()["state"]) == (201, "proposed")
    for other in ("south", "sub"):
        assert client.delete(f"{API}/{key}", headers=heads[other]).status_code == 404
        assert client.post(f"{API}/{key}/account", json={}, headers=heads[other]).status_code == 404
    assert client.post(f"{API}/{key}/account", json={}, headers=heads["north"]).status_code == 409
    assert client.get("/api/v1/buying/handover", headers=heads["bruno"]).status_code == 404
    assert client.delete(f"/api/v1/buying/handover/{key}", headers=heads["bruno"]).status_code == 409
    assert clients["bruno"].post(f"{OWN}{key}/consent").status_code == 302
    for wholesaler in (world.north, world.south, world.acme):
        person = make_person(seed, f"x{wholesaler.id}@x.example", (wholesaler, "viewer"), (world.anna, "admin"))
        theirs = sign_in(seed, app.test_client(), person, world.anna)
        page = theirs.post(f"{OWN}{key}/consent", follow_redirects=True).text
        assert "You work for one of the wholesalers too, or came" in page
    buyer = make_person(seed, "buyer@anna.example", (world.anna, "buyer"))
    assert sign_in(seed, app.test_client(), buyer, world.anna).post(f"{OWN}{key}/consent").status_code == 403
    assert [row.consented_at for row in seed.run(text("select consented_at from handover"))] == [None]
    clients["anna"].post(f"{OWN}{key}/consent")
    assert client.delete(f"/api/v1/buying/handover/{key}", headers=bearer(seed, world.anna)).status_code == 204
    assert client.post(f"{API}/{key}/account", json={}, headers=heads["south"]).status_code == 409
    assert states(seed) == ["declined"]


def test_what_cannot_be_handed_over_and_to_whom_not(
    client: FlaskClient, seed: Seed, world: World, clients: dict[str, FlaskClient]
) -> None:
    north = bearer(seed, world.north)

    def reason(account: str, receiver: str) -> str:
        answer = client.post(API, json={"account": account, "receiver": receiver}, headers=north)
        return str(answer.get_json()["errors"][0]["reason"]) if answer.status_code == 422 else str(answer.status_code)

    assert {reason("ANNA", slug) for slug in (world.north.slug, world.west.slug, world.clara.slug, "nobody")} == {
        "unknown-receiver"
    }
    assert {reason(code, world.south.slug) for code in ("BRANCH", "SUB")} == {"not-a-shop"}
    assert {reason(code, world.south.slug) for code in ("CLARA", "NOBODY")} == {"404"}
    assert (reason("ANNA", world.south.slug), reason("ANNA", world.south.slug)) == ("201", "open")
    refused = propose(clients, world)
    assert (refused.status_code, "is being handed over already" in refused.text) == (422, True)
    clients["north"].post("/selling/accounts/BRUNO/state", data={"state": "suspended"})
    assert reason("BRUNO", world.south.slug) == "not-a-shop"


def test_what_changed_since_the_consent_is_not_handed_over_and_what_is_too_old_neither(
    client: FlaskClient, seed: Seed, world: World, clients: dict[str, FlaskClient]
) -> None:
    key, south = agreed(clients, seed, world), bearer(seed, world.south)
    kiosk = make_organisation(seed, "KIOSK", "retailer", world.anna)

    def taken() -> tuple[int, str]:
        answer = client.post(f"{API}/{key}/account", json={}, headers=south)
        return answer.status_code, answer.get_json()["type"].rpartition("/")[2]

    assert taken() == (409, "handover-changed")
    seed.run(text("update organisation set status = 'inactive' where id = :kiosk"), {"kiosk": kiosk.id})
    clients["north"].post("/selling/accounts/ANNA/state", data={"state": "suspended"})
    assert taken() == (409, "handover-changed")
    clients["north"].post("/selling/accounts/ANNA/state", data={"state": "active"})
    seed.run(text("update handover set expires_at = now() - interval '1 second'"))
    assert taken() == (409, "handover-ended")
    assert "expired" in clients["south"].get("/selling/handovers/").text
    assert propose(clients, world).status_code == 302
    assert states(seed) == ["expired", ""]
    names = seed.run(text("select count(*) as many from organisation where name = 'ANNA name'"))
    assert names == [(1,)]


def test_who_was_let_in_since_it_was_proposed_neither_agrees_nor_comes_along(
    app: Flask, client: FlaskClient, seed: Seed, world: World, clients: dict[str, FlaskClient]
) -> None:
    make_person(seed, "left@north.example", (world.north, "buyer"), (world.anna, "admin"))
    propose(clients, world)
    key = key_of(seed)
    late = make_person(seed, "late@anna.example", (world.anna, "admin"))
    page = sign_in(seed, app.test_client(), late, world.anna).post(f"{OWN}{key}/consent", follow_redirects=True).text
    assert "or came after it was proposed" in page
    clients["anna"].post(f"{OWN}{key}/consent")
    seed.run(
        text("update membership set status = 'inactive' where organisation_id = :north and role = 'buyer'"),
        {"north": world.north.id},
    )
    south = bearer(seed, world.south)
    code = client.post(f"{API}/{key}/account", json={}, headers=south).get_json()["code"]
    people = client.get(f"/api/v1/selling/accounts/{code}", headers=south).get_json()["people"]
    assert people == 1


def test_a_shop_that_was_renamed_since_is_not_handed_over(
    client: FlaskClient, seed: Seed, world: World, clients: dict[str, FlaskClient]
) -> None:
    key, south = agreed(clients, seed, world), bearer(seed, world.south)
    seed.run(text("update organisation set email = 'x@north.example' where id = :anna"), {"anna": world.anna.id})
    answer = client.post(f"{API}/{key}/account", json={}, headers=south)
    assert (answer.status_code, answer.get_json()["type"].rpartition("/")[2]) == (409, "handover-changed")


def test_another_currency_takes_no_limits_along_and_branches_not_in_use_are_closed(
    client: FlaskClient, seed: Seed, world: World, clients: dict[str, FlaskClient]
) -> None:
    for statement in (
        "insert into approval_rule (organisation_id, places_up_to) values (:anna, 7)",
        "update organisation set currency = 'HUF' where id = :south",
        "update organisation set status = 'inactive' where id = :branch",
    ):
        values = {"anna": world.anna.id, "south": world.south.id, "branch": world.branch.id}
        seed.run(text(statement), values)
    key, south = agreed(clients, seed, world), bearer(seed, world.south)
    assert client.post(f"{API}/{key}/account", json={}, headers=south).status_code == 201
    rules = seed.run(text("select places_up_to::int as most from approval_rule order by places_up_to"))
    assert [row.most for row in rules] == [0, 7]
    closed = "select t.closed_at is not null as closed from trading_account t where t.buyer_id = :branch"
    assert [row.closed for row in seed.run(text(closed), {"branch": world.branch.id})] == [True]


def test_withdrawn_and_refused_ones_are_over_for_all_three(
    client: FlaskClient, seed: Seed, world: World, clients: dict[str, FlaskClient]
) -> None:
    propose(clients, world)
    first = key_of(seed)
    clients["north"].post(f"/selling/handovers/{first}/end")
    assert "It was answered or taken back" in clients["anna"].post(f"{OWN}{first}/consent", follow_redirects=True).text
    assert client.get(API, headers=bearer(seed, world.south)).get_json()["items"] == []
    second = agreed(clients, seed, world)
    clients["south"].post(f"/selling/handovers/{second}/end")
    assert clients["south"].post(f"/selling/handovers/{second}/take-over", data={}).status_code == 302
    assert states(seed) == ["withdrawn", "refused"]
    assert clients["anna"].get("/buying/").status_code == 200


def test_taken_over_twice_at_once_or_withdrawn_meanwhile_one_alone_counts(
    app: Flask, client: FlaskClient, seed: Seed, world: World, clients: dict[str, FlaskClient]
) -> None:
    key, south, north = agreed(clients, seed, world), bearer(seed, world.south), bearer(seed, world.north)
    acts = (
        lambda: app.test_client().post(f"{API}/{key}/account", json={}, headers=south),
        lambda: app.test_client().post(f"{API}/{key}/account", json={}, headers=south),
        lambda: app.test_client().delete(f"{API}/{key}", headers=north),
    )
    with psycopg.connect(conninfo(app.extensions["role_urls"].loader)) as first, ThreadPoolExecutor(3) as others:
        first.execute("select key from handover for update")
        started = [others.submit(act) for act in acts]
        until = time.monotonic() + 20
        waiting = "select count(*) from pg_locks where not granted"
        while first.execute(waiting).fetchone() != (len(acts),) and time.monotonic() < until:
            time.sleep(0.01)
        first.commit()
        answers = sorted(each.result().status_code for each in started)
    assert answers in ([201, 409, 409], [204, 409, 409])
    made = seed.run(text("select count(*) as many from organisation where name = 'ANNA name'"))
    assert made == [(2,)] if answers[0] == 201 else [(1,)]


def test_the_database_alone_lets_nobody_finish_what_was_not_begun_or_put_people_into_other_shops(
    app: Flask, seed: Seed, world: World, clients: dict[str, FlaskClient]
) -> None:
    from tenants.authentication import build_principal
    from tenants.database import act_as, db
    from tenants.permissions import Capacity

    key = agreed(clients, seed, world)
    for seller in (world.south, world.north, world.sub):
        with app.app_context():
            principal = build_principal(
                seller.id, Capacity.SELLER, permissions=frozenset(), actor="job", actor_name="test"
            )
            assert principal is not None
            act_as(principal)
            finish = text("select finish_take_over(:key, array[:anna, :branch], array[:one, :two])")
            values = {"key": key, "anna": world.anna.id, "branch": world.branch.id}
            values |= {"one": world.clara.id, "two": world.shop_south.id}
            assert db.session.execute(finish, values).scalar_one() is None
            writes = text("update handover set consented_at = now()")
            with pytest.raises(Exception, match="permission denied"):
                db.session.execute(writes)
            db.session.rollback()
    assert states(seed) == [""]

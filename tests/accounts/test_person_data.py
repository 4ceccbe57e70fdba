"""A person's rights: the file of what is kept about it, its erasure, and that things are forgotten in time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, create_engine, text

from portal.accounts.record_models import AccountContact, AccountDocument, AccountNote, AccountTask
from portal.accounts.service.person_answers import answer_requests
from portal.accounts.service.retention import forget
from portal.analytics.models import SharingAccess
from portal.ordering.models import Basket, Order, OrderEvent
from tenants.models import AuditEntry, Invitation, PasswordReset, UserSession
from tenants.permissions import Role, Scope
from tests.accounts.conftest import Mails
from tests.factories.audit import LOG
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

NAME, EMAIL = "Petronella Quitsch", "petronella@quitsch.example"


def work(app: Flask, what: Any = answer_requests) -> Any:
    """Do in the worker's role what the worker does again and again."""
    engine = create_engine(app.extensions["role_urls"].worker)
    with app.app_context(), engine.begin() as connection:
        done = what(connection)
    engine.dispose()
    return done


def everywhere(seed: Seed, words: str) -> list[str]:
    """Give the tables that hold the words in any row."""
    tables = seed.run(
        text("select tablename from pg_tables where schemaname = 'public' and tablename not like 'proc%'")
    )
    found = []
    for (table,) in tables:
        if table in {"alembic_version", "rate_limit", "audit_progress"}:
            continue
        [(count,)] = seed.run(
            text(f"select count(*) from {table} t where position(lower(:words) in lower(t::text)) > 0"),
            {"words": words},
        )
        found += [table] * bool(count)
    return found


@pytest.fixture
def person(seed: Seed, world: World) -> Row[Any]:
    """Give somebody of north who left traces wherever a name can stand."""
    person = make_person(seed, EMAIL, (world.north, "manager"), name=NAME)
    edge = {"seller_id": world.north.id, "buyer_id": world.anna.id}
    today = datetime.now(UTC).date()
    seed.add(AccountNote, **edge, key="n", text="Called", happened_on=today, author=NAME)
    seed.add(
        AccountTask,
        **edge,
        key="t",
        text="Call",
        due_on=today,
        created_by=NAME,
        assignee_id=person.id,
        done_by=NAME,
        done_at=datetime.now(UTC),
    )
    seed.add(
        AccountDocument,
        **edge,
        digest="0" * 64,
        title="Terms",
        content_type="application/pdf",
        content=b"%PDF-",
        size_bytes=5,
        added_by=NAME,
    )
    seed.add(AccountContact, **edge, key="c", name=NAME, email=EMAIL.title(), phone="0123")
    ending = datetime.now(UTC) + timedelta(days=7)
    for email, invited_by in ((EMAIL, "Somebody"), ("other@example.com", NAME)):
        seed.add(
            Invitation,
            organisation_id=world.north.id,
            inviting_organisation_id=world.north.id,
            invited_by=invited_by,
            email=email,
            role=Role.VIEWER,
            token_hash=email.encode(),
            expires_at=ending,
        )
    seed.add(PasswordReset, user_id=person.id, token_hash=b"reset", expires_at=ending)
    who = {"actor": f"user:{person.id}", "actor_name": NAME}
    order = seed.add(
        Order,
        **edge,
        order_number="O-1",
        status="confirmed",
        source="portal",
        currency="EUR",
        total=0,
        line_count=0,
        placed_on=today,
        placed_by=who["actor"],
        placed_by_name=NAME,
    )
    seed.add(OrderEvent, **edge, order_id=order.id, kind="confirmed", **who)
    seed.add(Basket, **edge, holder=who["actor"], purchase_order_number="PO")
    look = {"brand_owner_id": world.north.id, "wholesaler_id": world.sub.id, "id": UUID(int=1)}
    seed.add(SharingAccess, **look, actor_name=NAME, what="sell-through")
    return person


def leave_traces(app: Flask, seed: Seed, world: World, person: Row[Any]) -> FlaskClient:
    """Let the person act in the browser: log, sessions, invitations, orders on the other side of the edge."""
    browser = sign_in(seed, app.test_client(), person, world.north)
    contact = {"name": NAME, "email": EMAIL, "phone": "0123"}
    assert browser.post("/selling/accounts/BRUNO/contacts/new", data=contact).status_code == 302
    invited = {"email": "new@example.com", "name": "New", "role": "viewer"}
    assert browser.post("/selling/accounts/ANNA/invitations", data=invited).status_code == 302
    return browser


def test_an_erased_person_is_named_nowhere_and_orders_and_logs_stay(
    app: Flask, world: World, seed: Seed, person: Row[Any], mails: Mails
) -> None:
    browser = leave_traces(app, seed, world, person)
    mails()
    before = seed.run(text("select count(*) from audit_entry"))[0][0]
    assert {"user_account", "account_note", "audit_personal", "account_contact"} <= set(everywhere(seed, NAME))
    admin = sign_in(seed, app.test_client(), world.people["north"], world.north)
    page = admin.get(f"/organisation/people/{person.id}/data").get_data(as_text=True)
    assert NAME in page
    assert admin.post(f"/organisation/people/{person.id}/data/erase").status_code == 302
    assert browser.get("/selling/").headers["Location"].startswith("/sign-in")
    assert work(app) == 1
    assert everywhere(seed, NAME) == everywhere(seed, EMAIL) == []
    assert seed.run(text("select email, name, status from user_account where id = :id"), {"id": person.id}) == [
        (f"person-{person.id}@erased.invalid", f"Person {person.id}", "inactive")
    ]
    assert seed.run(text("select author from account_note")) == [(f"Person {person.id}",)]
    for column, table in (("placed_by_name", "sales_order"), ("actor_name", "order_event")):
        assert seed.run(text(f"select {column} from {table}")) == [(f"Person {person.id}",)]
    assert seed.run(text("select count(*) from basket")) == [(0,)]
    assert seed.run(text("select created_by, done_by, assignee_id from account_task")) == [
        (f"Person {person.id}", f"Person {person.id}", None)
    ]
    assert seed.run(text("select count(*) from audit_entry"))[0][0] == before + 2
    log = admin.get("/organisation/audit").get_data(as_text=True)
    assert "Person erased" in log
    assert f"Person {person.id}" in log
    assert NAME not in admin.get("/organisation/people/").get_data(as_text=True)
    assert admin.get(f"/organisation/people/{person.id}/data").status_code == 404


def test_an_administrator_erases_its_own_part_alone(
    app: Flask, world: World, seed: Seed, person: Row[Any], mails: Mails
) -> None:
    seed.run(
        text("insert into membership (organisation_id, user_id, role) values (:south, :id, 'viewer')"),
        {"south": world.south.id, "id": person.id},
    )
    leave_traces(app, seed, world, person)
    mails()
    for place in (world.north, world.south):
        note = {"organisation_id": place.id, "actor": f"user:{person.id}", "action": "account.suspended"}
        seed.add(AuditEntry, **note, id=f"00000000-0000-0000-0000-{place.id:012}", subject="X")
    admin = sign_in(seed, app.test_client(), world.people["north"], world.north)
    assert admin.post(f"/organisation/people/{person.id}/data/erase").status_code == 302
    admin.get("/organisation/people/")
    work(app)
    assert set(everywhere(seed, NAME)) == {"user_account"}
    browser = sign_in(seed, app.test_client(), person, world.south)
    assert browser.get("/selling/").status_code == 200
    assert NAME not in admin.get("/organisation/audit").get_data(as_text=True)
    south = sign_in(seed, app.test_client(), world.people["south"], world.south)
    assert NAME in south.get("/organisation/audit").get_data(as_text=True)


def test_the_file_holds_all_that_tells_of_the_person_and_no_secret(
    app: Flask, world: World, seed: Seed, person: Row[Any], mails: Mails
) -> None:
    browser = leave_traces(app, seed, world, person)
    mails()
    assert browser.get("/your-account/data").status_code == 200
    assert browser.get("/your-account/data/export.json").status_code == 404
    assert browser.post("/your-account/data/export").status_code == 302
    work(app)
    holding = set(everywhere(seed, NAME)) | set(everywhere(seed, EMAIL)) - {"person_request"}
    answer = browser.get("/your-account/data/export.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="personal-data.json"'
    told = json.loads(answer.data)
    tables = {each["table"]: each["rows"] for each in told["tables"]}
    assert holding - {"person_request"} <= set(tables)
    assert told["format"] == "kontor-person-1"
    assert told["organisations"]["NORTH"] == "NORTH name"
    assert tables["user_account"][0]["email"] == EMAIL
    assert tables["membership"][0]["organisation"] == "NORTH"
    assert tables["user_session"]
    assert {row["author"] for row in tables["account_note"]} == {NAME}
    assert [(row["seller"], row["buyer"], row["order_number"]) for row in tables["order_event"]] == [
        ("NORTH", "ANNA", "O-1")
    ]
    [(secret,)] = seed.run(text("select password_hash from user_account where id = :id"), {"id": person.id})
    assert secret not in answer.get_data(as_text=True)
    assert "hash" not in answer.get_data(as_text=True)


def test_an_administrators_file_tells_its_own_part_alone(
    app: Flask, world: World, seed: Seed, person: Row[Any]
) -> None:
    seed.run(
        text("insert into membership (organisation_id, user_id, role) values (:south, :id, 'viewer')"),
        {"south": world.south.id, "id": person.id},
    )
    admin = sign_in(seed, app.test_client(), world.people["north"], world.north)
    path = f"/organisation/people/{person.id}/data"
    assert admin.post(f"{path}/export").status_code == 302
    assert "being made" in admin.get(path).get_data(as_text=True)
    work(app)
    told = json.loads(admin.get(f"{path}/export.json").data)
    assert set(told["organisations"]) == {"NORTH", "ANNA", "SUB"}
    assert "SOUTH" not in json.dumps(told)
    assert "user_session" not in {each["table"] for each in told["tables"]}
    south = sign_in(seed, app.test_client(), world.people["south"], world.south)
    assert south.get(f"{path}/export.json").status_code == 404


def test_a_person_erases_itself_but_not_as_the_last_administrator(app: Flask, world: World, seed: Seed) -> None:
    own = world.people["north"]
    browser = sign_in(seed, app.test_client(), own, world.north)
    assert browser.post("/your-account/data/erase").headers["Location"].endswith("/your-account/data")
    assert "last administrator of NORTH name" in browser.get("/your-account/data").get_data(as_text=True)
    make_person(seed, "second@example.com", (world.north, "admin"))
    assert browser.post("/your-account/data/erase").headers["Location"].startswith("/sign-in")
    assert browser.get("/your-account/").headers["Location"].startswith("/sign-in")
    work(app)
    assert everywhere(seed, "north@example.com") == []
    [entry] = seed.run(text(f"select subject, after from {LOG} where action = 'person.erased'"))
    assert tuple(entry) == (f"Person {own.id}", None)


def test_somebody_of_the_same_name_keeps_what_it_signed(app: Flask, world: World, seed: Seed, person: Row[Any]) -> None:
    make_person(seed, "namesake@example.com", (world.north, "viewer"), name=NAME)
    admin = sign_in(seed, app.test_client(), world.people["north"], world.north)
    admin.post(f"/organisation/people/{person.id}/data/erase")
    work(app)
    assert seed.run(text("select author from account_note")) == [(NAME,)]
    assert everywhere(seed, EMAIL) == []


def test_programs_read_the_file_and_erase_but_nobody_foreign_or_mightier(
    app: Flask, world: World, seed: Seed, person: Row[Any]
) -> None:
    token = make_token(seed, world.north, Scope.SELLING_ADMIN, Scope.SELLING_READ)
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    for email, status in (("north@example.com", 403), ("south@example.com", 404), ("nobody@example.com", 404)):
        for what in ("export", "erasure"):
            answer = client.post(f"/api/v1/selling/people/{email}/{what}", headers=headers)
            assert answer.status_code == status, (email, what)
    assert work(app) == 0
    path = f"/api/v1/selling/people/{EMAIL}"
    assert client.get(f"{path}/export", headers=headers).status_code == 404
    assert client.post(f"{path}/export", headers=headers).status_code == 202
    waiting: Any = client.get(f"{path}/export", headers=headers).json
    assert (waiting["done_at"], waiting["content"]) == (None, None)
    work(app)
    ready: Any = client.get(f"{path}/export", headers=headers).json
    assert ready["content"]["tables"][0]["table"] == "user_account"
    assert client.post(f"{path}/erasure", headers=headers).status_code == 202
    work(app)
    assert client.get(f"{path}/export", headers=headers).status_code == 404
    record: Any = client.get("/api/v1/selling/processing-record", headers=headers).json
    assert [each["purpose"] for each in record["activities"]][:2] == ["work", "sign_in"]
    assert person.id


def test_the_operator_exports_and_erases_at_the_command_line(app: Flask, seed: Seed, person: Row[Any]) -> None:
    run = app.test_cli_runner()
    told = json.loads(run.invoke(args=["user", "export", "--email", EMAIL]).stdout)
    assert told["tables"][0]["rows"][0]["name"] == NAME
    assert run.invoke(args=["user", "erase", "--email", EMAIL], input="n\n").exit_code == 1
    assert run.invoke(args=["user", "erase", "--email", EMAIL, "--yes"]).exit_code == 0
    assert everywhere(seed, NAME) == everywhere(seed, EMAIL) == []
    answer = run.invoke(args=["user", "export", "--email", EMAIL])
    assert answer.exit_code == 1
    assert "Nobody has the e-mail address" in answer.output
    assert person.id


def test_what_is_old_is_forgotten_and_who_works_nowhere_for_a_year_is_erased(
    app: Flask, world: World, seed: Seed, person: Row[Any]
) -> None:
    now = datetime.now(UTC)
    for days, word in ((1000, "old"), (10, "new")):
        ended = now - timedelta(days=days)
        session = {"organisation_id": world.north.id, "token_hash": word.encode(), "user_agent": word}
        seed.add(UserSession, user_id=person.id, **session, expires_at=ended)
        seed.add(PasswordReset, user_id=person.id, token_hash=f"{word} reset".encode(), expires_at=ended)
    gone = work(app, forget)
    assert (gone["user_session"], gone["password_reset"]) == (1, 2)
    assert seed.run(text("select user_agent from user_session where user_agent <> ''")) == [("new",)]
    assert work(app, forget) == {}
    left = text("update user_account set left_at = now() - interval '366 days' where id = :id")
    seed.run(left, {"id": person.id})
    assert work(app, forget) == {}
    assert seed.run(text("select left_at from user_account where id = :id"), {"id": person.id}) == [(None,)]
    seed.run(text("update membership set status = 'inactive' where user_id = :id"), {"id": person.id})
    work(app, forget)
    assert work(app) == 0
    seed.run(left, {"id": person.id})
    assert work(app, forget)["user_account"] == 1
    assert work(app) == 1
    assert everywhere(seed, EMAIL) == []
    assert work(app, forget) == {}

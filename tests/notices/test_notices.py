"""What people are told: in their inbox and by mail, as each chooses, once, and nobody else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, create_engine, text

from portal.core.outbox import Event
from portal.core.worker import worker_engine
from portal.notices.service import mail_due, write_notices
from portal.ordering.models import Order
from tenants.database import count_statements, db
from tests.accounts.conftest import Mails, mails, text_of
from tests.factories.organisations import make_person, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

__all__ = ["mails"]


def order_of(seed: Seed, world: World, number: str, placed_by: str = "") -> Row[Any]:
    return seed.add(
        Order,
        seller_id=world.north.id,
        buyer_id=world.anna.id,
        order_number=number,
        status="placed",
        source="portal",
        currency="EUR",
        total=0,
        line_count=0,
        placed_on=datetime.now(UTC).date(),
        placed_by=placed_by,
    )


def happens(seed: Seed, world: World, kind: str, order: Row[Any], **payload: Any) -> None:
    facts = {"order_id": order.id, "order_number": order.order_number, "buyer_id": world.anna.id, **payload}
    seed.run(
        text("insert into outbox_event (seller_id, kind, payload, actor) values (:seller, :kind, :facts, 'job')"),
        {"seller": world.north.id, "kind": kind, "facts": json.dumps(facts)},
    )


def due(app: Flask) -> int:
    """Do what the worker does every few seconds."""
    engine = create_engine(app.extensions["role_urls"].worker)
    with engine.begin() as connection:
        count = mail_due(connection)
    engine.dispose()
    return count


def told(seed: Seed) -> list[tuple[str, str]]:
    rows = seed.run(
        text("select u.email, n.kind from notice n join user_account u on u.id = n.user_id order by n.id, u.email")
    )
    return [(row.email, row.kind) for row in rows]


def inbox(browser: FlaskClient) -> str:
    return browser.get("/messages").get_data(as_text=True)


def test_each_side_is_told_in_its_inbox_and_reading_counts_down(
    app: Flask, world: World, seed: Seed, mails: Mails
) -> None:
    viewer = make_person(seed, "viewer@example.com", (world.north, "viewer"))
    order = order_of(seed, world, "O-77", f"user:{world.people['anna'].id}")
    make_person(seed, "second@example.com", (world.anna, "manager"))
    happens(seed, world, "OrderPlaced", order)
    happens(seed, world, "OrderShipped", order, by="seller", shipment_number="S-1")
    happens(seed, world, "OrderCancelled", order, by="buyer")
    mails()
    assert told(seed) == [
        ("north@example.com", "order_placed"),
        ("anna@example.com", "order_shipped"),
        ("north@example.com", "order_withdrawn"),
    ]
    north = sign_in(seed, app.test_client(), world.people["north"], world.north)
    with app.app_context(), count_statements(db.engine) as counter:
        page = north.get("/selling/accounts/").get_data(as_text=True)
    assert '<span class="count">2</span>' in page
    assert not any(
        "notice" in statement and "count_unread_notices" not in statement for statement in counter.statements
    )
    page = inbox(north)
    assert "Order O-77 from ANNA name" in page
    assert "ANNA name cancelled order O-77" in page
    [(number,)] = seed.run(text("select id from notice where kind = 'order_placed'"))
    assert north.post(f"/messages/{number}/open").headers["Location"].endswith("/O-77")
    assert '<span class="count">1</span>' in inbox(north)
    other = sign_in(seed, app.test_client(), viewer, world.north)
    assert other.post(f"/messages/{number}/open").status_code == 404
    assert "No messages yet" in inbox(other)
    assert north.post("/messages/read").status_code == 302
    assert "Nothing unread" in north.get("/messages?unread=yes").get_data(as_text=True)


def test_a_person_chooses_mail_and_gets_what_is_due_together_in_one(
    app: Flask, world: World, seed: Seed, mails: Mails
) -> None:
    seed.run(text("update organisation set email = 'office@example.com' where id = :id"), {"id": world.north.id})
    north = sign_in(seed, app.test_client(), world.people["north"], world.north)
    assert "An order came in" in north.get("/messages/choices").get_data(as_text=True)
    chosen = {"channel-order_placed": "mail", "rhythm-order_placed": "at_once", "channel-order_withdrawn": "none"}
    assert north.post("/messages/choices", data=chosen).status_code == 302
    for number in ("O-1", "O-2"):
        order = order_of(seed, world, number)
        happens(seed, world, "OrderPlaced", order)
        happens(seed, world, "OrderCancelled", order, by="buyer")
    assert {mail["To"] for mail in mails()} == {"office@example.com"}
    assert told(seed) == [("north@example.com", "order_placed")] * 2
    assert "No messages yet" in inbox(north)
    assert due(app) == 1
    [mail] = mails()
    assert (mail["To"], mail["Subject"]) == ("north@example.com", "2 messages for NORTH name")
    assert "- Order O-1 from ANNA name\n- Order O-2 from ANNA name" in text_of(mail).replace("\r", "")
    assert due(app) == 0


def test_digests_wait_for_their_morning(app: Flask, world: World, seed: Seed, mails: Mails) -> None:
    north = sign_in(seed, app.test_client(), world.people["north"], world.north)
    north.post("/messages/choices", data={"channel-order_placed": "both", "rhythm-order_placed": "daily"})
    happens(seed, world, "OrderPlaced", order_of(seed, world, "O-1"))
    mails()
    zone = "date_trunc('{}', (now() at time zone 'Europe/Berlin') - interval '7 hours') + interval '7 hours'"
    for unit, rhythm in (("day", "daily"), ("week", "weekly")):
        seed.run(text("update notice set mailed_at = null, mail_rhythm = :rhythm"), {"rhythm": rhythm})
        at = f"({zone.format(unit)}) at time zone 'Europe/Berlin'"
        seed.run(text(f"update notice set created_at = {at} + interval '1 second'"))
        assert due(app) == 0
        seed.run(text(f"update notice set created_at = {at} - interval '1 second'"))
        assert due(app) == 1
    assert len(mails()) == 2


def test_who_has_chosen_gets_no_second_mail_and_must_be_told_of_acting(
    app: Flask, world: World, seed: Seed, mails: Mails
) -> None:
    make_person(seed, "second@example.com", (world.anna, "admin"))
    anna = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    chosen = {"channel-order_confirmed": "none", "channel-acting_began": "none"}
    assert anna.post("/messages/choices", data=chosen).status_code == 302
    assert seed.run(text("select kind, channel from notice_choice")) == [("order_confirmed", "none")]
    happens(seed, world, "OrderConfirmed", order_of(seed, world, "O-1"), by="seller")
    assert [mail["To"] for mail in mails()] == ["second@example.com"]
    assert told(seed) == [("second@example.com", "order_confirmed")]


def test_a_manufacturer_is_told_of_changed_sharing(app: Flask, world: World, seed: Seed) -> None:
    event = Event(1, "AgreementWithdrawn", world.north.id, {"partner_id": world.acme.id}, "", datetime.now(UTC))
    engine = worker_engine(app)
    with engine.begin() as connection:
        write_notices(connection, [event])
    engine.dispose()
    assert told(seed) == [("acme@example.com", "sharing_changed")]
    acme = sign_in(seed, app.test_client(), world.people["acme"], world.acme)
    assert "NORTH name changed what it shares with you" in inbox(acme)


def test_pages_of_messages_follow_each_other(app: Flask, world: World, seed: Seed) -> None:
    facts = '{"order_number": "O-1", "buyer": "X"}'
    seed.run(
        text(
            "insert into notice (organisation_id, user_id, kind, facts) select :org, :user, 'order_placed', :facts"
            " from generate_series(1, 60)"
        ),
        {"org": world.north.id, "user": world.people["north"].id, "facts": facts},
    )
    north = sign_in(seed, app.test_client(), world.people["north"], world.north)
    page = inbox(north)
    assert page.count('/open"') == 50
    link = page.split('rel="next" href="', maxsplit=1)[1].split('"', maxsplit=1)[0].replace("&amp;", "&")
    assert north.get(link).get_data(as_text=True).count('/open"') == 10

"""Events reach their subscribers: exactly once in groups, at least once in jobs, as a principal of their organisation."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from procrastinate import App
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from portal.core import outbox
from portal.core.dispatcher import dispatch_once, drain, run_dispatcher
from portal.core.outbox import Event, emit, subscribe, subscribe_group
from portal.core.worker import make_queue, run_handler, worker_engine
from tenants.authentication import build_principal
from tenants.database import act_as, db
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    """Give the worker's engine."""
    engine = worker_engine(app)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _own_subscriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_handlers", {})
    monkeypatch.setattr(outbox, "_group_handlers", {})


def emit_as(app: Flask, organisation: Any, kind: str, **payload: Any) -> None:
    """Emit an event as the organisation in a transaction of its own."""
    with app.app_context():
        principal = build_principal(
            organisation.id, Capacity.SELLER, permissions=frozenset(Permission), actor="user:1", actor_name="U"
        )
        assert principal is not None
        act_as(principal)
        emit(principal, kind, payload)
        db.session.commit()


def test_an_event_becomes_one_job_for_each_subscriber_and_leaves_the_outbox(
    app: Flask, engine: Engine, world: World
) -> None:
    subscribe("Baked", "mail", lambda _principal, _event: None)
    subscribe("Baked", "count", lambda _principal, _event: None)
    emit_as(app, world.north, "Baked", loaves=3)
    assert drain(engine) == 1
    with engine.connect() as connection:
        found = connection.execute(text("select args from procrastinate_jobs order by id")).scalars().all()
        assert connection.execute(text("select count(*) from outbox_event")).scalar_one() == 0
    assert [args["handler"] for args in found] == ["mail", "count"]
    assert {args["event"]["payload"]["loaves"] for args in found} == {3}
    assert drain(engine) == 0


def test_an_event_of_an_open_transaction_waits_and_is_not_overtaken_for_ever(
    app: Flask, engine: Engine, world: World
) -> None:
    subscribe("Baked", "mail", lambda _principal, _event: None)
    with engine.connect() as open_one:
        open_one.execute(
            text("insert into outbox_event (seller_id, kind, payload) values (:seller, 'Baked', '{}')"),
            {"seller": world.north.id},
        )
        emit_as(app, world.south, "Baked")
        # The open transaction is older, so nothing that began after it may be taken yet.
        with engine.begin() as connection:
            assert dispatch_once(connection) == 0
        open_one.commit()
    assert drain(engine) == 2


def test_a_group_handler_shares_the_claiming_transaction(app: Flask, engine: Engine, world: World) -> None:
    taken: list[Sequence[Event]] = []

    def fail_first(_connection: Connection, events: Sequence[Event]) -> None:
        taken.append(events)
        if len(taken) == 1:
            raise RuntimeError("the first attempt fails")

    subscribe_group({"Baked"}, "roll_up", fail_first)
    emit_as(app, world.north, "Baked")
    emit_as(app, world.north, "Eaten")
    with pytest.raises(RuntimeError):
        drain(engine)
    assert drain(engine) == 2
    assert [[event.kind for event in events] for events in taken] == [["Baked"], ["Baked"]]


def test_a_handler_runs_as_its_organisation_and_is_committed(app: Flask, engine: Engine, world: World) -> None:
    seen: list[tuple[int | None, str]] = []

    def react(principal: Principal, event: Event) -> None:
        seen.append((principal.seller_id, event.kind))
        emit(principal, "Reacted", {"to": event.id})

    subscribe("Baked", "react", react)
    emit_as(app, world.north, "Baked")
    drain(engine)
    with engine.connect() as connection:
        args = connection.execute(text("select args from procrastinate_jobs")).scalar_one()
    run_handler(app, name=args["handler"], facts=args["event"])
    assert seen == [(world.north.id, "Baked")]
    assert drain(engine) == 1


def test_the_queue_runs_what_was_dispatched(app: Flask, engine: Engine, world: World) -> None:
    seen: list[str] = []
    subscribe("Baked", "note", lambda principal, _event: seen.append(principal.organisation_code))
    emit_as(app, world.south, "Baked")
    drain(engine)
    work_once(make_queue(app))
    assert seen == ["SOUTH"]


def work_once(queue: App) -> None:
    """Run all jobs that are due, as a worker would."""
    # In a thread: where browsers were driven before, this one has a running event loop.
    with queue.open(), ThreadPoolExecutor(1) as threads:
        threads.submit(queue.run_worker, wait=False, install_signal_handlers=False, listen_notify=False).result()


def test_a_job_whose_worker_was_killed_is_done_by_the_next_one(app: Flask, engine: Engine, world: World) -> None:
    seen: list[str] = []
    subscribe("Baked", "note", lambda principal, _event: seen.append(principal.organisation_code))
    emit_as(app, world.south, "Baked")
    drain(engine)
    with engine.begin() as connection:
        connection.execute(text(
            "with gone as (insert into procrastinate_workers (last_heartbeat) values (now() - interval '61 seconds')"
            " returning id) update procrastinate_jobs set status = 'doing', worker_id = gone.id from gone"))  # fmt: skip
    queue = make_queue(app)
    with queue.open():
        queue.tasks["retry_stalled_jobs"].defer(timestamp=0)
    work_once(queue)
    work_once(queue)
    assert seen == ["SOUTH"]
    with engine.connect() as connection:
        left = connection.execute(text("select status from procrastinate_jobs where task_name = 'handle_event'"))
        assert left.scalars().all() == ["succeeded"]


def test_events_of_a_suspended_organisation_pass_without_effect(app: Flask, seed: Seed, world: World) -> None:
    seen: list[str] = []
    subscribe("Baked", "note", lambda principal, _event: seen.append(principal.organisation_code))
    seed.run(text("update organisation set status = 'inactive' where id = :id"), {"id": world.north.id})
    facts = {
        "id": 1,
        "kind": "Baked",
        "seller_id": world.north.id,
        "payload": {},
        "actor": "user:1",
        "occurred_at": "2026-11-21T10:00:00+00:00",
    }
    run_handler(app, "note", facts)
    assert seen == []


def test_the_dispatcher_goes_on_after_whatever_a_handler_stumbles_over(
    app: Flask, engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, taken = threading.Event(), list[int]()

    def stumble_once(_connection: Connection, events: Sequence[Event]) -> None:
        taken.append(len(events))
        if len(taken) == 1:
            raise KeyError("order_id")
        stop.set()

    monkeypatch.setattr("portal.core.dispatcher.TROUBLE_SECONDS", 0.0)
    subscribe_group({"Baked"}, "add_up", stumble_once)
    emit_as(app, world.north, "Baked")
    threading.Timer(20, stop.set).start()
    run_dispatcher(engine, stop)
    assert taken == [1, 1]


def test_events_that_cannot_be_dispatched_hold_back_nobody_elses(
    app: Flask, engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, taken, failed = threading.Event(), list[int](), list[int]()

    def choke_on_north(_connection: Connection, events: Sequence[Event]) -> None:
        sellers = {event.seller_id for event in events}
        if world.north.id in sellers:
            failed.append(len(sellers))
            raise ValueError("more than can be counted")
        taken.extend(sellers)
        if len(taken) == 1:
            emit_as(app, world.south, "Baked")
        else:
            stop.set()

    monkeypatch.setattr("portal.core.dispatcher.TROUBLE_SECONDS", 0.0)
    subscribe_group({"Baked"}, "add_up", choke_on_north)
    emit_as(app, world.north, "Baked")
    emit_as(app, world.south, "Baked")
    threading.Timer(20, stop.set).start()
    run_dispatcher(engine, stop)
    assert taken == [world.south.id, world.south.id]
    assert failed == [2, 1]
    assert drained_apart(engine) == [world.north.id]


def drained_apart(engine: Engine) -> list[int]:
    """Give whose events are left in the outbox."""
    with engine.connect() as connection:
        return list(connection.execute(text("select seller_id from outbox_event")).scalars())


def test_what_fails_is_told_without_the_values_of_its_statement(app: Flask, engine: Engine, world: World) -> None:
    with app.app_context():
        engines = [engine, db.engine]
    for each in engines:
        with pytest.raises(DBAPIError) as failed, each.connect() as connection:
            connection.execute(text("select 1 from nowhere where email = :email"), {"email": "anna@example.com"})
        assert "anna@example.com" not in str(failed.value)


def test_draining_waits_for_what_an_older_transaction_holds_back(app: Flask, engine: Engine, world: World) -> None:
    subscribe("Baked", "react", lambda _principal, _event: None)
    with engine.connect() as older, ThreadPoolExecutor(1) as threads:
        older.execute(text("select pg_current_xact_id()"))
        emit_as(app, world.north, "Baked")
        drained = threads.submit(drain, engine)
        time.sleep(0.3)
        assert not drained.done()
        older.rollback()
        assert drained.result(timeout=20) == 1

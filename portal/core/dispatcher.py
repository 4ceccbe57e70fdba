"""Takes committed events from the outbox and turns them into jobs, in one transaction: no event is lost or doubled.

Where the events of one seller cannot be taken, they wait apart, and everybody else's go on.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Collection, Sequence
from threading import Event as Signal

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from portal.core.outbox import Event, group_handlers, handlers_of

logger = logging.getLogger(__name__)

GROUP = 500
IDLE_SECONDS = 0.25
TROUBLE_SECONDS = 2.0
APART_SECONDS = 30.0
DRAIN_SECONDS = 30.0
DRAIN_STEP_SECONDS = 0.05
TASK = "handle_event"

# Only events whose transaction is surely over: an older one that is still open would otherwise be overtaken for ever.
_CLAIM = text(
    """
    delete from outbox_event where (seller_id, id) in (
        select seller_id, id from outbox_event
        where transaction_id < pg_snapshot_xmin(pg_current_snapshot())
            and seller_id <> all(cast(:apart as bigint[])) and (cast(:only as bigint) is null or seller_id = :only)
        order by id limit :group for update skip locked)
    returning id, kind, seller_id, payload, actor, occurred_at
    """
)

_DEFER = text(
    """
    select procrastinate_defer_jobs_v1(array_agg(
        row('events', :task, 0, null, null, job, null)::procrastinate_job_to_defer_v1 order by position))
    from jsonb_array_elements(cast(:jobs as jsonb)) with ordinality as given (job, position)
    """
)


_SELLERS = text("select distinct seller_id from outbox_event order by 1")


def dispatch_once(connection: Connection, *, apart: Collection[int] = (), only: int | None = None) -> int:
    """Take up to 500 events inside the connection's open transaction; give how many there were.

    Of all sellers but those `apart`, or of `only` one.
    """
    rows = connection.execute(_CLAIM, {"group": GROUP, "apart": list(apart), "only": only}).all()
    events = sorted((Event(*row) for row in rows), key=lambda event: event.id)
    if not events:
        return 0
    for kinds, handler in group_handlers():
        own = [event for event in events if event.kind in kinds]
        if own:
            handler(connection, own)
    jobs = [job for event in events for job in _jobs(event)]
    if jobs:
        connection.execute(_DEFER, {"task": TASK, "jobs": json.dumps(jobs)})
    return len(events)


def _jobs(event: Event) -> Sequence[dict[str, object]]:
    facts = {
        "id": event.id,
        "kind": event.kind,
        "seller_id": event.seller_id,
        "payload": event.payload,
        "actor": event.actor,
        "occurred_at": event.occurred_at.isoformat(),
    }
    return [{"handler": name, "event": facts} for name in handlers_of(event.kind)]


def run_dispatcher(engine: Engine, stop: Signal) -> None:
    """Dispatch until told to stop; after trouble wait and go on, without those whose events it was."""
    apart: dict[int, float] = {}
    while not stop.is_set():
        apart = {seller: until for seller, until in apart.items() if until > time.monotonic()}
        try:
            with engine.begin() as connection:
                taken = dispatch_once(connection, apart=apart)
        except Exception:  # whatever it is: a thread that ends here would stop all mails and figures unnoticed
            logger.exception("events could not be dispatched; trying seller by seller")
            stop.wait(TROUBLE_SECONDS)
            apart |= _dispatch_one_by_one(engine, stop)
            continue
        if taken < GROUP:
            stop.wait(IDLE_SECONDS)


def _dispatch_one_by_one(engine: Engine, stop: Signal) -> dict[int, float]:
    """Dispatch some events of each seller alone; give whose could not be, and until when they wait apart."""
    troubled: dict[int, float] = {}
    try:
        with engine.begin() as connection:
            sellers = connection.execute(_SELLERS).scalars().all()
    except DBAPIError:
        return troubled  # The database itself is in trouble, nobody's events are.
    for seller in sellers:
        if stop.is_set():
            break
        try:
            with engine.begin() as connection:
                dispatch_once(connection, only=seller)
        except Exception:
            logger.exception("events of seller %s could not be dispatched; trying again later", seller)
            troubled[seller] = time.monotonic() + APART_SECONDS
    return troubled


_NEWEST = text("select max(id) from outbox_event")
_AWAIT_OTHERS = text("select count(*) from (select id from outbox_event where id <= :newest for update) waiting")


def drain(engine: Engine) -> int:
    """Dispatch everything committed so far and give how many events there were (commands and tests).

    What a worker has claimed in the meantime is waited for, and taken after all if that worker fails. Events that an older
    transaction still holds back, be it in another database of the server, are waited for as well, up to 30 s.
    """
    with engine.begin() as connection:
        newest = connection.execute(_NEWEST).scalar_one()
    total = _dispatch_all(engine)
    deadline = time.monotonic() + DRAIN_SECONDS
    while newest is not None:
        with engine.begin() as connection:
            left = connection.execute(_AWAIT_OTHERS, {"newest": newest}).scalar_one()
        total += _dispatch_all(engine)
        if not left or time.monotonic() > deadline:
            break
        time.sleep(DRAIN_STEP_SECONDS)
    return total


def _dispatch_all(engine: Engine) -> int:
    total = 0
    while True:
        with engine.begin() as connection:
            taken = dispatch_once(connection)
        total += taken
        if taken < GROUP:
            return total

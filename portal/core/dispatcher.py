"""Takes committed events from the outbox and turns them into jobs, in one transaction: no event is lost or doubled."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from threading import Event as Signal

from sqlalchemy import Connection, Engine, text

from portal.core.outbox import Event, group_handlers, handlers_of

logger = logging.getLogger(__name__)

GROUP = 500
IDLE_SECONDS = 0.25
TROUBLE_SECONDS = 2.0
DRAIN_SECONDS = 30.0
DRAIN_STEP_SECONDS = 0.05
TASK = "handle_event"

# Only events whose transaction is surely over: an older one that is still open would otherwise be overtaken for ever.
_CLAIM = text(
    """
    delete from outbox_event where (seller_id, id) in (
        select seller_id, id from outbox_event
        where transaction_id < pg_snapshot_xmin(pg_current_snapshot())
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


def dispatch_once(connection: Connection) -> int:
    """Take up to 500 events inside the connection's open transaction; give how many there were."""
    rows = connection.execute(_CLAIM, {"group": GROUP}).all()
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
    """Dispatch until told to stop; after trouble wait and go on."""
    while not stop.is_set():
        try:
            with engine.begin() as connection:
                taken = dispatch_once(connection)
        except Exception:  # whatever it is: a thread that ends here would stop all mails and figures unnoticed
            logger.exception("events could not be dispatched; trying again")
            stop.wait(TROUBLE_SECONDS)
            continue
        if taken < GROUP:
            stop.wait(IDLE_SECONDS)


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

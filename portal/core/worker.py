"""The worker process: the dispatcher in a thread, and the jobs it enqueued.

A killed worker leaves its job `doing`; a periodic task gives such jobs back, so every handler runs at least once.
What failed is tried again with growing pauses, twelve times within about two hours; then it waits for a person.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from typing import Any

import structlog
from flask import Flask
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from sqlalchemy import Engine, NullPool, create_engine

from portal.core.dispatcher import TASK, run_dispatcher
from portal.core.job_failures import forget_failure, note_failure
from portal.core.outbox import Event, handlers_of
from portal.core.recurring import run_recurring
from tenants.authentication import principal_for_job
from tenants.database import act_as, commit_at_edge, db
from tenants.database_roles import RoleUrls, conninfo

logger = logging.getLogger(__name__)

STALLED_AFTER_SECONDS = 60
RETRY = RetryStrategy(max_attempts=12, exponential_wait=2)


def worker_engine(app: Flask) -> Engine:
    """Give an engine of the worker's role, for the dispatcher and roll-ups."""
    urls: RoleUrls = app.extensions["role_urls"]
    return create_engine(
        urls.worker, pool_size=2, pool_pre_ping=True, hide_parameters=True, connect_args={"prepare_threshold": 1}
    )


def make_queue(app: Flask) -> App:
    """Give the job queue with its tasks, working for this application."""
    urls: RoleUrls = app.extensions["role_urls"]
    queue = App(connector=PsycopgConnector(conninfo=conninfo(urls.worker), min_size=1, max_size=4))

    notes = create_engine(urls.worker, poolclass=NullPool, hide_parameters=True)

    @queue.task(name=TASK, queue="events", retry=RETRY, pass_context=True)
    def handle_event(context: JobContext, handler: str, event: dict[str, Any]) -> None:
        job, tries = (event["seller_id"], context.job.id or 0), context.job.attempts
        with structlog.contextvars.bound_contextvars(job=job[1], event_id=event["id"], handler=handler):
            try:
                run_handler(app, handler, event)
            except Exception as error:
                logger.exception("the job failed at try %s", tries + 1)
                with notes.begin() as connection:
                    note_failure(connection, *job, error)
                raise
        if tries:
            with notes.begin() as connection:
                forget_failure(connection, *job)

    @queue.periodic(cron="* * * * *")
    @queue.task(name="retry_stalled_jobs", queue="events", pass_context=True)
    async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the queue passes it
        manager = context.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
            await manager.retry_job(job)

    return queue


def run_handler(app: Flask, name: str, facts: dict[str, Any]) -> None:
    """Run one handler for one event as a principal of its organisation and commit.

    An organisation that is no longer active has nobody to act for: its events pass without effect.
    """
    event = Event(**{**facts, "occurred_at": datetime.fromisoformat(facts["occurred_at"])})
    handler = handlers_of(event.kind).get(name)
    if handler is None:
        raise LookupError(f"no handler {name} for {event.kind}")
    with app.app_context():
        principal = principal_for_job(event.seller_id)
        if principal is None:
            logger.warning("event %s of an inactive organisation passed without %s", event.id, name)
            return
        act_as(principal)
        try:
            handler(principal, event)
            commit_at_edge()
        finally:
            db.session.remove()


def run_worker(app: Flask) -> None:
    """Work until SIGINT or SIGTERM."""
    engine = worker_engine(app)
    stop = threading.Event()
    threads = [
        threading.Thread(target=run_dispatcher, args=(engine, stop), name="dispatcher", daemon=True),
        threading.Thread(target=run_recurring, args=(app, engine, stop), name="recurring", daemon=True),
    ]
    for thread in threads:
        thread.start()
    queue = make_queue(app)
    try:
        with queue.open():
            queue.run_worker(
                concurrency=2,
                delete_jobs="successful",
                fetch_job_polling_interval=5,
                shutdown_graceful_timeout=10,
                update_heartbeat_interval=10,
                stalled_worker_timeout=STALLED_AFTER_SECONDS / 2,
            )
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=10)
        engine.dispose()

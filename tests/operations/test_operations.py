"""The manufacturer sees what waits or failed in its own channel, tries it again or gives it up, and learns no more."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from portal.accounts.audit_values import HANDLERS
from portal.core import outbox
from portal.core.dispatcher import drain
from portal.core.job_failures import error_name, failure_reason
from portal.core.outbox import subscribe
from portal.core.worker import make_queue, worker_engine
from tenants.permissions import Role
from tests.factories.jobs import make_job
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

AREA = "/api/v1/brand/operations"


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    """Give the worker's engine."""
    engine = worker_engine(app)
    yield engine
    engine.dispose()


def ask(client: FlaskClient, seed: Seed, organisation: Any, path: str = "", **body: Any) -> Any:
    """Ask as a program of the organisation; a body makes it a POST."""
    headers = {"Authorization": f"Bearer {make_token(seed, organisation, 'brand:admin')}"}
    if body:
        return client.post(AREA + path, headers=headers, json=body)
    return client.get(AREA + path, headers=headers)


def come_in(client: FlaskClient, seed: Seed, organisation: Any) -> None:
    """Let a manager of the organisation sign in."""
    sign_in(seed, client, make_person(seed, "operator@own.example", (organisation, Role.MANAGER)), organisation)


def act(client: FlaskClient, seed: Seed, organisation: Any, path: str) -> int:
    headers = {"Authorization": f"Bearer {make_token(seed, organisation, 'brand:admin')}"}
    return int(client.post(AREA + path, headers=headers).status_code)


def stored(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        statement = "select status::text, attempts, scheduled_at <= now() from procrastinate_jobs order by id"
        return [tuple(row) for row in connection.execute(text(statement))]


def test_a_manufacturer_sees_the_jobs_of_its_own_channel_by_kind_and_state(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    make_job(app, world.north)
    make_job(app, world.sub, "todo", attempts=0, error=None)
    make_job(app, world.acme, "todo", attempts=3)
    make_job(app, world.south, "doing", handler="mail_order", error=None)
    make_job(app, world.west)
    answer = ask(client, seed, world.acme).json
    assert answer["kinds"] == [
        {**_counts(waiting=1, retrying=1, failed=1), "handler": "mail_invitation"},
        {**_counts(stalled=1), "handler": "mail_order"},
    ]
    assert (answer["events"], answer["oldest_event_at"], answer["workers"]) == (0, None, 0)
    states = {(job["organisation_code"], job["state"]) for job in ask(client, seed, world.acme, "/jobs").json["items"]}
    assert states == {("NORTH", "failed"), ("ACME", "retrying"), ("SOUTH", "stalled")}
    assert [job["state"] for job in ask(client, seed, world.acme, "/jobs?state=stalled").json["items"]] == ["stalled"]
    assert len(ask(client, seed, world.acme, "/jobs?handler=mail_invitation").json["items"]) == 2


def _counts(**some: int) -> dict[str, Any]:
    states = dict.fromkeys(("waiting", "retrying", "running", "stalled", "failed"), 0)
    return {**states, **some, "oldest_at": "2026-11-21T10:00:00Z"}


def test_a_job_tells_why_it_failed_and_neither_what_it_is_about_nor_which_retailer_it_is_of(
    app: Flask, client: FlaskClient, seed: Seed, world: World
) -> None:
    code = make_job(app, world.anna)
    answer = ask(client, seed, world.acme, "/jobs")
    [job] = answer.json["items"]
    assert job == {
        "code": code,
        "handler": "mail_invitation",
        "kind": "InvitationSent",
        "organisation_code": "NORTH",
        "organisation": world.north.name,
        "state": "failed",
        "attempts": 12,
        "occurred_at": "2026-11-21T10:00:00Z",
        "due_at": job["due_at"],
        "failed_at": job["failed_at"],
        "reason": "mail_refused",
        "error": "SMTPRecipientsRefused 550",
    }
    come_in(client, seed, world.acme)
    page = client.get("/brand/operations/").text
    assert "The mail server refused it" in page
    for secret in ("secret", world.anna.name, "ANNA"):
        assert secret not in answer.text
        assert secret not in page


def test_jobs_come_in_pages_the_newest_first(app: Flask, client: FlaskClient, seed: Seed, world: World) -> None:
    codes = [make_job(app, world.north, occurred_at=f"2026-11-2{day}T10:00:00+00:00") for day in range(3)]
    first = ask(client, seed, world.acme, "/jobs?limit=2").json
    rest = ask(client, seed, world.acme, f"/jobs?limit=2&cursor={first['next_cursor']}").json
    assert [job["code"] for job in (*first["items"], *rest["items"])] == codes[::-1]
    assert rest["next_cursor"] is None


def test_what_failed_is_tried_again_with_all_its_tries(
    app: Flask, client: FlaskClient, seed: Seed, world: World, engine: Engine
) -> None:
    failed, later = make_job(app, world.north), make_job(app, world.north, "todo", attempts=5)
    stalled = make_job(app, world.north, "doing", attempts=2)
    waiting = make_job(app, world.north, "todo", attempts=0)
    assert [act(client, seed, world.acme, f"/jobs/{code}/retry") for code in (failed, later, stalled)] == [204] * 3
    assert act(client, seed, world.acme, f"/jobs/{waiting}/retry") == 404
    assert stored(engine) == [("todo", 1, True)] * 3 + [("todo", 0, False)]
    assert seed.run(text("select action, subject, after from audit_entry where action like 'job.%' order by at"))[
        0
    ] == (
        "job.retried",
        failed,
        {"handler": "mail_invitation", "organisation": "NORTH"},
    )


def test_all_failed_jobs_of_a_kind_are_tried_again_at_once_and_nobody_elses(
    app: Flask, client: FlaskClient, seed: Seed, world: World, engine: Engine
) -> None:
    for organisation, handler in ((world.north, "mail_order"), (world.south, "mail_order"), (world.west, "mail_order")):
        make_job(app, organisation, handler=handler)
    make_job(app, world.north)
    assert ask(client, seed, world.acme, "/retries", handler="mail_order").json == {"jobs": 2}
    assert [status for status, *_ in stored(engine)] == ["todo", "todo", "failed", "failed"]
    assert ask(client, seed, world.acme, "/retries", handler="mail_order").json == {"jobs": 0}


def test_only_what_failed_is_given_up_and_nothing_of_another_channel(
    app: Flask, client: FlaskClient, seed: Seed, world: World, engine: Engine
) -> None:
    failed, foreign = make_job(app, world.north), make_job(app, world.west)
    waiting = make_job(app, world.north, "todo", attempts=2)
    assert [act(client, seed, world.acme, f"/jobs/{code}/discard") for code in (foreign, waiting, failed, failed)] == [
        *(404, 404, 204, 404),
    ]
    assert [status for status, *_ in stored(engine)] == ["failed", "todo"]
    assert seed.run(text("select count(*) from job_failure")) == [(2,)]


def test_the_screen_acts_and_says_when_nothing_is_wrong_or_nobody_works(
    app: Flask, client: FlaskClient, seed: Seed, world: World, engine: Engine
) -> None:
    come_in(client, seed, world.acme)
    assert "Nothing is in trouble" in client.get("/brand/operations/").text
    assert "card-operations" not in client.get("/brand/").text
    code = make_job(app, world.north)
    assert "card-operations" in client.get("/brand/").text
    page = client.get("/brand/operations/").text
    assert "No worker is running." in page
    assert (
        "The job is in the queue again."
        in client.post(f"/brand/operations/jobs/{code}/retry", follow_redirects=True).text
    )
    with engine.begin() as connection:
        connection.execute(text("insert into procrastinate_workers default values"))
    assert "No worker is running." not in client.get("/brand/operations/").text
    nothing = client.post("/brand/operations/kinds/mail_order/retry", follow_redirects=True)
    assert "Nothing of this kind has failed any more." in nothing.text


def test_the_worker_notes_why_a_job_failed_and_forgets_it_when_it_ended_well(
    app: Flask,
    world: World,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(outbox, "_handlers", {})
    answers: list[Exception | None] = [smtplib.SMTPDataError(554, b"no, anna@shop.example"), None]

    def answer(*_: Any) -> None:
        error = answers.pop(0)
        if error is not None:
            raise error

    subscribe("Baked", "mail", answer)
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into outbox_event (seller_id, kind, payload) values (:seller, 'Baked', '{\"nonce\": \"hush\"}')"
            ),
            {"seller": world.north.id},
        )
    drain(engine)
    _work(app)
    with engine.begin() as connection:
        noted = connection.execute(text("select seller_id, reason, error from job_failure")).all()
        connection.execute(text("update procrastinate_jobs set scheduled_at = now()"))
    assert noted == [(world.north.id, "mail_refused", "SMTPDataError 554")]
    assert [each.levelno for each in caplog.records if each.name == "portal.core.worker"] == [logging.ERROR]
    _work(app)
    with engine.begin() as connection:
        assert connection.execute(text("select count(*) from job_failure")).scalar_one() == 0
        done = connection.execute(text("select status::text from procrastinate_jobs where task_name = 'handle_event'"))
        assert done.scalars().all() == ["succeeded"]


def _work(app: Flask) -> None:
    queue = make_queue(app)
    # In a thread: where browsers were driven before, this one has a running event loop.
    with queue.open(), ThreadPoolExecutor(1) as threads:
        threads.submit(queue.run_worker, wait=False, install_signal_handlers=False, listen_notify=False).result()


@pytest.mark.parametrize(
    ("error", "reason", "name"),
    [
        (
            smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"unknown")}),
            "mail_refused",
            "SMTPRecipientsRefused 550",
        ),
        (smtplib.SMTPServerDisconnected("gone"), "unreachable", "SMTPServerDisconnected"),
        (ConnectionRefusedError("no"), "unreachable", "ConnectionRefusedError"),
        (psycopg.OperationalError("secret"), "database", "OperationalError"),
        (ValueError("secret"), "other", "ValueError"),
    ],
)
def test_errors_are_told_by_their_class_and_never_in_their_own_words(error: Exception, reason: str, name: str) -> None:
    assert (failure_reason(error).value, error_name(error)) == (reason, name)


def test_every_handler_has_a_name_in_words(app: Flask) -> None:
    assert {name for handlers in outbox._handlers.values() for name in handlers} <= set(HANDLERS)
    assert app.extensions["settings"] is not None


def test_a_wholesaler_has_no_such_page(client: FlaskClient, seed: Seed, world: World) -> None:
    come_in(client, seed, world.north)
    assert client.get("/brand/operations/").status_code == 404

"""Jobs of the queue in any state, as a worker leaves them."""

from __future__ import annotations

from typing import Any

import psycopg
from flask import Flask
from psycopg.types.json import Jsonb

from tenants.database_roles import conninfo
from tests.factories.canaries import AccessWorld

_INSERT = """
    insert into procrastinate_jobs (queue_name, task_name, args, status, attempts, scheduled_at)
    values ('events', 'handle_event', %s, %s, %s, now() + interval '1 hour')
    returning id, substr(encode(sha256(convert_to(id || ' ' || args, 'UTF8')), 'hex'), 1, 20)
"""
_FAILURE = "insert into job_failure (seller_id, job_id, reason, error) values (%s, %s, %s, %s)"


def make_job(
    app: Flask,
    organisation: Any,
    status: str = "failed",
    *,
    handler: str = "mail_invitation",
    attempts: int = 12,
    error: tuple[str, str] | None = ("mail_refused", "SMTPRecipientsRefused 550"),
    occurred_at: str = "2026-11-21T10:00:00+00:00",
) -> str:
    """Put a job for an event of the organisation into the queue; gives its code."""
    event = {
        "id": 1,
        "kind": "InvitationSent",
        "seller_id": organisation.id,
        "payload": {"email": f"secret@{organisation.code.lower()}.example", "nonce": "secret"},
        "actor": "user:1",
        "occurred_at": occurred_at,
    }
    with psycopg.connect(conninfo(app.extensions["role_urls"].worker)) as connection:
        args = Jsonb({"handler": handler, "event": event})
        row = connection.execute(_INSERT, (args, status, attempts)).fetchone()
        assert row is not None
        if error is not None:
            connection.execute(_FAILURE, (organisation.id, row[0], *error))
    return str(row[1])


def name_jobs(app: Flask, world: AccessWorld) -> None:
    """Let a job of every tree fail, and name them as they stand to `acme`, a brand owner."""
    rows = world.organisations
    codes = {relation: make_job(app, rows[code]) for relation, code in {"own": "NORTH", "foreign": "WEST"}.items()}
    world.objects["job"] = {relation: {"code": code} for relation, code in {**codes, "missing": "0" * 20}.items()}

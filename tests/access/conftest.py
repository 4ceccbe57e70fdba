"""The world of the access tests, made once a module, and requests that leave nothing behind."""

from __future__ import annotations

import os

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from tenants.database import db
from tenants.database_roles import conninfo
from tests.access.asking import Asker
from tests.factories.access_world import AccessWorld, build_access_world
from tests.factories.audit import chain
from tests.factories.jobs import name_jobs
from tests.factories.seed import Seed


@pytest.fixture(autouse=True)
def mutated_policy(request: pytest.FixtureRequest) -> None:
    """Let a policy pass every row where `tests.access.mutate` says so."""
    named = os.environ.get("MUTATED_POLICY")
    if not named:
        return
    app: Flask = request.getfixturevalue("app")
    table, role, verb = named.split(",")
    with psycopg.connect(conninfo(app.extensions["role_urls"].owner), autocommit=True) as owner:
        rows = owner.execute(
            "select policyname, qual is not null, with_check is not null from pg_policies"
            " where tablename = %s and %s = any(roles) and cmd = %s",
            (table, role, verb),
        ).fetchall()
        for name, has_condition, has_check in rows:
            parts = [part for part, has in (("using (true)", has_condition), ("with check (true)", has_check)) if has]
            statement = "alter policy {} on {} " + " ".join(parts)
            owner.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(table)))
    if not rows:
        pytest.exit("no such policy", returncode=0)


@pytest.fixture
def access_world(app: Flask, seed: Seed, request: pytest.FixtureRequest) -> AccessWorld:
    """Give the world; modules marked `shared_database` share one."""
    owner = request.module.__name__
    known = app.extensions.get("access_world")
    is_shared = request.node.get_closest_marker("shared_database") is not None
    if is_shared and known is not None and known[0] == owner:
        world: AccessWorld = known[1]
        return world
    world = build_access_world(seed)
    name_jobs(app, world)
    chain(app)
    app.extensions["access_world"] = (owner, world)
    return world


@pytest.fixture
def asker(app: Flask, access_world: AccessWorld) -> Asker:
    """Give the sender of requests."""
    return Asker(app, access_world, app.test_client(use_cookies=False))


@pytest.fixture
def harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo every request at the very end, where it would be committed: even what succeeds leaves the world as it was."""
    monkeypatch.setattr(db.session, "commit", db.session.rollback, raising=False)

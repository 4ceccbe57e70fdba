"""The ground every test stands on: a real PostgreSQL, migrated to head, which each test finds as new.

`app`, `client`, `seed` and `world` need the database; tests marked `shared_database` share it per module.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql

from portal.application import create_app
from portal.core import embedded, migration
from portal.core.config import PROJECT_FOLDER, Settings
from tenants.database import db
from tenants.database_roles import RoleUrls, conninfo, prepare_roles
from tests.factories.seed import Seed
from tests.factories.world import World, build_world
from tests.scrubbing import Scrubber
from tests.soak import FULL

# How fast this machine draws examples says nothing of the code. `make soak` draws ten times as many.
hypothesis.settings.register_profile(
    "kontor",
    hypothesis.settings(),
    max_examples=500 if FULL else 50,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("kontor")

pytest_plugins = ["tests.skips", "tests.failures", "tests.instances"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let `make soak` run every property."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.soak)


@dataclass(frozen=True, slots=True)
class Server:
    """The test server: how to reach it and the migrated database that clones come from."""

    admin_url: str
    passwords_file: Path
    template: str
    instance: Path


def _template_name() -> str:
    digest = hashlib.sha256()
    for path in sorted((PROJECT_FOLDER / "migrations" / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    digest.update((PROJECT_FOLDER / "tenants" / "database_roles.py").read_bytes())
    return f"kontor_template_{digest.hexdigest()[:12]}"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Give the server with a template database at the newest migration, made once for all workers."""
    instance = Path(os.environ.get("TEST_INSTANCE", PROJECT_FOLDER / "instance" / "tests"))
    with embedded.hold(instance, durable=False) as admin_url:
        passwords_file = instance / "database_passwords.json"
        template = _template_name()
        with psycopg.connect(conninfo(admin_url), autocommit=True) as connection:
            connection.execute("select pg_advisory_lock(4711)")
            known = connection.execute("select 1 from pg_database where datname = %s", (template,)).fetchone()
            if known is None:
                draft = f"{template}_draft"
                connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(draft)))
                urls = prepare_roles(admin_url, passwords_file, database=draft)
                migration.upgrade(urls.owner)
                rename = sql.SQL("alter database {} rename to {}")
                connection.execute(rename.format(sql.Identifier(draft), sql.Identifier(template)))
            connection.execute("select pg_advisory_unlock(4711)")
        yield Server(admin_url, passwords_file, template, instance)


@pytest.fixture(scope="session")
def database_name(server: Server, worker_id: str) -> Iterator[str]:
    """Give the name of this process's clone, dropped at the end."""
    name = f"kontor_test_{worker_id}_{os.getpid()}"
    yield name
    with psycopg.connect(conninfo(server.admin_url), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """Give the xdist worker's name, or `main` without xdist."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def _application(server: Server, database_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    _clone(server, database_name)
    urls = _urls(server, database_name)
    settings = Settings.from_environ(
        {"INSTANCE": str(tmp_path_factory.mktemp("instance")), "SECRET_KEY": "test" * 10, "ACCESS_LOG": "no"}
    )
    app = create_app(settings, urls, TESTING=True, RATELIMIT_ENABLED=False, WTF_CSRF_ENABLED=False)
    app.extensions["clean"] = True
    yield app
    if "scrubber" in app.extensions:
        app.extensions["scrubber"].close()
    _dispose(app)


@pytest.fixture
def app(server: Server, _application: Flask, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """Give the application on a database as new; modules marked `shared_database` get one for all their tests."""
    shared = request.node.get_closest_marker("shared_database") is not None
    owner = request.module.__name__ if shared else None
    extensions = _application.extensions
    if not (extensions["clean"] or (owner is not None and extensions.get("owner") == owner)):
        _renew(server, _application)
    extensions["owner"], extensions["clean"] = owner, False
    yield _application
    # Connections stay open: what a backend has planned and looked up serves the next test of a shared database.
    with _application.app_context():
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser without cookies."""
    return app.test_client()


@pytest.fixture
def seed(app: Flask) -> Iterator[Seed]:
    """Give the maker of rows; what it adds is committed."""
    with Seed(app.extensions["role_urls"].loader) as maker:
        yield maker


@pytest.fixture
def world(seed: Seed) -> World:
    """Give the world of SECURITY.md: two manufacturers, three wholesalers, two retailers each, one shop with two accounts."""
    return build_world(seed)


@pytest.fixture(scope="session")
def role_urls(_application: Flask) -> RoleUrls:
    """Give the connections of the database roles to this process's clone."""
    urls: RoleUrls = _application.extensions["role_urls"]
    return urls


def _renew(server: Server, app: Flask) -> None:
    """Give the application a database as the first one was."""
    name = str(psycopg.conninfo.conninfo_to_dict(conninfo(app.extensions["role_urls"].app))["dbname"])
    scrubber: Scrubber | None = app.extensions.get("scrubber")
    if scrubber is not None and scrubber.scrub():
        return
    if scrubber is not None:
        scrubber.close()
    _dispose(app)
    _clone(server, name)
    app.extensions["scrubber"] = Scrubber(psycopg.conninfo.make_conninfo(conninfo(server.admin_url), dbname=name))


def _dispose(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def _clone(server: Server, name: str) -> None:
    with psycopg.connect(conninfo(server.admin_url), autocommit=True) as connection:
        identifiers: dict[str, Any] = {"name": sql.Identifier(name), "template": sql.Identifier(server.template)}
        connection.execute(sql.SQL("drop database if exists {name} with (force)").format(**identifiers))
        connection.execute(
            sql.SQL("create database {name} template {template} strategy file_copy").format(**identifiers)
        )


def _urls(server: Server, name: str) -> RoleUrls:
    from tenants.database_roles import read_role_urls

    return read_role_urls(server.admin_url, server.passwords_file, database=name)

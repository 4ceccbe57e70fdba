from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from portal.core import embedded, migration
from tenants.database_roles import RoleUrls, conninfo, prepare_roles


@pytest.fixture(scope="module")
def urls(new_instance: Callable[[], Path]) -> Iterator[RoleUrls]:
    instance = new_instance()
    with embedded.hold(instance, durable=False) as admin_url:
        yield prepare_roles(admin_url, instance / "passwords.json", database=embedded.DATABASE)


def test_a_fresh_database_is_brought_to_the_newest_revision_and_agrees_with_the_models(urls: RoleUrls) -> None:
    assert not migration.is_current(urls.owner)
    migration.upgrade(urls.owner)
    assert migration.is_current(urls.owner)
    assert migration.drift(urls.owner) == []
    migration.upgrade(urls.owner)


def test_drift_is_told(urls: RoleUrls) -> None:
    migration.upgrade(urls.owner)
    with psycopg.connect(conninfo(urls.owner)) as connection:
        connection.execute("CREATE TABLE stray (id bigint)")
    assert "stray" in migration.drift(urls.owner)[0]
    with psycopg.connect(conninfo(urls.owner)) as connection:
        connection.execute("DROP TABLE stray")


def test_a_database_from_the_future_is_refused(urls: RoleUrls) -> None:
    migration.upgrade(urls.owner)
    with psycopg.connect(conninfo(urls.owner)) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
        connection.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    with pytest.raises(migration.MigrationError, match="is at revision from_the_future, which this version"):
        migration.is_current(urls.owner)
    with psycopg.connect(conninfo(urls.owner)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))


def test_there_is_one_newest_revision() -> None:
    versions = Path(migration.MIGRATIONS_FOLDER / "versions")
    assert migration.newest_revision() is not None
    assert list(versions.glob("*.py"))

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from portal.core import embedded, migration
from tenants.database_roles import RoleUrls, conninfo, prepare_roles

IN_USE = "2026_11_21_15"
"""From this migration on, databases with data in them are upgraded."""


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


def test_an_index_that_was_broken_off_is_built_anew(new_instance: Callable[[], Path]) -> None:
    """What is built beside the traffic is committed in steps; the second attempt finds the first one's remains."""
    instance = new_instance()
    with embedded.hold(instance, durable=False) as admin_url:
        urls = prepare_roles(admin_url, instance / "passwords.json", database=embedded.DATABASE)
        migration.upgrade(urls.owner, "202611210014")
        with psycopg.connect(conninfo(urls.owner)) as connection:
            connection.execute("alter table stock_movement add column form_key varchar")
            connection.execute("create index uq_stock_movement_form_key on stock_movement (seller_id)")
            connection.execute("create index ix_product_category on product (owner_id)")
        migration.upgrade(urls.owner)
        assert migration.is_current(urls.owner)
        with psycopg.connect(conninfo(urls.owner)) as connection:
            rows = connection.execute(
                "select indexdef from pg_indexes where indexname = any(%s) order by 1",
                (["uq_stock_movement_form_key", "ix_product_category"],),
            ).fetchall()
            assert [row[0].partition(" USING ")[2] for row in rows] == [
                "btree (owner_id, category)",
                "btree (seller_id, form_key) WHERE (form_key IS NOT NULL)",
            ]


def test_an_index_on_a_table_that_is_in_use_is_built_beside_the_traffic() -> None:
    locking = []
    for path in sorted(Path(migration.MIGRATIONS_FOLDER / "versions").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        made = set(re.findall(r"create (?:temporary )?table (\w+)", source))
        if "create table {table}" in source:
            columns = re.search(r"^COLUMNS = \{(.*?)^\}", source, re.MULTILINE | re.DOTALL)
            made |= set(re.findall(r'^    "(\w+)":', columns[1], re.MULTILINE)) if columns else set()
        indexes = re.findall(r"create (?:unique )?index (concurrently )?(\w+)\s+on (\w+)", source)
        locking += [name for beside, name, table in indexes if not beside and table not in made and path.name > IN_USE]
    assert locking == []


def test_there_is_one_newest_revision() -> None:
    versions = Path(migration.MIGRATIONS_FOLDER / "versions")
    assert migration.newest_revision() is not None
    assert list(versions.glob("*.py"))

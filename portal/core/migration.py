"""Brings a database to the newest revision, and tells whether it is there and whether the models agree with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg

from portal.core.config import PROJECT_FOLDER
from tenants.database_roles import conninfo

# Alembic is imported where something is to be migrated: every start asks whether there is, and the answer is mostly no.
if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS_FOLDER = PROJECT_FOLDER / "migrations"
_REVISION = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)
_FORMER = re.compile(r'^down_revision = "(\w+)"$', re.MULTILINE)


class MigrationError(Exception):
    """The database's revision and the program's do not belong together; the message is one sentence."""


def newest_revision() -> str:
    """Give the revision this version of the program needs: the one that no other follows."""
    sources = [path.read_text(encoding="utf-8") for path in (MIGRATIONS_FOLDER / "versions").glob("*.py")]
    known: set[str] = {name for source in sources for name in _REVISION.findall(source)}
    [newest] = known.difference(*(_FORMER.findall(source) for source in sources))
    return newest


def is_current(owner_url: str) -> bool:
    """Tell whether the database is at the newest revision.

    Raises:
        MigrationError: the database was migrated by a newer version of the program.
    """
    revision = _present_revision(owner_url)
    if revision is None or revision == newest_revision():
        return revision is not None
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    try:
        ScriptDirectory(str(MIGRATIONS_FOLDER)).get_revision(revision)
    except CommandError as error:
        raise MigrationError(
            f"The database is at revision {revision}, which this version of Kontor does not know; install a newer one."
        ) from error
    return False


def _present_revision(owner_url: str) -> str | None:
    with psycopg.connect(conninfo(owner_url), connect_timeout=10) as connection:
        if connection.execute("select to_regclass('alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else None


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run the migrations that are missing, as the owner of the schema.

    Raises:
        MigrationError: a migration failed and was undone; those before it stand.
    """
    from alembic import command
    from sqlalchemy import NullPool, create_engine
    from sqlalchemy.exc import DBAPIError

    engine = create_engine(owner_url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            command.upgrade(_configuration(connection), revision)
    except DBAPIError as error:
        raise MigrationError(
            f"The database could not be migrated: {str(error.orig).strip().splitlines()[0]}."
        ) from error


def drift(owner_url: str) -> list[str]:
    """Give what an automatic migration would still change: empty when models and migrations agree."""
    from alembic import command
    from alembic.util.exc import CommandError
    from sqlalchemy import NullPool, create_engine

    engine = create_engine(owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        try:
            command.check(_configuration(connection))
        except CommandError as error:
            return [str(error)]
    return []


def _configuration(connection: object) -> Config:
    from alembic.config import Config

    configuration = Config(str(MIGRATIONS_FOLDER / "alembic.ini"))
    configuration.attributes["connection"] = connection
    return configuration

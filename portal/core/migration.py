"""Brings a database to the newest revision, and tells whether it is there and whether the models agree with it."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from portal.core.config import PROJECT_FOLDER

MIGRATIONS_FOLDER = PROJECT_FOLDER / "migrations"


class MigrationError(Exception):
    """The database's revision and the program's do not belong together; the message is one sentence."""


def newest_revision() -> str | None:
    """Give the revision this version of the program needs."""
    return ScriptDirectory(str(MIGRATIONS_FOLDER)).get_current_head()


def is_current(owner_url: str) -> bool:
    """Tell whether the database is at the newest revision.

    Raises:
        MigrationError: the database was migrated by a newer version of the program.
    """
    engine = create_engine(owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory(str(MIGRATIONS_FOLDER))
    if revision is not None:
        try:
            scripts.get_revision(revision)
        except CommandError as error:
            raise MigrationError(
                f"The database is at revision {revision}, which this version of Kontor does not know; install a newer one."
            ) from error
    return revision == scripts.get_current_head()


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run the migrations that are missing, as the owner of the schema.

    Raises:
        MigrationError: a migration failed and was undone; those before it stand.
    """
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
    engine = create_engine(owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        try:
            command.check(_configuration(connection))
        except CommandError as error:
            return [str(error)]
    return []


def _configuration(connection: object) -> Config:
    configuration = Config(str(MIGRATIONS_FOLDER / "alembic.ini"))
    configuration.attributes["connection"] = connection
    return configuration

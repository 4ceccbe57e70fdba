"""Which database this process works with, and as which roles."""

from __future__ import annotations

import atexit
import contextlib

import psycopg

from portal.core import embedded
from portal.core.config import Settings
from tenants.database_roles import (
    DatabaseSetupError,
    RoleUrls,
    conninfo,
    prepare_roles,
    read_role_urls,
    refuse_unsafe_role,
)

_held = contextlib.ExitStack()
_held_folders: set[str] = set()
atexit.register(_held.close)


def role_urls(settings: Settings) -> RoleUrls:
    """Give the connections of the portal's roles.

    An embedded server that is down is started, and stopped again when the last process that asked for it ends; roles
    that were never set up are set up.

    Raises:
        DatabaseSetupError: the database server cannot be used; the message is one sentence.
    """
    if not settings.passwords_file.exists():
        return prepared_role_urls(settings)
    return read_role_urls(admin_database_url(settings), settings.passwords_file, database=_database(settings))


def prepared_role_urls(settings: Settings) -> RoleUrls:
    """Create or correct the portal's roles and give their connections.

    Raises:
        DatabaseSetupError: the database server cannot be used; the message is one sentence.
    """
    return prepare_roles(admin_database_url(settings), settings.passwords_file, database=_database(settings))


def _database(settings: Settings) -> str | None:
    return embedded.DATABASE if settings.is_embedded else None


def admin_database_url(settings: Settings) -> str:
    """Give the administrative URL, starting the embedded server when it is down.

    Raises:
        DatabaseSetupError: the embedded server does not come up.
    """
    if not settings.is_embedded:
        return settings.database_url
    try:
        return _hold_until_exit(settings)
    except embedded.EmbeddedServerError as error:
        raise DatabaseSetupError(str(error)) from error


def _hold_until_exit(settings: Settings) -> str:
    folder = str(settings.instance)
    if folder not in _held_folders:
        _held.enter_context(embedded.hold(settings.instance))
        _held_folders.add(folder)
    return embedded.embedded_server(settings.instance)


def refuse_unsafe_connections(urls: RoleUrls) -> None:
    """Connect as each role that serves and check that row-level security binds it.

    Raises:
        DatabaseSetupError: a role is unsafe, or the server cannot be reached.
    """
    for url in (urls.app, urls.worker, urls.loader):
        try:
            with psycopg.connect(conninfo(url), connect_timeout=10) as connection:
                refuse_unsafe_role(connection)
        except psycopg.OperationalError as error:
            raise DatabaseSetupError(
                f"The database cannot be reached: {str(error).strip().splitlines()[0]}."
            ) from error

"""The database roles of the portal: created by the administrator's connection, checked by every process that connects.

Roles belong to the whole database server, so nothing in their names tells one database from another: several databases
of one server (clones for tests, a second portal) share them. Only PostgreSQL 16 or newer can grant membership
that may be switched to but is not inherited, which is what keeps one capacity's rows out of another's reach.
"""

from __future__ import annotations

import json
import os
import secrets
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

Connection = psycopg.Connection[tuple[Any, ...]]

OWNER: Final = "portal_owner"
APP: Final = "portal_app"
LOADER: Final = "portal_loader"
WORKER: Final = "portal_worker"
LOGIN_ROLES: Final = (OWNER, APP, LOADER, WORKER)

CAPACITY_ROLES: Final = ("portal_seller", "portal_buyer", "portal_brand_owner", "portal_auth")
"""What a connection of the web or the worker switches to at the begin of each transaction; they cannot log in."""

DEFINER_ROLES: Final = (
    *("portal_gate", "portal_search", "portal_figures", "portal_placement", "portal_audit"),
    "portal_operations",
)
"""Owners of the SECURITY DEFINER functions; they cannot log in and own no table."""

OLDEST_SERVER: Final = 160000

_PREPARE_LOCK: Final = 4_711_001


class DatabaseSetupError(Exception):
    """The database server cannot be used; the message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class RoleUrls:
    """SQLAlchemy URLs (`postgresql+psycopg://`), one for each role that may log in."""

    owner: str
    """Runs migrations; owns the schema; never used to serve."""
    app: str
    """The web processes; may switch to the capacity roles."""
    loader: str
    """Loads channel folders."""
    worker: str
    """The dispatcher and the jobs."""

    def __repr__(self) -> str:
        """Keep the passwords out of logs and tracebacks."""
        return "RoleUrls(...)"


def conninfo(url: str) -> str:
    """Give the libpq form of a SQLAlchemy URL, for `psycopg.connect`."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def prepare_roles(admin_url: str, passwords_file: Path, *, database: str | None = None) -> RoleUrls:
    """Create or correct the portal's roles and hand them the schema; doing it again changes nothing.

    Args:
        admin_url: a connection that may create roles and owns the database (superuser or managed administrator).
        passwords_file: JSON of role name to password, mode 0600; written when passwords are missing.
        database: created when missing and used instead of the one in `admin_url` (embedded server).

    Raises:
        DatabaseSetupError: the server is too old, out of reach, or in use by a portal with other passwords.
    """
    if database is not None:
        with _connect(admin_url) as connection:
            _create_database(connection, database)
    with _connect(admin_url, database) as connection:
        _refuse_old_server(connection)
        connection.execute("SELECT pg_advisory_lock(%s)", (_PREPARE_LOCK,))
        try:
            _create_roles(connection)
            passwords = _prepare_passwords(connection, admin_url, passwords_file, database)
            _grant(connection)
        except psycopg.errors.InsufficientPrivilege as error:
            raise DatabaseSetupError(
                f"The user of DATABASE_URL may not set up the portal's roles: {_first_line(error)}."
            ) from error
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_PREPARE_LOCK,))
    return _role_urls(admin_url, passwords, database)


def rotate_passwords(admin_url: str, passwords_file: Path) -> None:
    """Give every role that logs in a new password, at the server and in the file; open connections go on.

    Raises:
        DatabaseSetupError: the server is out of reach, or the user may not change the roles.
    """
    passwords = {role: secrets.token_urlsafe(24) for role in LOGIN_ROLES}
    with _connect(admin_url) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_PREPARE_LOCK,))
        try:
            # The file first: what a crash leaves behind is put right by the next `prepare_roles`.
            _write_passwords(passwords_file, passwords)
            with connection.transaction():
                for role in LOGIN_ROLES:
                    _set_password(connection, role, passwords[role])
        except psycopg.errors.InsufficientPrivilege as error:
            raise DatabaseSetupError(f"The passwords cannot be changed: {_first_line(error)}.") from error
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_PREPARE_LOCK,))


def read_role_urls(admin_url: str, passwords_file: Path, *, database: str | None = None) -> RoleUrls:
    """Give the URLs of roles that `prepare_roles` has set up, without connecting.

    Raises:
        DatabaseSetupError: the passwords file is missing or incomplete.
    """
    passwords = _read_passwords(passwords_file)
    if any(role not in passwords for role in LOGIN_ROLES):
        raise DatabaseSetupError(f"{passwords_file} does not hold the passwords of the portal's database roles.")
    return _role_urls(admin_url, passwords, database)


def refuse_unsafe_role(connection: Connection, schema: str = "public") -> None:
    """Check that row-level security binds the connected role, also after any switch of role it may make.

    Raises:
        DatabaseSetupError: a reachable role is a superuser, bypasses row-level security or owns a table of `schema`.
    """
    row = connection.execute(
        """
        SELECT session_user, role.rolname, role.rolsuper, role.rolbypassrls,
               (SELECT min(relation.relname) FROM pg_class AS relation
                WHERE relation.relowner = role.oid AND relation.relkind IN ('r', 'p', 'f', 'm')
                  AND relation.relnamespace = to_regnamespace(%s)) AS owned_table
        FROM pg_roles AS role
        WHERE (pg_has_role(session_user, role.oid, 'SET') OR pg_has_role(session_user, role.oid, 'USAGE'))
          AND (role.rolsuper OR role.rolbypassrls OR EXISTS (
                SELECT FROM pg_class AS relation
                WHERE relation.relowner = role.oid AND relation.relkind IN ('r', 'p', 'f', 'm')
                  AND relation.relnamespace = to_regnamespace(%s)))
        ORDER BY role.rolname <> session_user, role.rolname
        LIMIT 1
        """,
        (schema, schema),
    ).fetchone()
    if row is None:
        return
    connected, role, is_superuser, bypasses, owned_table = row
    if is_superuser:
        reason = "is a superuser"
    elif bypasses:
        reason = "bypasses row-level security"
    else:
        reason = f"owns the table {owned_table}"
    reached = "" if role == connected else f" may become {role}, which"
    raise DatabaseSetupError(
        f"The portal refuses to start: the database role {connected}{reached} {reason}, "
        "so row-level security would not bind it."
    )


def _connect(admin_url: str, database: str | None = None) -> Connection:
    target = conninfo(admin_url)
    if database is not None:
        target = make_conninfo(target, dbname=database)
    try:
        return psycopg.connect(target, autocommit=True, connect_timeout=10, application_name="kontor setup")
    except psycopg.Error as error:
        raise DatabaseSetupError(f"The database of DATABASE_URL cannot be used: {_first_line(error)}.") from error


def _first_line(error: psycopg.Error) -> str:
    """Give the server's own words without its punctuation; libpq adds lines of hints after them."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].strip().rstrip(".")


def _refuse_old_server(connection: Connection) -> None:
    if connection.info.server_version < OLDEST_SERVER:
        raise DatabaseSetupError(
            f"The database server is PostgreSQL {connection.info.server_version // 10000}; 16 or newer is needed."
        )


def _create_database(connection: Connection, database: str) -> None:
    if connection.execute("SELECT FROM pg_database WHERE datname = %s", (database,)).fetchone() is None:
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return  # Another process was faster; the outcome is the same.


def _create_roles(connection: Connection) -> None:
    # Quiet: granting what is granted already and re-creating are no news.
    connection.execute("SET client_min_messages = warning")
    existing = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role in (*LOGIN_ROLES, *CAPACITY_ROLES, *DEFINER_ROLES):
        attributes: LiteralString = "LOGIN" if role in LOGIN_ROLES else "NOLOGIN"
        inherit: LiteralString = "INHERIT" if role == OWNER else "NOINHERIT"
        if role not in existing:
            _execute(connection, "CREATE ROLE {} " + attributes + " " + inherit, role)
    _strip_rights(connection)


def _strip_rights(connection: Connection) -> None:
    """Take rights away that somebody added by hand; only what is wrong is touched, as it takes a superuser."""
    roles = [*LOGIN_ROLES, *CAPACITY_ROLES, *DEFINER_ROLES]
    wrong = connection.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)",
        (roles,),
    ).fetchall()
    for (role,) in wrong:
        _execute(connection, "ALTER ROLE {} NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION", role)


def _grant(connection: Connection) -> None:
    is_superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if is_superuser != (True,):
        # A managed administrator must be able to become the owner to hand the schema over.
        connection.execute("GRANT portal_owner TO CURRENT_USER WITH INHERIT TRUE, SET TRUE")
    for role in CAPACITY_ROLES:
        for member in (APP, WORKER):
            _execute(connection, "GRANT {} TO {} WITH INHERIT FALSE, SET TRUE", role, member)
    for role in DEFINER_ROLES:
        _execute(connection, "GRANT {} TO {} WITH INHERIT FALSE, SET TRUE", role, OWNER)
    database = connection.info.dbname
    _execute(connection, "GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {} TO {}", database, OWNER)
    owner = connection.execute("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'public'").fetchone()
    if owner != (OWNER,):
        connection.execute("ALTER SCHEMA public OWNER TO portal_owner")
    for role in (*LOGIN_ROLES, *CAPACITY_ROLES):
        _execute(connection, "GRANT USAGE ON SCHEMA public TO {}", role)
    for role in DEFINER_ROLES:
        # PostgreSQL asks for CREATE of a role that a function is handed to.
        _execute(connection, "GRANT USAGE, CREATE ON SCHEMA public TO {}", role)


def _execute(connection: Connection, statement: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


def _prepare_passwords(
    connection: Connection, admin_url: str, passwords_file: Path, database: str | None
) -> Mapping[str, str]:
    passwords = dict(_read_passwords(passwords_file))
    missing = [role for role in LOGIN_ROLES if role not in passwords]
    if missing:
        passwords |= {role: secrets.token_urlsafe(24) for role in missing}
    urls = _role_urls(admin_url, passwords, database)
    by_role = {OWNER: urls.owner, APP: urls.app, LOADER: urls.loader, WORKER: urls.worker}
    outdated = [role for role in LOGIN_ROLES if role in missing or not _can_log_in(by_role[role])]
    if outdated:
        _refuse_roles_in_use(connection, outdated, passwords_file)
    if missing:
        _write_passwords(passwords_file, passwords)
    for role in outdated:
        _set_password(connection, role, passwords[role])
    return passwords


def _set_password(connection: Connection, role: str, password: str) -> None:
    # The verifier instead of the password, so that a server that logs statements does not log a secret.
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier.decode()))
    )


def _can_log_in(url: str) -> bool:
    try:
        psycopg.connect(conninfo(url), connect_timeout=10, application_name="kontor setup").close()
    except psycopg.OperationalError:
        return False
    return True


def _refuse_roles_in_use(connection: Connection, roles: list[str], passwords_file: Path) -> None:
    """A new password would lock out another running portal, so only roles nobody works with get one."""
    used = connection.execute(
        "SELECT min(usename) FROM pg_stat_activity WHERE usename = ANY(%s)"
        " AND application_name IS DISTINCT FROM 'kontor setup'",
        (roles,),
    ).fetchone()
    if used is not None and used[0] is not None:
        raise DatabaseSetupError(
            f"Another portal works on this database server as {used[0]}: copy its {passwords_file.name} "
            f"to {passwords_file}, or stop it first."
        )


def _read_passwords(passwords_file: Path) -> Mapping[str, str]:
    try:
        passwords = json.loads(passwords_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DatabaseSetupError(f"{passwords_file} cannot be read: {error}.") from error
    if passwords_file.stat().st_mode & 0o077:
        passwords_file.chmod(0o600)
    return {role: str(password) for role, password in passwords.items()}


def _write_passwords(passwords_file: Path, passwords: Mapping[str, str]) -> None:
    passwords_file.parent.mkdir(parents=True, exist_ok=True)
    draft = passwords_file.with_name(f".{passwords_file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(dict(passwords), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(passwords_file)


def _role_urls(admin_url: str, passwords: Mapping[str, str], database: str | None) -> RoleUrls:
    return RoleUrls(
        owner=_url(admin_url, OWNER, passwords[OWNER], database),
        app=_url(admin_url, APP, passwords[APP], database),
        loader=_url(admin_url, LOADER, passwords[LOADER], database),
        worker=_url(admin_url, WORKER, passwords[WORKER], database),
    )


def _url(admin_url: str, role: str, password: str, database: str | None) -> str:
    """Point the administrator's URL at another role; a socket folder has to travel in the query part."""
    parts = {key: str(value) for key, value in conninfo_to_dict(conninfo(admin_url)).items() if value is not None}
    for replaced in ("user", "password", "passfile"):
        parts.pop(replaced, None)
    name = database or parts.pop("dbname", "postgres")
    parts.pop("dbname", None)
    host = parts.get("host", "")
    where = ""
    if host and not host.startswith("/") and "," not in host:
        where = f"[{host}]" if ":" in host else host
        parts.pop("host")
        if "port" in parts:
            where += ":" + parts.pop("port")
    query = "?" + urllib.parse.urlencode(parts, quote_via=urllib.parse.quote) if parts else ""
    quoted = urllib.parse.quote(password, safe="")
    return f"postgresql+psycopg://{role}:{quoted}@{where}/{urllib.parse.quote(name, safe='')}{query}"

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from portal.core import embedded
from tenants.database_roles import (
    CAPACITY_ROLES,
    DEFINER_ROLES,
    LOGIN_ROLES,
    DatabaseSetupError,
    RoleUrls,
    conninfo,
    prepare_roles,
    read_role_urls,
    refuse_unsafe_role,
    rotate_passwords,
)


@pytest.fixture(scope="module")
def instance(new_instance: Callable[[], Path]) -> Path:
    return new_instance()


@pytest.fixture(scope="module")
def admin_url(instance: Path) -> Iterator[str]:
    with embedded.hold(instance, durable=False) as url:
        yield url


@pytest.fixture(scope="module")
def passwords_file(instance: Path) -> Path:
    return instance / "database_passwords.json"


@pytest.fixture
def urls(admin_url: str, passwords_file: Path) -> RoleUrls:
    return prepare_roles(admin_url, passwords_file, database="kontor")


@pytest.fixture
def admin(admin_url: str, urls: RoleUrls) -> Iterator[psycopg.Connection]:
    with psycopg.connect(admin_url, dbname="kontor", autocommit=True) as connection:
        yield connection


def test_no_role_of_the_portal_has_rights_of_its_own(admin: psycopg.Connection) -> None:
    rows = admin.execute(
        "SELECT rolname, rolcanlogin, rolinherit FROM pg_roles WHERE rolname LIKE 'portal\\_%%'"
        " AND NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication) ORDER BY rolname"
    ).fetchall()
    assert {name for name, can_log_in, _ in rows if can_log_in} == set(LOGIN_ROLES)
    assert {name for name, can_log_in, _ in rows if not can_log_in} == {*CAPACITY_ROLES, *DEFINER_ROLES}
    assert {name for name, _, inherits in rows if inherits} == {"portal_owner"}


def test_memberships_may_be_switched_to_and_are_not_inherited(admin: psycopg.Connection) -> None:
    rows = admin.execute(
        "SELECT member::regrole::text, roleid::regrole::text, inherit_option, set_option, admin_option"
        " FROM pg_auth_members WHERE roleid::regrole::text LIKE 'portal\\_%%'"
    ).fetchall()
    expected = {(member, role) for member in ("portal_app", "portal_worker") for role in CAPACITY_ROLES}
    expected |= {("portal_owner", role) for role in DEFINER_ROLES}
    assert {(member, role) for member, role, *_ in rows} == expected
    assert {tuple(options) for _, _, *options in rows} == {(False, True, False)}


def test_doing_it_again_changes_nothing(admin_url: str, urls: RoleUrls, passwords_file: Path) -> None:
    before = passwords_file.read_bytes()
    again = prepare_roles(admin_url, passwords_file, database="kontor")
    assert (again.owner, again.app, again.loader, again.worker) == (urls.owner, urls.app, urls.loader, urls.worker)
    assert passwords_file.read_bytes() == before


def test_passwords_are_random_and_readable_by_their_owner_alone(urls: RoleUrls, passwords_file: Path) -> None:
    passwords = json.loads(passwords_file.read_text())
    assert set(passwords) == set(LOGIN_ROLES)
    assert len(set(passwords.values())) == 4
    assert min(len(password) for password in passwords.values()) == 32
    assert stat.S_IMODE(passwords_file.stat().st_mode) == 0o600
    assert passwords["portal_app"] not in repr(urls)


def test_a_passwords_file_open_to_others_is_closed(urls: RoleUrls, admin_url: str, passwords_file: Path) -> None:
    passwords_file.chmod(0o644)
    assert read_role_urls(admin_url, passwords_file, database="kontor").app == urls.app
    assert stat.S_IMODE(passwords_file.stat().st_mode) == 0o600


def test_the_owner_makes_tables_and_hands_functions_to_those_who_cannot_log_in(urls: RoleUrls) -> None:
    with psycopg.connect(conninfo(urls.owner)) as connection:
        connection.execute("CREATE TABLE made (id bigint)")
        for role in DEFINER_ROLES:
            connection.execute("CREATE FUNCTION made() RETURNS int LANGUAGE sql AS 'SELECT 1'")
            connection.execute(sql.SQL("ALTER FUNCTION made() OWNER TO {}").format(sql.Identifier(role)))
            connection.execute("DROP FUNCTION made()")
        connection.rollback()


@pytest.mark.parametrize("role", ["app", "loader", "worker"])
def test_those_who_serve_cannot_make_tables(urls: RoleUrls, role: str) -> None:
    with (
        psycopg.connect(conninfo(getattr(urls, role))) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE made (id bigint)")


@pytest.mark.parametrize("role", CAPACITY_ROLES)
def test_the_web_becomes_each_capacity_and_nothing_else(urls: RoleUrls, role: str) -> None:
    with psycopg.connect(conninfo(urls.app), autocommit=True) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        assert connection.execute("SELECT current_user").fetchone() == (role,)
        for forbidden in ("portal_owner", "portal_loader", "portal_search", "postgres"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(forbidden)))


@pytest.mark.parametrize("role", ["app", "loader", "worker"])
def test_roles_that_serve_are_safe(urls: RoleUrls, role: str) -> None:
    with psycopg.connect(conninfo(getattr(urls, role))) as connection:
        refuse_unsafe_role(connection)


def refusal(url: str) -> str:
    with psycopg.connect(conninfo(url)) as connection, pytest.raises(DatabaseSetupError) as refused:
        refuse_unsafe_role(connection)
    return str(refused.value)


def test_a_superuser_is_refused(admin_url: str) -> None:
    assert refusal(admin_url) == (
        "The portal refuses to start: the database role postgres is a superuser, "
        "so row-level security would not bind it."
    )


def test_a_role_that_bypasses_row_level_security_is_refused(admin: psycopg.Connection, urls: RoleUrls) -> None:
    admin.execute("ALTER ROLE portal_app BYPASSRLS")
    assert "the database role portal_app bypasses row-level security" in refusal(urls.app)
    admin.execute("ALTER ROLE portal_app NOBYPASSRLS")


def test_a_role_that_may_become_an_unsafe_one_is_refused(admin: psycopg.Connection, urls: RoleUrls) -> None:
    admin.execute("ALTER ROLE portal_seller BYPASSRLS")
    assert "the database role portal_app may become portal_seller, which bypasses row-level security" in refusal(
        urls.app
    )
    admin.execute("ALTER ROLE portal_seller NOBYPASSRLS")


def test_an_owner_of_a_table_is_refused(admin: psycopg.Connection, urls: RoleUrls) -> None:
    admin.execute("CREATE TABLE owned (id bigint)")
    admin.execute("ALTER TABLE owned OWNER TO portal_buyer")
    assert "portal_app may become portal_buyer, which owns the table owned" in refusal(urls.app)
    admin.execute("DROP TABLE owned")


def test_rights_added_by_hand_are_taken_away_again(
    admin: psycopg.Connection, urls: RoleUrls, admin_url: str, passwords_file: Path
) -> None:
    admin.execute("ALTER ROLE portal_app SUPERUSER CREATEDB")
    prepare_roles(admin_url, passwords_file, database="kontor")
    with psycopg.connect(conninfo(urls.app)) as connection:
        refuse_unsafe_role(connection)


def test_a_second_portal_does_not_lock_the_first_one_out(urls: RoleUrls, admin_url: str, tmp_path: Path) -> None:
    with psycopg.connect(conninfo(urls.app)), pytest.raises(DatabaseSetupError) as refused:
        prepare_roles(admin_url, tmp_path / "database_passwords.json", database="kontor")
    assert str(refused.value) == (
        "Another portal works on this database server as portal_app: copy its database_passwords.json "
        f"to {tmp_path}/database_passwords.json, or stop it first."
    )
    assert not (tmp_path / "database_passwords.json").exists()


def test_lost_passwords_are_replaced_when_nobody_works(
    urls: RoleUrls, admin_url: str, passwords_file: Path, tmp_path: Path
) -> None:
    other = prepare_roles(admin_url, tmp_path / "database_passwords.json", database="kontor")
    psycopg.connect(conninfo(other.app)).close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(conninfo(urls.app))
    prepare_roles(admin_url, passwords_file, database="kontor")
    psycopg.connect(conninfo(urls.app)).close()


def test_several_databases_of_one_server_share_the_roles(urls: RoleUrls, admin_url: str, passwords_file: Path) -> None:
    other = prepare_roles(admin_url, passwords_file, database="kontor_two")
    with psycopg.connect(conninfo(other.owner)) as connection:
        connection.execute("CREATE TABLE made (id bigint)")
        connection.rollback()


def test_new_passwords_leave_open_connections_and_let_nobody_in_by_the_old_ones(
    urls: RoleUrls, admin_url: str, passwords_file: Path
) -> None:
    with psycopg.connect(conninfo(urls.app)) as open_one:
        rotate_passwords(admin_url, passwords_file)
        assert open_one.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(conninfo(urls.app))
    renewed = read_role_urls(admin_url, passwords_file, database="kontor")
    for url in (renewed.owner, renewed.app, renewed.loader, renewed.worker):
        psycopg.connect(conninfo(url)).close()
    assert stat.S_IMODE(passwords_file.stat().st_mode) == 0o600


def test_a_managed_administrator_without_superuser_sets_everything_up(
    admin: psycopg.Connection, admin_url: str, instance_folder: Path
) -> None:
    """Another server, because the roles of this one belong to its superuser."""
    with embedded.hold(instance_folder, durable=False) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE ROLE manager LOGIN CREATEROLE CREATEDB PASSWORD 'managed'")
            connection.execute("CREATE DATABASE shop OWNER manager")
        managed = url.replace("postgres@/postgres", "manager:managed@/shop")
        for _ in range(2):
            urls = prepare_roles(managed, instance_folder / "database_passwords.json")
        with psycopg.connect(conninfo(urls.owner)) as connection:
            connection.execute("CREATE TABLE made (id bigint)")
            connection.execute("CREATE FUNCTION made() RETURNS int LANGUAGE sql AS 'SELECT 1'")
            connection.execute("ALTER FUNCTION made() OWNER TO portal_search")
        for serving in (urls.app, urls.worker, urls.loader):
            with psycopg.connect(conninfo(serving)) as connection:
                refuse_unsafe_role(connection)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://postgres@127.0.0.1:1/kontor", 'connection to server at "127.0.0.1", port 1 failed'),
        ("postgresql://postgres@/kontor?host=/nowhere", "/nowhere/.s.PGSQL.5432"),
    ],
)
def test_a_server_out_of_reach_gets_one_sentence(tmp_path: Path, url: str, expected: str) -> None:
    with pytest.raises(DatabaseSetupError) as refused:
        prepare_roles(url, tmp_path / "passwords.json")
    assert str(refused.value).startswith("The database of DATABASE_URL cannot be used: ")
    assert expected in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_urls_keep_the_servers_address_and_options(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords.json"
    passwords.write_text(json.dumps(dict.fromkeys(LOGIN_ROLES, "p@ss/word")))
    urls = read_role_urls("postgresql://admin:x@db.example.com:6543/shop?sslmode=require", passwords)
    url = make_url(urls.app)
    assert (url.drivername, url.username, url.password) == ("postgresql+psycopg", "portal_app", "p@ss/word")
    assert (url.host, url.port, url.database, url.query) == ("db.example.com", 6543, "shop", {"sslmode": "require"})


def test_urls_of_an_incomplete_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseSetupError, match="does not hold the passwords"):
        read_role_urls("postgresql://admin@db.example.com/shop", tmp_path / "missing.json")

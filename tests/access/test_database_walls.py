"""The walls as the database itself tells them: every table, policy, key and function, read from its catalogue."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from flask import Flask

from tenants.database_roles import conninfo, refuse_unsafe_role
from tests.factories.seed import Seed

pytestmark = pytest.mark.shared_database

QUEUE = "procrastinate%"
"""The job queue's own tables: no tenant's data but the worker's, which alone may touch them."""

UNWALLED = {
    "alembic_version": "the schema's revision, the owner's alone",
    "rate_limit": "counts hits by hashed keys, no tenant's data; unlogged",
}

TENANT_COLUMNS = (
    "seller_id",
    "owner_id",
    "brand_owner_id",
    "organisation_id",
    "inviting_organisation_id",
    "root_id",
    "wholesaler_id",
)

REFERENCE_TABLES = {
    "organisation": "the tree itself; ids are never shown, `slug` is a public address",
    "user_account": "people belong to no organisation; read by signing in alone",
    "user_session": "belongs to a person; read by signing in alone",
    "password_reset": "belongs to a person; read by signing in alone",
    "person_request": "belongs to a person; an organisation's administrator sees those for its part",
    "known_device": "belongs to a person; read by signing in alone",
    "passkey": "belongs to a person; read by signing in alone",
    "passkey_challenge": "belongs to a person, or to nobody yet; read by signing in alone",
    "authenticator": "belongs to a person; read by signing in alone",
    "recovery_code": "belongs to a person; read by signing in alone",
    "email_domain": "a proven domain belongs to one organisation of the installation",
    "provisioning_token": "found by its hash before anybody is known",
    "authorization_request": "found by the hash of its state before anybody is signed in",
    "sign_in_step": "belongs to a person; read by signing in alone",
    "invitation": "found by the hash of its token before anybody is signed in",
    "api_client": "found by its public id before anybody is known",
    "api_token": "found by its hash before anybody is known",
    "api_grant": "found by the hash of its code before anybody is known",
    "refresh_token": "found by its hash before anybody is known",
    "personal_token": "found by its hash before anybody is known",
    "audit_progress": "one number: up to which transaction the logs are chained",
}

ASKING_ON_INSERT = {*REFERENCE_TABLES, "funding_offer"}
"""A row is written into the tree, or for an organisation of which the tree alone says whose channel it is in."""

REFERENCED_ALONE = {"organisation", "user_account", "api_client", "api_grant"}
"""Foreign keys to these name one column: they are the tenants, people and programs themselves, and what a token was given for."""

CAPACITIES = ("portal_seller", "portal_buyer", "portal_brand_owner")


@pytest.fixture
def catalogue(app: Flask) -> Any:
    """Ask the database as its owner."""
    with psycopg.connect(conninfo(app.extensions["role_urls"].owner)) as connection:
        yield lambda statement, *parameters: connection.execute(statement, parameters).fetchall()


@pytest.fixture
def tables(catalogue: Any) -> list[str]:
    """Give the portal's tables."""
    rows = catalogue(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        " and relname not like %s order by 1",
        QUEUE,
    )
    return [name for (name,) in rows if name not in UNWALLED]


def test_every_table_enables_and_forces_row_level_security(catalogue: Any, tables: list[str]) -> None:
    assert len(tables) > 25
    bare = catalogue(
        "select relname from pg_class where relname = any(%s) and relnamespace = 'public'::regnamespace"
        " and not (relrowsecurity and relforcerowsecurity)",
        tables,
    )
    assert bare == []


def test_every_right_has_a_policy_of_its_role_and_verb(catalogue: Any, tables: list[str]) -> None:
    """A grant without policy gives nothing; a policy without grant is a mistake waiting for one."""
    granted = {
        (table, role, verb)
        for table, role, verb in catalogue(
            """
            select c.relname, a.grantee::regrole::text, lower(a.privilege_type)
            from pg_class c, aclexplode(c.relacl) a
            where c.relname = any(%(tables)s) and c.relnamespace = 'public'::regnamespace and a.grantee <> c.relowner
            union
            select c.relname, a.grantee::regrole::text, lower(a.privilege_type)
            from pg_attribute t join pg_class c on c.oid = t.attrelid, aclexplode(t.attacl) a
            where c.relname = any(%(tables)s) and c.relnamespace = 'public'::regnamespace
            """.replace("%(tables)s", "%s"),
            tables,
            tables,
        )
    }
    policies = {
        (table, role, command.lower())
        for table, role, command in catalogue(
            "select tablename, unnest(roles)::text, cmd from pg_policies where tablename = any(%s)", tables
        )
    }
    assert granted == policies
    assert {role for _, role, _ in granted} >= {*CAPACITIES, "portal_auth", "portal_loader", "portal_worker"}
    assert not {role for _, role, _ in granted} & {"public", "portal_app", "-"}


def test_policies_of_the_capacities_are_written_in_the_direct_form(catalogue: Any) -> None:
    """What rows a capacity reads is one comparison; only inserting a row into the tree, or for one in it, may ask a question."""
    rows = catalogue(
        "select tablename, policyname, coalesce(qual, ''), coalesce(with_check, '') from pg_policies"
        " where roles && %s::name[]",
        list(CAPACITIES),
    )
    assert len(rows) > 60
    for table, policy, condition, check in rows:
        direct = [condition] if table in ASKING_ON_INSERT else [condition, check]
        assert "ctx_" in condition + check, (table, policy)
        for written in direct:
            assert "select" not in written.lower(), (table, policy)
            assert " or " not in written.lower(), (table, policy)


def test_every_key_of_trade_data_names_the_tenant(catalogue: Any, tables: list[str]) -> None:
    rows = catalogue(
        """
        select c.relname, i.indexrelid::regclass::text,
               array(select a.attname::text from unnest(i.indkey[0:i.indnkeyatts - 1]) k
                     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k)
        from pg_index i join pg_class c on c.oid = i.indrelid
        where i.indisunique and c.relname = any(%s) and c.relnamespace = 'public'::regnamespace
        """,
        tables,
    )
    assert len(rows) > 40
    for table, index, columns in rows:
        if table not in REFERENCE_TABLES:
            assert columns[0] in TENANT_COLUMNS, (table, index, columns)


def test_every_reference_between_trade_data_carries_the_tenant(catalogue: Any, tables: list[str]) -> None:
    rows = catalogue(
        """
        select k.conname, c.relname, f.relname,
               array(select a.attname::text from unnest(k.conkey) n
                     join pg_attribute a on a.attrelid = k.conrelid and a.attnum = n)
        from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class f on f.oid = k.confrelid
        where k.contype = 'f' and c.relname = any(%s)
        """,
        tables,
    )
    assert len(rows) > 40
    for name, _table, referenced, columns in rows:
        if referenced not in REFERENCED_ALONE:
            assert set(columns) & set(TENANT_COLUMNS), name
            assert len(columns) > 1, name


def test_no_reference_empties_columns(catalogue: Any, tables: list[str]) -> None:
    """A sharded server refuses ON DELETE SET NULL, and history would lose what it refers to."""
    rows = catalogue(
        "select conname from pg_constraint where contype = 'f' and confdeltype in ('n', 'd')"
        " and conrelid::regclass::text = any(%s)",
        tables,
    )
    assert rows == []


def test_there_are_no_views_triggers_or_materialised_views_that_read_with_owners_rights(catalogue: Any) -> None:
    views = catalogue(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')"
        " and coalesce(array_to_string(reloptions, ','), '') not like '%%security_invoker=true%%'"
        " and relname not like %s",
        QUEUE,
    )
    triggers = catalogue(
        "select tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        " where not tgisinternal and c.relname not like %s",
        QUEUE,
    )
    assert (views, triggers) == ([], [])


def test_definer_functions_fix_their_search_path_and_belong_to_roles_that_cannot_log_in(catalogue: Any) -> None:
    rows = catalogue(
        """
        select p.proname, r.rolname, r.rolcanlogin, coalesce(array_to_string(p.proconfig, ','), ''),
               exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)
        from pg_proc p join pg_roles r on r.oid = p.proowner
        where p.pronamespace = 'public'::regnamespace and p.prosecdef
        """
    )
    assert len(rows) >= 5
    for name, owner, can_log_in, configuration, is_public in rows:
        assert not can_log_in, (name, owner)
        assert "search_path=pg_catalog, public, pg_temp" in configuration, name
        assert not is_public, name


APPENDED = ["audit_entry", "audit_link", "audit_seal"]


def test_no_role_whatever_changes_or_removes_what_the_audit_log_holds(catalogue: Any) -> None:
    """Not the loader, not the schema's owner: neither a right nor a policy is there for it."""
    rights = catalogue(
        "select c.relname, a.grantee::regrole::text, a.privilege_type from pg_class c, aclexplode(c.relacl) a"
        " where c.relname = any(%s) and a.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')",
        APPENDED,
    )
    of_columns = catalogue(
        "select c.relname, t.attname from pg_attribute t join pg_class c on c.oid = t.attrelid, aclexplode(t.attacl) a"
        " where c.relname = any(%s) and a.privilege_type = 'UPDATE'",
        APPENDED,
    )
    policies = catalogue(
        "select tablename, policyname from pg_policies where tablename = any(%s) and cmd not in ('SELECT', 'INSERT')",
        APPENDED,
    )
    assert (rights, of_columns, policies) == ([], [], [])
    assert catalogue("select count(*) from pg_class where relname = any(%s)", APPENDED) == [(3,)]


def test_only_the_chaining_function_links_and_only_the_worker_seals(catalogue: Any) -> None:
    rows = catalogue(
        "select c.relname, a.grantee::regrole::text from pg_class c, aclexplode(c.relacl) a"
        " where c.relname in ('audit_link', 'audit_seal') and a.privilege_type = 'INSERT' and a.grantee <> c.relowner"
        " order by 1"
    )
    assert rows == [("audit_link", "portal_audit"), ("audit_seal", "portal_worker")]


def test_nobody_but_the_owner_may_truncate_or_own(catalogue: Any, tables: list[str]) -> None:
    truncating = catalogue(
        "select c.relname, a.grantee::regrole::text from pg_class c, aclexplode(c.relacl) a"
        " where a.privilege_type in ('TRUNCATE', 'TRIGGER', 'REFERENCES') and a.grantee <> c.relowner"
        " and c.relname = any(%s)",
        tables,
    )
    owners = catalogue("select distinct relowner::regrole::text from pg_class where relname = any(%s)", tables)
    assert truncating == []
    assert owners == [("portal_owner",)]


def test_without_context_no_capacity_sees_a_row(app: Flask, seed: Seed, world: Any, tables: list[str]) -> None:
    with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
        for role in CAPACITIES:
            connection.execute(f"set local role {role}")
            for table in tables:
                readable = connection.execute(
                    "select has_any_column_privilege(%s, %s, 'select')", (role, table)
                ).fetchone()
                if readable == (True,):
                    found = connection.execute(f"select exists (select from {table})").fetchone()
                    assert found == (False,), (role, table)
            connection.rollback()


def test_the_web_role_itself_reads_no_table(app: Flask, tables: list[str]) -> None:
    with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
        for table in tables:
            assert connection.execute("select has_any_column_privilege(%s, 'select')", (table,)).fetchone() == (False,)


def test_a_role_that_row_level_security_does_not_bind_is_refused_at_start(app: Flask) -> None:
    with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
        refuse_unsafe_role(connection)
    with (
        psycopg.connect(conninfo(app.extensions["role_urls"].owner)) as connection,
        pytest.raises(Exception, match="owns the table"),
    ):
        refuse_unsafe_role(connection)

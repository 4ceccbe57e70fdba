"""The test database as it was cloned, without cloning it again: rows go, sequences start anew; changed schemas are noticed."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

_MOST_GROWTH = 20_000_000
"""A database that grew by more bytes is cheaper to clone than to empty, and its indexes would stay large."""

# What a test may have altered in the schema; a row that was changed has another xmin.
_SCHEMA = """
select md5(string_agg(kind || oid || ':' || stamp, ',' order by kind, oid)) from (
    select 'class' as kind, oid::text as oid, xmin::text as stamp from pg_class where relnamespace = 'public'::regnamespace
    union all select 'function', oid::text, xmin::text from pg_proc where pronamespace = 'public'::regnamespace
    union all select 'policy', oid::text, xmin::text from pg_policy
    union all select 'trigger', oid::text, xmin::text from pg_trigger
    union all select 'constraint', oid::text, xmin::text from pg_constraint where connamespace = 'public'::regnamespace
    union all select 'default', oid::text, xmin::text from pg_attrdef
    union all select 'namespace', oid::text, xmin::text from pg_namespace where nspname !~ '^pg_(toast_)?temp_'
    union all select 'column', attrelid::text || '.' || attnum::text, a.xmin::text from pg_attribute a
        join pg_class c on c.oid = a.attrelid where c.relnamespace = 'public'::regnamespace
) parts
"""
_TABLES = "select oid::regclass::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
_EMPTY = """
do $$
declare held text;
begin
    perform set_config('session_replication_role', 'replica', true);
    for held in select oid::regclass::text from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0
    loop
        execute 'delete from ' || held;
    end loop;
    perform setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
        from pg_sequences where last_value is not null;
end $$
"""


class Scrubber:
    """Brings one clone back to how it was when this was made; the connection is the server's superuser's."""

    def __init__(self, conninfo: str) -> None:
        """Remember the rows and the schema of the fresh clone."""
        self._connection = psycopg.connect(conninfo, autocommit=True)
        self._connection.execute("set lock_timeout = '1s'")
        self._schema = self._value(_SCHEMA)
        self._size = self._value("select pg_database_size(current_database())")
        self._rows: dict[str, Jsonb] = {}
        for (table,) in self._connection.execute(_TABLES.encode()).fetchall():
            rows = self._value(f"select jsonb_agg(held) from {table} held")
            if rows is not None:
                self._rows[table] = Jsonb(rows)

    def scrub(self) -> bool:
        """Tell whether the database is as new; False where it must be cloned again."""
        try:
            if self._value(_SCHEMA) != self._schema:
                return False
            if self._value("select pg_database_size(current_database())") > self._size + _MOST_GROWTH:
                return False
            with self._connection.transaction():
                self._connection.execute(_EMPTY.encode())
                for table, rows in self._rows.items():
                    statement = sql.SQL("insert into {0} select * from jsonb_populate_recordset(null::{0}, %s)")
                    self._connection.execute(statement.format(sql.Identifier(table)), [rows])
        except psycopg.OperationalError:
            # A test was left with open locks, or ended every connection.
            return False
        return True

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def _value(self, statement: str) -> Any:
        row = self._connection.execute(statement.encode()).fetchone()
        assert row is not None
        return row[0]

"""The audit log as its reader sees it, and the worker's part of it."""

from __future__ import annotations

from typing import Any

import psycopg
from flask import Flask
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import create_engine

from portal.accounts.service.audit_chain import chain_entries
from tenants.database_roles import conninfo

LOG = """(
    select e.organisation_id, e.id, e.at, e.actor, e.action, coalesce(p.subject, e.subject) as subject, e.refused, e.address,
        case when p.before is null then e.before else coalesce(e.before, '{}') || p.before end as before,
        case when p.after is null then e.after else coalesce(e.after, '{}') || p.after end as after
    from audit_entry e left join audit_personal p on p.organisation_id = e.organisation_id and p.entry_id = e.id) log"""
"""The entries with the names that stand apart from them, for `select … from`."""


def chain(app: Flask) -> int:
    """Chain and seal what was committed, as the worker does; gives how many chains grew."""
    engine = create_engine(app.extensions["role_urls"].worker)
    with app.app_context(), engine.begin() as connection:
        grown = chain_entries(connection)
    engine.dispose()
    return grown


def as_administrator(app: Flask, admin_url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Do what only who administers the database server can; gives the last statement's rows."""
    name = str(conninfo_to_dict(conninfo(app.extensions["role_urls"].owner))["dbname"])
    with psycopg.connect(make_conninfo(conninfo(admin_url), dbname=name), autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []

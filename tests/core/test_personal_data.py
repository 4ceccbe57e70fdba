"""Every table says what it tells of people; what it says is what the database holds."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import text

from portal.accounts.processing_record import processing_record
from portal.core.personal_data import impersonal_tables, personal_tables
from tenants.database import Model
from tests.factories.seed import Seed

pytestmark = pytest.mark.shared_database

OF_THE_PORTAL = {
    "alembic_version": "the schema's revision",
    "rate_limit": "counts by keyed hashes, for an hour at most",
    "procrastinate_events": "removed with its job",
    "procrastinate_periodic_defers": "when the queue looked after itself",
    "procrastinate_workers": "heartbeats of processes",
}
TELLING = re.compile(
    r"^(user_id|person_id|email|phone|address|user_agent|actor|actor_name|author|holder|.*_by|.*_by_name)$"
)
"""Columns that hold people wherever they stand."""


def test_every_table_is_declared(app: Flask, seed: Seed) -> None:
    """Whoever adds a table says in its feature's personal_data.py what it tells of people, or that it tells nothing."""
    tables = {name for (name,) in seed.run(text("select tablename from pg_tables where schemaname = 'public'"))}
    personal = {table.name for table in personal_tables()}
    assert sorted(tables - personal - impersonal_tables() - set(OF_THE_PORTAL)) == []
    assert sorted((personal | impersonal_tables()) - tables) == []
    assert sorted(personal & impersonal_tables()) == []


def test_what_is_said_to_tell_nothing_has_no_column_of_people(app: Flask) -> None:
    telling = {
        f"{name}.{column.name}"
        for name in impersonal_tables()
        for column in Model.metadata.tables[name].columns
        if TELLING.match(column.name) or any(key.column.table.name == "user_account" for key in column.foreign_keys)
    }
    assert telling == set()


def test_every_reference_to_a_person_has_its_trace(app: Flask) -> None:
    traced = {table.name: " ".join(trace.found for trace in table.traces) for table in personal_tables()}
    untraced = [
        f"{table.name}.{column.name}"
        for table in Model.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == "user_account" for key in column.foreign_keys)
        and column.name not in traced.get(table.name, "")
    ]
    assert untraced == []


def test_the_record_has_a_line_for_every_declared_table(app: Flask) -> None:
    with app.test_request_context():
        record = processing_record()
    lines = [line for part in record for line in part.lines]
    assert sorted(line.table for line in lines) == sorted(table.name for table in personal_tables())
    assert all(line.tells and line.kept and line.erased for line in lines)
    assert all(part.lines and part.basis and part.recipients for part in record)

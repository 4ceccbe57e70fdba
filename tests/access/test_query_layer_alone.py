"""The third wall alone: with row-level security switched off, every answer is the same byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from tenants.database_roles import conninfo
from tests.access.asking import Answer, Asker
from tests.access.rows import every_row

pytestmark = [pytest.mark.shared_database, pytest.mark.usefixtures("harmless")]

ROWS = [row for row in every_row() if not row.is_public]
Asked = tuple[str, str, str]
TRIED = ("own", "sibling", "parent", "child", "foreign")

HELD_BY_THE_DATABASE: dict[Asked, str] = {}
"""Answers that may differ, each with the reason why no query could know better."""


@contextmanager
def without_row_security(app: Flask) -> Iterator[None]:
    """Switch the first wall off for this clone of the database."""
    with psycopg.connect(conninfo(app.extensions["role_urls"].owner), autocommit=True) as owner:
        rows = owner.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity"
        ).fetchall()
        names = [sql.Identifier(name) for (name,) in rows]
        assert len(names) > 30
        for name in names:
            owner.execute(sql.SQL("alter table {} disable row level security").format(name))
        try:
            yield
        finally:
            for name in names:
                owner.execute(sql.SQL("alter table {} enable row level security").format(name))


def answers(asker: Asker) -> dict[Asked, Answer]:
    """Ask everything that a matrix row states as own, for every relation and from a second organisation of its kind."""
    found = {}
    for row in ROWS:
        for relation in TRIED if row.objects else ("own",):
            if all(relation in asker.world.objects[kind] for kind in row.objects.values()):
                found[str(row), row.actor, relation] = asker.send(row, asker.usual(row), relation)
        other = {"NORTH": "SUB", "ANNA": "SUB", "ACME": "ZENIT"}[row.actor]
        found[str(row), other, "foreign"] = asker.send(row, asker.usual(row, other), "own")
    return found


def test_every_answer_is_the_same_without_row_level_security(app: Flask, asker: Asker) -> None:
    with_wall = answers(asker)
    with without_row_security(app):
        without = answers(asker)
    differing = {
        asked: (with_wall[asked].status, without[asked].status, _first_difference(with_wall[asked], without[asked]))
        for asked in with_wall
        if with_wall[asked].everything() != without[asked].everything() and asked not in HELD_BY_THE_DATABASE
    }
    text = "\n".join(f"{' '.join(asked)}: {what}" for asked, what in differing.items())
    assert not text, text


def _first_difference(one: Answer, other: Answer) -> str:
    at = next((n for n, (a, b) in enumerate(zip(one.text, other.text, strict=False)) if a != b), 0)
    return f"{one.text[max(at - 60, 0) : at + 60]!r} != {other.text[max(at - 60, 0) : at + 60]!r}"


def test_the_wall_is_back(app: Flask, asker: Asker) -> None:
    with psycopg.connect(conninfo(app.extensions["role_urls"].app)) as connection:
        connection.execute("set local role portal_seller")
        assert connection.execute("select count(*) from sales_order").fetchone() == (0,)

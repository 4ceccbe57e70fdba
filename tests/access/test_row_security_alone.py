"""The first wall alone: statements that name no tenant, as each capacity's database role, see and write own rows only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader

from tenants.authentication import build_principal
from tenants.database import context_of
from tenants.database_roles import conninfo
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal
from tests.factories.access_world import AccessWorld

pytestmark = pytest.mark.shared_database

UNWALLED = {"alembic_version", "audit_progress", "rate_limit"}
"""No tenant's data."""
NOT_TENANTS = {"user_account", "user_session", "password_reset", "api_token", "refresh_token"} | {
    "known_device",
    "passkey",
    "passkey_challenge",
    "authenticator",
    "recovery_code",
    "sign_in_step",
    "notice",
    "notice_choice",
    "acting_session",
}
"""Belong to people or clients; no capacity has any right on them, which is asserted."""
ACTORS = {Capacity.SELLER: ("NORTH", "SUB", "ZENIT"), Capacity.BUYER: ("ANNA", "SUB"), Capacity.BRAND_OWNER: ("ACME",)}

BETWEEN_BRAND_OWNER_AND_SELLER = {
    *("funding_offer", "funding_product", "funding_claim_entry"),
    *("support_case", "support_case_message"),
}
"""Known to both; what was booked for which order line, and what customers asked, is the seller's alone."""
OWN_AFFAIR = {("trading_account", "buyer_id"), ("sharing_agreement", "brand_owner_id")}
"""Whom a seller trades with and what it shares with whom; nobody else gets a right by it."""

Row = dict[str, Any]


def connect(url: str) -> psycopg.Connection[Row]:
    """Connect; days come as text, because open windows begin at -infinity."""
    connection = psycopg.connect(conninfo(url), row_factory=dict_row)
    connection.adapters.register_loader("date", TextLoader)
    return connection


@pytest.fixture
def loader(app: Flask) -> Iterator[psycopg.Connection[Row]]:
    with connect(app.extensions["role_urls"].loader) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def tables(loader: psycopg.Connection[Row]) -> list[str]:
    rows = loader.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        " and relname not like 'procrastinate%' order by 1"
    )
    return [row["relname"] for row in rows if row["relname"] not in UNWALLED]


OF_ONE_COLUMN = {"invitation": "inviting_organisation_id", "benchmark": "buyer_id"}


def principals(app: Flask, world: AccessWorld) -> Iterator[Principal]:
    with app.app_context():
        for capacity, codes in ACTORS.items():
            for code in codes:
                principal = build_principal(
                    world.organisations[code].id,
                    capacity,
                    permissions=frozenset(Permission),
                    actor="user:1",
                    actor_name="Tester",
                )
                assert principal is not None
                yield principal


@contextmanager
def acting(app: Flask, principal: Principal) -> Iterator[psycopg.Connection[Row]]:
    """Give a connection of the web role in the principal's context, without anything of the portal in between."""
    with connect(app.extensions["role_urls"].app) as connection:
        for statement in context_of(principal).statements().split("; "):
            connection.execute(statement)
        yield connection
        connection.rollback()


def may_know(table: str, row: Row, principal: Principal) -> bool:
    """Tell from the row's own columns whether the principal may know it; written anew, not taken from the policies."""
    own = principal.organisation_id
    if table == "organisation":
        return (
            row["id"] in {own, principal.seller_id}
            or (principal.capacity is Capacity.SELLER and (row["seller_id"] == own or row["id"] in principal.owner_ids))
            or (principal.capacity is Capacity.BRAND_OWNER and row["root_id"] == own and row["kind"] == "wholesaler")
        )
    if table in OF_ONE_COLUMN:
        return bool(row[OF_ONE_COLUMN[table]] == own)
    if "owner_id" in row and "seller_id" not in row:
        return row["owner_id"] in ((own,) if principal.capacity is Capacity.BRAND_OWNER else principal.owner_ids)
    if "brand_owner_id" in row or table in BETWEEN_BRAND_OWNER_AND_SELLER:
        sides = ("brand_owner_id", "wholesaler_id") if "brand_owner_id" in row else ("owner_id", "seller_id")
        return own in [row.get(side) for side in sides]
    if "organisation_id" in row:
        return bool(row["organisation_id"] == own)
    if principal.capacity is Capacity.BUYER:
        if table in {"price_list", "price_entry"}:
            is_for_it = row.get("price_list_id", row.get("id")) in principal.price_list_ids
            return bool(row["seller_id"] == principal.seller_id and is_for_it)
        return bool(row["seller_id"] == principal.seller_id and row.get("buyer_id", own) == own)
    is_taken = table == "handover" and row["receiver_id"] == own and row["consented_at"] is not None
    return bool(row["seller_id"] == own or is_taken)


def columns(connection: psycopg.Connection[Row], table: str, verb: str) -> list[str]:
    """Give the columns on which the connection's role has the right."""
    rows = connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
        " and attgenerated = '' and has_column_privilege(%s::regclass, attname, %s)",
        (table, table, verb),
    )
    return [row["attname"] for row in rows]


def joined(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def everything(connection: psycopg.Connection[Row], table: str, names: list[str]) -> list[Row]:
    """Read the table; where the role reads some columns alone, it cannot read a row's place either."""
    right = connection.execute("select has_table_privilege(%s, 'select') as whole", (table,)).fetchone()
    place = sql.SQL("ctid::text") if right and right["whole"] else sql.SQL("null")
    query = sql.SQL("select {}, {} as place from {}").format(joined(names), place, sql.Identifier(table))
    return connection.execute(query).fetchall()


def same_row(row: Row, whole: Iterable[Row]) -> Row:
    """Give all of the row of which a part was read."""
    known = {name: value for name, value in row.items() if value is not None}
    return next(one for one in whole if known.items() <= one.items())


def test_the_world_has_rows_of_two_tenants_in_every_table(
    loader: psycopg.Connection[Row], access_world: AccessWorld, tables: list[str]
) -> None:
    tenants = ("seller_id", "owner_id", "brand_owner_id", "inviting_organisation_id", "organisation_id", "user_id")
    for table in tables:
        rows = everything(loader, table, columns(loader, table, "select"))
        key = next((name for name in tenants if rows and name in rows[0]), "place")
        assert len({row[key] for row in rows}) > 1, (
            f"tests/factories/access_world.py adds no rows of two tenants to {table}"
        )


def test_reading_without_a_condition_gives_own_rows_alone(
    app: Flask, loader: psycopg.Connection[Row], access_world: AccessWorld, tables: list[str]
) -> None:
    seen = set()
    for principal in principals(app, access_world):
        with acting(app, principal) as connection:
            for table in tables:
                names = columns(connection, table, "select")
                if not names:
                    continue
                assert table not in NOT_TENANTS
                whole = everything(loader, table, columns(loader, table, "select"))
                found = everything(connection, table, names)
                by_place = {row["place"]: row for row in whole}
                rows = [by_place.get(row["place"]) or same_row(row, whole) for row in found]
                foreign = [row for row in rows if not may_know(table, row, principal)]
                assert foreign == [], (table, principal.capacity, principal.organisation_code)
                assert len(found) < len(whole), (table, principal.capacity)
                if found:
                    seen.add((principal.capacity, table))
    by_capacity = {capacity: {table for who, table in seen if who is capacity} for capacity in Capacity}
    assert {"sales_order", "order_line", "price_entry", "basket_line", "shipment"} <= by_capacity[Capacity.BUYER]
    assert {"stock_level", "price_assignment", "trading_account", "allocation"} <= by_capacity[Capacity.SELLER]
    assert {"sell_in_month", "product"} <= by_capacity[Capacity.BRAND_OWNER]


def test_a_brand_owner_sees_nothing_of_trade(app: Flask, access_world: AccessWorld, tables: list[str]) -> None:
    *_, brand_owner = principals(app, access_world)
    with acting(app, brand_owner) as connection:
        readable = {table for table in tables if columns(connection, table, "select")}
    trade = {
        "sales_order",
        "order_line",
        "price_list",
        "price_entry",
        "trading_account",
        "stock_level",
        "article",
        "basket",
    }
    assert not readable & (trade | {"channel_sale", "channel_month", "shipment", "order_event"})


def test_foreign_rows_cannot_be_changed_or_removed(
    app: Flask, loader: psycopg.Connection[Row], access_world: AccessWorld, tables: list[str]
) -> None:
    tried = 0
    for principal in principals(app, access_world):
        with acting(app, principal) as connection:
            for table in tables:
                whole = everything(loader, table, columns(loader, table, "select"))
                foreign = [row["place"] for row in whole if table in NOT_TENANTS or not may_know(table, row, principal)]
                changing = columns(connection, table, "update")
                statements = []
                if changing:
                    statements.append(
                        sql.SQL("update {} set {} = {} where ctid = any(%s::tid[])").format(
                            *(sql.Identifier(name) for name in (table, changing[0], changing[0]))
                        )
                    )
                right = connection.execute("select has_table_privilege(%s, 'delete') as may", (table,)).fetchone()
                if right and right["may"]:
                    statements.append(
                        sql.SQL("delete from {} where ctid = any(%s::tid[])").format(sql.Identifier(table))
                    )
                for statement in statements:
                    tried += 1
                    assert connection.execute(statement, (foreign,)).rowcount == 0, (table, principal.capacity)
    assert tried > 40


def test_rows_cannot_be_written_for_another_tenant(
    app: Flask, loader: psycopg.Connection[Row], access_world: AccessWorld, tables: list[str]
) -> None:
    tried = 0
    for principal in principals(app, access_world):
        with acting(app, principal) as connection:
            for table in tables:
                names = columns(connection, table, "insert")
                whole = everything(loader, table, columns(loader, table, "select"))
                foreign = [row for row in whole if not may_know(table, row, principal)] if names else []
                for row in foreign[:2]:
                    tried += 1
                    values = sql.SQL(
                        "insert into {} ({}) overriding system value select {} from jsonb_populate_record(null::{}, %s)"
                    )
                    with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                        connection.execute(
                            values.format(sql.Identifier(table), joined(names), joined(names), sql.Identifier(table)),
                            (_json(loader, table, row["place"]),),
                        )
    assert tried > 40


def _json(loader: psycopg.Connection[Row], table: str, place: str) -> str:
    query = sql.SQL("select to_jsonb(t)::text as row from {} t where ctid = %s::tid").format(sql.Identifier(table))
    found = loader.execute(query, (place,)).fetchone()
    assert found is not None
    return str(found["row"])


def test_own_rows_cannot_be_handed_to_another_tenant(
    app: Flask, loader: psycopg.Connection[Row], access_world: AccessWorld, tables: list[str]
) -> None:
    tried = set()
    keys = {"seller_id", "owner_id", "organisation_id", "wholesaler_id", "brand_owner_id", "buyer_id"}
    for principal in principals(app, access_world):
        other = access_world.organisations["ZENIT" if principal.root_id != access_world.base.zenit.id else "ACME"].id
        with acting(app, principal) as connection:
            for table in tables:
                for name in keys & set(columns(connection, table, "update")):
                    own = everything(connection, table, columns(connection, table, "select"))
                    if not own or (table, name) in OWN_AFFAIR:
                        continue
                    statement = sql.SQL("update {} set {} = %s where ctid = any(%s::tid[])").format(
                        sql.Identifier(table), sql.Identifier(name)
                    )
                    try:
                        with connection.transaction():
                            changed = connection.execute(statement, (other, [row["place"] for row in own])).rowcount
                    except psycopg.errors.InsufficientPrivilege:
                        tried.add((table, name))
                    else:
                        assert changed == 0, (table, name, principal.capacity)
    assert {
        ("article", "owner_id"),
        ("product", "owner_id"),
        ("basket", "buyer_id"),
        ("price_list", "seller_id"),
    } <= tried


def test_statements_that_read_nothing_are_held_to_own_rows_too(
    app: Flask, access_world: AccessWorld, tables: list[str]
) -> None:
    """Without WHERE the policy for reading does not apply, so the one for the verb itself must name the tenant."""
    tried = 0
    for principal in principals(app, access_world):
        with acting(app, principal) as connection:
            for table in tables:
                name = sql.Identifier(table)
                changing = columns(connection, table, "update")
                right = connection.execute("select has_table_privilege(%s, 'delete') as may", (table,)).fetchone()
                statements = [sql.SQL("delete from {}").format(name)] if right and right["may"] else []
                if changing:
                    statements.append(sql.SQL("update {} set {} = null").format(name, sql.Identifier(changing[-1])))
                for statement in statements:
                    tried += 1
                    plan = connection.execute(sql.SQL("explain {}").format(statement)).fetchall()
                    assert any("app." in row["QUERY PLAN"] for row in plan), (table, principal.capacity)
    assert tried > 40

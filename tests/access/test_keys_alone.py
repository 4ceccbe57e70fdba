"""The second wall alone: as the loader, whom every policy lets through, no reference across tenants can be written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader

from tenants.database_roles import conninfo
from tests.factories.access_world import AccessWorld

pytestmark = pytest.mark.shared_database

REFERENCED_ALONE = {"organisation", "user_account", "api_client", "api_grant"}
"""The tenants and people themselves."""
HELD_BY_A_POLICY = {
    (
        "article",
        "product",
    ): "who is above whom stands in the tree: article's policies ask for the owners above the seller",
    ("order_line", "product"): "copied from the article by place_order",
}

Row = dict[str, Any]


@pytest.fixture
def loader(app: Flask, access_world: AccessWorld) -> Iterator[psycopg.Connection[Row]]:
    with psycopg.connect(conninfo(app.extensions["role_urls"].loader), row_factory=dict_row) as connection:
        connection.adapters.register_loader("date", TextLoader)
        yield connection
        connection.rollback()


def references(connection: psycopg.Connection[Row]) -> list[Row]:
    return connection.execute(
        """
        select k.conname as name, c.relname as child, p.relname as parent,
               array(select a.attname::text from unnest(k.conkey) with ordinality n (number, at)
                     join pg_attribute a on a.attrelid = k.conrelid and a.attnum = n.number order by n.at) as own,
               array(select a.attname::text from unnest(k.confkey) with ordinality n (number, at)
                     join pg_attribute a on a.attrelid = k.confrelid and a.attnum = n.number order by n.at) as named
        from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
        where k.contype = 'f' and c.relnamespace = 'public'::regnamespace and c.relname not like 'procrastinate%'
        order by c.relname, k.conname
        """
    ).fetchall()


def test_every_reference_between_tenants_is_refused(loader: psycopg.Connection[Row]) -> None:
    """Each row keeps its tenant and is made to name a row of another one."""
    tried = 0
    for reference in references(loader):
        if reference["parent"] in REFERENCED_ALONE or (reference["child"], reference["parent"]) in HELD_BY_A_POLICY:
            continue
        tenant, *others = reference["own"]
        assert tenant in {"seller_id", "owner_id", "organisation_id"}, reference["name"]
        assert tenant == reference["named"][0], reference["name"]
        assert others, reference["name"]
        child, parent = sql.Identifier(reference["child"]), sql.Identifier(reference["parent"])
        pairs = loader.execute(
            sql.SQL(
                "select distinct on (c.{t}) c.ctid::text as place, {v} from {c} c join {p} p on p.{t} <> c.{t}"
                " where {known} and not exists (select from {p} q where q.{t} = c.{t} and {same})"
            ).format(
                t=sql.Identifier(tenant),
                c=child,
                p=parent,
                v=sql.SQL(", ").join(
                    sql.SQL("p.{} as {}").format(sql.Identifier(name), sql.Identifier(own))
                    for name, own in zip(reference["named"][1:], others, strict=True)
                ),
                known=sql.SQL(" and ").join(sql.SQL("c.{} is not null").format(sql.Identifier(own)) for own in others),
                same=sql.SQL(" and ").join(
                    sql.SQL("q.{0} = p.{0}").format(sql.Identifier(name)) for name in reference["named"][1:]
                ),
            )
        ).fetchall()
        assert pairs, f"no rows of two tenants to try {reference['name']} with"
        for pair in pairs:
            tried += 1
            statement = sql.SQL("update {} set {} where ctid = %s::tid").format(
                child, sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(own)) for own in others)
            )
            with pytest.raises(psycopg.errors.IntegrityError), loader.transaction():
                loader.execute(statement, (*(pair[own] for own in others), pair["place"]))
    assert tried > 60


def test_what_a_key_cannot_tell_is_held_by_a_policy(loader: psycopg.Connection[Row]) -> None:
    """The exceptions above are the only ones, and the policies they name are there."""
    known = {(row["child"], row["parent"]) for row in references(loader)}
    assert set(HELD_BY_A_POLICY) <= known
    checks = loader.execute(
        "select cmd, with_check from pg_policies where tablename = 'article' and roles = '{portal_seller}' and cmd <> 'SELECT'"
    ).fetchall()
    assert {row["cmd"] for row in checks} == {"INSERT", "UPDATE"}
    assert all("ctx_owners()" in row["with_check"] for row in checks)
    writing = loader.execute(
        "select grantee from information_schema.role_table_grants where table_name = 'order_line'"
        " and privilege_type = 'INSERT' and grantee <> 'portal_owner'"
    ).fetchall()
    assert {row["grantee"] for row in writing} <= {"portal_placement", "portal_loader"}

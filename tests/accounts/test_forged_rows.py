"""What the database itself refuses a seller that would place organisations and invitations where it has no say."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tenants.authentication import build_principal
from tenants.database import act_as, db
from tenants.permissions import Capacity, Permission
from tests.factories.world import World

FORGED = [
    {"owner_ids": "array[:acme, :north, :south, :id]"},
    {"owner_ids": "array[:id]"},
    {"seller_id": ":south"},
    {"root_id": ":zenit"},
    {"parent_id": ":south"},
    {"parent_id": ":clara"},
    {"kind": "'manufacturer'"},
]


@pytest.mark.parametrize("forged", FORGED, ids=str)
def test_the_database_refuses_a_forged_place_in_the_tree(app: Flask, world: World, forged: dict[str, str]) -> None:
    values = {
        "id": ":id",
        "root_id": ":acme",
        "parent_id": ":north",
        "seller_id": ":north",
        "owner_ids": "array[:acme, :north, :id]",
        "kind": "'retailer'",
        "code": "'FORGED'",
        "slug": "'forged'",
        "name": "'Forged'",
    }
    places = {name: getattr(world, name).id for name in ("acme", "north", "south", "zenit", "clara")}
    with app.app_context():
        principal = build_principal(
            world.north.id, Capacity.SELLER, permissions=frozenset(Permission), actor="test", actor_name="Test"
        )
        db.session.rollback()
        act_as(principal)

        def insert(row: dict[str, str]) -> None:
            number = db.session.execute(text("select nextval('organisation_id_seq')")).scalar_one()
            columns = ", ".join(
                f"cast({value} as bigint[])" if name == "owner_ids" else value for name, value in row.items()
            )
            statement = text(f"insert into organisation ({', '.join(row)}) select {columns}")
            used = {name: value for name, value in {**places, "id": number}.items() if f":{name}" in columns}
            db.session.execute(statement, used)

        with pytest.raises(ProgrammingError, match="row-level security"):
            insert({**values, **forged})
        db.session.rollback()
        insert(values)
        db.session.rollback()


def test_the_database_refuses_an_invitation_into_a_foreign_organisation(app: Flask, world: World) -> None:
    statement = text(
        "insert into invitation (organisation_id, inviting_organisation_id, invited_by, email, role, token_hash, expires_at)"
        " values (:into, :by, 'x', 'x@example.com', 'viewer', :hash, now() + interval '1 day')"
    )
    with app.app_context():
        principal = build_principal(
            world.north.id, Capacity.SELLER, permissions=frozenset(Permission), actor="test", actor_name="Test"
        )
        db.session.rollback()
        for into, by in (
            (world.clara.id, world.north.id),
            (world.acme.id, world.north.id),
            (world.anna.id, world.south.id),
        ):
            act_as(principal)
            with pytest.raises(ProgrammingError, match="row-level security"):
                db.session.execute(statement, {"into": into, "by": by, "hash": b"x"})
            db.session.rollback()
        act_as(principal)
        db.session.execute(statement, {"into": world.anna.id, "by": world.north.id, "hash": b"x"})
        db.session.rollback()

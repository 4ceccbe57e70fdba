"""Nothing of one principal is left for the next: killed connections, and people and programs whose rights have just ended."""

from __future__ import annotations

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from tenants.authentication import build_principal
from tenants.database import act_as, db
from tenants.database_roles import conninfo
from tenants.permissions import Capacity, Permission
from tests.access.asking import Asker
from tests.access.rows import every_row
from tests.factories.seed import Seed

pytestmark = pytest.mark.shared_database

ROWS = {str(row): row for row in every_row()}
_SETTINGS = ("organisation_id", "seller_id", "buyer_id", "brand_owner_id", "owner_ids", "price_lists")


def context_left() -> list[str]:
    """Give what a connection without a principal still says of one."""
    left = [db.session.execute(text("select current_user")).scalar_one()]
    left += [
        db.session.execute(text(f"select current_setting('app.{name}', true)")).scalar_one() or "" for name in _SETTINGS
    ]
    db.session.rollback()
    return [value for value in left if value not in ("", "{}")]


def test_a_connection_killed_inside_a_transaction_carries_nothing_over(app: Flask, asker: Asker) -> None:
    north = asker.world.organisations["NORTH"]
    with app.app_context():
        for end in ("kill", "error", "rollback", "commit"):
            principal = build_principal(
                north.id, Capacity.SELLER, permissions=frozenset(Permission), actor="user:1", actor_name="Tester"
            )
            assert principal is not None
            db.session.rollback()
            act_as(principal)
            assert db.session.execute(text("select count(*) from sales_order")).scalar_one() > 0
            if end == "kill":
                process = db.session.execute(text("select pg_backend_pid()")).scalar_one()
                with psycopg.connect(conninfo(app.extensions["role_urls"].app), autocommit=True) as other:
                    other.execute("select pg_terminate_backend(%s)", (process,))
            if end in {"kill", "error"}:
                with pytest.raises(Exception, match=r"terminat|closed|does not exist"):
                    db.session.execute(text("select no_such_column from sales_order"))
            if end == "commit":
                db.session.commit()
            else:
                db.session.rollback()
            db.session.remove()
            assert context_left() == ["portal_app"], end
            db.session.remove()


def test_the_next_request_obeys_what_was_changed(asker: Asker, seed: Seed) -> None:
    """Role, membership, person, account and organisation: each change binds the next request of a signed-in person."""
    organisations, people = asker.world.organisations, asker.world.people
    bruno, admin = organisations["BRUNO"], people["BRUNO", "admin"]
    basket, orders, operation = (
        ROWS["GET basket.show"],
        ROWS["GET own_orders.show_all"],
        ROWS["GET api.list_own_orders"],
    )
    person, program = asker.as_person("BRUNO", "admin"), asker.as_client(asker.world.tokens["BRUNO"])

    def statuses() -> tuple[int, int, int]:
        return (
            asker.send(basket, person).status,
            asker.send(orders, person).status,
            asker.send(operation, program).status,
        )

    def change(statement: str) -> None:
        seed.run(text(statement), {"own": bruno.id, "user": admin.id, "seller": bruno.seller_id})

    member = "where organisation_id = :own and user_id = :user"
    account = "where buyer_id = :own and seller_id = :seller"
    assert statuses() == (200, 200, 200)
    for statement, undo, expected in (
        (
            f"update membership set role = 'viewer' {member}",
            f"update membership set role = 'admin' {member}",
            (403, 200, 200),
        ),
        (
            f"update membership set status = 'inactive' {member}",
            f"update membership set status = 'active' {member}",
            (302, 302, 200),
        ),
        (
            "update user_account set status = 'inactive' where id = :user",
            "update user_account set status = 'active' where id = :user",
            (302, 302, 200),
        ),
        (
            f"update trading_account set status = 'inactive' {account}",
            f"update trading_account set status = 'active' {account}",
            (403, 200, 200),
        ),
        (
            "update organisation set status = 'inactive' where id = :own",
            "update organisation set status = 'active' where id = :own",
            (302, 302, 401),
        ),
        (
            "update organisation set status = 'inactive' where id = :seller",
            "update organisation set status = 'active' where id = :seller",
            (302, 302, 401),
        ),
        (
            "update api_client set revoked_at = now() where organisation_id = :own",
            "update api_client set revoked_at = null where organisation_id = :own",
            (200, 200, 401),
        ),
        (
            "update user_session set revoked_at = now() where user_id = :user",
            "update user_session set revoked_at = null where user_id = :user",
            (302, 302, 200),
        ),
    ):
        change(statement)
        assert statuses() == expected, statement
        change(undo)
        assert statuses() == (200, 200, 200), undo

"""Reading past SQLAlchemy is reading in the same transaction, under the same walls, and counted like everything else."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tenants.authentication import build_principal
from tenants.database import act_as, count_statements, db, read
from tenants.permissions import Capacity, Permission
from tests.factories.world import World

WHO = "select current_user::text, current_setting('app.seller_id'), current_setting('app.buyer_id')"


def act_as_anna(world: World) -> None:
    """Let the session run as the buyer."""
    anna = build_principal(
        world.anna.id, Capacity.BUYER, permissions=frozenset(Permission), actor="job", actor_name="Kontor"
    )
    assert anna is not None
    db.session.commit()
    act_as(anna)


def test_rows_are_read_as_the_principal_in_its_transaction(app: Flask, world: World) -> None:
    with app.app_context():
        act_as_anna(world)
        assert read(WHO, {}) == [("portal_buyer", str(world.north.id), str(world.anna.id))]
        [(before,)] = read("select pg_current_xact_id()::text", {})
        assert db.session.execute(text("select pg_current_xact_id()::text")).scalar_one() == before
        # No condition but the wall's: other buyers' rows are not there.
        found = read(
            "select distinct buyer_id from trading_account where seller_id = %(seller)s", {"seller": world.north.id}
        )
        assert found == [(world.anna.id,)]
        db.session.rollback()


def test_what_is_read_is_counted(app: Flask, world: World) -> None:
    with app.app_context():
        act_as_anna(world)
        with count_statements(db.engine) as counter:
            read(WHO, {})
            db.session.execute(text("select 1"))
        read(WHO, {})
        assert counter.statements == [WHO, "select 1"]
        db.session.rollback()


def test_what_the_database_refuses_is_an_error_like_any_other_and_the_connection_goes_on(
    app: Flask, world: World
) -> None:
    with app.app_context():
        act_as_anna(world)
        with pytest.raises(DBAPIError, match="permission denied") as refused:
            read("select token_hash from user_session where id = %(id)s", {"id": 1})
        assert not refused.value.connection_invalidated
        db.session.rollback()
        assert read(WHO, {})[0][0] == "portal_buyer"
        db.session.rollback()


def test_a_broken_connection_is_given_up_with_all_that_wait_in_the_pool(app: Flask, world: World) -> None:
    with app.app_context():
        act_as_anna(world)
        driver: Any = db.session.connection().connection.driver_connection
        with db.engine.connect() as other:
            waiting: Any = other.connection.driver_connection
        assert not waiting.closed
        driver.pgconn.finish()
        with pytest.raises(DBAPIError) as broken:
            read(WHO, {})
        assert broken.value.connection_invalidated
        assert waiting.closed  # cut off with it, it would fail the next request
        db.session.rollback()
        assert read(WHO, {})[0][0] == "portal_buyer"
        db.session.rollback()

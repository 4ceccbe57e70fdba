"""Runs migrations under the owner role, with short lock waits; the job queue's tables are not ours to compare."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.dialects.postgresql.base import ischema_names

from portal.application import import_models
from portal.core.models import TransactionId
from tenants.database import Model

import_models()
ischema_names["xid8"] = TransactionId
target_metadata = Model.metadata


def include_object(_item: Any, name: str | None, kind: str, reflected: bool, _compare_to: Any) -> bool:  # noqa: FBT001 - Alembic calls it so
    """Leave out the job queue's objects and what is not described by a model."""
    foreign = name is not None and name.startswith("procrastinate")
    return not (kind in {"table", "index"} and reflected and (foreign or name == "rate_limit"))


def run(connection: Any) -> None:
    """Migrate on an open connection, each migration in a transaction of its own."""
    connection.execute(text("set lock_timeout = '1s'"))
    connection.execute(text("set statement_timeout = '15min'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        include_object=include_object,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as opened:
        run(opened)
    engine.dispose()

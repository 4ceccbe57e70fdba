"""The one SQLAlchemy object, the model base, and the context every transaction runs in.

Each transaction of the web role runs under one database role (the Principal's capacity) with all context settings
set, so that the row-level policies of the database decide what it sees (docs/adr/0001-three-walls.md). The context
cannot change inside an open transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, LiteralString, Self

import psycopg
from flask_sqlalchemy import SQLAlchemy
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Connection, DateTime, Engine, Enum, MetaData, Numeric, String, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, registry

from tenants.permissions import Capacity
from tenants.principal import Principal

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

QUANTITY = Numeric(14, 3)
"""A number of base units."""
UNIT_PRICE = Numeric(14, 4)
"""Net price of one base unit in the seller's currency."""
AMOUNT = Numeric(16, 4)
"""A net amount, rounded to the currency's minor unit before it is stored."""
SUMMED_QUANTITY = Numeric(20, 3)
SUMMED_AMOUNT = Numeric(22, 4)
"""Sums over many orders, of which one alone may fill the columns above."""


class Model(DeclarativeBase):
    """Base of all models: named constraints, UTC instants, text for strings."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: DateTime(timezone=True), str: String()},
    )


db = SQLAlchemy(model_class=Model, session_options={"expire_on_commit": False, "autoflush": False})


def text_enum(values: type[StrEnum], length: int = 20) -> Enum:
    """Give a column type that stores the enum's values as text under a check constraint."""
    return Enum(
        values,
        native_enum=False,
        length=length,
        values_callable=lambda members: [member.value for member in members],
        create_constraint=True,
        validate_strings=True,
        name=values.__name__.lower(),
    )


@dataclass(frozen=True, slots=True)
class Context:
    """The database role and settings of one transaction."""

    role: str
    organisation_id: int | None = None
    root_id: int | None = None
    seller_id: int | None = None
    buyer_id: int | None = None
    brand_owner_id: int | None = None
    owner_ids: tuple[int, ...] = ()
    price_list_ids: tuple[int, ...] = ()

    def statements(self) -> str:
        """Give the SET LOCAL statements; literals, because only they reach the shards of a sharded server."""
        settings = {
            "organisation_id": _literal(self.organisation_id),
            "root_id": _literal(self.root_id),
            "seller_id": _literal(self.seller_id),
            "buyer_id": _literal(self.buyer_id),
            "brand_owner_id": _literal(self.brand_owner_id),
            "owner_ids": _array(self.owner_ids),
            "price_lists": _array(self.price_list_ids),
        }
        parts = [f"SET LOCAL ROLE {self.role}"]
        parts += [f"SET LOCAL app.{name} = '{value}'" for name, value in settings.items()]
        return "; ".join(parts)


AUTHENTICATION = Context(role="portal_auth")
"""Signing in, invitations and resets: the kernel's own tables before anybody is known, and no trade data."""

CAPACITY_ROLES = {
    Capacity.SELLER: "portal_seller",
    Capacity.BUYER: "portal_buyer",
    Capacity.BRAND_OWNER: "portal_brand_owner",
}


def _literal(value: int | None) -> str:
    return "" if value is None else str(int(value))


def _array(values: Iterable[int]) -> str:
    return "{" + ",".join(str(int(value)) for value in values) + "}"


def context_of(principal: Principal) -> Context:
    """Give the transaction context in which the principal's statements run."""
    return Context(
        role=CAPACITY_ROLES[principal.capacity],
        organisation_id=principal.organisation_id,
        root_id=principal.root_id,
        seller_id=principal.seller_id,
        buyer_id=principal.buyer_id,
        brand_owner_id=principal.organisation_id if principal.capacity is Capacity.BRAND_OWNER else None,
        owner_ids=principal.owner_ids,
        price_list_ids=principal.price_list_ids,
    )


class ContextSwitchRefused(RuntimeError):
    """Somebody tried to act as somebody else inside an open transaction."""


def act_as(who: Principal | Context | None, session: Session | None = None) -> None:
    """Let the session's next transaction run as the principal (or in the given context; None: without any rights).

    Raises:
        ContextSwitchRefused: a transaction of another context is open.
    """
    session = session or db.session()
    context = context_of(who) if isinstance(who, Principal) else who
    current: Context | None = session.info.get("context")
    if context == current:
        return
    if session.in_transaction():
        if current is not None:
            raise ContextSwitchRefused("commit or roll back before acting as somebody else")
        # Authentication just ran without rights in this transaction: one way in, once.
        _apply(session.connection(), context)
    session.info["context"] = context


def _apply(connection: Connection, context: Context | None) -> None:
    if context is None:
        return
    driver: Any = connection.connection.driver_connection
    # Several statements in one message: one round trip, never prepared.
    if driver.pgconn.transaction_status != TransactionStatus.INTRANS:
        driver.execute(context.statements(), prepare=False)
        return
    # After authentication, so in every request: SET has nothing to give or to adapt, which is most of the driver's work.
    result = driver.pgconn.exec_(context.statements().encode())
    if result.status != ExecStatus.COMMAND_OK:
        raise DBAPIError.instance(
            "SET LOCAL", None, error_from_result(result), psycopg.Error, connection_invalidated=driver.broken
        )


@event.listens_for(Session, "after_begin")
def _set_context(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if not transaction.nested:
        _apply(connection, session.info.get("context"))


def commit_at_edge() -> None:
    """Commit the request's one transaction; called by the web edge, the API edge and the job wrapper alone."""
    db.session.commit()


def rollback_at_edge() -> None:
    """Undo the request's transaction; what follows runs in a fresh one, as whoever acted before."""
    db.session.rollback()


def database_now() -> datetime:
    """Give the database's present instant (UTC): windows and dates go by it, never by a web machine's clock."""
    now: datetime = db.session.execute(text("select now()")).scalar_one()
    return now.astimezone(UTC)


def read(statement: LiteralString, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Give the rows of a select that every page or order needs; `values` fill its `%(name)s`. Belongs into queries.

    It runs on the session's own connection, so in its transaction, under its role and context like everything else. Past
    SQLAlchemy a short statement costs half as much of the web process (docs/performance.md).

    Raises:
        DBAPIError: the database refused the statement or did not answer.
    """
    rows: list[tuple[Any, ...]] = _run(statement, values).fetchall()
    return rows


def write(statement: LiteralString, values: Mapping[str, Any]) -> None:
    """Run a statement that gives no rows, as `read` runs those that do: for what every order writes.

    Raises:
        DBAPIError: the database refused the statement or did not answer.
    """
    _run(statement, values)


def forbid_writes() -> None:
    """Let the session's open transaction read alone, whatever its role may: the server refuses every write in it."""
    db.session.execute(text("set transaction read only"))


def copy_in(statement: LiteralString, blocks: Iterable[bytes]) -> None:
    """Stream rows into a table by `COPY ... FROM STDIN`, in the session's own transaction.

    Under row-level security that is a temporary table: COPY into a walled one is refused.
    """
    driver: Any = db.session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for block in blocks:
            copy.write(block)


def _run(statement: LiteralString, values: Mapping[str, Any]) -> psycopg.Cursor[Any]:
    connection = db.session.connection()
    for counter in _COUNTERS:
        counter.note(connection.engine, statement)
    driver: Any = connection.connection.driver_connection
    try:
        cursor: psycopg.Cursor[Any] = driver.execute(statement, values)
    except psycopg.Error as error:
        if driver.broken:
            connection.invalidate(error)
            # Whatever else waits in the pool was cut off with it: one request fails, not one for each connection.
            connection.engine.dispose()
        failure = DBAPIError.instance(
            statement, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=driver.broken
        )
        raise failure from error
    return cursor


def count_statements(engine: Engine) -> StatementCounter:
    """Give a context manager that counts the statements the engine executes (tests and benchmarks)."""
    return StatementCounter(engine)


class StatementCounter:
    """Collects the statements executed inside `with`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.statements: list[str] = []

    def __enter__(self) -> Self:
        """Start to listen."""
        event.listen(self._engine, "before_cursor_execute", self._note)
        _COUNTERS.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop to listen."""
        event.remove(self._engine, "before_cursor_execute", self._note)
        _COUNTERS.remove(self)

    def note(self, engine: Engine, statement: str) -> None:
        """Count a statement that `read` runs past the engine's events."""
        if engine is self._engine:
            self.statements.append(statement)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements.append(statement)


_COUNTERS: list[StatementCounter] = []
"""Those that count at the moment."""

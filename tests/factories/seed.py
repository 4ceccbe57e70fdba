"""Adds rows as the loader role, which every wall lets through, and commits each."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from sqlalchemy import Row, create_engine, insert

from tenants.database import Model


class Seed:
    """Adds rows of any model: `seed.add(Product, owner_id=1, sku="A")` gives the whole row."""

    def __init__(self, loader_url: str) -> None:
        self._engine = create_engine(loader_url, pool_pre_ping=True)
        self.counter = 0

    def __enter__(self) -> Self:
        """Open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._engine.dispose()

    def add(self, model: type[Model], **values: Any) -> Row[Any]:
        """Insert one row, commit, give it with its defaults."""
        table: Any = model.__table__
        columns = [column for column in table.columns if column.computed is None]
        with self._engine.begin() as connection:
            return connection.execute(insert(table).values(**values).returning(*columns)).one()

    def run(self, statement: Any, parameters: Any = None) -> Any:
        """Execute a statement, commit, give all its rows (or None)."""
        with self._engine.begin() as connection:
            result = connection.execute(statement, parameters or {})
            return result.all() if result.returns_rows else None

    def number(self) -> int:
        """Give the next number, for codes that must differ."""
        self.counter += 1
        return self.counter

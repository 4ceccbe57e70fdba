"""Which days of which seller have to be computed again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import ARRAY, BigInteger, Connection, TextClause, bindparam, text

EVERYBODY: frozenset[int] = frozenset()


class Touched(NamedTuple):
    """Days of a seller whose figures may have changed, for some of its buyers (none named: all)."""

    seller_id: int
    first_on: date
    last_on: date
    buyer_ids: frozenset[int] = EVERYBODY


def _of_orders(table: str, day: str, order: str) -> TextClause:
    return text(
        f"select t.seller_id, t.{day}, array_agg(distinct t.buyer_id) as buyers from {table} t"  # noqa: S608 - constants
        " join unnest(:sellers, :orders) given (seller_id, order_id)"
        f" on given.seller_id = t.seller_id and given.order_id = t.{order} group by 1, 2"
    ).bindparams(bindparam("sellers", type_=ARRAY(BigInteger)), bindparam("orders", type_=ARRAY(BigInteger)))


_SHIPPED = _of_orders("shipment", "shipped_on", "order_id")
_PLACED = _of_orders("sales_order", "placed_on", "id")


def days_shipped(connection: Connection, orders: Iterable[tuple[int, int]]) -> list[Touched]:
    """Give the days on which (seller id, order id) pairs were shipped, one span for each seller and day."""
    return _days(connection, _SHIPPED, list(orders))


def days_placed(connection: Connection, orders: Iterable[tuple[int, int]]) -> list[Touched]:
    """Give the days on which (seller id, order id) pairs were placed, one span for each seller and day."""
    return _days(connection, _PLACED, list(orders))


def _days(connection: Connection, statement: TextClause, pairs: list[tuple[int, int]]) -> list[Touched]:
    if not pairs:
        return []
    rows = connection.execute(
        statement, {"sellers": [seller for seller, _ in pairs], "orders": [order for _, order in pairs]}
    )
    return [Touched(seller, day, day, frozenset(buyers)) for seller, day, buyers in rows]


_ALL_DAYS = text(
    "select least((select min(placed_on) from order_line where seller_id = :seller),"
    " (select min(shipped_on) from shipment where seller_id = :seller)),"
    " greatest((select max(placed_on) from order_line where seller_id = :seller),"
    " (select max(shipped_on) from shipment where seller_id = :seller))"
)

_SELLERS = text(
    "select o.id, o.code from organisation o where o.kind <> 'retailer'"
    " and (cast(:tree as text) is null"
    " or o.root_id = (select r.id from organisation r where r.code = :tree and r.parent_id is null)) order by o.id"
)


def merged(spans: Iterable[Touched]) -> list[Touched]:
    """Put spans of whole sellers that overlap together, so that nothing is computed twice; the others once each."""
    given = list(dict.fromkeys(spans))
    whole: list[Touched] = []
    for span in sorted(one for one in given if not one.buyer_ids):
        before = whole[-1] if whole else None
        if before is not None and before.seller_id == span.seller_id and span.first_on <= before.last_on:
            whole[-1] = before._replace(last_on=max(before.last_on, span.last_on))
        else:
            whole.append(span)
    return whole + [one for one in given if one.buyer_ids]


def all_days(connection: Connection, seller_id: int) -> list[Touched]:
    """Give the whole span of a seller's sales, where it has any."""
    row = connection.execute(_ALL_DAYS, {"seller": seller_id}).one()
    return [] if row[0] is None else [Touched(seller_id, row[0], row[1])]


def days_from(connection: Connection, seller_id: int, first_on: date) -> list[Touched]:
    """Give what of that span lies on or behind a day; that day alone where nothing does, for who shows what may have changed."""
    whole = all_days(connection, seller_id)
    return [Touched(seller_id, max(first_on, span.first_on), max(first_on, span.last_on)) for span in whole] or [
        Touched(seller_id, first_on, first_on)
    ]


def sellers_of_tree(connection: Connection, tree: str | None) -> list[int]:
    """Give the ids of all sellers of the tree whose top has that code; without one, of every tree."""
    return list(seller_codes(connection, tree))


def seller_codes(connection: Connection, tree: str | None) -> dict[int, str]:
    """Give ids and codes of the same sellers."""
    return {row.id: row.code for row in connection.execute(_SELLERS, {"tree": tree})}

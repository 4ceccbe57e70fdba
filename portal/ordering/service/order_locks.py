"""The one order in which acts on an order lock: its row, its promotions, the stock levels of its articles; allocations are read after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Integer, Numeric, bindparam, text

from portal.ordering.models import OrderStatus
from portal.ordering.rules.life import LineQuantities
from portal.ordering.rules.picking import Move, Shelf
from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal

_LOCK_ORDER = text(
    "select id, order_number, buyer_id, status, (now() at time zone :time_zone)::date as today from sales_order"
    " where seller_id = :seller and order_number = :order_number for no key update"
)
_LINES = text(
    "select line, article_id, article_number, ordered_quantity, cancelled_quantity, shipped_quantity, cause_line from order_line"
    " where seller_id = :seller and order_id = :order order by line"
)
_LOCK_PROMOTIONS = text(
    "select p.id from promotion p join promotion_use u on u.seller_id = p.seller_id and u.promotion_id = p.id"
    " where p.seller_id = :seller and u.order_id = :order order by p.id for no key update of p"
)
_LOCK_STOCK = text(
    "select article_id, warehouse_id, on_hand, reserved_quantity from stock_level"
    " where seller_id = :seller and article_id = any(:articles) order by article_id, warehouse_id for update"
).bindparams(bindparam("articles", type_=ARRAY(BigInteger)))
_ALLOCATIONS = text(
    "select line, warehouse_id, quantity from allocation where seller_id = :seller and order_id = :order and quantity > 0"
)
_WAREHOUSES = text("select id, code from warehouse where seller_id = :seller order by code, id")

_QUANTITIES = bindparam("quantities", type_=ARRAY(Numeric))
_ARTICLES = bindparam("articles", type_=ARRAY(BigInteger))
_PLACES = bindparam("warehouses", type_=ARRAY(BigInteger))
_LINE_NUMBERS = bindparam("lines", type_=ARRAY(Integer))
_MOVE_STOCK = text(
    "update stock_level s set on_hand = s.on_hand - t.shipped, reserved_quantity = s.reserved_quantity - t.released"
    " from unnest(:articles, :warehouses, :quantities, :released) as t (article_id, warehouse_id, shipped, released)"
    " where s.seller_id = :seller and s.article_id = t.article_id and s.warehouse_id = t.warehouse_id"
).bindparams(_ARTICLES, _PLACES, _QUANTITIES, bindparam("released", type_=ARRAY(Numeric)))
_END_RESERVATIONS = text(
    "update allocation a set quantity = a.quantity - t.quantity"
    " from unnest(:lines, :warehouses, :quantities) as t (line, warehouse_id, quantity)"
    " where a.seller_id = :seller and a.order_id = :order and a.line = t.line and a.warehouse_id = t.warehouse_id"
).bindparams(_LINE_NUMBERS, _PLACES, _QUANTITIES)
_FORGET_EMPTY = text("delete from allocation where seller_id = :seller and order_id = :order and quantity = 0")


class LockedLine(NamedTuple):
    """A line of the locked order."""

    line: int
    article_id: int | None
    article_number: str
    quantities: LineQuantities
    cause_line: int | None = None
    """The line that these goods come free with."""


class LineMove(NamedTuple):
    """What a line takes from a warehouse."""

    line: int
    article_id: int
    move: Move


@dataclass(slots=True)
class LockedOrder:
    """An order and the stock of its articles, nobody else's to change until this transaction ends."""

    seller_id: int
    id: int
    order_number: str
    buyer_id: int
    status: OrderStatus
    today: Any
    """The seller's day."""
    lines: dict[int, LockedLine]
    warehouses: dict[int, str]
    """Code by id, in the order in which they give."""
    moves: list[LineMove] = field(default_factory=list)
    _stock: dict[tuple[int, int], list[Decimal]] = field(default_factory=dict)
    _held: defaultdict[int, dict[int, Decimal]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def articles(self) -> list[int]:
        """Give the articles of its lines."""
        return sorted({line.article_id for line in self.lines.values() if line.article_id is not None})

    def shelves(self, line: LockedLine) -> list[Shelf]:
        """Give what each warehouse holds for the line, after what was moved already."""
        found = []
        for warehouse_id in self.warehouses:
            stock = self._stock.get((line.article_id or 0, warehouse_id))
            if stock is not None:
                on_hand, reserved = stock
                held = self._held[line.line].get(warehouse_id, Decimal(0))
                found.append(Shelf(warehouse_id, held, max(on_hand - reserved, Decimal(0)), on_hand))
        return found

    def move(self, line: LockedLine, moves: Sequence[Move]) -> None:
        """Take the moves into account; `write_moves` writes them."""
        for move in moves:
            if line.article_id is None:
                continue
            stock = self._stock[line.article_id, move.warehouse_id]
            stock[0] -= move.shipped
            stock[1] -= move.released
            if move.released:
                self._held[line.line][move.warehouse_id] -= move.released
            self.moves.append(LineMove(line.line, line.article_id, move))


def lock_order(principal: Principal, order_number: str, *, with_promotions: bool = False) -> LockedOrder:
    """Lock an order that the principal received as a seller, with the stock of its articles, and read its lines.

    `with_promotions`: those that it took of too, before the stock, as placing does.

    Raises:
        NotFound: the seller has no such order.
    """
    seller_id = principal.selling()
    head = db.session.execute(
        _LOCK_ORDER, {"seller": seller_id, "order_number": order_number, "time_zone": principal.time_zone}
    ).one_or_none()
    if head is None:
        raise NotFound
    key = {"seller": seller_id, "order": head.id}
    rows = db.session.execute(_LINES, key).all()
    articles = sorted({row.article_id for row in rows if row.article_id is not None})
    if with_promotions:
        db.session.execute(_LOCK_PROMOTIONS, key)
    stock = db.session.execute(_LOCK_STOCK, {"seller": seller_id, "articles": articles}).all()
    held: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    for line, warehouse_id, quantity in db.session.execute(_ALLOCATIONS, key):
        held[line][warehouse_id] = quantity
    lines = {
        row.line: LockedLine(
            row.line,
            row.article_id,
            row.article_number,
            LineQuantities(
                row.ordered_quantity,
                row.cancelled_quantity,
                row.shipped_quantity,
                sum(held[row.line].values(), Decimal(0)),
            ),
            row.cause_line,
        )
        for row in rows
    }
    return LockedOrder(
        seller_id=seller_id,
        id=head.id,
        order_number=head.order_number,
        buyer_id=head.buyer_id,
        status=OrderStatus(head.status),
        today=head.today,
        lines=lines,
        warehouses={row.id: row.code for row in db.session.execute(_WAREHOUSES, {"seller": seller_id})},
        _stock={(row.article_id, row.warehouse_id): [row.on_hand, row.reserved_quantity] for row in stock},
        _held=held,
    )


def write_moves(order: LockedOrder) -> None:
    """Write what was moved to stock and reservations."""
    if not order.moves:
        return
    sums: defaultdict[tuple[int, int], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for _line, article_id, move in order.moves:
        sums[article_id, move.warehouse_id][0] += move.shipped
        sums[article_id, move.warehouse_id][1] += move.released
    places = sorted(sums)
    db.session.execute(
        _MOVE_STOCK,
        {
            "seller": order.seller_id,
            "articles": [article_id for article_id, _ in places],
            "warehouses": [warehouse_id for _, warehouse_id in places],
            "quantities": [sums[place][0] for place in places],
            "released": [sums[place][1] for place in places],
        },
    )
    _end_reservations(order)


def _end_reservations(order: LockedOrder) -> None:
    # Several parts of one act may end the same reservation, and the statement changes each row once.
    released: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for line, _article_id, move in order.moves:
        if move.released:
            released[line, move.warehouse_id] += move.released
    if not released:
        return
    key = {"seller": order.seller_id, "order": order.id}
    held = sorted(released)
    db.session.execute(
        _END_RESERVATIONS,
        {
            **key,
            "lines": [line for line, _ in held],
            "warehouses": [warehouse_id for _, warehouse_id in held],
            "quantities": [released[place] for place in held],
        },
    )
    db.session.execute(_FORGET_EMPTY, key)

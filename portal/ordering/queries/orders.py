"""Reading orders, from either side of the trading edge: a seller sees those it received, a buyer its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)

from portal.catalogue.models import Product
from portal.ordering.models import LineExplanation, Order, OrderEvent, OrderLine, OrderStatus, Shipment, ShipmentLine
from tenants.database import db
from tenants.errors import NotFound
from tenants.models import Organisation, TradingAccount
from tenants.permissions import Capacity
from tenants.principal import Principal

OPEN_STATUSES = (OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.PARTLY_SHIPPED)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders are listed; days are those of the seller's time zone, `placed_to` included."""

    statuses: tuple[OrderStatus, ...] = ()
    buyer: str = ""
    """Part of a buyer's name, its code or customer number."""
    placed_from: date | None = None
    placed_to: date | None = None
    words: str = ""
    """Part of an order number or purchase order number."""


class OrderRow(NamedTuple):
    """An order in a list; `total` is net in its currency."""

    id: int
    order_number: str
    status: OrderStatus
    placed_at: datetime
    placed_on: date
    requested_on: date | None
    purchase_order_number: str
    currency: str
    total: Decimal
    line_count: int
    buyer_code: str | None
    buyer_name: str | None


class LineRow(NamedTuple):
    """A line of an order; quantities in base units, amounts net."""

    line: int
    article_id: int | None
    article_number: str
    name_en: str
    name_de: str
    base_unit: str
    picture_digest: str
    ordered_quantity: Decimal
    cancelled_quantity: Decimal
    shipped_quantity: Decimal
    allocated_quantity: Decimal
    unit_price: Decimal | None
    line_amount: Decimal
    net_amount: Decimal
    explanation: dict[str, Any] | None

    @property
    def open_quantity(self) -> Decimal:
        """Give what is neither cancelled nor shipped."""
        return self.ordered_quantity - self.cancelled_quantity - self.shipped_quantity

    @property
    def waiting_quantity(self) -> Decimal:
        """Give what is open and has no stock set aside."""
        return max(self.open_quantity - self.allocated_quantity, Decimal(0))


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """One order with its lines."""

    head: Row[Any]
    lines: list[LineRow]


def list_orders(
    principal: Principal, wanted: OrderFilter, *, after: tuple[str, int] | None = None, limit: int
) -> list[OrderRow]:
    """Give up to `limit + 1` orders of the filter, newest first, after the key (placed_at in ISO form, id).

    The principal is the seller or the buyer.
    """
    statement = _filtered(principal, wanted, _ROW_COLUMNS)
    if after is not None:
        key = tuple_(Order.placed_at, Order.id)
        statement = statement.where(key < tuple_(literal(datetime.fromisoformat(after[0])), literal(after[1])))
    rows = db.session.execute(statement.order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit + 1))
    return [OrderRow(*row) for row in rows]


def count_orders(principal: Principal, wanted: OrderFilter) -> dict[OrderStatus, int]:
    """Give how many orders of the filter stand at each open status. The principal is the seller or the buyer."""
    statement = _filtered(principal, wanted, (Order.status, func.count())).where(Order.status.in_(OPEN_STATUSES))
    found = {row[0]: row[1] for row in db.session.execute(statement.group_by(Order.status))}
    return {status: found.get(status, 0) for status in OPEN_STATUSES}


def get_order(principal: Principal, order_number: str) -> OrderDetails:
    """Give the order and its lines. The principal is its seller or its buyer.

    Raises:
        NotFound: there is no such order for this principal.
    """
    head = db.session.execute(_one(principal, order_number)).one_or_none()
    if head is None:
        raise NotFound
    return OrderDetails(head, list_lines(principal, head.id))


def list_lines(principal: Principal, order_id: int) -> list[LineRow]:
    """Give the lines of an order (its row id), with what stock is set aside for each."""
    allocated = (
        func.allocated_quantities(cast([order_id], ARRAY(BigInteger)))
        .table_valued("order_id", "line", "allocated_quantity")
        .alias("held")
    )
    statement = (
        select(
            OrderLine.line,
            OrderLine.article_id,
            OrderLine.article_number,
            Product.name_en,
            Product.name_de,
            Product.base_unit,
            Product.picture_digest,
            OrderLine.ordered_quantity,
            OrderLine.cancelled_quantity,
            OrderLine.shipped_quantity,
            func.coalesce(allocated.c.allocated_quantity, 0),
            OrderLine.unit_price,
            OrderLine.line_amount,
            OrderLine.net_amount,
            OrderLine.explanation,
        )
        .join(Product, and_(Product.owner_id == OrderLine.owner_id, Product.id == OrderLine.product_id))
        .outerjoin(allocated, allocated.c.line == OrderLine.line)
        .where(OrderLine.seller_id == principal.trading_seller(), OrderLine.order_id == order_id)
        .order_by(OrderLine.line)
    )
    rows: list[Any] = list(db.session.execute(statement))
    return [LineRow(*row) for row in rows]


def list_events(principal: Principal, order_id: int) -> list[Row[Any]]:
    """Give what happened to an order (its row id), oldest first: kind, at, actor_name, details."""
    statement = (
        select(OrderEvent.kind, OrderEvent.at, OrderEvent.actor, OrderEvent.actor_name, OrderEvent.details)
        .where(OrderEvent.seller_id == principal.trading_seller(), OrderEvent.order_id == order_id)
        .order_by(OrderEvent.at, OrderEvent.id)
    )
    return list(db.session.execute(statement))


def list_shipments(principal: Principal, order_id: int) -> list[Row[Any]]:
    """Give an order's shipments, oldest first, one row a shipped line: number, day, tracking code, line, quantity."""
    seller_id = principal.trading_seller()
    statement = (
        select(
            Shipment.shipment_number,
            Shipment.shipped_on,
            Shipment.tracking_code,
            ShipmentLine.line,
            ShipmentLine.quantity,
        )
        .join(ShipmentLine, and_(ShipmentLine.seller_id == seller_id, ShipmentLine.shipment_id == Shipment.id))
        .where(Shipment.seller_id == seller_id, Shipment.order_id == order_id)
        .order_by(Shipment.id, ShipmentLine.line)
    )
    return list(db.session.execute(statement))


def list_explanations(principal: Principal, order_id: int) -> dict[int, dict[str, Any]]:
    """Give the seller's part of each line's price explanation, by line. The principal is the seller."""
    statement = select(LineExplanation.line, LineExplanation.explanation).where(
        LineExplanation.seller_id == principal.selling(), LineExplanation.order_id == order_id
    )
    return {row[0]: row[1] for row in db.session.execute(statement)}


def list_picks(principal: Principal, order_id: int) -> list[Row[Any]]:
    """Give, for each open line and warehouse, what is set aside, free and on hand there. The principal is the seller.

    Rows: line, warehouse_id, warehouse (code), allocated, free, on_hand; ordered by line, then warehouse code.
    """
    statement = text(
        "select l.line, w.id as warehouse_id, w.code as warehouse, coalesce(a.quantity, 0) as allocated,"
        " greatest(s.on_hand - s.reserved_quantity, 0) as free, s.on_hand"
        " from order_line l"
        " join stock_level s on s.seller_id = :seller and s.article_id = l.article_id"
        " join warehouse w on w.seller_id = :seller and w.id = s.warehouse_id"
        " left join allocation a on a.seller_id = :seller and a.order_id = l.order_id and a.line = l.line"
        "  and a.warehouse_id = s.warehouse_id"
        " where l.seller_id = :seller and l.order_id = :order"
        "  and l.ordered_quantity - l.cancelled_quantity - l.shipped_quantity > 0"
        " order by l.line, w.code, w.id"
    )
    return list(db.session.execute(statement, {"seller": principal.selling(), "order": order_id}))


_ROW_COLUMNS: tuple[Any, ...] = (
    Order.id,
    Order.order_number,
    Order.status,
    Order.placed_at,
    Order.placed_on,
    Order.requested_on,
    Order.purchase_order_number,
    Order.currency,
    Order.total,
    Order.line_count,
)
_HEAD_COLUMNS: tuple[Any, ...] = (*_ROW_COLUMNS, Order.source, Order.placed_by_name, Order.ship_to, Order.buyer_id)


def _filtered(principal: Principal, wanted: OrderFilter, columns: tuple[Any, ...]) -> Select[Any]:
    selling = principal.capacity is Capacity.SELLER
    grouped = columns is not _ROW_COLUMNS
    if not grouped:
        columns = (*columns, *_buyer_columns(selling=selling))
    statement = select(*columns).select_from(Order)
    if selling and (wanted.buyer or not grouped):
        statement = _with_buyer(statement)
    return statement.where(*_conditions(principal, wanted))


_BUYER_NAME = func.coalesce(Organisation.name, Order.ship_to["name"].astext, "")


def _buyer_columns(*, selling: bool) -> tuple[Any, ...]:
    if selling:
        return (Organisation.code, _BUYER_NAME)
    return (literal(None).label("buyer_code"), literal(None).label("buyer_name"))


def _with_buyer(statement: Select[Any]) -> Select[Any]:
    # A buyer that moved to another seller is none of this seller's organisations any more; the orders stay.
    is_buyer = and_(Organisation.id == Order.buyer_id, Organisation.seller_id == Order.seller_id)
    return statement.outerjoin(Organisation, is_buyer).join(
        TradingAccount, and_(TradingAccount.seller_id == Order.seller_id, TradingAccount.buyer_id == Order.buyer_id)
    )


def _conditions(principal: Principal, wanted: OrderFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Order.seller_id == principal.trading_seller()]
    if principal.buyer_id is not None:
        conditions.append(Order.buyer_id == principal.buyer_id)
    if wanted.statuses:
        conditions.append(Order.status.in_(wanted.statuses))
    if wanted.placed_from is not None:
        conditions.append(Order.placed_on >= wanted.placed_from)
    if wanted.placed_to is not None:
        conditions.append(Order.placed_on <= wanted.placed_to)
    if wanted.words:
        conditions.append(
            or_(
                Order.order_number.icontains(wanted.words, autoescape=True),
                Order.purchase_order_number.icontains(wanted.words, autoescape=True),
            )
        )
    if wanted.buyer and principal.capacity is Capacity.SELLER:
        conditions.append(
            or_(
                Organisation.name.icontains(wanted.buyer, autoescape=True),
                Organisation.code == wanted.buyer,
                TradingAccount.customer_number == wanted.buyer,
            )
        )
    return conditions


def _one(principal: Principal, order_number: str) -> Select[Any]:
    selling = principal.capacity is Capacity.SELLER
    extra = (
        (Organisation.code.label("buyer_code"), _BUYER_NAME.label("buyer_name"), TradingAccount.customer_number)
        if selling
        else _buyer_columns(selling=False)
    )
    statement = select(*_HEAD_COLUMNS, *extra).select_from(Order)
    if selling:
        statement = _with_buyer(statement)
    return statement.where(*_conditions(principal, OrderFilter()), Order.order_number == order_number)

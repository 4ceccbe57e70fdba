"""Reading orders, from either side of the trading edge: a seller sees those it received, a buyer its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString, NamedTuple

from sqlalchemy import Row, select, text

from portal.ordering.models import LineExplanation, OrderStatus
from tenants.database import db, read
from tenants.errors import NotFound
from tenants.permissions import Capacity
from tenants.principal import Principal

OPEN_STATUSES = (OrderStatus.PLACED, OrderStatus.CONFIRMED, OrderStatus.PARTLY_SHIPPED)

_OWN = "from sales_order o"
# A buyer that moved to another seller is none of this seller's organisations any more; the orders stay.
_RECEIVED = """
    from sales_order o
    left join organisation b on b.id = o.buyer_id and b.seller_id = o.seller_id
    join trading_account t on t.seller_id = o.seller_id and t.buyer_id = o.buyer_id
"""
_NOBODY = "null, null"
_BUYER = "b.code, coalesce(b.name, o.ship_to ->> 'name', '')"
_ROW = (
    "o.id, o.order_number, o.status, o.placed_at, o.placed_on, o.requested_on, o.purchase_order_number, o.currency,"
    " o.total, o.line_count"
)
_HEAD = f"{_ROW}, o.source, o.placed_by_name, o.ship_to, o.buyer_id"
_OF_ORDER = """
    from order_line l
    join product p on p.owner_id = l.owner_id and p.id = l.product_id
    left join allocated_quantities(array[%(order)s::bigint]) held on held.line = l.line
    where l.seller_id = %(seller)s and l.order_id = %(order)s
    order by l.line
"""
_LINES = f"""
    select l.line, l.article_id, l.article_number, p.name_en, p.name_de, p.base_unit, p.picture_digest,
           l.ordered_quantity, l.cancelled_quantity, l.shipped_quantity, coalesce(held.allocated_quantity, 0),
           l.unit_price, l.line_amount, l.net_amount, l.explanation, l.cause_line
    {_OF_ORDER}
"""
# What a page shows of a line; the explanation is read for the names of its price list and promotions alone.
_SHOWN_LINES = f"""
    select l.line, l.article_number, p.name_en, p.name_de, p.base_unit, l.ordered_quantity, l.cancelled_quantity,
           l.shipped_quantity, coalesce(held.allocated_quantity, 0), l.unit_price, l.net_amount,
           nullif(concat_ws(' · ', l.explanation ->> 'price_list', l.explanation ->> 'name',
               (select string_agg(p.given ->> 'name', ' · ') from jsonb_array_elements(
                    coalesce(l.explanation -> 'promotions', '[]') || coalesce(l.explanation -> 'order_promotions', '[]'))
                as p (given))), '')
    {_OF_ORDER}
"""  # noqa: S608 - all parts are constants of ours
_OWN_EVENTS = """(
    select jsonb_agg(jsonb_build_array(e.kind, e.at, e.actor_name, e.details) order by e.at, e.id)
    from order_event e where e.seller_id = o.seller_id and e.order_id = o.id
)"""
_EVENTS = """
    select e.kind, e.at, e.actor_name, e.details from order_event e
    where e.seller_id = %(seller)s and e.order_id = %(order)s order by e.at, e.id
"""
_OWN_ORDER = f"""
    select {_OWN_EVENTS},
           (select r.decided_by_name from order_request r where r.seller_id = o.seller_id and r.order_id = o.id),
           {_HEAD}, {_NOBODY}, null {_OWN}
    where o.seller_id = %(seller)s and o.buyer_id = %(buyer)s and o.order_number = %(number)s
"""  # noqa: S608 - all parts are constants of ours
_SHIPMENTS = """
    select s.shipment_number, s.shipped_on, s.tracking_code, l.line, l.quantity
    from shipment s join shipment_line l on l.seller_id = %(seller)s and l.shipment_id = s.id
    where s.seller_id = %(seller)s and s.order_id = %(order)s order by s.id, l.line
"""


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


EVERY_ORDER = OrderFilter()


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


class OrderHead(NamedTuple):
    """An order by itself; `total` is net in its currency. Who bought it is told to its seller alone."""

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
    source: str
    placed_by_name: str
    ship_to: dict[str, Any]
    buyer_id: int
    buyer_code: str | None
    buyer_name: str | None
    customer_number: str | None


class EventRow(NamedTuple):
    """Something that happened to an order."""

    kind: str
    at: datetime
    actor_name: str
    details: dict[str, Any] | None


class ShippedRow(NamedTuple):
    """What of a line was in a shipment; the quantity in base units."""

    shipment_number: str
    shipped_on: date
    tracking_code: str
    line: int
    quantity: Decimal


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
    cause_line: int | None
    """The line that these goods come free with."""

    @property
    def open_quantity(self) -> Decimal:
        """Give what is neither cancelled nor shipped."""
        return self.ordered_quantity - self.cancelled_quantity - self.shipped_quantity

    @property
    def waiting_quantity(self) -> Decimal:
        """Give what is open and has no stock set aside."""
        return max(self.open_quantity - self.allocated_quantity, Decimal(0))

    @property
    def price_list(self) -> str | None:
        """Give the name of the list that decided the price, as the buyer knows it."""
        return (self.explanation or {}).get("price_list")


class ShownLineRow(NamedTuple):
    """What a page shows of a line; quantities in base units, the amount net."""

    line: int
    article_number: str
    name_en: str
    name_de: str
    base_unit: str
    ordered_quantity: Decimal
    cancelled_quantity: Decimal
    shipped_quantity: Decimal
    allocated_quantity: Decimal
    unit_price: Decimal | None
    net_amount: Decimal
    price_list: str | None
    """Its name, and the names of the promotions that gave something."""


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """One order with its lines."""

    head: OrderHead
    lines: list[LineRow]


class OwnOrder(NamedTuple):
    """All that a buyer's page of one order shows."""

    head: OrderHead
    lines: list[ShownLineRow]
    events: list[EventRow]
    shipments: list[ShippedRow]
    approved_by_name: str | None
    """Who let it be placed, where it waited for an approver."""


def list_orders(
    principal: Principal, wanted: OrderFilter, *, after: tuple[str, int] | None = None, limit: int
) -> list[OrderRow]:
    """Give up to `limit + 1` orders of the filter, newest first, after the key (placed_at in ISO form, id).

    The principal is the seller or the buyer.
    """
    joined, buyer = (_RECEIVED, _BUYER) if principal.capacity is Capacity.SELLER else (_OWN, _NOBODY)
    conditions, values = _conditions(principal, wanted)
    if after is not None:
        conditions += " and (o.placed_at, o.id) < (%(after_at)s::timestamptz, %(after_id)s)"
        values |= {"after_at": datetime.fromisoformat(after[0]), "after_id": after[1]}
    rows = read(
        f"select {_ROW}, {buyer} {joined} where {conditions} order by o.placed_at desc, o.id desc limit %(limit)s",
        {**values, "limit": limit + 1},
    )
    return [OrderRow(row[0], row[1], OrderStatus(row[2]), *row[3:]) for row in rows]


def count_orders(principal: Principal, wanted: OrderFilter) -> dict[OrderStatus, int]:
    """Give how many orders of the filter stand at each open status. The principal is the seller or the buyer."""
    joined = _RECEIVED if wanted.buyer and principal.capacity is Capacity.SELLER else _OWN
    conditions, values = _conditions(principal, wanted)
    rows = read(
        f"select o.status, count(*) {joined} where {conditions} and o.status = any(%(open)s) group by o.status",
        {**values, "open": [status.value for status in OPEN_STATUSES]},
    )
    found: dict[str, int] = {status: number for status, number in rows}  # noqa: C416 - rows are not pairs to `dict`
    return {status: found.get(status, 0) for status in OPEN_STATUSES}


def get_order(principal: Principal, order_number: str) -> OrderDetails:
    """Give the order and its lines. The principal is its seller or its buyer.

    Raises:
        NotFound: there is no such order for this principal.
    """
    buyer, joined = _NOBODY + ", null", _OWN
    if principal.capacity is Capacity.SELLER:
        buyer, joined = _BUYER + ", t.customer_number", _RECEIVED
    conditions, values = _conditions(principal, EVERY_ORDER)
    rows = read(
        f"select {_HEAD}, {buyer} {joined} where {conditions} and o.order_number = %(number)s",
        {**values, "number": order_number},
    )
    if not rows:
        raise NotFound
    [row] = rows
    head = OrderHead(row[0], row[1], OrderStatus(row[2]), *row[3:])
    return OrderDetails(head, list_lines(principal, head.id))


def get_own_order(principal: Principal, order_number: str) -> OwnOrder:
    """Give the order as its buyer's page shows it, in as few statements as it needs. The principal is the buyer.

    Raises:
        NotFound: there is no such order for this principal.
    """
    seller_id, buyer_id = principal.buying()
    rows = read(_OWN_ORDER, {"seller": seller_id, "buyer": buyer_id, "number": order_number})
    if not rows:
        raise NotFound
    [(events, approved_by_name, *row)] = rows
    head = OrderHead(row[0], row[1], OrderStatus(row[2]), *row[3:])
    found = read(_SHOWN_LINES, {"seller": seller_id, "order": head.id})
    lines = [ShownLineRow._make(line) for line in found]
    return OwnOrder(
        head,
        lines,
        [EventRow(kind, datetime.fromisoformat(at), name, details) for kind, at, name, details in events or ()],
        list_shipments(principal, head.id) if any(line.shipped_quantity for line in lines) else [],
        approved_by_name,
    )


def list_lines(principal: Principal, order_id: int) -> list[LineRow]:
    """Give the lines of an order (its row id), with what stock is set aside for each."""
    rows = read(_LINES, {"seller": principal.trading_seller(), "order": order_id})
    return [LineRow._make(row) for row in rows]


def list_events(principal: Principal, order_id: int) -> list[EventRow]:
    """Give what happened to an order (its row id), oldest first. The principal acts on its trading edge."""
    rows = read(_EVENTS, {"seller": principal.trading_seller(), "order": order_id})
    return [EventRow._make(row) for row in rows]


def list_shipments(principal: Principal, order_id: int) -> list[ShippedRow]:
    """Give an order's shipments, oldest first, one row a shipped line. The principal acts on its trading edge."""
    rows = read(_SHIPMENTS, {"seller": principal.trading_seller(), "order": order_id})
    return [ShippedRow._make(row) for row in rows]


def list_explanations(principal: Principal, order_id: int) -> dict[int, dict[str, Any]]:
    """Give the seller's part of each line's price explanation, by line. The principal is the seller."""
    statement = select(LineExplanation.line, LineExplanation.explanation).where(
        LineExplanation.seller_id == principal.selling(), LineExplanation.order_id == order_id
    )
    return {row[0]: row[1] for row in db.session.execute(statement)}


def list_picks(principal: Principal, order_id: int) -> list[Row[Any]]:
    """Give, for each open line and warehouse, what is set aside, free and on hand there. The principal is the seller.

    Rows: line, article_id, warehouse_id, warehouse (code), warehouse_name, allocated, free, on_hand; ordered by line, then
    warehouse code.
    """
    statement = text(
        "select l.line, l.article_id, w.id as warehouse_id, w.code as warehouse, w.name as warehouse_name,"
        " coalesce(a.quantity, 0) as allocated, greatest(s.on_hand - s.reserved_quantity, 0) as free, s.on_hand"
        " from order_line l"
        " join stock_level s on s.seller_id = l.seller_id and s.article_id = l.article_id"
        " join warehouse w on w.seller_id = s.seller_id and w.id = s.warehouse_id"
        " left join allocation a on a.seller_id = l.seller_id and a.order_id = l.order_id and a.line = l.line"
        "  and a.warehouse_id = s.warehouse_id"
        " where l.seller_id = :seller and l.order_id = :order"
        "  and l.ordered_quantity - l.cancelled_quantity - l.shipped_quantity > 0"
        " order by l.line, w.code, w.id"
    )
    return list(db.session.execute(statement, {"seller": principal.selling(), "order": order_id}))


def _conditions(principal: Principal, wanted: OrderFilter) -> tuple[LiteralString, dict[str, Any]]:
    """Give the condition and its values; `wanted.buyer` needs the tables of `_RECEIVED` and holds for sellers alone."""
    conditions: list[LiteralString] = ["o.seller_id = %(seller)s"]
    values: dict[str, Any] = {"seller": principal.trading_seller()}
    if principal.buyer_id is not None:
        conditions.append("o.buyer_id = %(buyer)s")
        values["buyer"] = principal.buyer_id
    if wanted.statuses:
        conditions.append("o.status = any(%(statuses)s)")
        values["statuses"] = [status.value for status in wanted.statuses]
    if wanted.placed_from is not None:
        conditions.append("o.placed_on >= %(placed_from)s")
        values["placed_from"] = wanted.placed_from
    if wanted.placed_to is not None:
        conditions.append("o.placed_on <= %(placed_to)s")
        values["placed_to"] = wanted.placed_to
    if wanted.words:
        conditions.append(
            "(strpos(lower(o.order_number), lower(%(words)s)) > 0"
            " or strpos(lower(o.purchase_order_number), lower(%(words)s)) > 0)"
        )
        values["words"] = wanted.words
    if wanted.buyer and principal.capacity is Capacity.SELLER:
        conditions.append(
            "(strpos(lower(b.name), lower(%(wanted_buyer)s)) > 0 or b.code = %(wanted_buyer)s"
            " or t.customer_number = %(wanted_buyer)s)"
        )
        values["wanted_buyer"] = wanted.buyer
    return " and ".join(conditions), values

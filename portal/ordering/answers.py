"""What the API says about orders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from portal.ordering.models import OrderStatus
from portal.ordering.queries.orders import LineRow, OrderDetails, OrderRow
from portal.ordering.service.reorder import Changed, Reordered
from portal.web.api import Amount, ApiAnswer, Price, StockQuantity


class PlacedLineAnswer(ApiAnswer):
    """A line as placed, net; the quantity in base units."""

    line: int
    article: str
    quantity: StockQuantity
    unit_price: Price
    line_amount: Amount
    net_amount: Amount


class PlacedAnswer(ApiAnswer):
    """The order as placed; a repeat with the same key gets the same bytes."""

    order_number: str
    status: OrderStatus
    currency: str
    total: Amount
    purchase_order_number: str
    requested_on: date | None
    lines: list[PlacedLineAnswer]


class OrderSummary(ApiAnswer):
    """An order in a list."""

    order_number: str
    status: OrderStatus
    placed_on: date
    requested_on: date | None
    purchase_order_number: str
    currency: str
    total: Amount
    line_count: int


class ReceivedSummary(OrderSummary):
    """An order that a seller received."""

    buyer: str
    buyer_name: str


class OrderLineAnswer(ApiAnswer):
    """A line: ordered = cancelled + shipped + open; of what is open, `waiting_quantity` has no stock yet."""

    line: int
    article: str
    quantity: StockQuantity
    cancelled_quantity: StockQuantity
    shipped_quantity: StockQuantity
    open_quantity: StockQuantity
    waiting_quantity: StockQuantity
    unit_price: Price | None
    line_amount: Amount
    net_amount: Amount
    explanation: dict[str, Any] | None


class OrderAnswer(OrderSummary):
    """An order with its lines."""

    lines: list[OrderLineAnswer]


class ShippedLineAnswer(ApiAnswer):
    """What of a line is in a shipment."""

    line: int
    article: str
    quantity: StockQuantity


class ShipmentAnswer(ApiAnswer):
    """A shipment, and where the order stands with it."""

    shipment_number: str
    order_number: str
    status: OrderStatus
    shipped_on: date
    tracking_code: str
    lines: list[ShippedLineAnswer]


class BasketLineAnswer(ApiAnswer):
    """A line of the basket at today's price."""

    article: str
    quantity: StockQuantity
    unit_price: Price | None
    line_amount: Amount | None


class ChangeAnswer(ApiAnswer):
    """How a line differs from the order it repeats."""

    article: str
    reason: Changed
    old_unit_price: Price | None
    new_unit_price: Price | None
    old_quantity: StockQuantity | None
    new_quantity: StockQuantity | None


class BasketAnswer(ApiAnswer):
    """The lines that are in the basket now, and what changed since they were ordered."""

    currency: str
    lines: list[BasketLineAnswer]
    total: Amount
    changes: list[ChangeAnswer]


def order_summary(row: OrderRow) -> OrderSummary:
    """Give an order as its buyer lists it."""
    return OrderSummary.model_validate(row)


def received_summary(row: OrderRow) -> ReceivedSummary:
    """Give an order as its seller lists it."""
    shown = OrderSummary.model_validate(row).model_dump()
    return ReceivedSummary(**shown, buyer=row.buyer_code or "", buyer_name=row.buyer_name or "")


def order_answer(order: OrderDetails) -> OrderAnswer:
    """Give an order with its lines."""
    head = OrderSummary.model_validate(order.head)
    return OrderAnswer(**head.model_dump(), lines=[_line(line) for line in order.lines])


def basket_answer(reordered: Reordered, currency: str) -> BasketAnswer:
    """Give what a reorder put into the basket."""
    return BasketAnswer(
        currency=currency,
        lines=[BasketLineAnswer.model_validate(line) for line in reordered.lines],
        total=reordered.total,
        changes=[ChangeAnswer.model_validate(change) for change in reordered.changes],
    )


def _line(row: LineRow) -> OrderLineAnswer:
    return OrderLineAnswer(
        line=row.line,
        article=row.article_number,
        quantity=row.ordered_quantity,
        cancelled_quantity=row.cancelled_quantity,
        shipped_quantity=row.shipped_quantity,
        open_quantity=max(row.open_quantity, Decimal(0)),
        waiting_quantity=row.waiting_quantity,
        unit_price=row.unit_price,
        line_amount=row.line_amount,
        net_amount=row.net_amount,
        explanation=row.explanation,
    )

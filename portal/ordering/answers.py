"""What the API says about orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import Field

from portal.ordering.models import EventKind, OrderStatus
from portal.ordering.queries.orders import EventRow, LineRow, OrderDetails, OrderHead, OrderRow, ShippedRow
from portal.ordering.service.place_order import PlacedOrder
from portal.ordering.service.reorder import Changed, Reordered
from portal.web.api import Amount, ApiAnswer, Price, StockQuantity, answer_text


class PlacedLineAnswer(ApiAnswer):
    """A line as placed, net; the quantity in base units."""

    line: int
    article: str
    quantity: StockQuantity
    unit_price: Price
    line_amount: Amount
    net_amount: Amount
    cause_line: int | None
    """The line that these goods come free with."""
    reward: str | None = Field(description="Code of the reward that the line is, taken for points.")


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
    cause_line: int | None
    """The line that these goods come free with."""
    explanation: dict[str, Any] | None


class ShippedLineAnswer(ApiAnswer):
    """What of a line is in a shipment."""

    line: int
    article: str
    quantity: StockQuantity


class StepLineAnswer(ApiAnswer):
    """What of a line a step was about."""

    line: int
    quantity: StockQuantity


class StepAnswer(ApiAnswer):
    """A step in an order's life; `lines` of what was shipped or cancelled."""

    kind: EventKind
    at: datetime
    by: str
    shipment_number: str | None = None
    reason: str | None = None
    lines: list[StepLineAnswer] = Field(default_factory=list)


class OrderShipmentAnswer(ApiAnswer):
    """A shipment of an order."""

    shipment_number: str
    shipped_on: date
    tracking_code: str
    lines: list[ShippedLineAnswer]


class OrderAnswer(OrderSummary):
    """An order with its lines, what was shipped, and the steps of its life, oldest first."""

    placed_by: str
    ship_to: dict[str, Any]
    lines: list[OrderLineAnswer]
    shipments: list[OrderShipmentAnswer]
    history: list[StepAnswer]


class PickAnswer(ApiAnswer):
    """What a warehouse has of an open line: set aside for it, promised to nobody, on hand at all."""

    warehouse: str
    allocated_quantity: StockQuantity
    free_quantity: StockQuantity
    on_hand: StockQuantity


class ReceivedLineAnswer(OrderLineAnswer):
    """A line as its seller sees it; the explanation names the lists that lost too."""

    stock: list[PickAnswer]


class ReceivedOrderAnswer(ReceivedSummary):
    """An order received with its lines, what was shipped, and the steps of its life, oldest first."""

    customer_number: str | None
    placed_by: str
    ship_to: dict[str, Any]
    lines: list[ReceivedLineAnswer]
    shipments: list[OrderShipmentAnswer]
    history: list[StepAnswer]


class OrderStateAnswer(ApiAnswer):
    """Where the order stands now."""

    order_number: str
    status: OrderStatus


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


def order_answer(order: OrderDetails, events: Sequence[EventRow], shipments: Sequence[ShippedRow]) -> OrderAnswer:
    """Give an order as its buyer reads it."""
    return OrderAnswer(
        **OrderSummary.model_validate(order.head).model_dump(),
        placed_by=order.head.placed_by_name,
        ship_to=order.head.ship_to,
        lines=[OrderLineAnswer(**_line(line)) for line in order.lines],
        shipments=_shipments(order, shipments),
        history=_history(order.head, events),
    )


def received_answer(
    order: OrderDetails,
    events: Sequence[EventRow],
    shipments: Sequence[ShippedRow],
    explanations: Mapping[int, dict[str, Any]],
    picks: Iterable[Any],
) -> ReceivedOrderAnswer:
    """Give an order as its seller reads it."""
    stock: dict[int, list[PickAnswer]] = {}
    for pick in picks:
        found = PickAnswer(
            warehouse=pick.warehouse,
            allocated_quantity=pick.allocated,
            free_quantity=pick.free,
            on_hand=pick.on_hand,
        )
        stock.setdefault(pick.line, []).append(found)
    lines = [
        ReceivedLineAnswer(
            **{**_line(line), "explanation": explanations.get(line.line)}, stock=stock.get(line.line, [])
        )
        for line in order.lines
    ]
    head = order.head
    return ReceivedOrderAnswer(
        **OrderSummary.model_validate(head).model_dump(),
        buyer=head.buyer_code or "",
        buyer_name=head.buyer_name or "",
        customer_number=head.customer_number,
        placed_by=head.placed_by_name,
        ship_to=head.ship_to,
        lines=lines,
        shipments=_shipments(order, shipments),
        history=_history(head, events),
    )


def placed_text(placed: PlacedOrder) -> str:
    """Give the answer that is stored with an order and sent again to every repeat."""
    return answer_text(PlacedAnswer.model_validate(placed))


def basket_answer(reordered: Reordered, currency: str) -> BasketAnswer:
    """Give what a reorder put into the basket."""
    return BasketAnswer(
        currency=currency,
        lines=[BasketLineAnswer.model_validate(line) for line in reordered.lines],
        total=reordered.total,
        changes=[ChangeAnswer.model_validate(change) for change in reordered.changes],
    )


def _line(row: LineRow) -> dict[str, Any]:
    return {
        "line": row.line,
        "article": row.article_number,
        "quantity": row.ordered_quantity,
        "cancelled_quantity": row.cancelled_quantity,
        "shipped_quantity": row.shipped_quantity,
        "open_quantity": max(row.open_quantity, Decimal(0)),
        "waiting_quantity": row.waiting_quantity,
        "unit_price": row.unit_price,
        "line_amount": row.line_amount,
        "net_amount": row.net_amount,
        "cause_line": row.cause_line,
        "explanation": row.explanation,
    }


def _shipments(order: OrderDetails, rows: Sequence[ShippedRow]) -> list[OrderShipmentAnswer]:
    articles = {line.line: line.article_number for line in order.lines}
    parts: dict[str, list[ShippedLineAnswer]] = {}
    for row in rows:
        shipped = ShippedLineAnswer(line=row.line, article=articles[row.line], quantity=row.quantity)
        parts.setdefault(row.shipment_number, []).append(shipped)
    heads = {row.shipment_number: row for row in rows}
    return [
        OrderShipmentAnswer(
            shipment_number=number,
            shipped_on=heads[number].shipped_on,
            tracking_code=heads[number].tracking_code,
            lines=lines,
        )
        for number, lines in parts.items()
    ]


def _history(head: OrderHead, events: Sequence[EventRow]) -> list[StepAnswer]:
    """Of an order that came in as history only its placing is known."""
    known = [
        StepAnswer(
            kind=EventKind(event.kind),
            at=event.at,
            by=event.actor_name,
            shipment_number=(event.details or {}).get("shipment_number"),
            reason=(event.details or {}).get("reason"),
            lines=[
                StepLineAnswer(line=line["line"], quantity=Decimal(line["quantity"]))
                for line in (event.details or {}).get("lines", ())
            ],
        )
        for event in events
    ]
    return known or [StepAnswer(kind=EventKind.PLACED, at=head.placed_at, by=head.placed_by_name)]

"""Orders received over HTTP: reading them, and the seller's acts: confirm, ship, deliver, cancel."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from portal.catalogue.units import product_name
from portal.ordering.answers import (
    OrderStateAnswer,
    ReceivedOrderAnswer,
    ReceivedSummary,
    ShipmentAnswer,
    ShippedLineAnswer,
    received_answer,
    received_summary,
)
from portal.ordering.api.asked import PurchaseOrderNumber, ReceivedOrdersQuery, after_order, order_filter
from portal.ordering.errors import LinesRefused, OrderNotReady, OutOfStock
from portal.ordering.models import OrderStatus
from portal.ordering.queries.cards import list_waited_for
from portal.ordering.queries.orders import (
    OrderFilter,
    count_orders,
    get_order,
    list_events,
    list_explanations,
    list_orders,
    list_picks,
    list_shipments,
)
from portal.ordering.rules.quantities import MOST_LINES
from portal.ordering.service.order_life import (
    ShipLine,
    ShipOrder,
    cancel_order,
    confirm_order,
    deliver_order,
    ship_order,
)
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    Limit,
    Page,
    Quantity,
    StockQuantity,
    Whole,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import Conflict, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

LineNumber = Annotated[int, Field(ge=1, le=MOST_LINES), Whole]
Reason = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class PageQuery(ApiQuery):
    """Which page."""

    cursor: Cursor = ""
    limit: Limit = USUAL_ITEMS


class WaitingArticleAnswer(ApiAnswer):
    """An article that orders wait for: how much is missing, in base units, for how many orders; when more arrives."""

    article: str
    name: str
    base_unit: str
    quantity: StockQuantity
    orders: int
    incoming_on: date | None


class ShipLineBody(ApiBody):
    """A quantity of a line in base units; from one warehouse or from wherever it is set aside."""

    line: LineNumber
    quantity: Quantity
    warehouse: Code | None = None


class ShipBody(ApiBody):
    """What leaves."""

    lines: list[ShipLineBody] | None = Field(default=None, min_length=1, max_length=MOST_LINES)
    shipment_number: Code | None = None
    tracking_code: PurchaseOrderNumber | None = None


class CancelLineBody(ApiBody):
    """A line of which all that is open is cancelled."""

    line: LineNumber


class StatusCountAnswer(ApiAnswer):
    """How many orders stand at a status."""

    status: OrderStatus
    orders: int


class OrderCountsAnswer(ApiAnswer):
    """What is open, in the order of an order's life."""

    counts: list[StatusCountAnswer]


class CancelBody(ApiBody):
    """Which lines, without them all; the reason is shown to the buyer."""

    lines: list[CancelLineBody] | None = Field(default=None, min_length=1, max_length=MOST_LINES)
    reason: Reason = ""


@operation(
    "GET",
    "/selling/orders",
    permission=Permission.ORDERS_VIEW,
    scope=Scope.SELLING_READ,
    query=ReceivedOrdersQuery,
    response=Page[ReceivedSummary],
    summary="List orders received",
    tags=["orders"],
)
def list_received_orders(principal: Principal, query: ReceivedOrdersQuery) -> Page[ReceivedSummary]:
    """Newest first; `buyer` is the buyer's organisation code."""
    rows = list_orders(principal, order_filter(query), after=after_order(query), limit=query.limit)
    return page_of(rows, query.limit, received_summary, lambda row: (row.placed_at.isoformat(), row.id))


@operation(
    "GET",
    "/selling/order-counts",
    permission=Permission.ORDERS_VIEW,
    scope=Scope.SELLING_READ,
    response=OrderCountsAnswer,
    summary="Count the open orders received",
    tags=["orders"],
)
def count_received_orders(principal: Principal) -> OrderCountsAnswer:
    """By status, each open one, also those at which no order stands."""
    counts = count_orders(principal, OrderFilter())
    return OrderCountsAnswer(counts=[StatusCountAnswer(status=status, orders=counts[status]) for status in counts])


@operation(
    "GET",
    "/selling/orders/{order_number}",
    permission=Permission.ORDERS_VIEW,
    scope=Scope.SELLING_READ,
    response=ReceivedOrderAnswer,
    errors=[NotFound],
    summary="Read an order received",
    tags=["orders"],
)
def read_received_order(principal: Principal, order_number: Code) -> ReceivedOrderAnswer:
    """With what each line still waits for, which warehouses have it, and who did what when."""
    order = get_order(principal, order_number)
    found = order.head.id
    return received_answer(
        order,
        list_events(principal, found),
        list_shipments(principal, found),
        list_explanations(principal, found),
        list_picks(principal, found),
    )


@operation(
    "POST",
    "/selling/orders/{order_number}/confirmations",
    permission=Permission.ORDERS_MANAGE,
    scope=Scope.SELLING_WRITE,
    response=OrderStateAnswer,
    status=201,
    errors=[NotFound, OrderNotReady],
    summary="Confirm an order",
    tags=["orders"],
)
def create_confirmation(principal: Principal, order_number: Code) -> OrderStateAnswer:
    """A placed order alone: a second time is refused with `order-not-ready`, and `order_status` says where it stands."""
    return OrderStateAnswer(order_number=order_number, status=confirm_order(principal, order_number))


@operation(
    "POST",
    "/selling/orders/{order_number}/shipments",
    permission=Permission.ORDERS_SHIP,
    scope=Scope.SELLING_WRITE,
    body=ShipBody,
    response=ShipmentAnswer,
    status=201,
    errors=[NotFound, OrderNotReady, LinesRefused, OutOfStock, Conflict],
    summary="Ship lines of an order",
    tags=["orders"],
)
def create_shipment(principal: Principal, body: ShipBody, order_number: Code) -> ShipmentAnswer:
    """In part or whole; what ships leaves the stock, first what was set aside for the line.

    Without lines, everything that has stock set aside is shipped. Give an own `shipment_number`, so that a repeat is
    refused instead of shipping twice.
    """
    command = ShipOrder(
        order_number=order_number,
        lines=tuple(ShipLine(line.line, line.quantity, line.warehouse) for line in body.lines or ()),
        shipment_number=body.shipment_number or "",
        tracking_code=body.tracking_code or "",
    )
    shipped = ship_order(principal, command)
    lines = [
        ShippedLineAnswer(line=line, article=article, quantity=quantity) for line, article, quantity in shipped.lines
    ]
    return ShipmentAnswer(
        shipment_number=shipped.shipment_number,
        order_number=shipped.order_number,
        status=shipped.status,
        shipped_on=shipped.shipped_on,
        tracking_code=shipped.tracking_code,
        lines=lines,
    )


@operation(
    "POST",
    "/selling/orders/{order_number}/deliveries",
    permission=Permission.ORDERS_SHIP,
    scope=Scope.SELLING_WRITE,
    response=OrderStateAnswer,
    status=201,
    errors=[NotFound, OrderNotReady],
    summary="Note that an order arrived",
    tags=["orders"],
)
def create_delivery(principal: Principal, order_number: Code) -> OrderStateAnswer:
    """Once it was shipped completely. A second time is refused with `order-not-ready`."""
    return OrderStateAnswer(order_number=order_number, status=deliver_order(principal, order_number))


@operation(
    "POST",
    "/selling/orders/{order_number}/cancellations",
    permission=Permission.ORDERS_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=CancelBody,
    response=OrderStateAnswer,
    status=201,
    errors=[NotFound, OrderNotReady, LinesRefused],
    summary="Cancel what is open of an order",
    tags=["orders"],
)
def create_cancellation(principal: Principal, body: CancelBody, order_number: Code) -> OrderStateAnswer:
    """All that is open, or all that is open of some lines; what was set aside is given to orders that wait.

    A second time is refused: nothing is open any more.
    """
    lines = None
    if body.lines is not None:
        known = {line.line: line.open_quantity for line in get_order(principal, order_number).lines}
        lines = {wanted.line: known.get(wanted.line, Decimal(0)) for wanted in body.lines}
    status = cancel_order(principal, order_number, lines, body.reason.strip())
    return OrderStateAnswer(order_number=order_number, status=status)


@operation(
    "GET",
    "/selling/waiting-articles",
    permission=Permission.ORDERS_VIEW,
    scope=Scope.SELLING_READ,
    query=PageQuery,
    response=Page[WaitingArticleAnswer],
    errors=[InvalidCursor],
    summary="List articles that orders wait for",
    tags=["orders"],
)
def list_waiting_articles(principal: Principal, query: PageQuery) -> Page[WaitingArticleAnswer]:
    """By article number: what is open in orders and has no stock set aside."""
    key = read_cursor(query.cursor, 1)
    rows = list_waited_for(principal, after=str(key[0]) if key else "", limit=query.limit)
    return page_of(
        rows,
        query.limit,
        lambda row: WaitingArticleAnswer(
            article=row.article_number,
            name=product_name(row.name_en, row.name_de),
            base_unit=row.base_unit,
            quantity=row.quantity,
            orders=row.orders,
            incoming_on=row.incoming_on,
        ),
        lambda row: (row.article_number,),
    )

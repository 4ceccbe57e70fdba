"""Orders over HTTP: placing and reading them."""

from __future__ import annotations

from typing import Annotated

from flask import Flask
from pydantic import Field, StringConstraints

from portal.core.idempotency import IdempotencyKey, IdempotencyKeyReused, RequestInProgress
from portal.ordering.answers import (
    BasketAnswer,
    OrderAnswer,
    OrderSummary,
    PlacedAnswer,
    ReceivedSummary,
    ShipmentAnswer,
    ShippedLineAnswer,
    basket_answer,
    order_answer,
    order_summary,
    received_summary,
)
from portal.ordering.errors import (
    AccountClosed,
    CouponsRefused,
    LinesRefused,
    OrderNotReady,
    OutOfStock,
    PricesChanged,
)
from portal.ordering.models import OrderSource, OrderStatus
from portal.ordering.queries.orders import OrderFilter, get_order, list_orders
from portal.ordering.service.order_life import ShipLine, ShipOrder, ship_order
from portal.ordering.service.place_order import PlacedOrder, PlaceOrder, WantedLine, place_order
from portal.ordering.service.reorder import reorder
from portal.pricing.api.price_checks import Coupon
from portal.pricing.rules.coupons import NOT_VALID
from portal.web.api import (
    USUAL_ITEMS,
    ApiBody,
    ApiQuery,
    Code,
    Cursor,
    IsoDate,
    Limit,
    Page,
    Quantity,
    StoredAnswer,
    Whole,
    answer_text,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import Conflict, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

MOST_LINES = 1000

PurchaseOrderNumber = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class WantedLineBody(ApiBody):
    """An article number of the seller and a quantity in base units."""

    article: Code
    quantity: Quantity


class PlaceOrderBody(ApiBody):
    """What is ordered, in the order of the lines."""

    lines: list[WantedLineBody] = Field(min_length=1, max_length=MOST_LINES)
    purchase_order_number: PurchaseOrderNumber | None = None
    requested_on: IsoDate | None = None
    coupons: list[Coupon] = Field(default_factory=list, max_length=20)


class ShipLineBody(ApiBody):
    """A quantity of a line in base units; from one warehouse or from wherever it is set aside."""

    line: Annotated[int, Field(ge=1, le=MOST_LINES), Whole]
    quantity: Quantity
    warehouse: Code | None = None


class ShipBody(ApiBody):
    """What leaves."""

    lines: list[ShipLineBody] | None = Field(default=None, min_length=1, max_length=MOST_LINES)
    shipment_number: Code | None = None
    tracking_code: PurchaseOrderNumber | None = None


class OrdersQuery(ApiQuery):
    """Which page of the orders."""

    status: OrderStatus | None = None
    cursor: Cursor | None = None
    limit: Limit = USUAL_ITEMS


@operation(
    "POST",
    "/buying/orders",
    permission=Permission.ORDERS_PLACE,
    scope=Scope.BUYING_WRITE,
    body=PlaceOrderBody,
    response=PlacedAnswer,
    status=201,
    idempotency=True,
    errors=[
        LinesRefused,
        CouponsRefused,
        OutOfStock,
        PricesChanged,
        AccountClosed,
        IdempotencyKeyReused,
        RequestInProgress,
    ],
    summary="Place an order",
    tags=["orders"],
)
def create_order(principal: Principal, body: PlaceOrderBody, idempotency: IdempotencyKey) -> StoredAnswer:
    """All or nothing, at today's prices, once for each idempotency key. Lines are kept as sent and never merged.

    Too little stock of an article that is not delivered later refuses the order with `out-of-stock`, naming the lines.
    A coupon that is not valid refuses the order with `coupons-refused`: nothing is ordered at another price than hoped for.
    A refused request can be sent again with the same key.
    """
    if body.coupons:
        errors = [{"pointer": f"#/coupons/{at}", "detail": NOT_VALID} for at in range(len(body.coupons))]
        raise CouponsRefused("Nothing was ordered: a coupon is not valid.", errors=errors)
    command = PlaceOrder(
        lines=tuple(WantedLine(line.article, line.quantity) for line in body.lines),
        idempotency=idempotency,
        source=OrderSource.API,
        purchase_order_number=body.purchase_order_number or "",
        requested_on=body.requested_on,
    )
    placed = place_order(principal, command, _placed_text)
    return StoredAnswer(placed.stored_answer or "", replayed=placed.replayed)


@operation(
    "GET",
    "/buying/orders",
    permission=Permission.ORDERS_VIEW,
    scope=Scope.BUYING_READ,
    query=OrdersQuery,
    response=Page[OrderSummary],
    summary="List own orders",
    tags=["orders"],
)
def list_own_orders(principal: Principal, query: OrdersQuery) -> Page[OrderSummary]:
    """Newest first."""
    rows = list_orders(principal, _filter(query), after=_after(query), limit=query.limit)
    return page_of(rows, query.limit, order_summary, lambda row: (row.placed_at.isoformat(), row.id))


@operation(
    "GET",
    "/buying/orders/{order_number}",
    permission=Permission.ORDERS_VIEW,
    scope=Scope.BUYING_READ,
    response=OrderAnswer,
    errors=[NotFound],
    summary="Read an own order",
    tags=["orders"],
)
def read_own_order(principal: Principal, order_number: Code) -> OrderAnswer:
    """Each line says what was ordered, cancelled and shipped, and what is open."""
    return order_answer(get_order(principal, order_number))


@operation(
    "POST",
    "/buying/orders/{order_number}/reorder",
    permission=Permission.ORDERS_PLACE,
    scope=Scope.BUYING_WRITE,
    response=BasketAnswer,
    status=201,
    errors=[NotFound],
    summary="Put a past order's lines into the basket",
    tags=["orders"],
)
def reorder_order(principal: Principal, order_number: Code) -> BasketAnswer:
    """At today's prices; `changes` names what is different from the past order and what cannot be ordered any more.

    Nothing is ordered yet. Doing it twice adds nothing.
    """
    return basket_answer(reorder(principal, order_number), principal.currency)


@operation(
    "GET",
    "/selling/orders",
    permission=Permission.ORDERS_VIEW,
    scope=Scope.SELLING_READ,
    query=OrdersQuery,
    response=Page[ReceivedSummary],
    summary="List orders received",
    tags=["orders"],
)
def list_received_orders(principal: Principal, query: OrdersQuery) -> Page[ReceivedSummary]:
    """Newest first; `buyer` is the buyer's organisation code."""
    rows = list_orders(principal, _filter(query), after=_after(query), limit=query.limit)
    return page_of(rows, query.limit, received_summary, lambda row: (row.placed_at.isoformat(), row.id))


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


def _filter(query: OrdersQuery) -> OrderFilter:
    return OrderFilter(statuses=(query.status,) if query.status else ())


def _after(query: OrdersQuery) -> tuple[str, int] | None:
    key = read_cursor(query.cursor, 2)
    return None if key is None else (str(key[0]), int(key[1]))


def _placed_text(placed: PlacedOrder) -> str:
    return answer_text(PlacedAnswer.model_validate(placed))


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""

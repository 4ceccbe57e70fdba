"""Own orders over HTTP: placing, reading, ordering again, cancelling, receiving."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from portal.accounts.errors import UnusableValue
from portal.core.idempotency import IdempotencyKey, IdempotencyKeyReused, RequestInProgress
from portal.loyalty.errors import RewardsRefused
from portal.ordering.answers import (
    BasketAnswer,
    OrderAnswer,
    OrderStateAnswer,
    OrderSummary,
    PlacedAnswer,
    basket_answer,
    order_answer,
    order_summary,
    placed_text,
)
from portal.ordering.api.asked import (
    OrdersQuery,
    PlaceOrderBody,
    after_order,
    order_filter,
)
from portal.ordering.api.basket import show_offer
from portal.ordering.errors import (
    AccountClosed,
    ApprovalNeeded,
    CouponsRefused,
    LinesRefused,
    OrderNotReady,
    OutOfStock,
    PricesChanged,
)
from portal.ordering.models import OrderStatus
from portal.ordering.queries.basket import find_basket
from portal.ordering.queries.orders import get_order, list_events, list_orders, list_shipments
from portal.ordering.service.own_acts import cancel_own_order, confirm_own_receipt
from portal.ordering.service.place_order import place_order
from portal.ordering.service.reorder import Reordered, reorder
from portal.web.api import Code, Page, StoredAnswer, operation, page_of
from portal.web.order_grid import GridRow
from tenants.errors import NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal


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
        RewardsRefused,
        OutOfStock,
        PricesChanged,
        AccountClosed,
        ApprovalNeeded,
        UnusableValue,
        IdempotencyKeyReused,
        RequestInProgress,
    ],
    summary="Place an order",
    tags=["orders"],
)
def create_order(principal: Principal, body: PlaceOrderBody, idempotency: IdempotencyKey) -> StoredAnswer:
    """All or nothing, at today's prices, once for each idempotency key. Lines are kept as sent and never merged.

    Too little stock of an article that is not delivered later refuses the order with `out-of-stock`, naming the lines.
    Promotions are those of the moment; goods that come free are lines of their own behind the others, with `cause_line`.
    A coupon that gives nothing refuses the order with `coupons-refused`: nothing is ordered at another price than hoped for.
    A refused request can be sent again with the same key. What is larger than the caller may order alone is refused with
    `approval-needed`: send it to `/buying/order-requests`, and it waits for an approver.
    """
    placed = place_order(principal, body.command(idempotency), placed_text)
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
    rows = list_orders(principal, order_filter(query), after=after_order(query), limit=query.limit)
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
    """Each line says what was ordered, cancelled and shipped, and what is open; `history` who did what when."""
    order = get_order(principal, order_number)
    events, shipments = list_events(principal, order.head.id), list_shipments(principal, order.head.id)
    return order_answer(order, events, shipments)


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

    Promotions are those of the moment for the whole basket; `total` is that of these lines after discounts on the order.
    Nothing is ordered yet. Doing it twice adds nothing.
    """
    reordered = reorder(principal, order_number)
    return basket_answer(_at_offer(reordered, show_offer(principal, find_basket(principal))), principal.currency)


@operation(
    "POST",
    "/buying/orders/{order_number}/cancellations",
    permission=Permission.ORDERS_PLACE,
    scope=Scope.BUYING_WRITE,
    response=OrderStateAnswer,
    status=201,
    errors=[NotFound, OrderNotReady],
    summary="Cancel an own order",
    tags=["orders"],
)
def cancel_order_placed(principal: Principal, order_number: Code) -> OrderStateAnswer:
    """The whole of it, as long as the seller has not confirmed it; from then on only the seller cancels."""
    cancel_own_order(principal, order_number)
    return OrderStateAnswer(order_number=order_number, status=OrderStatus.CANCELLED)


@operation(
    "POST",
    "/buying/orders/{order_number}/receipts",
    permission=Permission.ORDERS_PLACE,
    scope=Scope.BUYING_WRITE,
    response=OrderStateAnswer,
    status=201,
    errors=[NotFound, OrderNotReady],
    summary="Note that an own order arrived",
    tags=["orders"],
)
def confirm_receipt(principal: Principal, order_number: Code) -> OrderStateAnswer:
    """Once it was shipped completely. A second time is refused with `order-not-ready`."""
    confirm_own_receipt(principal, order_number)
    return OrderStateAnswer(order_number=order_number, status=OrderStatus.DELIVERED)


def _at_offer(reordered: Reordered, rows: Iterable[GridRow]) -> Reordered:
    """Show the lines as they stand in the basket, under the promotions at which it can be ordered."""
    known = {row.article: row for row in rows}
    lines = [(line, known[line.article]) for line in reordered.lines]
    amounts = sum((row.line_amount for _line, row in lines if row.line_amount is not None), Decimal(0))
    discounts = sum((amount for _line, row in lines for _name, amount in row.shares), Decimal(0))
    return replace(
        reordered,
        lines=tuple(
            replace(line, quantity=row.base_quantity or line.quantity, line_amount=row.line_amount)
            for line, row in lines
        ),
        total=amounts - discounts,
    )

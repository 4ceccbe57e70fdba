"""What operations of orders take alike: lines, which orders are listed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from portal.core.idempotency import IdempotencyKey
from portal.ordering.models import OrderSource, OrderStatus
from portal.ordering.queries.orders import OrderFilter
from portal.ordering.rules.quantities import MOST_LINES
from portal.ordering.service.order_checks import WantedLine
from portal.ordering.service.place_order import PlaceOrder
from portal.promotions.api.price_checks import Coupon
from portal.web.api import (
    USUAL_ITEMS,
    ApiBody,
    ApiQuery,
    Code,
    Commas,
    Cursor,
    IsoDate,
    Limit,
    Quantity,
    Text,
    read_cursor,
)

ShipTo = Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9_-]*$")]
SHIP_TO = "Key of one of your addresses for goods; the usual one when missing, else your own address."
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
    rewards: list[Code] = Field(default_factory=list, max_length=20, description="Codes, each once, taken for points.")
    ship_to: ShipTo | None = Field(default=None, description=SHIP_TO)

    def command(self, idempotency: IdempotencyKey) -> PlaceOrder:
        """Give it as the service takes it."""
        return PlaceOrder(
            lines=tuple(WantedLine(line.article, line.quantity) for line in self.lines),
            idempotency=idempotency,
            source=OrderSource.API,
            purchase_order_number=self.purchase_order_number or "",
            requested_on=self.requested_on,
            coupons=tuple(self.coupons),
            rewards=tuple(self.rewards),
            ship_to=self.ship_to or "",
        )


class OrdersQuery(ApiQuery):
    """Which orders, and which page of them."""

    status: Annotated[list[OrderStatus], Field(min_length=1), Commas] = Field(
        default_factory=list, description="Any of these."
    )
    q: Text = Field("", max_length=100, description="Part of an order number or purchase order number.")
    from_: IsoDate | None = Field(None, alias="from", description="Placed on this day or later.")
    to: IsoDate | None = Field(None, description="Placed on this day or earlier.")
    cursor: Cursor | None = None
    limit: Limit = USUAL_ITEMS


class ReceivedOrdersQuery(OrdersQuery):
    """Which orders received, and which page of them."""

    buyer: Text = Field("", max_length=100, description="Part of a buyer's name, its code or customer number.")


def order_filter(query: OrdersQuery) -> OrderFilter:
    """Give which orders are asked for."""
    buyer = query.buyer.strip() if isinstance(query, ReceivedOrdersQuery) else ""
    return OrderFilter(tuple(query.status), buyer, query.from_, query.to, query.q.strip())


def after_order(query: OrdersQuery) -> tuple[str, int] | None:
    """Give the key behind which the page starts.

    Raises:
        InvalidCursor: the cursor is none of this list.
    """
    key = read_cursor(query.cursor, 2)
    return None if key is None else (str(key[0]), int(key[1]))

"""An own order's page: opened from a list, or the confirmation right after placing it."""

from __future__ import annotations

from flask import render_template

from portal.ordering.models import OrderStatus
from portal.ordering.queries.orders import get_own_order
from portal.ordering.rules.life import BUYER_MAY_CANCEL
from portal.ordering.views.shown import shown_lines, steps
from tenants.permissions import Permission
from tenants.principal import Principal


def own_order_page(principal: Principal, order_number: str, *, just_placed: bool, part: bool = False) -> str:
    """Give the page of the principal's own order; `part`: only what stands in its main area.

    Raises:
        NotFound: the principal has no such order.
    """
    order = get_own_order(principal, order_number)
    may_place = principal.may(Permission.ORDERS_PLACE)
    return render_template(
        "ordering/own_order.html",
        part=part,
        order=order.head,
        lines=shown_lines(order.lines, order.head.currency),
        steps=steps(order.events, order.head),
        shipments=order.shipments,
        approved_by_name=order.approved_by_name,
        just_placed=just_placed,
        may_cancel=may_place and order.head.status in BUYER_MAY_CANCEL,
        may_confirm=may_place and order.head.status is OrderStatus.SHIPPED,
        may_reorder=may_place,
    )

"""The order desk of a seller: what came in, confirming, shipping from chosen warehouses, cancelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.ordering.errors import LinesRefused, OrderNotReady, OutOfStock
from portal.ordering.models import OrderStatus
from portal.ordering.queries.orders import (
    OPEN_STATUSES,
    OrderFilter,
    count_orders,
    get_order,
    list_events,
    list_explanations,
    list_orders,
    list_picks,
    list_shipments,
)
from portal.ordering.rules.life import OrderAct, may
from portal.ordering.rules.picking import Shelf, ToShip, propose_shipping
from portal.ordering.service.order_life import (
    ShipLine,
    ShipOrder,
    cancel_order,
    confirm_order,
    deliver_order,
    ship_order,
)
from portal.ordering.views.filters import order_csv, orders_page, read_filter
from portal.ordering.views.shown import shown_lines, status_text, steps
from portal.web.formatting import quantity_text
from portal.web.order_grid import read_quantity
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.errors import Conflict, Refusal
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

desk_screens = Screens("desk", __name__, capacity=Capacity.SELLER, url_prefix="/selling")
VIEW, MANAGE, SHIP = Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE, Permission.ORDERS_SHIP
_EXPORTED = 10_000
_SHORT_TEXT = 100


@desk_screens.screen("/orders", VIEW)
def show_all(principal: Principal) -> ResponseReturnValue:
    """List the orders received, newest first, with how many stand open."""
    asked = read_filter()
    page = orders_page(principal, asked.wanted)
    counts = count_orders(principal, OrderFilter())
    tabs = [
        {
            "label": gettext("All"),
            "url": url_for("desk.show_all"),
            "current": not asked.status,
        }
    ]
    tabs += [
        {
            "label": status_text(status),
            "url": url_for("desk.show_all", status=status.value),
            "current": asked.status == status.value,
            "count": counts[status],
        }
        for status in OPEN_STATUSES
    ]
    return render_template("ordering/desk.html", page=page, asked=asked, tabs=tabs, statuses=list(OrderStatus))


@desk_screens.screen("/orders.csv", VIEW)
def export(principal: Principal) -> ResponseReturnValue:
    """Give the list with its filters as CSV."""
    rows = list_orders(principal, read_filter().wanted, limit=_EXPORTED)
    return order_csv(rows[:_EXPORTED], buyers=True)


@desk_screens.screen("/orders/<path:order_number>", VIEW)
def show(principal: Principal, order_number: str) -> ResponseReturnValue:
    """Show an order received."""
    return _page(principal, order_number)


@desk_screens.screen("/orders/<path:order_number>/confirm", MANAGE, methods=["POST"])
def confirm(principal: Principal, order_number: str) -> ResponseReturnValue:
    """Confirm it."""
    try:
        confirm_order(principal, order_number)
        flash(gettext("Order %(number)s is confirmed.", number=order_number), "success")
    except OrderNotReady as refused:
        return _not_ready(principal, order_number, refused)
    return _back(order_number)


@desk_screens.screen("/orders/<path:order_number>/ship", SHIP, methods=["POST"])
def ship(principal: Principal, order_number: str) -> ResponseReturnValue:
    """Ship the quantities of the form, each from its warehouse."""
    parts, errors = _read_picks()
    if errors:
        return _page(principal, order_number, errors=errors, status=422)
    if not parts:
        message = gettext("Nothing was shipped: please enter at least one quantity.")
        return _page(principal, order_number, message=message, status=422)
    number, tracking = (
        request.form.get(name, "").strip()[:_SHORT_TEXT] for name in ("shipment_number", "tracking_code")
    )
    try:
        known = request.form.get("shipments_before", type=int)
        shipped = ship_order(principal, ShipOrder(order_number, tuple(parts), number, tracking, known))
    except OrderNotReady as refused:
        return _not_ready(principal, order_number, refused)
    except (LinesRefused, OutOfStock) as refused:
        rollback_at_edge()
        return _page(principal, order_number, errors=_refused_lines(refused), status=409)
    except Conflict:
        rollback_at_edge()
        message = gettext("Nothing was shipped: the delivery number %(number)s was used before.", number=number)
        return _page(principal, order_number, message=message, status=409)
    flash(gettext("Delivery %(number)s is on its way.", number=shipped.shipment_number), "success")
    return _back(order_number)


@desk_screens.screen("/orders/<path:order_number>/deliver", SHIP, methods=["POST"])
def deliver(principal: Principal, order_number: str) -> ResponseReturnValue:
    """Note that it arrived."""
    try:
        deliver_order(principal, order_number)
        flash(gettext("Order %(number)s is delivered.", number=order_number), "success")
    except OrderNotReady as refused:
        return _not_ready(principal, order_number, refused)
    return _back(order_number)


@desk_screens.screen("/orders/<path:order_number>/cancel", MANAGE, methods=["POST"])
def cancel(principal: Principal, order_number: str) -> ResponseReturnValue:
    """Cancel all that is open, or what is open of one line."""
    reason = request.form.get("reason", "").strip()[:200]
    line = request.form.get("line", "")
    try:
        lines = None
        if line:
            lines = {
                found.line: found.open_quantity
                for found in get_order(principal, order_number).lines
                if str(found.line) == line
            }
        cancel_order(principal, order_number, lines, reason)
        flash(gettext("What was open is cancelled."), "success")
    except OrderNotReady as refused:
        return _not_ready(principal, order_number, refused)
    except LinesRefused:
        rollback_at_edge()
        flash(gettext("Nothing of this line is open."), "error")
    return _back(order_number)


def _read_picks() -> tuple[list[ShipLine], dict[str, str]]:
    """Read the fields `pick-<line>` or `pick-<line>-<place>`, whose warehouse stands in `place-<line>-<place>`."""
    parts, errors = [], {}
    for name, text in request.form.items():
        if not name.startswith("pick-") or not text.strip():
            continue
        quantity = read_quantity(text)
        line = name.split("-")[1]
        if quantity is None or not line.isdecimal():
            errors[name] = gettext("This is not a quantity. Please enter a number.")
        elif quantity:
            warehouse = request.form.get(name.replace("pick-", "place-", 1))
            parts.append(ShipLine(int(line), quantity, warehouse))
    return parts, errors


def _refused_lines(refused: Refusal) -> dict[str, str]:
    errors = {}
    for fact in refused.details.get("lines", []):
        available = quantity_text(Decimal(fact["available_quantity"]))
        errors[f"line-{fact['line']}"] = gettext(
            "The warehouse holds only %(available)s for this.", available=available
        )
    for fact in refused.details.get("errors", []):
        limit = quantity_text(Decimal(fact.get("nearest", "0")))
        errors[f"line-{fact['line']}"] = gettext("Only %(limit)s is open.", limit=limit)
    return errors or {"": gettext("Nothing of this order has stock set aside.")}


def _not_ready(principal: Principal, order_number: str, refused: Refusal) -> ResponseReturnValue:
    rollback_at_edge()
    state = status_text(refused.details["order_status"])
    message = gettext("This was not possible any more: the order is “%(state)s” by now.", state=state)
    return _page(principal, order_number, message=message, status=409)


def _back(order_number: str) -> ResponseReturnValue:
    return redirect(url_for("desk.show", order_number=order_number), 303)


def _page(
    principal: Principal,
    order_number: str,
    *,
    errors: Mapping[str, str] | None = None,
    message: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    order = get_order(principal, order_number)
    state = order.head.status
    may_ship = principal.may(SHIP) and may(OrderAct.SHIP, state)
    picks: dict[int, list[Any]] = {}
    for pick in list_picks(principal, order.head.id) if may_ship else ():
        picks.setdefault(pick.line, []).append(pick)
    shipments = list_shipments(principal, order.head.id)
    page = render_template(
        "ordering/desk_order.html",
        order=order.head,
        lines=order.lines,
        shown=shown_lines(order.lines, order.head.currency),
        picks=picks,
        proposed=propose_shipping({line: _to_ship(rows) for line, rows in picks.items()}),
        explanations=list_explanations(principal, order.head.id),
        steps=steps(list_events(principal, order.head.id), order.head),
        shipments=shipments,
        shipments_before=len({row.shipment_number for row in shipments}),
        may_confirm=principal.may(MANAGE) and may(OrderAct.CONFIRM, state),
        may_ship=may_ship,
        may_deliver=principal.may(SHIP) and may(OrderAct.DELIVER, state),
        may_cancel=principal.may(MANAGE) and may(OrderAct.CANCEL, state),
        errors=errors or {},
        typed=request.form if request.method == "POST" else {},
        message=message,
    )
    return make_response(page, status)


def _to_ship(rows: Sequence[Any]) -> ToShip:
    return ToShip(rows[0].article_id, [Shelf(row.warehouse_id, row.allocated, row.free, row.on_hand) for row in rows])

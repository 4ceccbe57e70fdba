"""A buyer's orders: list, one order with its life and confirmation, reorder, cancel, receipt."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.ordering.errors import OrderNotReady
from portal.ordering.models import OrderStatus
from portal.ordering.queries.orders import list_orders
from portal.ordering.service.own_acts import cancel_own_order, confirm_own_receipt
from portal.ordering.service.reorder import reorder
from portal.ordering.views.filters import EXPORTED, order_csv, orders_page, read_filter
from portal.ordering.views.own_order_page import own_order_page
from portal.ordering.views.shown import change_text
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

own_orders_screens = Screens("own_orders", __name__, capacity=Capacity.BUYER, url_prefix="/buying")
VIEW, PLACE = Permission.ORDERS_VIEW, Permission.ORDERS_PLACE


@own_orders_screens.screen("/orders", VIEW)
def show_all(principal: Principal) -> ResponseReturnValue:
    """List own orders, newest first."""
    asked = read_filter()
    page = orders_page(principal, asked.wanted)
    return render_template("ordering/own_orders.html", page=page, asked=asked, statuses=list(OrderStatus))


@own_orders_screens.screen("/orders.csv", VIEW)
def export(principal: Principal) -> ResponseReturnValue:
    """Give the list with its filters as CSV."""
    rows = list_orders(principal, read_filter().wanted, limit=EXPORTED)
    return order_csv(rows[:EXPORTED], buyers=False)


@own_orders_screens.screen("/orders/<path:order_number>", VIEW)
def show(principal: Principal, order_number: str) -> ResponseReturnValue:
    """Show an order: what was ordered, what came, what is still to come."""
    return own_order_page(principal, order_number, just_placed=request.args.get("placed") == "yes")


@own_orders_screens.screen("/orders/<path:order_number>/reorder", PLACE, methods=["POST"])
def reorder_lines(principal: Principal, order_number: str) -> ResponseReturnValue:
    """Put the order's lines into the basket at today's prices and say what changed."""
    result = reorder(principal, order_number)
    flash(gettext("The lines of %(number)s are in the basket.", number=order_number), "success")
    for change in result.changes[:10]:
        flash(change_text(change, principal.currency), "info")
    return redirect(url_for("basket.show"), 303)


@own_orders_screens.screen("/orders/<path:order_number>/cancel", PLACE, methods=["POST"])
def cancel(principal: Principal, order_number: str) -> ResponseReturnValue:
    """Cancel an order the seller has not confirmed."""
    try:
        cancel_own_order(principal, order_number)
        flash(gettext("Order %(number)s is cancelled.", number=order_number), "success")
    except OrderNotReady:
        rollback_at_edge()
        flash(
            gettext(
                "%(seller)s has confirmed this order in the meantime. Only %(seller)s can cancel it now.",
                seller=principal.seller_name,
            ),
            "error",
        )
    return redirect(url_for("own_orders.show", order_number=order_number), 303)


@own_orders_screens.screen("/orders/<path:order_number>/received", PLACE, methods=["POST"])
def received(principal: Principal, order_number: str) -> ResponseReturnValue:
    """Note that everything arrived."""
    try:
        confirm_own_receipt(principal, order_number)
        flash(gettext("Thank you. The receipt is noted."), "success")
    except OrderNotReady:
        rollback_at_edge()
        flash(gettext("This order was not shipped completely, or its receipt is noted already."), "error")
    return redirect(url_for("own_orders.show", order_number=order_number), 303)

"""The orders of a chain's branches, as its head office sees them: totals by branch, lists, one order; nothing is done here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.ordering.branch_view import looking_at_branch
from portal.ordering.models import OrderStatus
from portal.ordering.queries.branches import list_branches_of_buyer
from portal.ordering.queries.orders import get_own_order, list_orders
from portal.ordering.views.filters import EXPORTED, order_csv, orders_page, read_filter
from portal.ordering.views.shown import shown_lines, steps
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

branch_screens = Screens("branches", __name__, capacity=Capacity.BUYER, url_prefix="/buying/branches")
VIEW = Permission.ORDERS_VIEW


@branch_screens.screen("/", VIEW)
def show_all(principal: Principal) -> ResponseReturnValue:
    """List the branches with what each ordered in a year."""
    rows = list_branches_of_buyer(principal)
    return render_template("ordering/branches.html", rows=rows, currency=principal.currency)


@branch_screens.screen("/<code>", VIEW)
def show(principal: Principal, code: str) -> ResponseReturnValue:
    """List a branch's orders, newest first."""
    asked = read_filter()
    with looking_at_branch(principal, code) as (branch, looking):
        page = orders_page(looking, asked.wanted)
    return render_template(
        "ordering/branch_orders.html", branch=branch, page=page, asked=asked, statuses=list(OrderStatus)
    )


@branch_screens.screen("/<code>/orders.csv", VIEW)
def export(principal: Principal, code: str) -> ResponseReturnValue:
    """Give the list with its filters as CSV."""
    with looking_at_branch(principal, code) as (_branch, looking):
        rows = list_orders(looking, read_filter().wanted, limit=EXPORTED)
    return order_csv(rows[:EXPORTED], buyers=False)


@branch_screens.screen("/<code>/orders/<path:order_number>", VIEW)
def show_order(principal: Principal, code: str, order_number: str) -> ResponseReturnValue:
    """Show an order of a branch."""
    with looking_at_branch(principal, code) as (branch, looking):
        order = get_own_order(looking, order_number)
    return render_template(
        "ordering/branch_order.html",
        branch=branch,
        order=order.head,
        lines=shown_lines(order.lines, order.head.currency),
        steps=steps(order.events, order.head),
        shipments=order.shipments,
        approved_by_name=order.approved_by_name,
    )


def load_branches(principal: Principal) -> Mapping[str, Any] | None:
    """Give the branches for the home page; nothing where there are none."""
    rows = list_branches_of_buyer(principal)
    return {"rows": rows, "currency": principal.currency} if rows else None

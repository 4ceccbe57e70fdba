"""The orders of a chain's branches over HTTP, read by its head office."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from portal.ordering.answers import OrderAnswer, OrderSummary, order_answer, order_summary
from portal.ordering.api.asked import OrdersQuery, after_order, order_filter
from portal.ordering.branch_view import looking_at_branch
from portal.ordering.queries.branches import list_branches_of_buyer
from portal.ordering.queries.orders import get_order, list_events, list_orders, list_shipments
from portal.web.api import Amount, ApiAnswer, Code, InvalidCursor, Page, operation, page_of
from tenants.errors import NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_VIEW: Any = {"permission": Permission.ORDERS_VIEW, "scope": Scope.BUYING_READ, "tags": ["branches"]}


class BranchAnswer(ApiAnswer):
    """A branch and what it ordered in the last 365 days."""

    code: str
    name: str
    city: str
    orders: int
    open_orders: int
    total: Amount = Field(description="Net, without cancelled orders.")
    last_placed_on: date | None


class BranchesAnswer(ApiAnswer):
    """All branches below the own organisation, by name."""

    currency: str
    branches: list[BranchAnswer]


@operation(
    "GET", "/buying/branches", summary="List your branches with what they ordered", response=BranchesAnswer, **_VIEW
)
def list_own_branches(principal: Principal) -> BranchesAnswer:
    """Also those below a branch. A branch sees those below itself alone."""
    rows = list_branches_of_buyer(principal)
    return BranchesAnswer(currency=principal.currency, branches=[BranchAnswer.model_validate(row) for row in rows])


@operation(
    "GET",
    "/buying/branches/{code}/orders",
    summary="List a branch's orders",
    query=OrdersQuery,
    response=Page[OrderSummary],
    errors=[InvalidCursor, NotFound],
    **_VIEW,
)
def list_branch_orders(principal: Principal, code: Code, query: OrdersQuery) -> Page[OrderSummary]:
    """Newest first."""
    with looking_at_branch(principal, code) as (_branch, looking):
        rows = list_orders(looking, order_filter(query), after=after_order(query), limit=query.limit)
    return page_of(rows, query.limit, order_summary, lambda row: (row.placed_at.isoformat(), row.id))


@operation(
    "GET",
    "/buying/branches/{code}/orders/{order_number}",
    summary="Read an order of a branch",
    response=OrderAnswer,
    errors=[NotFound],
    **_VIEW,
)
def read_branch_order(principal: Principal, code: Code, order_number: Code) -> OrderAnswer:
    """As the branch reads it."""
    with looking_at_branch(principal, code) as (_branch, looking):
        order = get_order(looking, order_number)
        events, shipments = list_events(looking, order.head.id), list_shipments(looking, order.head.id)
    return order_answer(order, events, shipments)

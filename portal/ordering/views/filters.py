"""Filters, paging and export of order lists; all of it lives in the address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, request

from portal.ordering.models import OrderStatus
from portal.ordering.queries.orders import OPEN_STATUSES, OrderFilter, OrderRow, list_orders
from portal.ordering.views.shown import status_text
from portal.web.api import read_cursor
from portal.web.api.paging import write_cursor
from portal.web.csv_file import Cell, csv_answer
from tenants.principal import Principal

PAGE_SIZE = 20
EXPORTED = 5000
"""Orders of a file."""
_OPEN = "open"


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter, and its parts as they stand in the address."""

    wanted: OrderFilter
    status: str
    words: str
    buyer: str
    placed_from: str
    placed_to: str

    @property
    def is_narrowed(self) -> bool:
        """Tell whether any filter is on."""
        return any((self.status, self.words, self.buyer, self.placed_from, self.placed_to))


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """One page of orders."""

    rows: Sequence[OrderRow]
    next_cursor: str | None


def read_filter() -> Asked:
    """Read the filter from the address; what makes no sense there filters nothing."""
    status = request.args.get("status", "")
    statuses: tuple[OrderStatus, ...] = ()
    if status == _OPEN:
        statuses = OPEN_STATUSES
    elif status in set(OrderStatus):
        statuses = (OrderStatus(status),)
    words, buyer = _words("q"), _words("buyer")
    placed_from, placed_to = request.args.get("from", ""), request.args.get("to", "")
    wanted = OrderFilter(statuses, buyer, _day(placed_from), _day(placed_to), words)
    return Asked(wanted, status if statuses else "", words, buyer, placed_from, placed_to)


def orders_page(principal: Principal, wanted: OrderFilter) -> OrdersPage:
    """Give the page of orders that the address asks for."""
    key = read_cursor(request.args.get("cursor"), 2)
    after = None if key is None else (str(key[0]), int(key[1]))
    rows = list_orders(principal, wanted, after=after, limit=PAGE_SIZE)
    shown = rows[:PAGE_SIZE]
    more = len(rows) > PAGE_SIZE
    return OrdersPage(shown, write_cursor((shown[-1].placed_at.isoformat(), shown[-1].id)) if more else None)


def order_csv(rows: Iterable[OrderRow], *, buyers: bool) -> Response:
    """Give orders as a CSV file."""
    head = [
        "order_number",
        "placed_on",
        "status",
        "lines",
        "total",
        "currency",
        "purchase_order_number",
        "requested_on",
    ]
    if buyers:
        head += ["buyer", "buyer_name"]
    return csv_answer("orders", head, (_exported(row, buyers=buyers) for row in rows))


def _exported(row: OrderRow, *, buyers: bool) -> tuple[Cell, ...]:
    values = (
        row.order_number,
        row.placed_on,
        str(status_text(row.status)),
        row.line_count,
        row.total.normalize(),
        row.currency,
        row.purchase_order_number,
        row.requested_on,
    )
    return (*values, row.buyer_code, row.buyer_name) if buyers else values


def _words(name: str) -> str:
    return request.args.get(name, "").strip()[:100].replace("\x00", "")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

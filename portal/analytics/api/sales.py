"""A seller's own figures for its programs: sales, this month, and the rhythm of its customers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from portal.analytics.api.window import PRINTABLE, MonthsQuery, Printable, asked_months, month_end
from portal.analytics.queries.sales import (
    Customer,
    SalesDimension,
    SalesFilter,
    SalesKey,
    compare_month,
    list_customers,
    list_sales,
)
from portal.analytics.rules import CustomerState, month_of
from portal.core.i18n import reader_locale
from portal.web.api import (
    USUAL_ITEMS,
    Amount,
    ApiAnswer,
    ApiQuery,
    Cursor,
    InvalidCursor,
    Limit,
    Page,
    StockQuantity,
    operation,
    page_of,
    read_cursor,
    read_text_cursor,
)
from tenants.errors import InvalidInput
from tenants.permissions import Permission, Scope
from tenants.principal import Principal


class SalesQuery(MonthsQuery):
    """Which months, and by what."""

    by: SalesDimension = SalesDimension.MONTH
    category: Printable = Field("", description="A category's path alone, with what lies below it; not by retailer.")
    retailer: Annotated[str, StringConstraints(max_length=100, pattern=PRINTABLE)] = Field(
        "", description="A customer's code alone; not by retailer."
    )
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class SalesRowAnswer(ApiAnswer):
    """What was ordered less what was cancelled, in base units and net in `currency`."""

    key: str = Field(description="Month, category path, customer's code or SKU.")
    name: str
    units: StockQuantity
    net_amount: Amount
    currency: str


class MonthAnswer(ApiAnswer):
    """Sales of this month so far, against the same days of the month before."""

    today: date = Field(description="In the seller's time zone.")
    net_amount: Amount
    net_amount_before: Amount
    orders: int
    orders_before: int
    currency: str


class CustomersQuery(ApiQuery):
    """Customers in which state, and which page."""

    state: CustomerState | None = None
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class CustomerAnswer(ApiAnswer):
    """How a customer orders."""

    customer: str = Field(description="Its code.")
    name: str
    state: CustomerState = Field(
        description="`slowing`: 1.5 times the usual interval has passed without an order; `lapsed`: none in 90 days;"
        " `new`: the first within 30 days."
    )
    first_order_on: date
    last_order_on: date
    order_days: int = Field(description="Days with an order in the two years before the last one.")
    usual_interval_days: StockQuantity | None = Field(description="The median interval; null before there is one.")
    expected_on: date | None = Field(description="When the next order is usually there.")
    average_order_amount: Amount | None
    currency: str


@operation(
    "GET",
    "/selling/figures",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    query=SalesQuery,
    response=Page[SalesRowAnswer],
    errors=[InvalidInput, InvalidCursor],
    summary="Own sales by month, category, retailer or product",
    tags=["figures"],
)
def sales_figures(principal: Principal, query: SalesQuery) -> Page[SalesRowAnswer]:
    """Whole months: every month that begins before `to`, from the month of `from` on. Months in order, all else by amount.

    A cursor goes on with the same question; what is sold between two pages may move a row to one that was read.
    """
    first, until = asked_months(principal, query)
    wanted = SalesFilter(month_of(first), month_end(until), query.category, query.retailer)
    after = _after(query)
    found = list_sales(principal, wanted, query.by, language=reader_locale(), after=after, limit=query.limit + 1)
    return page_of(
        found.rows,
        query.limit,
        lambda row: SalesRowAnswer(
            key=row.key, name=row.name, units=row.units, net_amount=row.amount, currency=principal.currency
        ),
        lambda row: (query.by.value, row.amount, row.tie),
    )


def _after(query: SalesQuery) -> SalesKey | None:
    key = read_cursor(query.cursor, 3)
    if key is None:
        return None
    by, amount, tie = key
    if by != query.by.value:
        raise InvalidCursor(
            "Use a next_cursor of this list.", errors=[{"parameter": "cursor", "detail": f"It is by {by}."}]
        )
    return SalesKey(Decimal(amount), tie)


@operation(
    "GET",
    "/selling/figures/month",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    response=MonthAnswer,
    summary="This month's sales so far against the month before",
    tags=["figures"],
)
def month_figures(principal: Principal) -> MonthAnswer:
    """The same days of both months; what was cancelled is not counted."""
    found = compare_month(principal)
    return MonthAnswer(
        today=found.today,
        net_amount=found.amount,
        net_amount_before=found.amount_before,
        orders=found.orders,
        orders_before=found.orders_before,
        currency=principal.currency,
    )


@operation(
    "GET",
    "/selling/figures/customers",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    query=CustomersQuery,
    response=Page[CustomerAnswer],
    errors=[InvalidCursor],
    summary="The rhythm of customers: slowing, lapsed, new, active",
    tags=["figures"],
)
def customer_figures(principal: Principal, query: CustomersQuery) -> Page[CustomerAnswer]:
    """Active customers that have ordered within two years, by code."""
    behind = read_text_cursor(query.cursor) or ""
    _, customers = list_customers(principal)
    wanted = [one for one in customers if one.code > behind and query.state in {None, one.state}]
    rows = sorted(wanted, key=lambda one: one.code)[: query.limit + 1]
    return page_of(rows, query.limit, lambda one: _customer(one, principal.currency), lambda one: (one.code,))


def _customer(one: Customer, currency: str) -> CustomerAnswer:
    rhythm = one.rhythm
    return CustomerAnswer(
        customer=one.code,
        name=one.name,
        state=one.state,
        first_order_on=rhythm.first_on,
        last_order_on=rhythm.last_on,
        order_days=rhythm.order_days,
        usual_interval_days=None if rhythm.usual_days is None else Decimal(rhythm.usual_days),
        expected_on=rhythm.expected_on(),
        average_order_amount=one.average_amount,
        currency=currency,
    )

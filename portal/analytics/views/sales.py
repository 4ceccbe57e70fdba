"""A seller's own figures: sales by month, category, retailer and product, and the rhythm of its customers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.analytics.queries.sales import (
    Customer,
    SalesDimension,
    SalesFilter,
    SalesRow,
    SalesRows,
    category_labels,
    list_customers,
    list_retailers,
    list_sales,
    today_of,
)
from portal.analytics.rules import CustomerState
from portal.analytics.views.window import Window, month_key_text, read_window, reader_language
from portal.web.charts import Chart, Series, bar_chart
from portal.web.csv_file import Cell, csv_answer
from portal.web.formatting import money, month_text
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

figures = Screens("figures", __name__, capacity=Capacity.SELLER, url_prefix="/selling/figures")
_SHOWN, _EXPORTED = 50, 100_000
_CUSTOMER_HEAD = (
    *("customer", "name", "state", "first_order_on", "last_order_on", "order_days", "usual_interval_days"),
    *("expected_on", "average_order_amount", "currency"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    window: Window
    by: SalesDimension
    category: str
    retailer: str

    @property
    def wanted(self) -> SalesFilter:
        """The filter of the query."""
        return SalesFilter(self.window.first, self.window.until, self.category, self.retailer)

    @property
    def parameters(self) -> dict[str, str]:
        """The same as an address."""
        chosen = {"category": self.category, "retailer": self.retailer, "by": self.by.value}
        return {**self.window.parameters, **{name: value for name, value in chosen.items() if value}}


@figures.screen("/", Permission.FIGURES_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show totals, months, and one dimension as a table."""
    asked = _asked(principal)
    labels = category_labels(principal, principal.owner_ids, reader_language())
    months = list_sales(principal, asked.wanted, SalesDimension.MONTH, limit=_EXPORTED).rows
    if asked.by is SalesDimension.MONTH:
        found = SalesRows(months, len(months))
    else:
        found = list_sales(principal, asked.wanted, asked.by, language=reader_language(), limit=_SHOWN)
    return render_template(
        "analytics/sales.html",
        asked=asked,
        dimensions=dimension_labels(),
        rows=[_named(row, asked.by, labels) for row in found.rows],
        count=found.count,
        amount=sum((row.amount for row in months), Decimal(0)),
        units=sum((row.units for row in months), Decimal(0)),
        chart=_chart(months, asked.window, principal.currency),
        categories=labels,
        retailers=list_retailers(principal),
        today=today_of(principal),
    )


@figures.screen("/sales.csv", Permission.FIGURES_VIEW)
def export(principal: Principal) -> ResponseReturnValue:
    """Give the whole table as CSV."""
    asked = _asked(principal)
    labels = category_labels(principal, principal.owner_ids, reader_language())
    found = list_sales(principal, asked.wanted, asked.by, language=reader_language(), limit=_EXPORTED)
    months = asked.window.parameters.values()
    return csv_answer(
        f"sales-by-{asked.by.value}",
        (asked.by.value, "name", "units", "net_amount", "currency", "from", "to"),
        [
            (row.key, _named(row, asked.by, labels).name, row.units, row.amount, principal.currency, *months)
            for row in found.rows
        ],
    )


@figures.screen("/customers", Permission.FIGURES_VIEW)
def show_customers(principal: Principal) -> ResponseReturnValue:
    """Show who has not ordered when an order was expected, who is new and who is gone."""
    today, customers = list_customers(principal)
    state = _state()
    return render_template(
        "analytics/customers.html",
        today=today,
        state=state,
        states=state_labels(),
        counts={one: sum(customer.state is one for customer in customers) for one in CustomerState},
        customers=[customer for customer in customers if customer.state is state],
    )


@figures.screen("/customers.csv", Permission.FIGURES_VIEW)
def export_customers(principal: Principal) -> ResponseReturnValue:
    """Give the customers in that state as CSV."""
    _, customers = list_customers(principal)
    state = _state()
    return csv_answer(
        f"customers-{state.value}",
        _CUSTOMER_HEAD,
        [_customer_row(one, principal.currency) for one in customers if one.state is state],
    )


def _customer_row(one: Customer, currency: str) -> list[Cell]:
    rhythm = one.rhythm
    days = (rhythm.first_on, rhythm.last_on, rhythm.order_days, rhythm.usual_days, rhythm.expected_on())
    return [one.code, one.name, one.state.value, *days, one.average_amount, currency]


def _asked(principal: Principal) -> Asked:
    by = request.args.get("by", SalesDimension.MONTH.value)
    if by not in set(SalesDimension):
        abort(404)
    by = SalesDimension(by)
    # A category of a retailer's table would need all lines of all retailers; a retailer's own table is a filter already.
    by_retailer = by is SalesDimension.RETAILER
    category, retailer = (
        "" if by_retailer else request.args.get("category", ""),
        "" if by_retailer else request.args.get("retailer", ""),
    )
    return Asked(read_window(today_of(principal)), by, category, retailer)


def _state() -> CustomerState:
    state = request.args.get("state", CustomerState.SLOWING.value)
    if state not in set(CustomerState):
        abort(404)
    return CustomerState(state)


def _named(row: SalesRow, by: SalesDimension, labels: dict[str, str]) -> SalesRow:
    if by is SalesDimension.MONTH:
        return row._replace(name=month_key_text(row.key))
    if by is SalesDimension.CATEGORY:
        return row._replace(name=labels.get(row.key) or row.key or gettext("Without category"))
    if by is SalesDimension.RETAILER:
        return row._replace(name=row.name or gettext("Former customer"))
    return row._replace(name=row.name or gettext("Former product"))


def _chart(months: list[SalesRow], window: Window, currency: str) -> Chart:
    known = {row.key: row.amount for row in months}
    return bar_chart(
        "sales-months",
        gettext("Sales by month, net in %(currency)s", currency=currency),
        [month_text(month) for month in window.months],
        [Series(gettext("Sales"), [known.get(f"{month:%Y-%m}", Decimal(0)) for month in window.months])],
        description=gettext("Net sales, month by month."),
        label_heading=gettext("Month"),
        show=lambda value: money(value, currency),
    )


def dimension_labels() -> dict[SalesDimension, str]:
    """Give what the dimensions are called."""
    return {
        SalesDimension.MONTH: gettext("Month"),
        SalesDimension.CATEGORY: gettext("Category"),
        SalesDimension.RETAILER: gettext("Customer"),
        SalesDimension.PRODUCT: gettext("Product"),
    }


def state_labels() -> dict[CustomerState, str]:
    """Give what the states are called."""
    return {
        CustomerState.SLOWING: gettext("Expected order missed"),
        CustomerState.NEW: gettext("New"),
        CustomerState.LAPSED: gettext("Lapsed"),
        CustomerState.ACTIVE: gettext("In rhythm"),
    }

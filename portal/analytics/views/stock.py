"""The brand owner's stock in the channel: what wholesalers that share it have on hand, and how long it lasts."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.analytics.models import Grant
from portal.analytics.queries.channel import list_wholesalers
from portal.analytics.queries.sales import category_labels
from portal.analytics.queries.stock import StockFilter, count_stock, list_stock, stock_coverage
from portal.analytics.service.sharing import note_access
from portal.analytics.views.window import reader_language
from portal.web.csv_file import csv_answer
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

stock = Screens("channel_stock", __name__, capacity=Capacity.BRAND_OWNER, url_prefix="/brand/stock")
_MOST_SHOWN = 100


@stock.screen("/", Permission.CHANNEL_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show what is on hand at whom, what lasts shortest first."""
    chosen = _asked()
    note_access(principal, "stock; screen", chosen.wholesaler, grant=Grant.STOCK)
    return render_template(
        "analytics/stock.html",
        rows=list_stock(principal, chosen, language=reader_language(), limit=_MOST_SHOWN),
        count=count_stock(principal, chosen),
        coverage=stock_coverage(principal),
        chosen=chosen,
        wholesalers=list_wholesalers(principal),
        categories=category_labels(principal, [principal.owning()], reader_language()),
    )


@stock.screen("/stock.csv", Permission.CHANNEL_VIEW)
def export(principal: Principal) -> ResponseReturnValue:
    """Give the table as CSV, with its coverage on every row."""
    chosen = _asked()
    note_access(principal, "stock; export", chosen.wholesaler, grant=Grant.STOCK)
    rows = list_stock(principal, chosen, language=reader_language())
    coverage = stock_coverage(principal)
    head = ("wholesaler", "wholesaler_name", "product", "name", "unit", "category", "on_hand", "cover_days", "as_of")
    tail = (coverage.wholesalers_shown, coverage.wholesalers)
    return csv_answer(
        "channel-stock", (*head, "wholesalers_shown", "wholesalers_in_channel"), [(*row, *tail) for row in rows]
    )


def _asked() -> StockFilter:
    return StockFilter(request.args.get("wholesaler", ""), request.args.get("category", ""))

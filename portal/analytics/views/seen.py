"""As the manufacturer sees us: its own pages, from what its role would get of this wholesaler alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.analytics.queries.activity import USUAL, list_activities, list_distribution, list_retailers
from portal.analytics.queries.channel import Coverage, Dimension, product_names
from portal.analytics.queries.sales import category_labels, today_of
from portal.analytics.queries.sharing import (
    Agreement,
    list_shared_units,
    list_shown_forecasts,
    list_shown_sell_in,
    list_shown_values,
    shown_newest,
)
from portal.analytics.queries.stock import list_shown_stock
from portal.analytics.rules import total
from portal.analytics.views.activity import MOST_SHOWN, state_labels
from portal.analytics.views.channel_lines import Line, dimension_labels, lines_of, month_chart, named_lines, ordered
from portal.analytics.views.forecast import week_ends
from portal.analytics.views.sharing import agreement_of, sharing
from portal.analytics.views.window import Window, month_key_text, read_window, reader_language
from portal.web.csv_file import csv_answer
from tenants.permissions import Permission
from tenants.principal import Principal

_MOST_SHOWN = 100
_VIEWS = {one.value: one for one in (Dimension.MONTH, Dimension.CATEGORY, Dimension.PRODUCT, Dimension.REGION)}


@sharing.screen("/<brand_owner>/seen", Permission.FIGURES_VIEW)
def show_seen(principal: Principal, brand_owner: str) -> ResponseReturnValue:
    """Show the brand owner's channel page, demand plan, stock and retailers of this seller, folded as for it."""
    agreement = agreement_of(principal, brand_owner)
    window, by = read_window(today_of(principal)), _by()
    lines = _lines(principal, agreement, window, by)
    months = lines if by is Dimension.MONTH else _lines(principal, agreement, window, Dimension.MONTH)
    newest = shown_newest(principal, agreement.brand_owner_id)
    is_shown, is_valued = (agreement.is_shown and grant in agreement.grants for grant in ("units", "value"))
    forecasts = list_shown_forecasts(principal, agreement.brand_owner_id)[:_MOST_SHOWN]
    shown = ordered(lines, by)
    stock = list_shown_stock(principal, agreement.brand_owner_id, reader_language())
    return render_template(
        "analytics/seen.html",
        agreement=agreement,
        window=window,
        by=by,
        dimensions={one: label for one, label in dimension_labels().items() if one.value in _VIEWS},
        lines=named_lines(shown[:_MOST_SHOWN], _names(principal, agreement, shown[:_MOST_SHOWN], by)),
        count=len(lines),
        unassigned=Decimal(0),
        sell_in=total(line.sell_in for line in months),
        sell_through=total(line.sell_through for line in months),
        coverage=Coverage(int(is_shown), 1, None),
        sell_in_on=newest.get("sell_in"),
        sell_through_on=newest.get("sell_through") if is_shown else None,
        value=total(line.value for line in months),
        value_coverage=Coverage(int(is_valued), 1, None),
        value_on=None,
        currency=agreement.currency,
        chart=month_chart(months, window),
        forecasts=forecasts,
        stock=stock[:_MOST_SHOWN],
        stock_count=len(stock),
        **_retailers(principal, agreement),
        weeks=week_ends(forecasts[0].origin_on) if forecasts else [],
        products=product_names(agreement.brand_owner_id, [one.product for one in forecasts], reader_language()),
    )


def _retailers(principal: Principal, agreement: Agreement) -> dict[str, Any]:
    owner, language, most = agreement.brand_owner_id, reader_language(), MOST_SHOWN + 1
    return {
        "chosen": USUAL,
        "activities": list_activities(principal, seen_by=owner),
        "retailers": list_retailers(principal, seen_by=owner, limit=most),
        "distribution": list_distribution(principal, seen_by=owner, language=language, widest_first=True, limit=most),
        "most_shown": MOST_SHOWN,
        "states": state_labels(),
    }


@sharing.screen("/<brand_owner>/seen.csv", Permission.FIGURES_VIEW)
def export_seen(principal: Principal, brand_owner: str) -> ResponseReturnValue:
    """Give the same table as CSV."""
    agreement = agreement_of(principal, brand_owner)
    window, by = read_window(today_of(principal)), _by()
    lines = ordered(_lines(principal, agreement, window, by), by)
    rows = [(line.key, line.sell_in, line.sell_through, line.value, agreement.currency) for line in lines]
    head = (by.value, "sell_in_units", "sell_through_units", "list_price_value", "currency")
    return csv_answer(f"seen-by-{by.value}", head, rows)


def _by() -> Dimension:
    by = _VIEWS.get(request.args.get("by", Dimension.MONTH.value))
    if by is None:
        abort(404)
    return by


def _lines(principal: Principal, agreement: Agreement, window: Window, by: Dimension) -> list[Line]:
    sell_in = list_shown_sell_in(principal, agreement.brand_owner_id, window.first, window.until, [by])
    sell_through = list_shared_units(principal, agreement, window.first, window.until, [by])
    values = list_shown_values(principal, agreement.brand_owner_id, window.first, window.until, [by])
    return lines_of(sell_in, sell_through, by, {}, values)


def _names(principal: Principal, agreement: Agreement, lines: list[Line], by: Dimension) -> dict[str, str]:
    keys = [line.key for line in lines]
    if by is Dimension.CATEGORY:
        return category_labels(principal, [agreement.brand_owner_id], reader_language())
    if by is Dimension.PRODUCT:
        return product_names(agreement.brand_owner_id, keys, reader_language())
    return {key: month_key_text(key) for key in keys} if by is Dimension.MONTH else {}

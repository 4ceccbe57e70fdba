"""What a seller expects: demand by product, missed orders, what promotions brought, and how good the forecast has been."""

from __future__ import annotations

from datetime import date, timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.analytics.queries.forecast import (
    find_state,
    list_accuracy,
    list_effects,
    list_forecasts,
    list_missed_orders,
)
from portal.analytics.queries.sales import category_labels, today_of
from portal.analytics.views.window import reader_language
from portal.web.csv_file import csv_answer
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

forecast = Screens("forecast", __name__, capacity=Capacity.SELLER, url_prefix="/selling/forecast")
_SHOWN, _EXPORTED = 50, 100_000
_WEEKS = range(1, 5)


@forecast.screen("/", Permission.FIGURES_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show the products with the largest demand expected, week by week."""
    category = request.args.get("category", "")
    rows = list_forecasts(principal, category=category, language=reader_language(), limit=_SHOWN + 1)
    return render_template(
        "analytics/forecast.html",
        rows=rows[:_SHOWN],
        has_more=len(rows) > _SHOWN,
        weeks=week_ends(rows[0].origin_on) if rows else [],
        origin_on=rows[0].origin_on if rows else None,
        category=category,
        categories=category_labels(principal, principal.owner_ids, reader_language()),
        classes=class_labels(),
    )


@forecast.screen("/forecast.csv", Permission.FIGURES_VIEW)
def export(principal: Principal) -> ResponseReturnValue:
    """Give all of them as CSV, a line for each product."""
    rows = list_forecasts(
        principal, category=request.args.get("category", ""), language=reader_language(), limit=_EXPORTED
    )
    bounds = [f"{name}_{week}" for week in _WEEKS for name in ("quantity", "low", "high")]
    head = (
        "product",
        "name",
        "unit",
        "as_of",
        "class",
        "method",
        "recent_quantity",
        "expected_quantity",
        "on_hand",
        *bounds,
    )
    return csv_answer(
        "forecast",
        head,
        [
            (
                *(row.sku, row.name, row.unit, row.origin_on, row.demand_class, row.method),
                *(row.recent_quantity, row.expected_quantity, row.on_hand),
                *(figure for week in zip(row.quantities, row.lows, row.highs, strict=True) for figure in week),
            )
            for row in rows
        ],
    )


@forecast.screen("/missed", Permission.FIGURES_VIEW)
def show_missed(principal: Principal) -> ResponseReturnValue:
    """Show which customers have not ordered what they usually do."""
    retailer = request.args.get("retailer", "")
    rows = list_missed_orders(principal, retailer=retailer, language=reader_language(), limit=_SHOWN + 1)
    return render_template(
        "analytics/forecast_missed.html",
        rows=rows[:_SHOWN],
        has_more=len(rows) > _SHOWN,
        retailer=retailer,
        today=today_of(principal),
    )


@forecast.screen("/missed.csv", Permission.FIGURES_VIEW)
def export_missed(principal: Principal) -> ResponseReturnValue:
    """Give all of them as CSV."""
    rows = list_missed_orders(
        principal, retailer=request.args.get("retailer", ""), language=reader_language(), limit=_EXPORTED
    )
    head = ("customer", "customer_name", "product", "name", "unit", "last_order_on", "usual_interval_days")
    return csv_answer(
        "missed-orders",
        (*head, "usual_quantity", "expected_on", "order_days", "weekly_quantity"),
        [tuple(row) for row in rows],
    )


@forecast.screen("/promotions", Permission.FIGURES_VIEW)
def show_promotions(principal: Principal) -> ResponseReturnValue:
    """Show what promotions brought beyond the forecast without them."""
    return render_template("analytics/forecast_promotions.html", rows=list_effects(principal))


@forecast.screen("/accuracy", Permission.FIGURES_VIEW)
def show_accuracy(principal: Principal) -> ResponseReturnValue:
    """Show the backtest: error by kind of product, beside the naive method."""
    return render_template(
        "analytics/forecast_accuracy.html",
        state=find_state(principal),
        rows=list_accuracy(principal),
        classes=class_labels(),
        methods=method_labels(),
    )


def week_ends(origin: date) -> list[date]:
    """Give the Sundays of the coming weeks."""
    return [origin + timedelta(weeks=week) for week in _WEEKS]


def class_labels() -> dict[str, str]:
    """Give what the kinds of demand are called."""
    return {
        "smooth": gettext("even"),
        "erratic": gettext("uneven"),
        "intermittent": gettext("seldom"),
        "lumpy": gettext("seldom and uneven"),
    }


def method_labels() -> dict[str, str]:
    """Give what the methods are called."""
    return {
        "naive": gettext("last week again"),
        "ma13": gettext("mean of 13 weeks"),
        "ma26": gettext("mean of 26 weeks"),
        "ma52": gettext("mean of 52 weeks"),
        "median13": gettext("median of 13 weeks"),
        "ses": gettext("exponential smoothing"),
        "sba": "SBA",
        "tsb": "TSB",
        "adida": "ADIDA",
        "combined": gettext("combination of all"),
    }

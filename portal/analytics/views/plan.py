"""The brand owner's demand planning sheet: what sharing wholesalers are expected to sell on, and to order."""

from __future__ import annotations

from decimal import Decimal

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.analytics.queries.forecast import get_plan
from portal.analytics.service.sharing import note_access
from portal.analytics.views.forecast import week_ends
from portal.analytics.views.window import reader_language
from portal.web.csv_file import csv_answer
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

plan = Screens("plan", __name__, capacity=Capacity.BRAND_OWNER, url_prefix="/brand/plan")
_SHOWN = 100


@plan.screen("/", Permission.CHANNEL_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show product by product what is expected, week by week."""
    found = get_plan(principal, language=reader_language())
    note_access(principal, "demand plan; screen")
    return render_template(
        "analytics/plan.html",
        plan=found,
        lines=found.lines[:_SHOWN],
        weeks=week_ends(found.origin_on) if found.origin_on else [],
    )


@plan.screen("/plan.csv", Permission.CHANNEL_VIEW)
def export(principal: Principal) -> ResponseReturnValue:
    """Give the sheet as CSV, with its coverage and age on every row."""
    found = get_plan(principal, language=reader_language())
    note_access(principal, "demand plan; export")
    weeks = [f"sell_through_week_{week}" for week in range(1, 5)]
    head = ("product", "name", "unit", "category", "wholesalers", "sell_through_recent", *weeks, "sell_in_expected")
    return csv_answer(
        "demand-plan",
        (*head, "as_of", "wholesalers_shown", "wholesalers_in_channel"),
        [
            (
                *(line.sku, line.name, line.unit, line.category, line.wholesalers, line.recent_quantity),
                *(line.quantities or (None,) * len(weeks)),
                sum(line.sell_in_quantities, Decimal(0)) if line.sell_in_quantities else None,
                *(found.origin_on, found.sharing, found.wholesalers),
            )
            for line in found.lines
        ],
    )

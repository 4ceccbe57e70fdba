"""Retailers in the channel: how those of wholesalers that share it stand, under pseudonyms or by name, and what they buy."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.analytics.models import Grant
from portal.analytics.queries.activity import (
    WINDOWS,
    ActivityFilter,
    RetailerState,
    activity_coverage,
    list_activities,
    list_distribution,
    list_retailers,
)
from portal.analytics.queries.channel import list_wholesalers
from portal.analytics.service.sharing import note_access
from portal.analytics.views.window import reader_language
from portal.web.csv_file import csv_answer
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

activity = Screens("channel_activity", __name__, capacity=Capacity.BRAND_OWNER, url_prefix="/brand/activity")
MOST_SHOWN = 50


@activity.screen("/", Permission.CHANNEL_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show how retailers stand, wholesaler by wholesaler, how widely products are distributed, and each retailer."""
    chosen = asked_activity()
    note_looks(principal, chosen, "screen")
    retailers = list_retailers(principal, chosen, limit=MOST_SHOWN + 1)
    distribution = list_distribution(
        principal, chosen, language=reader_language(), widest_first=True, limit=MOST_SHOWN + 1
    )
    return render_template(
        "analytics/activity.html",
        activities=list_activities(principal, chosen),
        retailers=retailers,
        distribution=distribution,
        most_shown=MOST_SHOWN,
        coverage=activity_coverage(principal),
        chosen=chosen,
        windows=window_choices(),
        states=state_labels(),
        wholesalers=list_wholesalers(principal),
    )


@activity.screen("/retailers.csv", Permission.CHANNEL_VIEW)
def export_retailers(principal: Principal) -> ResponseReturnValue:
    """Give all retailers as CSV, name and place where they are granted."""
    chosen = asked_activity()
    note_looks(principal, chosen, "export")
    head = ("wholesaler", "wholesaler_name", "retailer", "state", "products", "reorder_days", "name", "place", "days")
    return csv_answer("channel-retailers", head, [(*row, chosen.days) for row in list_retailers(principal, chosen)])


@activity.screen("/distribution.csv", Permission.CHANNEL_VIEW)
def export_distribution(principal: Principal) -> ResponseReturnValue:
    """Give how widely each product is distributed as CSV."""
    chosen = asked_activity()
    note_access(principal, "activity; export", chosen.wholesaler, grant=Grant.ACTIVITY)
    rows = list_distribution(principal, chosen, language=reader_language())
    head = ("wholesaler", "wholesaler_name", "product", "name", "points", "numeric_distribution")
    return csv_answer("channel-distribution", head, rows)


def note_looks(principal: Principal, chosen: ActivityFilter, how: str) -> None:
    """Note for each wholesaler that its retailers were looked at, and for those that grant it that names were seen."""
    for what, grant in (("activity", Grant.ACTIVITY), ("names", Grant.IDENTITY)):
        note_access(principal, f"{what}; {how}", chosen.wholesaler, grant=grant)


def asked_activity() -> ActivityFilter:
    """Read the window and the wholesaler from the address."""
    days = request.args.get("days", "")
    known = {str(window): window for window in WINDOWS}
    return ActivityFilter(known.get(days, WINDOWS[-1]), request.args.get("wholesaler", ""))


def window_choices() -> list[tuple[str, str]]:
    """Say by which windows retailers are active, new or lapsed."""
    return [(str(days), gettext("%(days)s days", days=days)) for days in WINDOWS]


def state_labels() -> dict[RetailerState, tuple[str, str]]:
    """Say how a retailer stands, with how it is marked."""
    return {
        RetailerState.NEW: (gettext("new"), "good"),
        RetailerState.ACTIVE: (gettext("active"), "neutral"),
        RetailerState.LAPSED: (gettext("lapsed"), "attention"),
    }

"""Who looked at what a wholesaler shares: a page that can be narrowed down, and the same as a file."""

from __future__ import annotations

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.analytics.queries.access import Access, AccessFilter, Way, list_access, list_onlookers
from portal.analytics.queries.sharing import list_agreements
from portal.analytics.views.access_words import access_words
from portal.analytics.views.sharing import sharing
from portal.web.api.paging import page_of, read_cursor
from portal.web.csv_file import csv_answer
from tenants.permissions import Permission
from tenants.principal import Principal

_PAGE, _EXPORTED = 50, 100_000
_LONGEST = 200


@sharing.screen("/access", Permission.FIGURES_VIEW)
def show_access(principal: Principal) -> ResponseReturnValue:
    """Show who looked at or took what, the newest first."""
    after = read_cursor(request.args.get("cursor"), 2)
    position = (str(after[0]), str(after[1])) if after else None
    chosen = _chosen()
    looked = list_access(principal, chosen, limit=_PAGE + 1, after=position)
    return render_template(
        "analytics/access.html",
        chosen=chosen,
        page=page_of(looked, _PAGE, lambda row: row, _position),
        people=[(name, name) for name in list_onlookers(principal)],
        brand_owners=[(one.brand_owner, one.brand_owner_name) for one in list_agreements(principal)],
        ways=list(way_labels().items()),
        words=access_words,
    )


@sharing.screen("/access.csv", Permission.FIGURES_VIEW)
def export_access(principal: Principal) -> ResponseReturnValue:
    """Give the same as CSV, all pages of it."""
    rows = list_access(principal, _chosen(), limit=_EXPORTED)
    return csv_answer(
        "sharing-access",
        ("at", "brand_owner", "name", "who", "what"),
        [(row.at.isoformat(timespec="seconds"), row.brand_owner, row.brand_owner_name, row.actor_name, row.what)
         for row in rows],
    )  # fmt: skip


def way_labels() -> dict[str, str]:
    """Say how figures can be taken."""
    return {
        Way.SCREEN.value: gettext("on screen"),
        Way.HOME.value: gettext("on the home page"),
        Way.EXPORT.value: gettext("as a file"),
        Way.API.value: gettext("by a program"),
    }


def _chosen() -> AccessFilter:
    way = request.args.get("way", "")
    return AccessFilter(
        brand_owner=request.args.get("brand_owner", "")[:_LONGEST],
        person=request.args.get("person", "")[:_LONGEST],
        way=Way(way) if way in set(Way) else None,
        first_on=_day("from"),
        last_on=_day("to"),
    )


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _position(row: Access) -> tuple[str, str]:
    return row.at.isoformat(), str(row.id)

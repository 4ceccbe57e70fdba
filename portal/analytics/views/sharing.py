"""What a wholesaler shares: agreements, the brand owner's view of it, who looked, and withdrawal."""

from __future__ import annotations

from typing import NamedTuple

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.analytics.export import csv_answer
from portal.analytics.models import Grant
from portal.analytics.queries.channel import ChannelRow, Dimension, product_names
from portal.analytics.queries.sales import category_labels, today_of
from portal.analytics.queries.sharing import (
    Access,
    Agreement,
    find_agreement,
    get_example,
    list_access,
    list_agreements,
    list_shared_units,
)
from portal.analytics.rules import OTHER
from portal.analytics.service.sharing import AgreementEnded, withdraw
from portal.analytics.views.access_words import access_words
from portal.analytics.views.channel import dimension_labels
from portal.analytics.views.grants import GrantWords, grant_words
from portal.analytics.views.window import Window, read_window, reader_language
from portal.web.api.paging import page_of, read_cursor
from portal.web.formatting import month_text
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.errors import NotFound
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

sharing = Screens("sharing", __name__, capacity=Capacity.SELLER, url_prefix="/selling/sharing")
_PAGE, _EXPORTED = 50, 100_000
_VIEWS = {one.value: one for one in (Dimension.MONTH, Dimension.CATEGORY, Dimension.PRODUCT, Dimension.REGION)}


class Shown(NamedTuple):
    """An agreement with what each grant shows in words."""

    agreement: Agreement
    grants: list[GrantWords]


@sharing.screen("/", Permission.FIGURES_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show every agreement, grant by grant, and who looked at what."""
    after = read_cursor(request.args.get("cursor"), 2)
    position = (str(after[0]), str(after[1])) if after else None
    looked = list_access(principal, limit=_PAGE + 1, after=position)
    page = page_of(looked, _PAGE, lambda row: row, _position)
    shown = [Shown(agreement, _grants(principal, agreement)) for agreement in list_agreements(principal)]
    return render_template("analytics/sharing.html", shown=shown, page=page, words=access_words)


@sharing.screen("/access.csv", Permission.FIGURES_VIEW)
def export_access(principal: Principal) -> ResponseReturnValue:
    """Give the log of who looked as CSV."""
    rows = list_access(principal, limit=_EXPORTED)
    return csv_answer(
        "sharing-access",
        ("at", "brand_owner", "name", "who", "what"),
        [(row.at.isoformat(timespec="seconds"), row.brand_owner, row.brand_owner_name, row.actor_name, row.what)
         for row in rows],
    )  # fmt: skip


@sharing.screen("/<brand_owner>/seen", Permission.FIGURES_VIEW)
def show_seen(principal: Principal, brand_owner: str) -> ResponseReturnValue:
    """Show what the brand owner gets to see of this seller, folded as for it."""
    agreement = _agreement(principal, brand_owner)
    window, by = read_window(today_of(principal)), _by()
    rows = _seen(principal, agreement, window, by)
    return render_template(
        "analytics/seen.html",
        agreement=agreement,
        window=window,
        by=by,
        dimensions={one: label for one, label in dimension_labels().items() if one.value in _VIEWS},
        rows=rows,
        names=_names(principal, agreement, [row.product or "" for row in rows], window, by),
        other=OTHER,
    )


@sharing.screen("/<brand_owner>/seen.csv", Permission.FIGURES_VIEW)
def export_seen(principal: Principal, brand_owner: str) -> ResponseReturnValue:
    """Give the same as CSV."""
    agreement = _agreement(principal, brand_owner)
    window, by = read_window(today_of(principal)), _by()
    rows = [(getattr(row, by.value), row.units) for row in _seen(principal, agreement, window, by)]
    return csv_answer(f"seen-by-{by.value}", (by.value, "sell_through_units"), rows)


@sharing.screen("/<brand_owner>/withdraw", Permission.ORGANISATION_MANAGE, methods=["POST"])
def end(principal: Principal, brand_owner: str) -> ResponseReturnValue:
    """Withdraw the agreement from today on."""
    try:
        withdraw(principal, brand_owner)
    except AgreementEnded:
        rollback_at_edge()
        flash(gettext("This agreement was withdrawn before."), "info")
    else:
        flash(gettext("The agreement is withdrawn. Nothing of yours is shown any more."), "success")
    return redirect(url_for("sharing.show"), 303)


def _agreement(principal: Principal, brand_owner: str) -> Agreement:
    agreement = find_agreement(principal, brand_owner)
    if agreement is None:
        raise NotFound
    return agreement


def _by() -> Dimension:
    by = _VIEWS.get(request.args.get("by", Dimension.MONTH.value))
    if by is None:
        abort(404)
    return by


def _seen(principal: Principal, agreement: Agreement, window: Window, by: Dimension) -> list[ChannelRow]:
    rows = list_shared_units(principal, agreement, window.first, window.until, [by])
    if by is Dimension.MONTH:
        return rows
    return sorted(rows, key=lambda row: (row.is_other, -(row.units or 0)))


def _names(
    principal: Principal, agreement: Agreement, skus: list[str], window: Window, by: Dimension
) -> dict[str, str]:
    if by is Dimension.CATEGORY:
        return category_labels(principal, [agreement.brand_owner_id], reader_language())
    if by is Dimension.PRODUCT:
        return product_names(agreement.brand_owner_id, skus, reader_language())
    return {f"{month:%Y-%m}": month_text(month) for month in window.months} if by is Dimension.MONTH else {}


def _grants(principal: Principal, agreement: Agreement) -> list[GrantWords]:
    today = today_of(principal)
    window = Window(today.replace(year=today.year - 1, day=1), today)
    units = next(
        (
            row
            for row in reversed(list_shared_units(principal, agreement, window.first, window.until, [Dimension.MONTH]))
            if agreement.has(Grant.UNITS) and row.units and not row.is_other
        ),
        None,
    )
    return grant_words(agreement, get_example(principal, agreement, reader_language()), units)


def _position(row: Access) -> tuple[str, str]:
    return row.at.isoformat(), str(row.id)

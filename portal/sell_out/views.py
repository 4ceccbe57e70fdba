"""The screens of sell-out: what a retailer sold, and what a wholesaler's retailers did. One page each: report, figures, list."""

from __future__ import annotations

from collections.abc import Sequence

from babel.numbers import get_decimal_symbol
from flask import Flask, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal.core.uploads import FileRefused, lines_of
from portal.core.uploads import read_list as read_file
from portal.sell_out import queries
from portal.sell_out.api import REPORT_KEY_PARTS, read_report_key
from portal.sell_out.queries import SellOutFilter
from portal.sell_out.rules import MOST_ROWS, ReportedRow, read_list
from portal.sell_out.service import BadReport, Booking, report
from portal.sell_out.words import booking_text, problem_text
from portal.web.api import page_of, read_cursor
from portal.web.formatting import reader_locale
from portal.web.navigation import navigation
from portal.web.screens import Screens
from portal.web.uploads import refusal_text, uploaded_file
from tenants.database import rollback_at_edge
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

own_sell_out = Screens("own_sell_out", __name__, capacity=Capacity.BUYER, url_prefix="/buying/sell-out")
sell_out = Screens("sell_out", __name__, capacity=Capacity.SELLER, url_prefix="/selling/sell-out")
DAYS = 28
"""The days before today whose figures are shown."""
_PAGE, _PRODUCTS = 50, 20
_MOST_PROBLEMS = 50


@own_sell_out.screen("/", Permission.ORDERS_VIEW)
def show_own(principal: Principal) -> ResponseReturnValue:
    """Show what the retailer reported."""
    return _page(principal)


@own_sell_out.screen("/", Permission.ORDERS_PLACE, methods=["POST"], endpoint="take_own")
def take_own(principal: Principal) -> ResponseReturnValue:
    """Take the retailer's report: a dry run says what would happen, then it is booked."""
    return _take(principal)


@sell_out.screen("/", Permission.FIGURES_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show what the seller's retailers reported."""
    return _page(principal)


@sell_out.screen("/", Permission.ORDERS_MANAGE, methods=["POST"], endpoint="take")
def take(principal: Principal) -> ResponseReturnValue:
    """Take a report of any of the seller's retailers, the same way."""
    return _take(principal)


def _take(principal: Principal) -> ResponseReturnValue:
    is_own = principal.capacity is Capacity.BUYER
    mark = str(get_decimal_symbol(reader_locale()))
    try:
        text = _posted(mark)
    except FileRefused as refused:
        return _page(principal, request.form.get("text", ""), [refusal_text(refused)])
    rows, bad = read_list(text, queries.today_of(principal), mark, is_own=is_own)
    problem = _unreadable(rows, len({cell.row for cell in bad}))
    if problem:
        return _page(principal, text, [problem])
    try:
        done = report(principal, rows, bad)
    except BadReport as refused:
        rollback_at_edge()
        return _page(principal, text, [problem_text(cell) for cell in refused.cells])
    if request.form.get("act") != "take":
        rollback_at_edge()
        return _page(principal, text, preview=done)
    flash(booking_text(done), "success")
    return redirect(url_for("own_sell_out.show_own" if is_own else "sell_out.show"), 303)


def _unreadable(rows: Sequence[ReportedRow], bad: int) -> str:
    if not rows and not bad:
        return str(gettext("Please choose a file or paste rows: nothing was there to read."))
    if len(rows) + bad > MOST_ROWS:
        return str(gettext("The file has too many rows: %(most)s fit at once. Nothing was read.", most=MOST_ROWS))
    return ""


def _posted(mark: str) -> str:
    """Give the rows as text, which can be corrected in the box: pasted, or of a file.

    Raises:
        FileRefused: the file cannot be read.
    """
    content = uploaded_file()
    if content is None:
        return request.form.get("text", "")
    found = read_file(content, most_rows=MOST_ROWS)
    return found if isinstance(found, str) else lines_of(found, mark)


def _page(
    principal: Principal, text: str = "", errors: Sequence[str] = (), preview: Booking | None = None
) -> ResponseReturnValue:
    is_own = principal.capacity is Capacity.BUYER
    wanted = SellOutFilter("" if is_own else request.args.get("retailer", "")[:100], "unknown" in request.args)
    since = queries.day_before(principal, DAYS)
    after = read_report_key(read_cursor(request.args.get("cursor"), REPORT_KEY_PARTS))
    language = reader_locale().language
    rows = queries.list_reports(principal, wanted, language=language, after=after, limit=_PAGE + 1)
    html = render_template(
        "sell_out/sell_out.html",
        is_own=is_own,
        page=page_of(rows, _PAGE, lambda _row: {}, lambda row: (row.sold_on, row.buyer_id, row.gtin)),
        rows=rows[:_PAGE],
        products=queries.list_sold_products(
            principal, since, language=language, retailer=wanted.retailer, limit=_PRODUCTS
        ),
        coverage=queries.sell_out_coverage(principal, since),
        wanted=wanted,
        days=DAYS,
        text=text,
        errors=errors[:_MOST_PROBLEMS],
        problems=len(errors),
        preview=preview,
        preview_text=booking_text(preview) if preview else "",
        may_report=principal.may(Permission.ORDERS_PLACE if is_own else Permission.ORDERS_MANAGE),
    )
    return make_response(html, 422 if errors else 200)


def register(app: Flask) -> None:
    """Bind the screens and hang them into the columns."""
    for blueprint in (own_sell_out, sell_out):
        app.register_blueprint(blueprint)
    navigation.add(
        Capacity.BUYER, _l("Buy"), _l("What I sold"), "own_sell_out.show_own", "chart", Permission.ORDERS_VIEW, 47
    )
    navigation.add(
        Capacity.SELLER, _l("Figures"), _l("Sell-out"), "sell_out.show", "chart", Permission.FIGURES_VIEW, 61
    )

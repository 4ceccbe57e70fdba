"""The seller's stock: levels, one article with its ledger, receipts and counts, pasted counts."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from babel.numbers import get_decimal_symbol
from flask import Flask, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from portal.catalogue.units import product_name
from portal.core.idempotency import new_key
from portal.core.uploads import FileRefused, lines_of, read_list
from portal.inventory import queries
from portal.inventory.errors import FormSentBefore
from portal.inventory.models import MovementKind
from portal.inventory.service import (
    CountedLevel,
    StockChange,
    add_warehouse,
    receive_stock,
    set_incoming,
    set_levels,
)
from portal.web.api import page_of, read_cursor
from portal.web.csv_file import Cell, csv_answer
from portal.web.formatting import reader_locale
from portal.web.navigation import navigation
from portal.web.order_grid import read_quantity
from portal.web.screens import Screens
from portal.web.uploads import refusal_text, uploaded_file
from tenants.database import rollback_at_edge
from tenants.errors import Conflict, InvalidInput
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

stock_screens = Screens("stock", __name__, capacity=Capacity.SELLER, url_prefix="/selling")
VIEW, MANAGE = Permission.STOCK_VIEW, Permission.STOCK_MANAGE
PAGE_SIZE = 50
_EXPORTED = 100_000
_MOST_LINES = 10_000
_LONGEST_CODE = 40
_LONGEST_KEY = 100

KIND_TEXTS: Mapping[MovementKind, Any] = {
    MovementKind.COUNT: _l("Count"),
    MovementKind.RECEIPT: _l("Receipt"),
    MovementKind.SHIPMENT: _l("Delivery to a customer"),
    MovementKind.RETURN: _l("Return"),
}


@stock_screens.screen("/stock", VIEW)
def show_all(principal: Principal) -> ResponseReturnValue:
    """List levels by article."""
    words, warehouse, empty = _filters()
    key = read_cursor(request.args.get("cursor"), 2)
    after = None if key is None else (str(key[0]), str(key[1]))
    rows = queries.list_levels(
        principal, words=words, warehouse=warehouse, only_empty=empty, after=after, limit=PAGE_SIZE
    )
    page = page_of(rows, PAGE_SIZE, lambda row: row._asdict(), lambda row: (row.article_number, row.warehouse))
    return render_template(
        "inventory/levels.html",
        rows=rows[:PAGE_SIZE],
        next_cursor=page.next_cursor,
        warehouses=queries.list_warehouses(principal),
        words=words,
        warehouse=warehouse,
        empty=empty,
        may_manage=principal.may(MANAGE),
    )


@stock_screens.screen("/stock.csv", VIEW)
def export(principal: Principal) -> ResponseReturnValue:
    """Give the list with its filters as CSV; it can be changed and pasted back."""
    words, warehouse, empty = _filters()
    rows = queries.list_levels(principal, words=words, warehouse=warehouse, only_empty=empty, limit=_EXPORTED)
    head = ("warehouse", "article", "name", "on_hand", "reserved", "available", "incoming", "incoming_on")
    return csv_answer("stock", head, map(_exported, rows[:_EXPORTED]))


def _exported(row: queries.LevelRow) -> tuple[Cell, ...]:
    figures = (row.on_hand, row.reserved_quantity, row.available_quantity, row.incoming_quantity)
    shown = (None if figure is None else figure.normalize() for figure in figures)
    return row.warehouse, row.article_number, product_name(row.name_en, row.name_de), *shown, row.incoming_on


@stock_screens.screen("/stock/counts", MANAGE)
def counts(principal: Principal) -> ResponseReturnValue:
    """Show the box for pasted counts."""
    return _counts_page(principal, "", [])


@stock_screens.screen("/stock/counts", MANAGE, methods=["POST"], endpoint="take_counts")
def take_counts(principal: Principal) -> ResponseReturnValue:
    """Take pasted or uploaded counts: a dry run says what would change, then it is done."""
    try:
        text = _counts_text()
    except FileRefused as refused:
        return _counts_page(principal, request.form.get("text", ""), [refusal_text(refused)], status=422)
    levels, errors = _read_counts(text)
    if errors or not levels:
        missing = [] if errors else [gettext("There is nothing to take: please paste warehouse, article and quantity.")]
        return _counts_page(principal, text, [*errors, *missing], status=422)
    try:
        change = set_levels(principal, levels)
    except InvalidInput as refused:
        rollback_at_edge()
        return _counts_page(principal, text, [_row_text(error) for error in refused.details["errors"]], status=422)
    if request.form.get("act") != "take":
        rollback_at_edge()
        return _counts_page(principal, text, [], preview=change)
    flash(_change_text(change), "success")
    return redirect(url_for("stock.show_all"), 303)


@stock_screens.screen("/stock/warehouses", MANAGE, methods=["POST"])
def open_warehouse(principal: Principal) -> ResponseReturnValue:
    """Open a warehouse."""
    code, name = request.form.get("code", "").strip(), request.form.get("name", "").strip()[:100]
    if not code or len(code) > _LONGEST_CODE or not code.isprintable():
        flash(gettext("A warehouse needs a code of at most 40 characters."), "error")
    else:
        try:
            add_warehouse(principal, code, name)
            flash(gettext("Warehouse %(code)s is open.", code=code), "success")
        except Conflict:
            rollback_at_edge()
            flash(gettext("There is a warehouse %(code)s already.", code=code), "error")
    return redirect(url_for("stock.show_all"), 303)


@stock_screens.screen("/stock/articles/<path:article_number>", VIEW)
def show(principal: Principal, article_number: str) -> ResponseReturnValue:
    """Show an article's stock and ledger."""
    return _article_page(principal, article_number)


@stock_screens.screen("/stock/articles/<path:article_number>", MANAGE, methods=["POST"], endpoint="change")
def change(principal: Principal, article_number: str) -> ResponseReturnValue:
    """Note a count, a receipt or what is expected."""
    act, warehouse = request.form.get("act", ""), request.form.get("warehouse", "")
    reason = request.form.get("reason", "").strip()[:200]
    text = request.form.get("quantity", "").strip()
    quantity = read_quantity(text)
    if quantity is None and (text or act != "incoming"):
        return _article_page(
            principal, article_number, errors={act: gettext("This is not a quantity. Please enter a number.")}
        )
    try:
        if act == "incoming":
            set_incoming(principal, warehouse, article_number, quantity or None, _day() if quantity else None)
            flash(gettext("What is expected is noted."), "success")
        elif act == "receipt" and quantity is not None:
            key = request.form.get("idempotency_key", "")[:_LONGEST_KEY]
            received = receive_stock(principal, warehouse, article_number, quantity, reason, key)
            flash(_change_text(received), "success")
        elif quantity is not None:
            flash(
                _change_text(set_levels(principal, [CountedLevel(warehouse, article_number, quantity, reason)])),
                "success",
            )
    except FormSentBefore:
        rollback_at_edge()
        flash(gettext("This form was sent before, and what it said is in stock. Nothing was added again."), "info")
    except InvalidInput as refused:
        rollback_at_edge()
        texts = {
            "not-positive": gettext("A receipt must be above 0."),
            "incomplete": gettext("Please give both the quantity and the day."),
        }
        reasons = [error["reason"] for error in refused.details["errors"]]
        message = texts.get(reasons[0]) or gettext("There is no such warehouse.")
        return _article_page(principal, article_number, errors={act: message})
    return redirect(url_for("stock.show", article_number=article_number), 303)


def _article_page(
    principal: Principal, article_number: str, errors: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    article = queries.get_article(principal, article_number)
    key = read_cursor(request.args.get("cursor"), 1)
    movements = queries.list_movements(principal, article.id, after=int(key[0]) if key else None, limit=PAGE_SIZE)
    page = page_of(movements, PAGE_SIZE, lambda row: {"id": row.id}, lambda row: (row.id,))
    html = render_template(
        "inventory/article.html",
        article=article,
        levels=queries.list_article_levels(principal, article.id),
        warehouses=queries.list_warehouses(principal),
        movements=movements[:PAGE_SIZE],
        next_cursor=page.next_cursor,
        key=new_key(),
        errors=errors or {},
        typed=request.form if request.method == "POST" else {},
        may_manage=principal.may(MANAGE),
    )
    return make_response(html, 422 if errors else 200)


def _counts_page(
    principal: Principal,
    text: str,
    errors: Sequence[str],
    *,
    preview: StockChange | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    html = render_template(
        "inventory/counts.html",
        text=text,
        errors=errors,
        preview=preview,
        preview_text=_change_text(preview) if preview else "",
        warehouses=queries.list_warehouses(principal),
    )
    return make_response(html, status)


def _counts_text() -> str:
    """Give the rows as text, which can be corrected in the box: pasted, or of a file.

    Raises:
        FileRefused: the file cannot be read.
    """
    content = uploaded_file()
    if content is None:
        return request.form.get("text", "")
    found = read_list(content, most_rows=_MOST_LINES)
    return found if isinstance(found, str) else lines_of(found, get_decimal_symbol(reader_locale()))


def _read_counts(text: str) -> tuple[list[CountedLevel], list[str]]:
    """Read rows of warehouse, article, quantity (tab, semicolon or comma); a header is passed over, the rest named."""
    levels: list[CountedLevel] = []
    errors: list[str] = []
    sample = text[:4000]
    delimiter = next((mark for mark in "\t;" if mark in sample), ",")
    columns = (0, 1, 2)
    for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
        row = [cell.strip() for cell in cells]
        if not any(row):
            continue
        if not levels and not errors and "article" in [cell.casefold() for cell in row]:
            columns = _columns([cell.casefold() for cell in row])
            continue
        values = [row[at] if at < len(row) else "" for at in columns]
        quantity = read_quantity(values[2])
        if quantity is None or not values[0] or not values[1]:
            errors.append(gettext("Row %(row)s: warehouse, article and quantity are needed.", row=number))
        else:
            levels.append(CountedLevel(values[0], values[1], quantity, "count list"))
        if len(levels) > _MOST_LINES:
            return [], [gettext("Please take at most 10,000 rows at once.")]
    return levels, errors


def _columns(head: list[str]) -> tuple[int, int, int]:
    at = [head.index(name) if name in head else -1 for name in ("warehouse", "article", "on_hand")]
    return (at[0], at[1], at[2]) if min(at) >= 0 else (0, 1, 2)


def _row_text(error: Mapping[str, Any]) -> str:
    texts = {
        "unknown-article": gettext("Row %(row)s: there is no article %(article)s.", **_named(error)),
        "unknown-warehouse": gettext("Row %(row)s: there is no warehouse %(warehouse)s.", **_named(error)),
        "twice": gettext("Row %(row)s: %(article)s in %(warehouse)s is there twice.", **_named(error)),
    }
    return str(texts[error["reason"]])


def _named(error: Mapping[str, Any]) -> dict[str, Any]:
    return {name: error[name] for name in ("row", "article", "warehouse")}


def _change_text(change: StockChange) -> str:
    changed = ngettext("%(num)s level changes", "%(num)s levels change", change.changed)
    same = ngettext("%(num)s stays as it is", "%(num)s stay as they are", change.unchanged)
    served = ngettext(
        "%(num)s waiting order line gets stock", "%(num)s waiting order lines get stock", change.lines_served
    )
    parts = [changed] + ([same] if change.unchanged else []) + ([served] if change.lines_served else [])
    return "; ".join(str(part) for part in parts) + "."


def _filters() -> tuple[str, str, bool]:
    words = request.args.get("q", "").strip()[:100].replace("\x00", "")
    return words, request.args.get("warehouse", "")[:100].replace("\x00", ""), request.args.get("empty") == "yes"


def _day() -> date | None:
    try:
        return date.fromisoformat(request.form.get("expected_on", ""))
    except ValueError:
        return None


def register(app: Flask) -> None:
    """Bind the screens and hang them into the shell."""
    app.register_blueprint(stock_screens)
    app.add_template_filter(lambda kind: str(KIND_TEXTS[MovementKind(kind)]), "movement_kind")
    navigation.add(Capacity.SELLER, _l("Sell"), _l("Stock"), "stock.show_all", "stock", VIEW, 20)

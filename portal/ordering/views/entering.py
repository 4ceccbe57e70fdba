"""The entry box: what is typed, pasted, scanned or uploaded becomes lines of the basket; what cannot be read stays."""

from __future__ import annotations

import hashlib

from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.catalogue.units import product_name
from portal.core.idempotency import request_hash
from portal.core.uploads import FileRefused, read_list
from portal.ordering.grid import GridLine, build_rows, picture_url, row_key
from portal.ordering.queries.basket import find_basket
from portal.ordering.queries.grid import suggest_articles
from portal.ordering.reading import MOST_ROWS, MOST_TEXT, ReadEntries, read_entries
from portal.ordering.rules.reading import ReadOrder, read_table, read_text
from portal.ordering.service.basket import add_lines, keep_unread
from portal.ordering.views.basket import pad_page, unread_rows
from portal.web.formatting import reader_locale
from portal.web.order_grid import entry_summary
from portal.web.screens import Screens
from portal.web.uploads import refusal_text, uploaded_file
from tenants.errors import InvalidInput
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

entering_screens = Screens("entering", __name__, capacity=Capacity.BUYER, url_prefix="/buying")
PLACE = Permission.ORDERS_PLACE
_LEAST_WORDS = 2


@entering_screens.screen("/basket/lines", PLACE, methods=["POST"])
def read(principal: Principal) -> ResponseReturnValue:
    """Read entered lines into the basket; answer with their rows, or without script with the order pad."""
    as_rows = request.headers.get("X-Fragment") == "order-rows"
    try:
        order, form_key = _entered()
        result = read_entries(principal, order)
    except FileRefused as refused:
        too_long = gettext("Please enter at most 1,000,000 characters at once. Nothing was added.")
        text = too_long if refused.details["reason"] == "text-too-long" else refusal_text(refused)
        return _refused(principal, text, as_rows=as_rows)
    except InvalidInput:
        text = gettext("Please enter at most 5,000 lines at once. Nothing was added.")
        return _refused(principal, text, as_rows=as_rows)
    is_new = add_lines(principal, result.entries, form_key)
    if is_new:
        kept = _without_corrected(list(find_basket(principal).unread_lines))
        keep_unread(principal, [*kept, *(line.raw[:500] for line in result.unread)])
    if as_rows:
        return _rows_answer(principal, result)
    again = gettext("These lines were sent before. Nothing was added again.")
    flash(entry_summary(result.read, len(result.entries), len(result.unread)) if is_new else again, "info")
    return redirect(url_for("basket.pad"), 303)


@entering_screens.screen("/basket/suggest", PLACE)
def suggest(principal: Principal) -> ResponseReturnValue:
    """Give articles that may be meant by what is being typed."""
    words = request.args.get("q", "").strip()[:100]
    found = suggest_articles(principal, words) if len(words) >= _LEAST_WORDS else []
    return jsonify(
        items=[
            {
                "article": item.article_number,
                "name": product_name(item.name_en, item.name_de),
                "note": "",
                "image_url": picture_url(item.picture_digest),
            }
            for item in found
        ]
    )


def _entered() -> tuple[ReadOrder, str]:
    """Read what was entered; the second part is the same for the same lines from the same form, and else empty.

    Raises:
        FileRefused: the file cannot be read, or the text is too long to be read at once.
    """
    locale = str(reader_locale())
    content = uploaded_file()
    if content is not None:
        found = read_list(content, most_rows=MOST_ROWS)
        order = read_text(found, locale) if isinstance(found, str) else read_table(found, locale)
        return order, _form_key(hashlib.sha256(content).hexdigest())
    text = _entered_text()
    if len(text) > MOST_TEXT:
        raise FileRefused("The text is too long.", reason="text-too-long")
    return read_text(text, locale), _form_key(text)


def _entered_text() -> str:
    return request.form.get("lines", "") or request.form.get("text", "")


def _form_key(entered: str) -> str:
    """Other lines from the same form, which somebody went back to, are other lines: nothing entered is lost."""
    key = request.form.get("idempotency_key", "")
    return request_hash("basket lines", [key, request.form.get("replace", ""), entered]).hex() if key else ""


def _without_corrected(kept: list[str]) -> list[str]:
    """Leave out the kept line that was corrected (`replace` = its row's key)."""
    occurrence, _, digest = request.form.get("replace", "").partition("-")
    same = [position for position, raw in enumerate(kept) if row_key(raw) == digest]
    number = int(occurrence[1:]) if occurrence[1:].isdecimal() else 0
    if number < len(same):
        del kept[same[number]]
    return kept


def _rows_answer(principal: Principal, result: ReadEntries) -> ResponseReturnValue:
    basket = find_basket(principal)
    entered = {entry.article for entry in result.entries}
    lines = [
        GridLine(line.article, line.quantity, line.in_packaging) for line in basket.lines if line.article in entered
    ]
    rows = build_rows(principal, lines) if lines else []
    failed = {line.raw[:500] for line in result.unread}
    rows += [row for row in unread_rows(principal, basket.unread_lines) if row.raw in failed]
    # A row with a quantity that is not allowed was added and still needs a hand.
    waiting = len(result.unread) + sum(1 for row in rows if row.error and row.raw is None)
    added = len(result.entries) - sum(1 for row in rows if row.error and row.raw is None)
    return render_template(
        "components/_order_grid_rows.html",
        rows=rows,
        currency=principal.currency,
        read=result.read,
        added=added,
        waiting=waiting,
        summary=entry_summary(result.read, added, waiting),
    )


def _refused(principal: Principal, message: str, *, as_rows: bool) -> ResponseReturnValue:
    """Say why nothing was added; what was pasted stays in the box."""
    if as_rows:
        return make_response(message, 422, {"Content-Type": "text/plain; charset=utf-8"})
    text = _entered_text()
    if text:
        return make_response(pad_page(principal, message, text), 422)
    flash(message, "error")
    return redirect(url_for("basket.pad"), 303)

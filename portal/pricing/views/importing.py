"""A file of prices on screen: chosen, read into a draft, and what of it could not be taken."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.core.uploads import FileRefused
from portal.pricing import words
from portal.pricing.queries.price_lists import PriceListRow, get_price_list
from portal.pricing.rules.entry_rows import RowProblem
from portal.pricing.rules.price_file import read_price_file
from portal.pricing.rules.price_sheet import read_starting_day
from portal.pricing.service.drafts import LONGEST_NAME
from portal.pricing.service.price_import import MOST_BYTES, MOST_ROWS, Imported, ImportPrices, import_prices
from portal.pricing.views.blueprint import prices
from portal.pricing.views.uploaded import uploaded_text
from portal.web.formatting import quantity_text
from portal.web.uploads import refusal_text
from tenants.database import rollback_at_edge
from tenants.permissions import Permission
from tenants.principal import Principal


@prices.screen("/lists/<code>/import", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def import_file(principal: Principal, code: str) -> ResponseReturnValue:
    """Read a file into a draft; what cannot be taken is named, and the rest is there to be looked at."""
    price_list = get_price_list(principal, code)
    if request.method == "GET":
        return _page(price_list, {})
    starts_on = read_starting_day(request.form.get("starts_on", ""))
    if isinstance(starts_on, RowProblem):
        return _page(price_list, {"starts_on": str(words.ROW_PROBLEMS[starts_on])})
    try:
        text = uploaded_text(MOST_ROWS, MOST_BYTES) or request.form.get("block", "")
        if not text.strip():
            return _page(price_list, {"file": str(_("Please choose a file, or paste rows."))})
        command = ImportPrices(
            read_price_file(text, words.decimal_mark()),
            name=request.form.get("name", "").strip()[:LONGEST_NAME],
            is_whole=request.form.get("whole") == "yes",
            starts_on=starts_on,
            skips_bad=True,
        )
        done = import_prices(principal, code, command)
    except FileRefused as refused:
        rollback_at_edge()
        return _page(get_price_list(principal, code), {"file": refusal_text(refused)})
    return _done(price_list, command, done)


def _done(price_list: PriceListRow, command: ImportPrices, done: Imported) -> ResponseReturnValue:
    read = str(ngettext("%(count)s row read.", "%(count)s rows read.", done.rows, count=quantity_text(done.rows)))
    notes = [read]
    if done.costs:
        notes.append(
            str(
                ngettext("%(count)s cost noted.", "%(count)s costs noted.", done.costs, count=quantity_text(done.costs))
            )
        )
    if command.file.ignored:
        notes.append(str(_("Columns that were not read: %(names)s.", names=", ".join(command.file.ignored[:10]))))
    if not done.bad:
        flash(" ".join(notes), "success")
        return redirect(url_for("prices.show_draft", code=price_list.code, number=done.draft.number))
    return render_template(
        "pricing/import_done.html",
        price_list=price_list,
        done=done,
        notes=" ".join(notes),
        problems=words.ROW_PROBLEMS,
        column_words=words.COLUMN_WORDS,
    )


def _page(price_list: PriceListRow, errors: dict[str, str]) -> ResponseReturnValue:
    page = render_template(
        "pricing/import.html", price_list=price_list, errors=errors, form=request.form, most_rows=MOST_ROWS
    )
    return page, 422 if errors else 200

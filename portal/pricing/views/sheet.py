"""A price list's sheet: its entries a page at a time, changed in place, checked before they are saved."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.catalogue.units import product_name
from portal.core.uploads import FileRefused
from portal.pricing import words
from portal.pricing.api.entries import cursor_key, entry_cursor
from portal.pricing.queries import entries as queries
from portal.pricing.queries import price_lists as list_queries
from portal.pricing.rules.entry_rows import RowProblem
from portal.pricing.rules.price_sheet import (
    SheetPlan,
    SheetRow,
    plan_sheet,
    read_block,
    read_sheet,
    read_starting_day,
)
from portal.pricing.service.drafts import begin_draft, change_draft
from portal.pricing.service.entries import MOST_ENTRIES, BadRows, EntryBatch, Removal, Shown, write_entries
from portal.pricing.views.blueprint import prices
from portal.pricing.views.sheet_rows import (
    Sheet,
    columns,
    digest,
    numbered,
    read_cells,
    saved_text,
    show_check,
    show_errors,
    shown_row,
    typed_row,
)
from portal.pricing.views.uploaded import uploaded_text
from portal.web.api.paging import page_of
from portal.web.csv_file import Cell, csv_answer
from portal.web.formatting import quantity_text
from portal.web.uploads import refusal_text
from tenants.database import rollback_at_edge
from tenants.permissions import Permission
from tenants.principal import Principal

_PAGE = 50
_LONGEST_NUMBER = 10


@prices.screen("/lists/<code>/", Permission.PRICES_VIEW)
def show_list(principal: Principal, code: str) -> ResponseReturnValue:
    """Show a list with a page of its entries."""
    price_list = list_queries.get_price_list(principal, code)
    wanted = _filter(principal)
    after = cursor_key(request.args.get("cursor"))
    rows = queries.list_entries(principal, price_list.id, wanted=wanted, after=after, limit=_PAGE + 1)
    page = page_of(rows, _PAGE, lambda row: row, entry_cursor)
    sheet = Sheet([shown_row(row) for row in page.items], next_cursor=page.next_cursor)
    return _page(principal, price_list, sheet)


@prices.screen("/lists/<code>/entries", Permission.PRICES_MANAGE, methods=["POST"])
def change_entries(principal: Principal, code: str) -> ResponseReturnValue:
    """Read pasted rows, check or save the sheet; whatever is wrong is shown where it stands, and nothing typed is lost."""
    price_list = list_queries.get_price_list(principal, code)
    rows = numbered(row for row in read_sheet(request.form) if not row.is_blank)
    sheet = Sheet([], starts_on=request.form.get("starts_on", ""), next_cursor=None)
    if request.form.get("act") == "read":
        _read_into(sheet, rows)
        return _page(principal, price_list, sheet)
    starts_on = read_starting_day(sheet.starts_on)
    if isinstance(starts_on, RowProblem):
        sheet.starts_on_error = str(words.ROW_PROBLEMS[starts_on])
        sheet.rows = [typed_row(row) for row in rows]
        return _page(principal, price_list, sheet, 422)
    plan = plan_sheet(rows, words.decimal_mark(), starts_on)
    drafting = request.form.get("act") == "draft"
    saving = request.form.get("act") == "save" and request.form.get("checked") == digest(rows, sheet.starts_on)
    try:
        changes = write_entries(principal, code, _batch(plan), dry_run=not saving)
    except BadRows as refusal:
        rollback_at_edge()
        show_errors(sheet, rows, refusal.cells)
        return _page(principal, price_list, sheet, 422)
    if drafting and changes.rows:
        number = _keep_in_draft(principal, code, _batch(plan))
        return redirect(url_for("prices.show_draft", code=code, number=number))
    if saving:
        flash(saved_text(changes), "success")
        kept = _kept()
        return redirect(
            url_for("prices.show_list", code=code, q=kept.get("q"), ahead=kept.get("ahead"), draft=kept.get("draft"))
        )
    show_check(price_list, list_queries.count_buyers(principal, price_list.id), sheet, rows, plan, changes, starts_on)
    return _page(principal, price_list, sheet)


@prices.screen("/lists/<code>/entries.csv", Permission.PRICES_VIEW)
def export_entries(principal: Principal, code: str) -> ResponseReturnValue:
    """Give the filtered entries as CSV, in the form in which they can be read again."""
    price_list = list_queries.get_price_list(principal, code)
    head = ("article", "name", "min_quantity", "net_price", "valid_from", "valid_to")
    parts = queries.stream_entries(principal, price_list.id, wanted=_filter(principal))
    return csv_answer("prices", head, (_exported(item) for part in parts for item in part))


def _exported(item: queries.EntryItem) -> tuple[Cell, ...]:
    numbers = (item.min_quantity.normalize(), item.net_price.normalize())
    return item.article, product_name(item.name_en, item.name_de), *numbers, item.valid_from, item.valid_to


def _kept() -> dict[str, str]:
    """Give the filters, which survive saving."""
    kept = {name: request.args[name] for name in ("q", "ahead") if request.args.get(name)}
    draft = _draft_number()
    return {**kept, "draft": str(draft)} if draft else kept


def _draft_number() -> int | None:
    """Give the draft that is asked for, if it can be one."""
    wanted = request.args.get("draft", "")
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < _LONGEST_NUMBER else None


def _filter(principal: Principal) -> queries.EntryFilter:
    ahead = request.args.get("ahead") == "yes"
    return queries.EntryFilter(
        request.args.get("q", "").strip()[:100], list_queries.get_today(principal) if ahead else None
    )


def _page(
    principal: Principal, price_list: list_queries.PriceListRow, sheet: Sheet, status: int = 200
) -> ResponseReturnValue:
    ids = [price_list.id]
    page = render_template(
        "pricing/price_list.html",
        price_list=price_list,
        sheet=sheet,
        columns=columns(price_list.currency),
        audience=list_queries.find_audiences(principal, ids).get(price_list.id),
        entries=list_queries.count_entries(principal, ids).get(price_list.id, 0),
        taken_over=list_queries.count_taken_over(principal, ids if price_list.base_code else []).get(price_list.id, 0),
        buyers=list_queries.count_buyers(principal, price_list.id),
        today=list_queries.get_today(principal),
        q=request.args.get("q", ""),
        ahead=request.args.get("ahead") == "yes",
        kept=_kept(),
        editable=principal.may(Permission.PRICES_MANAGE),
        words=words,
    )
    return page, status


def _keep_in_draft(principal: Principal, code: str, batch: EntryBatch) -> int:
    """Keep what was typed in the draft that is asked for, else in a new one, and give its number."""
    number = _draft_number() or begin_draft(principal, code).number
    change_draft(principal, code, number, batch)
    return number


def _batch(plan: SheetPlan) -> EntryBatch:
    return EntryBatch(
        puts=plan.puts,
        removals=[Removal(*removal) for removal in plan.removals],
        bad=plan.bad,
        shown={key: Shown(*shown) for key, shown in plan.shown.items()},
    )


def _read_into(sheet: Sheet, rows: Sequence[SheetRow]) -> None:
    """Add pasted or uploaded rows below those that stand there already."""
    pasted = request.form.get("block", "")
    try:
        blocks = [read_block(pasted), read_block(uploaded_text(MOST_ENTRIES))]
    except FileRefused as refused:
        sheet.message, sheet.tone, sheet.block = refusal_text(refused), "danger", pasted
        sheet.rows = [typed_row(row) for row in rows]
        return
    read = [(block, cells) for block in blocks for cells in block.rows]
    room = MOST_ENTRIES - len(rows)
    if len(read) > room:
        sheet.message = str(
            _(
                "%(rows)s rows are too many at once; up to %(most)s fit. Nothing was read.",
                rows=quantity_text(len(read)),
                most=quantity_text(MOST_ENTRIES),
            )
        )
        sheet.tone, sheet.block = "danger", pasted
        sheet.rows = [typed_row(row) for row in rows]
        return
    added = [SheetRow("", read_cells(cells, plain=block.plain)) for block, cells in read]
    sheet.rows = [typed_row(row) for row in numbered((*rows, *added))]
    pasted_block, file_block = blocks
    beyond = [*pasted_block.beyond, *(len(pasted_block.rows) + number for number in file_block.beyond)]
    for number in beyond:
        sheet.rows[len(rows) + number - 1]["errors"] = {"valid_to": str(words.ROW_PROBLEMS[RowProblem.NO_CELL])}
    sheet.blank_rows = 0 if added else 3
    sheet.message = str(
        ngettext("%(num)s row read. Please check it.", "%(num)s rows read. Please check them.", len(added))
    )

"""Drafts on screen: what one changes and whom it concerns, changed cell by cell, settled, published or thrown away."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.catalogue.units import product_name
from portal.pricing import words
from portal.pricing.api.drafts import change_cursor
from portal.pricing.api.entries import cursor_key
from portal.pricing.queries import revisions as queries
from portal.pricing.queries.impact import find_impact
from portal.pricing.queries.price_lists import PriceListRow, get_price_list, get_today
from portal.pricing.rules.price_sheet import draft_key, plan_draft, read_sheet
from portal.pricing.service import drafts as service
from portal.pricing.service.entries import BadRows, EntryBatch, Removal
from portal.pricing.service.publishing import ChangedSinceSeen, DraftConflicts, NothingToPublish, publish
from portal.pricing.views.blueprint import prices
from portal.pricing.views.sheet_rows import Sheet, changed_text, columns, numbered, show_errors
from portal.web.api.paging import page_of
from portal.web.formatting import quantity_text
from tenants.database import rollback_at_edge
from tenants.errors import InvalidInput
from tenants.permissions import Permission
from tenants.principal import Principal

_PAGE = 50
_SHOWN_BASKETS = 10
_LONGEST_NUMBER = 10


@prices.screen("/lists/<code>/drafts", Permission.PRICES_MANAGE, methods=["POST"])
def begin_draft(principal: Principal, code: str) -> ResponseReturnValue:
    """Begin an empty draft."""
    draft = service.begin_draft(principal, code, request.form.get("name", "").strip()[: service.LONGEST_NAME])
    return redirect(url_for("prices.show_draft", code=code, number=draft.number))


@prices.screen("/lists/<code>/drafts/<int:number>/", Permission.PRICES_VIEW)
def show_draft(principal: Principal, code: str, number: int) -> ResponseReturnValue:
    """Show what a draft changes, whom it concerns, and what must be settled first."""
    price_list = get_price_list(principal, code)
    draft = queries.get_draft(principal, price_list.id, number)
    show, found = _wanted()
    after = cursor_key(request.args.get("cursor"))
    rows = queries.list_changes(
        principal, price_list.id, draft.id, show=show, words=found, after=after, limit=_PAGE + 1
    )
    page = page_of(rows, _PAGE, lambda row: row, change_cursor)
    sheet = Sheet(
        [_shown_row(row, price_list.currency) for row in page.items],
        blank_rows=0 if after or found or show is not queries.Show.ALL else 3,
        next_cursor=page.next_cursor,
    )
    return _page(principal, price_list, draft, sheet)


@prices.screen("/lists/<code>/drafts/<int:number>/changes", Permission.PRICES_MANAGE, methods=["POST"])
def change_draft(principal: Principal, code: str, number: int) -> ResponseReturnValue:
    """Keep what was typed in the draft; whatever is wrong is shown where it stands."""
    rows = numbered(read_sheet(request.form), is_known=lambda row: row.key.startswith("d~"))
    rows = [row for row in rows if not row.is_blank]
    plan = plan_draft(rows, words.decimal_mark())
    batch = EntryBatch(puts=plan.puts, removals=[Removal(*each) for each in plan.removals], bad=plan.bad)
    try:
        count = service.change_draft(principal, code, number, batch)
    except BadRows as refusal:
        rollback_at_edge()
        price_list = get_price_list(principal, code)
        sheet = Sheet([], blank_rows=0)
        show_errors(sheet, rows, refusal.cells)
        return _page(principal, price_list, queries.get_draft(principal, price_list.id, number), sheet, 422)
    flash(
        ngettext(
            "%(count)s change kept in the draft.",
            "%(count)s changes kept in the draft.",
            count,
            count=quantity_text(count),
        ),
        "success",
    )
    return _to_draft(code, number)


@prices.screen("/lists/<code>/drafts/<int:number>/settle", Permission.PRICES_MANAGE, methods=["POST"])
def settle_draft(principal: Principal, code: str, number: int) -> ResponseReturnValue:
    """Settle all conflicts: the draft's prices, or the list's."""
    keep = service.Keep.MINE if request.form.get("keep") == "mine" else service.Keep.THEIRS
    service.settle_conflicts(principal, code, number, keep)
    return redirect(url_for("prices.show_draft", code=code, number=number))


@prices.screen("/lists/<code>/drafts/<int:number>/publish", Permission.PRICES_MANAGE, methods=["POST"])
def publish_draft(principal: Principal, code: str, number: int) -> ResponseReturnValue:
    """Publish a draft as it was looked at; a reason may be given."""
    seen = request.form.get("seen", "")
    edition = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < _LONGEST_NUMBER else 0
    try:
        version = publish(principal, code, number, request.form.get("reason", ""), edition=edition)
    except (ChangedSinceSeen, DraftConflicts, InvalidInput) as refusal:
        rollback_at_edge()
        flash(_refusal_text(refusal), "attention")
        return redirect(url_for("prices.show_draft", code=code, number=number))
    changed = version.created_count + version.changed_count + version.removed_count
    flash(
        ngettext(
            "Version %(version)s is published and live: %(count)s change.",
            "Version %(version)s is published and live: %(count)s changes.",
            changed,
            version=version.version,
            count=quantity_text(changed),
        ),
        "success",
    )
    return redirect(url_for("prices.show_versions", code=code))


@prices.screen("/lists/<code>/drafts/<int:number>/throw-away", Permission.PRICES_MANAGE, methods=["POST"])
def throw_draft_away(principal: Principal, code: str, number: int) -> ResponseReturnValue:
    """Throw a draft away."""
    service.throw_away(principal, code, number)
    flash(_("The draft is gone. The list's prices are as they were."), "success")
    return redirect(url_for("prices.show_list", code=code))


def _wanted() -> tuple[queries.Show, str]:
    wanted = request.args.get("show", "")
    show = queries.Show(wanted) if wanted in set(queries.Show) else queries.Show.ALL
    return show, request.args.get("q", "").strip()[:100]


def _refusal_text(refusal: Exception) -> str:
    if isinstance(refusal, ChangedSinceSeen):
        return str(_("The draft has changed since you looked at it. Please look again; nothing was published."))
    if isinstance(refusal, DraftConflicts):
        return str(
            _("Others have changed prices of this draft meanwhile. Nothing was published; please settle them first.")
        )
    if isinstance(refusal, NothingToPublish):
        return str(_("The draft changes nothing. The list has these prices already."))
    return str(_("A reason has up to 500 characters. Nothing was published."))


def _to_draft(code: str, number: int) -> ResponseReturnValue:
    show, found = request.args.get("show"), request.args.get("q")
    return redirect(url_for("prices.show_draft", code=code, number=number, show=show, q=found))


def _shown_row(change: queries.RevisionChange, currency: str) -> dict[str, Any]:
    values = {
        "article": change.article,
        "min_quantity": words.plain_number(change.min_quantity),
        "net_price": "" if change.net_price is None else words.price_cell(change.net_price),
        "valid_from": words.day_cell(change.valid_from),
        "valid_to": words.day_cell(change.valid_to),
    }
    plain = [
        each.normalize() if isinstance(each, Decimal) else each
        for each in (change.min_quantity, change.valid_from, change.net_price, change.valid_to)
    ]
    notes = [product_name(change.name_en, change.name_de), change_text(change, currency)]
    if change.is_conflict:
        live = words.price_text(change.live_price, currency)
        notes.append(str(_("others changed it to %(price)s", price=live)))
    elif change.is_suspicious:
        notes.append(_suspicion_text(change, currency))
    return {
        "key": draft_key(change.article_id, plain),
        "values": values,
        "errors": {},
        "note": " · ".join(filter(None, notes)),
        "tone": "danger" if change.is_conflict else "attention" if change.is_suspicious else "",
    }


def change_text(change: queries.RevisionChange, currency: str) -> str:
    """Say what happens to one price: `€10.00 → €11.00 (+10%)`."""
    if change.net_price is None:
        return str(_("goes; now %(price)s", price=words.price_text(change.former_price, currency)))
    if change.compared_price is None:
        return str(_("new"))
    if change.compared_price == change.net_price:
        return words.window_text(change.valid_from, change.valid_to)
    return changed_text(change.compared_price, change.net_price, currency)


def _suspicion_text(change: queries.RevisionChange, currency: str) -> str:
    if change.cost_price is not None and change.net_price is not None and change.net_price < change.cost_price:
        return str(_("below its cost of %(cost)s", cost=words.price_text(change.cost_price, currency)))
    if change.net_price == 0:
        return str(_("costs nothing"))
    return str(_("a large change"))


def _page(
    principal: Principal, price_list: PriceListRow, draft: queries.RevisionRow, sheet: Sheet, status: int = 200
) -> ResponseReturnValue:
    summary = queries.summarise(principal, price_list.id, draft.id)
    today = get_today(principal)
    on = max(summary.first_day or today, today)
    show, found = _wanted()
    page = render_template(
        "pricing/draft.html",
        price_list=price_list,
        draft=draft,
        sheet=sheet,
        summary=summary,
        newest_version=queries.get_newest_version(principal, price_list.id),
        impact=find_impact(principal, price_list.id, draft.id, on=on) if summary.total else None,
        shown_baskets=_SHOWN_BASKETS,
        today=today,
        columns=columns(price_list.currency),
        show=show,
        q=found,
        kept={name: request.args[name] for name in ("show", "q") if request.args.get(name)},
        editable=principal.may(Permission.PRICES_MANAGE),
        words=words,
    )
    return page, status

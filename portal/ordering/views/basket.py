"""Basket and order pad: one list on the server, shown with today's prices; the pad has the entry box above it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.views.own_addresses import delivery_choices
from portal.core.idempotency import new_key
from portal.ordering.grid import GridLine, base_quantity, build_rows, packaging_of, sum_rows, unread_row
from portal.ordering.points import basket_rewards, points_hints
from portal.ordering.queries.basket import BasketRow, find_basket
from portal.ordering.queries.grid import find_facts
from portal.ordering.reading import explain_unread
from portal.ordering.rules.reading import ReadOrder, read_text
from portal.ordering.service.basket import (
    BasketEntry,
    empty_basket,
    keep_coupons,
    keep_unread,
    note_order,
    remember_prices,
    set_lines,
    take_out,
)
from portal.ordering.service.order_checks import WantedLine
from portal.ordering.views.placing import (
    OrderFields,
    PostedOrder,
    Refused,
    confirmed_lines,
    coupon_error,
    order_lines,
    read_order_fields,
    too_many_coupons,
)
from portal.promotions.rules.promotion import fold_coupon
from portal.promotions.service.coupons import count_tries
from portal.web.formatting import reader_locale
from portal.web.order_grid import GridError, GridRow, GridTotals, PostedLine, act_text, quote_answer, read_grid_form
from portal.web.problems import TooManyRequests
from portal.web.rate_limits import too_many
from portal.web.screens import Screens
from portal.web.shell import Basket, current_shell
from tenants.database import rollback_at_edge
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

basket_screens = Screens("basket", __name__, capacity=Capacity.BUYER, url_prefix="/buying")
PLACE = Permission.ORDERS_PLACE
_MOST_KEPT = 500


@basket_screens.screen("/basket", PLACE)
def show(principal: Principal) -> ResponseReturnValue:
    """Show what is about to be ordered."""
    return _page(principal, find_basket(principal))


@basket_screens.screen("/order-pad", PLACE)
def pad(principal: Principal) -> ResponseReturnValue:
    """Show the same list, newest entries first in reach, under the entry box."""
    return _page(principal, find_basket(principal), pad=True)


@basket_screens.screen("/basket", PLACE, methods=["POST"], endpoint="act")
def act(principal: Principal) -> ResponseReturnValue:
    """Recalculate, or order the lines the button named."""
    on_pad = request.args.get("from") == "pad"
    fields = read_order_fields(request.form)
    posted = read_grid_form(request.form)
    if request.form.get("act") == "order" and not fields.errors:
        return _order(principal, posted, fields, on_pad=on_pad)
    typed = _keep(principal, posted, fields)
    try:
        _keep_coupons(principal, fields)
    except TooManyRequests as refusal:
        tried = fields.after_too_many(refusal)
        return too_many(refusal, _page(principal, find_basket(principal), pad=on_pad, typed=typed, fields=tried))
    if not typed and not fields.errors:
        return redirect(url_for("basket.pad" if on_pad else "basket.show"), 303)
    wrong = fields if fields.errors else None
    return _page(principal, find_basket(principal), pad=on_pad, typed=typed, fields=wrong)


@basket_screens.screen("/basket/confirmed", PLACE, methods=["POST"])
def order_confirmed(principal: Principal) -> ResponseReturnValue:
    """Order at the new prices, which the buyer has just seen beside the old ones."""
    fields = read_order_fields(request.form)
    lines = confirmed_lines()
    if not lines:
        return redirect(url_for("basket.show"), 303)
    if fields.errors:
        return make_response(_page(principal, find_basket(principal), fields=fields), 409)
    outcome = _send(principal, lines, fields, lambda: _keep_wanted(principal, lines, fields))
    if not isinstance(outcome, Refused):
        return outcome
    if outcome.tried_coupons:
        _keep_wanted(principal, lines, fields, outcome.tried_coupons)
    return _refused_page(principal, outcome, fields)


@basket_screens.screen("/basket/quote", PLACE, methods=["POST"])
def quote(principal: Principal) -> ResponseReturnValue:
    """Keep what is typed and answer with its prices."""
    posted = read_grid_form(request.form)
    typed = _keep(principal, posted, None)
    basket = find_basket(principal)
    rows = _rows(principal, basket, typed)
    totals = _totals(principal, rows)
    _remember_prices(principal, basket, rows)
    act = act_text(totals, principal.currency)
    return jsonify(quote_answer(rows, totals, principal.currency, act, _shown_basket(principal, rows, totals)))


@basket_screens.screen("/basket/empty", PLACE, methods=["POST"])
def empty(principal: Principal) -> ResponseReturnValue:
    """Take everything out."""
    empty_basket(principal)
    flash(gettext("The basket is empty."), "success")
    return redirect(url_for("basket.show"), 303)


def _order(
    principal: Principal, posted: Sequence[PostedLine], fields: OrderFields, *, on_pad: bool
) -> ResponseReturnValue:
    """Order everything that was posted; where lines wait for a hand, only the others, and only if the button said so."""
    wanted = _wanted(principal, posted)
    refused, counted = Refused(gettext("Nothing was ordered yet. Some lines need you first.")), tuple[str, ...]()
    if wanted:
        outcome = _send(principal, wanted, fields, lambda: _keep_asked(principal, posted, fields))
        if not isinstance(outcome, Refused):
            return outcome
        refused, counted = outcome, outcome.tried_coupons
    typed = _keep(principal, posted, fields)
    try:
        _keep_coupons(principal, fields, counted)
    except TooManyRequests as many:
        refused = too_many_coupons(many)
    rows = _rows(principal, find_basket(principal), typed)
    ready = [row for row in rows if row.base_quantity and not row.error and row.raw is None]
    totals = sum_rows(principal, rows)
    said = request.form.get("shown_total") == f"{totals.total}"
    if ready and totals.waiting and said and not refused.too_many:
        outcome = _send_ready(principal, posted, fields, ready)
        if not isinstance(outcome, Refused):
            return outcome
        refused = outcome
        # The refusal undid what was kept.
        typed = _keep(principal, posted, fields)
        _keep_coupons(principal, fields, fields.coupons or ())
    return _refused_page(principal, refused, fields, typed, on_pad=on_pad)


def _send_ready(
    principal: Principal, posted: Sequence[PostedLine], fields: OrderFields, ready: Sequence[GridRow]
) -> ResponseReturnValue | Refused:
    """Order the rows that are ready; those that wait stay in the basket as they were typed."""
    shown = {line.article: line.shown_price for line in posted}
    lines = [WantedLine(row.article, row.base_quantity, shown.get(row.article)) for row in ready if row.base_quantity]
    # Their coupons were counted when they were kept.
    counted = fields.coupons or ()
    _keep_asked(principal, posted, fields, counted)
    # Of coupons that are kept only now nothing was shown.
    unshown = replace(fields, shown_offer=None)
    return _send(principal, lines, unshown, lambda: _keep_asked(principal, posted, fields, counted))


def _refused_page(
    principal: Principal,
    refused: Refused,
    fields: OrderFields,
    typed: Mapping[str, str] | None = None,
    *,
    on_pad: bool = False,
) -> ResponseReturnValue:
    wrong = fields.after_too_many(refused.too_many) if refused.too_many else None
    page = _page(
        principal,
        find_basket(principal),
        pad=on_pad,
        typed=typed,
        fields=wrong,
        message=refused.message,
        refused=refused.errors,
    )
    return too_many(refused.too_many, page) if refused.too_many else make_response(page, 409)


def _wanted(principal: Principal, posted: Sequence[PostedLine]) -> list[WantedLine]:
    """Give the posted lines as they are to be ordered; none at all when one of them cannot be read or was acted upon."""
    if any(line.raw is not None or line.unreadable or line.removed for line in posted):
        return []
    stated = [line for line in posted if line.quantity]
    return [
        WantedLine(line.article, quantity, line.shown_price)
        for line, quantity in zip(stated, _base_quantities(principal, stated), strict=True)
    ]


def _base_quantities(principal: Principal, lines: Sequence[PostedLine]) -> list[Decimal]:
    """Give each line's quantity in base units; the same article may be stated in packagings and loose."""
    packed = [line.article for line in lines if line.in_packaging]
    facts = find_facts(principal, packed) if packed else {}
    contains = {article: packaging_of(fact)[1] for article, fact in facts.items()}
    return [base_quantity(line, contains.get(line.article, Decimal(1))) or Decimal(0) for line in lines]


def _send(
    principal: Principal, lines: Sequence[WantedLine], fields: OrderFields, on_asked: Callable[[], None]
) -> ResponseReturnValue | Refused:
    posted = PostedOrder(
        lines=tuple(lines),
        key=request.form.get("idempotency_key", ""),
        purchase_order_number=fields.purchase_order_number,
        requested_on=fields.requested_on,
        coupons=fields.coupons or (),
        rewards=fields.rewards,
        shown_offer=fields.shown_offer,
        ship_to=fields.ship_to,
    )

    try:
        return order_lines(
            principal,
            posted,
            again_url=url_for("basket.order_confirmed"),
            back_url=url_for("basket.show"),
            on_placed=lambda: take_out(principal, [line.article for line in lines]),
            on_asked=on_asked,
        )
    except TooManyRequests as refused:
        rollback_at_edge()
        return too_many_coupons(refused)


def _keep_wanted(
    principal: Principal, lines: Sequence[WantedLine], fields: OrderFields, counted: Collection[str] = ()
) -> None:
    """Keep what was about to be ordered while the buyer looks at changed prices again."""
    set_lines(principal, [BasketEntry(line.article, line.quantity, line.shown_unit_price) for line in lines])
    note_order(principal, fields.purchase_order_number, fields.requested_on)
    _keep_coupons(principal, fields, counted)


def _keep_asked(
    principal: Principal, posted: Sequence[PostedLine], fields: OrderFields, counted: Collection[str] = ()
) -> None:
    """Keep all that was posted while another page is shown; what is no quantity becomes a line to be corrected."""
    typed = _keep(principal, posted, fields)
    if typed:
        set_lines(principal, [], typed)
        unread = [f"{article}\t{text}" for article, text in typed.items()]
        keep_unread(principal, [*find_basket(principal).unread_lines, *_kept_text(unread)])
    _keep_coupons(principal, fields, counted)


def _kept_text(raws: Iterable[str]) -> list[str]:
    return [raw[:_MOST_KEPT] for raw in raws]


def _keep_coupons(principal: Principal, fields: OrderFields, counted: Collection[str] = ()) -> None:
    """Keep the posted coupons and count as tries those that are new, except where they were `counted` already.

    Raises:
        TooManyRequests: too many were tried within the hour; none is kept.
    """
    if fields.coupons is None or fields.errors:
        return
    kept = {fold_coupon(coupon) for coupon in find_basket(principal).coupons}
    if {fold_coupon(coupon) for coupon in fields.coupons} != kept:
        new = [coupon for coupon in fields.coupons if fold_coupon(coupon) not in kept and coupon not in counted]
        count_tries(principal, len(new))
        keep_coupons(principal, fields.coupons)


def _keep(principal: Principal, posted: Sequence[PostedLine], fields: OrderFields | None) -> dict[str, str]:
    """Keep the posted lines in the basket, all but the coupons; give by article what was typed and is no quantity."""
    lines = [line for line in posted if line.raw is None and line.article]
    entries, removed, typed = [], [], {}
    for line, quantity in zip(lines, _base_quantities(principal, lines), strict=True):
        if line.unreadable and not line.removed:
            typed[line.article] = line.text
        elif line.removed or not line.quantity:
            removed.append(line.article)
        else:
            rounded = quantity.quantize(Decimal("0.001"))
            entries.append(BasketEntry(line.article, rounded, line.shown_price, line.in_packaging))
    set_lines(principal, entries, removed)
    if fields is not None and not fields.errors:
        note_order(principal, fields.purchase_order_number, fields.requested_on)
    if any(line.raw is not None for line in posted):
        raws = [line.raw for line in posted if line.raw is not None and line.raw.strip() and not line.removed]
        keep_unread(principal, _kept_text(raws))
    return typed


def _rows(
    principal: Principal,
    basket: BasketRow,
    typed: Mapping[str, str],
    refused: Mapping[str, GridError] | None = None,
) -> list[GridRow]:
    lines = [
        GridLine(
            line.article, None if line.article in typed else line.quantity, line.in_packaging, typed.get(line.article)
        )
        for line in basket.lines
    ]
    rows = build_rows(principal, lines, refused, basket.coupons) if lines else []
    return [*rows, *unread_rows(principal, basket.unread_lines)]


def unread_rows(principal: Principal, raws: Sequence[str]) -> list[GridRow]:
    """Give a row to be corrected for each kept line that could not be read."""
    if not raws:
        return []
    locale = str(reader_locale())
    lines = tuple(line for raw in raws for line in read_text(raw, locale).lines)
    seen: dict[str, int] = {}
    rows = []
    for unread in explain_unread(principal, raws, ReadOrder(lines)):
        seen[unread.raw] = seen.get(unread.raw, -1) + 1
        rows.append(unread_row(unread.raw, unread.reason, seen[unread.raw]))
    return rows


def pad_page(principal: Principal, message: str, entered: str) -> str:
    """Give the order pad with what was entered still in its box, and why."""
    return _page(principal, find_basket(principal), pad=True, message=message, entered=entered)


def _remember_prices(principal: Principal, basket: BasketRow, rows: Sequence[GridRow]) -> None:
    """Keep the prices that are about to be shown, for the sum in the bar."""
    shown = {row.article: row.unit_price for row in rows if row.raw is None and row.unit_price is not None}
    remember_prices(principal, basket, shown)


def _totals(principal: Principal, rows: Sequence[GridRow]) -> GridTotals:
    totals = sum_rows(principal, rows)
    if not totals.collects_points:
        return totals
    return replace(totals, hints=(*totals.hints, *points_hints(principal, rows)))


def _shown_basket(principal: Principal, rows: Sequence[GridRow], totals: GridTotals) -> Basket:
    """Give what the bar tells beside these rows: what will be charged."""
    lines = sum(1 for row in rows if row.raw is None)
    return Basket(lines, totals.total, principal.currency, url_for("basket.show"))


def _page(
    principal: Principal,
    basket: BasketRow,
    *,
    pad: bool = False,
    typed: Mapping[str, str] | None = None,
    fields: OrderFields | None = None,
    message: str = "",
    entered: str = "",
    refused: Mapping[str, GridError] | None = None,
) -> str:
    rows = _rows(principal, basket, typed or {}, refused)
    _remember_prices(principal, basket, rows)
    totals = _totals(principal, rows)
    # The bar need not ask again for what this page knows.
    vars(current_shell())["basket"] = _shown_basket(principal, rows, totals)
    if fields is None:
        day = basket.requested_on
        invalid = coupon_error(basket.coupons, rows)
        fields = OrderFields(
            basket.purchase_order_number,
            day,
            day.isoformat() if day else "",
            {"coupons": invalid} if invalid else {},
            basket.coupons,
        )
    return render_template(
        "ordering/order_pad.html" if pad else "ordering/basket.html",
        rows=rows,
        totals=totals,
        currency=principal.currency,
        act=act_text(totals, principal.currency),
        key=new_key(),
        fields=fields,
        delivery=delivery_choices(principal),
        rewards=basket_rewards(principal, basket.rewards),
        message=message,
        entered=entered,
    )

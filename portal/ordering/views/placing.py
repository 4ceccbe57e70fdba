"""From a posted grid to a placed order: the same steps for basket, order pad, restock list and reorder.

outcome = order_lines(principal, posted, again_url=…, back_url=…)
if isinstance(outcome, Refused): show the page again with outcome.errors at their rows
else: return outcome          # a redirect to the confirmation, or the page that asks about changed prices
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.catalogue.units import unit_word
from portal.core.idempotency import (
    IdempotencyKey,
    IdempotencyKeyReused,
    RequestInProgress,
    check_key,
    new_key,
    request_hash,
)
from portal.loyalty.errors import RewardsRefused
from portal.ordering.errors import (
    AccountClosed,
    ApprovalNeeded,
    CouponsRefused,
    LinesRefused,
    OutOfStock,
    PricesChanged,
)
from portal.ordering.grid import GridLine, build_rows, shortage_text
from portal.ordering.queries.approvals import RequestRow
from portal.ordering.queries.grid import find_facts
from portal.ordering.rules.quantities import MOST_LINES
from portal.ordering.service.approvals import find_earlier_request, request_order
from portal.ordering.service.order_checks import WantedLine
from portal.ordering.service.place_order import PlacedOrder, PlaceOrder, place_order
from portal.ordering.views.approval_page import request_page
from portal.ordering.views.own_order_page import own_order_page
from portal.promotions.rules.promotion import fold_coupon
from portal.web.order_grid import GridError, GridRow, GridTotals
from portal.web.problems import TooManyRequests
from portal.web.rate_limits import wait_text
from tenants.database import rollback_at_edge
from tenants.errors import Refusal
from tenants.permissions import Permission
from tenants.principal import Principal

_MOST_PURCHASE_ORDER_NUMBER = 100
_MOST_COUPONS, _LONGEST_COUPON = 20, 100
_WAITS = 20
_SECONDS_BETWEEN = 0.2


@dataclass(frozen=True, slots=True)
class PostedOrder:
    """What the form asks for: lines with the prices shown, quantities in base units."""

    lines: tuple[WantedLine, ...]
    key: str
    purchase_order_number: str = ""
    requested_on: date | None = None
    coupons: tuple[str, ...] = ()
    rewards: tuple[str, ...] = ()
    shown_offer: str | None = None
    """What promotions gave when the form was shown; None = the form did not say."""
    ship_to: str = ""
    """Key of the address that was chosen; empty: the usual one."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The order was not placed: errors by article number, and what to say above the grid."""

    message: str
    errors: Mapping[str, GridError] = field(default_factory=dict)
    tried_coupons: tuple[str, ...] = ()
    """Those that are not valid and were counted as tries."""
    too_many: TooManyRequests | None = None
    """Too many coupons were tried; until when."""


@dataclass(frozen=True, slots=True)
class OrderFields:
    """The fields beside the lines, as posted, and what is wrong with them."""

    purchase_order_number: str = ""
    requested_on: date | None = None
    requested_text: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    coupons: tuple[str, ...] | None = None
    """None: the form has no field for them."""
    shown_offer: str | None = None
    """What promotions gave as the form was shown; None where lines were waiting, so that it was not about all of them."""
    ship_to: str = ""
    rewards: tuple[str, ...] = ()
    """Codes of the rewards that were shown with the form."""

    def after_too_many(self, refusal: TooManyRequests) -> OrderFields:
        """Give the fields as they were typed, with the refusal at the coupons."""
        return replace(self, errors={**self.errors, "coupons": wait_text(refusal)})


def read_order_fields(form: Mapping[str, str]) -> OrderFields:
    """Read purchase order number and wanted day."""
    number, text = form.get("purchase_order_number", "").strip(), form.get("requested_on", "").strip()
    errors = {}
    if len(number) > _MOST_PURCHASE_ORDER_NUMBER or not number.isprintable():
        errors["purchase_order_number"] = gettext("Please use at most 100 characters.")
    wanted = None
    if text:
        try:
            wanted = date.fromisoformat(text)
        except ValueError:
            errors["requested_on"] = gettext("Please enter a day, for example 2027-01-31.")
    coupons = _read_coupons(form["coupons"]) if "coupons" in form else None
    if coupons and (
        len(coupons) > _MOST_COUPONS or any(len(each) > _LONGEST_COUPON or not each.isprintable() for each in coupons)
    ):
        errors["coupons"] = gettext("Please enter at most 20 coupons, separated by commas.")
    offer = form.get("shown_offer") if form.get("shown_waiting", "0") == "0" else None
    rewards = _read_coupons(form.get("rewards", ""))
    return OrderFields(number, wanted, text, errors, coupons, offer, form.get("ship_to", "").strip()[:40], rewards)


def _read_coupons(typed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (each.strip() for each in typed.split(",")))))


def order_lines(
    principal: Principal,
    posted: PostedOrder,
    *,
    again_url: str,
    back_url: str,
    on_placed: Callable[[], None] = lambda: None,
    on_asked: Callable[[], None] = lambda: None,
    keeps_lines: bool = True,
) -> ResponseReturnValue | Refused:
    """Place what the form asks for: a redirect to the confirmation, a page about changed prices, or why it was refused.

    `on_placed` runs in the same transaction (taking the lines from the basket), `on_asked` before the buyer is asked about
    changed prices (keeping the lines). The form of that page posts to `again_url`. A page at `back_url` that does not keep
    its lines on the server (`keeps_lines` false) gets them back with the way there, as its own form posts them.
    """
    if len(posted.lines) > MOST_LINES:
        return Refused(gettext("Nothing was ordered: one order takes at most 1,000 lines. Please take some out first."))
    command = _command(principal, posted)
    waiting = _waiting(principal, command)
    if waiting is not None:
        return waiting
    try:
        placed = _place(principal, command)
    except ApprovalNeeded:
        return _ask_for_approval(principal, command, on_placed)
    except PricesChanged as changed:
        rollback_at_edge()
        on_asked()
        return _ask_about_prices(principal, posted, changed, again_url, back_url, keeps_lines=keeps_lines)
    except OutOfStock as short:
        rollback_at_edge()
        return _short(principal, short)
    except (LinesRefused, CouponsRefused, RewardsRefused, AccountClosed) as refused:
        rollback_at_edge()
        return _refused(principal, refused)
    except IdempotencyKeyReused:
        rollback_at_edge()
        flash(
            gettext("This form was sent before and its order is placed. What you changed since was not ordered."),
            "info",
        )
        return redirect(url_for("own_orders.show_all"), HTTPStatus.SEE_OTHER)
    if not placed.replayed:
        on_placed()
    location = url_for("own_orders.show", order_number=placed.order_number, placed="yes")
    return _confirmation(
        principal, location, lambda: own_order_page(principal, placed.order_number, just_placed=True, part=True)
    )


def _refused(principal: Principal, refused: Refusal) -> Refused:
    if isinstance(refused, RewardsRefused):
        return Refused(reward_text(refused))
    if isinstance(refused, LinesRefused):
        errors = {
            error["article"]: GridError(error["reason"], _line_text(error)) for error in refused.details["errors"]
        }
        return Refused(gettext("Nothing was ordered. Some lines need you first."), errors)
    if isinstance(refused, CouponsRefused):
        return Refused(gettext("Nothing was ordered: a coupon is not valid."), tried_coupons=refused.tried)
    return Refused(gettext("Nothing was ordered: %(seller)s has closed your account.", seller=principal.seller_name))


def reward_text(refused: RewardsRefused) -> str:
    """Say why rewards do not go with the order."""
    if any(error["reason"] == "too-few-points" for error in refused.details["errors"]):
        return str(gettext("There are not enough points for the rewards."))
    return str(gettext("A reward is not offered any more. Please take it out."))


def _waiting(principal: Principal, command: PlaceOrder) -> ResponseReturnValue | None:
    """Lead to the order of this form that waits, or waited: none is placed beside it, even if it may be ordered alone by now."""
    try:
        waiting = find_earlier_request(principal, command.idempotency)
    except IdempotencyKeyReused:
        flash(gettext("This form was sent before and its order waits. What you changed since was not ordered."), "info")
        return redirect(url_for("approvals.show_all"), HTTPStatus.SEE_OTHER)
    return _asked(principal, waiting) if waiting else None


def _ask_for_approval(principal: Principal, command: PlaceOrder, on_asked: Callable[[], None]) -> ResponseReturnValue:
    """Let the order wait for an approver: nothing was written that would have to be undone."""
    asked = request_order(principal, command)
    if not asked.replayed:
        on_asked()
    return _asked(principal, asked)


def _asked(principal: Principal, asked: RequestRow) -> ResponseReturnValue:
    location = url_for("approvals.show", request_number=asked.request_number, asked="yes")
    return _confirmation(
        principal, location, lambda: request_page(principal, asked.request_number, just_asked=True, part=True)
    )


def _confirmation(principal: Principal, location: str, page: Callable[[], str]) -> ResponseReturnValue:
    """Send the browser to the order's page; a script that asks for it gets the page's main part at once."""
    if request.headers.get("X-Fragment") != "confirmation" or not principal.may(Permission.ORDERS_VIEW):
        return redirect(location, HTTPStatus.SEE_OTHER)
    return page(), HTTPStatus.CREATED, {"Location": location}


def too_many_coupons(refused: TooManyRequests) -> Refused:
    """Say that nothing was ordered because too many coupons were tried."""
    return Refused(gettext("Nothing was ordered: too many coupons were tried."), too_many=refused)


def _command(principal: Principal, posted: PostedOrder) -> PlaceOrder:
    sent = [[line.article, str(line.quantity.normalize())] for line in posted.lines]
    values: list[Any] = [
        sent,
        posted.purchase_order_number,
        posted.requested_on.isoformat() if posted.requested_on else None,
    ]
    values += [posted.ship_to] if posted.ship_to else []
    values += [["rewards", *posted.rewards]] if posted.rewards else []
    key = IdempotencyKey(principal.actor, check_key(posted.key), request_hash("order form", values))
    return PlaceOrder(
        lines=posted.lines,
        idempotency=key,
        purchase_order_number=posted.purchase_order_number,
        requested_on=posted.requested_on,
        coupons=posted.coupons,
        rewards=posted.rewards,
        shown_offer=posted.shown_offer,
        ship_to=posted.ship_to,
    )


def _place(principal: Principal, command: PlaceOrder) -> PlacedOrder:
    for _ in range(_WAITS):
        try:
            return place_order(principal, command)
        except RequestInProgress:
            # The first click of a double click is being placed: wait for it and show the same order.
            rollback_at_edge()
            time.sleep(_SECONDS_BETWEEN)
    return place_order(principal, command)


def coupon_error(coupons: Sequence[str], rows: Sequence[GridRow]) -> str:
    """Say which coupons give nothing, in the one text there is, whatever the reason; empty where all give something."""
    counting = {coupon for row in rows for coupon in row.coupons}
    wrong = [coupon for coupon in coupons if fold_coupon(coupon) not in counting]
    refusal = gettext("This coupon is not valid.")
    return f"{', '.join(wrong)}: {refusal}" if wrong and rows else ""


def _short(principal: Principal, short: OutOfStock) -> Refused:
    facts = find_facts(principal, [line["article"] for line in short.details["lines"]])
    errors = {}
    for line in short.details["lines"]:
        fact = facts.get(line["article"])
        unit = unit_word(fact.base_unit) if fact else ""
        available = Decimal(str(line["available_quantity"]))
        errors[line["article"]] = GridError("out-of-stock", shortage_text(available, unit))
    return Refused(gettext("Nothing was ordered: some articles were sold in the meantime."), errors)


def _line_text(error: Mapping[str, Any]) -> str:
    texts = {
        "unknown-article": gettext("This article is not offered any more."),
        "price-on-request": gettext("The price is on request, so this cannot be ordered here."),
    }
    return str(texts.get(error["reason"]) or gettext("This quantity cannot be ordered."))


def _ask_about_prices(
    principal: Principal, posted: PostedOrder, changed: Refusal, again_url: str, back_url: str, *, keeps_lines: bool
) -> ResponseReturnValue:
    differing = {line["line"]: line for line in changed.details["lines"]}
    lines = [GridLine(line.article, line.quantity) for line in posted.lines]
    now = build_rows(principal, lines, coupons=posted.coupons)
    rows: list[dict[str, Any]] = []
    for position, (line, row) in enumerate(zip(posted.lines, now, strict=True), start=1):
        change = differing.get(position)
        old = line.shown_unit_price
        new = Decimal(change["new_unit_price"]) if change else old
        rows.append(
            {
                "key": str(position),
                "article": line.article,
                "name": row.name or line.article,
                "unit": row.unit,
                "quantity": line.quantity,
                "old": old,
                "new": new,
                "promotions": row.promotions,
                # Without a changed price it is what promotions give that changed.
                "changed": change is not None or (not differing and bool(row.promotions)),
            }
        )
    page = render_template(
        "ordering/prices_changed.html",
        rows=rows,
        totals=GridTotals.of(now),
        posted=posted,
        coupon_error=coupon_error(posted.coupons, now),
        key=new_key(),
        again_url=again_url,
        back_url=back_url,
        keeps_lines=keeps_lines,
        currency=principal.currency,
    )
    return make_response(page, HTTPStatus.CONFLICT)


def confirmed_lines() -> tuple[WantedLine, ...]:
    """Read the lines of the changed-prices page, where quantities are plain base units."""
    lines = []
    for name, article in request.form.items():
        key = name.partition("article-")[2]
        if not key:
            continue
        try:
            quantity = Decimal(request.form.get(f"base-{key}", ""))
            price = Decimal(request.form.get(f"shown_price-{key}", ""))
        except InvalidOperation:
            continue
        if quantity.is_finite() and price.is_finite() and quantity > 0:
            lines.append(WantedLine(article, quantity, price))
    return tuple(lines)

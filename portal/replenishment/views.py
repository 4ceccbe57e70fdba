"""The restock list: filled in from the account's own orders, adjustable, ordered with one click; also on the home page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal.core.idempotency import new_key
from portal.ordering.grid import GridLine, build_rows, grid_lines, sum_rows
from portal.ordering.service.order_checks import WantedLine
from portal.ordering.views.placing import (
    OrderFields,
    PostedOrder,
    Refused,
    confirmed_lines,
    order_lines,
    read_order_fields,
)
from portal.replenishment.because import because_text
from portal.replenishment.queries import Restock, get_restock
from portal.web.addresses import address_of
from portal.web.navigation import home_cards, navigation
from portal.web.order_grid import GridError, GridRow, PostedLine, act_text, quote_answer, read_grid_form
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

restock_screens = Screens("restock", __name__, capacity=Capacity.BUYER, url_prefix="/buying")
PLACE = Permission.ORDERS_PLACE


@restock_screens.screen("/restock", PLACE)
def show(principal: Principal) -> ResponseReturnValue:
    """Show what is usually needed now, filled in."""
    restock = get_restock(principal)
    return _page(principal, _proposed(restock), restock=restock)


@restock_screens.screen("/restock", PLACE, methods=["POST"], endpoint="act")
def act(principal: Principal) -> ResponseReturnValue:
    """Order the list as it stands in the form, or show it again with today's prices."""
    fields = read_order_fields(request.form)
    posted = read_grid_form(request.form)
    lines = grid_lines(principal, posted)
    if request.form.get("act") != "order" or fields.errors:
        return _page(principal, lines, fields)
    wanted = _wanted(lines, posted)
    if not wanted:
        message = gettext("Nothing was ordered yet. Some lines need you first.")
        return make_response(_page(principal, lines, fields, message), 409)
    return _send(principal, wanted, fields, lines)


@restock_screens.screen("/restock/confirmed", PLACE, methods=["POST"])
def order_confirmed(principal: Principal) -> ResponseReturnValue:
    """Order at the new prices, which the buyer has just seen beside the old ones."""
    wanted = confirmed_lines()
    lines = [GridLine(line.article, line.quantity) for line in wanted]
    return _send(principal, wanted, read_order_fields(request.form), lines)


@restock_screens.screen("/restock/quote", PLACE, methods=["POST"])
def quote(principal: Principal) -> ResponseReturnValue:
    """Answer what is typed with its prices."""
    rows = build_rows(principal, grid_lines(principal, read_grid_form(request.form)))
    totals = sum_rows(principal, rows)
    return jsonify(quote_answer(rows, totals, principal.currency, act_text(totals, principal.currency)))


def load_restock_card(principal: Principal) -> Mapping[str, Any]:
    """Give the home page's restock list: its lines, or when the next order is due, or how to begin."""
    restock = get_restock(principal)
    return {**_shown(principal, _proposed(restock)), "restock": restock}


def _proposed(restock: Restock) -> list[GridLine]:
    return [GridLine(line.article, line.quantity, because=because_text(line.because)) for line in restock.lines]


def _wanted(lines: Sequence[GridLine], posted: Sequence[PostedLine]) -> tuple[WantedLine, ...]:
    """Give what is to be ordered; nothing while a line cannot be read or was just removed."""
    if any(line.unreadable or line.removed for line in posted):
        return ()
    shown = {line.article: line.shown_price for line in posted}
    return tuple(WantedLine(line.article, line.quantity, shown.get(line.article)) for line in lines if line.quantity)


def _send(
    principal: Principal, wanted: Sequence[WantedLine], fields: OrderFields, lines: Sequence[GridLine]
) -> ResponseReturnValue:
    order = PostedOrder(
        lines=tuple(wanted),
        key=request.form.get("idempotency_key", ""),
        purchase_order_number=fields.purchase_order_number,
        requested_on=fields.requested_on,
        shown_offer=fields.shown_offer,
        ship_to=fields.ship_to,
    )
    outcome = order_lines(
        principal,
        order,
        again_url=address_of("restock.order_confirmed"),
        back_url=address_of("restock.act"),
        keeps_lines=False,
    )
    if isinstance(outcome, Refused):
        return make_response(_page(principal, lines, fields, outcome.message, outcome.errors), 409)
    return outcome


def _page(
    principal: Principal,
    lines: Sequence[GridLine],
    fields: OrderFields | None = None,
    message: str = "",
    refused: Mapping[str, GridError] | None = None,
    restock: Restock | None = None,
) -> str:
    return render_template(
        "replenishment/restock.html",
        **_shown(principal, lines, refused),
        fields=fields or OrderFields(),
        message=message,
        restock=restock,
    )


def _shown(
    principal: Principal, lines: Sequence[GridLine], refused: Mapping[str, GridError] | None = None
) -> dict[str, Any]:
    rows: list[GridRow] = build_rows(principal, lines, refused) if lines else []
    totals = sum_rows(principal, rows)
    return {
        "rows": rows,
        "totals": totals,
        "currency": principal.currency,
        "act": act_text(totals, principal.currency),
        "key": new_key(),
    }


def register(app: Flask) -> None:
    """Bind the screens, the navigation entry and the card of the home page."""
    app.register_blueprint(restock_screens)
    navigation.add(Capacity.BUYER, _l("Buy"), _l("Restock"), "restock.show", "restock", PLACE, 10)
    home_cards.add(Capacity.BUYER, "restock", 10, PLACE, load_restock_card, "replenishment/_card_restock.html")

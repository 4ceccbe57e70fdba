"""The page of an order that waits, or waited, for an approver: opened from a list, or right after asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal.accounts.queries.records import list_ship_to
from portal.catalogue.units import product_name, unit_word
from portal.ordering.approval_models import RequestState
from portal.ordering.queries.approvals import RequestRow, get_approver, get_request
from portal.ordering.queries.grid import find_facts
from portal.ordering.rules.approval import Hindrance, hindrance
from portal.pricing.rules.price_lists import line_amount, minor_unit
from portal.web.formatting import money_text
from tenants.permissions import Permission
from tenants.principal import Principal

STATE_TEXTS: Mapping[RequestState, Any] = {
    RequestState.WAITING: _l("Waits for approval"),
    RequestState.APPROVED: _l("Approved"),
    RequestState.DECLINED: _l("Declined"),
    RequestState.WITHDRAWN: _l("Taken back"),
}
STATE_TONES: Mapping[RequestState, str] = {
    RequestState.WAITING: "attention",
    RequestState.APPROVED: "good",
    RequestState.DECLINED: "danger",
    RequestState.WITHDRAWN: "neutral",
}


def request_page(
    principal: Principal, request_number: str, *, just_asked: bool = False, problem: str = "", part: bool = False
) -> str:
    """Give the page of an order that waits; `problem` says why it was not placed, `part`: only its main area.

    Raises:
        NotFound: the principal's organisation has no such request.
    """
    request = get_request(principal, request_number)
    waiting = request.state is RequestState.WAITING
    approves = waiting and principal.may(Permission.ORDERS_APPROVE)
    hindered = hindered_text(principal, request) if approves else ""
    return render_template(
        "ordering/approval.html",
        part=part,
        asked=request,
        lines=_lines(principal, request),
        ship_to=_ship_to(principal, request.ship_to),
        state_texts=STATE_TEXTS,
        state_tones=STATE_TONES,
        just_asked=just_asked,
        problem=problem,
        hindered=hindered,
        may_approve=approves and not hindered,
        may_decline=approves,
        may_withdraw=waiting and principal.may(Permission.ORDERS_PLACE),
    )


def hindered_text(principal: Principal, request: RequestRow) -> str:
    """Say why the principal, who approves orders, may not approve this one; empty where it may."""
    approver = get_approver(principal)
    reason = hindrance(approver, request.total, is_own=request.requested_by == principal.actor)
    if reason is Hindrance.OWN:
        return str(gettext("You asked for this order yourself. Somebody else approves it."))
    if reason is Hindrance.LIMIT:
        limit = money_text(approver.approves_up_to, request.currency)
        return str(gettext("You approve orders up to %(limit)s. Somebody else approves this one.", limit=limit))
    return ""


def _ship_to(principal: Principal, key: str) -> Any | None:
    """Give the address that the goods go to; None: the buyer's own."""
    return next((row for row in list_ship_to(principal) if (row.key == key if key else row.is_usual)), None)


def _lines(principal: Principal, request: RequestRow) -> list[dict[str, Any]]:
    facts = find_facts(principal, [line.article for line in request.lines])
    decimals = minor_unit(request.currency)
    rows = []
    for line in request.lines:
        fact = facts.get(line.article)
        rows.append(
            {
                "article": line.article,
                "name": product_name(fact.name_en, fact.name_de) if fact else line.article,
                "unit": unit_word(fact.base_unit) if fact else "",
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "amount": line_amount(line.unit_price, line.quantity, decimals),
            }
        )
    return rows

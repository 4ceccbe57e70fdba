"""Orders that wait for an approver, and the rule that says which do."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.errors import UnusableValue
from portal.accounts.queries.people import PersonRow, list_people
from portal.loyalty.errors import RewardsRefused
from portal.ordering.approval_models import RequestState
from portal.ordering.errors import (
    AccountClosed,
    ApprovalNeeded,
    ApprovalRefused,
    CouponsRefused,
    LinesRefused,
    OutOfStock,
    PricesChanged,
    RequestDecided,
)
from portal.ordering.queries.approvals import (
    LimitRow,
    RuleRow,
    get_rule,
    list_limits,
    list_requests,
)
from portal.ordering.service import approvals as service
from portal.ordering.service.approval_rule import SaveRule, require_approver, save_rule
from portal.ordering.views.approval_page import STATE_TEXTS, STATE_TONES, request_page
from portal.ordering.views.placing import reward_text
from portal.pricing.rules.entry_rows import RowProblem, typed_number
from portal.pricing.words import FIELD_PROBLEMS, decimal_mark, plain_number
from portal.web.api.paging import page_of, read_cursor
from portal.web.problems import TooManyRequests
from portal.web.rate_limits import too_many, wait_text
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.errors import Refusal
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

approval_screens = Screens("approvals", __name__, capacity=Capacity.BUYER, url_prefix="/buying/approvals")
VIEW, APPROVE = Permission.ORDERS_VIEW, Permission.ORDERS_APPROVE
_REFUSALS = (
    RequestDecided,
    ApprovalRefused,
    ApprovalNeeded,
    LinesRefused,
    RewardsRefused,
    OutOfStock,
    AccountClosed,
    UnusableValue,
)
_PAGE = 50
_LONGEST_REASON = 500
_LIMIT_BELOW = Decimal(10**12)
_DECIMALS = 2


@approval_screens.screen("/", VIEW)
def show_all(principal: Principal) -> ResponseReturnValue:
    """List the orders that were asked for, the newest first."""
    wanted = request.args.get("state", "")
    state = RequestState(wanted) if wanted in set(RequestState) else None
    rows = list_requests(principal, state=state, after=read_cursor(request.args.get("cursor"), 1), limit=_PAGE + 1)
    return render_template(
        "ordering/approvals.html",
        page=page_of(rows, _PAGE, lambda row: row, lambda row: (row.id,)),
        state=state.value if state else "",
        state_texts=STATE_TEXTS,
        state_tones=STATE_TONES,
    )


@approval_screens.screen("/<request_number>", VIEW)
def show(principal: Principal, request_number: str) -> ResponseReturnValue:
    """Show an order that waits: what, for how much, who asked, and why it waits."""
    return request_page(principal, request_number, just_asked=request.args.get("asked") == "yes")


@approval_screens.screen("/<request_number>/approve", APPROVE, methods=["POST"])
def approve(principal: Principal, request_number: str) -> ResponseReturnValue:
    """Place the order at the prices that were shown; where they changed, show the new ones first."""
    try:
        approved = service.approve_request(principal, request_number, shown=request.form.get("shown", ""))
    except (PricesChanged, CouponsRefused):
        rollback_at_edge()
        return _at_new_prices(principal, request_number)
    except _REFUSALS as refused:
        return _refused(principal, request_number, refused)
    except TooManyRequests as refused:
        rollback_at_edge()
        return too_many(refused, request_page(principal, request_number, problem=wait_text(refused)))
    flash(
        gettext(
            "The order is approved. %(seller)s has it as %(number)s.",
            seller=principal.seller_name,
            number=approved.order_number,
        ),
        "success",
    )
    return redirect(url_for("approvals.show", request_number=request_number), HTTPStatus.SEE_OTHER)


@approval_screens.screen("/<request_number>/decline", APPROVE, methods=["POST"])
def decline(principal: Principal, request_number: str) -> ResponseReturnValue:
    """Decline it, with a reason."""
    reason = " ".join(request.form.get("reason", "").replace("\x00", "").split())[:_LONGEST_REASON]
    try:
        service.decline_request(principal, request_number, reason)
    except RequestDecided as refused:
        return _refused(principal, request_number, refused)
    flash(gettext("The order is declined. Who asked for it is told."), "success")
    return redirect(url_for("approvals.show", request_number=request_number), HTTPStatus.SEE_OTHER)


@approval_screens.screen("/<request_number>/withdraw", Permission.ORDERS_PLACE, methods=["POST"])
def withdraw(principal: Principal, request_number: str) -> ResponseReturnValue:
    """Take it back into the basket."""
    try:
        service.withdraw_request(principal, request_number)
    except RequestDecided as refused:
        return _refused(principal, request_number, refused)
    flash(gettext("The order waits no more; its lines are in your basket."), "success")
    return redirect(url_for("basket.show"), HTTPStatus.SEE_OTHER)


@approval_screens.screen("/rule", Permission.PEOPLE_MANAGE)
def rule(principal: Principal) -> ResponseReturnValue:
    """Show what is ordered alone."""
    require_approver(principal)
    return _rule_page(principal, _typed_of(get_rule(principal), list_limits(principal)), {})


@approval_screens.screen("/rule", Permission.PEOPLE_MANAGE, methods=["POST"], fresh=True)
def change_rule(principal: Principal) -> ResponseReturnValue:
    """Say what is ordered alone."""
    require_approver(principal)
    people = _people(principal)
    fields = ["places_up_to", *(f"{kind}-{person.user_id}" for person in people for kind in ("places", "approves"))]
    typed = {name: request.form.get(name, "").strip() for name in fields}
    typed["four_eyes"] = "yes" if "four_eyes" in request.form else ""
    amounts: dict[str, Decimal | None] = {}
    errors: dict[str, str] = {}
    for name in fields:
        amount = _amount(typed[name])
        if isinstance(amount, str):
            errors[name] = amount
        else:
            amounts[name] = amount
    if errors:
        return _rule_page(principal, typed, errors), HTTPStatus.UNPROCESSABLE_ENTITY
    limits = {
        person.user_id: LimitRow(amounts[f"places-{person.user_id}"], amounts[f"approves-{person.user_id}"])
        for person in people
        # Who was invited meanwhile was not on the form.
        if f"places-{person.user_id}" in request.form
    }
    save_rule(principal, SaveRule(amounts["places_up_to"], bool(typed["four_eyes"]), limits))
    flash(gettext("Saved. It holds for the next order."), "success")
    return redirect(url_for("approvals.rule"), HTTPStatus.SEE_OTHER)


def load_waiting_requests(principal: Principal) -> Mapping[str, Any] | None:
    """Give the orders that wait for an approver, for the home page; nothing while none does."""
    rows = list_requests(principal, state=RequestState.WAITING, limit=5)
    return {"rows": rows} if rows else None


def _at_new_prices(principal: Principal, number: str) -> ResponseReturnValue:
    """Nothing is ordered at a price that nobody has seen: the approver is asked again with today's."""
    try:
        service.reprice_request(principal, number)
    except Refusal as refused:
        return _refused(principal, number, refused)
    problem = gettext(
        "Prices or promotions changed since this order was asked for. These are today's; nothing is ordered yet."
    )
    return request_page(principal, number, problem=problem), HTTPStatus.CONFLICT


def _refused(principal: Principal, number: str, refused: Refusal) -> ResponseReturnValue:
    rollback_at_edge()
    return request_page(principal, number, problem=_problem(principal, refused)), HTTPStatus.CONFLICT


def _problem(principal: Principal, refused: Refusal) -> str:
    """Say why nothing was ordered."""
    if isinstance(refused, RequestDecided):
        return str(gettext("Somebody has decided about this order meanwhile."))
    if isinstance(refused, ApprovalRefused | ApprovalNeeded):
        return str(gettext("This order is not for you to approve."))
    if isinstance(refused, AccountClosed):
        return str(gettext("Nothing was ordered: %(seller)s has closed your account.", seller=principal.seller_name))
    if isinstance(refused, UnusableValue):
        return str(gettext("Nothing was ordered: the address for the goods is no longer there."))
    if isinstance(refused, RewardsRefused):
        return reward_text(refused)
    if isinstance(refused, CouponsRefused):
        return str(gettext("Nothing was ordered: a coupon is not valid."))
    named = refused.details.get("lines" if isinstance(refused, OutOfStock) else "errors", [])
    articles = ", ".join(dict.fromkeys(str(line["article"]) for line in named if "article" in line))
    if isinstance(refused, OutOfStock):
        return str(gettext("Nothing was ordered: there is not enough stock of %(articles)s.", articles=articles))
    return str(
        gettext(
            "Nothing was ordered: these articles cannot be ordered any more as they were asked for: %(articles)s.",
            articles=articles,
        )
    )


def _people(principal: Principal) -> list[PersonRow]:
    """Give who may order or approve in the organisation."""
    about = {Permission.ORDERS_PLACE, APPROVE}
    people = list_people(principal, principal.organisation_id)
    return [person for person in people if person.active and person.permissions & about]


def _amount(typed: str) -> Decimal | str | None:
    """Read an amount as people type it; None where there is none, or what is wrong with it."""
    plain = typed_number(typed.replace("\N{MINUS SIGN}", "-"), decimal_mark())
    wrong = str(FIELD_PROBLEMS["not-a-number"])
    if isinstance(plain, RowProblem) or plain.startswith("-"):
        return wrong
    amount = Decimal(plain) if plain else None
    return wrong if amount is not None and (amount >= _LIMIT_BELOW or amount != round(amount, _DECIMALS)) else amount


def _typed_of(known: RuleRow, limits: Mapping[int, LimitRow]) -> dict[str, str]:
    typed = {"places_up_to": plain_number(known.places_up_to), "four_eyes": "yes" if known.four_eyes else ""}
    for user, limit in limits.items():
        typed[f"places-{user}"] = plain_number(limit.places_up_to)
        typed[f"approves-{user}"] = plain_number(limit.approves_up_to)
    return typed


def _rule_page(principal: Principal, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "ordering/approval_rule.html",
        people=[(person, APPROVE in person.permissions) for person in _people(principal)],
        typed=typed,
        errors=errors,
        currency=principal.currency,
    )

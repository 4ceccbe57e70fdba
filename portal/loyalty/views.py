"""The screens of loyalty: the seller's programme and the ledgers of its customers, and a buyer's own points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.queries.accounts import get_account
from portal.core.idempotency import new_key
from portal.loyalty import words
from portal.loyalty.errors import ProgrammeNotReady
from portal.loyalty.forms import AdjustmentForm, ProgrammeForm, RewardForm, RuleForm, programme_values
from portal.loyalty.models import ProgrammeState
from portal.loyalty.queries.points import get_standing, list_entries, list_members, list_totals
from portal.loyalty.queries.programme import find_programme, list_levels, list_rewards, list_rules
from portal.loyalty.service import programme as service
from portal.loyalty.service.points import adjust_points
from portal.pricing.words import window_text
from portal.web.api.paging import page_of, read_cursor, read_text_cursor
from portal.web.navigation import home_cards, navigation
from portal.web.refused_forms import accepts
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

loyalty_screens = Screens("loyalty", __name__, capacity=Capacity.SELLER, url_prefix="/selling/loyalty")
own_points = Screens("own_points", __name__, capacity=Capacity.BUYER, url_prefix="/buying/points")
VIEW, MANAGE = Permission.ACCOUNTS_VIEW, Permission.LOYALTY_MANAGE
_PAGE = 50


@loyalty_screens.screen("/", VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show the programme with its rules, levels and rewards, what it owes, and the customers by points."""
    return _programme_page(principal)


@loyalty_screens.screen("/", MANAGE, methods=["POST"], endpoint="save")
def save(principal: Principal) -> ResponseReturnValue:
    """Make the programme, or change name, levels and how long points last."""
    form = ProgrammeForm()
    if (
        form.validate_on_submit()
        and (command := form.command())
        and accepts(form, lambda: service.save_programme(principal, command))
    ):
        flash(_("The programme is saved."), "success")
        return redirect(url_for("loyalty.show"))
    return _programme_page(principal, programme_form=form), 422


@loyalty_screens.screen("/state", MANAGE, methods=["POST"])
def change_state(principal: Principal) -> ResponseReturnValue:
    """Start the programme, or end it."""
    starts = request.form.get("act") == "start"
    try:
        (service.start_programme if starts else service.end_programme)(principal)
    except ProgrammeNotReady as refused:
        return _not_ready(refused)
    flash(_("The programme runs. Your customers see it now.") if starts else _("The programme has ended."), "success")
    return redirect(url_for("loyalty.show"))


@loyalty_screens.screen("/rules", MANAGE, methods=["POST"])
def add_rule(principal: Principal) -> ResponseReturnValue:
    """Add a rule."""
    form = RuleForm()
    try:
        if (
            form.validate_on_submit()
            and (command := form.command())
            and accepts(form, lambda: service.add_rule(principal, command))
        ):
            flash(_("The rule is added."), "success")
            return redirect(url_for("loyalty.show", _anchor="rules"))
    except ProgrammeNotReady as refused:
        return _not_ready(refused)
    return _programme_page(principal, rule_form=form), 422


@loyalty_screens.screen("/rules/<int:number>/end", MANAGE, methods=["POST"])
def end_rule(principal: Principal, number: int) -> ResponseReturnValue:
    """Let a rule hold until the end of today."""
    service.end_rule(principal, number)
    flash(_("The rule ends with today."), "success")
    return redirect(url_for("loyalty.show", _anchor="rules"))


@loyalty_screens.screen("/rewards", MANAGE, methods=["POST"])
def add_reward(principal: Principal) -> ResponseReturnValue:
    """Add a reward."""
    form = RewardForm()
    try:
        if (
            form.validate_on_submit()
            and (command := form.command())
            and accepts(form, lambda: service.add_reward(principal, command))
        ):
            flash(_("The reward is added."), "success")
            return redirect(url_for("loyalty.show", _anchor="rewards"))
    except ProgrammeNotReady as refused:
        return _not_ready(refused)
    return _programme_page(principal, reward_form=form), 422


@loyalty_screens.screen("/rewards/<code>/end", MANAGE, methods=["POST"])
def end_reward(principal: Principal, code: str) -> ResponseReturnValue:
    """Let a reward be taken no more."""
    service.end_reward(principal, code)
    flash(_("The reward is no longer offered."), "success")
    return redirect(url_for("loyalty.show", _anchor="rewards"))


@loyalty_screens.screen("/accounts/<code>", VIEW)
def show_account(principal: Principal, code: str) -> ResponseReturnValue:
    """Show how a customer stands, and its ledger."""
    return _account_page(principal, code, AdjustmentForm(formdata=None, idempotency_key=new_key()))


@loyalty_screens.screen("/accounts/<code>", MANAGE, methods=["POST"], endpoint="adjust")
def adjust(principal: Principal, code: str) -> ResponseReturnValue:
    """Book points by hand, with the reason."""
    form = AdjustmentForm()
    try:
        if (
            form.validate_on_submit()
            and (command := form.command(code))
            and accepts(form, lambda: adjust_points(principal, command))
        ):
            flash(_("The points are booked."), "success")
            return redirect(url_for("loyalty.show_account", code=code))
    except ProgrammeNotReady as refused:
        return _not_ready(refused)
    return _account_page(principal, code, form), 422


@own_points.screen("/", Permission.ORDERS_VIEW, endpoint="show")
def show_own(principal: Principal) -> ResponseReturnValue:
    """Show the own points: balance, level, what goes when, rewards, and what was booked."""
    programme = find_programme(principal)
    if programme is None:
        return render_template("loyalty/own_points.html", programme=None)
    rules = [rule for rule in list_rules(principal) if not rule.is_over]
    return render_template(
        "loyalty/own_points.html",
        programme=programme,
        standing=get_standing(principal),
        rewards=[reward for reward in list_rewards(principal) if reward.is_offered],
        rules=rules,
        page=_entries(principal),
        words=words,
        window_text=window_text,
        currency=principal.currency,
    )


def load_points(principal: Principal) -> Mapping[str, Any] | None:
    """Give the buyer's points for the home page; nothing without a programme that runs."""
    programme = find_programme(principal)
    if programme is None or programme.state is not ProgrammeState.RUNNING:
        return None
    return {"programme": programme, "standing": get_standing(principal), "words": words}


def register(app: Flask) -> None:
    """Bind the screens and hang them into the columns and the home page."""
    app.register_blueprint(loyalty_screens)
    app.register_blueprint(own_points)
    navigation.add(Capacity.SELLER, _l("Sell"), _l("Loyalty"), "loyalty.show", "percent", VIEW, 39)
    view = Permission.ORDERS_VIEW
    navigation.add(Capacity.BUYER, _l("Buy"), _l("Loyalty points"), "own_points.show", "percent", view, 46)
    home_cards.add(Capacity.BUYER, "points", 40, view, load_points, "loyalty/_card_points.html")


def _not_ready(refused: ProgrammeNotReady) -> ResponseReturnValue:
    rollback_at_edge()
    states = {
        None: _("Please make the programme first."),
        ProgrammeState.DRAFT: _("The programme has not been started."),
        ProgrammeState.ENDED: _("The programme has ended. Please start it again first."),
    }
    flash(states[refused.details["state"]], "error")
    return redirect(url_for("loyalty.show"))


def _programme_page(
    principal: Principal,
    programme_form: ProgrammeForm | None = None,
    rule_form: RuleForm | None = None,
    reward_form: RewardForm | None = None,
) -> str:
    programme, levels = find_programme(principal), list_levels(principal)
    rule_form = rule_form or RuleForm(formdata=None)
    rule_form.offer()
    rows = list_members(principal, after=read_text_cursor(request.args.get("cursor")), limit=_PAGE + 1)
    return render_template(
        "loyalty/programme.html",
        programme=programme,
        levels=levels,
        rules=list_rules(principal),
        rewards=list_rewards(principal),
        totals=list_totals(principal),
        page=page_of(rows, _PAGE, lambda row: row, lambda row: (row.code,)),
        programme_form=programme_form or ProgrammeForm(formdata=None, data=programme_values(programme, levels)),
        rule_form=rule_form,
        reward_form=reward_form or RewardForm(formdata=None, quantity="1"),
        words=words,
        window_text=window_text,
        currency=principal.currency,
    )


def _account_page(principal: Principal, code: str, form: AdjustmentForm) -> str:
    account = get_account(principal, code)
    return render_template(
        "loyalty/account.html",
        account=account,
        programme=find_programme(principal),
        standing=get_standing(principal, account.buyer_id),
        page=_entries(principal, account.buyer_id),
        form=form,
        words=words,
    )


def _entries(principal: Principal, buyer_id: int | None = None) -> Any:
    after = read_cursor(request.args.get("cursor"), 1)
    rows = list_entries(principal, buyer_id, after=int(after[0]) if after else None, limit=_PAGE + 1)
    return page_of(rows, _PAGE, lambda row: row, lambda row: (row.id,))

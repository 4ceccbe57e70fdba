"""The buyer's side of campaigns: on the home page, and a page with the articles at the buyer's own prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.campaigns import queries, words
from portal.campaigns.service.campaigns import note_opened
from portal.core.idempotency import new_key
from portal.ordering.grid import GridLine, build_rows, grid_lines, sum_rows
from portal.ordering.queries.grid import find_facts, find_habits
from portal.ordering.service.basket import BasketEntry, add_lines
from portal.web.navigation import home_cards
from portal.web.order_grid import GridTotals, quote_answer, read_grid_form
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

own_campaigns = Screens("own_campaigns", __name__, capacity=Capacity.BUYER, url_prefix="/buying/campaigns")


@own_campaigns.screen("/<code>", Permission.CATALOGUE_VIEW)
def show_one(principal: Principal, code: str) -> ResponseReturnValue:
    """Show a campaign, its articles filled in as the buyer usually orders them."""
    campaign = queries.get_own_campaign(principal, code)
    # Who works in the buyer's name is the seller itself: that it looked says nothing.
    if campaign.opened_at is None and g.person.acting is None:
        note_opened(principal, code)
    return _page(principal, campaign, [] if campaign.is_over else _usual_lines(principal, code))


@own_campaigns.screen("/<code>", Permission.ORDERS_PLACE, methods=["POST"], endpoint="add")
def add_to_basket(principal: Principal, code: str) -> ResponseReturnValue:
    """Put the lines into the basket, or show them again with today's prices; a wrong quantity is asked about."""
    campaign = queries.get_own_campaign(principal, code)
    posted = read_grid_form(request.form)
    lines = [] if campaign.is_over else grid_lines(principal, posted)
    if request.form.get("act") != "order":
        return _page(principal, campaign, lines)
    rows = build_rows(principal, lines) if lines else []
    entries = [
        BasketEntry(row.article, row.base_quantity, row.unit_price, row.in_packaging)
        for row in rows
        if row.base_quantity
    ]
    if not entries or any(row.error for row in rows):
        return _page(
            principal, campaign, lines, _("Nothing was put into the basket yet. Some lines need you first.")
        ), 422
    if add_lines(principal, entries, request.form.get("idempotency_key", "")):
        added = ngettext("%(num)s line is in the basket.", "%(num)s lines are in the basket.", len(entries))
        flash(added, "success")
    return redirect(url_for("basket.show"), 303)


@own_campaigns.screen("/<code>/quote", Permission.ORDERS_PLACE, methods=["POST"])
def quote(principal: Principal, code: str) -> ResponseReturnValue:
    """Answer what is typed with its prices."""
    queries.get_own_campaign(principal, code)
    rows = build_rows(principal, grid_lines(principal, read_grid_form(request.form)))
    totals = sum_rows(principal, rows)
    return jsonify(quote_answer(rows, totals, principal.currency, _act(totals)))


@own_campaigns.screen("/<code>/picture", Permission.CATALOGUE_VIEW)
def picture(principal: Principal, code: str) -> ResponseReturnValue:
    """Give a campaign's picture."""
    return served_picture(*queries.find_own_picture(principal, code))


def served_picture(content: bytes, content_type: str) -> Response:
    """Give a picture as an answer that no browser keeps for the next person."""
    response = Response(content, mimetype=content_type)
    response.headers["Cache-Control"] = "no-store"
    return response


def load_campaigns(principal: Principal) -> Mapping[str, Any] | None:
    """Give the campaigns that run for the buyer, for the home page; nothing where none does."""
    rows = queries.list_own_campaigns(principal)
    return {"rows": rows, "words": words} if rows else None


def register(app: Flask) -> None:
    """Bind the screens and the card of the home page."""
    app.register_blueprint(own_campaigns)
    home_cards.add(
        Capacity.BUYER, "campaigns", 15, Permission.CATALOGUE_VIEW, load_campaigns, "campaigns/_card_campaigns.html"
    )


def _usual_lines(principal: Principal, code: str) -> list[GridLine]:
    """Give a line for each article that is offered, with the last quantity that was ordered, or the least there is."""
    numbers = queries.list_own_articles(principal, code)
    facts = {number: fact for number, fact in find_facts(principal, numbers).items() if fact.offered}
    habits = find_habits(principal, [fact.id for fact in facts.values()]) if facts else {}
    lines = []
    for number in numbers:
        if number in facts:
            fact = facts[number]
            habit = habits.get(fact.id)
            lines.append(GridLine(number, habit.last_quantities[0] if habit else fact.min_quantity))
    return lines


def _page(principal: Principal, campaign: queries.OwnCampaignRow, lines: Sequence[GridLine], message: str = "") -> str:
    rows = build_rows(principal, lines) if lines else []
    totals = sum_rows(principal, rows)
    may_order = principal.may(Permission.ORDERS_PLACE)
    return render_template(
        "campaigns/own_campaign.html",
        campaign=campaign,
        rows=rows,
        totals=totals,
        currency=principal.currency,
        act=_act(totals) if may_order else None,
        key=new_key(),
        message=message,
        words=words,
    )


def _act(totals: GridTotals) -> str:
    return str(ngettext("Put %(num)s line into the basket", "Put %(num)s lines into the basket", totals.lines))

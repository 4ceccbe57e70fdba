"""The screens of handovers: a wholesaler's list, proposing, taking over; and the shop's own page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.forms import TermsForm
from portal.accounts.open_orders import count_open_orders
from portal.accounts.queries.accounts import get_account, list_branches, list_price_groups
from portal.handovers import queries, service
from portal.handovers.errors import HandoverChanged, HandoverEnded, PartialConsent
from portal.handovers.forms import ProposeForm
from portal.web.api.paging import page_of, read_cursor
from portal.web.navigation import home_cards, navigation
from portal.web.refused_forms import accepts
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.errors import NotFound
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

handover_screens = Screens("handovers", __name__, capacity=Capacity.SELLER, url_prefix="/selling/handovers")
own_handover_screens = Screens("own_handover", __name__, capacity=Capacity.BUYER, url_prefix="/buying/handover")
_PAGE = 25
_VIEW, _MANAGE, _OWN = Permission.ACCOUNTS_VIEW, Permission.ACCOUNTS_MANAGE, Permission.ORGANISATION_MANAGE
_STATES = {
    "proposed": _l("waits for the shop"),
    "consented": _l("waits for the other wholesaler"),
    "handed_over": _l("handed over"),
    "withdrawn": _l("taken back"),
    "declined": _l("declined by the shop"),
    "refused": _l("declined by the other wholesaler"),
    "expired": _l("expired"),
}


@handover_screens.screen("/", _VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List shops that are handed over to others, and by others."""
    after = read_cursor(request.args.get("cursor"), 2)
    rows = queries.list_handovers(principal, after=after, limit=_PAGE + 1)
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.proposed_at.isoformat(), row.key))
    return render_template("handovers/handovers.html", page=page, states=_STATES)


@handover_screens.screen("/new/<code>", _MANAGE, methods=["GET", "POST"])
def propose(principal: Principal, code: str) -> ResponseReturnValue:
    """Propose that a shop buys from another wholesaler."""
    account = get_account(principal, code)
    form = ProposeForm()
    if form.validate_on_submit() and accepts(
        form, lambda: service.propose_handover(principal, code, form.receiver.data)
    ):
        flash(_("The administrators of %(name)s are asked for their consent.", name=account.name), "success")
        return redirect(url_for("handovers.show"))
    page = render_template(
        "handovers/propose.html",
        form=form,
        account=account,
        branches=list_branches(principal, account.buyer_id),
        open_orders=count_open_orders(principal, account.buyer_id),
        days=service.OPEN_DAYS,
    )
    return page, 422 if form.is_submitted() else 200


@handover_screens.screen("/<key>/take-over", _MANAGE, methods=["GET", "POST"], fresh=True)
def take_over(principal: Principal, key: str) -> ResponseReturnValue:
    """Take a shop over on own terms."""
    handover = queries.get_handover(principal, key)
    if handover.is_given:
        raise NotFound
    form = TermsForm()
    if form.validate_on_submit():
        try:
            account = service.take_over(principal, key, form.terms())
        except (HandoverChanged, HandoverEnded) as refusal:
            return _over(refusal)
        flash(_("%(name)s is your customer now.", name=account.name), "success")
        return redirect(url_for("accounts.show_one", code=account.code))
    groups = list_price_groups(principal)
    page = render_template("handovers/take_over.html", form=form, handover=handover, groups=groups, states=_STATES)
    return page, 422 if form.is_submitted() else 200


@handover_screens.screen("/<key>/end", _MANAGE, methods=["POST"])
def end(principal: Principal, key: str) -> ResponseReturnValue:
    """Take an own proposal back, or decline another one's."""
    handover = queries.get_handover(principal, key)
    act = service.withdraw_handover if handover.is_given else service.refuse_handover
    try:
        act(principal, key)
    except HandoverEnded as refusal:
        return _over(refusal)
    flash(_("%(name)s is not handed over.", name=handover.shop_name), "success")
    return redirect(url_for("handovers.show"))


@own_handover_screens.screen("/", _OWN)
def show_own(principal: Principal) -> ResponseReturnValue:
    """Show which other supplier is proposed, and what consenting means."""
    return render_template("handovers/own_handover.html", handover=queries.find_own_handover(principal))


@own_handover_screens.screen("/<key>/consent", _OWN, methods=["POST"], fresh=True)
def consent(principal: Principal, key: str) -> ResponseReturnValue:
    """Agree to buy from the other wholesaler."""
    try:
        service.consent(principal, key)
    except PartialConsent:
        rollback_at_edge()
        flash(
            _(
                "You work for one of the wholesalers too, or came after it was proposed. Somebody else must agree for the shop."
            ),
            "danger",
        )
    except (HandoverChanged, HandoverEnded) as refusal:
        rollback_at_edge()
        flash(_why(refusal), "danger")
    else:
        flash(_("You agreed. The change comes once the other wholesaler accepts."), "success")
    return redirect(url_for("own_handover.show_own"))


@own_handover_screens.screen("/<key>/decline", _OWN, methods=["POST"])
def decline(principal: Principal, key: str) -> ResponseReturnValue:
    """Stay, or take the consent back."""
    try:
        service.decline(principal, key)
    except HandoverEnded as refusal:
        rollback_at_edge()
        flash(_why(refusal), "danger")
    else:
        flash(_("Your supplier stays the same."), "success")
    return redirect(url_for("own_handover.show_own"))


def register(app: Flask) -> None:
    """Bind the screens and hang them into columns and home pages."""
    app.register_blueprint(handover_screens)
    app.register_blueprint(own_handover_screens)
    navigation.add(Capacity.SELLER, _l("Sell"), _l("Handovers"), "handovers.show", "people", _VIEW, 41)
    home_cards.add(Capacity.SELLER, "handovers", 15, _MANAGE, _load_to_take, "handovers/_card.html")
    home_cards.add(Capacity.BUYER, "handover", 5, _OWN, _load_own, "handovers/_card.html")


def _load_to_take(principal: Principal) -> Mapping[str, Any] | None:
    rows = queries.list_to_take(principal)
    return {"rows": rows, "own": False} if rows else None


def _load_own(principal: Principal) -> Mapping[str, Any] | None:
    row = queries.find_own_handover(principal)
    return {"rows": [row], "own": True} if row else None


def _over(refusal: HandoverChanged | HandoverEnded) -> ResponseReturnValue:
    rollback_at_edge()
    flash(_why(refusal), "danger")
    return redirect(url_for("handovers.show"))


def _why(refusal: HandoverChanged | HandoverEnded) -> str:
    if isinstance(refusal, HandoverChanged):
        return str(_("The shop or its branches have changed since it was proposed. It must be proposed again."))
    return str(_("It was answered or taken back meanwhile, or is too old."))

"""The screens of framework agreements: the seller's, where they are made, and the buyer's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.document_content import DocumentRefused
from portal.accounts.views.records import refusal_text
from portal.agreements import queries, words
from portal.agreements.forms import AgreementForm, form_values
from portal.agreements.queries import AgreementRow, AgreementState
from portal.agreements.service import agreements as service
from portal.pricing.queries.price_lists import get_price_list, list_codes
from portal.pricing.words import window_text
from portal.web.api.paging import page_of, read_cursor
from portal.web.navigation import home_cards, navigation
from portal.web.refused_forms import accepts
from portal.web.screens import Screens
from portal.web.uploads import uploaded_file
from tenants.database import rollback_at_edge
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

agreement_screens = Screens(
    "framework_agreements", __name__, capacity=Capacity.SELLER, url_prefix="/selling/agreements"
)
own_agreement_screens = Screens("own_agreements", __name__, capacity=Capacity.BUYER, url_prefix="/buying/agreements")
_PAGE = 50


@agreement_screens.screen("/", Permission.PRICES_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List the agreements, those that end first first."""
    return _list(principal, "agreements/agreements.html")


@agreement_screens.screen("/new", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def create(principal: Principal) -> ResponseReturnValue:
    """Make an agreement with a price list of its own."""
    form = AgreementForm(account=request.args.get("account", ""), warn_days="30", warn_percent="80")
    form.offer(list_codes(principal))
    if form.validate_on_submit() and _save(principal, form, None):
        flash(_("The agreement is made. Now write its prices."), "success")
        return redirect(url_for("framework_agreements.show_one", code=form.code.data))
    return _form_page(principal, form, None)


@agreement_screens.screen("/<code>", Permission.PRICES_VIEW)
def show_one(principal: Principal, code: str) -> ResponseReturnValue:
    """Show an agreement and what was called off of it."""
    return _page(principal, code, "agreements/agreement.html")


@agreement_screens.screen("/<code>/edit", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def edit(principal: Principal, code: str) -> ResponseReturnValue:
    """Change an agreement that has not begun."""
    agreement = queries.get_agreement(principal, code)
    if agreement.state is not AgreementState.AHEAD:
        flash(_("The agreement has begun: it can be ended, and no longer changed."), "warning")
        return redirect(url_for("framework_agreements.show_one", code=code))
    known = form_values(agreement, get_price_list(principal, code))
    form = AgreementForm(data=None if request.method == "POST" else known)
    form.offer([each for each in list_codes(principal) if each[0] != code])
    if form.validate_on_submit() and _save(principal, form, agreement):
        flash(_("The agreement is saved."), "success")
        return redirect(url_for("framework_agreements.show_one", code=code))
    return _form_page(principal, form, agreement)


@agreement_screens.screen("/<code>/end", Permission.PRICES_MANAGE, methods=["POST"])
def end(principal: Principal, code: str) -> ResponseReturnValue:
    """Let it and its prices hold no longer."""
    service.end_agreement(principal, code)
    flash(_("The agreement has ended, and its prices with it."), "success")
    return redirect(url_for("framework_agreements.show_one", code=code))


@agreement_screens.screen("/<code>/document", Permission.PRICES_MANAGE, methods=["POST"])
def attach_document(principal: Principal, code: str) -> ResponseReturnValue:
    """Attach the contract, shared with the customer."""
    content = uploaded_file()
    if not content:
        return _page(principal, code, "agreements/agreement.html", file_error=_("Please choose a file.")), 422
    try:
        service.attach_document(principal, code, content)
    except DocumentRefused as refused:
        rollback_at_edge()
        return _page(principal, code, "agreements/agreement.html", file_error=refusal_text(refused)), 422
    flash(_("The contract is attached, and shared with the customer."), "success")
    return redirect(url_for("framework_agreements.show_one", code=code))


@own_agreement_screens.screen("/", Permission.PRICES_VIEW, endpoint="show")
def show_own(principal: Principal) -> ResponseReturnValue:
    """List the buyer's own agreements."""
    return _list(principal, "agreements/own_agreements.html")


@own_agreement_screens.screen("/<code>", Permission.PRICES_VIEW, endpoint="show_one")
def show_own_one(principal: Principal, code: str) -> ResponseReturnValue:
    """Show an own agreement and what is left of it."""
    return _page(principal, code, "agreements/own_agreement.html")


def load_attention(principal: Principal) -> Mapping[str, Any] | None:
    """Give the running agreements that end soon or are nearly used up, for the home page; nothing where none is."""
    rows = queries.list_needing_attention(principal)
    if not rows:
        return None
    side = "framework_agreements" if principal.capacity is Capacity.SELLER else "own_agreements"
    return {"rows": rows, "side": side, "words": words, "currency": principal.currency}


def register(app: Flask) -> None:
    """Bind the screens and hang them into the columns and home pages."""
    view, label = Permission.PRICES_VIEW, _l("Framework agreements")
    for blueprint in (agreement_screens, own_agreement_screens):
        app.register_blueprint(blueprint)
    navigation.add(Capacity.SELLER, _l("Sell"), label, "framework_agreements.show", "document", view, 37)
    navigation.add(Capacity.BUYER, _l("Buy"), label, "own_agreements.show", "document", view, 45)
    for capacity in (Capacity.SELLER, Capacity.BUYER):
        home_cards.add(capacity, "agreements", 35, view, load_attention, "agreements/_card_agreements.html")


def _list(principal: Principal, template: str) -> str:
    wanted = request.args.get("q", "").strip()[:100]
    state = AgreementState(request.args["state"]) if request.args.get("state") in set(AgreementState) else None
    after = read_cursor(request.args.get("cursor"), 2)
    rows = queries.list_agreements(principal, state=state, words=wanted, after=after, limit=_PAGE + 1)
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.valid_to, row.code))
    return render_template(
        template,
        page=page,
        q=wanted,
        state=state.value if state else "",
        words=words,
        window_text=window_text,
        currency=principal.currency,
    )


def _page(principal: Principal, code: str, template: str, file_error: str = "") -> str:
    agreement = queries.get_agreement(principal, code)
    after = read_cursor(request.args.get("cursor"), 3)
    rows = queries.list_call_offs(principal, code, after=after, limit=_PAGE + 1)
    return render_template(
        template,
        agreement=agreement,
        page=page_of(rows, _PAGE, lambda row: row, lambda row: (row.placed_on, row.order_number, row.line)),
        file_error=file_error,
        words=words,
        window_text=window_text,
        currency=principal.currency,
    )


def _form_page(principal: Principal, form: AgreementForm, agreement: AgreementRow | None) -> ResponseReturnValue:
    page = render_template(
        "agreements/agreement_form.html", form=form, agreement=agreement, currency=principal.currency
    )
    return page, 422 if form.is_submitted() else 200


def _save(principal: Principal, form: AgreementForm, agreement: AgreementRow | None) -> bool:
    command = form.command(agreement)
    if command is None:
        return False
    save = service.change_agreement if agreement else service.create_agreement
    return accepts(form, lambda: save(principal, command))

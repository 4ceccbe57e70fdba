"""The screens of co-funding: the brand owner's offers and the claims on them, the wholesaler's answers and ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.funding import queries, words
from portal.funding.forms import AcceptForm, OfferForm, accept_values
from portal.funding.models import OfferState
from portal.funding.rules import NEXT_STEPS, OWNERS_STEPS, ClaimStep
from portal.funding.service import claims, offers
from portal.pricing.queries.price_lists import find_groups
from portal.pricing.words import window_text
from portal.web.api.paging import page_of, read_cursor
from portal.web.csv_file import Cell, csv_answer
from portal.web.navigation import home_cards, navigation
from portal.web.refused_forms import accepts
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

brand_funding = Screens("brand_funding", __name__, capacity=Capacity.BRAND_OWNER, url_prefix="/brand/funding")
funding = Screens("funding", __name__, capacity=Capacity.SELLER, url_prefix="/selling/funding")
_PAGE = 50
_MOST_EXPORTED = 100_000
_SUMS = (
    "state",
    "funding_amount",
    "budget",
    "units",
    "accrued_amount",
    "released_amount",
    "claimed_amount",
    "approved_amount",
    "settled_amount",
)


@brand_funding.screen("/", Permission.CHANNEL_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List what was offered, wholesaler by wholesaler."""
    return _list(principal, "funding/offers.html")


@brand_funding.screen("/offers.csv", Permission.CHANNEL_VIEW)
def export(principal: Principal) -> ResponseReturnValue:
    """Give all offers with units and accruals as CSV."""
    rows = queries.list_offers(principal, limit=_MOST_EXPORTED)
    head = ["offer", "name", "wholesaler", "wholesaler_name", "valid_from", "valid_to", "currency", *_SUMS]
    table: list[tuple[Cell, ...]] = []
    for row in rows:
        who = (row.code, row.name, row.wholesaler, row.wholesaler_name)
        table.append((*who, row.valid_from, row.valid_to, row.currency, *(getattr(row, name) for name in _SUMS)))
    return csv_answer("funding", head, table)


@brand_funding.screen("/new", Permission.FUNDING_MANAGE, methods=["GET", "POST"])
def propose(principal: Principal) -> ResponseReturnValue:
    """Offer chosen wholesalers a fixed amount a unit."""
    form = OfferForm()
    form.wholesalers.choices = queries.list_wholesalers(principal)
    if form.validate_on_submit():
        command = form.command()
        if command is not None and accepts(form, lambda: offers.propose_funding(principal, command)):
            flash(_("The offer is on its way."), "success")
            return redirect(url_for("brand_funding.show"))
    page = render_template("funding/offer_form.html", form=form, currency=principal.currency)
    return page, 422 if form.is_submitted() else 200


@brand_funding.screen("/<code>/<wholesaler>", Permission.CHANNEL_VIEW)
def show_one(principal: Principal, code: str, wholesaler: str) -> ResponseReturnValue:
    """Show an offer with units, accruals and claims."""
    return render_template("funding/offer.html", **_facts(principal, code, wholesaler))


@brand_funding.screen("/<code>/<wholesaler>/withdraw", Permission.FUNDING_MANAGE, methods=["POST"])
def withdraw(principal: Principal, code: str, wholesaler: str) -> ResponseReturnValue:
    """Take back an offer that is not answered."""
    offers.withdraw_offer(principal, code, wholesaler)
    flash(_("The offer is taken back."), "success")
    return redirect(url_for("brand_funding.show_one", code=code, wholesaler=wholesaler))


@brand_funding.screen("/<code>/<wholesaler>/claims/<int:number>", Permission.FUNDING_MANAGE, methods=["POST"])
def take_step(principal: Principal, code: str, wholesaler: str, number: int) -> ResponseReturnValue:
    """Approve, reject, settle or take back."""
    step = request.form.get("step", "")
    if step not in OWNERS_STEPS:
        abort(422)
    given = {"wholesaler": wholesaler, "reference": request.form.get("reference", "")}
    claims.take_step(principal, code, number, ClaimStep(step), **given)
    flash(_("The claim is noted: %(state)s.", state=words.CLAIMS[ClaimStep(step)]), "success")
    return redirect(url_for("brand_funding.show_one", code=code, wholesaler=wholesaler))


@funding.screen("/", Permission.PRICES_VIEW, endpoint="show")
def show_offered(principal: Principal) -> ResponseReturnValue:
    """List what brand owners offer."""
    return _list(principal, "funding/offered.html")


@funding.screen("/<code>", Permission.PRICES_VIEW, endpoint="show_one")
def show_offered_one(principal: Principal, code: str) -> ResponseReturnValue:
    """Show an offer with its material, the ledger by order line, and claims."""
    facts = _facts(principal, code, "")
    after = read_cursor(request.args.get("cursor"), 1)
    rows = queries.list_entries(principal, code, after=int(after[0]) if after else None, limit=_PAGE + 1)
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.id,))
    return render_template("funding/offered_one.html", page=page, **facts)


@funding.screen("/<code>/ledger.csv", Permission.PRICES_VIEW)
def export_ledger(principal: Principal, code: str) -> ResponseReturnValue:
    """Give the ledger of an offer by order line as CSV, the newest entry first."""
    offer = queries.get_offer(principal, code)
    head = ["offer", "order_number", "line", "booked_at", "kind", "units", "amount", "currency"]
    table: list[tuple[Cell, ...]] = []
    for row in queries.list_entries(principal, code, limit=_MOST_EXPORTED):
        line = (row.order_number, row.line, row.booked_at.isoformat(), row.kind.value)
        table.append((offer.code, *line, row.units, row.amount, offer.currency))
    return csv_answer("ledger", head, table)


@funding.screen("/<code>/accept", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def accept(principal: Principal, code: str) -> ResponseReturnValue:
    """Run a promotion of one's own under an offer."""
    offer = queries.get_offer(principal, code)
    if offer.state is not OfferState.PROPOSED:
        return redirect(url_for("funding.show_one", code=code))
    articles = [row.article_number for row in queries.list_products(principal, code) if row.article_number]
    form = AcceptForm(data=None if request.method == "POST" else accept_values(offer, articles))
    form.offer(find_groups(principal))
    if form.validate_on_submit():
        command = form.command()
        if command is not None and accepts(form, lambda: offers.accept_offer(principal, code, command)):
            flash(_("The offer is accepted, and the promotion is there."), "success")
            return redirect(url_for("funding.show_one", code=code))
    page = render_template(
        "funding/accept.html", form=form, offer=offer, articles=articles, words=words, window_text=window_text
    )
    return page, 422 if form.is_submitted() else 200


@funding.screen("/<code>/decline", Permission.PRICES_MANAGE, methods=["POST"])
def decline(principal: Principal, code: str) -> ResponseReturnValue:
    """Decline an offer."""
    offers.decline_offer(principal, code, request.form.get("answer", ""))
    flash(_("The offer is declined."), "success")
    return redirect(url_for("funding.show_one", code=code))


@funding.screen("/<code>/claims", Permission.PRICES_MANAGE, methods=["POST"])
def claim(principal: Principal, code: str) -> ResponseReturnValue:
    """Claim what was shipped."""
    claims.claim(principal, code, request.form.get("reference", ""))
    flash(_("What was shipped is claimed."), "success")
    return redirect(url_for("funding.show_one", code=code))


@funding.screen("/<code>/claims/<int:number>/withdraw", Permission.PRICES_MANAGE, methods=["POST"])
def withdraw_claim(principal: Principal, code: str, number: int) -> ResponseReturnValue:
    """Take back a claim that is not approved."""
    claims.take_step(principal, code, number, ClaimStep.WITHDRAWN)
    flash(_("The claim is taken back."), "success")
    return redirect(url_for("funding.show_one", code=code))


def load_waiting(principal: Principal) -> Mapping[str, Any] | None:
    """Give offers to answer, or claims to see to; nothing where there are none."""
    rows = queries.list_waiting(principal)
    return {"rows": rows, "owns": principal.capacity is Capacity.BRAND_OWNER} if rows else None


def register(app: Flask) -> None:
    """Bind the screens and hang them into columns and home pages."""
    for blueprint in (brand_funding, funding):
        app.register_blueprint(blueprint)
    owner, seller, label = Capacity.BRAND_OWNER, Capacity.SELLER, _l("Co-funding")
    navigation.add(owner, _l("Channel"), label, "brand_funding.show", "price", Permission.CHANNEL_VIEW, 12)
    navigation.add(seller, _l("Sell"), label, "funding.show", "price", Permission.PRICES_VIEW, 36)
    home_cards.add(owner, "funding", 30, Permission.CHANNEL_VIEW, load_waiting, "funding/_card_waiting.html")
    home_cards.add(seller, "funding", 36, Permission.PRICES_VIEW, load_waiting, "funding/_card_waiting.html")


def _list(principal: Principal, template: str) -> str:
    after = read_cursor(request.args.get("cursor"), 2)
    rows = queries.list_offers(principal, after=after, limit=_PAGE + 1)
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.code, row.wholesaler))
    totals = queries.list_totals(principal) if page.items else ()
    return render_template(template, page=page, totals=totals, words=words, window_text=window_text)


def _facts(principal: Principal, code: str, wholesaler: str) -> dict[str, Any]:
    return {
        "offer": queries.get_offer(principal, code, wholesaler),
        "products": queries.list_products(principal, code, wholesaler),
        "claims": queries.list_claims(principal, code, wholesaler),
        "next_steps": NEXT_STEPS,
        "words": words,
        "window_text": window_text,
    }

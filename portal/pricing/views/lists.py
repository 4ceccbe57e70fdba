"""Price lists on screen: all of them, one's header and audience, the strategy."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.pricing import words
from portal.pricing.forms import PriceListForm, form_values
from portal.pricing.models import PriceStrategy
from portal.pricing.queries import price_lists as queries
from portal.pricing.service import price_lists as service
from portal.pricing.views.blueprint import prices
from portal.web.api.paging import page_of, read_text_cursor
from portal.web.formatting import date_text
from portal.web.refused_forms import accepts
from tenants.database import rollback_at_edge
from tenants.errors import InvalidInput
from tenants.permissions import Permission
from tenants.principal import Principal

_PAGE = 50


@dataclass(frozen=True, slots=True)
class Consequence:
    """Whom a change concerns: customers that have the list, or one derived from it, before and after."""

    before: int
    after: int
    text: str


@prices.screen("/", Permission.PRICES_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List the price lists, a page at a time."""
    words_wanted = request.args.get("q", "").strip()[:100]
    after = read_text_cursor(request.args.get("cursor"))
    rows = queries.list_price_lists(principal, words=words_wanted, after=after, limit=_PAGE + 1)
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.code,))
    ids = [row.id for row in page.items]
    return render_template(
        "pricing/price_lists.html",
        page=page,
        q=words_wanted,
        audiences=queries.find_audiences(principal, ids),
        entries=queries.count_entries(principal, ids),
        taken_over=queries.count_taken_over(principal, [row.id for row in page.items if row.base_code]),
        strategy=queries.get_strategy(principal),
        today=queries.get_today(principal),
        words=words,
    )


@prices.screen("/strategy", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def choose_strategy(principal: Principal) -> ResponseReturnValue:
    """Choose which of several lists decides."""
    wanted = request.form.get("price_strategy", "")
    if request.method == "POST" and wanted in set(PriceStrategy):
        service.choose_strategy(principal, PriceStrategy(wanted))
        flash(str(words.STRATEGY_SENTENCES[PriceStrategy(wanted)]), "success")
        return redirect(url_for("prices.show"))
    return render_template(
        "pricing/strategy.html",
        strategy=queries.get_strategy(principal),
        buyers=queries.count_all_buyers(principal),
        words=words,
    )


@prices.screen("/new", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def create(principal: Principal) -> ResponseReturnValue:
    """Make a price list and say whom it is for."""
    form = PriceListForm(active=True, priority="100")
    form.offer(queries.list_codes(principal), queries.find_groups(principal))
    if form.validate_on_submit():
        command = form.command()
        if command is not None and accepts(form, lambda: _create(principal, command, form)):
            flash(_("The price list %(code)s is there. Now put prices into it.", code=command.code), "success")
            return redirect(url_for("prices.show_list", code=command.code))
    page = render_template("pricing/price_list_form.html", form=form, price_list=None, consequence=None, words=words)
    return page, 422 if form.is_submitted() else 200


@prices.screen("/lists/<code>/edit", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def edit(principal: Principal, code: str) -> ResponseReturnValue:
    """Change a list's header and audience; whom it concerns is said before it is saved."""
    price_list = queries.get_price_list(principal, code)
    assigned = queries.get_assignments(principal, price_list.id)
    form = PriceListForm(data=None if request.method == "POST" else form_values(price_list, assigned))
    others = [(each, name) for each, name in queries.list_codes(principal) if each != code]
    form.offer(others, queries.find_groups(principal))
    consequence = None
    if form.validate_on_submit():
        command = form.command(code)
        try:
            consequence = _change(principal, price_list, command, form) if command is not None else None
        except InvalidInput as refusal:
            rollback_at_edge()
            form.take_refusal(refusal)
        if consequence is not None and (_is_agreed(form) or not max(consequence.before, consequence.after)):
            flash(_("The price list %(code)s is saved.", code=code), "success")
            return redirect(url_for("prices.show_list", code=code))
        rollback_at_edge()
    page = render_template(
        "pricing/price_list_form.html", form=form, price_list=price_list, consequence=consequence, words=words
    )
    return page, 422 if form.has_errors else 200


def _create(principal: Principal, command: service.SavePriceList, form: PriceListForm) -> None:
    service.create_price_list(principal, command)
    service.assign_price_list(principal, command.code, form.audience)


def _change(
    principal: Principal, price_list: queries.PriceListRow, command: service.SavePriceList, form: PriceListForm
) -> Consequence:
    """Make the change, so that what it does can be counted; the caller takes it back where nobody agreed to that yet."""
    before = queries.count_buyers(principal, price_list.id)
    changed = service.change_price_list(principal, command)
    service.assign_price_list(principal, command.code, form.audience)
    after = queries.count_buyers(principal, price_list.id)
    return Consequence(before, after, _consequence_text(principal, changed, before, after))


def _consequence_text(principal: Principal, changed: queries.PriceListRow, before: int, after: int) -> str:
    concerned = words.customers_text(max(before, after))
    today = queries.get_today(principal)
    if not changed.active:
        text = _("%(customers)s no longer see prices of this list.", customers=concerned)
    elif changed.valid_from is not None and changed.valid_from > today:
        text = _("%(customers)s see new prices from %(day)s.", customers=concerned, day=date_text(changed.valid_from))
    else:
        text = _("%(customers)s may see new prices at once.", customers=concerned)
    if before != after:
        text += " " + _("It was for %(before)s, it will be for %(after)s.", before=before, after=after)
    return str(text)


def _is_agreed(form: PriceListForm) -> bool:
    return bool(form.agreed.data == form.digest())

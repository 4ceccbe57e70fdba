"""The screens of promotions: all of them, a new one, changing and ending one."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.group_uses import uses_by
from portal.catalogue.categories import category_texts
from portal.pricing.queries.price_lists import find_groups, get_today
from portal.pricing.words import window_text
from portal.promotions import words
from portal.promotions.forms import PromotionForm, form_values
from portal.promotions.queries import promotions as queries
from portal.promotions.service import promotions as service
from portal.web.api.paging import page_of, read_text_cursor
from portal.web.navigation import navigation
from portal.web.refused_forms import accepts
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

promotion_screens = Screens("promotions", __name__, capacity=Capacity.SELLER, url_prefix="/selling/promotions")
_PAGE = 50


@promotion_screens.screen("/", Permission.PRICES_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List the promotions, a page at a time."""
    wanted = request.args.get("q", "").strip()[:100]
    after = read_text_cursor(request.args.get("cursor"))
    rows = queries.list_promotions(principal, words=wanted, after=after, limit=_PAGE + 1)
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.code,))
    return render_template(
        "promotions/promotions.html",
        page=page,
        categories=category_texts(principal, {path for row in page.items for path in row.categories}),
        q=wanted,
        today=get_today(principal),
        words=words,
        window_text=window_text,
        currency=principal.currency,
    )


@promotion_screens.screen("/new", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def create(principal: Principal) -> ResponseReturnValue:
    """Make a promotion and say on what and for whom."""
    form = PromotionForm(priority="100", min_quantity="1")
    form.offer(find_groups(principal))
    if form.validate_on_submit() and _save(principal, form, None):
        flash(_("The promotion %(code)s is there.", code=form.code.data), "success")
        return redirect(url_for("promotions.show"))
    page = render_template("promotions/promotion_form.html", form=form, promotion=None, currency=principal.currency)
    return page, 422 if form.is_submitted() else 200


@promotion_screens.screen("/<code>/edit", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def edit(principal: Principal, code: str) -> ResponseReturnValue:
    """Change everything but the code."""
    promotion = queries.get_promotion(principal, code)
    form = PromotionForm(data=None if request.method == "POST" else form_values(promotion))
    form.offer(find_groups(principal))
    if form.validate_on_submit() and _save(principal, form, code):
        flash(_("The promotion %(code)s is saved.", code=code), "success")
        return redirect(url_for("promotions.show"))
    page = render_template(
        "promotions/promotion_form.html", form=form, promotion=promotion, currency=principal.currency
    )
    return page, 422 if form.has_errors else 200


@promotion_screens.screen("/<code>/end", Permission.PRICES_MANAGE, methods=["POST"])
def end(principal: Principal, code: str) -> ResponseReturnValue:
    """Let it give nothing from today on."""
    service.end_promotion(principal, code)
    flash(_("The promotion %(code)s has ended.", code=code), "success")
    return redirect(url_for("promotions.show"))


def _save(principal: Principal, form: PromotionForm, code: str | None) -> bool:
    command = form.command(code)
    if command is None:
        return False
    if form.make_coupon.data and command.coupon is None:
        command = replace(command, coupon=service.new_coupon())
    return accepts(form, lambda: service.save_promotion(principal, command, new=code is None))


def register(app: Flask) -> None:
    """Bind the screens and hang them into the column."""
    app.register_blueprint(promotion_screens)
    uses_by(app, "promotions", queries.list_promotions_of_group)
    navigation.add(
        Capacity.SELLER, _l("Sell"), _l("Promotions"), "promotions.show", "price", Permission.PRICES_VIEW, 35
    )

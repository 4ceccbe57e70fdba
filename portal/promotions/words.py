"""The words of promotions: what each gives, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.promotions.queries.promotions import PromotionRow
from portal.promotions.rules.line_promotions import Lost
from portal.promotions.rules.promotion import Benefit, Promotion
from portal.web.formatting import money_text, percent_text, quantity_text

_PERCENT_DECIMALS = 4
_NAMED = 3

LOST_PROMOTIONS = {
    Lost.QUANTITY_TOO_SMALL: _l("The quantity is too small."),
    Lost.THRESHOLD_NOT_REACHED: _l("The order is too small."),
    Lost.GIVES_NOTHING: _l("It takes nothing off here."),
    Lost.ANOTHER_GIVES_MORE: _l("Others together give more."),
    Lost.USED_UP: _l("It has run out."),
}


BENEFITS = {
    Benefit.PERCENT: _l("Percent off the line"),
    Benefit.AMOUNT: _l("Amount off each base unit"),
    Benefit.FIXED: _l("Fixed price of a base unit"),
    Benefit.FREE_GOODS: _l("Free goods"),
    Benefit.MIX: _l("Percent off, once all lines together reach the quantity"),
    Benefit.ORDER_PERCENT: _l("Percent off the order"),
    Benefit.ORDER_AMOUNT: _l("Amount off the order"),
}

FIELD_PROBLEMS = {
    "taken": _l("There is a promotion with this code."),
    "not-a-code": _l("A code has up to 100 characters and no slash."),
    "too-long": _l("Please use up to 200 characters."),
    "not-a-coupon": _l("A coupon is not empty and has no comma."),
    "ends-before-start": _l("This ends before it begins."),
    "too-large": _l("A priority has up to 9 digits."),
    "more-than-hundred": _l("At most 100 percent."),
    "missing": _l("Please fill this in."),
    "not-a-number": _l("This is not a number."),
    "not-a-day": _l("This is not a day. Please write it as 2026-12-01."),
    "unknown-article": _l("There is no such article."),
    "unknown-group": _l("There is no such price group."),
    "unknown-account": _l("There is no such customer."),
}


def benefit_text(promotion: Promotion, currency: str) -> str:
    """Say what a promotion gives and from when: `Tool week: −10% from 12`."""
    return f"{promotion.name}: {gives_text(promotion, currency)}"


def reach_text(promotion: PromotionRow, categories: Mapping[str, str]) -> str:
    """Say what a promotion is about; `categories` are the reader's words for their paths."""
    if promotion.all_articles:
        return str(_("All articles"))
    named = [*promotion.articles, *(categories.get(path, path) for path in promotion.categories), *promotion.brands]
    return ", ".join(named[:_NAMED]) + (" …" if len(named) > _NAMED else "") or str(_("Nothing"))


def audience_text(promotion: PromotionRow) -> str:
    """Say whom a promotion is for."""
    if promotion.everyone:
        return str(_("Everyone"))
    named = [*promotion.groups, *promotion.accounts]
    return ", ".join(named[:_NAMED]) + (" …" if len(named) > _NAMED else "") or str(_("Nobody"))


def gives_text(promotion: Promotion | PromotionRow, currency: str) -> str:
    """Say what a promotion gives, without its name."""
    value, benefit = promotion.value, promotion.benefit
    if benefit is Benefit.FREE_GOODS:
        return str(
            _(
                "buy %(buy)s, %(free)s × %(article)s free",
                buy=quantity_text(promotion.buy_quantity or Decimal(0)),
                free=quantity_text(promotion.free_quantity or Decimal(0)),
                article=promotion.free_article or _("the same"),
            )
        )
    percent = percent_text(-value / 100, _PERCENT_DECIMALS)
    amount = money_text(value, currency)
    if benefit in {Benefit.ORDER_PERCENT, Benefit.ORDER_AMOUNT}:
        off = percent if benefit is Benefit.ORDER_PERCENT else money_text(-value, currency)
        if not promotion.threshold_amount:
            return str(_("%(off)s off the order", off=off))
        threshold = money_text(promotion.threshold_amount, currency)
        return str(_("%(off)s off the order from %(threshold)s", off=off, threshold=threshold))
    gives = {
        Benefit.PERCENT: percent,
        Benefit.MIX: percent,
        Benefit.AMOUNT: _("%(amount)s off each", amount=amount),
        Benefit.FIXED: _("%(amount)s each", amount=amount),
    }[benefit]
    if promotion.min_quantity <= 1:
        return str(gives)
    if benefit is Benefit.MIX:
        return str(
            _("%(gives)s from %(quantity)s altogether", gives=gives, quantity=quantity_text(promotion.min_quantity))
        )
    return str(_("%(gives)s from %(quantity)s", gives=gives, quantity=quantity_text(promotion.min_quantity)))

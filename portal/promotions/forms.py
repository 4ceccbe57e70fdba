"""What people type about a promotion, read into a command, with its refusals put to the fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField

from portal.pricing.forms import TypedForm, group_choices, trimmed, typed_lines
from portal.pricing.words import day_cell, plain_number
from portal.promotions.queries.promotions import PromotionRow
from portal.promotions.rules.promotion import Benefit
from portal.promotions.service.promotions import SavePromotion
from portal.promotions.words import BENEFITS, FIELD_PROBLEMS
from tenants.errors import InvalidInput

_USUAL_PRIORITY = 100
_CENT_DECIMALS, _QUANTITY_DECIMALS = 4, 3


class PromotionForm(TypedForm):
    """A promotion, on what and for whom; everything is text until `command` reads it."""

    code = StringField(_l("Code"), filters=[trimmed])
    name = StringField(_l("Name"), filters=[trimmed])
    valid_from = StringField(_l("Valid from"), filters=[trimmed])
    valid_to = StringField(_l("Valid until, not including"), filters=[trimmed])
    benefit = SelectField(_l("What it gives"), validate_choice=False)
    value = StringField(_l("Percent or amount"), filters=[trimmed])
    min_quantity = StringField(_l("From quantity"), filters=[trimmed])
    threshold_amount = StringField(_l("From order amount"), filters=[trimmed])
    buy_quantity = StringField(_l("For every so many bought"), filters=[trimmed])
    free_quantity = StringField(_l("So many free"), filters=[trimmed])
    free_article = StringField(_l("Article that is free"), filters=[trimmed])
    combines = BooleanField(_l("Together with others"))
    priority = StringField(_l("Priority"), filters=[trimmed])
    coupon = StringField(_l("Coupon"), filters=[trimmed])
    make_coupon = BooleanField(_l("Make a coupon that nobody guesses"))
    max_uses = StringField(_l("Most orders"), filters=[trimmed])
    max_uses_per_account = StringField(_l("Most orders of one customer"), filters=[trimmed])
    budget = StringField(_l("Most money given"), filters=[trimmed])
    all_articles = BooleanField(_l("All articles"))
    articles = TextAreaField(_l("Articles"), filters=[trimmed])
    categories = TextAreaField(_l("Categories"), filters=[trimmed])
    brands = TextAreaField(_l("Brands"), filters=[trimmed])
    everyone = BooleanField(_l("Everyone"))
    groups = SelectMultipleField(_l("Price groups"), validate_choice=False)
    accounts = TextAreaField(_l("Single customers"), filters=[trimmed])

    def offer(self, groups: dict[str, str]) -> None:
        """Fill the choices: what there is to give, and price groups (code → name)."""
        self.benefit.choices = [(each.value, BENEFITS[each]) for each in Benefit]
        self.groups.choices = group_choices(groups)

    def command(self, code: str | None = None) -> SavePromotion | None:
        """Give the command, or None after telling each field what is wrong. `code` of a promotion that exists is fixed."""
        priority, uses, account_uses = (
            self.read_number(name, 0) for name in ("priority", "max_uses", "max_uses_per_account")
        )
        minimum = self.read_number("min_quantity", _QUANTITY_DECIMALS)
        command = SavePromotion(
            code=code or self.code.data,
            benefit=Benefit(self.benefit.data) if self.benefit.data in set(Benefit) else Benefit.PERCENT,
            name=self.name.data,
            valid_from=self.read_day("valid_from"),
            valid_to=self.read_day("valid_to"),
            priority=_USUAL_PRIORITY if priority is None else int(priority),
            combines=self.combines.data,
            coupon=self.coupon.data or None,
            value=self.read_number("value", _CENT_DECIMALS) or Decimal(0),
            min_quantity=Decimal(1) if minimum is None else minimum,
            threshold_amount=self.read_number("threshold_amount", _CENT_DECIMALS) or Decimal(0),
            buy_quantity=self.read_number("buy_quantity", _QUANTITY_DECIMALS),
            free_quantity=self.read_number("free_quantity", _QUANTITY_DECIMALS),
            free_article=self.free_article.data or None,
            max_uses=None if uses is None else int(uses),
            max_uses_per_account=None if account_uses is None else int(account_uses),
            budget=self.read_number("budget", _CENT_DECIMALS),
            all_articles=self.all_articles.data,
            articles=typed_lines(self.articles.data),
            categories=typed_lines(self.categories.data),
            brands=typed_lines(self.brands.data),
            everyone=self.everyone.data,
            groups=tuple(self.groups.data or ()),
            accounts=typed_lines(self.accounts.data),
        )
        return None if self.has_errors else command

    def take_refusal(self, refusal: InvalidInput) -> None:
        """Put each error of a refused command to its field."""
        for error in refusal.details["errors"]:
            text = str(FIELD_PROBLEMS[error["reason"]])
            self.blame(error["field"], f"{error['value']}: {text}" if error.get("value") else text)


def form_values(promotion: PromotionRow) -> dict[str, Any]:
    """Give what the form shows of a promotion that exists."""
    numbers = ("value", "min_quantity", "threshold_amount", "buy_quantity", "free_quantity", "budget")
    whole = ("priority", "max_uses", "max_uses_per_account")
    return {
        **promotion._asdict(),
        **{name: plain_number(getattr(promotion, name)) for name in numbers},
        **{name: "" if getattr(promotion, name) is None else str(getattr(promotion, name)) for name in whole},
        **{name: "\n".join(getattr(promotion, name)) for name in ("articles", "categories", "brands", "accounts")},
        "benefit": promotion.benefit.value,
        "coupon": promotion.coupon or "",
        "free_article": promotion.free_article or "",
        "valid_from": day_cell(promotion.valid_from),
        "valid_to": day_cell(promotion.valid_to),
    }

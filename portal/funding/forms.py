"""What people type about co-funding, read into commands, with refusals put to the fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField

from portal.funding.queries import OfferRow
from portal.funding.service.offers import AcceptFunding, ProposeFunding
from portal.funding.words import FIELD_PROBLEMS
from portal.pricing.forms import TypedForm, group_choices, trimmed, typed_lines
from portal.pricing.words import day_cell, plain_number
from portal.promotions.rules.promotion import Benefit
from portal.promotions.service.promotions import SavePromotion
from portal.promotions.words import BENEFITS
from tenants.errors import InvalidInput

OFFERED = (Benefit.PERCENT, Benefit.AMOUNT, Benefit.FIXED)
"""What a wholesaler chooses from when it accepts; everything else it changes in the promotion afterwards."""


class _Refusable(TypedForm):
    def take_refusal(self, refusal: InvalidInput) -> None:
        """Put each error of a refused command to its field; what concerns a field that is not shown, to the first."""
        for error in refusal.details["errors"]:
            name = error["field"] if error["field"] in self else "code"
            self.blame(name, FIELD_PROBLEMS[error["reason"]])


class OfferForm(_Refusable):
    """An offer; everything is text until `command` reads it."""

    code = StringField(_l("Code"), filters=[trimmed])
    name = StringField(_l("Name"), filters=[trimmed])
    valid_from = StringField(_l("Valid from"), filters=[trimmed])
    valid_to = StringField(_l("Valid until, not including"), filters=[trimmed])
    funding_amount = StringField(_l("Funding for one base unit"), filters=[trimmed])
    budget = StringField(_l("At most, for each wholesaler"), filters=[trimmed])
    suggested_percent = StringField(_l("Suggested discount, in percent"), filters=[trimmed])
    products = TextAreaField(_l("Products"), filters=[trimmed])
    wholesalers = SelectMultipleField(_l("Wholesalers"), validate_choice=False)
    material = TextAreaField(_l("Text for their advertising"), filters=[trimmed])

    def command(self) -> ProposeFunding | None:
        """Give the command, or None after telling each field what is wrong."""
        command = ProposeFunding(
            code=self.code.data,
            name=self.name.data,
            valid_from=self.read_day("valid_from"),
            valid_to=self.read_day("valid_to"),
            funding_amount=self.read_number("funding_amount", 4),
            budget=self.read_number("budget", 2),
            suggested_percent=self.read_number("suggested_percent", 2),
            products=typed_lines(self.products.data),
            wholesalers=tuple(dict.fromkeys(self.wholesalers.data or ())),
            material=self.material.data,
        )
        return None if self.has_errors else command


class AcceptForm(_Refusable):
    """The promotion that a wholesaler runs under an offer."""

    code = StringField(_l("Code"), filters=[trimmed])
    name = StringField(_l("Name"), filters=[trimmed])
    valid_from = StringField(_l("Valid from"), filters=[trimmed])
    valid_to = StringField(_l("Valid until, not including"), filters=[trimmed])
    benefit = SelectField(_l("What it gives"), validate_choice=False)
    value = StringField(_l("Percent or amount"), filters=[trimmed])
    articles = TextAreaField(_l("Articles"), filters=[trimmed])
    everyone = BooleanField(_l("Everyone"))
    groups = SelectMultipleField(_l("Price groups"), validate_choice=False)
    accounts = TextAreaField(_l("Single customers"), filters=[trimmed])

    def offer(self, groups: dict[str, str]) -> None:
        """Fill the choices: what there is to give, and price groups (code → name)."""
        self.benefit.choices = [(each.value, BENEFITS[each]) for each in OFFERED]
        self.groups.choices = group_choices(groups)

    def command(self) -> AcceptFunding | None:
        """Give the command, or None after telling each field what is wrong."""
        promotion = SavePromotion(
            code=self.code.data,
            name=self.name.data,
            benefit=Benefit(self.benefit.data) if self.benefit.data in set(OFFERED) else Benefit.PERCENT,
            value=self.read_number("value", 4) or Decimal(0),
            valid_from=self.read_day("valid_from"),
            valid_to=self.read_day("valid_to"),
            articles=typed_lines(self.articles.data),
            everyone=self.everyone.data,
            groups=tuple(self.groups.data or ()),
            accounts=typed_lines(self.accounts.data),
        )
        return None if self.has_errors else AcceptFunding(promotion)


def accept_values(offer: OfferRow, articles: list[str]) -> dict[str, Any]:
    """Give what the form of acceptance begins with: what was offered."""
    return {
        "code": offer.code,
        "name": offer.name,
        "valid_from": day_cell(offer.valid_from),
        "valid_to": day_cell(offer.valid_to),
        "benefit": Benefit.PERCENT.value,
        "value": plain_number(offer.suggested_percent),
        "articles": "\n".join(articles),
        "everyone": True,
    }

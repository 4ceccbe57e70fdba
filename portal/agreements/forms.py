"""What people type about a framework agreement, read into a command, with its refusals put to the fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField

from portal.agreements.queries import AgreementRow
from portal.agreements.service.agreements import SaveAgreement
from portal.agreements.words import FIELD_PROBLEMS
from portal.pricing.forms import TypedForm, trimmed
from portal.pricing.queries.price_lists import PriceListRow
from portal.pricing.words import day_cell, plain_number

_USUAL_DAYS, _USUAL_PERCENT = 30, 80


class AgreementForm(TypedForm):
    """An agreement and the prices it begins with; everything is text until `command` reads it."""

    problems = FIELD_PROBLEMS

    code = StringField(_l("Code"), filters=[trimmed])
    name = StringField(_l("Name"), filters=[trimmed])
    account = StringField(_l("Customer"), filters=[trimmed])
    valid_from = StringField(_l("Valid from"), filters=[trimmed])
    valid_to = StringField(_l("Valid until, not including"), filters=[trimmed])
    agreed_quantity = StringField(_l("Agreed quantity"), filters=[trimmed])
    agreed_amount = StringField(_l("Agreed amount"), filters=[trimmed])
    base_code = SelectField(_l("Derived from"), validate_choice=False)
    adjustment_percent = StringField(_l("Percent on top"), filters=[trimmed])
    warn_days = StringField(_l("Warn so many days before the end"), filters=[trimmed])
    warn_percent = StringField(_l("Warn once so many percent are called off"), filters=[trimmed])

    def offer(self, lists: Sequence[tuple[str, str]]) -> None:
        """Fill the choice of lists (code, name) that the agreement's own may be derived from."""
        self.base_code.choices = [
            ("", _l("No other list")),
            *((code, f"{code} · {name}" if name else code) for code, name in lists),
        ]

    def command(self, agreement: AgreementRow | None) -> SaveAgreement | None:
        """Give the command, or None after telling each field what is wrong. Of an `agreement` code and buyer are fixed."""
        days, percent = self.read_number("warn_days", 0), self.read_number("warn_percent", 0)
        command = SaveAgreement(
            code=agreement.code if agreement else self.code.data,
            name=self.name.data,
            account=agreement.account if agreement else self.account.data,
            valid_from=self.read_day("valid_from"),
            valid_to=self.read_day("valid_to"),
            agreed_quantity=self.read_number("agreed_quantity", 3),
            agreed_amount=self.read_number("agreed_amount", 2),
            base_code=self.base_code.data or None,
            adjustment_percent=self.read_number("adjustment_percent", 4),
            warn_days=_USUAL_DAYS if days is None else int(days),
            warn_percent=_USUAL_PERCENT if percent is None else int(percent),
        )
        return None if self.has_errors else command


def form_values(agreement: AgreementRow, price_list: PriceListRow) -> dict[str, Any]:
    """Give what the form shows of an agreement that exists, with its price list."""
    return {
        "name": agreement.name,
        "valid_from": day_cell(agreement.valid_from),
        "valid_to": day_cell(agreement.valid_to),
        "agreed_quantity": plain_number(agreement.agreed_quantity),
        "agreed_amount": plain_number(agreement.agreed_amount),
        "base_code": price_list.base_code or "",
        "adjustment_percent": plain_number(price_list.adjustment_percent),
        "warn_days": str(agreement.warn_days),
        "warn_percent": str(agreement.warn_percent),
    }

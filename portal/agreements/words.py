"""The words of framework agreements, in the reader's language."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.agreements.queries import AgreementRow, AgreementState
from portal.pricing.words import FIELD_PROBLEMS as PRICE_LIST_PROBLEMS
from portal.web.formatting import date_text, money_text, percent_text, quantity_text

STATES = {
    AgreementState.AHEAD: _l("Ahead"),
    AgreementState.RUNNING: _l("In use"),
    AgreementState.ENDED: _l("Ended"),
}
TONES = {AgreementState.AHEAD: "active", AgreementState.RUNNING: "good", AgreementState.ENDED: "neutral"}

FIELD_PROBLEMS = {
    **PRICE_LIST_PROBLEMS,
    "missing": _l("Please fill this in."),
    "is-over": _l("That day has passed already."),
    "one-measure": _l("Please fill in either a quantity or an amount."),
    "out-of-range": _l("This number is too small or too large."),
    "unknown-account": _l("There is no such customer."),
}


def amount_text(agreement: AgreementRow, value: Decimal, currency: str) -> str:
    """Say a number in the measure that was agreed."""
    if agreement.agreed_amount is not None:
        return money_text(value, currency)
    return quantity_text(value, str(_("base units")))


def used_text(agreement: AgreementRow) -> str:
    """Say how much of what was agreed is called off, in percent."""
    return percent_text(agreement.called_off / agreement.agreed, 0)


def warning_texts(agreement: AgreementRow, currency: str) -> list[str]:
    """Say what needs attention: that it ends soon, that it is nearly or quite used up."""
    if agreement.state is not AgreementState.RUNNING:
        return []
    texts = []
    if agreement.is_nearly_used:
        texts.append(
            _("Used up.")
            if not agreement.left
            else _("Only %(left)s left.", left=amount_text(agreement, agreement.left, currency))
        )
    if agreement.is_ending:
        texts.append(_("Ends before %(day)s.", day=date_text(agreement.valid_to)))
    return [str(text) for text in texts]

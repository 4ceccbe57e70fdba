"""What people type at the support desk, with refusals put to the fields."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, SelectField, StringField, TextAreaField

from portal.accounts.document_content import DocumentRefused
from portal.accounts.views.records import refusal_text
from portal.pricing.forms import TypedForm, trimmed
from portal.support.rules import RequestKind
from portal.support.service.registrations import RegisterUnit
from portal.support.words import FIELD_PROBLEMS, KINDS
from tenants.errors import InvalidInput


class _RefusableForm(TypedForm):
    def take_refusal(self, refusal: InvalidInput) -> None:
        """Put each error of a refused command to its field."""
        if isinstance(refusal, DocumentRefused):
            self.blame("file", refusal_text(refusal))
            return
        for error in refusal.details["errors"]:
            self.blame(error["field"] if error["field"] in self else "text", FIELD_PROBLEMS[error["reason"]])


class MessageForm(_RefusableForm):
    """Words, and a file with them."""

    text = TextAreaField(_l("Message"), filters=[trimmed])
    file = FileField(_l("File (PDF, PNG or JPEG)"))


class RequestForm(MessageForm):
    """A new request."""

    kind = SelectField(_l("What it is"))
    subject = StringField(_l("In a few words"), filters=[trimmed])
    order_number = StringField(_l("Order"), filters=[trimmed])
    article = StringField(_l("Article"), filters=[trimmed])
    serial_number = StringField(_l("Serial number"), filters=[trimmed])

    def __init__(self, **known: Any) -> None:
        super().__init__(**known)
        self.kind.choices = [(each.value, label) for each, label in KINDS.items()]

    @property
    def chosen_kind(self) -> RequestKind:
        """Give the kind; validation has let no other one through."""
        return RequestKind(self.kind.data)


class AnswerForm(MessageForm):
    """An answer to a customer, or a note."""

    state = SelectField(_l("Afterwards"), validate_choice=False)
    is_internal = BooleanField(_l("Note for your staff alone"))

    def offer(self, states: list[tuple[str, Any]]) -> None:
        """Fill the choice of states."""
        self.state.choices = states


class PassUpForm(MessageForm):
    """What the manufacturer is shown."""

    article = StringField(_l("Article"), filters=[trimmed])
    names_retailer = BooleanField(_l("Name the customer"))


class RegistrationForm(_RefusableForm):
    """A unit that was sold on."""

    article = StringField(_l("Article or GTIN"), filters=[trimmed])
    serial_number = StringField(_l("Serial number"), filters=[trimmed])
    sold_on = StringField(_l("Sold on"), filters=[trimmed])

    def command(self) -> RegisterUnit | None:
        """Give the command, or None after telling the day that it is none."""
        sold_on = self.read_day("sold_on")
        return None if self.has_errors else RegisterUnit(self.article.data, self.serial_number.data, sold_on)

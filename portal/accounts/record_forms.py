"""What people type about a buyer: addresses, contacts, documents, notes and tasks."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, EmailField, FileField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional

from portal.accounts.audit_values import WEEKDAYS
from portal.accounts.forms import country_choices, trimmed
from portal.accounts.record_models import AddressKind, NoteKind, TaskKind

LONGEST_TEXT = 4000


def _most(length: int) -> Length:
    return Length(max=length, message=_l("Please use at most %(max)d characters."))


def _named() -> list[Any]:
    return [DataRequired(message=_l("Please enter the name.")), _most(150)]


def _text() -> list[Any]:
    return [DataRequired(message=_l("Please write something.")), _most(LONGEST_TEXT)]


def _day() -> list[Any]:
    return [InputRequired(message=_l("Please enter a day."))]


def address_kinds() -> list[tuple[str, str]]:
    """Say what is sent to an address."""
    return [(AddressKind.SHIP_TO.value, gettext("Goods")), (AddressKind.BILL_TO.value, gettext("Invoices"))]


def note_kinds() -> list[tuple[str, str]]:
    """Say what happened with a buyer."""
    return [
        (NoteKind.NOTE.value, gettext("Memo")),
        (NoteKind.CALL.value, gettext("Call")),
        (NoteKind.EMAIL.value, gettext("E-mail")),
        (NoteKind.VISIT.value, gettext("Visit")),
        (NoteKind.MEETING.value, gettext("Meeting")),
    ]


def task_kinds() -> list[tuple[str, str]]:
    """Say what is to be done."""
    return [(TaskKind.FOLLOW_UP.value, gettext("Follow-up")), (TaskKind.VISIT.value, gettext("Next visit"))]


def weekdays() -> list[tuple[int, str]]:
    """Give the days of the week, Monday first."""
    return [(day, str(name)) for day, name in enumerate(WEEKDAYS, start=1)]


class AddressForm(FlaskForm):  # type: ignore[misc] # flask-wtf is untyped
    """A further address of a buyer."""

    name = StringField(_l("Name"), _named(), filters=[trimmed])
    kind = SelectField(_l("For"), [InputRequired()])
    street = StringField(_l("Street and number"), [Optional(), _most(150)], filters=[trimmed])
    postal_code = StringField(_l("Postal code"), [Optional(), _most(20)], filters=[trimmed])
    city = StringField(_l("City"), [DataRequired(message=_l("Please enter the city.")), _most(100)], filters=[trimmed])
    country = SelectField(_l("Country"), [InputRequired(_l("Please choose a country."))])
    is_usual = BooleanField(_l("Usual: taken where no other one is chosen"))

    def __init__(self, present: str = "", **values: Any) -> None:
        super().__init__(**values)
        self.kind.choices = address_kinds()
        self.country.choices = country_choices(present)


class ContactForm(FlaskForm):  # type: ignore[misc]
    """Somebody at a buyer."""

    name = StringField(_l("Name"), _named(), filters=[trimmed])
    position = StringField(_l("Position"), [Optional(), _most(100)], filters=[trimmed])
    email = EmailField(
        _l("E-mail"),
        [
            Optional(),
            _most(254),
            Email(message=_l("This is not an e-mail address. It looks like name@example.com.")),
        ],
        filters=[trimmed],
    )
    phone = StringField(_l("Telephone"), [Optional(), _most(50)], filters=[trimmed])


class DocumentForm(FlaskForm):  # type: ignore[misc]
    """A file about a buyer."""

    title = StringField(_l("Title"), [DataRequired(message=_l("Please enter a title.")), _most(150)], filters=[trimmed])
    file = FileField(_l("File (PDF, PNG or JPEG)"))
    is_shared = BooleanField(_l("Share it with the customer"))


class NoteForm(FlaskForm):  # type: ignore[misc]
    """What happened with a buyer."""

    kind = SelectField(_l("What"), [InputRequired()])
    happened_on = DateField(_l("On"), _day())
    text = TextAreaField(_l("Text"), _text(), filters=[trimmed])

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.kind.choices = note_kinds()


class TaskForm(FlaskForm):  # type: ignore[misc]
    """What is to be done about a buyer."""

    kind = SelectField(_l("What"), [InputRequired()])
    due_on = DateField(_l("Due on"), _day())
    owner = SelectField(_l("Who"), [Optional()])
    text = StringField(_l("Text"), _text(), filters=[trimmed])

    def __init__(self, staff: list[tuple[str, str]], **values: Any) -> None:
        super().__init__(**values)
        self.kind.choices = task_kinds()
        self.owner.choices = [("", gettext("Anybody")), *staff]

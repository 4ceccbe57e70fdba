"""What people type about a segment, read into a command, with its refusals put to the fields."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField

from portal.pricing.forms import TypedForm, group_choices, trimmed, typed_lines
from portal.segments.queries import SegmentRow
from portal.segments.rules import OrderRhythm
from portal.segments.service import SaveSegment
from portal.segments.words import FIELD_PROBLEMS, RHYTHMS

_USUAL_DAYS = 90


class SegmentForm(TypedForm):
    """A segment; everything is text until `command` reads it."""

    problems = FIELD_PROBLEMS

    code = StringField(_l("Code"), filters=[trimmed])
    name = StringField(_l("Name"), filters=[trimmed])
    groups = SelectMultipleField(_l("Price groups"), validate_choice=False)
    accounts = TextAreaField(_l("Single customers"), filters=[trimmed])
    rhythms = SelectMultipleField(_l("How they order"), validate_choice=False)
    bought = SelectField(_l("Within the last days"), validate_choice=False)
    category = StringField(_l("Category"), filters=[trimmed])
    category_days = StringField(_l("Days"), filters=[trimmed])

    def offer(self, groups: dict[str, str]) -> None:
        """Fill the choices: price groups (code → name) and what is asked of rhythm and category."""
        self.groups.choices = group_choices(groups)
        self.rhythms.choices = [(each.value, label) for each, label in RHYTHMS.items()]
        self.bought.choices = [
            ("yes", _l("Something of the category was bought")),
            ("no", _l("Nothing of it was bought")),
        ]

    def command(self, code: str | None = None) -> SaveSegment | None:
        """Give the command, or None after telling each field what is wrong. `code` of a segment that exists is fixed."""
        days = self.read_number("category_days", 0)
        command = SaveSegment(
            code=code or self.code.data,
            name=self.name.data,
            groups=tuple(self.groups.data or ()),
            accounts=typed_lines(self.accounts.data),
            rhythms=tuple(each for each in OrderRhythm if each in (self.rhythms.data or ())),
            category=self.category.data,
            bought=self.bought.data != "no",
            category_days=_USUAL_DAYS if days is None else int(days),
        )
        return None if self.has_errors else command


def form_values(segment: SegmentRow) -> dict[str, Any]:
    """Give what the form shows of a segment that exists."""
    return {
        "code": segment.code,
        "name": segment.name,
        "groups": segment.groups,
        "accounts": "\n".join(segment.accounts),
        "rhythms": segment.rhythms,
        "bought": "no" if segment.bought is False else "yes",
        "category": segment.category,
        "category_days": str(segment.category_days),
    }

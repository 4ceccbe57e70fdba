"""What people type about a programme, read into commands, with their refusals put to the fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField, TextAreaField

from portal.core.idempotency import new_key
from portal.loyalty.models import Measure, RuleScope
from portal.loyalty.queries.programme import ProgrammeRow
from portal.loyalty.rules import Level
from portal.loyalty.service.points import AdjustPoints
from portal.loyalty.service.programme import AddReward, AddRule, SaveProgramme
from portal.loyalty.words import FIELD_PROBLEMS, MEASURES, SCOPES
from portal.pricing.forms import TypedForm, trimmed

_USUAL_MONTHS = "24"
_MOST_DIGITS = 12


class ProgrammeForm(TypedForm):
    """The programme itself; the levels one a line, name and points."""

    problems = FIELD_PROBLEMS

    name = StringField(_l("Name"), filters=[trimmed])
    expiry_months = StringField(_l("Points last so many months"), filters=[trimmed])
    levels = TextAreaField(_l("Levels"), filters=[trimmed])

    def command(self) -> SaveProgramme | None:
        """Give the command, or None after telling each field what is wrong."""
        months = self.read_number("expiry_months", 0)
        levels = [_level(line) for line in self.levels.data.splitlines() if line.strip()]
        if None in levels:
            self.blame("levels", _l("Please write each level as its name, a colon, and its points."))
        command = SaveProgramme(self.name.data, int(months or 0), tuple(level for level in levels if level))
        return None if self.has_errors else command


class RuleForm(TypedForm):
    """A rule to be added."""

    problems = FIELD_PROBLEMS

    name = StringField(_l("Name"), filters=[trimmed])
    measure = SelectField(_l("What it gives"), validate_choice=False)
    points = StringField(_l("Loyalty points"), filters=[trimmed])
    per = StringField(_l("For every full"), filters=[trimmed])
    factor = StringField(_l("Counts so many times"), filters=[trimmed])
    scope = SelectField(_l("What it is about"), validate_choice=False)
    scope_code = StringField(_l("Article number or category"), filters=[trimmed])
    valid_from = StringField(_l("Valid from"), filters=[trimmed])
    valid_to = StringField(_l("Valid until, not including"), filters=[trimmed])

    def offer(self) -> None:
        """Fill the choices: what a rule gives, and what it may be about."""
        self.measure.choices = [(each.value, MEASURES[each]) for each in Measure]
        self.scope.choices = [(each.value, SCOPES[each]) for each in RuleScope]

    def command(self) -> AddRule | None:
        """Give the command, or None after telling each field what is wrong."""
        points = self.read_number("points", 0)
        command = AddRule(
            name=self.name.data,
            measure=Measure(self.measure.data) if self.measure.data in set(Measure) else Measure.AMOUNT,
            scope=RuleScope(self.scope.data) if self.scope.data in set(RuleScope) else RuleScope.ALL,
            scope_code=self.scope_code.data,
            points=None if points is None else int(points),
            per=self.read_number("per", 3),
            factor=self.read_number("factor", 3),
            valid_from=self.read_day("valid_from"),
            valid_to=self.read_day("valid_to"),
        )
        return None if self.has_errors else command


class RewardForm(TypedForm):
    """A reward to be added."""

    problems = FIELD_PROBLEMS

    code = StringField(_l("Code"), filters=[trimmed])
    article = StringField(_l("Article number"), filters=[trimmed])
    quantity = StringField(_l("Quantity"), filters=[trimmed])
    points = StringField(_l("Loyalty points"), filters=[trimmed])

    def command(self) -> AddReward | None:
        """Give the command, or None after telling each field what is wrong."""
        quantity, points = self.read_number("quantity", 3), self.read_number("points", 0)
        command = AddReward(self.code.data, self.article.data, quantity or Decimal(0), int(points or 0))
        return None if self.has_errors else command


class AdjustmentForm(TypedForm):
    """Points to be booked by hand."""

    problems = FIELD_PROBLEMS

    points = StringField(_l("Loyalty points"), filters=[trimmed])
    reason = StringField(_l("Reason"), filters=[trimmed])
    idempotency_key = HiddenField()

    def command(self, account: str) -> AdjustPoints | None:
        """Give the command, or None after telling each field what is wrong."""
        points = self.read_number("points", 0)
        key = (self.idempotency_key.data or new_key())[:100]
        command = AdjustPoints(account, int(points or 0), self.reason.data, f"form {key}")
        return None if self.has_errors else command


def programme_values(programme: ProgrammeRow | None, levels: list[Level]) -> dict[str, Any]:
    """Give what the form shows of a programme, or of one to be made."""
    if programme is None:
        return {"expiry_months": _USUAL_MONTHS}
    return {
        "name": programme.name,
        "expiry_months": str(programme.expiry_months),
        "levels": "\n".join(f"{level.name}: {level.from_points}" for level in levels),
    }


def _level(line: str) -> Level | None:
    name, colon, points = line.rpartition(":")
    plain = points.strip()
    if not colon or not plain.isascii() or not plain.isdecimal() or len(plain) > _MOST_DIGITS:
        return None
    return Level(int(plain), name.strip())

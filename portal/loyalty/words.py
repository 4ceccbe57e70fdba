"""The words of loyalty, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.loyalty.models import EntryKind, Measure, ProgrammeState, RuleScope
from portal.loyalty.queries.points import EntryRow
from portal.loyalty.queries.programme import RuleRow
from portal.pricing.words import FIELD_PROBLEMS as PRICE_PROBLEMS
from portal.web.formatting import money_text, quantity_text

STATES = {
    ProgrammeState.DRAFT: _l("Draft"),
    ProgrammeState.RUNNING: _l("Running"),
    ProgrammeState.ENDED: _l("Ended"),
}
TONES = {ProgrammeState.DRAFT: "attention", ProgrammeState.RUNNING: "good", ProgrammeState.ENDED: "neutral"}
MEASURES = {
    Measure.AMOUNT: _l("Points for net value"),
    Measure.QUANTITY: _l("Points for quantity"),
    Measure.MULTIPLIER: _l("Counts several times"),
}
SCOPES = {RuleScope.ALL: _l("All articles"), RuleScope.CATEGORY: _l("Category"), RuleScope.ARTICLE: _l("Article")}
KINDS = {
    EntryKind.EARNED: _l("Earned"),
    EntryKind.REVERSED: _l("Taken back"),
    EntryKind.REDEEMED: _l("Redeemed"),
    EntryKind.RETURNED: _l("Given back"),
    EntryKind.EXPIRED: _l("Expired"),
    EntryKind.ADJUSTED: _l("Booked by hand"),
}
FIELD_PROBLEMS: Mapping[str, Any] = {
    **PRICE_PROBLEMS,
    "missing": _l("Please fill this in."),
    "out-of-range": _l("This number is too small or too large."),
    "is-over": _l("That day has passed already."),
    "level-name": _l("Each level needs a name."),
    "level-points": _l("Each level begins at other points, from 0 on."),
    "unknown-article": _l("You offer no such article."),
    "unknown-category": _l("You list nothing of this category."),
    "too-few-points": _l("The account has fewer points."),
    "too-many": _l("There are too many of them already. Please end some first."),
}


def points_text(points: int) -> str:
    """Say so many points."""
    return str(ngettext("%(points)s point", "%(points)s points", points, points=quantity_text(Decimal(points))))


def rule_text(rule: RuleRow, currency: str) -> str:
    """Say what a rule gives."""
    if rule.measure is Measure.MULTIPLIER:
        return str(_("counts %(factor)s times", factor=quantity_text(rule.factor or Decimal(1))))
    per = rule.per or Decimal(1)
    unit = money_text(per, currency) if rule.measure is Measure.AMOUNT else quantity_text(per, str(_("base units")))
    return str(_("%(points)s for every full %(per)s", points=points_text(rule.points or 0), per=unit))


def scope_text(rule: RuleRow) -> str:
    """Say what a rule is about."""
    return f"{SCOPES[rule.scope]} {rule.scope_code}".strip()


def cause_text(entry: EntryRow) -> str:
    """Say for what points were booked, beside the order."""
    return entry.rule_name or entry.reward_code or entry.reason


def signed(points: int) -> str:
    """Give points with their sign."""
    return f"{'+' if points > 0 else '−' if points < 0 else ''}{quantity_text(Decimal(abs(points)))}"

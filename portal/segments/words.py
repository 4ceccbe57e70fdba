"""The words of segments, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.segments.queries import SegmentRow
from portal.segments.rules import OrderRhythm

RHYTHMS = {
    OrderRhythm.NEW: _l("New: first order within 30 days"),
    OrderRhythm.ACTIVE: _l("Active: orders as usual"),
    OrderRhythm.DUE: _l("Due: the next usual order is expected"),
    OrderRhythm.SLOWING: _l("Slowing: the expected order is missing"),
    OrderRhythm.LAPSED: _l("Lapsed: no order for 90 days"),
    OrderRhythm.SILENT: _l("Silent: no order within two years"),
}
SHORT = {
    OrderRhythm.NEW: _l("new"),
    OrderRhythm.ACTIVE: _l("active"),
    OrderRhythm.DUE: _l("due"),
    OrderRhythm.SLOWING: _l("slowing"),
    OrderRhythm.LAPSED: _l("lapsed"),
    OrderRhythm.SILENT: _l("silent"),
}
FIELD_PROBLEMS = {
    "taken": _l("There is a segment with this code."),
    "not-a-code": _l("A code has up to 100 characters and no slash."),
    "too-long": _l("Please use up to 200 characters."),
    "missing": _l("Please fill this in."),
    "days": _l("From 1 to 730 days."),
    "unknown-category": _l("You list nothing of this category."),
    "unknown-group": _l("There is no such price group."),
    "unknown-account": _l("There is no such customer."),
}
_NAMED = 4


def rule_text(segment: SegmentRow) -> str:
    """Say whom a segment holds: `GOLD, ANNA · slowing · nothing of Whisky within 90 days`."""
    named = [*segment.groups, *segment.accounts]
    parts = [", ".join(named[:_NAMED]) + (" …" if len(named) > _NAMED else "")] if named else []
    if segment.rhythms:
        parts.append(str(_(" or ")).join(str(SHORT[OrderRhythm(each)]) for each in segment.rhythms))
    if segment.category:
        category = segment.category.rpartition(" > ")[2]
        parts.append(
            ngettext(
                "%(category)s bought within %(num)s day",
                "%(category)s bought within %(num)s days",
                segment.category_days,
                category=category,
            )
            if segment.bought
            else ngettext(
                "no %(category)s bought within %(num)s day",
                "no %(category)s bought within %(num)s days",
                segment.category_days,
                category=category,
            )
        )
    return " · ".join(parts) or str(_("All accounts"))

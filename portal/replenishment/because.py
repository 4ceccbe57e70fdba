"""Why a line is proposed, in words."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from portal.replenishment.rules import Habit
from portal.web.formatting import day_text, plain_quantity


def because_text(habit: Habit) -> str:
    """Say in the reader's language how often, how much and when it was bought."""
    times = ngettext("bought once", "bought %(num)s times", habit.times_bought)
    parts = [times]
    if habit.usual_interval_days:
        parts.append(ngettext("every day", "every %(num)s days", habit.usual_interval_days))
    parts.append(gettext("usually %(quantity)s", quantity=plain_quantity(habit.usual_quantity)))
    parts.append(gettext("last on %(date)s", date=day_text(habit.last_on)))
    if habit.due_on is not None:
        parts.append(gettext("due %(date)s", date=day_text(habit.due_on)))
    return " · ".join(parts)

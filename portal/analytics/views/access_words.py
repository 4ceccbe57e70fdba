"""What was looked at, in the words of whoever reads the log; it is kept in one fixed form (service/sharing.py)."""

from __future__ import annotations

import re
from datetime import date

from flask_babel import gettext

from portal.analytics.rules import month_of
from portal.analytics.views.channel_lines import dimension_labels
from portal.web.formatting import month_text

_FORM = re.compile(
    r"(sell-through|value) by ([a-z, ]+); (\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)((?:; [a-z]+ [^;]+)*); ([\w ]+)"
)


def access_words(what: str) -> str:
    """Give `sell-through by month; 2026-01-01 to 2026-07-01; screen` in the reader's language; other texts as they are."""
    named = _named().get(what.partition("; ")[0])
    if named:
        return f"{named}; {_how(what.partition('; ')[2])}"
    found = _FORM.fullmatch(what)
    if found is None:
        return what
    labels = {one.value: label for one, label in dimension_labels().items()}
    by = ", ".join(labels.get(name, name) for name in found[2].split(", ") if name != "total")
    first, until = date.fromisoformat(found[3]), date.fromisoformat(found[4])
    parts = [
        _measure(found[1], by),
        f"{month_text(first)} – {month_text(month_of(until, -1) if until.day == 1 else until)}",
    ]
    parts += [
        f"{labels.get(name, name)} {value}"
        for name, value in (chosen.split(" ", 1) for chosen in found[5].split("; ") if chosen)
    ]
    return "; ".join([*parts, _how(found[6])])


def _named() -> dict[str, str]:
    return {
        "demand plan": gettext("Demand plan"),
        "stock": gettext("Stock"),
        "activity": gettext("How retailers stand"),
        "names": gettext("Names and places of retailers"),
    }


def _measure(measure: str, by: str) -> str:
    if measure == "value":
        words = (
            gettext("Value at list price by %(dimensions)s", dimensions=by)
            if by
            else gettext("Value at list price, total")
        )
    else:
        words = gettext("Sell-through by %(dimensions)s", dimensions=by) if by else gettext("Sell-through, total")
    return str(words)


def _how(how: str) -> str:
    words = {"screen": gettext("on screen"), "export": gettext("as a file"), "home page": gettext("on the home page")}
    return str(words.get(how, how))

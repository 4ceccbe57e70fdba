"""What reports are called in words."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from portal.sell_out.rules import BadCell, RowProblem
from portal.sell_out.service import Booking


def problem_text(cell: BadCell) -> str:
    """Say which row needs a person, and why."""
    texts = {
        RowProblem.NO_RETAILER: gettext("“%(value)s” is not the code of one of your retailers.", value=cell.value),
        RowProblem.NO_GTIN: gettext("“%(value)s” is not a GTIN: length or check digit is wrong.", value=cell.value),
        RowProblem.NO_DAY: gettext("“%(value)s” is not a day such as 2026-12-31.", value=cell.value),
        RowProblem.AHEAD: gettext("The day lies ahead."),
        RowProblem.NO_QUANTITY: gettext("“%(value)s” is not a plain number with up to 3 decimals.", value=cell.value),
        RowProblem.TWICE: gettext("GTIN and day stand in row %(row)s already.", row=cell.value),
    }
    return f"{gettext('Row %(row)s', row=cell.row)}: {texts[cell.problem]}"


def booking_text(done: Booking) -> str:
    """Say what a report does."""
    parts = [
        ngettext("%(num)s row is new.", "%(num)s rows are new.", done.created),
        ngettext("%(num)s row corrects an earlier one.", "%(num)s rows correct earlier ones.", done.changed),
        ngettext("%(num)s row is as reported before.", "%(num)s rows are as reported before.", done.unchanged),
    ]
    shown = [text for text, count in zip(parts, (done.created, done.changed, done.unchanged), strict=True) if count]
    return " ".join(shown)

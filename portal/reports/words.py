"""The words of reports, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.audit_values import WORDS
from portal.analytics.views.window import month_key_text
from portal.reports.queries import Report, ReportRow
from portal.reports.rules import By, Definition, Measure, Period

BY: Mapping[By, Any] = {by: WORDS["rows_by"][by.value] for by in By}
MEASURES: Mapping[Measure, Any] = {measure: WORDS["measures"][measure.value] for measure in Measure}
PERIODS: Mapping[Period, Any] = {period: WORDS["period"][period.value] for period in Period}
PROBLEMS: Mapping[str, Any] = {
    "taken": _l("There is a report with this code."),
    "not-a-code": _l("A code has up to 100 characters and no slash."),
    "too-long": _l("Please use up to 200 characters."),
    "missing": _l("Please fill this in."),
    "columns": _l("Columns are months, quarters or years, and only where the rows are none of these."),
    "one-measure": _l("With columns there is room for one measure. Take the others off, or the columns."),
    "months": _l("Please choose the first month and one that is not before it."),
    "too-many-months": _l("A report has 60 months at most."),
    "not-of-customers": _l("Customers are not known by category. Choose one customer or take the category off."),
    "not-counted": _l("Orders and customers are counted by time and by customer alone, not by what was ordered."),
    "own-purchases": _l("A report of your own purchases has no customers."),
}


def row_text(report: Report, row: ReportRow, categories: Mapping[str, str]) -> str:
    """Give what a row is called."""
    by = report.asked.rows
    if by is By.MONTH:
        return month_key_text(row.key)
    if by is By.CATEGORY:
        return categories.get(row.key) or row.key or str(_("Without category"))
    if by is By.BRAND:
        return row.key or str(_("Without brand"))
    if by is By.PRODUCT:
        return row.name or str(_("Former product"))
    return (row.name or str(_("Former customer"))) if by is By.CUSTOMER else row.key


def column_texts(report: Report) -> list[str]:
    """Give what stands above the numbers."""
    if report.columns:
        return [*map(month_key_text, report.columns), str(_("Total"))]
    return [str(MEASURES[measure]) for measure in report.asked.measures]


def asked_text(asked: Definition) -> str:
    """Say what a report asks for: `Category × Month · Net amount · Last 12 months`."""
    shape = " × ".join(str(BY[by]) for by in (asked.rows, asked.columns) if by is not None)
    measures = ", ".join(str(MEASURES[measure]) for measure in asked.measures)
    if asked.period is Period.MONTHS and asked.first and asked.last:
        period = f"{month_key_text(f'{asked.first:%Y-%m}')} – {month_key_text(f'{asked.last:%Y-%m}')}"
    else:
        period = str(PERIODS[asked.period])
    return " · ".join(filter(None, [shape, measures, period, asked.category, asked.customer]))

"""What a report may ask for, and which months it means. Pure calculation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.analytics.rules import month_of, months_between
from tenants.permissions import Capacity

MOST_MONTHS, MOST_LETTERS = 60, 500


class By(StrEnum):
    """By what figures are broken down."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CATEGORY = "category"
    BRAND = "brand"
    PRODUCT = "product"
    CUSTOMER = "customer"


TIMES = frozenset({By.MONTH, By.QUARTER, By.YEAR})
"""What may stand in columns too."""
_OF_GOODS = frozenset({By.CATEGORY, By.BRAND, By.PRODUCT})


class Measure(StrEnum):
    """What is told: of what was ordered, less what was cancelled and returned, on the day of the order."""

    UNITS = "units"
    NET_AMOUNT = "net_amount"
    ORDERS = "orders"
    """With at least one line that is not cancelled; credits do not count."""
    CUSTOMERS = "customers"
    """That ordered, each once."""


class Period(StrEnum):
    """Which months: those that end with the present one go on with the calendar."""

    THIS_MONTH = "this-month"
    LAST_MONTH = "last-month"
    THREE_MONTHS = "3-months"
    TWELVE_MONTHS = "12-months"
    TWENTY_FOUR_MONTHS = "24-months"
    THIS_YEAR = "this-year"
    LAST_YEAR = "last-year"
    MONTHS = "months"
    """Fixed ones."""


_ROLLING = {Period.THIS_MONTH: 1, Period.THREE_MONTHS: 3, Period.TWELVE_MONTHS: 12, Period.TWENTY_FOUR_MONTHS: 24}


class Source(StrEnum):
    """From what the figures are read: the smallest that knows what is asked."""

    BUYER_MONTHS = "buyer_months"
    BUYER_DAYS = "buyer_days"
    PRODUCT_MONTHS = "product_months"
    LINES = "lines"
    """Of one buyer alone: there are few, and they lie together."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a report asks for. Months are first days; they belong to `Period.MONTHS` alone."""

    rows: By = By.MONTH
    columns: By | None = None
    measures: tuple[Measure, ...] = (Measure.UNITS, Measure.NET_AMOUNT)
    period: Period = Period.TWELVE_MONTHS
    first: date | None = None
    last: date | None = None
    category: str = ""
    customer: str = ""

    @property
    def is_of_goods(self) -> bool:
        """Tell whether it needs to know what was ordered."""
        return self.rows in _OF_GOODS or bool(self.category)


def source_of(asked: Definition, capacity: Capacity) -> Source:
    """Give from what a report that is in order is read."""
    if capacity is Capacity.BUYER or (asked.customer and asked.is_of_goods):
        return Source.LINES
    if asked.is_of_goods:
        return Source.PRODUCT_MONTHS
    if {Measure.ORDERS, Measure.CUSTOMERS} & set(asked.measures):
        return Source.BUYER_DAYS
    return Source.BUYER_MONTHS


def wrong_parts(asked: Definition, capacity: Capacity) -> list[tuple[str, str]]:
    """Give the (field, reason) of everything that keeps a report from being answered."""
    unreadable = [
        (name, "too-long")
        for name in ("category", "customer")
        if len(getattr(asked, name)) > MOST_LETTERS or not getattr(asked, name).isprintable()
    ]
    return unreadable + _wrong_shape(asked) + _wrong_months(asked) + _not_known(asked, capacity)


def _wrong_shape(asked: Definition) -> list[tuple[str, str]]:
    wrong = []
    if asked.columns is not None and (asked.columns not in TIMES or asked.rows in TIMES):
        wrong.append(("columns", "columns"))
    if not asked.measures:
        wrong.append(("measures", "missing"))
    elif asked.columns is not None and len(asked.measures) > 1:
        wrong.append(("measures", "one-measure"))
    return wrong


def _wrong_months(asked: Definition) -> list[tuple[str, str]]:
    if asked.period is not Period.MONTHS:
        return []
    if asked.first is None or asked.last is None or asked.first > asked.last:
        return [("from", "months")]
    return [("from", "too-many-months")] if asked.first < month_of(asked.last, 1 - MOST_MONTHS) else []


def _not_known(asked: Definition, capacity: Capacity) -> list[tuple[str, str]]:
    if capacity is Capacity.BUYER:
        buyers = {"rows": asked.rows is By.CUSTOMER, "customer": bool(asked.customer)}
        buyers["measures"] = Measure.CUSTOMERS in asked.measures
        return [(name, "own-purchases") for name, is_asked in buyers.items() if is_asked]
    source, wrong = source_of(asked, capacity), []
    if source is Source.PRODUCT_MONTHS and asked.rows is By.CUSTOMER:
        wrong.append(("category", "not-of-customers"))
    uncounted = {Source.PRODUCT_MONTHS: {Measure.ORDERS, Measure.CUSTOMERS}, Source.LINES: {Measure.CUSTOMERS}}
    if uncounted.get(source, set()) & set(asked.measures):
        wrong.append(("measures", "not-counted"))
    return wrong


def months_of(asked: Definition, today: date) -> tuple[date, date]:
    """Give the months of a report that is in order as [first, until)."""
    this = month_of(today)
    if asked.period is Period.MONTHS and asked.first is not None and asked.last is not None:
        return asked.first, month_of(asked.last, 1)
    if asked.period is Period.LAST_MONTH:
        return month_of(this, -1), this
    year = this.replace(month=1)
    if asked.period is Period.LAST_YEAR:
        return month_of(year, -12), year
    until = month_of(this, 1)
    return (year, until) if asked.period is Period.THIS_YEAR else (month_of(until, -_ROLLING[asked.period]), until)


def time_keys(by: By, first: date, until: date) -> Sequence[str]:
    """Give what the months, quarters or years of the window are called, in order: `2026-11`, `2026-Q4`, `2026`."""
    return list(dict.fromkeys(_time_key(by, month) for month in months_between(first, until)))


def _time_key(by: By, month: date) -> str:
    if by is By.MONTH:
        return f"{month:%Y-%m}"
    return f"{month:%Y}-Q{(month.month + 2) // 3}" if by is By.QUARTER else f"{month:%Y}"

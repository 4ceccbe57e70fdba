"""Which months a page of figures shows, read from its address: `from=2025-12&to=2026-11`, both months included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from flask import request
from flask_babel import get_locale

from portal.analytics.rules import month_of, months_between
from portal.web.formatting import month_text

MOST_MONTHS = 60
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Window:
    """Whole months in [first, until)."""

    first: date
    until: date
    present: date = date.min
    """The first day of the present month."""

    @property
    def last(self) -> date:
        """The first day of the last month."""
        return month_of(self.until, -1)

    @property
    def months(self) -> list[date]:
        """The first days of all months."""
        return months_between(self.first, self.until)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The months that can be chosen, the newest first, as (`2026-11`, `Nov 2026`)."""
        newest = max(self.last, self.present)
        oldest = min(self.first, month_of(newest, 1 - MOST_MONTHS))
        return [
            (f"{month:%Y-%m}", month_text(month)) for month in reversed(months_between(oldest, month_of(newest, 1)))
        ]

    @property
    def words(self) -> str:
        """`Dec 2025 – Nov 2026`."""
        return f"{month_text(self.first)} – {month_text(self.last)}"

    @property
    def parameters(self) -> dict[str, str]:
        """The window as a part of an address."""
        return {"from": f"{self.first:%Y-%m}", "to": f"{self.last:%Y-%m}"}


def read_window(today: date) -> Window:
    """Read the months from the address; without or with impossible ones the twelve months that end with the present one."""
    last = _month(request.args.get("to", "")) or month_of(today)
    first = _month(request.args.get("from", "")) or month_of(last, -11)
    if first > last:
        first, last = last, first
    return Window(max(first, month_of(last, 1 - MOST_MONTHS)), month_of(last, 1), month_of(today))


def _month(text: str) -> date | None:
    found = _MONTH.fullmatch(text)
    return date(int(found[1]), int(found[2]), 1) if found else None


def reader_language() -> str:
    """Give the reader's language, `de` or `en`."""
    return str(get_locale() or "en")[:2]


def month_key_text(key: str) -> str:
    """Give `2026-11` as `Nov 2026`."""
    month = _month(key)
    return month_text(month) if month else key

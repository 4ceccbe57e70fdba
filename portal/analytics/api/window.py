"""Which months a call asks for."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from portal.analytics.queries.sales import today_of
from portal.analytics.rules import month_of
from portal.web.api import ApiQuery, IsoDate
from tenants.errors import InvalidInput
from tenants.principal import Principal

PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
Printable = Annotated[str, StringConstraints(max_length=300, pattern=PRINTABLE)]


class MonthsQuery(ApiQuery):
    """Which months; without dates the twelve months that end with the present one."""

    from_: IsoDate | None = Field(None, alias="from")
    to: IsoDate | None = None


def asked_months(principal: Principal, query: MonthsQuery) -> tuple[date, date]:
    """Give the asked days as [first, until).

    Raises:
        InvalidInput: it ends before it begins.
    """
    until = query.to or month_of(today_of(principal), 1)
    first = query.from_ or month_of(until, -12)
    if first >= until:
        raise InvalidInput("`to` must be after `from`.", errors=[{"pointer": "/to", "detail": "must be after `from`"}])
    return first, until


def month_end(until: date) -> date:
    """Give the first day after the last month that begins before `until`."""
    return until if until.day == 1 else month_of(until, 1)

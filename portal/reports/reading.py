"""What an address or a form asks for, read into a definition and written into an address."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from portal.reports.rules import By, Definition, Measure, Period
from tenants.errors import NotFound

MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
_Choice = TypeVar("_Choice", bound=StrEnum)


def read_definition(given: MultiDict[str, str], usual: Definition) -> Definition:
    """Read what is asked; `usual` where nothing is.

    Raises:
        NotFound: it names what no report is made of.
    """
    if "rows" not in given:
        return usual
    return Definition(
        rows=_choice(By, given["rows"]),
        columns=_choice(By, given["columns"]) if given.get("columns") else None,
        measures=tuple(dict.fromkeys(_choice(Measure, each) for each in given.getlist("measures"))),
        period=_choice(Period, given.get("period", usual.period.value)),
        first=read_month(given.get("from", "")),
        last=read_month(given.get("to", "")),
        category=given.get("category", "").strip(),
        customer=given.get("customer", "").strip(),
    )


def _choice(kind: type[_Choice], value: str) -> _Choice:
    try:
        return kind(value)
    except ValueError as error:
        raise NotFound from error


def read_month(value: str) -> date | None:
    """Give the first day of `2026-11`; None where it is no month."""
    return date.fromisoformat(f"{value}-01") if re.fullmatch(MONTH, value) else None


def definition_pairs(asked: Definition) -> list[tuple[str, str]]:
    """Give it as the fields of a form or the parts of an address."""
    pairs = [("rows", asked.rows.value), ("columns", asked.columns.value if asked.columns else "")]
    pairs += [("measures", measure.value) for measure in asked.measures]
    pairs.append(("period", asked.period.value))
    if asked.period is Period.MONTHS:
        pairs += [(name, f"{day:%Y-%m}") for name, day in (("from", asked.first), ("to", asked.last)) if day]
    pairs += [("category", asked.category), ("customer", asked.customer)]
    return [(name, value) for name, value in pairs if value]

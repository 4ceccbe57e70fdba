"""What makes a row of a channel folder unacceptable, as conditions that PostgreSQL evaluates over a whole file at once.

Nothing here holds data: conditions and reasons are put together from constants, and the rows stand in the table `stage s`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter

GTIN_LENGTHS = "8|12|13|14"
_SECRET_COLUMNS = frozenset({"password"})


@dataclass(frozen=True, slots=True)
class Check:
    """One reason to refuse a row: `refused_if` is an SQL condition, `reason` a phrase with SQL expressions in braces."""

    column: str
    refused_if: str
    reason: str

    def branch(self) -> str:
        """Give the CASE branch that tells column, value and reason."""
        value = "''" if self.column in _SECRET_COLUMNS else f"coalesce(s.{self.column}, '')"
        return f"when {self.refused_if} then array['{self.column}', {value}, {_phrase(self.reason)}]"


def _phrase(reason: str) -> str:
    parts: list[str] = []
    for literal, expression, _, _ in Formatter().parse(reason):
        if literal:
            parts.append(quoted(literal))
        if expression:
            parts.append(f"coalesce(({expression})::text, '')")
    return " || ".join(parts)


def quoted(text: str) -> str:
    """Give a constant as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def required(*columns: str) -> list[Check]:
    """Refuse rows in which one of the columns is empty."""
    return [Check(column, f"s.{column} is null", "is missing") for column in columns]


def one_of(column: str, values: type[StrEnum] | Iterable[str]) -> Check:
    """Refuse what is neither empty nor one of the values."""
    names = [str(value) for value in values]
    listed = ", ".join(quoted(name) for name in names)
    return Check(column, f"s.{column} not in ({listed})", f"is not one of {', '.join(names)}")


def number(column: str, decimals: int, *, digits: int = 14, lowest: str | None = None) -> Check:
    """Refuse what is neither empty nor a plain number that fits `numeric(digits, decimals)`, from `lowest` (`>= 0`) on."""
    pattern = rf"^[-+]?0*[0-9]{{1,{digits - decimals}}}([.][0-9]{{0,{decimals}}}0*)?$"
    condition = f"s.{column} !~ {quoted(pattern)}"
    reason = f"is not a number with up to {digits - decimals} digits and {decimals} decimals"
    if lowest:
        # CASE, because the cast must not see what is no number.
        condition = f"case when {condition} then true else not s.{column}::numeric {lowest} end"
        reason += f", {lowest}"
    return Check(column, condition, reason)


def whole_number(column: str, lowest: int, highest: int) -> Check:
    """Refuse what is neither empty nor a whole number within the bounds."""
    condition = (
        f"case when s.{column} !~ '^[-+]?[0-9]{{1,9}}$' then true"
        f" else s.{column}::int not between {lowest} and {highest} end"
    )
    return Check(column, condition, f"is not a whole number from {lowest} to {highest}")


def day(column: str) -> Check:
    """Refuse what is neither empty nor an ISO date."""
    # The length keeps out words such as `today` and `infinity` that PostgreSQL takes for dates.
    condition = (
        f"s.{column} is not null and not (length(s.{column}) = 10 and s.{column} like '____-__-__'"
        f" and pg_input_is_valid(s.{column}, 'date'))"
    )
    return Check(column, condition, "is not a date such as 2026-12-31")


def window(valid_from: str, valid_to: str) -> Check:
    """Refuse a window that ends before it begins; an empty one (from = to) is allowed."""
    return Check(valid_to, f"s.{valid_to}::date < s.{valid_from}::date", f"is before {valid_from}")


def gtin(column: str, *, lengths: str = GTIN_LENGTHS, what: str = "GTIN") -> Check:
    """Refuse what is neither empty nor a number of the given lengths with the right check digit (GS1)."""
    padded = f"lpad(s.{column}, 14, '0')"
    weighted = " + ".join(
        f"{3 if position % 2 else 1} * substr({padded}, {position}, 1)::int" for position in range(1, 15)
    )
    patterns = "|".join(f"^[0-9]{{{length}}}$" for length in lengths.split("|"))
    condition = f"case when s.{column} !~ {quoted(patterns)} then true else ({weighted}) % 10 <> 0 end"
    return Check(column, condition, f"is not a {what}: it has the wrong length or check digit")


def pattern(column: str, regular_expression: str, reason: str) -> Check:
    """Refuse what is neither empty nor of the pattern."""
    return Check(column, f"s.{column} !~ {quoted(regular_expression)}", reason)


def known(column: str, alias: str, what: str = "organisation of this tree") -> Check:
    """Refuse a code whose joined row (`alias`) was not found."""
    return Check(column, f"{alias}.id is null", f"is not the code of a known {what}")


def selling(column: str, alias: str) -> Check:
    """Refuse a retailer where a seller or product owner is asked for."""
    return Check(column, f"{alias}.kind = 'retailer'", "is a retailer, and retailers do not sell in the portal")

"""Rows of prices as callers send and people type them: read exactly, or refused by column and reason."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

PRICE_BOUND = 1_000_000_000
QUANTITY_BOUND = 10_000_000
_PRICE_DECIMALS = 4
_QUANTITY_DECIMALS = 3
_LONGEST_CODE = 100
_FIRST_YEAR, _LAST_YEAR = 1900, 2999

COLUMNS = ("article", "min_quantity", "net_price", "valid_from", "valid_to")


class RowProblem(StrEnum):
    """Why a cell is refused; sentences are made where they are shown."""

    MISSING = "missing"
    UNKNOWN_ARTICLE = "unknown-article"
    NOT_A_NUMBER = "not-a-number"
    AMBIGUOUS_NUMBER = "ambiguous-number"
    NEGATIVE = "negative"
    NOT_POSITIVE = "not-positive"
    TOO_MANY_DECIMALS = "too-many-decimals"
    TOO_LARGE = "too-large"
    NOT_A_DAY = "not-a-day"
    ENDS_BEFORE_START = "ends-before-start"
    TWICE = "twice"
    CHANGED_MEANWHILE = "changed-meanwhile"
    NO_SUCH_ENTRY = "no-such-entry"
    NO_CELL = "no-cell"


class EntryKey(NamedTuple):
    """What tells an entry of a list from the others; `valid_from` None = open."""

    article: str
    min_quantity: Decimal
    valid_from: date | None


class EntryRow(NamedTuple):
    """A row that can be read: net price per base unit from `min_quantity` base units on; None = open."""

    row: int
    article: str
    min_quantity: Decimal
    net_price: Decimal
    valid_from: date | None
    valid_to: date | None

    @property
    def key(self) -> EntryKey:
        """What tells the entry from the others of its list."""
        return EntryKey(self.article, self.min_quantity, self.valid_from)


class BadCell(NamedTuple):
    """A cell that is refused: its row (counted from 1), column and reason."""

    row: int
    column: str
    reason: RowProblem


def read_entry(row: int, cells: Mapping[str, Any]) -> EntryRow | list[BadCell]:
    """Read one row of JSON values or plain texts (decimal point, ISO days), or tell every cell that is wrong.

    An empty `min_quantity` is 1, an empty day open; from = to is allowed and never applies.
    """
    key, bad = read_key(row, cells)
    price = read_number(cells.get("net_price"), _PRICE_DECIMALS, PRICE_BOUND)
    valid_to = read_day(cells.get("valid_to"))
    if isinstance(price, RowProblem):
        bad.append(BadCell(row, "net_price", price))
    elif price is None:
        bad.append(BadCell(row, "net_price", RowProblem.MISSING))
    if isinstance(valid_to, RowProblem):
        bad.append(BadCell(row, "valid_to", valid_to))
    elif key and key.valid_from is not None and valid_to is not None and valid_to < key.valid_from:
        bad.append(BadCell(row, "valid_to", RowProblem.ENDS_BEFORE_START))
    if bad or key is None or not isinstance(price, Decimal) or isinstance(valid_to, RowProblem):
        return bad
    return EntryRow(row, key.article, key.min_quantity, price, key.valid_from, valid_to)


def read_key(row: int, cells: Mapping[str, Any]) -> tuple[EntryKey | None, list[BadCell]]:
    """Read what names an entry: article, minimum (empty = 1), first day (empty = open); and what is wrong with it."""
    bad: list[BadCell] = []
    article = cells.get("article")
    if not isinstance(article, str) or not article.strip():
        bad.append(BadCell(row, "article", RowProblem.MISSING))
    elif len(article) > _LONGEST_CODE or not article.isprintable():
        bad.append(BadCell(row, "article", RowProblem.UNKNOWN_ARTICLE))
    minimum = read_number(cells.get("min_quantity"), _QUANTITY_DECIMALS, QUANTITY_BOUND)
    if minimum == 0 or minimum is RowProblem.NEGATIVE:
        minimum = RowProblem.NOT_POSITIVE
    valid_from = read_day(cells.get("valid_from"))
    if isinstance(minimum, RowProblem):
        bad.append(BadCell(row, "min_quantity", minimum))
    if isinstance(valid_from, RowProblem):
        bad.append(BadCell(row, "valid_from", valid_from))
    if bad or isinstance(minimum, RowProblem) or isinstance(valid_from, RowProblem):
        return None, bad
    return EntryKey(str(article).strip(), Decimal(1) if minimum is None else minimum, valid_from), bad


def read_number(value: Any, decimals: int, bound: int) -> Decimal | RowProblem | None:
    """Give an exact number from 0 to below `bound` with at most `decimals` decimals; None where nothing is given."""
    text = _plain(value, decimals)
    if text == "":
        return None
    match = re.fullmatch(r"(-?)([0-9]+)(?:\.([0-9]*))?", text or "", re.ASCII)
    if match is None:
        return RowProblem.NOT_A_NUMBER
    sign, whole, fraction = match.groups(default="")
    fraction = fraction.rstrip("0")
    if sign and (whole.strip("0") or fraction):
        return RowProblem.NEGATIVE
    if len(fraction) > decimals:
        return RowProblem.TOO_MANY_DECIMALS
    whole = whole.lstrip("0") or "0"
    if len(whole) > len(str(bound)) or int(whole) >= bound:
        return RowProblem.TOO_LARGE
    return Decimal(f"{whole}.{fraction}" if fraction else whole)


def read_day(value: Any) -> date | RowProblem | None:
    """Give a day between 1900 and 2999 in ISO form; None where nothing is given."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip(), re.ASCII):
        return RowProblem.NOT_A_DAY
    try:
        day = date.fromisoformat(value.strip())
    except ValueError:
        return RowProblem.NOT_A_DAY
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else RowProblem.NOT_A_DAY


def find_twice(keys: Iterable[tuple[int, EntryKey]]) -> list[BadCell]:
    """Give the rows that name an entry which an earlier row of the batch names too."""
    first: dict[EntryKey, int] = {}
    return [BadCell(row, "article", RowProblem.TWICE) for row, key in keys if first.setdefault(key, row) != row]


def typed_number(text: str, mark: str) -> str | RowProblem:
    """Give a number as a reader types it, whose decimal mark is `mark`, in plain form with a decimal point.

    One group mark alone before three digits (`1.250` where the mark is a comma) might be meant either way and is asked about:
    a price must never be a thousand times too high.
    """
    compact = re.sub(r"[\s\u00a0\u202f]", "", text)
    if compact in {"", "-"}:
        return compact
    group = re.escape("." if mark == "," else ",")
    if re.fullmatch(rf"-?[0-9]{{1,3}}{group}[0-9]{{3}}", compact, re.ASCII):
        return RowProblem.AMBIGUOUS_NUMBER
    if not re.fullmatch(rf"-?([0-9]+|[0-9]{{1,3}}({group}[0-9]{{3}})+)({re.escape(mark)}[0-9]*)?", compact, re.ASCII):
        return RowProblem.NOT_A_NUMBER
    return compact.replace("." if mark == "," else ",", "").replace(mark, ".")


def typed_day(text: str) -> str:
    """Give a day typed as `1.12.2026` in ISO form; anything else as it stands."""
    match = re.fullmatch(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})", text.strip(), re.ASCII)
    return f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}" if match else text.strip()


def _plain(value: Any, decimals: int) -> str | None:
    """Give plain notation, '' for nothing, None for what is no number; a float's binary dust is no decimal."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else f"{'-' if value < 0 else ''}{10**30}"
    if not math.isfinite(value):
        return None
    rounded = round(value, decimals)
    if math.isclose(value, rounded, rel_tol=1e-15, abs_tol=0.0):
        return f"{rounded:.{decimals}f}"
    return format(Decimal(repr(value)), "f")

"""One order line as read, and the quantity in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from babel.numbers import NumberFormatError, parse_decimal

from portal.core.table_rows import Cell, Row
from portal.ordering.rules.codes import CodeGuess, clean_code, guess_codes
from portal.ordering.rules.quantities import MAX_QUANTITY, QUANTITY_DECIMALS, is_unit_word

_PLAIN = re.compile(r"[0-9]{1,14}")
_FIGURE = re.compile(r"(?:[x×*] ?)?([+-]?[0-9][0-9.,'’]{0,23}) ?(?:[x×*]|([^\W\d_][\w.]{0,11}))?", re.IGNORECASE)


class ReadProblem(StrEnum):
    """Why a row needs a person; texts are made where they are shown."""

    CODE_MISSING = "code-missing"
    QUANTITY_MISSING = "quantity-missing"
    QUANTITY_UNREADABLE = "quantity-unreadable"
    QUANTITY_AMBIGUOUS = "quantity-ambiguous"
    QUANTITY_NOT_POSITIVE = "quantity-not-positive"
    QUANTITY_TOO_PRECISE = "quantity-too-precise"
    QUANTITY_TOO_LARGE = "quantity-too-large"


class Figure(NamedTuple):
    """A quantity as written: a number, perhaps a unit behind it, or what is wrong with it."""

    quantity: Decimal | None = None
    unit: str | None = None
    problem: ReadProblem | None = None


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One row as read: `quantity` counts in `unit` as written, None = base unit.

    A row that is nothing but a code (a scan) has neither quantity nor problem: its quantity is for the caller to choose.
    `alternative` is the same row read the other way round where both of its numbers may be code or quantity.
    """

    row: int
    raw: str
    code: str
    guesses: tuple[CodeGuess, ...]
    quantity: Decimal | None = None
    unit: str | None = None
    problem: ReadProblem | None = None
    alternative: ReadLine | None = None


def read_figure(cell: Cell, locale: str) -> Figure:
    """Read a quantity with or without a unit ("2,5", "2 Karton", "3x"), strictly as the locale writes numbers."""
    if isinstance(cell, Decimal):
        return _checked(cell, None)
    if not cell:
        return Figure(problem=ReadProblem.QUANTITY_MISSING)
    if _PLAIN.fullmatch(cell):
        return _checked(Decimal(cell), None)
    match = _FIGURE.fullmatch(cell)
    if not match:
        return Figure(problem=ReadProblem.QUANTITY_UNREADABLE)
    try:
        return _checked(parse_decimal(match[1], locale=locale, strict=True), match[2])
    except NumberFormatError:
        return Figure(unit=match[2], problem=ReadProblem.QUANTITY_UNREADABLE)


def _checked(number: Decimal, unit: str | None) -> Figure:
    if number <= 0:
        return Figure(None, unit, ReadProblem.QUANTITY_NOT_POSITIVE)
    if number > MAX_QUANTITY:
        return Figure(None, unit, ReadProblem.QUANTITY_TOO_LARGE)
    if number != round(number, QUANTITY_DECIMALS):
        return Figure(None, unit, ReadProblem.QUANTITY_TOO_PRECISE)
    return Figure(number, unit)


def read_line(row: Row, code: str, figure: Figure, *, lone: bool = False) -> ReadLine:
    """Give a row's line from its code and quantity; `lone` = the row names no quantity and need not."""
    code = clean_code(code)
    problem = figure.problem
    if not code:
        problem = ReadProblem.CODE_MISSING
    elif lone and problem is ReadProblem.QUANTITY_MISSING:
        problem = None
    return ReadLine(row.number, row.raw, code, guess_codes(code), figure.quantity, figure.unit, problem)


def is_figure(text: str) -> bool:
    """Tell whether the text is meant as a quantity: a number, alone or with a word people use for a unit."""
    match = _FIGURE.fullmatch(text)
    return match is not None and (match[2] is None or is_unit_word(match[2]))


def is_bare_number(text: str) -> bool:
    """Tell whether the text is digits with the marks numbers are written with, and nothing else."""
    match = _FIGURE.fullmatch(text)
    return match is not None and match[1] == text

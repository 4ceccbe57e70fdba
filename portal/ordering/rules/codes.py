"""What a written code may stand for: an article number or GTIN, as it is or as a spreadsheet mangled it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from stdnum import ean

_FORMULA = re.compile(r'="?([^"]*)"?')
_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})")
_GROUPED_DIGITS = re.compile(r"[0-9]+(?:[ -][0-9]+)+")
_SHORTEST_GTIN = 8
_LONGEST = 30
"""Digits of the longest number worth unfolding; no code of this kind is longer."""


class GuessKind(StrEnum):
    """How a guess is compared with article numbers and GTINs."""

    EXACT = "exact"
    """Equal to one."""
    STRIPPED = "stripped"
    """Equal to one without its leading zeros."""
    RANGE = "range"
    """One without its leading zeros has as many digits as `text` and lies from `text` to `upper`, both included."""


class CodeGuess(NamedTuple):
    """One thing a written code may stand for."""

    kind: GuessKind
    text: str
    upper: str = ""


class CodeMatch(NamedTuple):
    """What a code came to: one article, or several to choose from, or nothing."""

    article_id: int | None = None
    ambiguous: tuple[int, ...] = ()


def clean_code(text: str) -> str:
    """Take away what spreadsheets put around a code to keep it text: `'00123`, `="00123"`."""
    code = text.strip()
    formula = _FORMULA.fullmatch(code)
    if formula:
        code = formula[1]
    return code.removeprefix("'").strip().rstrip(":=").strip()


def guess_codes(code: str) -> tuple[CodeGuess, ...]:
    """Give what a cleaned code may stand for, the most literal first, without repetition."""
    guesses = [CodeGuess(GuessKind.EXACT, code), CodeGuess(GuessKind.EXACT, code.upper())]
    digits = code.removesuffix(".0").removesuffix(",0")
    if _GROUPED_DIGITS.fullmatch(digits):
        digits = re.sub("[ -]", "", digits)
    if _is_number(digits):
        guesses.append(CodeGuess(GuessKind.EXACT, digits))
        guesses.append(CodeGuess(GuessKind.STRIPPED, digits.lstrip("0") or "0"))
    guesses.extend(_unfold(code))
    first = code.split(" ", 1)[0]
    if first != code and any(character.isdigit() for character in first):
        guesses.append(CodeGuess(GuessKind.EXACT, first))
        if _is_number(first):
            guesses.append(CodeGuess(GuessKind.STRIPPED, first.lstrip("0") or "0"))
    return tuple(dict.fromkeys(guess for guess in guesses if guess.text))


def _unfold(code: str) -> list[CodeGuess]:
    """Undo "1.23E+12": the number itself if all its digits are there, else all numbers that a spreadsheet shows so."""
    scientific = _SCIENTIFIC.fullmatch(code)
    if not scientific:
        return []
    mantissa = scientific[1] + (scientific[2] or "")
    length = int(scientific[3]) + 1
    missing = length - len(mantissa)
    if length > _LONGEST or mantissa.startswith("0") or missing < 0:
        return []
    value = Decimal(mantissa).scaleb(missing)
    guesses = [CodeGuess(GuessKind.STRIPPED, format(value, "f"))]
    if missing:
        half, power = Decimal(5).scaleb(missing - 1), Decimal(10) ** (length - 1)
        low, high = max(value - half, power), min(value + half, power * 10 - 1)
        guesses.append(CodeGuess(GuessKind.RANGE, format(low, "f"), format(high, "f")))
        if value == power and half > 1:
            # What is shown as 1.00E+12 may also be 999 ... with a digit less.
            below = CodeGuess(
                GuessKind.RANGE, format((power - half / 10).to_integral_value(), "f"), format(power - 1, "f")
            )
            guesses.append(below)
    return guesses


def match_code(guesses: Sequence[CodeGuess], found: Mapping[CodeGuess, Collection[int]]) -> CodeMatch:
    """Give the article a code stands for: the first guess that found any decides; several found are to choose from."""
    for guess in guesses:
        articles = sorted(set(found.get(guess, ())))
        if len(articles) == 1:
            return CodeMatch(articles[0])
        if articles:
            return CodeMatch(None, tuple(articles))
    return CodeMatch()


def is_gtin(text: str) -> bool:
    """Tell whether the text is a GTIN of 8 to 14 digits with a right check digit."""
    return len(text) >= _SHORTEST_GTIN and _is_number(text) and bool(ean.is_valid(text))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()

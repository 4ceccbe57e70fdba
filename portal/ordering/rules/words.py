"""Order lines as people type them: "123 2", "123 2 cases", "2 x 123", "2 Karton 123", or a code alone."""

from __future__ import annotations

import re
from dataclasses import replace

from portal.core.table_rows import Cell, Row, cell_text
from portal.ordering.rules.codes import is_gtin
from portal.ordering.rules.lines import Figure, ReadLine, ReadProblem, is_bare_number, is_figure, read_figure, read_line

_NUMBER_TIMES = re.compile(r"([0-9][0-9.,'’]*)( ?)[x×*]( ?)(\S.*)", re.IGNORECASE)
_TIMES_NUMBER = re.compile(r"(\S.*?) [x×*] ?(\S.*)", re.IGNORECASE)
_BULLET = re.compile(r"\A[-–•*·] (?=\S)")
_MISSING = Figure(problem=ReadProblem.QUANTITY_MISSING)
_TWO = 2
_LONGEST_QUANTITY = 7
"""Digits up to which a bare number may be a quantity where it could as well be a code."""


def read_words(row: Row, text: str, locale: str) -> ReadLine:
    """Read one line of words with single blanks between them."""
    text = _BULLET.sub("", text, count=1)
    words = text.split(" ")
    if line := _read_times(row, text, locale):
        return line
    if len(words) == _TWO and is_bare_number(words[0]) and is_bare_number(words[1]):
        return either_way(row, words[0], words[1], locale)
    found = _read_trailing(row, words, locale) or _read_leading(row, words, locale)
    return found or read_line(row, text, _MISSING, lone=True)


def either_way(row: Row, one: Cell, other: Cell, locale: str) -> ReadLine:
    """Read two numbers of which one is the code, taking the likelier for it and keeping the other way round."""
    first, second = cell_text(one), cell_text(other)
    as_written = read_line(row, first, read_figure(other, locale))
    turned = read_line(row, second, read_figure(one, locale))
    if len(first) > _LONGEST_QUANTITY >= len(second):
        return as_written
    if len(second) > _LONGEST_QUANTITY >= len(first) or (is_gtin(second) and not is_gtin(first)):
        return turned
    plausible = turned.problem is None and second.isdigit() and second.strip("0") != ""
    return replace(as_written, alternative=turned) if plausible else as_written


def _read_times(row: Row, text: str, locale: str) -> ReadLine | None:
    """Read "2 x 123" and "123 x 2"; None where neither side is a number, as in a code with an x in it."""
    match = _NUMBER_TIMES.fullmatch(text)
    if match and is_bare_number(match[4]):
        line = either_way(row, match[4], match[1], locale)
        # Written without blanks, "2x4" may also be a code of its own.
        return line if " " in text else replace(line, alternative=read_line(row, text, _MISSING, lone=True))
    if match and (match[2] or match[3]):
        return read_line(row, match[4], read_figure(match[1], locale))
    match = _TIMES_NUMBER.fullmatch(text)
    if match and is_figure(match[2]):
        return read_line(row, match[1], read_figure(match[2], locale))
    return None


def _read_trailing(row: Row, words: list[str], locale: str) -> ReadLine | None:
    """Read a code with its quantity behind it, a unit behind that, words of description before or after it."""
    for taken in (1, 2):
        if len(words) > taken and is_figure(" ".join(words[-taken:])):
            return read_line(
                row, " ".join(words[:-taken]).rstrip(" -–:="), read_figure(" ".join(words[-taken:]), locale)
            )
    if len(words) > _TWO and is_bare_number(words[-2]) and len(words[-1]) <= _LONGEST_QUANTITY:
        figure = read_figure(words[-2], locale)
        return read_line(row, " ".join(words[:-2]), figure._replace(unit=words[-1]))
    if len(words) > _TWO and is_bare_number(words[1]) and any(character.isdigit() for character in words[0]):
        return read_line(row, words[0], read_figure(words[1], locale))
    return None


def _read_leading(row: Row, words: list[str], locale: str) -> ReadLine | None:
    """Read a quantity, perhaps with a unit, before the code."""
    for taken in (2, 1):
        if len(words) > taken and is_figure(" ".join(words[:taken])):
            return read_line(row, " ".join(words[taken:]), read_figure(" ".join(words[:taken]), locale))
    return None

"""Entered lines become basket entries: each row is added or stays as it was entered, with the reason. None is dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext

from portal.ordering.queries.grid import ArticleFacts, FoundCodes, find_codes, find_facts
from portal.ordering.rules.codes import CodeMatch, GuessKind, match_code
from portal.ordering.rules.lines import ReadLine, ReadProblem
from portal.ordering.rules.quantities import unit_contains
from portal.ordering.rules.reading import ReadOrder
from portal.ordering.service.basket import BasketEntry
from portal.web.order_grid import nearest_allowed
from tenants.errors import InvalidInput
from tenants.principal import Principal

MOST_ROWS = 5000
MOST_TEXT = 1_000_000
"""Rows and characters that are read at once."""


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """A row as it was entered, and why it needs a person."""

    raw: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadEntries:
    """What became of the rows: entries in base units, in order, and the rows that need a person."""

    entries: tuple[BasketEntry, ...]
    unread: tuple[UnreadLine, ...]

    @property
    def read(self) -> int:
        """Give the number of rows."""
        return len(self.entries) + len(self.unread)


def read_entries(principal: Principal, order: ReadOrder) -> ReadEntries:
    """Find the article of each row and its quantity in base units, in at most three statements. The principal buys.

    Raises:
        InvalidInput: there are more rows than can be read at once.
    """
    if len(order.lines) > MOST_ROWS:
        raise InvalidInput("Too many rows at once.", most=MOST_ROWS)
    found = _look_up(principal, order.lines)
    readings = [_settle(line, found) for line in order.lines]
    numbers = [found.numbers[match.article_id] for _, match in readings if match.article_id is not None]
    facts = find_facts(principal, numbers) if numbers else {}
    entries, unread = [], []
    for line, match in readings:
        fact = facts.get(found.numbers[match.article_id]) if match.article_id is not None else None
        settled = _entry(line, match, fact, found)
        if isinstance(settled, BasketEntry):
            entries.append(settled)
        else:
            unread.append(UnreadLine(line.raw, settled))
    return ReadEntries(tuple(entries), tuple(unread))


def explain_unread(principal: Principal, raws: Sequence[str], order: ReadOrder) -> list[UnreadLine]:
    """Give kept rows with the reason each still has; `order` is what reading them together gave."""
    reasons = {line.raw: line.reason for line in read_entries(principal, order).unread}
    usual = gettext("Please check this line.")
    return [UnreadLine(raw, reasons.get(raw, usual)) for raw in raws]


def _look_up(principal: Principal, lines: Sequence[ReadLine]) -> FoundCodes:
    """Ask for literal codes first; only rows they leave open pay for guessing at mangled ones."""
    every = [line for first in lines for line in (first, first.alternative) if line is not None]
    exact = {guess for line in every for guess in line.guesses if guess.kind is GuessKind.EXACT}
    found = find_codes(principal, exact)
    left = [line for line in every if match_code(line.guesses, found.by_guess) == CodeMatch()]
    mangled = {guess for line in left for guess in line.guesses if guess.kind is not GuessKind.EXACT}
    if mangled:
        more = find_codes(principal, mangled)
        found.by_guess.update(more.by_guess)
        found.numbers.update(more.numbers)
    return found


def _settle(line: ReadLine, found: FoundCodes) -> tuple[ReadLine, CodeMatch]:
    match = match_code(line.guesses, found.by_guess)
    if match.article_id is None and line.alternative is not None:
        other = match_code(line.alternative.guesses, found.by_guess)
        if other.article_id is not None:
            return line.alternative, other
    return line, match


def _entry(line: ReadLine, match: CodeMatch, fact: ArticleFacts | None, found: FoundCodes) -> BasketEntry | str:
    """Give the entry, or the reason why there is none."""
    if match.ambiguous:
        numbers = ", ".join(sorted(found.numbers[article_id] for article_id in match.ambiguous)[:4])
        return str(gettext("Several articles fit: %(articles)s. Please enter one of them.", articles=numbers))
    if line.problem is not None:
        return problem_text(line.problem)
    if fact is None:
        return str(gettext("No article with the number or GTIN “%(code)s”.", code=line.code[:60]))
    if line.quantity is None:
        return BasketEntry(fact.article_number, nearest_allowed(Decimal(0), fact.min_quantity, fact.order_multiple))
    contains = unit_contains(line.unit, fact.base_unit, _packagings(fact))
    if contains is None:
        return str(gettext("This article is not packed by “%(unit)s”.", unit=(line.unit or "")[:30]))
    return BasketEntry(fact.article_number, line.quantity * contains, in_packaging=contains > 1)


def _packagings(fact: ArticleFacts) -> Mapping[str, Decimal]:
    return {unit: Decimal(contains) for unit, contains in fact.packagings.items()}


def problem_text(problem: ReadProblem) -> str:
    """Say what is wrong with a row in the reader's words."""
    texts = {
        ReadProblem.CODE_MISSING: gettext("The article number is missing."),
        ReadProblem.QUANTITY_MISSING: gettext("The quantity is missing."),
        ReadProblem.QUANTITY_UNREADABLE: gettext("The quantity was not understood."),
        ReadProblem.QUANTITY_AMBIGUOUS: gettext("The quantity can be read in two ways. Please enter it again."),
        ReadProblem.QUANTITY_NOT_POSITIVE: gettext("The quantity must be above 0."),
        ReadProblem.QUANTITY_TOO_PRECISE: gettext("The quantity has more than three decimals."),
        ReadProblem.QUANTITY_TOO_LARGE: gettext("The quantity is too large."),
    }
    return str(texts[problem])

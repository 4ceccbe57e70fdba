"""What promotions give on one line: the combination of those that combine against each of the others alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple

from portal.promotions.rules.promotion import (
    MONEY_SCALE,
    PRICE_SCALE,
    Benefit,
    Promotion,
    divide_rounded,
)

_HUNDRED_PERCENT = 100 * 10**PRICE_SCALE


class Lost(StrEnum):
    """Why a promotion that is about a line or the order gives nothing; texts for people are made where they are shown."""

    QUANTITY_TOO_SMALL = "quantity-too-small"
    THRESHOLD_NOT_REACHED = "threshold-not-reached"
    GIVES_NOTHING = "gives-nothing"
    ANOTHER_GIVES_MORE = "another-gives-more"
    USED_UP = "used-up"


class Given(NamedTuple):
    """What one promotion gives on a line: minor units off the amount, free goods in units of 1/1000."""

    promotion: Promotion
    amount: int = 0
    free_quantity: int = 0


class ExactLine(NamedTuple):
    """A priced line in whole numbers: quantity in units of 1/1000, undiscounted amount in minor units."""

    article: str
    quantity: int
    amount: int


class LineGiven(NamedTuple):
    """The outcome of a line: what is left of the amount in minor units, what was given, what lost."""

    amount: int
    given: tuple[Given, ...]
    lost: tuple[tuple[Promotion, Lost], ...]


FreePrice = Callable[[str], int]
"""Gives the buyer's unit price of an article at quantity 1 in units of 1/10000; 0 where it has none."""


def give_on_line(
    line: ExactLine,
    promotions: Sequence[Promotion],
    reached: Callable[[Promotion], bool],
    free_price: FreePrice,
    minor_unit: int,
) -> LineGiven:
    """Find the best for the buyer among line promotions in scope, given in the order in which they are applied.

    `reached` tells whether the lines in scope of a mix promotion together have its quantity.
    """
    lost: list[tuple[Promotion, Lost]] = []
    combining, alone = [], []
    for promotion in promotions:
        enough = reached(promotion) if promotion.benefit is Benefit.MIX else line.quantity >= promotion.exact_minimum
        if not enough:
            lost.append((promotion, Lost.QUANTITY_TOO_SMALL))
        elif promotion.combines:
            combining.append(promotion)
        else:
            alone.append(promotion)
    # Where none combines there is no combination that a free article without price could lose a tie to.
    candidates = [combining] if combining or not alone else []
    tried = [_apply(line, candidate, minor_unit) for candidate in (*candidates, *([one] for one in alone))]
    best_left, best = min(tried, key=lambda one: _result(line, one[0], one[1], free_price, minor_unit))
    if combining or alone:
        winners = {each.promotion.id for each in best}
        lost += [
            (promotion, _why(line, promotion, minor_unit))
            for promotion in (*combining, *alone)
            if promotion.id not in winners
        ]
    return LineGiven(best_left, best, tuple(lost))


def free_article_of(line: ExactLine, promotion: Promotion) -> str:
    """Give the number of the article that comes free: the line's own where the promotion names none."""
    return promotion.free_article or line.article


def money_given(line: ExactLine, given: Given, free_price: FreePrice, minor_unit: int) -> int:
    """Give what the promotion costs in units of 1/10,000,000: the amount off, free goods at the price of the article."""
    worth = given.free_quantity * free_price(free_article_of(line, given.promotion)) if given.free_quantity else 0
    return given.amount * _finer(minor_unit) + worth


def _apply(line: ExactLine, promotions: Sequence[Promotion], minor_unit: int) -> tuple[int, tuple[Given, ...]]:
    left, given = line.amount, []
    for promotion in promotions:
        if promotion.benefit is Benefit.FREE_GOODS:
            free = promotion.free_for(line.quantity)
            if free:
                given.append(Given(promotion, free_quantity=free))
            continue
        reduced = _reduce(left, line.quantity, promotion, minor_unit)
        if reduced < left:
            given.append(Given(promotion, left - reduced))
            left = reduced
    return left, tuple(given)


def _reduce(left: int, quantity: int, promotion: Promotion, minor_unit: int) -> int:
    if promotion.benefit in {Benefit.PERCENT, Benefit.MIX}:
        return divide_rounded(left * max(_HUNDRED_PERCENT - promotion.exact_value, 0), _HUNDRED_PERCENT)
    to_minor = _finer(minor_unit)
    whole = promotion.exact_value * quantity
    if promotion.benefit is Benefit.AMOUNT:
        return divide_rounded(max(left * to_minor - whole, 0), to_minor)
    return divide_rounded(whole, to_minor) if whole < left * to_minor else left


def _result(line: ExactLine, left: int, given: Sequence[Given], free_price: FreePrice, minor_unit: int) -> int:
    """Give what candidates are compared by, in units of 1/10,000,000: what is left less the worth of free goods."""
    free = sum(each.free_quantity * free_price(free_article_of(line, each.promotion)) for each in given)
    return left * _finer(minor_unit) - free


def _finer(minor_unit: int) -> int:
    finer: int = 10 ** (MONEY_SCALE - minor_unit)
    return finer


def _why(line: ExactLine, promotion: Promotion, minor_unit: int) -> Lost:
    return Lost.ANOTHER_GIVES_MORE if _apply(line, (promotion,), minor_unit)[1] else Lost.GIVES_NOTHING

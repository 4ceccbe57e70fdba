"""The lines of the second implementation of "Promotions" (PRICING.md); `reference.py` has the order and the caps.

It is there to be compared with the portal's answers, so it shares no code with them: exact fractions, one function for
each sentence of the page, no cleverness. Where a sentence can be read in two ways, `Reading` names both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeVar

from tests.pricing.reference_prices import half_away, in_window
from tests.promotions.plain import (
    PlainArticle,
    PlainBasket,
    PlainPromotion,
)

ORDER_BENEFITS = ("order_percent", "order_amount")
ZERO = Fraction(0)
T = TypeVar("T")
Competing = Literal["collected", "always", "giving"]


@dataclass(frozen=True)
class Reading:
    """How sentences of the page that can be read in two ways are read; the defaults are the author's readings."""

    # "The lowest result wins; ties go to the combination": what competes? A combination where one that combines applies
    # ("collected"); also one of nothing at all, worth the undiscounted line ("always"); or, whatever was collected, only
    # what gives something ("giving")? To be seen only where free goods are worth nothing.
    competing: Competing = "collected"
    # "Never below 0": also when free goods are deducted for the comparison?
    comparison_stops_at_zero: bool = False
    # Are free goods' values rounded to the minor unit, in the comparison and against the budget?
    free_value_is_rounded: bool = False
    # "Does not apply": is one with exhausted uses out from the start, or only once it would give something?
    exhausted_uses_are_out_at_once: bool = True


DEFAULT = Reading()


@dataclass
class Line:
    """A priced line on its way: its undiscounted amount, what line promotions left, and what order promotions left."""

    position: int
    article: PlainArticle
    quantity: Fraction
    undiscounted: Fraction
    after_line: Fraction = ZERO
    left: Fraction = ZERO
    applied: list[tuple[str, Fraction]] = field(default_factory=list)
    free: list[Free] = field(default_factory=list)


@dataclass(frozen=True)
class Free:
    article: str
    quantity: Fraction
    promotion: str
    value: Fraction


@dataclass(frozen=True)
class Attempt:
    """What some promotions, one after the other, make of one line."""

    left: Fraction
    applied: list[tuple[str, Fraction]]
    free: list[Free]


@dataclass(frozen=True)
class World:
    """What every step may look at."""

    basket: PlainBasket
    on: date
    minor: int
    reading: Reading


def by_priority_then_code(promotion: PlainPromotion) -> tuple[int, list[int]]:
    """“`priority` ascending, then code”, where “codes always compare by Unicode code point”."""
    return promotion.priority, [ord(character) for character in promotion.code]


def coupon_fits(coupon: str | None, given: Sequence[str]) -> bool:
    """“Optional coupon (compared trimmed and without case)”."""
    if coupon is None or not coupon.strip():
        return True
    return any(each.strip().casefold() == coupon.strip().casefold() for each in given)


def in_scope(promotion: PlainPromotion, article: PlainArticle) -> bool:
    """“Scope (articles, categories with all below them, brands, all; none = nothing)”."""
    for kind, code in promotion.scopes:
        if kind == "all":
            return True
        if kind == "article" and code == article.number:
            return True
        if kind == "brand" and code == article.brand:
            return True
        if kind == "category":
            path = tuple(part.strip() for part in code.split(">"))
            if article.category[: len(path)] == path:
                return True
    return False


def is_offered(promotion: PlainPromotion, world: World) -> bool:
    """“A promotion belongs to a seller: window, audience, ..., optional coupon”; the audience was looked at before."""
    window = in_window(world.on, promotion.valid_from, promotion.valid_to)
    return window and coupon_fits(promotion.coupon, world.basket.coupons)


def enough(promotion: PlainPromotion, line: Line, lines: Sequence[Line]) -> bool:
    """Tell whether the quantity reaches the promotion's smallest.

    “`mix`: ... once the quantities of all priced lines in scope together reach `min_quantity`”; “for the other line
    benefits `min_quantity` means that line's quantity”.
    """
    if promotion.benefit == "mix":
        together = sum((each.quantity for each in lines if in_scope(promotion, each.article)), ZERO)
        return together >= Fraction(promotion.min_quantity)
    return line.quantity >= Fraction(promotion.min_quantity)


def amount_left(promotion: PlainPromotion, amount: Fraction, quantity: Fraction, minor: int) -> Fraction:
    """Give the amount that the promotion leaves of an amount of the line.

    “`percent`: the line amount times (1 − value/100)”; “`amount`: the line amount less value × quantity”; “`fixed`: value ×
    quantity, where that is lower than the line amount; it never raises one”; “`mix`: as percent”; free goods: “the line
    amount itself they do not change”. “The amount left (never the discount) is rounded to the minor unit after each, and
    is never below 0”.
    """
    if promotion.benefit == "free_goods":
        return amount
    value = Fraction(needed(promotion.value))
    if promotion.benefit in ("percent", "mix"):
        left = amount * (1 - value / 100)
    elif promotion.benefit == "amount":
        left = amount - value * quantity
    elif promotion.benefit == "fixed":
        left = min(amount, value * quantity)
    else:
        raise ValueError(promotion.benefit)
    return max(half_away(left, minor), ZERO)


def goods_given(promotion: PlainPromotion, line: Line, world: World) -> Free | None:
    """Give the goods that the promotion gives free for the line, with their value.

    “For every full `buy_quantity` of the line's quantity, `free_quantity` of `free_article` free (of the line's own article
    where none is named)”; valued “at the free article's unit price for this buyer at quantity 1 (0 where it has none)”.
    """
    if promotion.benefit != "free_goods":
        return None
    full = line.quantity // Fraction(needed(promotion.buy_quantity))
    quantity = full * Fraction(needed(promotion.free_quantity))
    if quantity == 0:
        return None
    number = line.article.number if promotion.free_article is None else promotion.free_article
    article = world.basket.articles.get(number)
    unit_price = ZERO if article is None or article.unit_price is None else Fraction(article.unit_price)
    value = unit_price * quantity
    if world.reading.free_value_is_rounded:
        value = half_away(value, world.minor)
    return Free(number, quantity, promotion.code, value)


def apply_to_line(promotions: Sequence[PlainPromotion], line: Line, world: World) -> Attempt:
    """“Applied in order of `priority` ascending, then code; each one to the amount that the one before left”."""
    left = line.undiscounted
    applied: list[tuple[str, Fraction]] = []
    free: list[Free] = []
    for promotion in sorted(promotions, key=by_priority_then_code):
        before, left = left, amount_left(promotion, left, line.quantity, world.minor)
        given = goods_given(promotion, line, world)
        if given is not None:
            free.append(given)
        if given is not None or left != before:
            applied.append((promotion.code, before - left))
    return Attempt(left, applied, free)


def comparable(attempt: Attempt, world: World) -> Fraction:
    """“For this comparison free goods are deducted at the free article's unit price”."""
    result = attempt.left - sum((each.value for each in attempt.free), ZERO)
    return max(result, ZERO) if world.reading.comparison_stops_at_zero else result


def lowest(attempts: Sequence[tuple[Fraction, T]]) -> T:
    """“The lowest result wins; ties go to” the earlier, as they are handed over in the order that decides ties."""
    best_result, best = attempts[0]
    for result, attempt in attempts[1:]:
        if result < best_result:
            best_result, best = result, attempt
    return best


def try_all(
    promotions: Sequence[PlainPromotion],
    attempt: Callable[[Sequence[PlainPromotion]], T],
    result: Callable[[T], Fraction],
    *,
    with_combination_of_nothing: bool,
) -> list[tuple[Fraction, T]]:
    """Try the combination and each that does not combine; the attempts come in the order that decides ties.

    “1. ... Those that combine are applied in order ... 2. Each one that does not combine is tried alone ... 3. The lowest
    result wins; ties go to the combination, then to the lower priority, then code.”
    """
    together = [each for each in promotions if each.combines]
    alone = [each for each in promotions if not each.combines]
    sets = [[each] for each in sorted(alone, key=by_priority_then_code)]
    if together or with_combination_of_nothing or not alone:
        sets.insert(0, together)
    attempts = [attempt(some) for some in sets]
    return [(result(each), each) for each in attempts]


def evaluate_line(line: Line, lines: Sequence[Line], promotions: Sequence[PlainPromotion], world: World) -> None:
    """“Lines first, each by itself: 1. Collect the promotions that apply”."""
    collected = [
        each
        for each in promotions
        if each.benefit not in ORDER_BENEFITS and in_scope(each, line.article) and enough(each, line, lines)
    ]
    attempts = try_all(
        collected,
        lambda some: apply_to_line(some, line, world),
        lambda attempt: comparable(attempt, world),
        with_combination_of_nothing=world.reading.competing == "always",
    )
    if world.reading.competing == "giving":
        giving = [each for each in attempts if each[1].applied]
        attempts = giving or attempts
    won = lowest(attempts)
    line.after_line = line.left = won.left
    line.applied, line.free = won.applied, won.free


def needed(value: Decimal | None) -> Decimal:
    if value is None:
        raise ValueError("a promotion lacks a number that its benefit needs")
    return value

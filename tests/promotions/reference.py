"""A second, slow implementation of "Promotions" and "Caps" (PRICING.md), written from the page alone.

It is there to be compared with the portal's answers, so it shares no code with them: exact fractions, one function for
each sentence of the page, no cleverness. Where a sentence can be read in two ways, `Reading` names both.
The lines are in `reference_lines.py`; here are the order, the caps and the call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.pricing.reference_prices import half_away, line_amount
from tests.promotions.plain import PlainBasket, PlainFreeGoods, PlainLineResult, PlainPromotion, PlainResult
from tests.promotions.reference_lines import (
    DEFAULT,
    ORDER_BENEFITS,
    ZERO,
    Line,
    Reading,
    World,
    by_priority_then_code,
    evaluate_line,
    in_scope,
    is_offered,
    lowest,
    needed,
    try_all,
)


@dataclass(frozen=True)
class _OrderAttempt:
    """What some order promotions, one after the other, make of all lines."""

    left: list[Fraction]
    applied: list[tuple[str, Fraction]]


@dataclass(frozen=True)
class Evaluation:
    lines: list[Line]
    order: list[tuple[str, Fraction]]


def reaches_threshold(promotion: PlainPromotion, lines: Sequence[Line]) -> bool:
    """“Once that sum, after line promotions, reaches `threshold_amount`”; “before any order promotion”."""
    total = sum((each.after_line for each in lines if in_scope(promotion, each.article)), ZERO)
    return promotion.threshold_amount is None or total >= Fraction(promotion.threshold_amount)


def order_discount(promotion: PlainPromotion, left_in_scope: Fraction, minor: int) -> Fraction:
    """Give the discount of an order promotion on what is left of its scope.

    “Value percent of, or value off, the sum of the lines in scope”; “here the discount itself is rounded”; “a discount
    never exceeds what is left of the sum in scope”.
    """
    value = Fraction(needed(promotion.value))
    discount = left_in_scope * value / 100 if promotion.benefit == "order_percent" else value
    return min(half_away(discount, minor), left_in_scope)


def spread(discount: Fraction, left: Sequence[Fraction], minor: int) -> list[Fraction]:
    """Spread an order discount over what is left of the lines in its scope.

    “`floor` to the minor unit of discount × what is left of the line ÷ what is left of the scope, the remaining minor units
    one each to the lines with the largest amounts (ties: earlier line), so that lines always add up to the total.”

    The largest amounts are read as the largest of what is left: by any other amount a line could fall below 0.
    """
    scope = sum(left, ZERO)
    if discount == 0:
        return [ZERO for _ in left]
    unit = Fraction(1, 10**minor)
    shares = [(discount * each / scope) // unit * unit for each in left]
    remaining = (discount - sum(shares, ZERO)) / unit
    largest_first = sorted(range(len(left)), key=lambda index: (-left[index], index))
    for index in largest_first[: int(remaining)]:
        shares[index] += unit
    assert sum(shares, ZERO) == discount
    assert all(0 <= share <= each for share, each in zip(shares, left, strict=True))
    return shares


def apply_to_order(promotions: Sequence[PlainPromotion], lines: Sequence[Line], world: World) -> _OrderAttempt:
    """“Then the order, by the same three steps, on the sum of the lines in scope”; each one on what the one before left."""
    left = [each.after_line for each in lines]
    applied: list[tuple[str, Fraction]] = []
    for promotion in sorted(promotions, key=by_priority_then_code):
        indexes = [index for index, each in enumerate(lines) if in_scope(promotion, each.article)]
        parts = [left[index] for index in indexes]
        discount = order_discount(promotion, sum(parts, ZERO), world.minor)
        for index, share in zip(indexes, spread(discount, parts, world.minor), strict=True):
            left[index] -= share
        if discount > 0:
            applied.append((promotion.code, discount))
    return _OrderAttempt(left, applied)


def evaluate_order(
    lines: Sequence[Line], promotions: Sequence[PlainPromotion], world: World
) -> list[tuple[str, Fraction]]:
    """“Then the order, by the same three steps”. Scopes differ, so the results compared are those of the whole order."""
    collected = [each for each in promotions if each.benefit in ORDER_BENEFITS and reaches_threshold(each, lines)]
    attempts = try_all(
        collected,
        lambda some: apply_to_order(some, lines, world),
        lambda attempt: sum(attempt.left, ZERO),
        with_combination_of_nothing=True,
    )
    won = lowest(attempts)
    for line, left in zip(lines, won.left, strict=True):
        line.left = left
    return won.applied


def evaluate_uncapped(promotions: Sequence[PlainPromotion], world: World) -> Evaluation:
    """“Lines first, each by itself ... Then the order”; a line without a price is shown, and takes no part."""
    lines: list[Line] = []
    for position, each in enumerate(world.basket.lines):
        if each.unit_price is not None:
            quantity = Fraction(each.quantity)
            amount = line_amount(Fraction(each.unit_price), quantity, world.minor)
            lines.append(Line(position, world.basket.articles[each.article], quantity, amount))
    for line in lines:
        evaluate_line(line, lines, promotions, world)
    return Evaluation(lines, evaluate_order(lines, promotions, world))


def gave(promotion: PlainPromotion, evaluation: Evaluation) -> tuple[bool, Fraction]:
    """Whether “the promotion gave something”, and “the money it would give, free goods at their value above”."""
    amounts = [amount for code, amount in evaluation.order if code == promotion.code]
    for line in evaluation.lines:
        amounts += [amount for code, amount in line.applied if code == promotion.code]
        amounts += [each.value for each in line.free if each.promotion == promotion.code]
    return bool(amounts), sum(amounts, ZERO)


def uses_are_exhausted(promotion: PlainPromotion) -> bool:
    """“`max_uses`, `max_uses_per_account` ... does not suffice”; “a use is one placed order”."""
    if promotion.max_uses is not None and promotion.uses + 1 > promotion.max_uses:
        return True
    return promotion.max_uses_per_account is not None and promotion.uses_of_account + 1 > promotion.max_uses_per_account


def would_overdraw(promotion: PlainPromotion, evaluation: Evaluation) -> bool:
    """“A promotion whose `max_uses`, `max_uses_per_account` or remaining `budget` ... does not suffice”."""
    something, money = gave(promotion, evaluation)
    if not something:
        return False
    if promotion.budget is not None and money > Fraction(promotion.budget) - Fraction(promotion.spent):
        return True
    return uses_are_exhausted(promotion)


def evaluate_capped(promotions: Sequence[PlainPromotion], world: World) -> Evaluation:
    """“Where several would overdraw, the first by priority, then code, is dropped and all is evaluated again”."""
    remaining = sorted((each for each in promotions if is_offered(each, world)), key=by_priority_then_code)
    if world.reading.exhausted_uses_are_out_at_once:
        remaining = [each for each in remaining if not uses_are_exhausted(each)]
    while True:
        evaluation = evaluate_uncapped(remaining, world)
        overdrawing = [each for each in remaining if would_overdraw(each, evaluation)]
        if not overdrawing:
            return evaluation
        remaining.remove(overdrawing[0])


def evaluate(
    basket: PlainBasket,
    promotions: Iterable[PlainPromotion],
    *,
    on: date,
    minor_unit: int,
    reading: Reading = DEFAULT,
) -> PlainResult:
    """Evaluate a basket by the page, and hand back plain decimals."""
    evaluation = evaluate_capped(list(promotions), World(basket, on, minor_unit, reading))
    results = [PlainLineResult(None, None) for _ in basket.lines]
    for line in evaluation.lines:
        applied = tuple((code, plain_decimal(amount)) for code, amount in line.applied)
        results[line.position] = PlainLineResult(plain_decimal(line.after_line), plain_decimal(line.left), applied)
    return PlainResult(
        lines=tuple(results),
        free_goods=tuple(
            PlainFreeGoods(each.article, plain_decimal(each.quantity), line.position, each.promotion)
            for line in evaluation.lines
            for each in line.free
        ),
        order_promotions=tuple((code, plain_decimal(amount)) for code, amount in evaluation.order),
        total=plain_decimal(sum((line.left for line in evaluation.lines), ZERO)),
    )


def plain_decimal(value: Fraction) -> Decimal:
    """The same number as a decimal, exactly: text, because arithmetic would round to the context's 28 digits."""
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    return Decimal(f"{(value * 10**places).numerator}E-{places}")

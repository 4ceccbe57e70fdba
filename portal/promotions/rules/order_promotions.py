"""What promotions give on the order, and how each discount is spread over its lines to the last minor unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from portal.promotions.rules.line_promotions import Lost
from portal.promotions.rules.promotion import PRICE_SCALE, Benefit, Promotion, divide_rounded

_HUNDRED_PERCENT = 100 * 10**PRICE_SCALE


class OrderShare(NamedTuple):
    """What one order promotion gives: its discount, and the part of each line by position; in minor units."""

    promotion: Promotion
    discount: int
    parts: Mapping[int, int]


class OrderGiven(NamedTuple):
    """The outcome of the order: what is left of each line in minor units, what was given, what lost."""

    amounts: tuple[int, ...]
    given: tuple[OrderShare, ...]
    lost: tuple[tuple[Promotion, Lost], ...]


def give_on_order(
    amounts: Sequence[int], in_scope: Sequence[tuple[Promotion, Sequence[int]]], minor_unit: int
) -> OrderGiven:
    """Find the best for the buyer among order promotions, given in the order in which they are applied.

    `amounts` are those of the lines after line promotions, in minor units; each promotion comes with the positions of
    the lines in its scope.
    """
    lost: list[tuple[Promotion, Lost]] = []
    combining: list[tuple[Promotion, Sequence[int]]] = []
    alone: list[tuple[Promotion, Sequence[int]]] = []
    for candidate in in_scope:
        promotion, positions = candidate
        whole = sum(amounts[at] for at in positions) * 10 ** (PRICE_SCALE - minor_unit)
        if whole < promotion.exact_threshold:
            lost.append((promotion, Lost.THRESHOLD_NOT_REACHED))
        else:
            (combining if promotion.combines else alone).append(candidate)
    best_amounts, best = _apply(amounts, combining, minor_unit)
    for candidate in alone:
        left, given = _apply(amounts, (candidate,), minor_unit)
        if sum(left) < sum(best_amounts):
            best_amounts, best = left, given
    winners = {share.promotion.id for share in best}
    for promotion, positions in (*combining, *alone):
        if promotion.id not in winners:
            some = _apply(amounts, ((promotion, positions),), minor_unit)[1]
            lost.append((promotion, Lost.ANOTHER_GIVES_MORE if some else Lost.GIVES_NOTHING))
    return OrderGiven(tuple(best_amounts), best, tuple(lost))


def spread(discount: int, amounts: Mapping[int, int]) -> dict[int, int]:
    """Spread a discount over lines in proportion to what is left of them; all in minor units, by position.

    Each part is rounded down; the minor units that remain go one each to the largest amounts, the earlier line first.
    The discount is at most the sum of the amounts, so no line falls below 0.
    """
    whole = sum(amounts.values())
    parts = {at: discount * amount // whole for at, amount in amounts.items()}
    remaining = discount - sum(parts.values())
    for at in sorted(amounts, key=lambda at: (-amounts[at], at))[:remaining]:
        parts[at] += 1
    return parts


def _apply(
    amounts: Sequence[int], candidates: Sequence[tuple[Promotion, Sequence[int]]], minor_unit: int
) -> tuple[list[int], tuple[OrderShare, ...]]:
    left, given = list(amounts), []
    for promotion, positions in candidates:
        lines = {at: left[at] for at in positions}
        discount = _discount(promotion, sum(lines.values()), minor_unit)
        if discount:
            parts = spread(discount, lines)
            for at, part in parts.items():
                left[at] -= part
            given.append(OrderShare(promotion, discount, {at: part for at, part in parts.items() if part}))
    return left, tuple(given)


def _discount(promotion: Promotion, whole: int, minor_unit: int) -> int:
    if promotion.benefit is Benefit.ORDER_PERCENT:
        return min(divide_rounded(whole * promotion.exact_value, _HUNDRED_PERCENT), whole)
    return min(divide_rounded(promotion.exact_value, 10 ** (PRICE_SCALE - minor_unit)), whole)

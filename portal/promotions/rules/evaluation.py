"""A basket under promotions: lines first, then the order, and again without what would overdraw a cap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from portal.promotions.rules.line_promotions import (
    ExactLine,
    FreePrice,
    Given,
    LineGiven,
    Lost,
    free_article_of,
    give_on_line,
    money_given,
)
from portal.promotions.rules.order_promotions import OrderGiven, give_on_order
from portal.promotions.rules.promotion import (
    MONEY_SCALE,
    PRICE_SCALE,
    QUANTITY_SCALE,
    Benefit,
    PromotedLine,
    Promotion,
    ScopeIndex,
    divide_rounded,
    fold_coupon,
    in_play,
    scaled,
    unscaled,
)


class Applied(NamedTuple):
    """A promotion and the amount it takes off; 0 where it gives goods instead."""

    promotion: Promotion
    amount: Decimal


class FreeGoods(NamedTuple):
    """Goods that come free: article number, base units, and the line (position from 0) and promotion that cause them."""

    article: str
    quantity: Decimal
    line: int
    promotion: Promotion


class LostPromotion(NamedTuple):
    """A promotion in whose scope a line or the order is, and why it gives nothing there."""

    promotion: Promotion
    reason: Lost


class LineOutcome(NamedTuple):
    """A line: amount after line promotions, after those of the order too; None where the price is on request.

    `shares` are the line's parts of order discounts.
    """

    line_amount: Decimal | None
    net_amount: Decimal | None
    applied: tuple[Applied, ...] = ()
    shares: tuple[Applied, ...] = ()
    lost: tuple[LostPromotion, ...] = ()


class Taken(NamedTuple):
    """What placing the basket takes of a promotion's caps: one use and this much money, free goods at their worth."""

    promotion: Promotion
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Outcome:
    """A basket as priced under promotions; amounts net in the seller's currency."""

    lines: tuple[LineOutcome, ...]
    free_goods: tuple[FreeGoods, ...]
    order_applied: tuple[Applied, ...]
    order_lost: tuple[LostPromotion, ...]
    total: Decimal
    taken: tuple[Taken, ...]

    @property
    def order_discount(self) -> Decimal:
        """What the promotions of the order take off altogether."""
        return sum((each.amount for each in self.order_applied), Decimal(0))


class _Basket(NamedTuple):
    lines: Sequence[tuple[int, ExactLine, PromotedLine]]
    """The priced lines with their positions."""
    free_price: FreePrice
    minor_unit: int


class _Given(NamedTuple):
    lines: Sequence[LineGiven]
    order: OrderGiven
    money: Mapping[Promotion, int]


def evaluate(
    lines: Sequence[PromotedLine],
    promotions: Iterable[Promotion],
    *,
    on: date,
    minor_unit: int,
    free_price: Callable[[str], Decimal | None],
    coupons: Iterable[str] = (),
) -> Outcome:
    """Price lines in the order given, each by itself, under the promotions of a buyer (PRICING, "Promotions", "Caps").

    `promotions` come in any order; those out of their window or whose coupon is not among `coupons` do no harm.
    `free_price` gives an article's unit price for the buyer at quantity 1 on that day. `minor_unit` is in decimals.
    """
    folded = frozenset(fold_coupon(coupon) for coupon in coupons)
    candidates = [promotion for promotion in promotions if in_play(promotion, on, folded)]
    basket = _Basket(
        [(at, _exact(line, minor_unit), line) for at, line in enumerate(lines) if line.unit_price is not None],
        exact_prices(free_price),
        minor_unit,
    )
    # One without a use left applies nowhere, so it drags no other down; what a budget has to suffice for is known when given.
    dropped = sorted((each for each in candidates if each.is_used_up), key=lambda promotion: promotion.rank)
    candidates = [promotion for promotion in candidates if not promotion.is_used_up]
    while True:
        given = _give(basket, candidates)
        over = [promotion for promotion, money in given.money.items() if promotion.is_overdrawn_by(money)]
        if not over:
            return _outcome(lines, basket, given, dropped)
        dropped.append(min(over, key=lambda promotion: promotion.rank))
        candidates = [promotion for promotion in candidates if promotion is not dropped[-1]]


def give_alone(
    line: ExactLine, promotions: Sequence[Promotion], free_price: FreePrice, minor_unit: int
) -> tuple[int, tuple[Given, ...]]:
    """Give what `evaluate` would of an order of this line alone: what is left in minor units, and by which promotions.

    `promotions` are those of lines that are about it, in play and with a use left, in the order in which they are applied.
    """
    while True:
        outcome = give_on_line(
            line, promotions, lambda promotion: line.quantity >= promotion.exact_minimum, free_price, minor_unit
        )
        over = {
            given.promotion.id
            for given in outcome.given
            if given.promotion.is_overdrawn_by(money_given(line, given, free_price, minor_unit))
        }
        if not over:
            return outcome.amount, outcome.given
        first = next(promotion for promotion in promotions if promotion.id in over)
        promotions = [promotion for promotion in promotions if promotion is not first]


def _exact(line: PromotedLine, minor_unit: int) -> ExactLine:
    quantity = scaled(line.quantity, QUANTITY_SCALE)
    price = scaled(line.unit_price or Decimal(0), PRICE_SCALE)
    return ExactLine(line.article.number, quantity, divide_rounded(price * quantity, 10 ** (MONEY_SCALE - minor_unit)))


def exact_prices(free_price: Callable[[str], Decimal | None]) -> FreePrice:
    """Give the same prices (of an article at quantity 1) in units of 1/10000, each asked for once; 0 where there is none."""
    known: dict[str, int] = {}

    def exact(article: str) -> int:
        if article not in known:
            known[article] = scaled(free_price(article) or Decimal(0), PRICE_SCALE)
        return known[article]

    return exact


def _give(basket: _Basket, candidates: Sequence[Promotion]) -> _Given:
    index = ScopeIndex(candidates)
    about = [index.about(line.article) for _, _, line in basket.lines]
    mixed: dict[Promotion, int] = {}
    of_order: dict[Promotion, list[int]] = {}
    for position, ((_, exact, _), promotions) in enumerate(zip(basket.lines, about, strict=True)):
        for promotion in promotions:
            if promotion.of_order:
                of_order.setdefault(promotion, []).append(position)
            elif promotion.benefit is Benefit.MIX:
                mixed[promotion] = mixed.get(promotion, 0) + exact.quantity
    lines = [
        give_on_line(
            exact,
            [promotion for promotion in promotions if not promotion.of_order],
            lambda promotion: mixed[promotion] >= promotion.exact_minimum,
            basket.free_price,
            basket.minor_unit,
        )
        for (_, exact, _), promotions in zip(basket.lines, about, strict=True)
    ]
    ranked = sorted(of_order.items(), key=lambda item: item[0].rank)
    order = give_on_order([line.amount for line in lines], ranked, basket.minor_unit)
    return _Given(lines, order, _money(basket, lines, order))


def _money(basket: _Basket, lines: Sequence[LineGiven], order: OrderGiven) -> dict[Promotion, int]:
    money: dict[Promotion, int] = {}
    for (_, exact, _), line in zip(basket.lines, lines, strict=True):
        for given in line.given:
            worth = money_given(exact, given, basket.free_price, basket.minor_unit)
            money[given.promotion] = money.get(given.promotion, 0) + worth
    for share in order.given:
        worth = share.discount * 10 ** (MONEY_SCALE - basket.minor_unit)
        money[share.promotion] = money.get(share.promotion, 0) + worth
    return money


def _outcome(lines: Sequence[PromotedLine], basket: _Basket, given: _Given, dropped: Sequence[Promotion]) -> Outcome:
    outcomes = [LineOutcome(None, None) for _ in lines]
    free_goods = []
    without = ScopeIndex(dropped)
    for position, ((at, exact, line), line_given) in enumerate(zip(basket.lines, given.lines, strict=True)):
        used_up = [LostPromotion(each, Lost.USED_UP) for each in without.about(line.article) if not each.of_order]
        outcomes[at] = LineOutcome(
            unscaled(line_given.amount, basket.minor_unit),
            unscaled(given.order.amounts[position], basket.minor_unit),
            tuple(Applied(each.promotion, unscaled(each.amount, basket.minor_unit)) for each in line_given.given),
            tuple(
                Applied(share.promotion, unscaled(share.parts[position], basket.minor_unit))
                for share in given.order.given
                if position in share.parts
            ),
            (*(LostPromotion(*each) for each in line_given.lost), *used_up),
        )
        free_goods += [
            FreeGoods(
                free_article_of(exact, each.promotion),
                unscaled(each.free_quantity, QUANTITY_SCALE),
                at,
                each.promotion,
            )
            for each in line_given.given
            if each.free_quantity
        ]
    order_dropped = [LostPromotion(each, Lost.USED_UP) for each in dropped if each.of_order]
    return Outcome(
        tuple(outcomes),
        tuple(free_goods),
        tuple(Applied(each.promotion, unscaled(each.discount, basket.minor_unit)) for each in given.order.given),
        (*(LostPromotion(*each) for each in given.order.lost), *order_dropped),
        unscaled(sum(given.order.amounts), basket.minor_unit),
        tuple(Taken(promotion, unscaled(money, MONEY_SCALE)) for promotion, money in given.money.items()),
    )

"""The portal's engine, asked in plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from decimal import Decimal

from portal.pricing.rules.price_lists import line_amount
from portal.promotions.rules import evaluation
from portal.promotions.rules.line_promotions import ExactLine
from portal.promotions.rules.promotion import (
    QUANTITY_SCALE,
    Benefit,
    PromotedArticle,
    PromotedLine,
    Promotion,
    ScopeIndex,
    ScopeKind,
    scaled,
    unscaled,
)
from tests.promotions.plain import PlainBasket, PlainFreeGoods, PlainLineResult, PlainPromotion, PlainResult

_ALIKE = {field.name for field in fields(Promotion)} & {field.name for field in fields(PlainPromotion)}
_OWN = {"benefit", "scopes", "value", "threshold_amount"}


def evaluate(basket: PlainBasket, promotions: Iterable[PlainPromotion], *, on: date, minor_unit: int) -> PlainResult:
    outcome = evaluation.evaluate(
        [_line(basket, position) for position in range(len(basket.lines))],
        [_promotion(number, promotion) for number, promotion in enumerate(promotions)],
        on=on,
        minor_unit=minor_unit,
        coupons=basket.coupons,
        free_price=lambda number: basket.articles[number].unit_price if number in basket.articles else None,
    )
    return PlainResult(
        tuple(
            PlainLineResult(
                line.line_amount, line.net_amount, tuple((each.promotion.code, each.amount) for each in line.applied)
            )
            for line in outcome.lines
        ),
        tuple(
            PlainFreeGoods(each.article, each.quantity, each.line, each.promotion.code) for each in outcome.free_goods
        ),
        tuple((each.promotion.code, each.amount) for each in outcome.order_applied),
        outcome.total,
    )


def _line(basket: PlainBasket, position: int) -> PromotedLine:
    line = basket.lines[position]
    article = basket.articles[line.article]
    return PromotedLine(
        PromotedArticle(article.number, article.category, article.brand), line.quantity, line.unit_price
    )


def _promotion(number: int, plain: PlainPromotion) -> Promotion:
    return Promotion(
        id=number,
        benefit=Benefit(plain.benefit),
        scopes=frozenset((ScopeKind(kind), code) for kind, code in plain.scopes),
        value=plain.value or Decimal(0),
        threshold_amount=plain.threshold_amount or Decimal(0),
        used_count=plain.uses,
        account_used_count=plain.uses_of_account,
        spent_amount=plain.spent,
        **{name: getattr(plain, name) for name in _ALIKE - _OWN},
    )


def give_alone(
    basket: PlainBasket, promotions: Iterable[PlainPromotion], *, minor_unit: int
) -> tuple[Decimal, set[str]]:
    """Give what the price file says of the basket's only line: its amount and the codes of what gives something."""
    line = _line(basket, 0)
    assert line.unit_price is not None
    known = [_promotion(number, promotion) for number, promotion in enumerate(promotions)]
    about = [
        promotion
        for promotion in ScopeIndex(known).about(line.article)
        if not (promotion.of_order or promotion.is_used_up or promotion.coupon)
    ]
    amount = line_amount(line.unit_price, line.quantity, minor_unit)
    exact = ExactLine(line.article.number, scaled(line.quantity, QUANTITY_SCALE), scaled(amount, minor_unit))
    free_price = evaluation.exact_prices(
        lambda number: basket.articles[number].unit_price if number in basket.articles else None
    )
    left, given = evaluation.give_alone(exact, about, free_price, minor_unit)
    return unscaled(left, minor_unit), {each.promotion.code for each in given}

"""How a hostile case is written down: short, with literal numbers, and with the line of reasoning that gives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.promotions.plain import (
    PlainArticle,
    PlainBasket,
    PlainFreeGoods,
    PlainLine,
    PlainLineResult,
    PlainPromotion,
    PlainResult,
)

ON = date(2026, 3, 15)
TOMORROW = date(2026, 3, 16)
YESTERDAY = date(2026, 3, 14)
ALL = (("all", ""),)
NUMBERS = (
    "value",
    "min_quantity",
    "threshold_amount",
    "buy_quantity",
    "free_quantity",
    "budget",
    "spent",
)

# A line's expectation: after line promotions, after order promotions, and what was applied; None = on request.
Expected = tuple[str, str, tuple[tuple[str, str], ...]] | None


@dataclass(frozen=True)
class Case:
    """One hostile basket, with the result computed by hand; `reading` names the doubtful sentence that it decides."""

    name: str
    why: str
    lines: tuple[PlainLine, ...]
    promotions: tuple[PlainPromotion, ...]
    expected: tuple[Expected, ...]
    total: str
    free: tuple[tuple[str, str, int, str], ...] = ()
    order: tuple[tuple[str, str], ...] = ()
    articles: tuple[PlainArticle, ...] = ()
    coupons: tuple[str, ...] = ()
    minor: int = 2
    reading: str = ""

    def basket(self) -> PlainBasket:
        """Give the basket; an article of a line that is not described has the line's price, no category and no brand."""
        articles = {line.article: PlainArticle(line.article, unit_price=line.unit_price) for line in self.lines}
        articles.update({each.number: each for each in self.articles})
        return PlainBasket(self.lines, articles, self.coupons)

    def result(self) -> PlainResult:
        """Give the result that is expected."""
        return PlainResult(
            lines=tuple(_line_result(each) for each in self.expected),
            free_goods=tuple(
                PlainFreeGoods(article, Decimal(quantity), line, code) for article, quantity, line, code in self.free
            ),
            order_promotions=tuple((code, Decimal(amount)) for code, amount in self.order),
            total=Decimal(self.total),
        )


def line(article: str, quantity: str, unit_price: str | None) -> PlainLine:
    """Make a line from text."""
    return PlainLine(article, Decimal(quantity), None if unit_price is None else Decimal(unit_price))


def article(number: str, unit_price: str | None = None, category: str = "", brand: str = "") -> PlainArticle:
    """Make an article from text, its category written as `Spirits > Whisky`."""
    path = tuple(category.split(" > ")) if category else ()
    return PlainArticle(number, path, brand, None if unit_price is None else Decimal(unit_price))


def promotion(code: str, benefit: str, value: str | None = None, **columns: Any) -> PlainPromotion:
    """Make a promotion on everything, unless `scopes` says otherwise, with its numbers from text."""
    columns = {"scopes": ALL, "value": value, **columns}
    for name in NUMBERS:
        if columns.get(name) is not None:
            columns[name] = Decimal(columns[name])
    return PlainPromotion(code, benefit, **columns)


def alone(code: str, benefit: str, value: str | None = None, **columns: Any) -> PlainPromotion:
    """Make a promotion that does not combine."""
    return promotion(code, benefit, value, combines=False, **columns)


def on(*articles: str) -> tuple[tuple[str, str], ...]:
    """Make a scope of articles."""
    return tuple(("article", each) for each in articles)


def _line_result(expected: Expected) -> PlainLineResult:
    if expected is None:
        return PlainLineResult(None, None)
    after_line, net, applied = expected
    return PlainLineResult(
        Decimal(after_line), Decimal(net), tuple((code, Decimal(amount)) for code, amount in applied)
    )

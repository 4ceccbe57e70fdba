"""Priced lines under the promotions of their buyer: one further statement, and only where the seller may have some."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from portal.pricing.queries import Quote, quote_articles
from portal.pricing.rules.decision import PriceBook, PricedLine
from portal.pricing.rules.price_lists import line_amount, minor_unit
from portal.promotions.rules.evaluation import Outcome, evaluate, exact_prices, give_alone
from portal.promotions.rules.line_promotions import ExactLine
from portal.promotions.rules.promotion import (
    QUANTITY_SCALE,
    Benefit,
    PromotedArticle,
    PromotedLine,
    Promotion,
    ScopeIndex,
    ScopeKind,
    fold_coupon,
    scaled,
    unscaled,
)
from tenants.database import read
from tenants.principal import Principal

_OWN = "select own_promotions(%(articles)s::bigint[], %(coupons)s::text[])::text"
_OF_BUYER = "select promotions_for(%(buyer)s, %(articles)s::bigint[], %(coupons)s::text[], %(on)s)::text"
_ONE = Decimal(1)
_MOST_FREE = Decimal("99999999999.999")
"""Of goods that come free with a line; the largest quantity that is stored (NUMERIC(14, 3))."""
_MONEY_BOUND = Decimal(10**12)
"""Of what one order takes of a promotion: from here on it cannot be ordered, as no amount of an order."""


class OfferedPromotions(NamedTuple):
    """The promotions that are about some articles, and what promotions ask of those articles."""

    promotions: Sequence[Promotion]
    articles: Mapping[int, PromotedArticle]
    """By row id."""
    free_ids: Mapping[str, int]
    """Row ids of the articles that promotions give free, by article number."""
    scopes: ScopeIndex

    def about(self, article_id: int) -> Sequence[Promotion]:
        """Give the promotions whose scope contains the article, in the order in which they are applied."""
        return self.scopes.about(self.articles[article_id]) if article_id in self.articles else ()


NOTHING_OFFERED = OfferedPromotions((), {}, {}, ScopeIndex(()))


AlonePrice = Callable[[int, Decimal, Decimal], tuple[Decimal, tuple[str, ...]]]
"""Takes row id of an article, quantity in base units and unit price; gives the amount of the line as an order of its own,
and the codes of the promotions that give something on it."""


@dataclass(frozen=True, slots=True)
class Promoted:
    """Lines with their amounts after promotions; `outcome` None = nothing was given and nothing lost."""

    lines: list[PricedLine]
    total: Decimal
    """Net, of the lines that have a price."""
    outcome: Outcome | None = None
    offered: OfferedPromotions | None = None

    @property
    def lines_beyond(self) -> frozenset[int]:
        """Give the positions of the lines with which more would come free than an order holds."""
        if self.outcome is None or not self.outcome.free_goods:
            return frozenset()
        costly = {each.promotion.id for each in self.outcome.taken if each.amount >= _MONEY_BOUND}
        return frozenset(
            goods.line
            for goods in self.outcome.free_goods
            if goods.quantity > _MOST_FREE or goods.promotion.id in costly
        )

    @property
    def coupons_that_count(self) -> frozenset[str]:
        """Give the coupons (folded) whose promotions gave something."""
        if self.outcome is None:
            return frozenset()
        return frozenset(fold_coupon(each.promotion.coupon) for each in self.outcome.taken if each.promotion.coupon)


def promote(
    principal: Principal,
    quote: Quote,
    *,
    coupons: Iterable[str] = (),
    buyer_id: int | None = None,
    on: date | None = None,
    offered: OfferedPromotions | None = None,
) -> Promoted:
    """Give the quoted lines under the buyer's promotions (PRICING, "Promotions"), in one statement or none.

    The principal is the buyer itself, today, or a seller that names one of its buyers by `buyer_id` as the quote did.
    `offered` is what `list_offered` gave for these lines with these coupons, where it is known.
    """
    given = tuple(coupons)
    if not quote.book.promoted:
        return _unpromoted(quote)
    articles = {line.article_id for line in quote.lines}
    offered = offered or list_offered(principal, articles, coupons=given, buyer_id=buyer_id, on=quote.book.on)
    if not offered.promotions:
        return _unpromoted(quote)
    free_price = _free_prices(principal, quote.book, offered, buyer_id, on)
    outcome = evaluate(
        [PromotedLine(offered.articles[line.article_id], line.quantity, line.unit_price) for line in quote.lines],
        offered.promotions,
        on=quote.book.on,
        minor_unit=quote.decimals,
        free_price=free_price,
        coupons=given,
    )
    lines = [
        line._replace(line_amount=result.line_amount, net_amount=result.net_amount)
        for line, result in zip(quote.lines, outcome.lines, strict=True)
    ]
    return Promoted(lines, outcome.total, outcome, offered)


def price_alone(
    principal: Principal,
    book: PriceBook,
    offered: OfferedPromotions,
    *,
    buyer_id: int | None = None,
    on: date | None = None,
) -> AlonePrice:
    """Give what prices one line as if nothing else were ordered, under the promotions of lines, in one statement or none.

    `offered` is what `list_offered` gave without coupons for the articles of `book`. Principal and the rest as with `promote`.
    """
    decimals = minor_unit(principal.currency)
    free_price = exact_prices(_free_prices(principal, book, offered, buyer_id, on))
    about = {
        article_id: [each for each in offered.scopes.about(article) if not each.of_order and not each.is_used_up]
        for article_id, article in (offered.articles.items() if offered.promotions else ())
    }

    def price(article_id: int, quantity: Decimal, unit_price: Decimal) -> tuple[Decimal, tuple[str, ...]]:
        amount = line_amount(unit_price, quantity, decimals)
        promotions = about.get(article_id)
        if not promotions:
            return amount, ()
        number = offered.articles[article_id].number
        line = ExactLine(number, scaled(quantity, QUANTITY_SCALE), scaled(amount, decimals))
        left, given = give_alone(line, promotions, free_price, decimals)
        return unscaled(left, decimals), tuple(each.promotion.code for each in given)

    return price


def list_offered(
    principal: Principal,
    articles: Iterable[int],
    *,
    coupons: Iterable[str] = (),
    buyer_id: int | None = None,
    on: date | None = None,
) -> OfferedPromotions:
    """Give the promotions that are about the articles (row ids), those against a coupon only where it is given.

    The principal is the buyer itself, today, or a seller that names one of its buyers by `buyer_id`, and a day.
    """
    values: dict[str, Any] = {
        "articles": "{" + ",".join(map(str, articles)) + "}",
        "coupons": [fold_coupon(coupon) for coupon in coupons],
    }
    if buyer_id is None:
        principal.buying()
        [(found,)] = read(_OWN, values)
    else:
        principal.selling()
        [(found,)] = read(_OF_BUYER, {**values, "buyer": buyer_id, "on": on})
    facts = json.loads(found)
    known = {
        int(article_id): PromotedArticle(number, tuple(category.split(" > ")) if category else (), brand)
        for article_id, (number, category, brand) in (facts["articles"] or {}).items()
    }
    rows = facts["promotions"] or ()
    promotions = [_promotion(row) for row in rows]
    free_ids = {row["free_article"]: row["free_article_id"] for row in rows if row["free_article"]}
    return OfferedPromotions(promotions, known, free_ids, ScopeIndex(promotions))


def _unpromoted(quote: Quote) -> Promoted:
    nothing = Decimal(0).scaleb(-quote.decimals)
    return Promoted(quote.lines, sum((line.net_amount for line in quote.lines if line.net_amount is not None), nothing))


def _free_prices(
    principal: Principal, book: PriceBook, offered: OfferedPromotions, buyer_id: int | None, on: date | None
) -> Any:
    """Give the unit price at quantity 1 by article number; articles that are not in the quote are asked for once."""
    ids = {article.number: article_id for article_id, article in offered.articles.items()}
    missing = {number: found for number, found in offered.free_ids.items() if number not in ids}
    prices: dict[str, Decimal | None] = {}
    if missing:
        asked = [(article_id, _ONE) for article_id in missing.values()]
        found = quote_articles(principal, asked, buyer_id=buyer_id, on=on).lines
        prices = {number: line.unit_price for number, line in zip(missing, found, strict=True)}

    def price(number: str) -> Decimal | None:
        if number in prices:
            return prices[number]
        decision = book.decide(ids[number], _ONE) if number in ids else None
        return decision.unit_price if decision else None

    return price


def _promotion(row: Mapping[str, Any]) -> Promotion:
    return Promotion(
        id=row["id"],
        code=row["code"],
        benefit=Benefit(row["benefit"]),
        scopes=frozenset((ScopeKind(kind), code) for kind, code in row["scopes"]),
        name=row["name"] or row["code"],
        priority=row["priority"],
        combines=row["combines"],
        valid_from=_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
        coupon=row["coupon"],
        value=Decimal(row["value"]),
        min_quantity=Decimal(row["min_quantity"]),
        threshold_amount=Decimal(row["threshold_amount"]),
        buy_quantity=_number(row["buy_quantity"]),
        free_quantity=_number(row["free_quantity"]),
        free_article=row["free_article"],
        max_uses=row["max_uses"],
        max_uses_per_account=row["max_uses_per_account"],
        budget=_number(row["budget"]),
        used_count=row["used_count"],
        account_used_count=row["account_used_count"],
        spent_amount=Decimal(row["spent_amount"]),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)

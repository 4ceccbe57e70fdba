"""Price checks: what lines cost a buyer, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import Field

from portal.pricing import queries
from portal.pricing.rules.explanation import buyer_explanation, seller_explanation
from portal.web.api import Amount, ApiAnswer, ApiBody, Code, IsoDate, Price, Quantity, operation
from tenants.errors import NotFound
from tenants.permissions import Capacity, Permission, Scope
from tenants.principal import Principal

MOST_LINES = 1000
UNKNOWN_ARTICLE = "unknown-article"
PRICE_ON_REQUEST = "price-on-request"


class CheckedLine(ApiBody):
    """An article number of the seller and a quantity in base units."""

    article: Code
    quantity: Quantity


class BuyingCheck(ApiBody):
    """Lines to be priced today."""

    coupons: list[str] = Field(default_factory=list, max_length=20)
    lines: list[CheckedLine] = Field(min_length=1, max_length=MOST_LINES)


class SellingCheck(BuyingCheck):
    """Lines to be priced for one of the seller's buyers on any date."""

    account: Code
    on: IsoDate | None = None


class AppliedPromotion(ApiAnswer):
    """A promotion and the amount it gave."""

    code: str
    amount: Amount


class CheckedPrice(ApiAnswer):
    """A line's price; nulls and a reason where there is none."""

    article: str
    quantity: Quantity
    unit_price: Price | None
    line_amount: Amount | None
    net_amount: Amount | None
    price_list: str | None
    promotions: list[AppliedPromotion]
    order_promotions: list[AppliedPromotion]
    explanation: dict[str, Any] | None
    reason: str | None


class FreeGoods(ApiAnswer):
    """Goods that come without charge."""

    article: str
    quantity: Quantity


class PriceCheckAnswer(ApiAnswer):
    """The lines in the order asked, and the total of those that have a price."""

    currency: str
    lines: list[CheckedPrice]
    free_goods: list[FreeGoods]
    order_discount: Amount
    total: Amount


def check_prices(
    principal: Principal, lines: Sequence[CheckedLine], *, buyer_id: int | None = None, on: date | None = None
) -> PriceCheckAnswer:
    """Price the lines for the buyer (or, as seller, for one of its buyers), with what each side may know of the reasons."""
    selling = principal.capacity is Capacity.SELLER
    ids = queries.find_article_ids(principal, [line.article for line in lines])
    known = [(ids[line.article], line.quantity) for line in lines if line.article in ids]
    quote = queries.quote_articles(principal, known, buyer_id=buyer_id, on=on, explain=selling)
    remaining = iter(quote.lines)
    answers: list[CheckedPrice] = []
    nothing = Decimal(0).scaleb(-quote.decimals)
    total = nothing
    for line in lines:
        if line.article not in ids:
            answers.append(_no_price(line, UNKNOWN_ARTICLE, None))
            continue
        priced = next(remaining)
        explanation = seller_explanation(priced, quote.book) if selling else buyer_explanation(priced)
        if priced.decision is None or priced.net_amount is None:
            answers.append(_no_price(line, PRICE_ON_REQUEST, explanation))
            continue
        total += priced.net_amount
        price_list = priced.decision.price_list
        answers.append(
            CheckedPrice.model_construct(
                article=line.article,
                quantity=line.quantity,
                unit_price=priced.unit_price,
                line_amount=priced.line_amount,
                net_amount=priced.net_amount,
                price_list=price_list.code if selling else price_list.name,
                promotions=[],
                order_promotions=[],
                explanation=explanation,
                reason=None,
            )
        )
    # The values are exact and of our own making: checking them line by line again would cost as much as pricing them.
    return PriceCheckAnswer.model_construct(
        currency=quote.currency, lines=answers, free_goods=[], order_discount=nothing, total=total
    )


def _no_price(line: CheckedLine, reason: str, explanation: dict[str, Any] | None) -> CheckedPrice:
    return CheckedPrice.model_construct(
        article=line.article,
        quantity=line.quantity,
        unit_price=None,
        line_amount=None,
        net_amount=None,
        price_list=None,
        promotions=[],
        order_promotions=[],
        explanation=explanation,
        reason=reason,
    )


@operation(
    "POST",
    "/buying/price-checks",
    permission=Permission.PRICES_VIEW,
    scope=Scope.BUYING_READ,
    body=BuyingCheck,
    response=PriceCheckAnswer,
    summary="Price lines at today's own prices",
    tags=["prices"],
)
def check_own_prices(principal: Principal, body: BuyingCheck) -> PriceCheckAnswer:
    """Lines come back in the order asked and are never merged; minimum and multiple are not checked here."""
    return check_prices(principal, body.lines)


@operation(
    "POST",
    "/selling/price-checks",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    body=SellingCheck,
    response=PriceCheckAnswer,
    errors=[NotFound],
    summary="Price lines for one of the buyers, on any date",
    tags=["prices"],
)
def check_buyers_prices(principal: Principal, body: SellingCheck) -> PriceCheckAnswer:
    """The explanation names everything that lost as well."""
    buyer_id = queries.find_buyer_id(principal, body.account)
    if buyer_id is None:
        raise NotFound("No such account.")
    return check_prices(principal, body.lines, buyer_id=buyer_id, on=body.on)

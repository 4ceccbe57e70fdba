"""Price checks: what lines cost a buyer, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from portal.pricing import queries
from portal.pricing.rules.coupons import NOT_VALID
from portal.pricing.rules.decision import PricedLine
from portal.pricing.rules.explanation import SellerExplanations, buyer_explanation
from portal.web.api import (
    Amount,
    ApiAnswer,
    ApiBody,
    Code,
    IsoDate,
    Price,
    Quantity,
    WrittenAnswer,
    operation,
    plain_amount,
    plain_quantity,
)
from tenants.errors import NotFound
from tenants.permissions import Capacity, Permission, Scope
from tenants.principal import Principal

MOST_LINES = 1000
UNKNOWN_ARTICLE = "unknown-article"
PRICE_ON_REQUEST = "price-on-request"


Coupon = Annotated[str, StringConstraints(max_length=100)]


class CheckedLine(ApiBody):
    """An article number of the seller and a quantity in base units."""

    article: Code
    quantity: Quantity


class BuyingCheck(ApiBody):
    """Lines to be priced today."""

    coupons: list[Coupon] = Field(default_factory=list, max_length=20)
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


class CheckedCoupon(ApiAnswer):
    """A coupon as it was sent, whether it counts, and what to say where it does not."""

    coupon: str
    valid: bool
    detail: str | None


class PriceCheckAnswer(ApiAnswer):
    """The lines in the order asked, and the total of those that have a price."""

    currency: str
    coupons: list[CheckedCoupon]
    lines: list[CheckedPrice]
    free_goods: list[FreeGoods]
    order_discount: Amount
    total: Amount


def check_prices(
    principal: Principal, check: BuyingCheck, *, buyer_id: int | None = None, on: date | None = None
) -> WrittenAnswer:
    """Price what is asked for the buyer (or, as seller, for one of its buyers), with what each side may know of the reasons."""
    selling = principal.capacity is Capacity.SELLER
    numbers = [line.article for line in check.lines]
    if selling:
        ids = queries.find_article_ids(principal, numbers)
        quote = queries.quote_articles(principal, _known(check, ids), buyer_id=buyer_id, on=on, explain=True)
    else:
        offers = queries.find_offers(principal, numbers)
        ids = {number: offer.id for number, offer in offers.by_number.items() if offer.is_offered}
        quote = offers.quote(_known(check, ids))
    for_seller = SellerExplanations(quote.book) if selling else None
    remaining = iter(quote.lines)
    answers: list[dict[str, Any]] = []
    nothing = Decimal(0).scaleb(-quote.decimals)
    total = nothing
    for line in check.lines:
        if line.article not in ids:
            answers.append(_line(line, reason=UNKNOWN_ARTICLE))
            continue
        priced = next(remaining)
        explanation = for_seller.of(priced) if for_seller else buyer_explanation(priced)
        if priced.decision is None or priced.net_amount is None:
            answers.append(_line(line, explanation=explanation, reason=PRICE_ON_REQUEST))
            continue
        total += priced.net_amount
        price_list = priced.decision.price_list
        answers.append(
            _line(line, priced, price_list=price_list.code if selling else price_list.name, explanation=explanation)
        )
    return WrittenAnswer(
        {
            "currency": quote.currency,
            "coupons": [{"coupon": coupon, "valid": False, "detail": NOT_VALID} for coupon in check.coupons],
            "lines": answers,
            "free_goods": [],
            "order_discount": plain_amount(nothing),
            "total": plain_amount(total),
        }
    )


def _known(check: BuyingCheck, ids: Mapping[str, int]) -> list[tuple[int, Decimal]]:
    return [(ids[line.article], line.quantity) for line in check.lines if line.article in ids]


def _line(
    line: CheckedLine,
    priced: PricedLine | None = None,
    *,
    price_list: str | None = None,
    explanation: dict[str, Any] | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """Give a `CheckedPrice` as JSON values."""
    return {
        "article": line.article,
        "quantity": plain_quantity(line.quantity),
        "unit_price": _amount(priced.unit_price) if priced else None,
        "line_amount": _amount(priced.line_amount) if priced else None,
        "net_amount": _amount(priced.net_amount) if priced else None,
        "price_list": price_list,
        "promotions": [],
        "order_promotions": [],
        "explanation": explanation,
        "reason": reason,
    }


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else plain_amount(value)


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
def check_own_prices(principal: Principal, body: BuyingCheck) -> WrittenAnswer:
    """Lines come back in the order asked and are never merged; minimum and multiple are not checked here.

    Each coupon comes back with whether it counts.
    """
    return check_prices(principal, body)


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
def check_buyers_prices(principal: Principal, body: SellingCheck) -> WrittenAnswer:
    """The explanation names everything that lost as well."""
    buyer_id = queries.find_buyer_id(principal, body.account)
    if buyer_id is None:
        raise NotFound("No such account.")
    return check_prices(principal, body, buyer_id=buyer_id, on=body.on)

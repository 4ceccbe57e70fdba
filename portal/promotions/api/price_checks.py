"""Price checks: what lines cost a buyer, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from portal.pricing import queries
from portal.pricing.rules.decision import PricedLine
from portal.pricing.rules.explanation import SellerExplanations, buyer_explanation
from portal.promotions.queries import promote
from portal.promotions.rules.coupons import NOT_VALID
from portal.promotions.rules.evaluation import Applied, Outcome
from portal.promotions.rules.explanation import add_for_buyer, add_for_seller
from portal.promotions.rules.promotion import fold_coupon
from portal.promotions.service.coupons import count_tries, list_wrong_coupons, require_few_tries
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
TOO_MUCH_FREE = "too-much-free"


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
    """A line's price; nulls and a reason where there is none, or where more would come free than an order holds."""

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
    order_promotions: list[AppliedPromotion]
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
    if not selling:
        require_few_tries(principal, check.coupons)
    promoted = promote(principal, quote, coupons=check.coupons, buyer_id=buyer_id, on=on)
    refused: set[int] = set()
    while promoted.lines_beyond:
        # What no order holds counts for no other line: they are priced without it.
        refused |= promoted.lines_beyond
        quote = quote._replace(
            lines=[_unpriced(line) if at in refused else line for at, line in enumerate(quote.lines)]
        )
        promoted = promote(principal, quote, coupons=check.coupons, buyer_id=buyer_id, on=on)
    if not selling and check.coupons:
        count_tries(principal, len(list_wrong_coupons(check.coupons, promoted)))
    outcome = promoted.outcome
    for_seller = SellerExplanations(quote.book) if selling else None
    remaining = iter(enumerate(promoted.lines))
    answers: list[dict[str, Any]] = []
    nothing = Decimal(0).scaleb(-quote.decimals)
    for line in check.lines:
        if line.article not in ids:
            answers.append(_line(line, reason=UNKNOWN_ARTICLE))
            continue
        position, priced = next(remaining)
        explanation = (
            add_for_seller(for_seller.of(priced), outcome, position)
            if for_seller
            else add_for_buyer(buyer_explanation(priced), outcome, position)
        )
        if priced.decision is None or priced.net_amount is None:
            reason = TOO_MUCH_FREE if position in refused else PRICE_ON_REQUEST
            answers.append(_line(line, explanation=explanation, reason=reason))
            continue
        price_list = priced.decision.price_list
        answer = _line(
            line, priced, price_list=price_list.code if selling else price_list.name, explanation=explanation
        )
        if outcome is not None:
            answer["promotions"] = _applied(outcome.lines[position].applied)
            answer["order_promotions"] = _applied(outcome.lines[position].shares)
        answers.append(answer)
    return WrittenAnswer(
        {
            "currency": quote.currency,
            "coupons": [_coupon(coupon, promoted.coupons_that_count) for coupon in check.coupons],
            "lines": answers,
            "free_goods": _free_goods(outcome),
            "order_promotions": _applied(outcome.order_applied) if outcome else [],
            "order_discount": plain_amount(nothing + outcome.order_discount if outcome else nothing),
            "total": plain_amount(promoted.total),
        }
    )


def _coupon(coupon: str, that_count: frozenset[str]) -> dict[str, Any]:
    valid = fold_coupon(coupon) in that_count
    return {"coupon": coupon, "valid": valid, "detail": None if valid else NOT_VALID}


def _applied(applied: Iterable[Applied]) -> list[dict[str, str]]:
    return [{"code": each.promotion.code, "amount": plain_amount(each.amount)} for each in applied]


def _free_goods(outcome: Outcome | None) -> list[dict[str, Any]]:
    """One entry an article, in the order in which they come up."""
    sums: dict[str, Decimal] = {}
    for goods in outcome.free_goods if outcome else ():
        sums[goods.article] = sums.get(goods.article, Decimal(0)) + goods.quantity
    return [{"article": article, "quantity": plain_quantity(quantity)} for article, quantity in sums.items()]


def _known(check: BuyingCheck, ids: Mapping[str, int]) -> list[tuple[int, Decimal]]:
    return [(ids[line.article], line.quantity) for line in check.lines if line.article in ids]


def _unpriced(line: PricedLine) -> PricedLine:
    return line._replace(unit_price=None, line_amount=None, net_amount=None)


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
    return check_prices(principal, body, buyer_id=queries.get_buyer_id(principal, body.account), on=body.on)

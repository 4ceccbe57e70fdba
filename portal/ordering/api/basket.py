"""The basket over HTTP: one list on the server for each client, read, changed, emptied, ordered; and reading order text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from portal.accounts.errors import UnusableValue
from portal.core.idempotency import IdempotencyKey
from portal.loyalty.errors import RewardsRefused
from portal.ordering.answers import PlacedAnswer, placed_text
from portal.ordering.api.asked import SHIP_TO, PurchaseOrderNumber, ShipTo, WantedLineBody
from portal.ordering.errors import (
    AccountClosed,
    ApprovalNeeded,
    CouponsRefused,
    LinesRefused,
    OutOfStock,
    PricesChanged,
)
from portal.ordering.grid import GridLine, build_rows, sum_rows
from portal.ordering.models import OrderSource
from portal.ordering.points import points_to_earn
from portal.ordering.queries.approvals import find_alone_limit
from portal.ordering.queries.basket import BasketRow, find_basket
from portal.ordering.queries.grid import find_facts
from portal.ordering.reading import read_entries
from portal.ordering.rules.quantities import MOST_LINES
from portal.ordering.rules.reading import read_text
from portal.ordering.service.basket import (
    BasketEntry,
    empty_basket,
    keep_coupons,
    note_order,
    remember_offer,
    remember_prices,
    set_lines,
)
from portal.ordering.service.place_basket import PlaceBasket, place_basket
from portal.ordering.service.rewards import set_rewards
from portal.pricing.rules.price_lists import minor_unit
from portal.promotions.api.price_checks import CheckedCoupon, Coupon
from portal.promotions.rules.coupons import NOT_VALID
from portal.promotions.rules.promotion import fold_coupon
from portal.promotions.service.coupons import count_tries
from portal.web.api import (
    Amount,
    ApiAnswer,
    ApiBody,
    Code,
    IsoDate,
    Price,
    StockQuantity,
    StoredAnswer,
    operation,
)
from portal.web.formatting import reader_locale
from portal.web.order_grid import GridRow, GridTotals
from tenants.errors import InvalidInput
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["orders"]
_MOST_TEXT = 100_000
_LARGE_BODY = 20 * _MOST_TEXT
"""A character may be written with twelve, as a pair of \\u escapes; what is too long is told as that, not as too large."""

EnteredText = Annotated[str, StringConstraints(min_length=1, max_length=_MOST_TEXT, pattern=r"^[^\x00]*$")]


class ChangeBasketBody(ApiBody):
    """What is to be different; what is not named stays. Quantities are those the basket is to hold, in base units."""

    lines: list[WantedLineBody] = Field(default_factory=list, max_length=MOST_LINES)
    removed: list[Code] = Field(default_factory=list, max_length=MOST_LINES)
    purchase_order_number: PurchaseOrderNumber | None = None
    requested_on: IsoDate | None = None
    coupons: list[Coupon] = Field(default_factory=list, max_length=20, description="Instead of those kept so far.")
    rewards: list[Code] = Field(
        default_factory=list, max_length=20, description="Codes, each once, to be taken for points when it is ordered."
    )


class PlaceBasketBody(ApiBody):
    """What goes with the order; number and day are those of the basket where they are not sent."""

    purchase_order_number: PurchaseOrderNumber | None = None
    requested_on: IsoDate | None = None
    coupons: list[Coupon] = Field(default_factory=list, max_length=20)
    ship_to: ShipTo | None = Field(default=None, description=SHIP_TO)
    at_any_price: bool = Field(default=False, description="Order even where prices are no longer those last shown.")


class LineProblemAnswer(ApiAnswer):
    """Why a line cannot be ordered as it is; `nearest` is the closest quantity that could, where there is one."""

    reason: str
    detail: str
    nearest: StockQuantity | None


class BasketStateLineAnswer(ApiAnswer):
    """A line of the basket at today's price; null = price on request. A `question` refuses nothing."""

    article: str
    name: str
    quantity: StockQuantity
    unit_price: Price | None
    line_amount: Amount | None
    available_quantity: StockQuantity | None
    available_on: date | None
    problem: LineProblemAnswer | None
    question: str | None = Field(description="Asks about a quantity far beyond the last three.")


class BasketStateAnswer(ApiAnswer):
    """The basket; `total` sums the lines that have a price, less the discounts on the order."""

    currency: str
    lines: list[BasketStateLineAnswer]
    order_discount: Amount
    total: Amount
    purchase_order_number: str
    requested_on: date | None
    coupons: list[CheckedCoupon]
    rewards: list[str]
    points_to_earn: int | None = Field(description="What these lines would earn; null without a programme that runs.")
    question: str | None = Field(description="Asks about a total far beyond any former order's; it refuses nothing.")
    alone_limit: Amount | None = Field(description="Up to what total the caller orders alone; null: any.")


class OrderTextBody(ApiBody):
    """Order lines as people write them: one a row, article number or GTIN and quantity, also as columns with a header."""

    text: EnteredText


class ReadLineAnswer(ApiAnswer):
    """A row that was understood: an article number of the seller and a quantity in base units."""

    article: str
    quantity: StockQuantity


class UnreadLineAnswer(ApiAnswer):
    """A row that needs a person, and why."""

    text: str
    detail: str


class OrderTextAnswer(ApiAnswer):
    """What became of the rows; none is left out."""

    lines: list[ReadLineAnswer]
    unread: list[UnreadLineAnswer]


@operation(
    "GET",
    "/buying/basket",
    permission=Permission.ORDERS_VIEW,
    scope=Scope.BUYING_READ,
    response=BasketStateAnswer,
    summary="Read the basket",
    tags=_TAGS,
)
def read_basket(principal: Principal) -> BasketStateAnswer:
    """The client's own one, at today's prices; people have theirs."""
    basket = find_basket(principal)
    return _answer(principal, basket, _rows(principal, basket))


@operation(
    "PATCH",
    "/buying/basket",
    permission=Permission.ORDERS_PLACE,
    scope=Scope.BUYING_WRITE,
    body=ChangeBasketBody,
    response=BasketStateAnswer,
    errors=[LinesRefused, RewardsRefused],
    summary="Change the basket",
    tags=_TAGS,
)
def change_basket(principal: Principal, body: ChangeBasketBody) -> BasketStateAnswer:
    """Doing it twice changes nothing. Articles that are not offered refuse the whole change; other problems are told.

    An article is one line: sent twice, it gets the sum. The prices of the answer are those at which it can be ordered.
    """
    _refuse_unknown(principal, [line.article for line in body.lines])
    set_lines(principal, [BasketEntry(line.article, line.quantity) for line in body.lines], body.removed)
    basket = find_basket(principal)
    if len(basket.lines) > MOST_LINES:
        raise LinesRefused(f"The basket would have {len(basket.lines)} lines; {MOST_LINES} are the most.", errors=[])
    sent = body.model_fields_set
    if sent & {"purchase_order_number", "requested_on"}:
        number = body.purchase_order_number or ""
        note_order(
            principal,
            number if "purchase_order_number" in sent else basket.purchase_order_number,
            body.requested_on if "requested_on" in sent else basket.requested_on,
        )
        basket = find_basket(principal)
    if "coupons" in sent:
        kept = {fold_coupon(coupon) for coupon in basket.coupons}
        count_tries(principal, sum(1 for coupon in body.coupons if fold_coupon(coupon) not in kept))
        keep_coupons(principal, body.coupons)
        basket = find_basket(principal)
    if "rewards" in sent:
        set_rewards(principal, body.rewards)
        basket = find_basket(principal)
    rows = show_offer(principal, basket)
    remember_prices(principal, basket, {row.article: row.unit_price for row in rows if row.unit_price is not None})
    return _answer(principal, basket, rows)


@operation(
    "DELETE",
    "/buying/basket",
    permission=Permission.ORDERS_PLACE,
    scope=Scope.BUYING_WRITE,
    response=BasketStateAnswer,
    summary="Empty the basket",
    tags=_TAGS,
)
def clear_basket(principal: Principal) -> BasketStateAnswer:
    """Lines, number and day; the answer is the empty basket."""
    empty_basket(principal)
    return _answer(principal, BasketRow(), [])


@operation(
    "POST",
    "/buying/basket/orders",
    permission=Permission.ORDERS_PLACE,
    scope=Scope.BUYING_WRITE,
    body=PlaceBasketBody,
    response=PlacedAnswer,
    status=201,
    idempotency=True,
    errors=[
        LinesRefused,
        CouponsRefused,
        RewardsRefused,
        OutOfStock,
        PricesChanged,
        AccountClosed,
        ApprovalNeeded,
        UnusableValue,
    ],
    summary="Order the basket",
    tags=_TAGS,
)
def order_basket(principal: Principal, body: PlaceBasketBody, idempotency: IdempotencyKey) -> StoredAnswer:
    """All of it or nothing, once for each idempotency key; afterwards the basket is empty.

    A price that differs from the one last shown by a change of the basket or a reorder refuses the order with
    `prices-changed`, which names old and new. Change the basket (`{}` will do) to be shown the new ones, or send `at_any_price`.
    """
    command = PlaceBasket(
        idempotency=idempotency,
        source=OrderSource.API,
        purchase_order_number=body.purchase_order_number,
        requested_on=body.requested_on,
        coupons=tuple(body.coupons),
        at_any_price=body.at_any_price,
        ship_to=body.ship_to or "",
    )
    placed = place_basket(principal, command, placed_text)
    return StoredAnswer(placed.stored_answer or "", replayed=placed.replayed)


@operation(
    "POST",
    "/buying/order-texts",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.BUYING_READ,
    body=OrderTextBody,
    response=OrderTextAnswer,
    errors=[InvalidInput],
    most_bytes=_LARGE_BODY,
    summary="Read order lines from text",
    tags=_TAGS,
)
def read_order_text(principal: Principal, body: OrderTextBody) -> OrderTextAnswer:
    """As the order pad reads what is typed or pasted, up to 5,000 rows and 100,000 characters at once; nothing is kept.

    Send `lines` on to basket or order. Numbers are read as the language of `Accept-Language` writes them.
    """
    result = read_entries(principal, read_text(body.text, str(reader_locale())))
    return OrderTextAnswer(
        lines=[ReadLineAnswer.model_validate(entry) for entry in result.entries],
        unread=[UnreadLineAnswer(text=line.raw, detail=line.reason) for line in result.unread],
    )


def show_offer(principal: Principal, basket: BasketRow) -> list[GridRow]:
    """Give the basket's rows, to be shown: what promotions give on them is what it can be ordered at. The principal buys."""
    rows = _rows(principal, basket)
    totals = GridTotals.of(rows)
    # With lines that wait it was not shown for all of them.
    remember_offer(principal, basket, None if totals.waiting else totals.offer)
    return rows


def _refuse_unknown(principal: Principal, articles: Sequence[str]) -> None:
    facts = find_facts(principal, articles) if articles else {}
    errors = [
        {
            "pointer": f"#/lines/{at}/article",
            "line": at + 1,
            "article": article,
            "reason": "unknown-article",
            "detail": "The seller offers no such article.",
        }
        for at, article in enumerate(articles)
        if article not in facts or not facts[article].offered
    ]
    if errors:
        raise LinesRefused("Some articles are not offered.", errors=errors)


def _rows(principal: Principal, basket: BasketRow) -> list[GridRow]:
    lines = [GridLine(line.article, line.quantity) for line in basket.lines]
    return build_rows(principal, lines, coupons=basket.coupons) if lines else []


def _answer(principal: Principal, basket: BasketRow, rows: Sequence[GridRow]) -> BasketStateAnswer:
    nothing = Decimal(0).scaleb(-minor_unit(principal.currency))
    discount = sum((amount for row in rows for _name, amount in row.shares), nothing)
    totals = sum_rows(principal, rows)
    return BasketStateAnswer(
        currency=principal.currency,
        lines=[_line(row, line.quantity) for row, line in zip(rows, basket.lines, strict=True)],
        order_discount=discount,
        total=sum((row.line_amount for row in rows if row.line_amount is not None), nothing) - discount,
        purchase_order_number=basket.purchase_order_number,
        requested_on=basket.requested_on,
        coupons=[_coupon(coupon, rows) for coupon in basket.coupons],
        rewards=list(basket.rewards),
        points_to_earn=points_to_earn(principal, rows) if totals.collects_points else None,
        question=totals.question or None,
        alone_limit=find_alone_limit(principal),
    )


def _coupon(coupon: str, rows: Sequence[GridRow]) -> CheckedCoupon:
    valid = any(fold_coupon(coupon) in row.coupons for row in rows)
    return CheckedCoupon(coupon=coupon, valid=valid, detail=None if valid else NOT_VALID)


def _line(row: GridRow, quantity: Decimal) -> BasketStateLineAnswer:
    error = row.error
    return BasketStateLineAnswer(
        article=row.article or row.raw or "",
        name=row.name,
        quantity=quantity,
        unit_price=row.unit_price,
        line_amount=row.line_amount,
        available_quantity=row.available_quantity,
        available_on=row.available_on,
        problem=LineProblemAnswer(reason=error.code, detail=error.text, nearest=error.nearest) if error else None,
        question=row.question or None,
    )

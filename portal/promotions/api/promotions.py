"""Promotions over HTTP: what each gives, on what, to whom; created, changed, ended."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from portal.promotions.queries import promotions as queries
from portal.promotions.rules.promotion import Benefit
from portal.promotions.service import promotions as service
from portal.web.api import (
    USUAL_ITEMS,
    Amount,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    IsoDate,
    Limit,
    NewCode,
    Page,
    Price,
    Quantity,
    StockQuantity,
    Text,
    Whole,
    operation,
    page_of,
    read_text_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

MOST_PROMOTIONS = 100
_TAGS = ["promotions"]

PromotionName = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
CouponText = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f,]+$")]
Priority = Annotated[int, Field(ge=-service.MOST_PRIORITY, le=service.MOST_PRIORITY), Whole]
Uses = Annotated[int, Field(ge=0, le=service.MOST_USES), Whole]


class PutPromotion(ApiBody):
    """A promotion; a field left out gets its usual value. `value` is a percentage, an amount for one base unit, or one off the order."""

    code: NewCode
    benefit: Benefit = Field(strict=False)
    name: PromotionName = ""
    valid_from: IsoDate | None = None
    valid_to: IsoDate | None = None
    priority: Priority = 100
    combines: bool = False
    coupon: CouponText | None = None
    make_coupon: bool = Field(default=False, description="Make a coupon that nobody guesses, where it has none yet.")
    value: Price = Decimal(0)
    min_quantity: Quantity = Decimal(1)
    threshold_amount: Price = Decimal(0)
    buy_quantity: Quantity | None = None
    free_quantity: Quantity | None = None
    free_article: Code | None = None
    max_uses: Uses | None = None
    max_uses_per_account: Uses | None = None
    budget: Price | None = None
    all_articles: bool = False
    articles: list[Code] = Field(default_factory=list, max_length=service.MOST_CODES)
    categories: list[Code] = Field(default_factory=list, max_length=1000)
    brands: list[Code] = Field(default_factory=list, max_length=1000)
    everyone: bool = False
    groups: list[Code] = Field(default_factory=list, max_length=1000)
    accounts: list[Code] = Field(default_factory=list, max_length=service.MOST_CODES)


class PutPromotions(ApiBody):
    """Promotions to be created or changed."""

    promotions: list[PutPromotion] = Field(min_length=1, max_length=MOST_PROMOTIONS)


class PromotionAnswer(ApiAnswer):
    """A promotion, and what orders have taken of it."""

    code: str
    benefit: Benefit
    name: str
    valid_from: IsoDate | None
    valid_to: IsoDate | None
    priority: int
    combines: bool
    coupon: str | None
    value: Price
    min_quantity: StockQuantity
    threshold_amount: Amount
    buy_quantity: StockQuantity | None
    free_quantity: StockQuantity | None
    free_article: str | None
    max_uses: int | None
    max_uses_per_account: int | None
    budget: Amount | None
    all_articles: bool
    articles: list[str]
    categories: list[str]
    brands: list[str]
    everyone: bool
    groups: list[str]
    accounts: list[str]
    used_count: int
    spent_amount: Amount


class PromotionsAnswer(ApiAnswer):
    """The promotions as they are now, in the order sent."""

    promotions: list[PromotionAnswer]


class PromotionsQuery(ApiQuery):
    """Which promotions, and which page of them."""

    q: Text = Field("", max_length=100, description="Part of a promotion's code or name.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


@operation(
    "GET",
    "/selling/promotions",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=PromotionsQuery,
    response=Page[PromotionAnswer],
    errors=[InvalidCursor],
    summary="List the promotions",
    tags=_TAGS,
)
def list_promotions(principal: Principal, query: PromotionsQuery) -> Page[PromotionAnswer]:
    """By code, those that have ended too."""
    after = read_text_cursor(query.cursor)
    rows = queries.list_promotions(principal, words=query.q.strip(), after=after, limit=query.limit + 1)
    return page_of(rows, query.limit, PromotionAnswer.model_validate, lambda row: (row.code,))


@operation(
    "PUT",
    "/selling/promotions",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=PutPromotions,
    response=PromotionsAnswer,
    errors=[InvalidInput],
    summary="Create or change promotions",
    tags=_TAGS,
)
def put_promotions(principal: Principal, body: PutPromotions) -> PromotionsAnswer:
    """By code, each as a whole, on what and for whom included. All or nothing; `errors` names promotion and field.

    Without scope it is about nothing, without audience for nobody. What orders have taken of it stays taken.
    """
    service.lock_promotions(principal, (wanted.code for wanted in body.promotions))
    saved = []
    for at, wanted in enumerate(body.promotions):
        try:
            saved.append(service.save_promotion(principal, _command(principal, wanted)))
        except InvalidInput as refusal:
            errors = [
                {**error, "pointer": f"#/promotions/{at}/{error['field']}", "promotion": wanted.code}
                for error in refusal.details["errors"]
            ]
            raise InvalidInput(refusal.message, errors=errors) from refusal
    return PromotionsAnswer(promotions=[PromotionAnswer.model_validate(row) for row in saved])


@operation(
    "GET",
    "/selling/promotions/{code}",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    response=PromotionAnswer,
    errors=[NotFound],
    summary="Read a promotion",
    tags=_TAGS,
)
def read_promotion(principal: Principal, code: Code) -> PromotionAnswer:
    """What it is, and how many orders took how much of it."""
    return PromotionAnswer.model_validate(queries.get_promotion(principal, code))


@operation(
    "POST",
    "/selling/promotions/{code}/endings",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    response=PromotionAnswer,
    status=201,
    errors=[NotFound],
    summary="End a promotion",
    tags=_TAGS,
)
def end_promotion(principal: Principal, code: Code) -> PromotionAnswer:
    """From today on it gives nothing; doing it twice changes nothing. Orders placed stay as they are."""
    return PromotionAnswer.model_validate(service.end_promotion(principal, code))


def _command(principal: Principal, wanted: PutPromotion) -> service.SavePromotion:
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in ((name, getattr(wanted, name)) for name in type(wanted).model_fields)
        if name != "make_coupon"
    }
    if wanted.make_coupon and wanted.coupon is None:
        given["coupon"] = service.kept_or_new_coupon(principal, wanted.code)
    return service.SavePromotion(**given)

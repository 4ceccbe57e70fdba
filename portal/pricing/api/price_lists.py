"""Price lists over HTTP: what they are, whom they are for, how several of them decide, who pays what for an article."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

from portal.pricing.api.entries import WriteQuery
from portal.pricing.models import PriceStrategy
from portal.pricing.queries import price_lists as queries
from portal.pricing.queries.article_prices import find_priced_article, list_article_prices
from portal.pricing.service import price_lists as service
from portal.web.api import (
    USUAL_ITEMS,
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
    Text,
    Whole,
    operation,
    page_of,
    read_text_cursor,
)
from tenants.database import rollback_at_edge
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

MOST_LISTS = 100
_ADJUSTMENT = r"^-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,4})?$"


def _read_adjustment(value: Any) -> Any:
    if isinstance(value, Decimal) or value is None:
        return value
    if isinstance(value, str):
        return value
    raise PydanticCustomError("adjustment", "Input should be a decimal number as text")


Adjustment = Annotated[
    Annotated[str, StringConstraints(pattern=_ADJUSTMENT)],
    BeforeValidator(_read_adjustment),
]
"""A signed number below one million with up to 4 decimals, as text: "-12.5"."""

AdjustmentOut = Annotated[
    Decimal, PlainSerializer(lambda value: f"{value.normalize():f}", return_type=str, when_used="json-unless-none")
]

ListName = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


Priority = Annotated[int, Field(ge=-service.MOST_PRIORITY, le=service.MOST_PRIORITY), Whole]
Decimals = Annotated[int, Field(ge=0, le=service.MOST_DECIMALS), Whole]


class PutPriceList(ApiBody):
    """A price list in the seller's currency. Derived: `base_code`'s prices x (1 + percent / 100) + amount."""

    code: NewCode
    name: ListName = ""
    priority: Priority = 100
    valid_from: IsoDate | None = None
    valid_to: IsoDate | None = None
    base_code: Code | None = None
    adjustment_percent: Adjustment | None = None
    adjustment_amount: Adjustment | None = None
    decimals: Decimals | None = None
    active: bool = True


class PutPriceLists(ApiBody):
    """Price lists to be created or changed, bases before what is derived from them."""

    price_lists: list[PutPriceList] = Field(min_length=1, max_length=MOST_LISTS)


class PriceListAnswer(ApiAnswer):
    """A price list."""

    code: str
    name: str
    currency: str
    priority: int
    valid_from: IsoDate | None
    valid_to: IsoDate | None
    base_code: str | None
    adjustment_percent: AdjustmentOut | None
    adjustment_amount: AdjustmentOut | None
    decimals: int | None
    active: bool


class PriceListsAnswer(ApiAnswer):
    """The lists as they are now, in the order sent."""

    price_lists: list[PriceListAnswer]


class PriceListsQuery(ApiQuery):
    """Which lists, and which page of them."""

    q: Text = Field("", max_length=100, description="Part of a list's code or name.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class Audience(ApiBody):
    """Whom a list is for: everyone, price groups by code, buyers by organisation code."""

    everyone: bool = False
    groups: list[Code] = Field(default_factory=list, max_length=1000)
    accounts: list[Code] = Field(default_factory=list, max_length=10_000)


class AudienceAnswer(ApiAnswer):
    """Whom a list is for, and how many active buyers that makes, lists derived from it included."""

    everyone: bool
    groups: list[str]
    accounts: list[str]
    buyers: int


class Policy(ApiBody):
    """Which of several applicable lists decides: the first in order, or the lowest price."""

    price_strategy: PriceStrategy = Field(strict=False)


class PolicyAnswer(ApiAnswer):
    """Which of several applicable lists decides."""

    price_strategy: PriceStrategy


class ArticlePricesQuery(ApiQuery):
    """An article, a day, which page."""

    article: Code
    on: IsoDate | None = None
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class TierAnswer(ApiAnswer):
    """From which quantity, in base units, which net price per base unit holds."""

    min_quantity: Quantity
    unit_price: Price


class ArticlePrice(ApiAnswer):
    """What one list says of the article on the day."""

    price_list: str
    name: str
    in_force: bool
    buyers: int
    tiers: list[TierAnswer]


@operation(
    "GET",
    "/selling/price-lists",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=PriceListsQuery,
    response=Page[PriceListAnswer],
    errors=[InvalidCursor],
    summary="List the price lists",
    tags=["prices"],
)
def list_price_lists(principal: Principal, query: PriceListsQuery) -> Page[PriceListAnswer]:
    """By code, inactive ones included."""
    after = read_text_cursor(query.cursor)
    rows = queries.list_price_lists(principal, words=query.q.strip(), after=after, limit=query.limit + 1)
    return page_of(rows, query.limit, PriceListAnswer.model_validate, lambda row: (row.code,))


@operation(
    "PUT",
    "/selling/price-lists",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=PutPriceLists,
    query=WriteQuery,
    response=PriceListsAnswer,
    errors=[InvalidInput],
    summary="Create or change price lists",
    tags=["prices"],
)
def put_price_lists(principal: Principal, body: PutPriceLists, query: WriteQuery) -> PriceListsAnswer:
    """By code, each as a whole: a field left out gets its usual value. All or nothing; `errors` names list and field."""
    saved = []
    for at, wanted in enumerate(body.price_lists):
        try:
            saved.append(service.save_price_list(principal, _command(wanted)))
        except InvalidInput as refusal:
            raise _in_list(refusal, at, wanted.code) from refusal
    if query.dry_run:
        rollback_at_edge()
    return PriceListsAnswer(price_lists=[PriceListAnswer.model_validate(row) for row in saved])


@operation(
    "GET",
    "/selling/price-lists/{code}",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    response=PriceListAnswer,
    errors=[NotFound],
    summary="Read a price list",
    tags=["prices"],
)
def read_price_list(principal: Principal, code: Code) -> PriceListAnswer:
    """What it is; its prices and whom it is for are read below it."""
    return PriceListAnswer.model_validate(queries.get_price_list(principal, code))


@operation(
    "GET",
    "/selling/price-lists/{code}/assignments",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    response=AudienceAnswer,
    errors=[NotFound],
    summary="See whom a price list is for",
    tags=["prices"],
)
def get_price_list_assignments(principal: Principal, code: Code) -> AudienceAnswer:
    """Codes in order."""
    price_list = queries.get_price_list(principal, code)
    return _audience(principal, price_list.id, queries.get_assignments(principal, price_list.id))


@operation(
    "PUT",
    "/selling/price-lists/{code}/assignments",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=Audience,
    query=WriteQuery,
    response=AudienceAnswer,
    errors=[InvalidInput, NotFound],
    summary="Say whom a price list is for",
    tags=["prices"],
)
def put_price_list_assignments(principal: Principal, code: Code, body: Audience, query: WriteQuery) -> AudienceAnswer:
    """Replaces what was; `buyers` says whom it concerns (in a dry run: would). A list assigned to nobody prices nothing by itself, but others may be derived from it."""
    wanted = queries.Assigned(body.everyone, body.groups, body.accounts)
    now = service.assign_price_list(principal, code, wanted)
    answer = _audience(principal, queries.get_price_list(principal, code).id, now)
    if query.dry_run:
        # How many buyers have it through lists derived from it is known only once it is done.
        rollback_at_edge()
    return answer


@operation(
    "GET",
    "/selling/pricing-policy",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    response=PolicyAnswer,
    summary="See which of several lists decides",
    tags=["prices"],
)
def get_pricing_policy(principal: Principal) -> PolicyAnswer:
    """`first` until another one is chosen."""
    return PolicyAnswer(price_strategy=queries.get_strategy(principal))


@operation(
    "PUT",
    "/selling/pricing-policy",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=Policy,
    response=PolicyAnswer,
    summary="Choose which of several lists decides",
    tags=["prices"],
)
def put_pricing_policy(principal: Principal, body: Policy) -> PolicyAnswer:
    """Holds for all buyers from their next request on."""
    service.choose_strategy(principal, body.price_strategy)
    return PolicyAnswer(price_strategy=body.price_strategy)


@operation(
    "GET",
    "/selling/article-prices",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=ArticlePricesQuery,
    response=Page[ArticlePrice],
    errors=[NotFound, InvalidCursor],
    summary="See who pays what for an article",
    tags=["prices"],
)
def list_prices_of_article(principal: Principal, query: ArticlePricesQuery) -> Page[ArticlePrice]:
    """List by list, by code: its own and derived prices on the day, by quantity. Lists without one have no tiers."""
    article = find_priced_article(principal, query.article)
    if article is None:
        raise NotFound
    after = read_text_cursor(query.cursor)
    rows = list_article_prices(principal, article.id, on=query.on, after=after, limit=query.limit + 1)
    return page_of(
        rows,
        query.limit,
        lambda row: ArticlePrice(
            price_list=row.price_list.code,
            name=row.price_list.name,
            in_force=row.in_force,
            buyers=row.buyers,
            tiers=[TierAnswer.model_validate(tier) for tier in row.tiers],
        ),
        lambda row: (row.price_list.code,),
    )


def _command(wanted: PutPriceList) -> service.SavePriceList:
    given = {name: getattr(wanted, name) for name in type(wanted).model_fields}
    for name in ("adjustment_percent", "adjustment_amount"):
        given[name] = None if given[name] is None else Decimal(given[name])
    return service.SavePriceList(**given)


def _in_list(refusal: InvalidInput, at: int, code: str) -> InvalidInput:
    errors = [
        {**error, "pointer": f"#/price_lists/{at}/{error['field']}", "row": at + 1, "price_list": code}
        for error in refusal.details["errors"]
    ]
    return InvalidInput(refusal.message, errors=errors)


def _audience(principal: Principal, price_list_id: int, assigned: queries.Assigned) -> AudienceAnswer:
    buyers = queries.count_buyers(principal, price_list_id)
    return AudienceAnswer(**assigned._asdict(), buyers=buyers)

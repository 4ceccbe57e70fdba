"""Changing many prices by one rule, copying and comparing price lists, over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import Field

from portal.pricing.api.draft_forms import DraftAnswer, DraftName, Fraction, VersionRow
from portal.pricing.api.drafts import draft_answer
from portal.pricing.api.price_lists import Adjustment, Decimals, ListName
from portal.pricing.queries import comparison as queries
from portal.pricing.queries.price_lists import get_price_list
from portal.pricing.service import mass_change as service
from portal.pricing.service.publishing import NothingToPublish
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
    operation,
    page_of,
    read_text_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_ONE = Decimal(1)


class Rule(ApiBody):
    """Times (1 + `percent` / 100), plus `amount`, rounded to `decimals`, or to the nearest price with an `ending` such as "0.99"."""

    percent: Adjustment = "0"
    amount: Adjustment = "0"
    decimals: Decimals = 2
    ending: Price | None = None


class MassChange(Rule):
    """Which prices: all of the list, or those of some articles; from a day on, or as they hold now."""

    name: DraftName = ""
    starts_on: IsoDate | None = None
    q: Text = Field("", max_length=100)
    brand: Text = Field("", max_length=200)
    category: Text = Field("", max_length=500)


class Copy(Rule):
    """The new list, and a rule for its prices."""

    code: NewCode
    name: ListName = ""


class SummaryQuery(ApiQuery):
    """Two lists by code, a quantity in base units, a day (today where empty)."""

    left: Code
    right: Code
    quantity: Quantity = _ONE
    on: IsoDate | None = None


class ComparisonQuery(SummaryQuery):
    """Which articles, and which page of them."""

    show: queries.Difference = queries.Difference.DIFFER
    q: Text = Field("", max_length=100, description="Part of an article's number or name.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class ComparedAnswer(ApiAnswer):
    """An article in both lists; null = no price."""

    article: str
    left_price: Price | None
    right_price: Price | None


class ComparisonAnswer(ApiAnswer):
    """Two lists in numbers; `mean_change` is a fraction of the left price."""

    both: int
    same: int
    higher: int
    lower: int
    only_left: int
    only_right: int
    mean_change: Fraction | None


@operation(
    "POST",
    "/selling/price-lists/{code}/mass-changes",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=MassChange,
    response=DraftAnswer,
    status=201,
    errors=[InvalidInput, NotFound],
    summary="Change many prices by one rule",
    tags=["prices"],
)
def change_many_prices(principal: Principal, code: Code, body: MassChange) -> DraftAnswer:
    """Makes a draft; nothing is priced by it before it is published."""
    command = service.AdjustPrices(
        _rule(body),
        name=body.name,
        starts_on=body.starts_on,
        words=body.q.strip(),
        brand=body.brand.strip(),
        category=body.category.strip(),
    )
    return draft_answer(principal, code, service.adjust_prices(principal, code, command))


@operation(
    "POST",
    "/selling/price-lists/{code}/copies",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=Copy,
    response=VersionRow,
    status=201,
    errors=[InvalidInput, NotFound, NothingToPublish],
    summary="Copy a price list",
    tags=["prices"],
)
def copy_price_list(principal: Principal, code: Code, body: Copy) -> VersionRow:
    """The copy is for nobody yet. Prices that have ended stay behind."""
    return VersionRow.model_validate(service.copy_price_list(principal, code, body.code, body.name, _rule(body)))


@operation(
    "GET",
    "/selling/price-comparisons",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=ComparisonQuery,
    response=Page[ComparedAnswer],
    errors=[InvalidCursor, NotFound],
    summary="Compare two price lists",
    tags=["prices"],
)
def compare_price_lists(principal: Principal, query: ComparisonQuery) -> Page[ComparedAnswer]:
    """By article number: what each list, derived prices included, says for the quantity on the day."""
    after = read_text_cursor(query.cursor)
    rows = queries.list_compared(
        principal,
        _comparison(principal, query),
        show=query.show,
        words=query.q.strip(),
        after=after,
        limit=query.limit + 1,
    )
    return page_of(rows, query.limit, ComparedAnswer.model_validate, lambda row: (row.article,))


@operation(
    "GET",
    "/selling/price-comparison-summary",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=SummaryQuery,
    response=ComparisonAnswer,
    errors=[NotFound],
    summary="Compare two price lists in numbers",
    tags=["prices"],
)
def summarise_price_comparison(principal: Principal, query: SummaryQuery) -> ComparisonAnswer:
    """How many articles are dearer, cheaper, the same, or in one list alone."""
    summary = queries.summarise_comparison(principal, _comparison(principal, query))
    return ComparisonAnswer.model_validate(summary)


def _comparison(principal: Principal, query: SummaryQuery) -> queries.Comparison:
    left, right = (get_price_list(principal, code) for code in (query.left, query.right))
    return queries.Comparison(left.id, right.id, query.quantity, query.on)


def _rule(body: Rule) -> service.Adjustment:
    given: dict[str, Any] = {"percent": Decimal(body.percent), "amount": Decimal(body.amount)}
    return service.Adjustment(**given, decimals=body.decimals, ending=body.ending)

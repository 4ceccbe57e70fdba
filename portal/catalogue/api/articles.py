"""The seller's articles over HTTP: how it lists products under its own numbers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from portal.catalogue.models import BackorderRule
from portal.catalogue.queries.articles import ArticleFilter, OwnArticle, find_article, list_articles
from portal.catalogue.service.articles import ArticleDetails, ArticleHasOrders, save_article
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    Limit,
    Page,
    Quantity,
    Text,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.models import Status
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["catalogue"]
OptionalCode = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ArticlesQuery(ApiQuery):
    """Which articles, and which page of them."""

    q: Text = Field("", max_length=200, description="Part of a number, SKU, name or brand, or a whole GTIN.")
    status: Status | None = None
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class ArticleBody(ApiBody):
    """How a product is listed; `owner` is the code of the organisation whose product it is, empty = the nearest."""

    sku: Code
    owner: OptionalCode = ""
    min_quantity: Quantity = Field("1", validate_default=True)
    order_multiple: Quantity = Field("1", validate_default=True)
    backorder: BackorderRule = Field(BackorderRule.DENY, strict=False)
    status: Status = Field(Status.ACTIVE, strict=False)


class ArticleAnswer(ApiAnswer):
    """An article as its seller lists it, with what its product is called by its owner."""

    article: str
    sku: str
    owner: str
    name_en: str
    name_de: str
    gtin: str
    brand: str
    category: str
    base_unit: str
    min_quantity: Quantity
    order_multiple: Quantity
    backorder: BackorderRule
    status: Status


@operation(
    "GET",
    "/selling/articles",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.SELLING_READ,
    query=ArticlesQuery,
    response=Page[ArticleAnswer],
    errors=[InvalidCursor],
    summary="List own articles",
    tags=_TAGS,
)
def list_selling_articles(principal: Principal, query: ArticlesQuery) -> Page[ArticleAnswer]:
    """By article number, inactive ones included."""
    wanted = ArticleFilter(words=query.q.strip(), status=query.status.value if query.status else "")
    key = read_cursor(query.cursor, 2)
    after = None if key is None else (str(key[0]), int(key[1]))
    rows = list_articles(principal, wanted, after=after, limit=query.limit)
    return page_of(rows, query.limit, _article_answer, lambda row: (row.number_key, row.id))


@operation(
    "GET",
    "/selling/articles/{article}",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.SELLING_READ,
    response=ArticleAnswer,
    summary="Read an article",
    tags=_TAGS,
)
def get_selling_article(principal: Principal, article: Code) -> ArticleAnswer:
    """How the seller lists a product under this number."""
    return _article(principal, article)


@operation(
    "PUT",
    "/selling/articles/{article}",
    permission=Permission.CATALOGUE_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=ArticleBody,
    response=ArticleAnswer,
    errors=[InvalidInput, ArticleHasOrders],
    summary="List a product or change how it is listed",
    tags=_TAGS,
)
def put_selling_article(principal: Principal, article: Code, body: ArticleBody) -> ArticleAnswer:
    """Makes the article where there is none. Once ordered it stays the product it was ordered as."""
    details = ArticleDetails(
        article=article,
        sku=body.sku,
        owner_code=body.owner,
        min_quantity=body.min_quantity,
        order_multiple=body.order_multiple,
        backorder=body.backorder,
        status=body.status,
    )
    save_article(principal, details)
    return _article(principal, article.strip())


def _article(principal: Principal, number: str) -> ArticleAnswer:
    found = find_article(principal, number)
    if found is None:
        raise NotFound
    return _article_answer(found)


def _article_answer(found: OwnArticle) -> ArticleAnswer:
    return ArticleAnswer(
        article=found.article_number,
        sku=found.sku,
        owner=found.owner_code,
        name_en=found.name_en,
        name_de=found.name_de,
        gtin=found.gtin,
        brand=found.brand,
        category=found.category,
        base_unit=found.base_unit,
        min_quantity=found.min_quantity,
        order_multiple=found.order_multiple,
        backorder=BackorderRule(found.backorder),
        status=Status(found.status),
    )

"""The catalogue over HTTP, as its buyer sees it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from flask import Flask
from pydantic import Field, StringConstraints

from portal.catalogue.queries.search import KEY_PARTS, MOST_WORDS, ArticleSearch, Sort, cursor_key
from portal.catalogue.rules import clean_category
from portal.catalogue.units import product_name
from portal.storefront.queries import StorefrontRow, find_articles
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiQuery,
    Cursor,
    InvalidCursor,
    Limit,
    Page,
    Price,
    StockQuantity,
    operation,
    read_cursor,
)
from portal.web.api.paging import write_cursor
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

Words = Annotated[str, StringConstraints(max_length=MOST_WORDS)]
Path = Annotated[str, StringConstraints(max_length=500)]


class ArticlesQuery(ApiQuery):
    """What to look for."""

    q: Words = Field("", description="Words, the beginning of words, an article number, a SKU or a GTIN.")
    category: Path = Field("", description="A category path such as `Spirits > Whisky`, with all below it.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class BuyingArticle(ApiAnswer):
    """An article with the buyer's own price for the smallest quantity; null = price on request.

    `available_quantity` is null where the seller keeps no stock record; `available_on` is when more arrives.
    """

    article: str
    gtin: str | None
    name: str
    unit_price: Price | None
    currency: str
    available_quantity: StockQuantity | None
    available_on: date | None


@operation(
    "GET",
    "/buying/articles",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.BUYING_READ,
    query=ArticlesQuery,
    response=Page[BuyingArticle],
    errors=[InvalidCursor],
    summary="Find articles",
    tags=["catalogue"],
)
def find_buying_articles(principal: Principal, query: ArticlesQuery) -> Page[BuyingArticle]:
    """Articles of the own seller with own prices: the best first where words are given, otherwise by article number."""
    wanted = ArticleSearch(
        words=query.q,
        category=clean_category(query.category),
        sort=Sort.RELEVANCE if query.q.strip() else Sort.ARTICLE,
    )
    after = cursor_key(read_cursor(query.cursor, KEY_PARTS))
    page = find_articles(principal, wanted, after=after, limit=query.limit)
    return Page(
        items=[_item(row, page.currency) for row in page.rows],
        next_cursor=write_cursor(page.next_key) if page.next_key else None,
    )


def _item(row: StorefrontRow, currency: str) -> BuyingArticle:
    return BuyingArticle(
        article=row.article_number,
        gtin=row.gtin or None,
        name=product_name(row.name_en, row.name_de),
        unit_price=row.price.unit_price,
        currency=currency,
        available_quantity=row.available_quantity,
        available_on=row.incoming_on,
    )


def register(_app: Flask) -> None:
    """Nothing beyond the operation, which importing this module has declared."""

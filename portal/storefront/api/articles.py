"""The catalogue over HTTP, as its buyer sees it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from portal.catalogue.models import BackorderRule
from portal.catalogue.queries.search import KEY_PARTS, MOST_WORDS, ArticleSearch, Sort, cursor_key
from portal.catalogue.rules import clean_category
from portal.catalogue.units import product_name
from portal.promotions.rules.promotion import Benefit
from portal.storefront.queries import (
    StorefrontRow,
    find_articles,
    get_product,
)
from portal.web.api import (
    USUAL_ITEMS,
    Amount,
    ApiAnswer,
    ApiQuery,
    Code,
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
Brand = Annotated[str, StringConstraints(max_length=200)]


class ArticlesQuery(ApiQuery):
    """What to look for."""

    q: Words = Field("", description="Words, the beginning of words, an article number, a SKU or a GTIN.")
    category: Path = Field("", description="A category path such as `Spirits > Whisky`, with all below it.")
    brand: Brand = Field("", description="A brand, as a whole.")
    available: bool = Field(default=False, description="Only what is in stock.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class PriceTierAnswer(ApiAnswer):
    """From which quantity, in base units, which net price per base unit holds."""

    min_quantity: StockQuantity
    unit_price: Price


class OfferedPromotion(ApiAnswer):
    """What one of the buyer's promotions gives on an article; amounts in the article's currency, quantities in base units.

    `value` is a percentage, an amount off or the price of one base unit, or an amount off the order.
    `free_article` null = of the same article. A price check says what an order gets.
    """

    code: str
    name: str
    benefit: Benefit
    value: Price
    min_quantity: StockQuantity
    threshold_amount: Amount
    buy_quantity: StockQuantity | None
    free_quantity: StockQuantity | None
    free_article: str | None


class BuyingArticle(ApiAnswer):
    """An article with the buyer's own price for the smallest quantity; null = price on request.

    `next_tier` is the price of a larger quantity, null where there is none. `promotions` are those about the article;
    in a list those without that give something on the whole order, and never those against a coupon.
    `available_quantity` is null where the seller keeps no stock record; `available_on` is when more arrives.
    """

    article: str
    gtin: str | None
    name: str
    unit_price: Price | None
    currency: str
    available_quantity: StockQuantity | None
    available_on: date | None
    next_tier: PriceTierAnswer | None
    promotions: list[OfferedPromotion]


class PackedAnswer(ApiAnswer):
    """A packaging level: how many base units are in one."""

    unit: str
    contains: StockQuantity
    gtin: str


class BuyingArticleDetails(BuyingArticle):
    """An article with everything that its buyer may know of it; `pictures` are named by SHA-256."""

    description: str
    brand: str
    category: str
    attributes: dict[str, Any]
    base_unit: str
    min_quantity: StockQuantity
    order_multiple: StockQuantity
    backorder: BackorderRule
    packagings: list[PackedAnswer]
    tiers: list[PriceTierAnswer]
    explanation: dict[str, Any]
    pictures: list[str]


class CountsQuery(ApiQuery):
    """What to count."""

    q: Words = Field("", description="As in the list of articles.")
    category: Path = Field("", description="A category path, with all below it.")
    brand: Brand = Field("", description="A brand, as a whole.")
    available: bool = Field(default=False, description="Only what is in stock.")


class CategoryCountAnswer(ApiAnswer):
    """A category and how many articles are in it and below it."""

    category: str
    name: str
    articles: int


class BrandCountAnswer(ApiAnswer):
    """A brand and how many articles it has."""

    brand: str
    articles: int


class ArticleCountsAnswer(ApiAnswer):
    """How many articles there are, in all, by category and by brand."""

    articles: int
    categories: list[CategoryCountAnswer]
    brands: list[BrandCountAnswer]


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
        brand=query.brand,
        only_available=query.available,
        sort=Sort.RELEVANCE if query.q.strip() else Sort.ARTICLE,
    )
    after = cursor_key(read_cursor(query.cursor, KEY_PARTS))
    page = find_articles(principal, wanted, after=after, limit=query.limit)
    return Page(
        items=[_item(row, page.currency) for row in page.rows],
        next_cursor=write_cursor(page.next_key) if page.next_key else None,
    )


@operation(
    "GET",
    "/buying/articles/{article}",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.BUYING_READ,
    response=BuyingArticleDetails,
    summary="Read an article",
    tags=["catalogue"],
)
def read_buying_article(principal: Principal, article: Code) -> BuyingArticleDetails:
    """With its description, how it is packed, the own prices by quantity, and why they are what they are."""
    page = get_product(principal, article)
    row = page.row
    return BuyingArticleDetails(
        **_item(row, page.currency).model_dump(),
        description=product_name(page.description_en, page.description_de),
        brand=row.brand,
        category=row.category,
        attributes=page.attributes,
        base_unit=row.base_unit,
        min_quantity=row.min_quantity,
        order_multiple=row.order_multiple,
        backorder=BackorderRule.ALLOW if row.backorder else BackorderRule.DENY,
        packagings=[PackedAnswer.model_validate(level) for level in row.packagings],
        tiers=[PriceTierAnswer.model_validate(tier) for tier in page.tiers],
        explanation=page.explanation,
        pictures=page.pictures,
    )


@operation(
    "GET",
    "/buying/article-counts",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.BUYING_READ,
    query=CountsQuery,
    response=ArticleCountsAnswer,
    summary="Count articles by category and brand",
    tags=["catalogue"],
)
def count_buying_articles(principal: Principal, query: CountsQuery) -> ArticleCountsAnswer:
    """What the same words and filters of `/buying/articles` would find: what can be chosen next, and how much it is.

    Categories are those one level below the one asked for, and count under the brand; brands count under the category.
    """
    wanted = ArticleSearch(
        words=query.q, category=clean_category(query.category), brand=query.brand, only_available=query.available
    )
    facets = find_articles(principal, wanted, limit=1).facets
    return ArticleCountsAnswer(
        articles=facets.total,
        categories=[
            CategoryCountAnswer(
                category=each.path, name=product_name(each.name_en, each.name_de), articles=each.articles
            )
            for each in facets.categories
        ],
        brands=[BrandCountAnswer.model_validate(each) for each in facets.brands],
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
        next_tier=PriceTierAnswer.model_validate(row.next_tier) if row.next_tier else None,
        promotions=[OfferedPromotion.model_validate(each) for each in row.promotions],
    )

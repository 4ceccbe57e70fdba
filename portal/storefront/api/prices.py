"""What a buyer pays: everything on offer with its prices, and the catalogue as a buyer would see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from portal.accounts.api.fields import PageQuery
from portal.catalogue.units import product_name
from portal.pricing.api.draft_forms import Number
from portal.pricing.queries import get_buyer_id
from portal.pricing.queries.drafted import Drafted
from portal.pricing.queries.price_lists import get_price_list
from portal.pricing.queries.revisions import get_draft
from portal.pricing.rules.explanation import SellerExplanations
from portal.storefront.api.articles import Words
from portal.storefront.queries import (
    PricedArticle,
    list_prices,
    preview_articles,
)
from portal.web.api import (
    USUAL_ITEMS,
    Amount,
    ApiAnswer,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    IsoDate,
    Limit,
    Page,
    Price,
    Quantity,
    StockQuantity,
    operation,
    read_text_cursor,
)
from portal.web.api.paging import write_cursor
from tenants.database import forbid_writes
from tenants.errors import NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal


class PreviewQuery(ApiQuery):
    """As which buyer, on which day (today where empty), perhaps with a draft of a price list as if it were published."""

    account: Code
    on: IsoDate | None = None
    price_list: Code | None = None
    draft: Number | None = None
    q: Words = Field("", description="Part of an article's number, name or brand.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class AccountPricesQuery(PageQuery):
    """Whose prices, and on which day: today where empty."""

    account: Code
    on: IsoDate | None = None


class PreviewedTier(ApiAnswer):
    """From which quantity, in base units, which net price holds."""

    min_quantity: Quantity
    unit_price: Price


class PreviewedArticleAnswer(ApiAnswer):
    """An article as the buyer would see it; `unit_price_now` is without the draft. Null = price on request."""

    article: str
    quantity: Quantity
    unit_price: Price | None
    unit_price_now: Price | None
    tiers: list[PreviewedTier]
    promotions: list[str]
    explanation: dict[str, Any]


class FilePriceAnswer(ApiAnswer):
    """What an article costs from a quantity on; `unit_price` is before promotions.

    `line_amount` is that of a line of exactly this quantity after the promotions named, as if nothing else were ordered.
    Those against a coupon are left out, and those of the whole order.
    """

    quantity: StockQuantity
    unit_price: Price
    line_amount: Amount
    promotions: list[str]


class PricedArticleAnswer(ApiAnswer):
    """An article on offer and all its prices by ascending quantity, in base units; none = price on request."""

    article: str
    gtin: str | None
    name: str
    brand: str
    base_unit: str
    min_quantity: StockQuantity
    order_multiple: StockQuantity
    currency: str
    prices: list[FilePriceAnswer]


@operation(
    "GET",
    "/selling/preview",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=PreviewQuery,
    response=Page[PreviewedArticleAnswer],
    errors=[InvalidCursor, NotFound],
    summary="See the catalogue as a buyer would",
    tags=["prices"],
)
def preview_catalogue(principal: Principal, query: PreviewQuery) -> Page[PreviewedArticleAnswer]:
    """Read-only, each price with everything that decided and lost. With a draft and no words its articles alone."""
    forbid_writes()
    buyer_id = get_buyer_id(principal, query.account)
    drafted = None
    if query.price_list is not None and query.draft is not None:
        price_list = get_price_list(principal, query.price_list)
        drafted = Drafted(price_list.id, get_draft(principal, price_list.id, query.draft).id)
    page = preview_articles(
        principal,
        buyer_id,
        on=query.on,
        drafted=drafted,
        words=query.q.strip(),
        after=read_text_cursor(query.cursor) or "",
        limit=query.limit,
    )
    explanations = SellerExplanations(page.book)
    items = [
        PreviewedArticleAnswer(
            article=row.article_number,
            quantity=row.quantity,
            unit_price=row.price.unit_price,
            unit_price_now=row.before.unit_price,
            tiers=[PreviewedTier.model_validate(tier) for tier in row.tiers],
            promotions=[each.code for each in row.promotions],
            explanation=explanations.of(row.price),
        )
        for row in page.rows
    ]
    return Page(items=items, next_cursor=write_cursor((page.rows[-1].article_number,)) if page.more else None)


@operation(
    "GET",
    "/buying/prices",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.BUYING_READ,
    query=PageQuery,
    response=Page[PricedArticleAnswer],
    errors=[InvalidCursor],
    summary="Read the own prices",
    tags=["prices"],
)
def read_buying_prices(principal: Principal, query: PageQuery) -> Page[PricedArticleAnswer]:
    """Everything on offer with the own prices of today, by article number."""
    found = list_prices(principal, after=read_text_cursor(query.cursor) or "", limit=query.limit + 1)
    return _price_page(found, query.limit, principal.currency)


@operation(
    "GET",
    "/selling/prices",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=AccountPricesQuery,
    response=Page[PricedArticleAnswer],
    errors=[InvalidCursor, NotFound],
    summary="Read the prices of a buyer",
    tags=["prices"],
)
def read_account_prices(principal: Principal, query: AccountPricesQuery) -> Page[PricedArticleAnswer]:
    """Everything on offer with the prices of one of the own buyers on a day, by article number."""
    buyer_id = get_buyer_id(principal, query.account)
    found = list_prices(
        principal, buyer_id=buyer_id, on=query.on, after=read_text_cursor(query.cursor) or "", limit=query.limit + 1
    )
    return _price_page(found, query.limit, principal.currency)


def _price_page(found: Sequence[PricedArticle], limit: int, currency: str) -> Page[PricedArticleAnswer]:
    items = [
        PricedArticleAnswer(
            article=each.article_number,
            gtin=each.gtin or None,
            name=product_name(each.name_en, each.name_de),
            brand=each.brand,
            base_unit=each.base_unit,
            min_quantity=each.min_quantity,
            order_multiple=each.order_multiple,
            currency=currency,
            prices=[FilePriceAnswer.model_validate(price) for price in each.prices],
        )
        for each in found[:limit]
    ]
    return Page(items=items, next_cursor=write_cursor((items[-1].article,)) if len(found) > limit else None)

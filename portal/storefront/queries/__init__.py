"""Reading what a buyer is offered; what other modules need stands here by its name."""

from __future__ import annotations

from portal.storefront.queries.articles import (
    ProductPage,
    StorefrontRow,
    find_articles,
    get_product,
    preview_articles,
)
from portal.storefront.queries.price_file import FilePrice, PricedArticle, list_prices, read_prices

__all__ = [
    "FilePrice",
    "PricedArticle",
    "ProductPage",
    "StorefrontRow",
    "find_articles",
    "get_product",
    "list_prices",
    "preview_articles",
    "read_prices",
]

"""Reading prices; what other features need stands here by its name."""

from __future__ import annotations

from portal.pricing.queries.offers import Offer, Offers, Quote, find_offers
from portal.pricing.queries.quotes import (
    find_article_ids,
    find_buyer_id,
    get_buyer_id,
    price_articles,
    quote_articles,
    read_book,
)

__all__ = [
    "Offer",
    "Offers",
    "Quote",
    "find_article_ids",
    "find_buyer_id",
    "find_offers",
    "get_buyer_id",
    "price_articles",
    "quote_articles",
    "read_book",
]

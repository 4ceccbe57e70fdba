"""Reading prices; what other features need stands here by its name."""

from __future__ import annotations

from portal.pricing.queries.quotes import Quote, find_article_ids, find_buyer_id, price_articles, quote_articles

__all__ = ["Quote", "find_article_ids", "find_buyer_id", "price_articles", "quote_articles"]

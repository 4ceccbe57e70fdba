"""The price file: everything a buyer is offered with what it costs, as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from flask import Response

from portal.catalogue.units import reads_german
from portal.storefront.queries import PricedArticle
from portal.web.csv_file import Cell, harmless, ready_csv_answer

PRICE_FILES = ("60/hour", "price files")
"""How often one may ask: a file costs as much as a hundred pages."""

_HEAD = (
    "article",
    "gtin",
    "name",
    "brand",
    "base_unit",
    "min_quantity",
    "order_multiple",
    "from_quantity",
    "unit_price",
    "currency",
    "line_amount",
    "promotions",
)


def price_csv(articles: Iterable[PricedArticle], currency: str) -> Response:
    """Give a line for each quantity from which an article has another price, and one for each on request."""
    return ready_csv_answer("prices", _HEAD, _rows(articles, currency))


def _rows(articles: Iterable[PricedArticle], currency: str) -> Iterator[tuple[Cell, ...]]:
    german = reads_german()
    for each in articles:
        name = (each.name_de or each.name_en) if german else (each.name_en or each.name_de)
        article = (
            harmless(each.article_number),
            each.gtin,
            harmless(name),
            harmless(each.brand),
            each.base_unit,
            each.min_quantity,
            each.order_multiple,
        )
        for price in each.prices:
            amounts = (_short(price.quantity), price.unit_price, currency, price.line_amount)
            yield (*article, *amounts, harmless(" ".join(price.promotions)))
        if not each.prices:
            yield (*article, None, None, currency, None, None)


def _short(quantity: Decimal) -> str:
    """Leave out decimals that say nothing."""
    text = str(quantity)
    return text.rstrip("0").rstrip(".") if "." in text else text

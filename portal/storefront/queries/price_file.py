"""Everything a buyer is offered with what it costs: the price file, read a block of articles at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from portal.pricing.queries import read_book
from portal.pricing.queries.drafted import Drafted
from portal.pricing.rules.decision import PriceBook, least_quantity
from portal.promotions.queries.promoted import (
    NOTHING_OFFERED,
    AlonePrice,
    OfferedPromotions,
    list_offered,
    price_alone,
)
from portal.storefront.queries.articles import orderable_tiers
from tenants.database import read
from tenants.principal import Principal

_BLOCK = 5_000

_ARTICLES = """
    select a.id, a.article_number, p.gtin, p.name_en, p.name_de, p.brand, p.base_unit,
           trim_scale(a.min_quantity), trim_scale(a.order_multiple)
    from article a join product p on p.owner_id = a.owner_id and p.id = a.product_id
    where a.seller_id = %(seller)s and a.status = 'active' and p.status = 'active' and a.article_number > %(after)s
    order by a.article_number limit %(limit)s
"""


class FilePrice(NamedTuple):
    """What an article costs from a quantity on; the quantity in base units, prices net."""

    quantity: Decimal
    unit_price: Decimal
    """Before promotions."""
    line_amount: Decimal
    """Of a line of exactly this quantity, after the promotions that need no coupon and hold for the line alone."""
    promotions: tuple[str, ...]
    """Codes of those that give something on that line."""


class PricedArticle(NamedTuple):
    """An article on offer and its prices; quantities in base units."""

    id: int
    article_number: str
    gtin: str
    name_en: str
    name_de: str
    brand: str
    base_unit: str
    min_quantity: Decimal
    order_multiple: Decimal
    prices: Sequence[FilePrice]
    """By ascending quantity from the least that may be ordered; empty: on request."""


def list_prices(
    principal: Principal,
    *,
    buyer_id: int | None = None,
    on: date | None = None,
    drafted: Drafted | None = None,
    after: str = "",
    limit: int,
) -> list[PricedArticle]:
    """Give up to `limit` articles that the seller offers with the buyer's prices, by article number behind `after`.

    The principal is the buyer itself, today, or the seller, which names one of its buyers by `buyer_id`, perhaps a day and a
    draft of prices that counts as published. Three statements, whatever the number of articles; two without promotions.
    """
    found = read(_ARTICLES, {"seller": principal.trading_seller(), "after": after, "limit": limit})
    if not found:
        return []
    ids = [row[0] for row in found]
    book = read_book(principal, ids, buyer_id=buyer_id, on=on, drafted=drafted)
    offered = list_offered(principal, ids, buyer_id=buyer_id, on=book.on) if book.promoted else NOTHING_OFFERED
    alone = price_alone(principal, book, offered, buyer_id=buyer_id, on=on)
    return [PricedArticle._make((*row, _prices(book, offered, alone, row[0], row[7], row[8]))) for row in found]


def _prices(
    book: PriceBook,
    offered: OfferedPromotions,
    alone: AlonePrice,
    article_id: int,
    minimum: Decimal,
    multiple: Decimal,
) -> Sequence[FilePrice]:
    """Give a price for each orderable quantity at which unit price or promotions change; none where it is on request."""
    sole, promotions = book.sole_entry(article_id), offered.about(article_id)
    if sole is not None and not promotions:
        quantity = least_quantity(max(minimum, sole[2]), multiple)
        return (FilePrice(quantity, sole[5], *alone(article_id, quantity, sole[5])),)
    steps = dict(orderable_tiers(book.tiers(article_id), minimum, multiple))
    starts = {
        least_quantity(start, multiple)
        for each in promotions
        for start in (each.min_quantity, each.buy_quantity)
        if start is not None
    }
    prices: list[FilePrice] = []
    for quantity in sorted(steps.keys() | {start for start in starts if steps and start > min(steps)}):
        unit_price = steps[quantity] if quantity in steps else prices[-1].unit_price
        price = FilePrice(quantity, unit_price, *alone(article_id, quantity, unit_price))
        if quantity in steps or price.promotions != prices[-1].promotions:
            prices.append(price)
    return prices


def read_prices(
    principal: Principal,
    *,
    buyer_id: int | None = None,
    on: date | None = None,
    drafted: Drafted | None = None,
) -> Iterator[PricedArticle]:
    """Give all that `list_prices` would, block by block: what is held in memory does not grow with the catalogue."""
    after = ""
    while block := list_prices(principal, buyer_id=buyer_id, on=on, drafted=drafted, after=after, limit=_BLOCK):
        yield from block
        if len(block) < _BLOCK:
            return
        after = block[-1].article_number

"""What each seller of the demo lists: article numbers, order multiples, backorder rule, a few discontinued articles."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from portal.integration.demo.channel import SELLERS, SUB_DISTRIBUTOR, Seller
from portal.integration.demo.families import Product
from portal.integration.demo.products import MAKER

DISCONTINUED_SHARE = 0.012
BACKORDER_SHARE = 0.8


@dataclass(frozen=True)
class Article:
    """A seller's listing. `step` is both its minimum and its multiple, in base units."""

    seller: str
    number: str
    product: Product
    step: int
    backorder: str
    active: bool

    @property
    def case(self) -> int:
        """Base units in a case, the level at which the next tier begins."""
        return self.product.family.case


Assortment = dict[str, dict[str, Article]]


def make_assortment(products: list[Product], rng: Random) -> Assortment:
    """Give each seller's articles by SKU. A sub-distributor lists only what its own seller does."""
    ended = {product.sku for product in products if not product.on_request and rng.random() < DISCONTINUED_SHARE}
    assortment: Assortment = {}
    for seller in SELLERS:
        offered = [product for product in products if _can_list(seller, product, assortment)]
        assortment[seller.code] = _list_articles(seller, offered, ended, rng)
    return assortment


def _can_list(seller: Seller, product: Product, assortment: Assortment) -> bool:
    if product.owner == seller.code:
        return True
    return product.owner == MAKER and bool(seller.parent) and product.sku in assortment[seller.parent]


def _list_articles(seller: Seller, offered: list[Product], ended: set[str], rng: Random) -> dict[str, Article]:
    share = seller.carries if seller.code != SUB_DISTRIBUTOR else seller.carries / 0.84
    chosen = [
        product for product in offered if product.owner == seller.code or product.on_request or rng.random() < share
    ]
    articles = {}
    number = 1000
    for product in chosen:
        number += rng.randrange(1, 7)
        is_maker = seller.code == MAKER
        articles[product.sku] = Article(
            seller=seller.code,
            number=product.sku if is_maker else seller.article.format(number),
            product=product,
            step=product.family.case if is_maker else product.family.step,
            backorder="allow" if is_maker or rng.random() < BACKORDER_SHARE else "deny",
            active=product.sku not in ended,
        )
    return articles

"""A basket and promotions as plain values: what two implementations of the promotion rule are compared on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class PlainArticle:
    """What promotions ask of an article; `unit_price` is the buyer's at quantity 1 on the day, None = it has none."""

    number: str
    category: tuple[str, ...] = ()
    brand: str = ""
    unit_price: Decimal | None = None


@dataclass(frozen=True)
class PlainLine:
    """A line of the basket; `unit_price` is the one that holds for its quantity, None = price on request."""

    article: str
    quantity: Decimal
    unit_price: Decimal | None


@dataclass(frozen=True)
class PlainBasket:
    """Lines in order, never merged; `articles` knows those of the lines and those that promotions give free."""

    lines: tuple[PlainLine, ...]
    articles: dict[str, PlainArticle]
    coupons: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlainPromotion:
    """A promotion whose audience includes the buyer; columns as in promotions.csv, an empty `min_quantity` is 1 already.

    `scopes` are pairs (article | category | brand | all, code), a category as `Spirits > Whisky`, all with an empty code.
    `uses`, `uses_of_account` and `spent` are what orders placed so far have taken of the three caps.
    """

    code: str
    benefit: str
    scopes: tuple[tuple[str, str], ...]
    priority: int = 0
    combines: bool = True
    valid_from: date | None = None
    valid_to: date | None = None
    coupon: str | None = None
    value: Decimal | None = None
    min_quantity: Decimal = Decimal(1)
    threshold_amount: Decimal | None = None
    buy_quantity: Decimal | None = None
    free_quantity: Decimal | None = None
    free_article: str | None = None
    max_uses: int | None = None
    max_uses_per_account: int | None = None
    budget: Decimal | None = None
    uses: int = 0
    uses_of_account: int = 0
    spent: Decimal = Decimal(0)


@dataclass(frozen=True)
class PlainLineResult:
    """`line_amount` after line promotions, `net_amount` after order promotions too; all None, () where on request.

    `applied`: (code, amount) in the order applied: those that changed the amount, and free goods with amount 0.
    """

    line_amount: Decimal | None
    net_amount: Decimal | None
    applied: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class PlainFreeGoods:
    """What is given free: article, quantity, the position (from 0) of the line and the code of the promotion that cause it."""

    article: str
    quantity: Decimal
    line: int
    promotion: str


@dataclass(frozen=True)
class PlainResult:
    """The outcome for a basket; `free_goods` by line, then in the order applied; `total` is the sum of the net amounts.

    `order_promotions`: (code, amount) in the order applied, those above 0 only.
    """

    lines: tuple[PlainLineResult, ...]
    free_goods: tuple[PlainFreeGoods, ...]
    order_promotions: tuple[tuple[str, Decimal], ...]
    total: Decimal

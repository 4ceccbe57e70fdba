"""Complete Journey 2.0, a grocer's coupons, campaigns and receipts, as promotions and baskets of the portal.

A receipt says what the shop got for a line (`sales_value`), what it had taken off itself (`retail_disc`), what it added to a coupon
(`coupon_match_disc`), and what a manufacturer's coupon then paid of it (`coupon_disc`). So the undiscounted line is the first three
together, and the customer paid the first less the last. A coupon's own value stands nowhere: it is read from receipts where it was used.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

from portal.promotions.rules.promotion import Benefit, PromotedArticle, PromotedLine, Promotion, ScopeKind
from tests.skips import SHARED_DATA

FOLDER = SHARED_DATA / "promotions_cj"
CENT, PRICE = Decimal("0.01"), Decimal("0.0001")
_OWN_ORDER = ("retail_disc", "coupon_match_disc", "coupon_disc")


class CouponKey(NamedTuple):
    """A coupon of a campaign."""

    coupon: str
    campaign: str


@dataclass(slots=True)
class Coupon:
    """What is known of a coupon before receipts are read."""

    key: CouponKey
    starts_on: date
    ends_on: date
    products: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Basket:
    """A receipt as the engine gets it, and what the customer paid for each line."""

    on: date
    lines: list[PromotedLine]
    promotions: list[Promotion]
    coupons: frozenset[str]
    paid: list[Decimal]


class Sold(NamedTuple):
    """What a receipt says of a product: base units and amounts."""

    quantity: Decimal
    sales_value: Decimal
    retail_disc: Decimal
    coupon_disc: Decimal
    coupon_match_disc: Decimal

    @property
    def undiscounted(self) -> Decimal:
        """What the line would cost without any promotion."""
        return self.sales_value + self.retail_disc + self.coupon_match_disc


def rows(name: str) -> Iterator[dict[str, str]]:
    """Give the rows of a file."""
    path: Path = next(FOLDER.glob(f"{name}*.csv*"))
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


@cache
def coupons() -> dict[CouponKey, Coupon]:
    """Give each coupon of each campaign with its window and products."""
    windows = {row["campaign_id"]: (row["start_date"], row["end_date"]) for row in rows("campaign_descriptions")}
    found: dict[CouponKey, Coupon] = {}
    for row in rows("coupons"):
        key = CouponKey(row["coupon_upc"], row["campaign_id"])
        starts_on, ends_on = (date.fromisoformat(day) for day in windows[key.campaign])
        found.setdefault(key, Coupon(key, starts_on, ends_on)).products.add(row["product_id"])
    return found


@cache
def redeemed() -> dict[tuple[str, date], frozenset[CouponKey]]:
    """Give which coupons a household used on a day."""
    found: dict[tuple[str, date], set[CouponKey]] = defaultdict(set)
    for row in rows("coupon_redemptions"):
        day = date.fromisoformat(row["redemption_date"])
        found[row["household_id"], day].add(CouponKey(row["coupon_upc"], row["campaign_id"]))
    return {key: frozenset(used) for key, used in found.items()}


def receipts(unmapped: Counter[str]) -> Iterator[tuple[str, date, dict[str, Sold]]]:
    """Give (household, day, what was sold by product) of each receipt; lines that are none are counted and left out."""
    found: dict[str, tuple[str, date, dict[str, Sold]]] = {}
    for row in rows("transactions_sample"):
        sold = Sold(*(Decimal(row[name]) for name in Sold._fields))
        if sold.quantity <= 0:
            unmapped["quantity 0"] += 1
            continue
        day = date.fromisoformat(row["transaction_timestamp"][:10])
        _, _, lines = found.setdefault(row["basket_id"], (row["household_id"], day, {}))
        known = lines.get(row["product_id"])
        lines[row["product_id"]] = Sold(*map(sum, zip(known, sold, strict=True))) if known else sold  # type: ignore[arg-type]
    yield from found.values()


def baskets(unmapped: Counter[str]) -> Iterator[Basket]:
    """Give each receipt as a basket; a line that the portal cannot price to the cent is counted and left out."""
    by_product: dict[str, list[Promotion]] = defaultdict(list)
    for number, coupon in enumerate(coupons().values()):
        promotion = campaign_promotion(number, coupon, Decimal(0))
        for product in coupon.products:
            by_product[product].append(promotion)
    for household, day, sold in receipts(unmapped):
        kept = {
            product: line
            for product, line in sold.items()
            if not (reason := _why_not(line)) or unmapped.update([reason])
        }
        if kept:
            yield _basket(household, day, kept, by_product)


def campaign_promotion(number: int, coupon: Coupon, value: Decimal) -> Promotion:
    """Give a campaign's coupon as a promotion: its days, its products, its word."""
    return Promotion(
        id=number,
        code=f"C{coupon.key.campaign}-{coupon.key.coupon}",
        benefit=Benefit.AMOUNT,
        scopes=frozenset((ScopeKind.ARTICLE, product) for product in coupon.products),
        valid_from=coupon.starts_on,
        valid_to=coupon.ends_on + timedelta(days=1),
        coupon=coupon.key.coupon,
        value=value,
        priority=30,
    )


def _basket(household: str, day: date, sold: Mapping[str, Sold], by_product: Mapping[str, list[Promotion]]) -> Basket:
    used = {each.coupon for each in redeemed().get((household, day), ())}
    promotions: dict[str, Promotion] = {}
    typed: set[str] = set()
    for product, line in sold.items():
        known = [each for each in by_product.get(product, ()) if _runs(each, day)]
        promotions |= {each.code: each for each in known if each.coupon not in used}
        own = [each for each in known if each.coupon in used]
        for priority, name in enumerate(_OWN_ORDER, start=1):
            amount: Decimal = getattr(line, name)
            if amount > 0:
                word = own[0].coupon if own and name == "coupon_disc" else None
                typed |= {word} if word else set()
                code = f"{name}-{product}"
                promotions[code] = Promotion(
                    id=0,
                    code=code,
                    benefit=Benefit.AMOUNT,
                    scopes=frozenset({(ScopeKind.ARTICLE, product)}),
                    value=(amount / line.quantity).quantize(PRICE, ROUND_HALF_UP),
                    priority=priority,
                    coupon=word,
                )
    return Basket(
        day,
        [PromotedLine(PromotedArticle(product), line.quantity, _unit_price(line)) for product, line in sold.items()],
        list(promotions.values()),
        frozenset(typed),
        [max(Decimal(0), line.sales_value - line.coupon_disc) for line in sold.values()],
    )


def _runs(promotion: Promotion, day: date) -> bool:
    return bool(promotion.valid_from and promotion.valid_to and promotion.valid_from <= day < promotion.valid_to)


def _unit_price(line: Sold) -> Decimal:
    return (line.undiscounted / line.quantity).quantize(PRICE, ROUND_HALF_UP)


def _why_not(line: Sold) -> str:
    """Say why the portal cannot price a line as the receipt did; empty where it can."""
    amounts: Iterable[Decimal] = (line.undiscounted, *(getattr(line, name) for name in _OWN_ORDER))
    if any(_round(_round(each / line.quantity, PRICE) * line.quantity) != each for each in amounts):
        return "an amount that no price of four decimals a unit gives"
    if min(amounts) < 0:
        return "a discount below 0"
    return ""


def _round(amount: Decimal, unit: Decimal = CENT) -> Decimal:
    return amount.quantize(unit, ROUND_HALF_UP)

"""A promotion as the rule meets it, and which lines of a basket it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

PRICE_SCALE, QUANTITY_SCALE, MONEY_SCALE = 4, 3, 7
"""Decimals kept: of prices, percentages and thresholds; of quantities; of one times the other."""
_EXACT = Context(prec=60)
_SEPARATOR = " > "


class Benefit(StrEnum):
    """What a promotion gives."""

    PERCENT = "percent"
    AMOUNT = "amount"
    FIXED = "fixed"
    FREE_GOODS = "free_goods"
    MIX = "mix"
    ORDER_PERCENT = "order_percent"
    ORDER_AMOUNT = "order_amount"


class ScopeKind(StrEnum):
    """What a scope names."""

    ARTICLE = "article"
    CATEGORY = "category"
    BRAND = "brand"
    ALL = "all"


class PromotedArticle(NamedTuple):
    """What promotions ask of an article: its number, its category from the outermost down, its brand."""

    number: str
    category: tuple[str, ...] = ()
    brand: str = ""


class PromotedLine(NamedTuple):
    """A line: quantity in base units, above 0; net price per base unit, None = on request."""

    article: PromotedArticle
    quantity: Decimal
    unit_price: Decimal | None


@dataclass(frozen=True, eq=False)
class Promotion:
    """A promotion for one buyer, who is in its audience; None in a bound of the window = open.

    `value` is a percentage, an amount per base unit, or an amount off the order; quantities are in base units.
    `used_count`, `account_used_count` and `spent_amount` are what placed orders have taken of the three caps.
    """

    id: int
    code: str
    benefit: Benefit
    scopes: frozenset[tuple[ScopeKind, str]]
    name: str = ""
    priority: int = 100
    combines: bool = True
    valid_from: date | None = None
    valid_to: date | None = None
    coupon: str | None = None
    value: Decimal = Decimal(0)
    min_quantity: Decimal = Decimal(1)
    threshold_amount: Decimal = Decimal(0)
    buy_quantity: Decimal | None = None
    free_quantity: Decimal | None = None
    free_article: str | None = None
    max_uses: int | None = None
    max_uses_per_account: int | None = None
    budget: Decimal | None = None
    used_count: int = 0
    account_used_count: int = 0
    spent_amount: Decimal = Decimal(0)

    @property
    def rank(self) -> tuple[int, str]:
        """The order in which promotions are applied; codes compare by Unicode code point."""
        return self.priority, self.code

    @property
    def of_order(self) -> bool:
        """Tell whether it gives something on the order rather than on lines."""
        return self.benefit in {Benefit.ORDER_PERCENT, Benefit.ORDER_AMOUNT}

    @cached_property
    def exact_value(self) -> int:
        """`value` in units of 1/10000."""
        return scaled(self.value, PRICE_SCALE)

    @cached_property
    def exact_minimum(self) -> int:
        """`min_quantity` in units of 1/1000."""
        return scaled(self.min_quantity, QUANTITY_SCALE)

    @cached_property
    def exact_threshold(self) -> int:
        """`threshold_amount` in units of 1/10000."""
        return scaled(self.threshold_amount, PRICE_SCALE)

    def free_for(self, quantity: int) -> int:
        """Give what comes free for a line's quantity, both in units of 1/1000."""
        if not self.buy_quantity or not self.free_quantity:
            return 0
        return quantity // scaled(self.buy_quantity, QUANTITY_SCALE) * scaled(self.free_quantity, QUANTITY_SCALE)

    @property
    def is_used_up(self) -> bool:
        """Tell whether no use is left, of all or of the account's."""
        if self.max_uses is not None and self.used_count >= self.max_uses:
            return True
        return self.max_uses_per_account is not None and self.account_used_count >= self.max_uses_per_account

    @property
    def has_something_left(self) -> bool:
        """Tell whether a use is left, and money, however little: what gives nothing more is no reason to buy."""
        return not self.is_used_up and not self.is_overdrawn_by(1)

    def is_overdrawn_by(self, money: int) -> bool:
        """Tell whether one more use that gives `money` (units of 1/10,000,000) would overdraw the budget."""
        if self.budget is None:
            return False
        return scaled(self.spent_amount, MONEY_SCALE) + money > scaled(self.budget, MONEY_SCALE)


class ScopeIndex:
    """Finds the promotions that are about an article, in the order in which they are applied."""

    def __init__(self, promotions: Iterable[Promotion]) -> None:
        self._ranked = sorted(promotions, key=lambda promotion: promotion.rank)
        self._by_scope: dict[tuple[ScopeKind, str], list[int]] = {}
        self._known: dict[PromotedArticle, Sequence[Promotion]] = {}
        for position, promotion in enumerate(self._ranked):
            for kind, code in promotion.scopes:
                self._by_scope.setdefault((kind, "" if kind is ScopeKind.ALL else code), []).append(position)

    def about(self, article: PromotedArticle) -> Sequence[Promotion]:
        """Give the promotions whose scope contains the article."""
        found = self._known.get(article)
        if found is None:
            positions = {at for scope in _scopes_of(article) for at in self._by_scope.get(scope, ())}
            found = self._known[article] = [self._ranked[at] for at in sorted(positions)]
        return found


def _scopes_of(article: PromotedArticle) -> list[tuple[ScopeKind, str]]:
    above = [_SEPARATOR.join(article.category[:depth]) for depth in range(1, len(article.category) + 1)]
    scopes = [(ScopeKind.ALL, ""), (ScopeKind.ARTICLE, article.number)]
    if article.brand:
        scopes.append((ScopeKind.BRAND, article.brand))
    return scopes + [(ScopeKind.CATEGORY, path) for path in above]


def fold_coupon(coupon: str) -> str:
    """Give a coupon as it is compared: trimmed, without case."""
    return coupon.strip().casefold()


def in_play(promotion: Promotion, on: date, folded_coupons: frozenset[str]) -> bool:
    """Tell whether its window contains the day and its coupon, where it has one, was given."""
    if promotion.valid_from is not None and on < promotion.valid_from:
        return False
    if promotion.valid_to is not None and on >= promotion.valid_to:
        return False
    return not promotion.coupon or fold_coupon(promotion.coupon) in folded_coupons


def scaled(number: Decimal, places: int) -> int:
    """Give a number as a whole count of its last decimal place; it has at most that many places."""
    return int(number.scaleb(places, _EXACT))


def unscaled(number: int, places: int) -> Decimal:
    """Give a count of last decimal places as a number."""
    return Decimal(number).scaleb(-places, _EXACT)


def divide_rounded(number: int, divisor: int) -> int:
    """Divide numbers of 0 or more, rounded half away from zero to a whole."""
    return (2 * number + divisor) // (2 * divisor)

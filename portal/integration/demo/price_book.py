"""The price rule for the demo's own orders (PRICING.md without promotions), in whole cents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

Entries = dict[str, list["Entry"]]


@dataclass(frozen=True)
class Entry:
    """A price of one article in a list: cents a base unit from `min_quantity` on, inside the window."""

    min_quantity: int
    cents: int
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class PriceList:
    """A list of a seller; with `base` it is derived by tenths of a percent. `audience` is as in the channel folder."""

    seller: str
    code: str
    name: str
    audience: str
    audience_codes: tuple[str, ...]
    priority: int = 100
    valid_from: date | None = None
    valid_to: date | None = None
    base: PriceList | None = None
    tenths: int = 0
    entries: Entries = field(default_factory=dict)


@dataclass(frozen=True)
class Buying:
    """Who buys from whom: what the choice of lists depends on."""

    seller: str
    buyer: str
    group: str


class PriceBook:
    """All lists of all sellers, with each seller's strategy."""

    def __init__(self, lists: list[PriceList], strategies: dict[str, str]) -> None:
        self.lists = lists
        self.strategies = strategies

    def price(self, buying: Buying, article: str, quantity: int, on: date) -> int | None:
        """Give cents for a base unit, or None where the article is on price request."""
        found = (_price_in(candidate, article, quantity, on) for candidate in self._candidates(buying, on))
        prices = [price for price in found if price is not None]
        if not prices:
            return None
        return min(prices) if self.strategies[buying.seller] == "lowest" else prices[0]

    def _candidates(self, buying: Buying, on: date) -> list[PriceList]:
        ranked = [
            (level, candidate.priority, candidate.code, candidate)
            for candidate in self.lists
            if candidate.seller == buying.seller and _open(candidate.valid_from, candidate.valid_to, on)
            for level in [_level(candidate, buying)]
            if level is not None
        ]
        return [candidate for *_, candidate in sorted(ranked, key=lambda entry: entry[:3])]


def _level(candidate: PriceList, buying: Buying) -> int | None:
    if candidate.audience == "everyone":
        return 2
    if candidate.audience == "group":
        return 1 if buying.group in candidate.audience_codes else None
    return 0 if buying.buyer in candidate.audience_codes else None


def _open(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    return (valid_from is None or valid_from <= on) and (valid_to is None or on < valid_to)


def _price_in(candidate: PriceList, article: str, quantity: int, on: date) -> int | None:
    applicable = [
        entry
        for entry in candidate.entries.get(article, ())
        if entry.min_quantity <= quantity and _open(entry.valid_from, entry.valid_to, on)
    ]
    if applicable:
        return max(applicable, key=lambda entry: (entry.min_quantity, entry.valid_from or date.min)).cents
    base = candidate.base
    if base is None or not _open(base.valid_from, base.valid_to, on):
        return None
    price = _price_in(base, article, quantity, on)
    return None if price is None else share(price, 1000 + candidate.tenths)


def share(cents: int, per_thousand: int) -> int:
    """Give cents × per_thousand / 1000, rounded half up; cents are never negative here."""
    return (cents * per_thousand * 2 + 1000) // 2000

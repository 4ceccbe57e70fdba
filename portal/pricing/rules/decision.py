"""What an article costs a buyer: which list and entry decide, at which price, and what lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from portal.pricing.models import PriceStrategy
from portal.pricing.rules.price_lists import PriceList, adjust, in_force, line_amount, lists_to_fetch


class PriceEntry(NamedTuple):
    """One price: a tuple rather than a dataclass because a price check builds thousands, in the order of its columns.

    `net_price` is per base unit, `min_quantity` in base units; None in a bound of the window = open.
    """

    price_list_id: int
    article_id: int
    min_quantity: Decimal
    valid_from: date | None
    valid_to: date | None
    net_price: Decimal


class Line(NamedTuple):
    """What is to be priced: a seller's article and a quantity in base units, above 0."""

    article_id: int
    quantity: Decimal


class Tier(NamedTuple):
    """From which quantity, in base units, which price per base unit holds."""

    min_quantity: Decimal
    unit_price: Decimal


def least_quantity(minimum: Decimal, multiple: Decimal) -> Decimal:
    """Give the smallest multiple that is not below the minimum."""
    # Decimals are divided towards zero, below it as well.
    return (minimum // multiple + (minimum % multiple > 0)) * multiple


class Step(NamedTuple):
    """One derivation that a price went through: the derived list and the price it gave."""

    price_list: PriceList
    unit_price: Decimal


class Decision(NamedTuple):
    """The price one candidate list gives: by which entry, by which derivations (from the base outward)."""

    price_list: PriceList
    entry: PriceEntry
    unit_price: Decimal
    steps: tuple[Step, ...] = ()


class PricedLine(NamedTuple):
    """A line with its price; the three amounts are None where the price is on request.

    `unit_price` is before promotions, `line_amount` after those of the line, `net_amount` after those of the order.
    """

    article_id: int
    quantity: Decimal
    unit_price: Decimal | None = None
    line_amount: Decimal | None = None
    net_amount: Decimal | None = None
    decision: Decision | None = None

    @property
    def on_request(self) -> bool:
        """Tell whether no price applies: the line is shown, cannot be ordered, can be asked for in a quote."""
        return self.decision is None


class PriceBook:
    """The entries that one buyer meets on one day, ready to be asked for many articles and quantities."""

    def __init__(
        self,
        candidates: Sequence[PriceList],
        entries: Iterable[PriceEntry],
        strategy: PriceStrategy,
        on: date,
        *,
        promoted: bool = False,
    ) -> None:
        """Take candidates as `order_candidates` gives them, and the entries of `lists_to_fetch`.

        Entries of other lists, articles or days do no harm. Rows of the same shape serve as entries. `promoted` tells
        that the seller may have promotions on that day; without it nobody need ask for them.
        """
        self.promoted = promoted
        self.candidates = candidates
        self.strategy = PriceStrategy(strategy)
        self.on = on
        self.list_ids = lists_to_fetch(candidates)
        self._ids = frozenset(self.list_ids)
        self._is_derived = any(candidate.base is not None for candidate in candidates)
        self._given = entries if isinstance(entries, Sequence) else tuple(entries)
        # By article, then by list; positions and a window written out, as this runs for each of thousands of entries.
        self._valid: dict[int, dict[int, list[PriceEntry]]] = {}
        for entry in self._given:
            list_id, article_id, valid_from, valid_to = entry[0], entry[1], entry[3], entry[4]
            if (valid_from is None or valid_from <= on) and (valid_to is None or on < valid_to):
                of_article = self._valid.get(article_id)
                if of_article is None:
                    self._valid[article_id] = {list_id: [entry]}
                    continue
                valid = of_article.setdefault(list_id, [])
                valid.append(entry)
                if len(valid) > 1:
                    valid.sort(key=_tier_then_start, reverse=True)

    @cached_property
    def _entries(self) -> dict[int, dict[int, list[PriceEntry]]]:
        """What explanations alone ask for: entries of any window, by article and list."""
        entries: dict[int, dict[int, list[PriceEntry]]] = {}
        for entry in self._given:
            entries.setdefault(entry[1], {}).setdefault(entry[0], []).append(entry)
        return entries

    def known_entries(self, article_id: int) -> Mapping[int, Sequence[PriceEntry]]:
        """Give every known entry of an article by list, whatever its window; lists without one are left out."""
        return self._entries.get(article_id, _NONE)

    def all_entries(self, price_list_id: int, article_id: int) -> Sequence[PriceEntry]:
        """Give every known entry of an article in one list, whatever its window."""
        return self._entries.get(article_id, _NONE).get(price_list_id, ())

    def valid_entries(self, price_list_id: int, article_id: int) -> Sequence[PriceEntry]:
        """Give the article's entries whose window contains the day, best first: highest tier, then latest start."""
        return self._valid.get(article_id, _NONE).get(price_list_id, ())

    def applicable_entry(self, price_list_id: int, article_id: int, quantity: Decimal) -> PriceEntry | None:
        """Give the entry that counts inside one list (rule 3); None = none applies."""
        for entry in self._valid.get(article_id, _NONE).get(price_list_id, ()):
            if entry[2] <= quantity:
                return entry
        return None

    def decide_in(self, price_list: PriceList, article_id: int, quantity: Decimal) -> Decision | None:
        """Give the price of one list: its own applicable entry as it stands, or else its base list's, adjusted."""
        entry = self.applicable_entry(price_list.id, article_id, quantity)
        if entry is not None:
            return Decision(price_list, entry, entry[5])
        base = price_list.base
        if base is None or not in_force(base, self.on):
            return None
        below = self.decide_in(base, article_id, quantity)
        if below is None:
            return None
        price = adjust(below.unit_price, price_list)
        return Decision(price_list, below.entry, price, (*below.steps, Step(price_list, price)))

    def decide(self, article_id: int, quantity: Decimal) -> Decision | None:
        """Give the price that holds for the quantity by the seller's strategy; None = price on request."""
        best: Decision | None = None
        known = self._valid.get(article_id, _NONE)
        for candidate in self.candidates:
            if candidate.base is None and candidate.id not in known:
                continue
            decision = self.decide_in(candidate, article_id, quantity)
            if decision is None:
                continue
            if self.strategy is PriceStrategy.FIRST:
                return decision
            if best is None or decision.unit_price < best.unit_price:
                best = decision
        return best

    def sole_entry(self, article_id: int) -> PriceEntry | None:
        """Give the entry that alone prices the article, at every quantity from its own on; None where that is not plain."""
        known = self._valid.get(article_id, _NONE)
        if len(known) != 1 or self._is_derived:
            return None
        [(list_id, entries)] = known.items()
        return entries[0] if len(entries) == 1 and list_id in self._ids else None

    def tiers(self, article_id: int) -> list[Tier]:
        """Give the quantities at which the article's price changes, ascending, with the price from there on."""
        ladder: list[Tier] = []
        for quantity in self._thresholds(article_id):
            decision = self.decide(article_id, quantity)
            if decision and (not ladder or ladder[-1].unit_price != decision.unit_price):
                ladder.append(Tier(quantity, decision.unit_price))
        return ladder

    def next_tier(self, article_id: int, quantity: Decimal, multiple: Decimal) -> Tier | None:
        """Give the nearest larger multiple that has a lower price than the quantity has (any price, where it has none)."""
        thresholds = (threshold for threshold in self._thresholds(article_id) if threshold > quantity)
        larger = [least_quantity(threshold, multiple) for threshold in thresholds]
        current = self.decide(article_id, quantity) if larger else None
        for threshold in larger:
            decision = self.decide(article_id, threshold)
            if decision and (current is None or decision.unit_price < current.unit_price):
                return Tier(threshold, decision.unit_price)
        return None

    def _thresholds(self, article_id: int) -> list[Decimal]:
        known = self._valid.get(article_id, _NONE)
        return sorted({entry[2] for each, entries in known.items() if each in self._ids for entry in entries})


_NONE: Mapping[int, list[PriceEntry]] = {}


def _tier_then_start(entry: PriceEntry) -> tuple[Decimal, int]:
    return entry[2], entry[3].toordinal() if entry[3] else 0


def price_lines(lines: Iterable[Line], book: PriceBook, minor_unit: int) -> list[PricedLine]:
    """Price lines in the order given, each by itself, never merged; amounts are rounded to `minor_unit` decimals."""
    priced = []
    for article_id, quantity in lines:
        decision = book.decide(article_id, quantity)
        if decision is None:
            priced.append(PricedLine(article_id, quantity))
            continue
        price = decision.unit_price
        amount = line_amount(price, quantity, minor_unit)
        priced.append(PricedLine(article_id, quantity, price, amount, amount, decision))
    return priced

"""Why a price is what it is: JSON-safe facts, one view for the buyer and one for the seller.

Decimals are strings, days ISO dates, None = open or not set. Reasons are codes; sentences are made where they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from portal.pricing.models import PriceStrategy
from portal.pricing.rules.decision import Decision, PriceBook, PricedLine, PriceEntry, Step
from portal.pricing.rules.price_lists import PriceList, in_force, lists_to_fetch, window_contains

Facts = dict[str, Any]


class Lost(StrEnum):
    """Why a candidate list or an entry did not decide; texts for people are made where they are shown."""

    EARLIER_LIST_DECIDES = "earlier-list-decides"
    HIGHER_PRICE = "higher-price"
    EQUAL_PRICE_LATER_LIST = "equal-price-later-list"
    NO_ENTRY = "no-entry"
    NO_APPLICABLE_ENTRY = "no-applicable-entry"
    BASE_NOT_IN_FORCE = "base-not-in-force"
    QUANTITY_TOO_SMALL = "quantity-too-small"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    NEVER_VALID = "never-valid"
    HIGHER_TIER_DECIDES = "higher-tier-decides"
    LATER_START_DECIDES = "later-start-decides"
    OWN_ENTRY_DECIDES = "own-entry-decides"


def buyer_explanation(line: PricedLine) -> Facts:
    """Give what the buyer may know: its own list's name, the tier and the window that decided.

    Nothing here tells whether other lists exist: no code, no audience, no base list, no loser.
    """
    if line.decision is None:
        return {"price_list": None, "reason": "price-on-request"}
    entry = line.decision.entry
    return {
        "price_list": line.decision.price_list.name,
        "min_quantity": _number(entry.min_quantity),
        "valid_from": _day(entry.valid_from),
        "valid_to": _day(entry.valid_to),
        "unit_price": _number(line.decision.unit_price),
    }


def seller_explanation(line: PricedLine, book: PriceBook) -> Facts:
    """Give everything: the deciding list, entry and derivations, and each list and entry that lost, with its reason.

    `book` must be the one that priced the line. For the seller alone; never to be shown or stored for a buyer.
    """
    return SellerExplanations(book).of(line)


class SellerExplanations:
    """Explains many lines of one book; what is the same for all of them is made once."""

    def __init__(self, book: PriceBook) -> None:
        self._book = book
        self._on = book.on.isoformat()
        self._lists = {candidate.id: _list_facts(candidate) for candidate in book.candidates}
        self._codes = _codes(book.candidates)
        self._strategy = book.strategy.value
        nothing = {"reason": Lost.NO_ENTRY.value, "unit_price": None}
        self._without_entry = {list_id: {**facts, **nothing} for list_id, facts in self._lists.items()}

    def of(self, line: PricedLine) -> Facts:
        """Give everything about a line that the book priced; see `seller_explanation`."""
        decision = line.decision
        decided = None if decision is None else decision.price_list.id
        known = self._book.known_entries(line.article_id)
        return {
            "on": self._on,
            "strategy": self._strategy,
            "quantity": _number(line.quantity),
            "decided": self._decided(decision) if decision else None,
            "lost_lists": [
                self._lost(each, line) if each.id in known or each.base is not None else self._without_entry[each.id]
                for each in self._book.candidates
                if each.id != decided
            ],
            "lost_entries": _lost_entries(line, self._book, known, self._codes),
        }

    def _decided(self, decision: Decision) -> Facts:
        return {
            "list": self._lists[decision.price_list.id],
            "entry": _entry_facts(decision.entry, self._codes[decision.entry.price_list_id]),
            "derived": [_step_facts(step) for step in decision.steps],
            "unit_price": _number(decision.unit_price),
        }

    def _lost(self, candidate: PriceList, line: PricedLine) -> Facts:
        book = self._book
        decision = book.decide_in(candidate, line.article_id, line.quantity)
        if decision is None:
            reason = _why_no_price(candidate, line.article_id, book)
        elif book.strategy is PriceStrategy.FIRST:
            reason = Lost.EARLIER_LIST_DECIDES
        elif line.unit_price is not None and decision.unit_price > line.unit_price:
            reason = Lost.HIGHER_PRICE
        else:
            reason = Lost.EQUAL_PRICE_LATER_LIST
        price = _number(decision.unit_price) if decision else None
        return {**self._lists[candidate.id], "reason": reason.value, "unit_price": price}


def _why_no_price(candidate: PriceList, article_id: int, book: PriceBook) -> Lost:
    item: PriceList | None = candidate
    known = False
    while item is not None:
        known = known or bool(book.all_entries(item.id, article_id))
        item = item.base
        if item is not None and not in_force(item, book.on):
            return Lost.BASE_NOT_IN_FORCE
    return Lost.NO_APPLICABLE_ENTRY if known else Lost.NO_ENTRY


def _lost_entries(
    line: PricedLine, book: PriceBook, known: Mapping[int, Sequence[PriceEntry]], codes: Mapping[int, str]
) -> list[Facts]:
    overridden = _overridden_bases(line.decision, book)
    lost = []
    for list_id in book.list_ids:
        if list_id not in known:
            continue
        best = book.applicable_entry(list_id, line.article_id, line.quantity)
        for entry in known[list_id]:
            reason = None if entry is best else _why_entry_lost(entry, best, line.quantity, book.on)
            if reason is None and list_id in overridden:
                reason = Lost.OWN_ENTRY_DECIDES
            if reason is not None:
                lost.append({**_entry_facts(entry, codes[list_id]), "reason": reason.value})
    return lost


def _why_entry_lost(entry: PriceEntry, best: PriceEntry | None, quantity: Decimal, on: date) -> Lost | None:
    """Give the reason inside the entry's own list; None where the entry is the one that counts there."""
    valid_from, valid_to = entry.valid_from, entry.valid_to
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        return Lost.NEVER_VALID
    if not window_contains(valid_from, valid_to, on):
        return Lost.NOT_YET_VALID if valid_from is not None and on < valid_from else Lost.EXPIRED
    if entry.min_quantity > quantity:
        return Lost.QUANTITY_TOO_SMALL
    if best is None or entry == best:
        return None
    return Lost.LATER_START_DECIDES if entry.min_quantity == best.min_quantity else Lost.HIGHER_TIER_DECIDES


def _overridden_bases(decision: Decision | None, book: PriceBook) -> set[int]:
    """Give the lists below the entry that decided, unless they compete themselves and so have a reason of their own."""
    if decision is None or decision.price_list.base is None:
        return set()
    chain = lists_to_fetch([decision.price_list])
    below = chain[chain.index(decision.entry.price_list_id) + 1 :]
    return set(below) - {candidate.id for candidate in book.candidates}


def _codes(candidates: Sequence[PriceList]) -> dict[int, str]:
    codes: dict[int, str] = {}
    for candidate in candidates:
        item: PriceList | None = candidate
        while item is not None:
            codes[item.id] = item.code
            item = item.base
    return codes


def _step_facts(step: Step) -> Facts:
    item = step.price_list
    return {
        "code": item.code,
        "name": item.name,
        "percent": _number(item.adjustment_percent),
        "amount": _number(item.adjustment_amount),
        "decimals": item.decimals,
        "unit_price": _number(step.unit_price),
    }


def _list_facts(item: PriceList) -> Facts:
    return {
        "code": item.code,
        "name": item.name,
        "audience": item.audience.value,
        "priority": item.priority,
        "valid_from": _day(item.valid_from),
        "valid_to": _day(item.valid_to),
    }


def _entry_facts(entry: PriceEntry, list_code: str) -> Facts:
    return {
        "list": list_code,
        "min_quantity": _number(entry.min_quantity),
        "valid_from": _day(entry.valid_from),
        "valid_to": _day(entry.valid_to),
        "net_price": _number(entry.net_price),
    }


def _number(value: Decimal | None) -> str | None:
    if value is None:
        return None
    text = str(value)  # three times as fast as format, and the same for every price and quantity there is
    return text if "E" not in text else format(value, "f")


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()

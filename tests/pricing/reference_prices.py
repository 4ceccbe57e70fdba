"""A second, slow implementation of "Which price list decides" (PRICING.md), written from the page alone.

It is there to be compared with the portal's answers, so it shares no code with them: exact fractions, one function for
each sentence of the page, no cleverness.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

TOO_LONG = "chain of more than 3 lists"
LOOP = "loop"
OTHER_CURRENCY = "base list in another currency"
OTHER_SELLER = "base list of another seller"


@dataclass(frozen=True, slots=True)
class Entry:
    """A price of an article in a list, from a quantity on, in a window."""

    article: str
    unit_price: Decimal
    min_quantity: Decimal = Decimal(0)
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class PriceList:
    """A price list of a seller, with whom it is assigned to and what it is derived from."""

    code: str
    entries: tuple[Entry, ...] = ()
    seller: str = "seller"
    currency: str = "EUR"
    active: bool = True
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    priority: int = 0
    accounts: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    everyone: bool = False
    base: str | None = None
    percent: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """For a buyer, an article, a quantity and a date; with the seller's settings."""

    article: str
    quantity: Decimal
    date: dt.date
    account: str = "buyer"
    group: str | None = None
    seller: str = "seller"
    currency: str = "EUR"
    strategy: str = "first"


@dataclass(frozen=True, slots=True)
class Answer:
    """What decided: the price, the candidate list, the list that holds the entry, and the entry."""

    unit_price: Fraction
    price_list: str
    entry_list: str
    entry: Entry


def half_away(value: Fraction, decimals: int) -> Fraction:
    """“Rounding is half away from zero (”commercial“)”."""
    scale = 10**decimals
    magnitude = abs(value) * scale
    whole = magnitude.numerator // magnitude.denominator
    if magnitude - whole >= Fraction(1, 2):
        whole += 1
    return Fraction(whole if value >= 0 else -whole, scale)


def line_amount(unit_price: Fraction, quantity: Fraction, minor: int) -> Fraction:
    """`line_amount = round(unit_price × quantity, minor unit of the currency)`."""
    return half_away(unit_price * quantity, minor)


def in_window(date: dt.date, valid_from: dt.date | None, valid_to: dt.date | None) -> bool:
    """“`valid_from ≤ date < valid_to`; an empty bound is open”; so “a window with from = to never applies”."""
    if valid_from is not None and date < valid_from:
        return False
    return not (valid_to is not None and date >= valid_to)


def level(price_list: PriceList, question: Question) -> int | None:
    """“Assigned to the buyer, then to its group, then to everyone”; “a list assigned at several levels counts at its first”."""
    if question.account in price_list.accounts:
        return 1
    if question.group is not None and question.group in price_list.groups:
        return 2
    if price_list.everyone:
        return 3
    return None


def candidates(lists: Mapping[str, PriceList], question: Question) -> list[PriceList]:
    """Give the candidate lists, in their order.

    “The seller's active lists in the seller's currency whose window contains the date and that are assigned ...”; “inside
    a level by `priority` ascending, then by list code ascending (codes always compare by Unicode code point)”.
    """
    ordered: list[tuple[int, int, list[int], PriceList]] = []
    for each in lists.values():
        if each.seller != question.seller or each.currency != question.currency or not each.active:
            continue
        if not in_window(question.date, each.valid_from, each.valid_to):
            continue
        at = level(each, question)
        if at is not None:
            ordered.append((at, each.priority, [ord(character) for character in each.code], each))
    ordered.sort(key=lambda row: row[:3])
    return [row[3] for row in ordered]


def own_entry(price_list: PriceList, question: Question) -> Entry | None:
    """Give the list's own entry that applies, if one does.

    “An entry applies if it is for the article, its window contains the date and `min_quantity ≤ quantity`. Of those the
    highest `min_quantity` wins; at equal `min_quantity` the latest `valid_from` wins (open = earliest)”.
    """
    best: Entry | None = None
    for entry in price_list.entries:
        if entry.article != question.article or entry.min_quantity > question.quantity:
            continue
        if not in_window(question.date, entry.valid_from, entry.valid_to):
            continue
        if best is None or _is_better(entry, best):
            best = entry
    return best


def _is_better(entry: Entry, than: Entry) -> bool:
    if entry.min_quantity != than.min_quantity:
        return entry.min_quantity > than.min_quantity
    if entry.valid_from is None:
        return False
    return than.valid_from is None or entry.valid_from > than.valid_from


def adjusted(price: Fraction, derived: PriceList) -> Fraction:
    """“`price × (1 + percent / 100) + amount`, rounded to its `decimals` (4 where not set), never below 0”."""
    raw = price * (1 + Fraction(derived.percent) / 100) + Fraction(derived.amount)
    rounded = half_away(raw, 4 if derived.decimals is None else derived.decimals)
    return max(rounded, Fraction(0))


def price_in(lists: Mapping[str, PriceList], price_list: PriceList, question: Question) -> Answer | None:
    """Give the price in one list, its own or derived.

    “If the derived list has an applicable own entry for the article, that one counts as it stands; otherwise the base
    list's applicable entry, adjusted. The base list must be active and its window contain the date”.
    """
    own = own_entry(price_list, question)
    if own is not None:
        return Answer(Fraction(own.unit_price), price_list.code, price_list.code, own)
    if price_list.base is None:
        return None
    base = lists[price_list.base]
    if not base.active or not in_window(question.date, base.valid_from, base.valid_to):
        return None
    found = price_in(lists, base, question)
    if found is None:
        return None
    return Answer(adjusted(found.unit_price, price_list), price_list.code, found.entry_list, found.entry)


def price(lists: Mapping[str, PriceList], question: Question) -> Answer | None:
    """Give the price that decides, or None for a price on request.

    “`first` (default): the first list in order that has an applicable entry decides. `lowest`: the lowest applicable price
    over all candidate lists decides; ties go to the earlier list”; “nothing applies → price on request” (None).
    """
    found: list[Answer] = []
    for each in candidates(lists, question):
        answer = price_in(lists, each, question)
        if answer is not None:
            found.append(answer)
    if not found:
        return None
    if question.strategy == "first":
        return found[0]
    best = found[0]
    for answer in found[1:]:
        if answer.unit_price < best.unit_price:
            best = answer
    return best


def refusal(lists: Mapping[str, PriceList], code: str) -> str | None:
    """Tell why a list is refused on writing, if it is.

    “Chains are at most 3 lists long; longer ones, loops and a base list in another currency or of another seller are
    refused on writing”. Looks at every chain that the list is part of: from it downwards, and those that stand on it.
    """
    reasons = [_chain_refusal(lists, each.code) for each in lists.values() if code in _chain(lists, each.code)]
    for reason in (LOOP, OTHER_SELLER, OTHER_CURRENCY, TOO_LONG):
        if reason in reasons:
            return reason
    return None


def _chain(lists: Mapping[str, PriceList], code: str) -> Sequence[str]:
    chain = [code]
    while (base := lists[chain[-1]].base) is not None:
        chain.append(base)
        if base in chain[:-1]:
            break
    return chain


def _chain_refusal(lists: Mapping[str, PriceList], code: str) -> str | None:
    chain = _chain(lists, code)
    if len(set(chain)) < len(chain):
        return LOOP
    members = [lists[each] for each in chain]
    if len({each.seller for each in members}) > 1:
        return OTHER_SELLER
    if len({each.currency for each in members}) > 1:
        return OTHER_CURRENCY
    return TOO_LONG if len(chain) > 3 else None

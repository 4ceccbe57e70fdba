"""Price lists: which compete for a buyer, in which order, and how one is derived from another.

Pure calculation. Rounding is half away from zero, once at each of the two places that round: a derived price
(`adjust`) and a line's amount (`line_amount`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from typing import NamedTuple

from portal.pricing.models import Audience

MAX_CHAIN = 3
"""Lists in one chain of derivation, the derived list itself included."""

PRICE_DECIMALS = 4

# Wide enough for price x quantity, both NUMERIC(14, 4) at most, to be exact whatever the thread's own context says.
# ROUND_HALF_UP is decimal's name for half away from zero.
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)

# The order in which lists are asked.
_RANK = {Audience.ACCOUNT: 0, Audience.GROUP: 1, Audience.EVERYONE: 2}
_ZERO = Decimal(0)
_HUNDRED = Decimal(100)
_QUANTA = tuple(Decimal(1).scaleb(-places) for places in range(5))

# ISO 4217. Babel's figures are CLDR's, which drop minor units that are out of everyday use but lawful on an invoice.
_MINOR_UNITS = {
    unit: places
    for places, units in (
        (0, ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG")),
        (0, ("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF")),
        (3, ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")),
        (4, ("CLF", "UYW")),
    )
    for unit in units
}


class DerivationProblem(StrEnum):
    """Why a base list is refused on writing."""

    LOOP = "loop"
    TOO_LONG = "too-long"
    OTHER_SELLER = "other-seller"
    OTHER_CURRENCY = "other-currency"


@dataclass(frozen=True, slots=True)
class PriceList:
    """A price list as one buyer meets it; a base list is nested and its `audience` means nothing.

    `valid_from` and `valid_to` are days, the second one excluded, None = open. `decimals` None = 4.
    """

    id: int
    code: str
    name: str
    currency: str
    audience: Audience = Audience.EVERYONE
    priority: int = 100
    valid_from: date | None = None
    valid_to: date | None = None
    active: bool = True
    base: PriceList | None = None
    adjustment_percent: Decimal | None = None
    adjustment_amount: Decimal | None = None
    decimals: int | None = None


class ChainLink(NamedTuple):
    """What `check_derivation` needs to know of a list."""

    price_list_id: int
    seller_id: int
    currency: str


def minor_unit(currency: str) -> int:
    """Give the number of decimals of a currency's minor unit by its ISO 4217 code: 2 for EUR, 0 for JPY, 3 for KWD."""
    return _MINOR_UNITS.get(currency, 2)


def line_amount(unit_price: Decimal, quantity: Decimal, minor_unit: int) -> Decimal:
    """Give unit price x quantity, rounded half away from zero to `minor_unit` decimals."""
    return _EXACT.quantize(_EXACT.multiply(unit_price, quantity), _QUANTA[minor_unit])


def adjust(price: Decimal, price_list: PriceList) -> Decimal:
    """Give a base list's price as the derived list has it: price x (1 + percent / 100) + amount, rounded, never below 0."""
    percent = price_list.adjustment_percent or _ZERO
    exact = _EXACT.multiply(price, _EXACT.add(_HUNDRED, percent)).scaleb(-2, _EXACT)
    exact = _EXACT.add(exact, price_list.adjustment_amount or _ZERO)
    if exact <= 0:
        return _ZERO
    places = PRICE_DECIMALS if price_list.decimals is None else price_list.decimals
    return _EXACT.quantize(exact, _QUANTA[places])


def window_contains(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    """Tell whether valid_from <= on < valid_to; an empty bound is open, from = to contains nothing."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on < valid_to)


def in_force(price_list: PriceList, on: date) -> bool:
    """Tell whether the list is active and its window contains the day."""
    return price_list.active and window_contains(price_list.valid_from, price_list.valid_to, on)


def order_candidates(lists: Iterable[PriceList], currency: str, on: date) -> list[PriceList]:
    """Give the lists that compete for a buyer, in the order in which they are asked.

    `lists` are those assigned to the buyer, its group or everyone, one item an assignment: a list that is assigned at
    several levels counts at its first. Lists not in force on the day or not in the seller's `currency` fall out.
    """
    ordered = sorted(
        (item for item in lists if item.currency == currency and in_force(item, on)),
        key=lambda item: (_RANK[item.audience], item.priority, item.code),
    )
    first: dict[int, PriceList] = {}
    for item in ordered:
        first.setdefault(item.id, item)
    return list(first.values())


def lists_to_fetch(candidates: Iterable[PriceList]) -> list[int]:
    """Give the ids of the candidates and of every list they are derived from: whose entries `price_lines` needs."""
    ids: dict[int, None] = {}
    for candidate in candidates:
        item: PriceList | None = candidate
        while item is not None:
            ids[item.id] = None
            item = item.base
    return list(ids)


def check_derivation(chain: Sequence[ChainLink]) -> DerivationProblem | None:
    """Tell why a chain of derivation, from the derived list to its last base, is refused; None = it is allowed.

    A list that gets a base may itself be the base of others: ask for each chain that `derivation_chains` gives.
    """
    ids = [link.price_list_id for link in chain]
    if len(set(ids)) < len(ids):
        return DerivationProblem.LOOP
    if len(chain) > MAX_CHAIN:
        return DerivationProblem.TOO_LONG
    if len({link.seller_id for link in chain}) > 1:
        return DerivationProblem.OTHER_SELLER
    if len({link.currency for link in chain}) > 1:
        return DerivationProblem.OTHER_CURRENCY
    return None


def derivation_chains(price_list_id: int, base_of: Mapping[int, int]) -> list[list[int]]:
    """Give every longest chain of ids that the list is part of, each from its outermost derived list to its last base.

    `base_of` maps a list to its base as it would be after the write. A loop ends a chain at the first id that returns.
    """
    bases = set(base_of.values())
    outermost = [item for item in base_of if item not in bases]
    chains = [_chain_from(start, base_of) for start in outermost]
    through = [chain for chain in chains if price_list_id in chain]
    return through or [_chain_from(price_list_id, base_of)]


def _chain_from(start: int, base_of: Mapping[int, int]) -> list[int]:
    chain = [start]
    while chain[-1] in base_of and chain[-1] not in chain[:-1]:
        chain.append(base_of[chain[-1]])
    return chain

"""Which quantities may be ordered, and how packaging converts. Quantities are base units unless a unit is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

MAX_QUANTITY = Decimal("99999999999.999")
"""The largest quantity that is stored (NUMERIC(14, 3))."""

QUANTITY_DECIMALS = 3

MOST_LINES = 1000
"""Lines of one order."""

# Wide enough for any stored quantity divided by the smallest multiple.
_EXACT = Context(prec=40)

# What people write for a packaging level, by the level meant. Compared without case, dots and blanks.
_PIECE_WORDS = frozenset(
    {
        "ea",
        "each",
        "pc",
        "pcs",
        "pce",
        "piece",
        "pieces",
        "unit",
        "units",
        "st",
        "stk",
        "stck",
        "stück",
        "stueck",
        "einheit",
        "einheiten",
        "flasche",
        "flaschen",
        "fl",
        "bottle",
        "bottles",
        "btl",
    }
)
_CASE_WORDS = frozenset(
    {
        "cs",
        "case",
        "cases",
        "ct",
        "ctn",
        "carton",
        "cartons",
        "box",
        "boxes",
        "bx",
        "pack",
        "packs",
        "pk",
        "karton",
        "kartons",
        "kartone",
        "krt",
        "ktn",
        "kt",
        "kiste",
        "kisten",
        "ve",
        "gebinde",
        "packung",
        "packungen",
        "pkg",
    }
)
_PALLET_WORDS = frozenset({"pal", "pallet", "pallets", "palette", "paletten", "pll", "plt"})


@dataclass(frozen=True, slots=True)
class QuantityProblem:
    """A quantity that may not be ordered, with the nearest that may: `down` is None below the smallest allowed."""

    quantity: Decimal
    down: Decimal | None
    up: Decimal

    @property
    def nearest(self) -> Decimal:
        """Give the nearer of the two, the larger one at equal distance."""
        if self.down is None or self.up - self.quantity <= self.quantity - self.down:
            return self.up
        return self.down


def check_quantity(quantity: Decimal, min_quantity: Decimal, order_multiple: Decimal) -> QuantityProblem | None:
    """Tell whether a quantity may be ordered: at least the minimum and a whole multiple; None = it may.

    Multiples count from 0, so a minimum of 10 in multiples of 6 allows 12, 18 and so on.
    """
    least = _multiple(min_quantity, order_multiple, ROUND_CEILING)
    if least <= 0:
        least = order_multiple
    if quantity < least:
        return QuantityProblem(quantity, None, least)
    down = _multiple(quantity, order_multiple, ROUND_FLOOR)
    if down == quantity:
        return None
    return QuantityProblem(quantity, down, down + order_multiple)


def _multiple(quantity: Decimal, order_multiple: Decimal, rounding: str) -> Decimal:
    return _EXACT.divide(quantity, order_multiple).to_integral_value(rounding) * order_multiple


def unit_contains(unit: str | None, base_unit: str, packagings: Mapping[str, Decimal]) -> Decimal | None:
    """Give how many base units one of what a person wrote as unit contains; None = not known for this product.

    `packagings` maps the product's packaging units to their base units. An exact name wins; then the words people use
    for piece, case and pallet, where the product has exactly one packaging that is meant.
    """
    word = _word(unit or "")
    if not word or word == _word(base_unit):
        return Decimal(1)
    for name, contains in packagings.items():
        if word == _word(name):
            return contains
    if word in _PIECE_WORDS:
        return Decimal(1)
    for words in (_CASE_WORDS, _PALLET_WORDS):
        if word in words:
            return _only(packagings, words)
    return None


def _only(packagings: Mapping[str, Decimal], words: frozenset[str]) -> Decimal | None:
    meant = {contains for name, contains in packagings.items() if _word(name) in words}
    if not meant and words is _CASE_WORDS:
        meant = {contains for name, contains in packagings.items() if _word(name) not in _PALLET_WORDS}
    return meant.pop() if len(meant) == 1 else None


def _word(text: str) -> str:
    return text.strip().strip(".").casefold().replace("ß", "ss").replace(" ", "")


def is_unit_word(text: str) -> bool:
    """Tell whether the text is a word people use for a packaging level."""
    return _word(text) in _PIECE_WORDS | _CASE_WORDS | _PALLET_WORDS


def in_packaging(quantity: Decimal, packagings: Mapping[str, Decimal]) -> tuple[Decimal, str | None]:
    """Give the quantity in the largest packaging that divides it ("24" in cases of 12 is 2 cases); None = base unit."""
    for name, contains in sorted(packagings.items(), key=lambda item: (-item[1], item[0])):
        if contains > 1 and quantity >= contains and quantity % contains == 0:
            return quantity // contains, name
    return quantity, None

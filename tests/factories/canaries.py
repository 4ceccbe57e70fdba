"""What a tenant's secrets look like, and where the world of the access tests keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Row

from tenants.permissions import Scope
from tests.factories.world import World

Organisation = Row[Any]

_SEPARATORS = re.compile("[.,'\u00a0\u202f]")
_SEPARATOR_PATTERNS = re.compile(r"(?<!\()\[[.,'\u00a0\u202f]+\]\??|\\\.")
_NO_LITERALS = re.compile(r"\(\?<?[=!](?:[^()\[\]]|\[[^\]]*\])*\)|\([^()]*\)|\[[^\]]*\]|\\\w")


@dataclass(frozen=True, slots=True)
class Canary:
    """What only `known_to` (organisation codes) may see; a number is found in any grouping and decimal mark."""

    pattern: str
    known_to: frozenset[str]
    what: str


@dataclass(slots=True)
class AccessWorld:
    """Everybody, what they own, and who may see it."""

    base: World
    organisations: dict[str, Organisation] = field(default_factory=dict)
    """By code."""
    sessions: dict[tuple[str, str], str] = field(default_factory=dict)
    """Token of a signed-in browser by (organisation code, role)."""
    people: dict[tuple[str, str], Row[Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    """A bearer token with every scope, by organisation code."""
    scoped: dict[tuple[str, Scope], tuple[str, str]] = field(default_factory=dict)
    """By organisation and scope: a token with that scope alone, and one with every other."""
    programs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By organisation code: its program's client id, and the numbers of what its administrator gave to programs."""
    canaries: list[Canary] = field(default_factory=list)
    objects: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    """Path and form values of an object by kind and relation."""

    def edges(self) -> list[tuple[Organisation, Organisation]]:
        """Give (seller, buyer) of every account."""
        by_id = {row.id: row for row in self.organisations.values()}
        return [(by_id[row.seller_id], row) for row in self.organisations.values() if row.seller_id is not None]

    def sellers(self) -> list[Organisation]:
        """Give everybody who sells."""
        return [row for row in self.organisations.values() if row.kind != "retailer"]


@cache
def mark_of(pattern: str) -> str:
    """Give text that stands in whatever a canary's pattern finds, once `bare`: looked for first, because it is found faster."""
    pieces = _NO_LITERALS.split(_SEPARATOR_PATTERNS.sub("", pattern))
    if any(set(piece) & set("?*+{}|()[]^$\\") for piece in pieces):
        raise ValueError(pattern)
    return max(pieces, key=len)


def bare(text: str) -> str:
    """Give a text without what may stand between the digits of a number."""
    return _SEPARATORS.sub("", text)


def number_pattern(number: Decimal | int) -> str:
    """Give a pattern that finds a number however it is grouped and whatever its decimal mark is."""
    whole, _, fraction = str(number).partition(".")
    grouped = whole if len(whole) < 4 else f"{whole[:-3]}[.,'\u00a0\u202f]?{whole[-3:]}"
    return rf"(?<![\d.,-]){grouped}[.,]{fraction}" if fraction else rf"(?<![\d.,-]){grouped}(?!\d)"


def canary_price(number: int) -> Decimal:
    """Give a price that nothing else costs."""
    return Decimal(f"{311 + 7 * number}.{(13 + 29 * number) % 100:02}")

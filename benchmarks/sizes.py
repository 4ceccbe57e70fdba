"""How much data the benchmarks make and how long they measure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """One seller's data and the length of the run."""

    name: str
    articles: int
    buyers: int
    contract_lists: int
    entries: int
    """Price entries of the seller, about."""
    orders_of_buyer: int
    figure_lines: int
    """Order lines that the figures are read from."""
    rounds: int
    seconds: float
    """Of one round of one side."""
    promotions: int = 0
    """Of each seller, on about 10,000 articles, brands and categories."""
    other_sellers: int = 0
    """With as many articles and as many prices but no orders."""


SMALL = Size("small", 2_000, 12, 6, 20_000, 30, 20_000, 1, 0.5)
FULL = Size("full", 100_000, 200, 50, 10_000_000, 240, 10_000_000, 7, 3.0)
# 200 sellers with 33.4 million prices and 60 promotions each.
WIDE = Size("wide", 100_000, 200, 50, 165_000, 10, 100_000, 7, 3.0, promotions=60, other_sellers=199)
SIZES = {size.name: size for size in (SMALL, FULL, WIDE)}

CLIENTS = 4
LINES = 20
"""Lines of an order."""

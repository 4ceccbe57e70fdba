"""Ordering a past order again: its lines go into the basket at today's prices, and what changed is told."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portal.ordering.queries.grid import ArticleFacts, find_facts
from portal.ordering.queries.orders import LineRow, get_order
from portal.ordering.rules.quantities import check_quantity
from portal.ordering.service.basket import BasketEntry, raise_lines
from portal.pricing.queries import quote_articles
from portal.pricing.rules.decision import PricedLine
from tenants.principal import Principal

_ZERO = Decimal(0)


class Changed(StrEnum):
    """How a line differs from the order it repeats."""

    PRICE = "price"
    QUANTITY = "quantity"
    PRICE_ON_REQUEST = "price-on-request"
    NOT_OFFERED = "not-offered"
    SHORT = "short-of-stock"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; quantities in base units, prices per base unit."""

    article: str
    reason: Changed
    old_unit_price: Decimal | None = None
    new_unit_price: Decimal | None = None
    old_quantity: Decimal | None = None
    new_quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReorderedLine:
    """A line as it is in the basket now."""

    article: str
    quantity: Decimal
    unit_price: Decimal | None
    line_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Reordered:
    """What was put into the basket, and what changed since."""

    lines: tuple[ReorderedLine, ...]
    changes: tuple[Change, ...]
    total: Decimal


def reorder(principal: Principal, order_number: str) -> Reordered:
    """Put the lines of an own order into the basket at today's prices. The principal buys and may place orders.

    What is in the basket already is raised to the order's quantity, so that doing it twice adds nothing. Quantities that
    are not allowed any more become the nearest allowed one; articles without a price or no longer offered stay out.

    Raises:
        NotFound: there is no such order.
    """
    wanted = _wanted(get_order(principal, order_number).lines)
    facts = find_facts(principal, list(wanted))
    offered = {number: fact for number, fact in facts.items() if fact.offered}
    allowed = {number: _allowed(wanted[number][0], offered[number]) for number in wanted if number in offered}
    quote = quote_articles(principal, [(offered[number].id, quantity) for number, quantity in allowed.items()])
    priced = dict(zip(allowed, quote.lines, strict=True))
    entries = [
        BasketEntry(number, allowed[number], line.unit_price)
        for number, line in priced.items()
        if line.unit_price is not None
    ]
    raise_lines(principal, entries)
    changes = [
        change
        for number, (quantity, old_price) in wanted.items()
        for change in _changes(
            number, quantity, old_price, offered.get(number), allowed.get(number), priced.get(number)
        )
    ]
    lines = tuple(
        ReorderedLine(number, allowed[number], line.unit_price, line.net_amount)
        for number, line in priced.items()
        if line.unit_price is not None
    )
    return Reordered(lines, tuple(changes), sum((line.line_amount or _ZERO for line in lines), _ZERO))


def _wanted(lines: list[LineRow]) -> dict[str, tuple[Decimal, Decimal | None]]:
    """Give quantity and old price by article; credits, free goods and rewards are not repeated, equal articles come together."""
    wanted: dict[str, tuple[Decimal, Decimal | None]] = {}
    for line in lines:
        if line.ordered_quantity > 0 and line.cause_line is None and "reward" not in (line.explanation or {}):
            known = wanted.get(line.article_number, (_ZERO, line.unit_price))
            wanted[line.article_number] = (known[0] + line.ordered_quantity, line.unit_price)
    return wanted


def _allowed(quantity: Decimal, fact: ArticleFacts) -> Decimal:
    problem = check_quantity(quantity, fact.min_quantity, fact.order_multiple)
    return quantity if problem is None else problem.nearest


def _changes(
    number: str,
    quantity: Decimal,
    old_price: Decimal | None,
    fact: ArticleFacts | None,
    allowed: Decimal | None,
    priced: PricedLine | None,
) -> list[Change]:
    if fact is None or allowed is None or priced is None:
        return [Change(number, Changed.NOT_OFFERED, old_quantity=quantity)]
    if priced.unit_price is None:
        return [Change(number, Changed.PRICE_ON_REQUEST, old_unit_price=old_price)]
    changes = []
    if allowed != quantity:
        changes.append(Change(number, Changed.QUANTITY, old_quantity=quantity, new_quantity=allowed))
    if old_price is not None and priced.unit_price != old_price:
        changes.append(Change(number, Changed.PRICE, old_price, priced.unit_price))
    available = fact.available_quantity or _ZERO
    if not fact.backorder and available < allowed:
        changes.append(Change(number, Changed.SHORT, old_quantity=allowed, new_quantity=available))
    return changes

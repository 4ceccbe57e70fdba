"""Ordering what is in the basket: by the same steps as any order, after which the lines are out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from portal.core.idempotency import IdempotencyKey
from portal.ordering.errors import LinesRefused
from portal.ordering.models import OrderSource
from portal.ordering.queries.basket import find_basket
from portal.ordering.rules.quantities import MOST_LINES
from portal.ordering.service.basket import lock_basket, take_out
from portal.ordering.service.order_checks import WantedLine
from portal.ordering.service.place_order import PlacedOrder, PlaceOrder, place_order
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class PlaceBasket:
    """The command: the whole basket; number and day are those kept with it where they are None."""

    idempotency: IdempotencyKey
    source: OrderSource
    purchase_order_number: str | None = None
    requested_on: date | None = None
    coupons: tuple[str, ...] = ()
    """Instead of those kept with the basket."""
    at_any_price: bool = False
    """Without it a price that differs from the one last shown refuses the order."""
    ship_to: str = ""
    """Key of one of the buyer's addresses; empty: the usual one."""


def place_basket(principal: Principal, command: PlaceBasket, answer: Callable[[PlacedOrder], str]) -> PlacedOrder:
    """Order all lines of the basket, once for each idempotency key, and take them out of it. The principal buys.

    Raises:
        LinesRefused: the basket is empty or too long, or lines cannot be ordered as they are; `errors` names each.
        RewardsRefused, PricesChanged, OutOfStock, IdempotencyKeyReused, RequestInProgress, AccountClosed: as `place_order`.
    """
    # Of two orders of one basket the second finds it empty.
    lock_basket(principal)
    basket = find_basket(principal)
    lines = tuple(
        WantedLine(line.article, line.quantity, None if command.at_any_price else line.shown_unit_price)
        for line in basket.lines
    )
    number = command.purchase_order_number
    order = PlaceOrder(
        # What cannot be ordered is asked for without lines: a repeat still gets its order.
        lines=lines if len(lines) <= MOST_LINES else (),
        idempotency=command.idempotency,
        source=command.source,
        purchase_order_number=basket.purchase_order_number if number is None else number,
        requested_on=command.requested_on or basket.requested_on,
        coupons=command.coupons or basket.coupons,
        rewards=basket.rewards,
        ship_to=command.ship_to,
        # What was shown was shown without the coupons that come only now.
        shown_offer=None if command.at_any_price or command.coupons else basket.shown_offer,
    )
    try:
        placed = place_order(principal, order, answer)
    except LinesRefused as refused:
        raise _of_basket(refused, len(lines)) from refused
    if not placed.replayed:
        take_out(principal, [line.article for line in lines])
    return placed


def _of_basket(refused: LinesRefused, lines: int) -> LinesRefused:
    """Name lines by number and article alone: the request carries none that could be pointed at."""
    if not lines:
        return LinesRefused("The basket is empty.", errors=[])
    if lines > MOST_LINES:
        return LinesRefused(f"An order takes at most {MOST_LINES} lines; the basket has {lines}.", errors=[])
    errors = [
        {name: value for name, value in error.items() if name != "pointer"} for error in refused.details["errors"]
    ]
    return LinesRefused(refused.message, errors=errors)

"""Placing an order: exactly once, at the prices shown, never more than the stock, in one transaction."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
from pydantic_core import to_json
from sqlalchemy.exc import DBAPIError

from portal.accounts.errors import UnusableValue
from portal.accounts.queries.records import list_ship_to
from portal.core.idempotency import IdempotencyKey, RequestInProgress
from portal.loyalty.errors import RewardsRefused
from portal.loyalty.service.points import too_few_points
from portal.ordering.errors import (
    AccountClosed,
    ApprovalNeeded,
    CouponsRefused,
    LinesRefused,
    OutOfStock,
)
from portal.ordering.models import OrderSource, OrderStatus
from portal.ordering.queries.approvals import alone_values
from portal.ordering.queries.placing import call_place_order, find_earlier_order
from portal.ordering.service.order_checks import WantedLine, check_gifts, check_lines, check_prices
from portal.ordering.service.promoted import PromotedOrder, promote_order, with_rewards
from portal.pricing.queries import Quote, find_offers
from portal.pricing.rules.price_lists import minor_unit
from portal.promotions.service.coupons import count_tries
from tenants.audit import who_and_where
from tenants.errors import Refusal
from tenants.permissions import Permission
from tenants.principal import Principal

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""32 letters, so that each is as likely as the others in a random byte."""
_ATTEMPTS = 20
"""Each further one needs a number that is taken by chance, or somebody who took the last of a promotion meanwhile."""
_SHORT_OF_STOCK, _ARTICLE_GONE, _NO_ACCOUNT = "KT001", "KT002", "KT003"
_TOO_FEW_POINTS, _REWARD_GONE = "KT004", "KT005"


class Approval(NamedTuple):
    """For whom an order is placed by one who approves it, which the caller has made sure of."""

    asked_by: str
    """`user:12`: the order is this one's."""
    asked_by_name: str
    up_to: Decimal | None
    """The largest total that the principal approves; None: any."""


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """The command: lines in the order wanted, never merged."""

    lines: tuple[WantedLine, ...]
    idempotency: IdempotencyKey
    source: OrderSource = OrderSource.PORTAL
    purchase_order_number: str = ""
    requested_on: date | None = None
    coupons: tuple[str, ...] = ()
    rewards: tuple[str, ...] = ()
    """Codes of rewards that come with it for points."""
    shown_offer: str | None = None
    """What promotions gave when the buyer was shown it, as `offer_text` writes it; None = nothing was shown."""
    ship_to: str = ""
    """Key of one of the buyer's addresses; empty: the usual one for goods, else the buyer's own."""
    approval: Approval | None = None
    """None: the principal orders for itself, within what it may order alone."""


class PlacedLine(NamedTuple):
    """A line as placed; quantity in base units, amounts net in the seller's currency."""

    line: int
    article: str
    quantity: Decimal
    unit_price: Decimal
    line_amount: Decimal
    net_amount: Decimal
    cause_line: int | None = None
    """The line that these goods come free with."""
    reward: str | None = None
    """Code of the reward that the line is, taken for points."""


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """What was placed, or was placed by an earlier request with the same key: then only number and stored answer are there.

    The stored answer is what `answer` wrote when it was placed.
    """

    order_number: str
    status: OrderStatus = OrderStatus.PLACED
    currency: str = ""
    total: Decimal = Decimal(0)
    purchase_order_number: str = ""
    requested_on: date | None = None
    lines: tuple[PlacedLine, ...] = ()
    replayed: bool = False
    stored_answer: str | None = None


def place_order(
    principal: Principal, command: PlaceOrder, answer: Callable[[PlacedOrder], str] | None = None
) -> PlacedOrder:
    """Place the buyer's order with its seller, once for its idempotency key. The principal buys and may place orders.

    `answer` writes what is stored with the order and given again to every repeat.

    Raises:
        LinesRefused: an article is unknown, has no price, or its quantity breaks minimum or multiple.
        PricesChanged: a unit price, or what promotions give, differs from what was shown.
        RewardsRefused: a reward is not offered, or there are not enough points.
        CouponsRefused: a coupon gives nothing, and was not kept with the basket or nothing was shown.
        TooManyRequests: too many coupons gave nothing within the hour.
        OutOfStock: lines are short of stock and their articles are not delivered later.
        IdempotencyKeyReused: the key was used with another request.
        RequestInProgress: the first request with this key is still running.
        AccountClosed: the seller closed the account.
        UnusableValue: the buyer has no such address for goods.
        ApprovalNeeded: the total is larger than the principal may order alone, or approves; see `request_order`.
    """
    principal.buying()
    if command.approval is None:
        principal.require(Permission.ORDERS_PLACE)
    try:
        quote, promoted = _checked(principal, command)
    except Refusal as refusal:
        # What was placed before stands, even if the same lines could not be placed now.
        earlier = _earlier(principal, command.idempotency)
        if earlier is not None:
            return earlier
        # Only now: a coupon that the repeated order used up itself is no guess.
        if isinstance(refusal, CouponsRefused):
            count_tries(principal, len(refusal.tried))
        raise
    return _write(principal, command, quote, promoted, answer)


def work_out_order(principal: Principal, command: PlaceOrder) -> tuple[PlacedOrder, PromotedOrder]:
    """Give the order as it would be placed now, and what promotions give on it; nothing is written.

    Raises:
        Refusal: it could not be placed; as `place_order`.
    """
    _quote, promoted = _checked(principal, command)
    return _placed(principal, command, promoted), promoted


def _checked(principal: Principal, command: PlaceOrder) -> tuple[Quote, PromotedOrder]:
    """Give the order's prices and promotions, refusing what cannot be ordered as it is asked for."""
    _check_ship_to(principal, command.ship_to)
    offers = find_offers(principal, (line.article for line in command.lines), ordering=True)
    articles = check_lines(command.lines, offers.by_number)
    wanted = [(article.id, line.quantity) for article, line in zip(articles, command.lines, strict=True)]
    quote = offers.quote(wanted)
    check_prices(command.lines, quote.lines)
    return quote, _promote(principal, command, quote)


def _promote(principal: Principal, command: PlaceOrder, quote: Quote) -> PromotedOrder:
    promoted = promote_order(principal, quote, command.coupons, command.shown_offer)
    check_gifts(command.lines, promoted)
    return with_rewards(principal, promoted, command.rewards)


def _check_ship_to(principal: Principal, key: str) -> None:
    if key and all(address.key != key for address in list_ship_to(principal)):
        raise UnusableValue("You have no such address for goods.", field="ship_to")


def new_order_number() -> str:
    """Give a random order number, such as `7KQ2-M9XD`: tells nothing of how many orders there are."""
    letters = "".join([CROCKFORD[byte % len(CROCKFORD)] for byte in secrets.token_bytes(8)])
    return f"{letters[:4]}-{letters[4:]}"


def idempotency_scope(principal: Principal, key: IdempotencyKey) -> str:
    """Give whose keys these are: those of one person or client in one buying organisation."""
    return f"{principal.organisation_id}/{key.scope}"


def _placed(principal: Principal, command: PlaceOrder, promoted: PromotedOrder) -> PlacedOrder:
    lines = []
    for position, (line, priced) in enumerate(zip(command.lines, promoted.promoted.lines, strict=True)):
        if priced.unit_price is None or priced.line_amount is None or priced.net_amount is None:
            raise LinesRefused("The price is on request.")
        lines.append(
            PlacedLine(
                position + 1, line.article, line.quantity, priced.unit_price, priced.line_amount, priced.net_amount
            )
        )
    free = Decimal(0).scaleb(-minor_unit(principal.currency))
    lines += [
        PlacedLine(position, line.article, line.quantity, free, free, free, line.cause_line)
        for position, line in enumerate(promoted.free_lines, start=len(lines) + 1)
    ]
    lines += [
        PlacedLine(position, line.article, line.quantity, free, free, free, reward=line.code)
        for position, line in enumerate(promoted.rewards, start=len(lines) + 1)
    ]
    return PlacedOrder(
        order_number=new_order_number(),
        currency=principal.currency,
        total=sum((line.net_amount for line in lines), Decimal(0)),
        purchase_order_number=command.purchase_order_number,
        requested_on=command.requested_on,
        lines=tuple(lines),
    )


def _write(
    principal: Principal,
    command: PlaceOrder,
    quote: Quote,
    promoted: PromotedOrder,
    answer: Callable[[PlacedOrder], str] | None,
) -> PlacedOrder:
    placed = _placed(principal, command, promoted)
    parameters = _parameters(principal, command, placed, promoted)
    for _ in range(_ATTEMPTS):
        if command.approval and command.approval.up_to is not None and placed.total > command.approval.up_to:
            raise _approval_needed(placed, command.approval.up_to)
        parameters["head"] = to_json(_head(principal, command, placed) | promoted.head).decode()
        parameters["log"] = to_json(_log(principal, placed)).decode()
        parameters["response"] = answer(placed) if answer else None
        outcome = _call(parameters, placed)
        if outcome["state"] == "placed":
            return replace(placed, stored_answer=parameters["response"])
        if outcome["state"] == "above-limit":
            earlier = _earlier(principal, command.idempotency)
            if earlier is not None:
                return earlier
            raise _approval_needed(placed, Decimal(outcome["limit"]))
        if outcome["state"] == "in-progress":
            raise RequestInProgress("The first request with this key is still running.")
        if outcome["state"] == "replayed":
            command.idempotency.require_same(bytes.fromhex(outcome["request_hash"]))
            return PlacedOrder(outcome["order_number"], replayed=True, stored_answer=outcome["response"])
        if outcome["state"] == "used-up":
            # Somebody else's order took the last of a promotion: what is left is found anew, as the rule says.
            promoted = _promote(principal, command, quote)
            placed = _placed(principal, command, promoted)
            parameters = _parameters(principal, command, placed, promoted)
        else:
            placed = replace(placed, order_number=new_order_number())
    raise RuntimeError("neither a free order number nor promotions that suffice were found")


def _parameters(
    principal: Principal, command: PlaceOrder, placed: PlacedOrder, promoted: PromotedOrder
) -> dict[str, Any]:
    article_ids = [line.article_id for line in promoted.promoted.lines]
    article_ids += [line.article_id for line in promoted.free_lines]
    article_ids += [line.article_id for line in promoted.rewards]
    return {
        "articles": _array(article_ids),
        "quantities": _array(line.quantity for line in placed.lines),
        "unit_prices": _array(line.unit_price for line in placed.lines),
        "line_amounts": _array(line.line_amount for line in placed.lines),
        "net_amounts": _array(line.net_amount for line in placed.lines),
        "explanations": to_json(promoted.explanations).decode(),
        "seller_explanations": to_json(promoted.seller_explanations).decode(),
        "scope": idempotency_scope(principal, command.idempotency),
        "key": command.idempotency.key,
        "request_hash": command.idempotency.request_hash,
        "total": None if command.approval else placed.total,
        **alone_values(principal),
    }


def _array(numbers: Iterable[int | Decimal]) -> str:
    """Give numbers as an array's text: the driver takes far longer over a list."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _head(principal: Principal, command: PlaceOrder, placed: PlacedOrder) -> dict[str, Any]:
    return {
        "order_number": placed.order_number,
        "source": command.source.value,
        "purchase_order_number": command.purchase_order_number,
        "requested_on": command.requested_on.isoformat() if command.requested_on else None,
        "ship_to": command.ship_to or None,
        "actor": command.approval.asked_by if command.approval else principal.actor,
        "actor_name": command.approval.asked_by_name if command.approval else principal.actor_name,
    }


def _approval_needed(placed: PlacedOrder, limit: Decimal) -> ApprovalNeeded:
    amounts = {
        "limit": f"{round(limit, minor_unit(placed.currency)):f}",
        "total": f"{placed.total:f}",
        "currency": placed.currency,
    }
    return ApprovalNeeded("The order is larger than you may place alone. Ask for approval.", **amounts)


def _log(principal: Principal, placed: PlacedOrder) -> dict[str, Any]:
    return {
        "entry_id": str(uuid4()),
        "actor": principal.actor,
        "subject": placed.order_number,
        "after": {"lines": len(placed.lines), "total": f"{placed.total:f}", "currency": principal.currency},
        **who_and_where(principal),
    }


def _call(parameters: dict[str, Any], placed: PlacedOrder) -> dict[str, Any]:
    try:
        return call_place_order(parameters)
    except DBAPIError as error:
        cause = error.orig
        state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
        if state == _SHORT_OF_STOCK and isinstance(cause, psycopg.Error):
            raise _out_of_stock(json.loads(cause.diag.message_detail or "[]"), placed) from None
        if state == _ARTICLE_GONE:
            raise LinesRefused("An article is not offered any more.", errors=[]) from None
        if state == _TOO_FEW_POINTS:
            raise too_few_points() from None
        if state == _REWARD_GONE:
            raise RewardsRefused("A reward is not offered any more.", errors=[]) from None
        if state == _NO_ACCOUNT:
            raise AccountClosed("The account is not active.") from None
        raise


def _out_of_stock(short: list[dict[str, Any]], placed: PlacedOrder) -> OutOfStock:
    lines = [
        {
            "line": row["line"],
            "article": placed.lines[row["line"] - 1].article,
            "quantity": row["quantity"],
            "available_quantity": row["available"],
        }
        for row in short
    ]
    return OutOfStock("There is not enough stock for some lines.", lines=lines)


def _earlier(principal: Principal, key: IdempotencyKey) -> PlacedOrder | None:
    found = find_earlier_order(principal, idempotency_scope(principal, key), key.key)
    if found is None:
        return None
    key.require_same(found.request_hash)
    return PlacedOrder(found.order_number, replayed=True, stored_answer=found.response_body)

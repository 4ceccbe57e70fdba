"""Orders that wait for an approver: asked for, approved, declined, taken back. They hold no stock and no price."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, String, bindparam, text

from portal.core.idempotency import IdempotencyKey, request_hash
from portal.core.outbox import emit
from portal.ordering.approval_models import RequestState
from portal.ordering.errors import ApprovalRefused, CouponsRefused, PricesChanged, RequestDecided
from portal.ordering.models import OrderSource
from portal.ordering.queries.approvals import (
    RequestRow,
    find_alone_limit,
    find_request_of_key,
    get_approver,
    get_request,
    lock_waiting_request,
)
from portal.ordering.queries.placing import get_order_id
from portal.ordering.rules.approval import hindrance
from portal.ordering.service.basket import BasketEntry, keep_rewards, raise_lines
from portal.ordering.service.order_checks import WantedLine
from portal.ordering.service.place_order import (
    Approval,
    PlacedOrder,
    PlaceOrder,
    new_order_number,
    place_order,
    work_out_order,
)
from portal.ordering.service.promoted import PromotedOrder
from portal.promotions.rules.explanation import offer_text
from portal.promotions.service.coupons import count_tries
from tenants.audit import record
from tenants.database import db
from tenants.permissions import Permission
from tenants.principal import Principal

_ASK = text(
    """
    insert into order_request (seller_id, buyer_id, request_number, currency, total, limit_amount, lines, coupons,
        rewards, shown_offer, purchase_order_number, requested_on, ship_to, requested_by, requested_by_name, idempotency_key,
        request_hash)
    values (:seller, :buyer, :number, :currency, :total, :limit, cast(:lines as jsonb), :coupons, :rewards, :offer,
        :purchase_order_number, :requested_on, :ship_to, :actor, :actor_name, :key, :hash)
    on conflict (seller_id, buyer_id, requested_by, idempotency_key) do nothing returning request_number
    """
).bindparams(bindparam("coupons", type_=ARRAY(String)), bindparam("rewards", type_=ARRAY(String)))
_DECIDE = text(
    "update order_request set state = :state, decided_by = :actor, decided_by_name = :actor_name, decided_at = now(),"
    " reason = :reason, order_id = :order where seller_id = :seller and buyer_id = :buyer and id = :id"
)
_REPRICE = text(
    "update order_request set lines = cast(:lines as jsonb), total = :total, shown_offer = :offer"
    " where seller_id = :seller and buyer_id = :buyer and id = :id"
)


def request_order(principal: Principal, command: PlaceOrder) -> RequestRow:
    """Ask those who approve orders for this one, once for its idempotency key. The principal buys and may place orders.

    Nothing is reserved: stock, prices and promotions are looked at again when it is approved.

    Raises:
        LinesRefused, PricesChanged, CouponsRefused, TooManyRequests, UnusableValue: as `place_order`.
        IdempotencyKeyReused: the key was used with another request.
    """
    principal.require(Permission.ORDERS_PLACE)
    earlier = find_earlier_request(principal, command.idempotency)
    if earlier is not None:
        return earlier
    placed, promoted = _worked_out(principal, command)
    values = {
        **_edge(principal),
        **_as_shown(placed, promoted),
        "number": new_order_number(),
        "currency": placed.currency,
        "limit": find_alone_limit(principal),
        "coupons": list(command.coupons),
        "rewards": list(command.rewards),
        "purchase_order_number": command.purchase_order_number,
        "requested_on": command.requested_on,
        "ship_to": command.ship_to,
        "actor": principal.actor,
        "actor_name": principal.actor_name,
        "key": _key(command.idempotency),
        "hash": command.idempotency.request_hash,
    }
    number = db.session.execute(_ASK, values).scalar_one_or_none()
    if number is None:
        # The same click at once: what the other one wrote.
        return find_earlier_request(principal, command.idempotency) or get_request(principal, values["number"])
    record(principal, "order_request.made", number, after=_facts(placed))
    _tell(principal, "OrderRequested", number, RequestState.WAITING)
    return get_request(principal, number)


def approve_request(
    principal: Principal,
    number: str,
    *,
    source: OrderSource = OrderSource.PORTAL,
    at_any_price: bool = False,
    shown: str | None = None,
    total: Decimal | None = None,
) -> RequestRow:
    """Place the order that waits, in the name of who asked for it. The principal buys, approves and may place orders.

    `shown` is what the approver saw (`RequestRow.shown`), `total` the total it agrees to; None: whatever it was last shown with.

    Raises:
        NotFound: there is no such request.
        RequestDecided: it waits no more.
        ApprovalRefused: the principal may not approve this one.
        ApprovalNeeded: at today's prices it is more than the principal approves.
        PricesChanged: also where it is not what the approver saw, because another one was shown new prices meanwhile.
        LinesRefused, CouponsRefused, OutOfStock, AccountClosed: as `place_order`; it goes on waiting.
    """
    principal.require(Permission.ORDERS_APPROVE)
    request = _waiting(principal, number)
    if shown not in {None, request.shown} or total not in {None, request.total}:
        raise PricesChanged("This order is no longer what was shown.", lines=[])
    approver = get_approver(principal)
    own, program = request.requested_by == principal.actor, principal.user_id is None
    reason = hindrance(approver, request.total, is_own=own, is_program=program)
    if reason is not None:
        raise ApprovalRefused("You may not approve this order.", reason=reason.value)
    approval = Approval(request.requested_by, request.requested_by_name, approver.approves_up_to)
    command = replace(_command(request, shown=not at_any_price or total is not None), source=source, approval=approval)
    placed = place_order(principal, command)
    order_id = get_order_id(principal, placed.order_number)
    _decide(principal, request, RequestState.APPROVED, order_id=order_id)
    record(
        principal,
        "order_request.approved",
        number,
        before={"total": f"{request.total:f}", "currency": request.currency},
        after={**_facts(placed), "order": placed.order_number},
    )
    return get_request(principal, number)


def decline_request(principal: Principal, number: str, reason: str = "") -> RequestRow:
    """Decline the order that waits; who asked for it is told, with the reason. The principal buys and approves.

    Raises:
        NotFound: there is no such request.
        RequestDecided: it waits no more.
    """
    principal.require(Permission.ORDERS_APPROVE)
    request = _waiting(principal, number)
    _decide(principal, request, RequestState.DECLINED, reason=reason)
    record(principal, "order_request.declined", number, after={"reason": reason} if reason else None)
    return get_request(principal, number)


def withdraw_request(principal: Principal, number: str) -> RequestRow:
    """Take the order that waits back into the principal's basket. The principal buys and may place orders.

    Raises:
        NotFound: there is no such request.
        RequestDecided: it waits no more.
    """
    principal.require(Permission.ORDERS_PLACE)
    request = _waiting(principal, number)
    _decide(principal, request, RequestState.WITHDRAWN)
    raise_lines(principal, [BasketEntry(line.article, line.quantity, line.unit_price) for line in request.lines])
    if request.rewards:
        keep_rewards(principal, request.rewards)
    record(principal, "order_request.withdrawn", number)
    return get_request(principal, number)


def reprice_request(principal: Principal, number: str) -> RequestRow:
    """Show the order that waits at today's prices: at these it can be approved next. The principal buys and approves.

    Raises:
        NotFound: there is no such request.
        RequestDecided: it waits no more.
        LinesRefused, CouponsRefused: it cannot be ordered any more as it was asked for.
    """
    principal.require(Permission.ORDERS_APPROVE)
    request = _waiting(principal, number)
    placed, promoted = _worked_out(principal, _command(request, shown=False))
    db.session.execute(_REPRICE, {**_edge(principal), **_as_shown(placed, promoted), "id": request.id})
    repriced = get_request(principal, number)
    if repriced.shown == request.shown:
        # Another approver was shown these before.
        return repriced
    record(
        principal,
        "order_request.repriced",
        number,
        before={"total": f"{request.total:f}", "currency": request.currency},
        after=_facts(placed),
    )
    return repriced


def find_earlier_request(principal: Principal, key: IdempotencyKey) -> RequestRow | None:
    """Give what the principal, who buys, asked for with this key, whatever became of it, or None.

    Raises:
        IdempotencyKeyReused: the key was used with another request.
    """
    found = find_request_of_key(principal, _key(key))
    if found is None:
        return None
    key.require_same(found.request_hash)
    return replace(found, replayed=True)


def _key(key: IdempotencyKey) -> str:
    """Give the key with whose it is, so that two programs of a person may choose the same."""
    return f"{key.scope} {key.key}"


def _worked_out(principal: Principal, command: PlaceOrder) -> tuple[PlacedOrder, PromotedOrder]:
    try:
        return work_out_order(principal, command)
    except CouponsRefused as refused:
        count_tries(principal, len(refused.tried))
        raise


def _command(request: RequestRow, *, shown: bool) -> PlaceOrder:
    """Give the order that was asked for; `shown`: at the prices it was last shown with alone."""
    number = request.request_number
    return PlaceOrder(
        lines=tuple(WantedLine(row.article, row.quantity, row.unit_price if shown else None) for row in request.lines),
        idempotency=IdempotencyKey("order request", number, request_hash("order request", number)),
        purchase_order_number=request.purchase_order_number,
        requested_on=request.requested_on,
        coupons=request.coupons,
        rewards=request.rewards,
        shown_offer=request.shown_offer if shown else None,
        ship_to=request.ship_to,
    )


def _waiting(principal: Principal, number: str) -> RequestRow:
    request = lock_waiting_request(principal, number)
    if request is None:
        raise RequestDecided("This order waits no more.", state=get_request(principal, number).state.value)
    return request


def _decide(
    principal: Principal, request: RequestRow, state: RequestState, *, reason: str = "", order_id: int | None = None
) -> None:
    values = {"state": state.value, "reason": reason, "order": order_id, "id": request.id}
    who = {"actor": principal.actor, "actor_name": principal.actor_name}
    db.session.execute(_DECIDE, {**_edge(principal), **who, **values})
    _tell(principal, "OrderRequestDecided", request.request_number, state, request.requested_by)


def _tell(principal: Principal, event: str, number: str, state: RequestState, receiver: str = "") -> None:
    _seller, buyer_id = principal.buying()
    told = {"buyer_id": buyer_id, "request_number": number, "state": state.value}
    emit(principal, event, told | ({"receiver": receiver} if receiver else {}))


def _as_shown(placed: PlacedOrder, promoted: PromotedOrder) -> dict[str, Any]:
    lines = [
        [line.article, f"{line.quantity:f}", f"{line.unit_price:f}"]
        for line in placed.lines
        if line.cause_line is None and line.reward is None
    ]
    return {"lines": json.dumps(lines), "total": placed.total, "offer": offer_text(promoted.promoted.outcome)}


def _facts(placed: PlacedOrder) -> dict[str, Any]:
    return {"lines": len(placed.lines), "total": f"{placed.total:f}", "currency": placed.currency}


def _edge(principal: Principal) -> dict[str, Any]:
    seller_id, buyer_id = principal.buying()
    return {"seller": seller_id, "buyer": buyer_id}

"""The seller's acts on an order after it was placed: confirm, ship, deliver, cancel. Each is an event with who and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, Numeric, TextClause, bindparam, text, update
from sqlalchemy.dialects.postgresql import insert

from portal.core.outbox import emit
from portal.inventory.models import MovementKind, StockMovement
from portal.ordering.errors import LinesRefused, OrderNotReady, OutOfStock
from portal.ordering.models import EventKind, Order, OrderEvent, OrderStatus, Shipment, ShipmentLine
from portal.ordering.rules.life import (
    LineQuantities,
    LineRefused,
    OrderAct,
    cancel_line,
    may,
    order_status,
    ship_line,
)
from portal.ordering.rules.picking import NotEnoughThere, plan_release, plan_shipping
from portal.ordering.service.order_locks import LockedLine, LockedOrder, lock_order, write_moves
from tenants.audit import record
from tenants.database import db
from tenants.errors import Conflict
from tenants.permissions import Permission
from tenants.principal import Principal

_ALLOCATE_WAITING = text("select allocate_waiting(:articles)").bindparams(
    bindparam("articles", type_=ARRAY(BigInteger))
)
_GIVE_BACK = text("select give_back_promotions(:order)")
_BY_LINE = (bindparam("lines", type_=ARRAY(Integer)), bindparam("quantities", type_=ARRAY(Numeric)))
_SHIP_LINES = text(
    "update order_line l set shipped_quantity = l.shipped_quantity + t.quantity"
    " from unnest(:lines, :quantities) as t (line, quantity)"
    " where l.seller_id = :seller and l.order_id = :order and l.line = t.line"
).bindparams(*_BY_LINE)
_CANCEL_LINES = text(
    "update order_line l set cancelled_quantity = l.cancelled_quantity + t.quantity"
    " from unnest(:lines, :quantities) as t (line, quantity)"
    " where l.seller_id = :seller and l.order_id = :order and l.line = t.line"
).bindparams(*_BY_LINE)
# Numbers of the form <order number>-<n> may also have been chosen by the caller, even for other orders.
_NEXT_SHIPMENT = text(
    """
    select count(*) filter (where order_id = :order) as made,
           count(*) filter (where shipment_number = :wanted) as taken,
           coalesce(max(substring(shipment_number from length(:stem) + 1)::integer) filter (
               where starts_with(shipment_number, :stem)
                 and substring(shipment_number from length(:stem) + 1) ~ '^[0-9]{1,6}$'), 0) + 1 as next
    from shipment where seller_id = :seller
      and (order_id = :order or shipment_number = :wanted or (shipment_number >= :stem and shipment_number < :after))
    """
)


@dataclass(frozen=True, slots=True)
class ShipLine:
    """A quantity of a line in base units, from one warehouse (its code) or, without one, from wherever it is set aside."""

    line: int
    quantity: Decimal
    warehouse: str | None = None


@dataclass(frozen=True, slots=True)
class ShipOrder:
    """The command: without lines, everything that has stock set aside."""

    order_number: str
    lines: tuple[ShipLine, ...] = ()
    shipment_number: str = ""
    """The seller's own number; a repeat of it is refused. Empty: one is made."""
    tracking_code: str = ""
    shipments_before: int | None = None
    """How many shipments of the order the sender knew of; any other number refuses a form that is sent twice."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """What left: quantities by line, in base units."""

    order_number: str
    status: OrderStatus
    shipment_number: str
    tracking_code: str
    shipped_on: Any
    lines: tuple[tuple[int, str, Decimal], ...]
    """(line, article number, quantity)."""


def confirm_order(principal: Principal, order_number: str) -> OrderStatus:
    """Confirm a placed order. The principal is its seller and manages orders.

    Raises:
        NotFound: there is no such order.
        OrderNotReady: it is not waiting for a confirmation.
    """
    principal.require(Permission.ORDERS_MANAGE)
    order = lock_order(principal, order_number)
    _require(OrderAct.CONFIRM, order)
    _set_status(order, OrderStatus.CONFIRMED)
    _note(principal, order, EventKind.CONFIRMED, "OrderConfirmed")
    return OrderStatus.CONFIRMED


def deliver_order(principal: Principal, order_number: str) -> OrderStatus:
    """Note that a shipped order arrived. The principal is its seller and ships orders.

    Raises:
        NotFound: there is no such order.
        OrderNotReady: it was not shipped completely.
    """
    principal.require(Permission.ORDERS_SHIP)
    order = lock_order(principal, order_number)
    _require(OrderAct.DELIVER, order)
    _set_status(order, OrderStatus.DELIVERED)
    _note(principal, order, EventKind.DELIVERED, "OrderDelivered")
    return OrderStatus.DELIVERED


def ship_order(principal: Principal, command: ShipOrder) -> Shipped:
    """Ship lines of an order in part or whole and take them from stock. The principal is its seller and ships orders.

    Raises:
        NotFound: there is no such order.
        OrderNotReady: it was cancelled or shipped already.
        LinesRefused: a line does not exist or less of it is open.
        OutOfStock: a warehouse does not hold so much.
        Conflict: the seller's shipment number was used before.
    """
    principal.require(Permission.ORDERS_SHIP)
    order = lock_order(principal, command.order_number)
    _require(OrderAct.SHIP, order)
    wanted = command.lines or tuple(
        ShipLine(line.line, line.quantities.allocated) for line in order.lines.values() if line.quantities.allocated > 0
    )
    after = _take(order, wanted)
    write_moves(order)
    shipped = _sum_by_line((line.line, line.quantity) for line in wanted)
    _change_lines(order, _SHIP_LINES, shipped)
    status = order_status(after.values(), confirmed=True)
    number = _shipment_number(order, command)
    _write_shipment(order, number, command.tracking_code, shipped)
    _write_movements(principal, order, number)
    _set_status(order, status)
    details = {"shipment_number": number, "lines": _facts(shipped)}
    _note(principal, order, EventKind.SHIPPED, "OrderShipped", details)
    _free_for_others(order)
    lines = tuple((line, order.lines[line].article_number, quantity) for line, quantity in sorted(shipped.items()))
    return Shipped(order.order_number, status, number, command.tracking_code, order.today, lines)


def cancel_order(
    principal: Principal, order_number: str, lines: Mapping[int, Decimal] | None = None, reason: str = ""
) -> OrderStatus:
    """Cancel quantities (base units) of lines, or (None) all that is open. The principal is the seller and manages orders.

    What is open of goods that come free with a line that is cancelled as a whole is cancelled with it.

    Raises:
        NotFound: there is no such order.
        OrderNotReady: nothing of it is open.
        LinesRefused: a line does not exist or less of it is open.
    """
    principal.require(Permission.ORDERS_MANAGE)
    order = lock_order(principal, order_number, with_promotions=True)
    _require(OrderAct.CANCEL, order)
    wanted = (
        {line.line: line.quantities.open for line in order.lines.values() if line.quantities.open > 0}
        if lines is None
        else dict(lines)
    )
    after = {line.line: line.quantities for line in order.lines.values()}
    for number, quantity in wanted.items():
        line = _line(order, number)
        after[number] = _changed(line, cancel_line, line.quantities, quantity)
    for line in _left_gifts(order, after):
        wanted[line.line] = line.quantities.open
        after[line.line] = cancel_line(line.quantities, line.quantities.open)
    for number in wanted:
        line = order.lines[number]
        order.move(line, plan_release(order.shelves(line), after[number].open))
    write_moves(order)
    _change_lines(order, _CANCEL_LINES, wanted)
    status = order_status(after.values(), confirmed=order.status is not OrderStatus.PLACED)
    _set_status(order, status)
    if status is OrderStatus.CANCELLED:
        db.session.execute(_GIVE_BACK, {"order": order.id})
    details = {"lines": _facts(wanted), "whole": status is OrderStatus.CANCELLED} | (
        {"reason": reason} if reason else {}
    )
    _note(principal, order, EventKind.CANCELLED, "OrderCancelled", details)
    _free_for_others(order)
    return status


def _require(act: OrderAct, order: LockedOrder) -> None:
    if not may(act, order.status):
        raise OrderNotReady("The order's state does not allow this.", order_status=order.status.value)


def _line(order: LockedOrder, number: int) -> LockedLine:
    line = order.lines.get(number)
    if line is None:
        raise LinesRefused("There is no such line.", errors=[{"line": number, "detail": "No such line."}])
    return line


def _left_gifts(order: LockedOrder, after: Mapping[int, LineQuantities]) -> list[LockedLine]:
    """Give the lines still open that came free with a line of which nothing was bought in the end."""
    return [
        line
        for line in order.lines.values()
        if line.cause_line is not None
        and after[line.line].open > 0
        and after[line.cause_line].cancelled == after[line.cause_line].ordered
    ]


def _changed(line: LockedLine, change: Any, quantities: LineQuantities, quantity: Decimal) -> LineQuantities:
    try:
        changed: LineQuantities = change(quantities, quantity)
    except LineRefused as refused:
        error = {
            "line": line.line,
            "article": line.article_number,
            "reason": refused.problem.value,
            "detail": f"At most {refused.limit.normalize():f} is open.",
            "nearest": f"{refused.limit.normalize():f}",
        }
        raise LinesRefused("The quantity is not open.", errors=[error]) from refused
    return changed


def _take(order: LockedOrder, wanted: Iterable[ShipLine]) -> dict[int, LineQuantities]:
    codes = {code: warehouse_id for warehouse_id, code in order.warehouses.items()}
    after = {line.line: line.quantities for line in order.lines.values()}
    shipped_any = False
    for part in wanted:
        line = _line(order, part.line)
        before = after[part.line]
        after[part.line] = _changed(line, ship_line, before, part.quantity)
        warehouse_id = None
        if part.warehouse is not None:
            warehouse_id = codes.get(part.warehouse)
            if warehouse_id is None:
                error = {"line": part.line, "detail": "No such warehouse.", "warehouse": part.warehouse}
                raise LinesRefused("There is no such warehouse.", errors=[error])
        try:
            moves = plan_shipping(order.shelves(line), part.quantity, before.open, warehouse_id)
        except NotEnoughThere as short:
            fact = {
                "line": part.line,
                "article": line.article_number,
                "quantity": f"{part.quantity:f}",
                "available_quantity": f"{short.available:f}",
            }
            raise OutOfStock("There is not enough in the warehouse.", lines=[fact]) from short
        order.move(line, moves)
        shipped_any = True
    if not shipped_any:
        raise OutOfStock("Nothing of this order has stock set aside.", lines=[])
    return after


def _sum_by_line(parts: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for line, quantity in parts:
        sums[line] = sums.get(line, Decimal(0)) + quantity
    return sums


def _change_lines(order: LockedOrder, statement: TextClause, quantities: Mapping[int, Decimal]) -> None:
    lines = sorted(quantities)
    values = {"lines": lines, "quantities": [quantities[line] for line in lines]}
    db.session.execute(statement, {"seller": order.seller_id, "order": order.id, **values})


def _set_status(order: LockedOrder, status: OrderStatus) -> None:
    if status is not order.status:
        db.session.execute(
            update(Order).where(Order.seller_id == order.seller_id, Order.id == order.id).values(status=status)
        )


def _shipment_number(order: LockedOrder, command: ShipOrder) -> str:
    wanted, stem = command.shipment_number, f"{order.order_number}-"
    # A colon follows the digits, so the index finds the numbers of this order's own form.
    parameters = {"seller": order.seller_id, "order": order.id, "wanted": wanted, "stem": stem, "after": f"{stem}:"}
    row = db.session.execute(_NEXT_SHIPMENT, parameters).one()
    if command.shipments_before is not None and row.made != command.shipments_before:
        raise OrderNotReady("It was shipped from since the page was shown.", order_status=order.status.value)
    if wanted and row.taken:
        raise Conflict("This shipment number was used before.", shipment_number=wanted)
    return wanted or f"{stem}{row.next}"


def _write_shipment(order: LockedOrder, number: str, tracking_code: str, shipped: Mapping[int, Decimal]) -> None:
    key = {"seller_id": order.seller_id, "order_id": order.id, "buyer_id": order.buyer_id}
    shipment_id = db.session.execute(
        insert(Shipment)
        .values(**key, shipment_number=number, tracking_code=tracking_code, shipped_on=order.today)
        .on_conflict_do_nothing(index_elements=["seller_id", "shipment_number"])
        .returning(Shipment.id)
    ).scalar_one_or_none()
    if shipment_id is None:
        raise Conflict("This shipment number was used before.", shipment_number=number)
    db.session.execute(
        insert(ShipmentLine),
        [{**key, "shipment_id": shipment_id, "line": line, "quantity": shipped[line]} for line in sorted(shipped)],
    )


def _write_movements(principal: Principal, order: LockedOrder, number: str) -> None:
    db.session.execute(
        insert(StockMovement),
        [
            {
                "seller_id": order.seller_id,
                "article_id": entry.article_id,
                "warehouse_id": entry.move.warehouse_id,
                "kind": MovementKind.SHIPMENT,
                "quantity": -entry.move.shipped,
                "reference": number,
                "actor": principal.actor,
            }
            for entry in order.moves
            if entry.move.shipped
        ],
    )


def _free_for_others(order: LockedOrder) -> None:
    freed = {entry.article_id for entry in order.moves if entry.move.released > entry.move.shipped}
    if freed:
        db.session.execute(_ALLOCATE_WAITING, {"articles": sorted(freed)})


def _facts(quantities: Mapping[int, Decimal]) -> list[dict[str, Any]]:
    return [{"line": line, "quantity": f"{quantity:f}"} for line, quantity in sorted(quantities.items())]


def _note(
    principal: Principal, order: LockedOrder, kind: EventKind, event: str, details: dict[str, Any] | None = None
) -> None:
    db.session.execute(
        insert(OrderEvent).values(
            seller_id=order.seller_id,
            order_id=order.id,
            buyer_id=order.buyer_id,
            kind=kind,
            actor=principal.actor,
            actor_name=principal.actor_name,
            details={"by": "seller", **(details or {})},
        )
    )
    record(principal, f"order.{kind.value}", order.order_number, after=details)
    emit(
        principal,
        event,
        {
            "order_id": order.id,
            "order_number": order.order_number,
            "buyer_id": order.buyer_id,
            "by": "seller",
            **(details or {}),
        },
    )

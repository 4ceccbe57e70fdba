"""Booking: order lines sold under funded promotions become entries of the accrual ledger, exactly once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from portal.funding.rules import ZERO, Booked, Booking, FundedLine, book_line
from portal.ordering.line_amounts import LEFT
from portal.pricing.rules.price_lists import minor_unit

# The promotions of a line are those that its stored explanation names; what came free with it was not sold.
_LINES = text(
    f"""
    select l.seller_id, f.code, l.order_id, l.line, {LEFT} as left_quantity, l.shipped_quantity,
           b.entries, b.units, b.amount, b.released
    from jsonb_to_recordset(cast(:orders as jsonb)) as o (seller_id bigint, order_id bigint)
    join order_line l on l.seller_id = o.seller_id and l.order_id = o.order_id and l.cause_line is null
    join funding_product g on g.seller_id = l.seller_id and g.owner_id = l.owner_id and g.product_id = l.product_id
    join funding_offer f on f.seller_id = g.seller_id and f.code = g.code and f.state = 'accepted'
         and l.placed_on >= f.valid_from and l.placed_on < f.valid_to
    join funding_promotion p on p.seller_id = f.seller_id and p.code = f.code
         and (l.explanation -> 'promotions' @> jsonb_build_array(jsonb_build_object('code', p.promotion_code))
              or l.explanation -> 'order_promotions' @> jsonb_build_array(jsonb_build_object('code', p.promotion_code)))
    cross join lateral (
        select count(*) as entries, coalesce(sum(e.units), 0) as units,
               coalesce(sum(e.amount) filter (where e.kind <> 'released'), 0) as amount,
               coalesce(sum(e.amount) filter (where e.kind = 'released'), 0) as released
        from funding_entry e
        where e.seller_id = l.seller_id and e.order_id = l.order_id and e.line = l.line and e.code = f.code) b
    order by l.seller_id, f.code, l.order_id, l.line
    """  # noqa: S608 - a constant of ours
)
_LOCK = text(
    """
    select f.seller_id, f.code, f.currency, f.funding_amount, f.budget - f.accrued_amount as room
    from funding_offer f
    where f.state = 'accepted' and f.seller_id in (
        select o.seller_id from jsonb_to_recordset(cast(:orders as jsonb)) as o (seller_id bigint, order_id bigint))
    order by f.seller_id, f.code for update of f
    """
)
_ENTER = text(
    "insert into funding_entry (seller_id, code, order_id, line, kind, units, amount)"
    " values (:seller, :code, :order, :line, :kind, :units, :amount)"
)
_ADD = text(
    "update funding_offer set units = units + :units, accrued_amount = accrued_amount + :accrued,"
    " released_amount = released_amount + :released where seller_id = :seller and code = :code"
)
_USED_UP = text(
    "insert into outbox_event (seller_id, kind, payload, actor)"
    " select f.owner_id, 'FundingUsedUp', jsonb_build_object('partner_id', f.seller_id, 'code', f.code, 'offer', f.name,"
    " 'wholesaler', o.code), 'job' from funding_offer f join organisation o on o.id = f.seller_id"
    " where f.seller_id = :seller and f.code = :code"
)


def book(connection: Connection, orders: Sequence[tuple[int, int]]) -> int:
    """Bring the ledger to what is left and shipped of orders (seller id, order id); give how many entries that took.

    Runs inside the worker's transaction. Doing it twice books nothing twice, and the order of events does not matter.
    """
    asked = {
        "orders": json.dumps([{"seller_id": seller, "order_id": order} for seller, order in dict.fromkeys(orders)])
    }
    offers = {(row.seller_id, row.code): row for row in connection.execute(_LOCK, asked)}
    if not offers:
        return 0
    room = {key: row.room for key, row in offers.items()}
    entries: list[dict[str, Any]] = []
    for row in connection.execute(_LINES, asked).all():
        key = (row.seller_id, row.code)
        before = Booked(row.units, row.amount, row.released) if row.entries else None
        line = FundedLine(row.left_quantity, row.shipped_quantity)
        offer = offers[key]
        for entry in book_line(line, before, offer.funding_amount, minor_unit(offer.currency), room[key]):
            place = {"seller": row.seller_id, "code": row.code, "order": row.order_id, "line": row.line}
            entries.append({**place, **entry._asdict(), "kind": entry.kind.value})
            if entry.kind is not Booking.RELEASED:
                room[key] -= entry.amount
    if entries:
        connection.execute(_ENTER, entries)
        _add(connection, entries)
    used_up = [key for key, left in room.items() if not left and offers[key].room]
    if used_up:
        connection.execute(_USED_UP, [{"seller": seller, "code": code} for seller, code in used_up])
    return len(entries)


def _add(connection: Connection, entries: Sequence[dict[str, Any]]) -> None:
    # Once an offer: on the way there what is released may stand above what is accrued.
    sums: dict[tuple[int, str], dict[str, Any]] = {}
    for entry in entries:
        nothing = {"seller": entry["seller"], "code": entry["code"], "units": ZERO, "accrued": ZERO, "released": ZERO}
        of_offer = sums.setdefault((entry["seller"], entry["code"]), nothing)
        of_offer["units"] += entry["units"]
        of_offer["released" if entry["kind"] == Booking.RELEASED else "accrued"] += entry["amount"]
    connection.execute(_ADD, list(sums.values()))

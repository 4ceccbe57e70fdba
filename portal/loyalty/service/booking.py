"""Booking by the worker: what shipped orders earn, what cancelled rewards give back, what expires. Each exactly once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, text

from portal.core.outbox import Event
from portal.loyalty.models import Measure
from portal.loyalty.rules import (
    EarningLine,
    EarningRule,
    ExpiringPoints,
    earned_points,
    points_expired,
    points_given_back,
    shipped_part,
)

EARNED, RETURNED, EXPIRED = "PointsEarned", "PointsReturned", "PointsExpired"
_GROUP = 500

_ORDERS = "jsonb_to_recordset(cast(:orders as jsonb)) as w (seller_id bigint, order_id bigint)"
# Orders earn by the rules of the day on which they were placed.
_LINES = text(
    f"""
    select l.seller_id, l.order_id, l.line, o.buyer_id, o.order_number, l.net_amount, l.ordered_quantity,
           l.shipped_quantity, r.number, r.measure, r.points, r.per, r.factor
    from {_ORDERS}
    join loyalty_programme g on g.seller_id = w.seller_id and g.state <> 'draft'
    join sales_order o on o.seller_id = w.seller_id and o.id = w.order_id
    join order_line l on l.seller_id = o.seller_id and l.order_id = o.id and l.ordered_quantity > 0
         and l.cause_line is null and not coalesce(l.explanation ? 'reward', false)
    join product p on p.owner_id = l.owner_id and p.id = l.product_id
    join loyalty_rule r on r.seller_id = l.seller_id and r.valid_from <= l.placed_on
         and (r.valid_to is null or l.placed_on < r.valid_to)
         and (r.scope = 'all' or (r.scope = 'article' and r.scope_code = l.article_number)
              or (r.scope = 'category'
                  and (p.category = r.scope_code or starts_with(p.category, r.scope_code || ' > '))))
    order by l.seller_id, o.buyer_id, l.order_id, l.line, r.number
    """  # noqa: S608 - a constant of ours
)
_REDEEMED = text(
    f"""
    select e.seller_id, e.buyer_id, e.order_id, e.line, e.reward_code, o.order_number, -e.points as points,
           l.ordered_quantity, l.cancelled_quantity
    from {_ORDERS}
    join point_entry e on e.seller_id = w.seller_id and e.order_id = w.order_id and e.kind = 'redeemed'
    join sales_order o on o.seller_id = e.seller_id and o.id = e.order_id
    join order_line l on l.seller_id = e.seller_id and l.order_id = e.order_id and l.line = e.line
    where l.cancelled_quantity > 0
    order by e.seller_id, e.buyer_id, e.order_id, e.line
    """  # noqa: S608 - the same
)
_TAKE_PART = text("insert into loyalty_member (seller_id, buyer_id) values (:seller, :buyer) on conflict do nothing")
_LOCK = text("select from loyalty_member where seller_id = :seller and buyer_id = :buyer for no key update")
_BOOKED = text(
    """
    select e.rule_number, e.line, sum(e.points)::bigint as points, max(e.expires_on) as expires_on
    from point_entry e where e.seller_id = :seller and e.order_id = :order
      and e.kind in ('earned', 'reversed', 'returned') group by e.rule_number, e.line
    """
)
_DAY = text(
    "select (now() at time zone s.time_zone)::date as today,"
    " ((now() at time zone s.time_zone)::date + make_interval(months => g.expiry_months))::date as expires_on"
    " from organisation s join loyalty_programme g on g.seller_id = s.id where s.id = :seller"
)
_ENTER = text(
    "insert into point_entry (seller_id, buyer_id, kind, points, booked_on, expires_on, order_id, line, rule_number,"
    " reward_code, cause) values (:seller, :buyer, :kind, :points, :today, :expires_on, :order, :line, :rule, :reward,"
    " :cause)"
)
_LOOK_AGAIN = text("update loyalty_member set expired_on = null where seller_id = :seller and buyer_id = :buyer")
_TELL = text(
    "insert into outbox_event (seller_id, kind, payload, actor) values (:seller, :kind, cast(:payload as jsonb), 'job')"
)
_DUE = text(
    f"""
    select m.seller_id, m.buyer_id, d.today from loyalty_member m
    join organisation s on s.id = m.seller_id
    cross join lateral (select (now() at time zone s.time_zone)::date as today) d
    where coalesce(m.expired_on, '-infinity') < d.today and exists (
        select from point_entry e where e.seller_id = m.seller_id and e.buyer_id = m.buyer_id
          and e.expires_on is not null and e.expires_on <= d.today
          and e.expires_on > coalesce(m.expired_on, '-infinity'))
    order by m.seller_id, m.buyer_id limit {_GROUP} for no key update of m skip locked
    """  # noqa: S608 - a constant of ours
)
_LOTS = text(
    """
    select e.seller_id, e.buyer_id, e.expires_on, sum(e.points)::bigint as points, max(e.id) as last_id
    from unnest(:sellers, :buyers) as m (seller_id, buyer_id)
    join point_entry e on e.seller_id = m.seller_id and e.buyer_id = m.buyer_id
    group by e.seller_id, e.buyer_id, e.expires_on
    """
).bindparams(bindparam("sellers", type_=ARRAY(BigInteger)), bindparam("buyers", type_=ARRAY(BigInteger)))
_EXPIRED_ON = text("update loyalty_member set expired_on = :today where seller_id = :seller and buyer_id = :buyer")


class _Edge(NamedTuple):
    seller: int
    buyer: int


def book(connection: Connection, events: Sequence[Event]) -> None:
    """Bring the ledger to what these orders shipped, and to what of their rewards was cancelled.

    Runs inside the dispatcher's transaction. Doing it twice books nothing twice, and the order of events does not matter.
    """
    ids = {(event.seller_id, event.payload["order_id"]): event.id for event in events if "order_id" in event.payload}
    asked = {"orders": json.dumps([{"seller_id": seller, "order_id": order} for seller, order in ids])}
    targets: dict[_Edge, dict[int, _Target]] = defaultdict(dict)
    _earn(connection.execute(_LINES, asked).all(), targets)
    for row in connection.execute(_REDEEMED, asked):
        given = points_given_back(row.points, row.ordered_quantity, row.cancelled_quantity)
        target = targets[_Edge(row.seller_id, row.buyer_id)].setdefault(row.order_id, _Target(row.order_number, {}, {}))
        target.returned[row.line] = (row.reward_code, given)
    # Everybody locks accounts in this order.
    for edge in sorted(targets):
        connection.execute(_TAKE_PART, edge._asdict())
        connection.execute(_LOCK, edge._asdict())
        for order_id, target in targets[edge].items():
            _book_order(connection, edge, order_id, target, ids[edge.seller, order_id])


class _Target(NamedTuple):
    """What is to be booked of an order altogether: points by rule, and by line those given back for which reward."""

    order_number: str
    earned: dict[int, int]
    returned: dict[int, tuple[str, int]]


def _earn(rows: Sequence[Any], targets: dict[_Edge, dict[int, _Target]]) -> None:
    orders: defaultdict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in rows:
        orders[row.seller_id, row.order_id].append(row)
    for (seller_id, order_id), matched in orders.items():
        rules = {row.number: EarningRule(Measure(row.measure), row.points, row.per, row.factor) for row in matched}
        about: defaultdict[int, list[int]] = defaultdict(list)
        for row in matched:
            about[row.line].append(row.number)
        lines = [
            EarningLine(
                shipped_part(row.net_amount, row.ordered_quantity, row.shipped_quantity),
                Fraction(row.shipped_quantity),
                about[line],
            )
            for line, row in {row.line: row for row in matched}.items()
        ]
        edge = _Edge(seller_id, matched[0].buyer_id)
        targets[edge][order_id] = _Target(matched[0].order_number, earned_points(lines, rules), {})


def _book_order(connection: Connection, edge: _Edge, order_id: int, target: _Target, event_id: int) -> None:
    booked = connection.execute(_BOOKED, {"seller": edge.seller, "order": order_id}).all()
    earned = {row.rule_number: row for row in booked if row.rule_number is not None}
    returned = {row.line: row.points for row in booked if row.line is not None}
    day = connection.execute(_DAY, {"seller": edge.seller}).one()
    common = {**edge._asdict(), "order": order_id, "today": day.today, "line": None, "rule": None, "reward": None}
    told = {EARNED: 0, RETURNED: 0}
    for rule, points in target.earned.items():
        before = earned.get(rule)
        more = points - (before.points if before else 0)
        if more:
            kind, lasts = (
                ("earned", day.expires_on) if more > 0 else ("reversed", before.expires_on if before else None)
            )
            entry = {"kind": kind, "points": more, "rule": rule, "expires_on": lasts}
            connection.execute(_ENTER, {**common, **entry, "cause": f"{kind} {order_id} {rule} {event_id}"})
            told[EARNED] += more
    for line, (reward, points) in target.returned.items():
        more = points - returned.get(line, 0)
        if more > 0:
            entry = {"kind": "returned", "points": more, "line": line, "reward": reward, "expires_on": None}
            connection.execute(_ENTER, {**common, **entry, "cause": f"returned {order_id} {line} {event_id}"})
            connection.execute(_LOOK_AGAIN, edge._asdict())
            told[RETURNED] += more
    for kind, points in told.items():
        if points:
            _tell(connection, edge, kind, {"order_number": target.order_number, "points": points})


def expire_points(connection: Connection) -> int:
    """Book what expired, inside the worker's transaction; give how many accounts were looked at."""
    due = {_Edge(row.seller_id, row.buyer_id): row.today for row in connection.execute(_DUE)}
    if not due:
        return 0
    lots: defaultdict[_Edge, list[ExpiringPoints]] = defaultdict(list)
    taken: defaultdict[_Edge, int] = defaultdict(int)
    last: defaultdict[_Edge, int] = defaultdict(int)
    # Asked only now that nobody else takes points of these accounts.
    asked = {"sellers": [edge.seller for edge in due], "buyers": [edge.buyer for edge in due]}
    for row in connection.execute(_LOTS, asked):
        edge = _Edge(row.seller_id, row.buyer_id)
        last[edge] = max(last[edge], row.last_id)
        if row.expires_on is None:
            taken[edge] -= row.points
        else:
            lots[edge].append(ExpiringPoints(row.expires_on, row.points))
    for edge, today in due.items():
        gone = points_expired(lots[edge], taken[edge], today)
        if gone:
            entry = {"kind": "expired", "points": -gone, "cause": f"expired {last[edge]}"}
            nothing = {"order": None, "line": None, "rule": None, "reward": None, "expires_on": None}
            connection.execute(_ENTER, {**edge._asdict(), **nothing, **entry, "today": today})
            _tell(connection, edge, EXPIRED, {"points": gone})
        connection.execute(_EXPIRED_ON, {**edge._asdict(), "today": today})
    return len(due)


def _tell(connection: Connection, edge: _Edge, kind: str, facts: dict[str, Any]) -> None:
    payload = json.dumps({"buyer_id": edge.buyer, **facts})
    connection.execute(_TELL, {"seller": edge.seller, "kind": kind, "payload": payload})

"""Reading points: how an account stands, its ledger, and what a programme owes altogether."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text

from portal.loyalty.models import EntryKind
from portal.loyalty.queries.programme import list_levels
from portal.loyalty.rules import ExpiringPoints, Level, level_of, points_expired, points_left
from tenants.database import db
from tenants.permissions import Capacity
from tenants.principal import Principal

# A level counts what was earned within the last twelve months, the day of today included.
EARNED = (
    "coalesce(sum(e.points) filter (where e.kind in ('earned', 'reversed')"
    " and e.booked_on > (now() at time zone :zone)::date - interval '12 months'), 0)"
)
_STANDING = text(
    f"""
    select coalesce(sum(e.points), 0)::bigint as balance, {EARNED}::bigint as earned,
           coalesce(-sum(e.points) filter (where e.expires_on is null), 0)::bigint as taken,
           (now() at time zone :zone)::date as today
    from point_entry e where e.seller_id = :seller and e.buyer_id = :buyer
    """  # noqa: S608 - a constant of ours
)
_LOTS = text(
    "select e.expires_on, sum(e.points)::bigint as points from point_entry e"
    " where e.seller_id = :seller and e.buyer_id = :buyer and e.expires_on is not null group by e.expires_on"
)
_ENTRIES = text(
    """
    select e.id, e.kind, e.points, e.booked_on, e.expires_on, o.order_number, e.line, r.name as rule_name,
           e.reward_code, e.reason
    from point_entry e
    left join sales_order o on o.seller_id = e.seller_id and o.id = e.order_id
    left join loyalty_rule r on r.seller_id = e.seller_id and r.number = e.rule_number
    where e.seller_id = :seller and e.buyer_id = :buyer and (cast(:after as bigint) is null or e.id < :after)
    order by e.id desc limit :limit
    """
)
_OF_CAUSE = text(
    "select e.points, e.reason from point_entry e"
    " where e.seller_id = :seller and e.buyer_id = :buyer and e.cause = :cause"
)
_MEMBERS = text(
    f"""
    select m.code, m.name, sums.balance, sums.earned
    from (select o.id, o.code, o.name from loyalty_member m
          join organisation o on o.id = m.buyer_id and o.seller_id = m.seller_id
          where m.seller_id = :seller and (cast(:after as text) is null or o.code collate "C" > cast(:after as text))
          order by o.code collate "C" limit :limit) m
    cross join lateral (
        select coalesce(sum(e.points), 0)::bigint as balance, {EARNED}::bigint as earned
        from point_entry e where e.seller_id = :seller and e.buyer_id = m.id) sums
    order by m.code collate "C"
    """  # noqa: S608 - the same
)
_TOTALS = text(
    f"""
    with accounts as materialized (
        select e.buyer_id, sum(e.points)::bigint as balance, {EARNED}::bigint as earned
        from point_entry e where e.seller_id = :seller group by e.buyer_id
    )
    select (select max(l.from_points) from loyalty_level l where l.seller_id = :seller and l.from_points <= a.earned)
               as from_points,
           count(*) as accounts, sum(a.balance)::bigint as points
    from accounts a group by 1 order by 1 nulls first
    """  # noqa: S608 - the same
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands with its seller's programme; `earned` within twelve months."""

    balance: int
    earned: int
    level: Level | None
    next_level: Level | None
    expiring: tuple[ExpiringPoints, ...]
    """What goes when, the earliest first."""

    @property
    def to_next(self) -> int | None:
        """Give how many points are missing to the next level; None where there is none."""
        return None if self.next_level is None else self.next_level.from_points - self.earned


class EntryRow(NamedTuple):
    """Points booked, and why."""

    id: int
    kind: EntryKind
    points: int
    booked_on: date
    expires_on: date | None
    order_number: str | None
    line: int | None
    rule_name: str | None
    reward_code: str | None
    reason: str


class MemberRow(NamedTuple):
    """An account with points; `earned` within twelve months."""

    code: str
    name: str
    balance: int
    earned: int
    level: Level | None


class LevelTotal(NamedTuple):
    """How many accounts are at a level (None: below the first), and how many points they have together."""

    level: Level | None
    accounts: int
    points: int


def get_standing(principal: Principal, buyer_id: int | None = None) -> Standing:
    """Give how an account stands. The principal is the buyer itself, or the seller, who names one by `buyer_id`."""
    values = {**_edge(principal, buyer_id), "zone": principal.time_zone}
    row = db.session.execute(_STANDING, values).one()
    lots = [ExpiringPoints._make(lot) for lot in db.session.execute(_LOTS, values)]
    level, next_level = level_of(row.earned, list_levels(principal))
    # Points whose day has come are gone, booked or not.
    balance = row.balance - points_expired(lots, row.taken, row.today)
    left = tuple(lot for lot in points_left(lots, row.taken) if lot.expires_on > row.today)
    return Standing(balance, row.earned, level, next_level, left)


def list_entries(
    principal: Principal, buyer_id: int | None = None, *, after: int | None = None, limit: int
) -> list[EntryRow]:
    """Give up to `limit` entries of an account's ledger, the newest first, behind the one with the id `after`.

    The principal is the buyer itself, or the seller, who names one by `buyer_id`.
    """
    rows = db.session.execute(_ENTRIES, {**_edge(principal, buyer_id), "after": after, "limit": limit})
    return [EntryRow._make(row)._replace(kind=EntryKind(row.kind)) for row in rows]


def find_adjustment(principal: Principal, buyer_id: int, cause: str) -> tuple[int, str] | None:
    """Give points and reason of what a cause booked for an account of the principal, a seller; or None."""
    row = db.session.execute(_OF_CAUSE, {**_edge(principal, buyer_id), "cause": cause}).one_or_none()
    return (row.points, row.reason) if row else None


def list_members(principal: Principal, *, after: str | None = None, limit: int) -> list[MemberRow]:
    """Give up to `limit` accounts with points by code, behind the code `after`. The principal is the seller."""
    values = {"seller": principal.selling(), "zone": principal.time_zone, "after": after, "limit": limit}
    levels = list_levels(principal)
    return [
        MemberRow(row.code, row.name, row.balance, row.earned, level_of(row.earned, levels)[0])
        for row in db.session.execute(_MEMBERS, values)
    ]


def list_totals(principal: Principal) -> list[LevelTotal]:
    """Give accounts and their points by level, the lowest first. The principal is the seller."""
    levels = {level.from_points: level for level in list_levels(principal)}
    rows = db.session.execute(_TOTALS, {"seller": principal.selling(), "zone": principal.time_zone})
    return [LevelTotal(levels.get(row.from_points), row.accounts, row.points) for row in rows]


def _edge(principal: Principal, buyer_id: int | None) -> dict[str, Any]:
    if principal.capacity is Capacity.BUYER:
        seller_id, own_id = principal.buying()
        return {"seller": seller_id, "buyer": own_id}
    return {"seller": principal.selling(), "buyer": buyer_id}

"""Reading what people of a buyer order alone, and the orders that wait for an approver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, LiteralString, NamedTuple

from sqlalchemy import text

from portal.core.idempotency import request_hash
from portal.ordering.approval_models import RequestState
from portal.ordering.rules.approval import Approver
from tenants.database import db, read
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

ALONE: Final[LiteralString] = """(
    select case when k.base is null then null
                when not %(approves)s or r.four_eyes then k.base
                when l.approves_up_to is not null then greatest(k.base, l.approves_up_to) end
    from approval_rule r
    left join approval_limit l on l.organisation_id = r.organisation_id and l.user_id = %(user)s
    cross join lateral (select coalesce(l.places_up_to, r.places_up_to) as base) k
    where r.organisation_id = %(organisation)s
)"""
"""What the principal orders alone, given `alone_values`; null: any amount."""
_ALONE = f"select {ALONE}"
_APPROVER = text(
    "select r.four_eyes, l.approves_up_to from approval_rule r left join approval_limit l"
    " on l.organisation_id = r.organisation_id and l.user_id = :user where r.organisation_id = :organisation"
)
_RULE = text("select places_up_to, four_eyes from approval_rule where organisation_id = :organisation")
_LIMITS = text(
    "select l.user_id, l.places_up_to, l.approves_up_to from approval_limit l where l.organisation_id = :organisation"
)
_REQUESTS = """
    select r.id, r.request_number, r.state, r.currency, r.total, r.limit_amount, r.lines, r.coupons, r.rewards,
           r.shown_offer, r.purchase_order_number, r.requested_on, r.ship_to, r.requested_by, r.requested_by_name,
           r.requested_at, r.request_hash, r.decided_by_name, r.decided_at, r.reason, o.order_number
    from order_request r
    left join sales_order o on o.seller_id = r.seller_id and o.id = r.order_id
    where r.seller_id = :seller and r.buyer_id = :buyer and (cast(:only as text) is null or r.requested_by = :only)
"""
_ONE = text(f"{_REQUESTS} and r.request_number = :number")
_LOCKED = text(f"{_REQUESTS} and r.request_number = :number and r.state = 'waiting' for update of r")
_OF_KEY = text(f"{_REQUESTS} and r.requested_by = :actor and r.idempotency_key = :key")
_LIST = text(
    f"{_REQUESTS} and (cast(:state as text) is null or r.state = :state)"
    " and (cast(:after as bigint) is null or r.id < :after) order by r.id desc limit :limit"
)


class RequestLine(NamedTuple):
    """A line as it was asked for; base units, and the unit price last shown."""

    article: str
    quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class RequestRow:
    """An order that waits, or waited, for an approver; `total` and `limit_amount` net in its currency."""

    id: int
    request_number: str
    state: RequestState
    currency: str
    total: Decimal
    limit_amount: Decimal | None
    lines: tuple[RequestLine, ...]
    coupons: tuple[str, ...]
    rewards: tuple[str, ...]
    shown_offer: str
    purchase_order_number: str
    requested_on: date | None
    ship_to: str
    requested_by: str
    requested_by_name: str
    requested_at: datetime
    request_hash: bytes
    decided_by_name: str
    decided_at: datetime | None
    reason: str
    order_number: str | None
    replayed: bool = False
    """Whether an earlier request with the same idempotency key wrote it."""

    @property
    def line_count(self) -> int:
        """Give how many lines it has."""
        return len(self.lines)

    @property
    def shown(self) -> str:
        """Give a fingerprint of what an approver is shown: lines with their prices, total, and what promotions give."""
        lines = [[line.article, f"{line.quantity:f}", f"{line.unit_price:f}"] for line in self.lines]
        return request_hash("order request shown", [lines, f"{self.total:f}", self.shown_offer]).hex()


class RuleRow(NamedTuple):
    """What the organisation lets its people order alone; None: any amount."""

    places_up_to: Decimal | None = None
    four_eyes: bool = False


class LimitRow(NamedTuple):
    """What one person orders alone and approves; None: as the organisation says, any amount."""

    places_up_to: Decimal | None = None
    approves_up_to: Decimal | None = None


def alone_values(principal: Principal) -> dict[str, Any]:
    """Give the values of `ALONE`."""
    return {
        "organisation": principal.organisation_id,
        "user": principal.user_id,
        "approves": principal.may(Permission.ORDERS_APPROVE),
    }


def find_alone_limit(principal: Principal) -> Decimal | None:
    """Give up to what total the principal, who buys, orders alone; None: any amount."""
    principal.buying()
    limit: Decimal | None = read(_ALONE, alone_values(principal))[0][0]
    return limit


def get_approver(principal: Principal) -> Approver:
    """Give what holds for the principal, who buys, where it approves."""
    principal.buying()
    row = db.session.execute(_APPROVER, {"organisation": principal.organisation_id, "user": principal.user_id}).first()
    return Approver(*row) if row else Approver()


def get_rule(principal: Principal) -> RuleRow:
    """Give what the principal's organisation lets its people order alone."""
    row = db.session.execute(_RULE, {"organisation": principal.organisation_id}).first()
    return RuleRow(*row) if row else RuleRow()


def list_limits(principal: Principal) -> dict[int, LimitRow]:
    """Give the limits of people of the principal's organisation, by their account."""
    rows = db.session.execute(_LIMITS, {"organisation": principal.organisation_id})
    return {row.user_id: LimitRow(row.places_up_to, row.approves_up_to) for row in rows}


def list_requests(
    principal: Principal, *, state: RequestState | None = None, after: Sequence[Any] | None = None, limit: int
) -> list[RequestRow]:
    """Give up to `limit` requests of the buyer, the newest first, behind the key (row id). The principal buys."""
    values = {"state": state.value if state else None, "after": int(after[0]) if after else None, "limit": limit}
    return [_row(row) for row in db.session.execute(_LIST, {**_edge(principal), **values})]


def lock_waiting_request(principal: Principal, number: str) -> RequestRow | None:
    """Give a request of the buyer that waits, and keep others from deciding it meanwhile; None: none waits.

    The principal buys.
    """
    row = db.session.execute(_LOCKED, {**_edge(principal), "number": number}).first()
    return _row(row) if row else None


def get_request(principal: Principal, number: str) -> RequestRow:
    """Give a request of the buyer. The principal buys.

    Raises:
        NotFound: there is no such request.
    """
    row = db.session.execute(_ONE, {**_edge(principal), "number": number}).first()
    if row is None:
        raise NotFound
    return _row(row)


def find_request_of_key(principal: Principal, key: str) -> RequestRow | None:
    """Give what the principal, who buys, asked for with this idempotency key, or None."""
    row = db.session.execute(_OF_KEY, {**_edge(principal), "actor": principal.actor, "key": key}).first()
    return _row(row) if row else None


def _edge(principal: Principal) -> dict[str, Any]:
    seller_id, buyer_id = principal.buying()
    # Whoever acts on behalf works for the seller, which learns of an order when it is one: it sees what it asked for itself.
    only = None if principal.actor_organisation_id is None else principal.actor
    return {"seller": seller_id, "buyer": buyer_id, "only": only}


def _row(row: Any) -> RequestRow:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's columns by name
    lines = tuple(RequestLine(article, Decimal(quantity), Decimal(price)) for article, quantity, price in row.lines)
    return RequestRow(
        **values
        | {
            "state": RequestState(row.state),
            "lines": lines,
            "coupons": tuple(row.coupons),
            "rewards": tuple(row.rewards),
        },
    )

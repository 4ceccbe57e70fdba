"""Reading framework agreements, from either side: a seller sees all it made, a buyer its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import text

from portal.core.queries import like_pattern
from portal.ordering.line_amounts import LEFT, LEFT_AMOUNT
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Capacity
from tenants.principal import Principal

MOST_ON_CARD = 5

USED = f"""
    select count(distinct c.order_id) as order_count, coalesce(sum({LEFT}), 0) as called_quantity,
           coalesce(sum({LEFT_AMOUNT}), 0) as called_amount
    from agreement_call_off c
    join order_line l on l.seller_id = f.seller_id and l.order_id = c.order_id and l.line = c.line
    where c.seller_id = f.seller_id and c.agreement_code = f.code
"""  # noqa: S608 - constants of ours
"""What is called off of agreement `f`: its order lines as placed, less what was cancelled of them."""
IS_NEARLY_USED = (
    "case when f.agreed_quantity is not null then u.called_quantity * 100 >= f.agreed_quantity * f.warn_percent"
    " else u.called_amount * 100 >= f.agreed_amount * f.warn_percent end"
)
# One that was ended before it began has a window of no day.
_STATE = (
    "case when d.today >= f.valid_to or f.valid_from = f.valid_to then 'ended'"
    " when d.today < f.valid_from then 'ahead' else 'running' end"
)
_IS_ENDING = "d.today >= f.valid_to - f.warn_days"
_FOUND = f"""
    select f.code, f.name, coalesce(o.code, '') as account, coalesce(o.name, '') as account_name, f.valid_from,
           f.valid_to, {_STATE} as state, f.agreed_quantity, f.agreed_amount, u.called_quantity, u.called_amount,
           u.order_count, f.warn_days, f.warn_percent, {_IS_ENDING} as is_ending, {IS_NEARLY_USED} as is_nearly_used,
           f.document_digest
    from framework_agreement f
    cross join (select (now() at time zone :zone)::date as today) d
    left join organisation o on o.id = f.buyer_id and o.seller_id = f.seller_id
    cross join lateral ({USED}) u
    where f.seller_id = :seller and (cast(:buyer as bigint) is null or f.buyer_id = :buyer)
"""  # noqa: S608 - the same
_LISTED = text(
    f"""{_FOUND}
      and (:state = '' or {_STATE} = :state)
      and (cast(:account as text) is null or o.code = :account)
      and (cast(:pattern as text) is null or f.code ilike :pattern or f.name ilike :pattern or o.name ilike :pattern)
      and (cast(:after_day as date) is null
           or (f.valid_to, f.code collate "C") > (cast(:after_day as date), :after_code))
    order by f.valid_to, f.code collate "C" limit :limit"""
)
_ONE = text(f"{_FOUND} and f.code = :code")
_NEEDING_ATTENTION = text(
    f"{_FOUND} and d.today >= f.valid_from and d.today < f.valid_to and ({_IS_ENDING} or {IS_NEARLY_USED})"
    f" order by f.valid_to, f.code limit {MOST_ON_CARD}"
)
_CALL_OFFS = text(
    f"""
    select o.order_number, l.placed_on, l.line, l.article_number, p.name_en, p.name_de, p.base_unit,
           {LEFT} as quantity, l.cancelled_quantity, l.unit_price, {LEFT_AMOUNT} as amount
    from agreement_call_off c
    join order_line l on l.seller_id = :seller and l.order_id = c.order_id and l.line = c.line
    join sales_order o on o.seller_id = :seller and o.id = c.order_id
    join product p on p.owner_id = l.owner_id and p.id = l.product_id
    where c.seller_id = :seller and c.agreement_code = :code
      and (cast(:buyer as bigint) is null or c.buyer_id = :buyer)
      and (cast(:after_day as date) is null
           or (l.placed_on, o.order_number, l.line) < (cast(:after_day as date), :after_number, :after_line))
    order by l.placed_on desc, o.order_number desc, l.line desc limit :limit
    """  # noqa: S608 - the same
)

_PARTIES = text(
    "select s.id, s.name, s.email, s.locale, o.id as buyer_id, o.name as buyer_name, o.email as buyer_email,"
    " o.locale as buyer_locale from framework_agreement f join organisation s on s.id = f.seller_id"
    " left join organisation o on o.id = f.buyer_id and o.seller_id = f.seller_id"
    " where f.seller_id = :seller and f.code = :code"
)


class AgreementState(StrEnum):
    """Where an agreement stands, by its window and the seller's day."""

    AHEAD = "ahead"
    RUNNING = "running"
    ENDED = "ended"


class AgreementRow(NamedTuple):
    """An agreement and what is called off of it; either a quantity (base units) or an amount (net) is agreed."""

    code: str
    name: str
    account: str
    account_name: str
    """Both empty where the buyer has another seller by now."""
    valid_from: date
    valid_to: date
    """First day on which it no longer holds."""
    state: AgreementState
    agreed_quantity: Decimal | None
    agreed_amount: Decimal | None
    called_quantity: Decimal
    called_amount: Decimal
    order_count: int
    warn_days: int
    warn_percent: int
    is_ending: bool
    """Its end is no more days away than it warns before."""
    is_nearly_used: bool
    """As much is called off as it warns at."""
    document_digest: str | None

    @property
    def agreed(self) -> Decimal:
        """What was agreed, by whichever measure."""
        return self.agreed_amount or self.agreed_quantity or Decimal(0)

    @property
    def called_off(self) -> Decimal:
        """What is called off, by the agreed measure."""
        return self.called_quantity if self.agreed_amount is None else self.called_amount

    @property
    def left(self) -> Decimal:
        """What may still be called off; 0 once more was called off than agreed."""
        return max(self.agreed - self.called_off, Decimal(0))


class Party(NamedTuple):
    """One side of an agreement, to write to."""

    id: int
    name: str
    email: str
    locale: str


class CallOffRow(NamedTuple):
    """An order line placed under an agreement: what is left of it after cancellation."""

    order_number: str
    placed_on: date
    line: int
    article_number: str
    name_en: str
    name_de: str
    base_unit: str
    quantity: Decimal
    """Base units."""
    cancelled_quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    """Net, after promotions."""


def list_agreements(
    principal: Principal,
    *,
    state: AgreementState | None = None,
    words: str = "",
    account: str | None = None,
    after: Sequence[Any] | None = None,
    limit: int,
) -> list[AgreementRow]:
    """Give up to `limit` agreements, those that end first first, behind the key `after` (last day, code).

    The principal is the seller, or a buyer, who gets its own. `words` is part of a code, name or customer's name.

    Raises:
        PermissionDenied: the principal acts on no trading edge.
    """
    after_day, after_code = after or (None, None)
    values = {
        **_side(principal),
        "state": state.value if state else "",
        "pattern": like_pattern(words) if words else None,
        "account": account,
        "after_day": after_day,
        "after_code": after_code,
        "limit": limit,
    }
    return [_row(row) for row in db.session.execute(_LISTED, values)]


def get_agreement(principal: Principal, code: str) -> AgreementRow:
    """Give one agreement by its code. The principal is its seller, or its buyer.

    Raises:
        NotFound: the principal has no such agreement.
        PermissionDenied: the principal acts on no trading edge.
    """
    row = db.session.execute(_ONE, {**_side(principal), "code": code}).one_or_none()
    if row is None:
        raise NotFound
    return _row(row)


def list_needing_attention(principal: Principal) -> list[AgreementRow]:
    """Give the first running agreements that end soon or are nearly used up. The principal is a seller or a buyer."""
    return [_row(row) for row in db.session.execute(_NEEDING_ATTENTION, _side(principal))]


def list_call_offs(
    principal: Principal, code: str, *, after: Sequence[Any] | None = None, limit: int
) -> list[CallOffRow]:
    """Give up to `limit` order lines placed under an agreement, the newest first, behind `after` (day, number, line).

    The principal is its seller, or its buyer; of somebody else's agreement there are none.

    Raises:
        PermissionDenied: the principal acts on no trading edge.
    """
    after_day, after_number, after_line = after or (None, None, None)
    values = {
        **_side(principal),
        "code": code,
        "after_day": after_day,
        "after_number": after_number,
        "after_line": after_line,
        "limit": limit,
    }
    return [CallOffRow._make(row) for row in db.session.execute(_CALL_OFFS, values)]


def find_parties(principal: Principal, code: str) -> dict[str, Party | None]:
    """Give whom to write to about an agreement: `seller`, and `buyer` unless it has another seller by now.

    The principal is the seller.

    Raises:
        NotFound: the seller has no such agreement.
        PermissionDenied: the principal is no seller.
    """
    row = db.session.execute(_PARTIES, {"seller": principal.selling(), "code": code}).one_or_none()
    if row is None:
        raise NotFound
    buyer = Party(row.buyer_id, row.buyer_name, row.buyer_email, row.buyer_locale) if row.buyer_id else None
    return {"seller": Party(row.id, row.name, row.email, row.locale), "buyer": buyer}


def _side(principal: Principal) -> dict[str, Any]:
    seller_id, buyer_id = principal.buying() if principal.capacity is Capacity.BUYER else (principal.selling(), None)
    return {"seller": seller_id, "buyer": buyer_id, "zone": principal.time_zone}


def _row(row: Any) -> AgreementRow:
    return AgreementRow._make(row)._replace(state=AgreementState(row.state))

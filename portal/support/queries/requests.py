"""Reading support requests: a seller's of all its customers, a customer's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import text

from portal.core.queries import like_pattern
from portal.support.queries.attachments import AttachmentRow
from portal.support.rules import CaseState, RequestKind, RequestState, Side, serial_key
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Capacity
from tenants.principal import Principal

MOST_ON_CARD = 5

# What the manufacturer answered is the seller's turn again; the customer is told nothing of cases.
_SHOWN = {
    Capacity.SELLER: "case when r.state = 'passed_up' and c.state = 'answered' then 'open' else r.state end",
    Capacity.BUYER: "r.state",
}
_COLUMNS = """
    r.id, r.buyer_id, r.request_number, coalesce(b.code, '') as account, coalesce(b.name, '') as account_name, r.kind, r.subject,
    {state} as state, o.order_number, a.article_number, p.name_en, p.name_de, r.opened_at, r.opened_by, r.opened_by_name, r.last_at,
    r.request_hash, u.serial_number, u.sold_on
"""
_TRADE = """
    left join sales_order o on o.seller_id = r.seller_id and o.id = r.order_id
    left join article a on a.seller_id = r.seller_id and a.id = r.article_id
    left join product p on p.owner_id = a.owner_id and p.id = a.product_id
    left join product_registration u on u.seller_id = r.seller_id and u.id = r.registration_id
"""
_OF_SELLER = f"""
    select {_COLUMNS.format(state=_SHOWN[Capacity.SELLER])}, c.case_number, c.state as case_state, b.id is not null and t.closed_at is null as is_customer
    from support_request r
    join trading_account t on t.seller_id = r.seller_id and t.buyer_id = r.buyer_id
    left join organisation b on b.id = r.buyer_id and b.seller_id = r.seller_id
    left join support_case c on c.seller_id = r.seller_id and c.request_id = r.id
    {_TRADE} where r.seller_id = :seller
"""  # noqa: S608 - constants of ours
_OF_BUYER = f"""
    select {_COLUMNS.format(state=_SHOWN[Capacity.BUYER])}, null as case_number, null as case_state, true as is_customer
    from support_request r join organisation b on b.id = r.buyer_id
    {_TRADE} where r.seller_id = :seller and r.buyer_id = :buyer
"""  # noqa: S608 - the same
_FOUND = {Capacity.SELLER: _OF_SELLER, Capacity.BUYER: _OF_BUYER}
_ONE = {side: text(f"{found} and r.request_number = :number") for side, found in _FOUND.items()}
_OF_KEY = text(f"{_OF_BUYER} and r.opened_by = :actor and r.idempotency_key = :key")
_LISTED = {
    side: text(
        f"""{found} and (:state = '' or {_SHOWN[side]} = :state)
        and (cast(:pattern as text) is null or r.request_number ilike :pattern or r.subject ilike :pattern
             or b.name ilike :pattern or a.article_number ilike :pattern or o.order_number ilike :pattern)
        and (cast(:after_at as timestamptz) is null or (r.last_at, r.id) < (cast(:after_at as timestamptz), :after_id))
        order by r.last_at desc, r.id desc limit :limit"""
    )
    for side, found in _FOUND.items()
}
_WAITING = {
    Capacity.SELLER: text(
        "select count(*) from support_request r"
        " left join support_case c on c.seller_id = r.seller_id and c.request_id = r.id"
        " where r.seller_id = :seller and r.state <> 'solved'"
        " and (r.state = 'open' or (r.state = 'passed_up' and c.state = 'answered'))"
    ),
    Capacity.BUYER: text(
        "select count(*) from support_request r"
        " where r.seller_id = :seller and r.buyer_id = :buyer and r.state <> 'solved' and r.state = 'waiting'"
    ),
}
# The newest first; a page begins before the message named.
_MESSAGES = """
    select 'request' as part, m.id, m.side, m.is_internal, m.text, m.attachment_digest, m.attachment_type,
           octet_length(m.attachment) as attachment_bytes, m.actor_name, m.at
    from support_message m where m.seller_id = :seller and m.request_id = :request
      and (cast(:buyer as bigint) is null or m.buyer_id = :buyer and not m.is_internal)
"""
_CASE_MESSAGES = """
    select 'case', m.id, m.side, false, m.text, m.attachment_digest, m.attachment_type, octet_length(m.attachment),
           case when m.side = 'seller' then m.actor_name else '' end, m.at
    from support_case_message m where m.seller_id = :seller and m.request_id = :request
"""
_PAGED = (
    "where cast(:after_at as timestamptz) is null"
    " or (at, part, id) < (cast(:after_at as timestamptz), cast(:after_part as text), cast(:after_id as bigint))"
    " order by at desc, part desc, id desc limit :limit"
)
_THREAD = {
    Capacity.SELLER: text(f"select * from ({_MESSAGES} union all {_CASE_MESSAGES}) m {_PAGED}"),  # noqa: S608 - the same
    Capacity.BUYER: text(f"select * from ({_MESSAGES}) m {_PAGED}"),  # noqa: S608 - the same
}
# Of the seller's articles a customer may name those on offer, and those that it ordered.
_NAMED = text(
    """
    with unit as (
        select u.id, u.article_id from product_registration u
        join article a on a.seller_id = u.seller_id and a.id = u.article_id
        where u.seller_id = :seller and u.buyer_id = :buyer and u.serial_key = :serial
          and (:article = '' or a.article_number = :article)
        order by u.id desc limit 1)
    select (select o.id from sales_order o
            where o.seller_id = :seller and o.buyer_id = :buyer and o.order_number = :order) as order_id,
           case when :article = '' then (select article_id from unit) else (
                select a.id from article a join product p on p.owner_id = a.owner_id and p.id = a.product_id
                where a.seller_id = :seller and a.article_number = :article and (
                    (a.status = 'active' and p.status = 'active') or exists (
                        select from order_line l
                        where l.seller_id = :seller and l.buyer_id = :buyer and l.article_id = a.id))) end as article_id,
           (select id from unit) as registration_id
    """
)
_FILE = "select m.attachment_digest as digest, m.attachment_type as content_type, m.attachment as content"
_ATTACHMENT = text(
    f"{_FILE} from support_message m join support_request r on r.seller_id = m.seller_id and r.id = m.request_id"
    " where m.seller_id = :seller and r.request_number = :number and m.attachment_digest = :digest"
    " and (cast(:buyer as bigint) is null or m.buyer_id = :buyer and not m.is_internal) limit 1"
)
_CASE_ATTACHMENT = text(
    f"{_FILE} from support_case_message m join support_request r on r.seller_id = m.seller_id and r.id = m.request_id"
    " where m.seller_id = :seller and r.request_number = :number and m.attachment_digest = :digest limit 1"
)


class RequestRow(NamedTuple):
    """A support request, as its reader stands to it."""

    id: int
    buyer_id: int
    request_number: str
    account: str
    account_name: str
    """Both empty where the customer has another seller by now."""
    kind: RequestKind
    subject: str
    state: RequestState
    """For the seller: open again once the manufacturer answered."""
    order_number: str | None
    article_number: str | None
    name_en: str | None
    name_de: str | None
    """Of the article's product."""
    opened_at: datetime
    opened_by: str
    opened_by_name: str
    last_at: datetime
    request_hash: bytes
    serial_number: str | None
    sold_on: date | None
    """Of the registered unit that it is about."""
    case_number: str | None
    """For the seller alone, once it is passed up."""
    case_state: CaseState | None
    is_customer: bool
    """Whether who asked can still be answered."""


class NamedRow(NamedTuple):
    """The order, article and registered unit that a customer named; None where it has no such."""

    order_id: int | None
    article_id: int | None
    registration_id: int | None


class MessageRow(NamedTuple):
    """One message of a thread; of a case those between seller and manufacturer too, for the seller alone."""

    part: str
    """`request` or `case`."""
    id: int
    side: Side
    is_internal: bool
    text: str
    attachment_digest: str | None
    attachment_type: str | None
    attachment_bytes: int | None
    author_name: str
    """Empty where the person is another organisation's, unless it is the customer's, whom its seller knows."""
    at: datetime


def list_requests(
    principal: Principal,
    *,
    state: RequestState | None = None,
    words: str = "",
    after: Sequence[Any] | None = None,
    limit: int,
) -> list[RequestRow]:
    """Give up to `limit` requests, those last written to first, behind the key `after` (instant, id).

    The principal is a seller, or a buyer, who gets its own. `words` is part of a number, subject, article or customer's name.

    Raises:
        PermissionDenied: the principal acts on no trading edge.
    """
    after_at, after_id = after or (None, None)
    values = {
        **_side(principal),
        "state": state.value if state else "",
        "pattern": like_pattern(words) if words else None,
        "after_at": after_at,
        "after_id": after_id,
        "limit": limit,
    }
    return [_row(row) for row in db.session.execute(_LISTED[principal.capacity], values)]


def get_request(principal: Principal, number: str) -> RequestRow:
    """Give one request by its number. The principal is its seller or its buyer.

    Raises:
        NotFound: the principal has no such request.
        PermissionDenied: the principal acts on no trading edge.
    """
    row = db.session.execute(_ONE[principal.capacity], {**_side(principal), "number": number}).one_or_none()
    if row is None:
        raise NotFound
    return _row(row)


def find_request_of_key(principal: Principal, key: str) -> RequestRow | None:
    """Give the request that the principal opened under an idempotency key, or None. The principal buys."""
    values = {**_side(principal), "actor": principal.actor, "key": key}
    row = db.session.execute(_OF_KEY, values).one_or_none()
    return None if row is None else _row(row)


def find_named(principal: Principal, order_number: str, article: str, serial_number: str = "") -> NamedRow:
    """Find an own order by its number, an article that is on offer or was ordered, and an own registered unit.

    The principal buys.

    Raises:
        PermissionDenied: the principal does not buy.
    """
    seller_id, buyer_id = principal.buying()
    values = {"seller": seller_id, "buyer": buyer_id, "order": order_number, "article": article}
    values["serial"] = serial_key(serial_number)
    return NamedRow._make(db.session.execute(_NAMED, values).one())


def count_waiting(principal: Principal) -> int:
    """Count the requests whose turn is the principal's. The principal is a seller or a buyer.

    Raises:
        PermissionDenied: the principal acts on no trading edge.
    """
    return int(db.session.execute(_WAITING[principal.capacity], _side(principal)).scalar_one())


def list_messages(
    principal: Principal, request: RequestRow, *, after: Sequence[Any] | None = None, limit: int
) -> list[MessageRow]:
    """Give up to `limit` messages of a request that the principal read, the newest first, behind (instant, part, id).

    A buyer gets what it and its seller wrote to each other; a seller its notes, and what is said in the case, too.

    Raises:
        PermissionDenied: the principal acts on no trading edge.
    """
    at, part, number = after or (None, None, None)
    values = {
        **_side(principal),
        "request": request.id,
        "after_at": at,
        "after_part": part,
        "after_id": number,
        "limit": limit,
    }
    rows = [MessageRow._make(row) for row in db.session.execute(_THREAD[principal.capacity], values)]
    is_buyer = principal.capacity is Capacity.BUYER
    return [
        row._replace(side=Side(row.side), author_name="" if is_buyer and row.side != Side.BUYER else row.author_name)
        for row in rows
    ]


def get_attachment(principal: Principal, number: str, digest: str) -> AttachmentRow:
    """Give a file of a request by the SHA-256 of its content. The principal is its seller or its buyer.

    Raises:
        NotFound: there is no such request or file.
        PermissionDenied: the principal acts on no trading edge.
    """
    values = {**_side(principal), "number": number, "digest": digest}
    row = db.session.execute(_ATTACHMENT, values).one_or_none()
    if row is None and principal.capacity is Capacity.SELLER:
        row = db.session.execute(_CASE_ATTACHMENT, values).one_or_none()
    if row is None:
        raise NotFound
    return AttachmentRow._make(row)


def _side(principal: Principal) -> dict[str, Any]:
    seller_id, buyer_id = principal.buying() if principal.capacity is Capacity.BUYER else (principal.selling(), None)
    return {"seller": seller_id, "buyer": buyer_id}


def _row(row: Any) -> RequestRow:
    found = RequestRow._make(row)
    case = CaseState(found.case_state) if found.case_state else None
    return found._replace(kind=RequestKind(found.kind), state=RequestState(found.state), case_state=case)

"""Reading the cases that wholesalers passed up: the brand owner's, while their agreements grant service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text

from portal.support.queries.attachments import AttachmentRow
from portal.support.rules import CaseState, RequestKind, Side
from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal

# Cases go out of view with the agreement that they were passed up under, the retailer's name with that of names.
_FOUND = """
    select c.seller_id, c.request_id, c.case_number, w.code as wholesaler, w.name as wholesaler_name, c.kind, c.state,
           case when c.seller_id = any(granting_wholesalers(:owner, 'identity')) then c.retailer_name else '' end as retailer_name,
           p.sku, p.name_en, p.name_de, c.opened_at, c.last_at
    from support_case c
    join organisation w on w.id = c.seller_id and w.root_id = :owner
    join product p on p.owner_id = c.owner_id and p.id = c.product_id
    where c.owner_id = :owner and c.seller_id = any(granting_wholesalers(:owner, 'service'))
"""
_ONE = text(f"{_FOUND} and c.case_number = :number")
_LISTED = text(
    f"""{_FOUND} and (:state = '' or c.state = :state)
    and (cast(:after_at as timestamptz) is null
         or (c.last_at, c.case_number) < (cast(:after_at as timestamptz), cast(:after_number as text)))
    order by c.last_at desc, c.case_number desc limit :limit"""
)
_WAITING = text(f"select count(*) from ({_FOUND}) c where c.state = 'open'")  # noqa: S608 - a constant of ours
_MESSAGES = text(
    """
    select m.id, m.side, m.text, m.attachment_digest, m.attachment_type, octet_length(m.attachment) as attachment_bytes, m.at
    from support_case_message m
    where m.owner_id = :owner and m.seller_id = :seller and m.request_id = :request
      and (cast(:after_at as timestamptz) is null or (m.at, m.id) < (cast(:after_at as timestamptz), :after_id))
    order by m.at desc, m.id desc limit :limit
    """
)
_ATTACHMENT = text(
    """
    select m.attachment_digest as digest, m.attachment_type as content_type, m.attachment as content
    from support_case_message m
    where m.owner_id = :owner and m.seller_id = :seller and m.request_id = :request and m.attachment_digest = :digest
    limit 1
    """
)
# What the wholesaler agreed to today; what lies ahead or was withdrawn grants nothing.
_GRANTS = text(
    """
    select case when s.withdrawn_on is null or today.day < s.withdrawn_on then s.grants else '{}' end as grants
    from sharing_agreement s
    cross join (select (now() at time zone :zone)::date as day) today
    where s.brand_owner_id = :owner and s.wholesaler_id = :seller and s.accepted_on <= today.day
    order by s.accepted_on desc, s.version desc limit 1
    """
)
_PRODUCT = text(
    "select a.owner_id, a.product_id from article a"
    " where a.seller_id = :seller and a.article_number = :article and a.owner_id = any(:owners)"
)


class CaseRow(NamedTuple):
    """A case, as the brand owner has it."""

    seller_id: int
    request_id: int
    case_number: str
    wholesaler: str
    wholesaler_name: str
    kind: RequestKind
    state: CaseState
    retailer_name: str
    """Empty unless the wholesaler named it, and its agreement grants names."""
    sku: str
    name_en: str
    name_de: str
    opened_at: datetime
    last_at: datetime


class CaseMessageRow(NamedTuple):
    """One message between wholesaler and manufacturer."""

    id: int
    side: Side
    text: str
    attachment_digest: str | None
    attachment_type: str | None
    attachment_bytes: int | None
    at: datetime


def list_cases(
    principal: Principal, *, state: CaseState | None = None, after: Sequence[Any] | None = None, limit: int
) -> list[CaseRow]:
    """Give up to `limit` cases, those last written to first, behind the key (instant, number). The principal owns.

    Raises:
        PermissionDenied: the principal is no brand owner.
    """
    after_at, after_number = after or (None, None)
    values = {"after_at": after_at, "after_number": after_number, "limit": limit}
    given = {"owner": principal.owning(), "state": state.value if state else "", **values}
    return [_row(row) for row in db.session.execute(_LISTED, given)]


def get_case(principal: Principal, number: str) -> CaseRow:
    """Give one case by its number. The principal is the brand owner.

    Raises:
        NotFound: there is no such case, or the wholesaler's agreement shows it no more.
        PermissionDenied: the principal is no brand owner.
    """
    row = db.session.execute(_ONE, {"owner": principal.owning(), "number": number}).one_or_none()
    if row is None:
        raise NotFound
    return _row(row)


def count_open_cases(principal: Principal) -> int:
    """Count the cases that wait for the manufacturer. The principal is the brand owner."""
    return int(db.session.execute(_WAITING, {"owner": principal.owning()}).scalar_one())


def list_case_messages(
    principal: Principal, case: CaseRow, *, after: Sequence[Any] | None = None, limit: int
) -> list[CaseMessageRow]:
    """Give up to `limit` messages of a case that the principal read, the newest first, behind (instant, id). The principal owns."""
    at, number = after or (None, None)
    values = {**_key(principal, case), "after_at": at, "after_id": number, "limit": limit}
    rows = [CaseMessageRow._make(row) for row in db.session.execute(_MESSAGES, values)]
    return [row._replace(side=Side(row.side)) for row in rows]


def get_case_attachment(principal: Principal, number: str, digest: str) -> AttachmentRow:
    """Give a file of a case by the SHA-256 of its content. The principal is the brand owner.

    Raises:
        NotFound: there is no such case or file.
        PermissionDenied: the principal is no brand owner.
    """
    values = {**_key(principal, get_case(principal, number)), "digest": digest}
    row = db.session.execute(_ATTACHMENT, values).one_or_none()
    if row is None:
        raise NotFound
    return AttachmentRow._make(row)


def find_grants(principal: Principal, owner_id: int) -> frozenset[str]:
    """Give what the principal's agreement with a brand owner grants today. The principal is the wholesaler."""
    values = {"seller": principal.selling(), "owner": owner_id, "zone": principal.time_zone}
    return frozenset(db.session.execute(_GRANTS, values).scalar_one_or_none() or ())


def find_product_of(principal: Principal, article: str) -> tuple[int, int] | None:
    """Give (owner id, product id) of an own article by its number, or None. The principal sells.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    values = {"seller": principal.selling(), "article": article, "owners": list(principal.owner_ids)}
    row = db.session.execute(_PRODUCT, values).one_or_none()
    return None if row is None else (row.owner_id, row.product_id)


def _key(principal: Principal, case: CaseRow) -> dict[str, Any]:
    return {"owner": principal.owning(), "seller": case.seller_id, "request": case.request_id}


def _row(row: Any) -> CaseRow:
    found = CaseRow._make(row)
    return found._replace(kind=RequestKind(found.kind), state=CaseState(found.state))

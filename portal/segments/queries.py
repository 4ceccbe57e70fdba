"""Reading segments: their rules, how many accounts each holds now, and which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, String, bindparam, text

from portal.accounts.group_uses import Use
from portal.analytics.queries.sales import list_customers
from portal.segments.rules import OrderRhythm, rhythms_of
from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal

_RULE = """
    select g.code, g.name,
           coalesce((select array_agg(x.price_group order by x.price_group) from segment_group x
                     where x.seller_id = g.seller_id and x.segment_code = g.code), '{}') as groups,
           coalesce((select array_agg(o.code order by o.code) from segment_account x
                     join organisation o on o.id = x.buyer_id and o.seller_id = x.seller_id
                     where x.seller_id = g.seller_id and x.segment_code = g.code), '{}') as accounts,
           g.rhythms, g.category, g.bought, g.category_days
    from segment g where g.seller_id = :seller
"""
# Who has ordered within two years comes with what its order days say; everybody else is silent.
_MEMBERS = """
    with known as materialized (
        select code, array_agg(rhythm) as rhythms from unnest(cast(:customers as text[]), cast(:rhythms as text[])) as x (code, rhythm) group by code
    ), today as materialized (
        select (now() at time zone :time_zone)::date as day
    )
    select g.code as segment, t.buyer_id, o.code, o.name, coalesce(t.price_group, '') as price_group,
           coalesce(k.rhythms, '{silent}') as rhythms
    from segment g
    join trading_account t on t.seller_id = g.seller_id and t.status = 'active' and t.closed_at is null
    join organisation o on o.id = t.buyer_id and o.seller_id = t.seller_id and o.status = 'active'
    left join known k on k.code = o.code
    where g.seller_id = :seller and g.code = any(:segments)
      and (
        not exists (select from segment_group x where x.seller_id = g.seller_id and x.segment_code = g.code)
          and not exists (select from segment_account x where x.seller_id = g.seller_id and x.segment_code = g.code)
        or exists (select from segment_group x where x.seller_id = g.seller_id and x.segment_code = g.code
                   and x.price_group = t.price_group)
        or exists (select from segment_account x where x.seller_id = g.seller_id and x.segment_code = g.code
                   and x.buyer_id = t.buyer_id))
      and (g.rhythms = '{}' or coalesce(k.rhythms, '{silent}') && g.rhythms)
      and (g.category = '' or g.bought = exists (
        select from order_line l join product p on p.owner_id = l.owner_id and p.id = l.product_id
        where l.seller_id = g.seller_id and l.buyer_id = t.buyer_id
          and l.placed_on > (select day from today) - g.category_days and l.ordered_quantity > l.cancelled_quantity
          and (p.category = g.category or starts_with(p.category, g.category || ' > '))))
"""
_ARRAYS = tuple(bindparam(name, type_=ARRAY(String)) for name in ("customers", "rhythms", "segments"))
_COUNT = text(f"select segment, count(*) as accounts from ({_MEMBERS}) found group by segment").bindparams(*_ARRAYS)  # noqa: S608 - constants of ours
_ALL = text(f"select * from ({_MEMBERS}) found order by code").bindparams(*_ARRAYS)  # noqa: S608 - constants of ours
_PAGE = text(
    f"select * from ({_MEMBERS}) found where code > :after order by code limit :limit"  # noqa: S608 - constants of ours
).bindparams(*_ARRAYS)
_SOLD = text(
    "select exists (select from article a join product p on p.owner_id = a.owner_id and p.id = a.product_id"
    " where a.seller_id = :seller and (p.category = :category or starts_with(p.category, :category || ' > ')))"
)


class SegmentRow(NamedTuple):
    """A segment's rule: each part that is set must fit; of groups and accounts, one of them."""

    code: str
    name: str
    groups: list[str]
    accounts: list[str]
    rhythms: list[str]
    category: str
    bought: bool | None
    category_days: int


class MemberRow(NamedTuple):
    """An account that is in a segment now."""

    buyer_id: int
    code: str
    name: str
    price_group: str
    rhythms: list[OrderRhythm]


def list_segments(principal: Principal, *, after: str | None = None, limit: int) -> list[SegmentRow]:
    """Give up to `limit` segments of the seller by code, behind the code `after`. The principal is the seller.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    statement = text(f"{_RULE} and g.code > :after order by g.code limit :limit")
    values = {"seller": principal.selling(), "after": after or "", "limit": limit}
    return [SegmentRow._make(row) for row in db.session.execute(statement, values)]


def find_segment(principal: Principal, code: str) -> SegmentRow | None:
    """Give a segment of the seller, or None. The principal is the seller."""
    values = {"seller": principal.selling(), "code": code}
    row = db.session.execute(text(f"{_RULE} and g.code = :code"), values).one_or_none()
    return None if row is None else SegmentRow._make(row)


def get_segment(principal: Principal, code: str) -> SegmentRow:
    """Give a segment of the seller. The principal is the seller.

    Raises:
        NotFound: there is none with that code.
    """
    segment = find_segment(principal, code)
    if segment is None:
        raise NotFound
    return segment


def count_members(principal: Principal, codes: Sequence[str]) -> dict[str, int]:
    """Give how many accounts are in each of the segments now. The principal is the seller."""
    if not codes:
        return {}
    counted = {row.segment: row.accounts for row in db.session.execute(_COUNT, _values(principal, codes))}
    return {code: counted.get(code, 0) for code in codes}


def list_members(principal: Principal, code: str, *, after: str = "", limit: int) -> list[MemberRow]:
    """Give up to `limit` accounts that are in the segment now, by code, behind the code `after`. The principal sells."""
    values = {**_values(principal, [code]), "after": after, "limit": limit}
    return [_member(row) for row in db.session.execute(_PAGE, values)]


def list_all_members(principal: Principal, code: str) -> list[MemberRow]:
    """Give all accounts that are in the segment now, by code. The principal is the seller."""
    return [_member(row) for row in db.session.execute(_ALL, _values(principal, [code]))]


def list_segments_of_group(principal: Principal, group: str) -> list[Use]:
    """Give the segments that name a price group, by code. The principal is the seller."""
    statement = text(
        "select g.code, g.name from segment_group x join segment g on g.seller_id = x.seller_id and g.code = x.segment_code"
        " where x.seller_id = :seller and x.price_group = :group order by g.code"
    )
    return [Use(*row) for row in db.session.execute(statement, {"seller": principal.selling(), "group": group})]


def is_sold(principal: Principal, category: str) -> bool:
    """Tell whether the seller lists something of the category or below it. The principal is the seller."""
    values = {"seller": principal.selling(), "category": category}
    found: bool = db.session.execute(_SOLD, values).scalar_one()
    return found


def _values(principal: Principal, codes: Sequence[str]) -> dict[str, Any]:
    today, customers = list_customers(principal)
    pairs = [(one.code, rhythm) for one in customers for rhythm in rhythms_of(one.rhythm, today)]
    return {
        "seller": principal.selling(),
        "time_zone": principal.time_zone,
        "segments": list(codes),
        "customers": [code for code, _ in pairs],
        "rhythms": [rhythm.value for _, rhythm in pairs],
    }


def _member(row: Any) -> MemberRow:
    held = set(row.rhythms)
    return MemberRow(row.buyer_id, row.code, row.name, row.price_group, [each for each in OrderRhythm if each in held])

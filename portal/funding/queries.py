"""Reading co-funding, from either side: a brand owner what it offered, a wholesaler what it was offered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, String, bindparam, text

from portal.funding.models import OfferState
from portal.funding.rules import Booking, ClaimStep
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Capacity
from tenants.principal import Principal

MOST_CLAIMS = 1000
_LAST_STEPS = """
    select distinct on (c.number) c.number, c.kind, c.amount, c.at, c.step,
           (select coalesce(string_agg(r.reference, ', ' order by r.step), '') from funding_claim_entry r
            where r.seller_id = c.seller_id and r.code = c.code and r.number = c.number and r.reference <> '') as reference
    from funding_claim_entry c where c.seller_id = f.seller_id and c.code = f.code and c.owner_id = f.owner_id
    order by c.number, c.step desc
"""
_FOUND = f"""
    select f.seller_id, f.owner_id, f.code, o.code as wholesaler, o.name as wholesaler_name, f.name, f.material, f.valid_from, f.valid_to, f.currency,
           f.funding_amount, f.budget, f.suggested_percent, f.state, f.answer, f.units, f.accrued_amount,
           f.released_amount, s.claimed_amount, s.approved_amount, s.settled_amount, s.waiting,
           (now() at time zone o.time_zone)::date < f.valid_to as is_open
    from funding_offer f
    join organisation o on o.id = f.seller_id and (o.id = :own or o.root_id = :own)
    cross join lateral (
        select coalesce(sum(k.amount) filter (where k.kind in ('claimed', 'approved', 'settled')), 0) as claimed_amount,
               coalesce(sum(k.amount) filter (where k.kind in ('approved', 'settled')), 0) as approved_amount,
               coalesce(sum(k.amount) filter (where k.kind = 'settled'), 0) as settled_amount,
               count(*) filter (where k.kind in ('claimed', 'approved')) as waiting
        from ({_LAST_STEPS}) k) s
    where (cast(:owner as bigint) is null or f.owner_id = :owner)
      and (cast(:seller as bigint) is null or f.seller_id = :seller)
"""  # noqa: S608 - constants of ours
_LISTED = text(
    f"""{_FOUND}
      and (cast(:after_code as text) is null
           or (f.code collate "C", o.code collate "C") > (cast(:after_code as text), :after_wholesaler))
    order by f.code collate "C", o.code collate "C" limit :limit"""
)
_ONE = text(f"{_FOUND} and f.code = :code and o.code = :wholesaler")
_TOTALS = text(
    "select currency, count(*) filter (where state = 'accepted') as accepted, sum(units) as units,"  # noqa: S608 - the same
    " sum(accrued_amount) as accrued_amount, sum(released_amount) as released_amount,"
    " sum(claimed_amount) as claimed_amount, sum(approved_amount) as approved_amount,"
    f" sum(settled_amount) as settled_amount from ({_FOUND}) offer group by currency order by currency"
)
_WAITING = text(
    f"{_FOUND} and ((:seller is not null and f.state = 'proposed' and (now() at time zone o.time_zone)::date < f.valid_to)"
    " or (:owner is not null and s.waiting > 0)) order by f.code, o.code limit 5"
)
_CLAIMS = text(
    f"select k.number, k.kind, k.amount, k.reference, k.at, k.step from funding_offer f"  # noqa: S608 - the same
    " join organisation o on o.id = f.seller_id and (o.id = :own or o.root_id = :own)"
    f" cross join lateral ({_LAST_STEPS}) k"
    " where f.code = :code and o.code = :wholesaler and (cast(:owner as bigint) is null or f.owner_id = :owner)"
    " and (cast(:seller as bigint) is null or f.seller_id = :seller)"
    " and (cast(:number as integer) is null or k.number = :number) order by k.number desc limit :limit"
)
_ENTRIES = text(
    "select e.id, e.kind, e.units, e.amount, e.booked_at, o.order_number, e.line from funding_entry e"
    " join sales_order o on o.seller_id = :seller and o.id = e.order_id"
    " where e.seller_id = :seller and e.code = :code and (cast(:after as bigint) is null or e.id < :after)"
    " order by e.id desc limit :limit"
)
_PRODUCTS = text(
    "select p.sku, p.name_en, p.name_de, a.article_number from funding_product g"
    " join funding_offer f on f.seller_id = g.seller_id and f.code = g.code"
    " join product p on p.owner_id = g.owner_id and p.id = g.product_id"
    " left join article a on a.seller_id = :seller and a.owner_id = g.owner_id and a.product_id = g.product_id"
    " and a.status = 'active'"
    " where f.code = :code and f.seller_id = :seller order by p.sku, a.article_number"
)
_OWN_PRODUCTS = text(
    "select p.sku, p.name_en, p.name_de, null as article_number from funding_product g"
    " join organisation o on o.id = g.seller_id and o.root_id = :owner"
    " join product p on p.owner_id = :owner and p.id = g.product_id"
    " where g.owner_id = :owner and g.code = :code and o.code = :wholesaler order by p.sku"
)


class OfferRow(NamedTuple):
    """An offer, what was booked under it, and what became of its claims; amounts in its currency."""

    seller_id: int
    owner_id: int
    code: str
    wholesaler: str
    wholesaler_name: str
    name: str
    material: str
    valid_from: date
    valid_to: date
    """First day on which nothing is funded any more."""
    currency: str
    funding_amount: Decimal
    """For one base unit."""
    budget: Decimal
    suggested_percent: Decimal | None
    state: OfferState
    answer: str
    units: Decimal
    accrued_amount: Decimal
    released_amount: Decimal
    claimed_amount: Decimal
    approved_amount: Decimal
    settled_amount: Decimal
    waiting: int
    """Claims that the brand owner has to approve or settle."""
    is_open: bool
    """Whether its last day is still to come."""

    @property
    def claimable(self) -> Decimal:
        """What was shipped and not claimed."""
        return self.released_amount - self.claimed_amount


class TotalRow(NamedTuple):
    """What all offers of one currency came to; units in base units."""

    currency: str
    accepted: int
    units: Decimal
    accrued_amount: Decimal
    released_amount: Decimal
    claimed_amount: Decimal
    approved_amount: Decimal
    settled_amount: Decimal


class ClaimRow(NamedTuple):
    """A claim, as its last step left it."""

    number: int
    state: ClaimStep
    amount: Decimal
    reference: str
    """Those of its steps, one after the other."""
    at: datetime
    step: int


class EntryRow(NamedTuple):
    """An entry of the accrual ledger, which the wholesaler alone sees."""

    id: int
    kind: Booking
    units: Decimal
    amount: Decimal
    booked_at: datetime
    order_number: str
    line: int


class ProductRow(NamedTuple):
    """A product that an offer is about, and the article under which the wholesaler lists it."""

    sku: str
    name_en: str
    name_de: str
    article_number: str | None


def list_offers(principal: Principal, *, after: Sequence[Any] | None = None, limit: int) -> list[OfferRow]:
    """Give up to `limit` offers by code and wholesaler, behind `after` (both). The principal is brand owner or seller.

    Raises:
        PermissionDenied: the principal is neither.
    """
    after_code, after_wholesaler = after or (None, None)
    values = {"after_code": after_code, "after_wholesaler": after_wholesaler, "limit": limit}
    return [_row(row) for row in db.session.execute(_LISTED, {**_side(principal), **values})]


def list_totals(principal: Principal) -> list[TotalRow]:
    """Give what all offers came to, by currency: a brand owner's of all wholesalers, or the seller's own.

    Raises:
        PermissionDenied: the principal is neither.
    """
    return [TotalRow._make(row) for row in db.session.execute(_TOTALS, _side(principal))]


def list_waiting(principal: Principal) -> list[OfferRow]:
    """Give the first offers to answer (of a seller), or with claims to see to (of a brand owner).

    Raises:
        PermissionDenied: the principal is neither.
    """
    return [_row(row) for row in db.session.execute(_WAITING, _side(principal))]


def get_offer(principal: Principal, code: str, wholesaler: str = "") -> OfferRow:
    """Give one offer; a brand owner names the wholesaler.

    Raises:
        NotFound: the principal has no such offer.
        PermissionDenied: the principal is neither brand owner nor seller.
    """
    values = {**_side(principal), "code": code, "wholesaler": _wholesaler(principal, wholesaler)}
    row = db.session.execute(_ONE, values).one_or_none()
    if row is None:
        raise NotFound
    return _row(row)


def list_claims(principal: Principal, code: str, wholesaler: str = "", *, limit: int = MOST_CLAIMS) -> list[ClaimRow]:
    """Give the claims under an offer, the newest first, at most 1,000. The principal as for `get_offer`."""
    return _read_claims(principal, code, wholesaler, number=None, limit=limit)


def find_claim(principal: Principal, code: str, number: int, wholesaler: str = "") -> ClaimRow | None:
    """Give the claim of that number under an offer, or None. The principal as for `get_offer`."""
    return next(iter(_read_claims(principal, code, wholesaler, number=number, limit=1)), None)


def list_entries(principal: Principal, code: str, *, after: int | None = None, limit: int) -> list[EntryRow]:
    """Give up to `limit` entries of the accrual ledger, the newest first, behind the id `after`. The principal sells.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    values = {"seller": principal.selling(), "code": code, "after": after, "limit": limit}
    rows = [EntryRow._make(row) for row in db.session.execute(_ENTRIES, values)]
    return [row._replace(kind=Booking(row.kind)) for row in rows]


def list_products(principal: Principal, code: str, wholesaler: str = "") -> list[ProductRow]:
    """Give the products of an offer by SKU; for a seller with its articles. The principal as for `get_offer`."""
    if principal.capacity is Capacity.BRAND_OWNER:
        values: dict[str, Any] = {"owner": principal.owning(), "code": code, "wholesaler": wholesaler}
        return [ProductRow._make(row) for row in db.session.execute(_OWN_PRODUCTS, values)]
    return [
        ProductRow._make(row) for row in db.session.execute(_PRODUCTS, {"seller": principal.selling(), "code": code})
    ]


def find_wholesalers(principal: Principal, codes: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Give (id, currency) of the brand owner's wholesalers by code; unknown ones are left out. The principal owns."""
    statement = text(
        "select o.code, o.id, o.currency from organisation o where o.root_id = :owner and o.kind = 'wholesaler'"
        " and o.status = 'active' and o.code = any(:codes)"
    ).bindparams(bindparam("codes", type_=ARRAY(String)))
    rows = db.session.execute(statement, {"owner": principal.owning(), "codes": sorted(set(codes))})
    return {row.code: (row.id, row.currency) for row in rows}


def list_wholesalers(principal: Principal) -> list[tuple[str, str]]:
    """Give (code, name) of the brand owner's wholesalers by name. The principal owns."""
    statement = text(
        "select o.code, o.name from organisation o where o.root_id = :owner and o.kind = 'wholesaler'"
        " and o.status = 'active' order by o.name, o.code"
    )
    return [(row.code, row.name) for row in db.session.execute(statement, {"owner": principal.owning()})]


def find_products(principal: Principal, skus: Iterable[str]) -> dict[str, int]:
    """Give the ids of the brand owner's own products by SKU; unknown ones are left out. The principal owns."""
    statement = text("select p.sku, p.id from product p where p.owner_id = :owner and p.sku = any(:skus)").bindparams(
        bindparam("skus", type_=ARRAY(String))
    )
    rows = db.session.execute(statement, {"owner": principal.owning(), "skus": sorted(set(skus))})
    return {row.sku: row.id for row in rows}


def is_code_taken(principal: Principal, code: str) -> bool:
    """Tell whether the brand owner has offers of that code. The principal owns."""
    statement = text("select exists (select from funding_offer where owner_id = :owner and code = :code)")
    return bool(db.session.execute(statement, {"owner": principal.owning(), "code": code}).scalar_one())


def _read_claims(principal: Principal, code: str, wholesaler: str, *, number: int | None, limit: int) -> list[ClaimRow]:
    chosen = {"code": code, "wholesaler": _wholesaler(principal, wholesaler), "number": number, "limit": limit}
    rows = [ClaimRow._make(row) for row in db.session.execute(_CLAIMS, {**_side(principal), **chosen})]
    return [row._replace(state=ClaimStep(row.state)) for row in rows]


def _side(principal: Principal) -> dict[str, Any]:
    if principal.capacity is Capacity.BRAND_OWNER:
        owner_id = principal.owning()
        return {"owner": owner_id, "seller": None, "own": owner_id}
    seller_id = principal.selling()
    return {"owner": None, "seller": seller_id, "own": seller_id}


def _wholesaler(principal: Principal, wholesaler: str) -> str:
    return wholesaler if principal.capacity is Capacity.BRAND_OWNER else principal.organisation_code


def _row(row: Any) -> OfferRow:
    return OfferRow._make(row)._replace(state=OfferState(row.state))
